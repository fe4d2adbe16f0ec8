//! The oracle as a whole: what it says of what it has seen.

use super::*;
use crate::model::{
    Dealings, Effect, Passage, Provocation, SeenHazard, Shown, ValueHash, Verb, What, Whole,
};

/// What was seen of a response that tells nothing.
fn seen(user: u32, number: u64) -> Observation {
    let exchange = answered(user, number, "text/plain", "public".into());
    let mut seen = oracle()
        .eyes()
        .observe(&exchange, "steady", &InFlight::default());
    seen.echo = None;
    seen
}

fn judging() -> Judge {
    Judge::new(JudgeSettings {
        tag: TAG,
        session_expires: None,
        findings_before: 0,
        incidents_before: 0,
    })
}

fn id(user: u32, number: u64) -> RequestId {
    RequestId::new(TAG, UserId(user), number)
}

fn passage(user: u32, number: u64, route: &str, sent: u64, done: Option<u64>) -> Passage {
    Passage {
        request: id(user, number),
        route: route.to_owned(),
        place: Place::new("a.feature", 3),
        sent: at(sent),
        done: done.map(at),
        instance: None,
    }
}

/// What makes one observation differ from another.
type Change<'a> = &'a dyn Fn(&mut Observation);

#[test]
fn what_was_checked_is_counted() {
    let sighting = || {
        let foreign = profile(1, 4, 1, Form::Text);
        let oracle = oracle();
        let seen = oracle
            .eyes()
            .observe(&foreign, "steady", &InFlight::default());
        seen.sightings[0].clone()
    };
    let identity = || {
        let mut exchange = answered(1, 1, "text/plain", "public".into());
        exchange.intent.identity = vec![IdentityClaim {
            fact: "email".into(),
            spot: Spot::Json("$.mail".into()),
            value: email(1),
        }];
        let oracle = oracle();
        let seen = oracle
            .eyes()
            .observe(&exchange, "steady", &InFlight::default());
        seen.identities[0].clone()
    };
    let changes: [Change<'_>; 14] = [
        &|_| {},
        &|own| own.status = None,
        &|own| own.own_sightings = 2,
        &|own| own.sightings = vec![sighting()],
        &|own| own.identities = vec![identity(), identity()],
        &|own| own.echo = Some(Echo::Own),
        &|own| own.echo = Some(Echo::Another(own.request)),
        // From a cache for everybody.
        &|own| own.echo = Some(Echo::Cached(own.request)),
        &|own| own.denial_expected = true,
        &|own| own.cut = true,
        &|own| own.unreadable = true,
        &|own| own.skipped_layers = 3,
        &|own| own.partly_unseen = true,
        &|own| {
            own.provocations = vec![
                Provocation::DoubleSubmit,
                Provocation::DoubleSubmit,
                Provocation::SharedConnections,
            ];
        },
    ];
    let mut judge = judging();
    for (at, change) in (0..).zip(changes.iter().chain(&changes)) {
        let mut seen = seen(1 + at % 3, u64::from(at) + 1);
        change(&mut seen);
        judge.judge(&seen);
    }
    let expected = Coverage {
        exchanges: 28,
        responses: 26,
        telling: 10,
        own_sightings: 4,
        users: 3,
        identities: 4,
        echoes: 4,
        probes: 2,
        cut_bodies: 2,
        unreadable_bodies: 2,
        skipped_layers: 6,
        partly_unseen: 2,
        provoked: BTreeMap::from([
            (Provocation::DoubleSubmit, 2),
            (Provocation::SharedConnections, 2),
        ]),
        ..Coverage::default()
    };
    assert_eq!(judge.coverage(), expected);
    let [endpoint] = judge.endpoints().try_into().unwrap();
    assert_eq!((endpoint.responses, endpoint.telling), (26, 10));
}

#[test]
fn an_identity_that_is_the_users_is_a_sighting_of_their_own() {
    for (values, own) in [
        (vec![], 0),
        (vec![email(1)], 1),
        (vec![email(1), name(1)], 2),
        (vec![email(1), email(2), "stranger@else.test".to_owned()], 1),
    ] {
        let mut exchange = answered(1, 1, "text/plain", "nothing".into());
        let claims = values.iter().map(|value| IdentityClaim {
            fact: if value.contains('@') {
                "email"
            } else {
                "full_name"
            }
            .into(),
            spot: Spot::Json("$.own".into()),
            value: value.clone(),
        });
        exchange.intent.identity = claims.collect();
        let oracle = oracle();
        let seen = oracle
            .eyes()
            .observe(&exchange, "steady", &InFlight::default());
        assert_eq!(seen.own_sightings, own, "{values:?}");
    }
}

#[test]
fn no_answer_tells_nothing() {
    let mut judge = judging();
    let mut unanswered = seen(1, 1);
    (unanswered.status, unanswered.own_sightings) = (None, 1);
    judge.judge(&unanswered);
    assert_eq!(judge.coverage().telling, 0);
}

#[test]
fn the_oracle_says_what_it_knows_and_found() {
    let oracle = oracle();
    assert_eq!(oracle.coverage().facts, 18, "three of each of six people");
    let order = Fact {
        value: "AB-1".to_owned(),
        origin: Origin::Learned,
        ..fact("order", Visibility::Private)
    };
    for user in [1, 3, 5] {
        let lesson = crate::model::Lesson {
            route: "POST /orders".into(),
            place: Place::new("a.feature", 12),
            field: Some("orderno".into()),
        };
        oracle.eyes().study(UserId(user), user / 2, &order, lesson);
    }
    assert_eq!(oracle.coverage().facts, 21, "in a field, too");
    for user in 0..3 {
        let own = passage(user, 1, "GET /me", 0, None);
        oracle.in_flight().sent(UserId(user), own);
    }
    assert_eq!(oracle.coverage().overlapping_pairs, 3);
    assert_eq!(judge(&oracle, &profile(1, 1, 1, Form::Json)), []);
    assert_eq!(oracle.in_flight().of(UserId(1)), [], "it is judged");
    assert_eq!(oracle.in_flight().of(UserId(0)).len(), 1);
    assert_eq!((oracle.numbered(), oracle.counts().len()), (0, 0));
    assert!(oracle.incidents().is_empty());
    for number in 2..4 {
        assert_eq!(judge(&oracle, &profile(1, 4, number, Form::Json)).len(), 1);
    }
    assert_eq!(oracle.numbered(), 2);
    assert_eq!(oracle.counts(), BTreeMap::from([(Rule::ForeignData, 2)]));
    let incidents = oracle.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!(
        (incidents[0].rule, incidents[0].findings),
        (Rule::ForeignData, 2)
    );
    let [endpoint] = oracle.endpoints().try_into().unwrap();
    assert_eq!((endpoint.responses, endpoint.telling), (3, 3));
    assert_eq!(endpoint.route, "GET /me");
}

#[test]
fn a_weakness_is_counted_for_its_route() {
    let oracle = oracle();
    let weakness = SeenHazard::new(crate::model::HazardKind::MissingVary, "lacks `Vary`");
    for number in 1..3 {
        let mut exchange = answered(1, number, "text/plain", "public".into());
        exchange.intent.hazards = vec![weakness.clone()];
        assert_eq!(judge(&oracle, &exchange), []);
    }
    let hazards = oracle.hazards();
    let told: Vec<_> = hazards
        .iter()
        .map(|own| (own.kind, own.route.as_str(), own.count))
        .collect();
    assert_eq!(told, [(weakness.kind, "GET /me", 2)]);
}

/// A witness shows which requests of the owner's met the one of the finding.
#[test]
fn a_finding_names_the_owners_requests_that_overlapped() {
    let oracle = oracle();
    let mut judge = judging();
    let took = |user: u32, number: u64, sent: u64, done: u64| {
        let mut exchange = answered(user, number, "text/plain", "public".into());
        (exchange.sent, exchange.done) = (at(sent), at(done));
        exchange
    };
    let in_flight = InFlight::default();
    for (number, sent, done) in [(3, 180, Some(220)), (4, 190, None), (5, 251, None)] {
        in_flight.sent(UserId(4), passage(4, number, "GET /me", sent, None));
        if let Some(done) = done {
            in_flight.done(UserId(4), id(4, number), at(done));
        }
    }
    let mut foreign = profile(1, 4, 7, Form::Json);
    (foreign.sent, foreign.done) = (at(150), at(250));
    let foreign = oracle.eyes().observe(&foreign, "steady", &in_flight);
    let before = [
        took(4, 1, 100, 149),
        took(4, 2, 100, 150),
        // Judged meanwhile.
        took(4, 3, 180, 220),
        // Others are nobody's whose data it is.
        took(2, 8, 100, 200),
        took(1, 6, 100, 200),
    ];
    for exchange in before {
        let seen = oracle.eyes().observe(&exchange, "steady", &in_flight);
        assert_eq!(judge.judge(&seen), []);
    }
    let found = judge.judge(&foreign);
    let overlapping: Vec<_> = found
        .iter()
        .flat_map(|own| &own.witness.overlapping)
        .map(|own| own.request)
        .collect();
    assert_eq!(overlapping, [id(4, 2), id(4, 3), id(4, 4)]);
}

#[test]
fn ones_own_requests_are_no_owners() {
    let mut judge = judging();
    let mut first = seen(1, 1);
    (first.sent, first.done) = (at(0), at(100));
    judge.judge(&first);
    let mut second = seen(1, 2);
    (second.sent, second.done) = (at(50), at(150));
    second.echo = Some(Echo::Another(first.request));
    let [found] = judge.judge(&second).try_into().unwrap();
    assert_eq!(
        (found.rule, found.owner),
        (Rule::WrongResponse, Some(UserId(1)))
    );
    assert_eq!(found.witness.overlapping, []);
}

/// A page that a cache keeps for all may bear the id of another request for it,
/// and of no request for something else, judged or not.
#[test]
fn a_cached_page_is_the_answer_to_the_same_question() {
    let cached = || {
        let mut exchange = answered(1, 9, "text/plain", "public".into());
        exchange.intent.signed_in = false;
        let response = exchange.response.as_mut().unwrap();
        response.headers[1].1 = id(2, 4).to_string();
        let public = ("cache-control".to_owned(), "public".to_owned());
        response.headers.push(public);
        exchange
    };
    let wrong = |under_way: &[(u64, &str)], judged: &[(u64, &str)]| {
        let oracle = oracle();
        for (number, route) in under_way {
            let own = passage(2, *number, route, 0, None);
            oracle.in_flight().sent(UserId(2), own);
        }
        for (number, route) in judged {
            let mut own = answered(2, *number, "text/plain", "public".into());
            own.request.route = (*route).into();
            assert_eq!(judge(&oracle, &own), []);
        }
        judge(&oracle, &cached()).len()
    };
    assert_eq!(wrong(&[], &[]), 0);
    assert_eq!(wrong(&[(4, "GET /me"), (5, "GET /other")], &[]), 0);
    assert_eq!(wrong(&[(4, "GET /other")], &[]), 1);
    assert_eq!(wrong(&[], &[(4, "/me"), (5, "/other")]), 0);
    assert_eq!(wrong(&[], &[(4, "/other")]), 1);
}

fn note() -> ValueHash {
    ValueHasher::new([3; 32]).hash("N-4711")
}

fn dealings(verb: Option<Verb>) -> Dealings<ValueHash> {
    let effect = |verb| Effect {
        verb,
        of: "note".into(),
        value: note(),
        by: 0,
        foretold: true,
        confirmed: true,
        coined: false,
    };
    Dealings {
        effects: verb.map(effect).into_iter().collect(),
        ..Dealings::default()
    }
}

/// Announces and sends a request of user 1.
fn does(oracle: &Oracle, number: u64, verb: Verb, value: &str) -> Vec<Finding> {
    let mut exchange = answered(1, number, "text/plain", "done".into());
    let of = if verb == Verb::Wrote { "title" } else { "note" };
    exchange.intent.dealings.effects = vec![Effect {
        verb,
        of: of.into(),
        value: value.to_owned(),
        by: 0,
        foretold: true,
        confirmed: true,
        coined: false,
    }];
    let coming = Invocation {
        at: exchange.sent,
        user: exchange.user,
        session: exchange.session,
        probed: None,
        dealings: oracle.eyes().hashed(&exchange.intent.dealings),
    };
    let mut recorded = None;
    oracle.announce(&coming, |own| recorded = Some(own.clone()));
    assert_eq!(recorded, Some(coming));
    judge(oracle, &exchange)
}

#[test]
fn what_was_saved_has_to_be_read_back() {
    let oracle = oracle();
    let unread = |user| oracle.is_unread(Followed::Value, "title", UserId(user));
    assert!(!oracle.is_owed("note", UserId(1)) && !unread(1));
    assert_eq!(does(&oracle, 1, Verb::Saved, "N-4711"), []);
    assert_eq!(does(&oracle, 2, Verb::Wrote, "My note"), []);
    assert!(oracle.is_owed("note", UserId(1)) && unread(1));
    assert!(!oracle.is_owed("note", UserId(2)) && !unread(2));
    assert!(!oracle.is_owed("order", UserId(1)));
    let told = oracle.coverage().consistency;
    assert_ne!(told, crate::model::ConsistencyCoverage::default());
}

/// What is missing while its deletion is under way may be deleted.
#[test]
fn what_is_about_to_happen_is_heard_of_before_it_does() {
    let found = |announced: bool| {
        let mut judge = judging();
        let mut save = seen(1, 1);
        save.dealings = Some(dealings(Some(Verb::Saved)));
        assert_eq!(judge.judge(&save), []);
        if announced {
            judge.invoked(&Invocation {
                at: at(15),
                user: UserId(1),
                session: 0,
                probed: None,
                dealings: dealings(Some(Verb::Deleted)),
            });
        }
        let mut list = seen(1, 2);
        let nothing = What::Listed {
            values: Vec::new(),
            whole: Whole::Yes,
        };
        list.dealings = Some(Dealings {
            shown: vec![Shown::new("note", nothing)],
            ..dealings(None)
        });
        let found = judge.judge(&list);
        found.iter().map(|own| own.rule).collect::<Vec<_>>()
    };
    assert_eq!(found(false), [Rule::SessionRollback]);
    assert_eq!(found(true), []);
}
