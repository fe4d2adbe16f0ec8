//! Hazards as the oracle tells them: counted by kind and route, and those that
//! show in several responses only.

use super::*;
use crate::model::{Hazard, HazardKind};

type Change = fn(&mut Exchange);

/// The hazards of `kind` that show in `history`.
fn of_kind(kind: HazardKind, history: &[Exchange]) -> Vec<Hazard> {
    let oracle = oracle();
    for exchange in history {
        judge(&oracle, exchange);
    }
    let mut hazards = oracle.hazards();
    hazards.retain(|hazard| hazard.kind == kind);
    hazards
}

/// `exchange` with these headers of the response.
fn with(mut exchange: Exchange, status: u16, headers: &[(&str, &str)]) -> Exchange {
    let response = exchange.response.as_mut().unwrap();
    response.status = status;
    let own = headers.iter().map(|(n, v)| ((*n).into(), (*v).into()));
    response.headers.extend(own);
    exchange
}

#[test]
fn hazards_are_counted_by_route_with_the_first_witness() {
    let page = |user: u32, number: u64, route: &str| {
        let mut exchange = profile(user, user, number, Form::Json);
        exchange.request.route = route.into();
        exchange
    };
    let history = [
        page(3, 1, "/me"),
        page(0, 2, "/me"),
        page(0, 3, "/me"),
        page(5, 4, "/card"),
    ];
    let hazards = of_kind(HazardKind::CacheablePrivateResponse, &history);
    let counted: Vec<_> = hazards
        .iter()
        .map(|own| (own.route.as_str(), own.count, own.first.user.0))
        .collect();
    assert_eq!(counted, [("GET /card", 1, 5), ("GET /me", 3, 3)]);
    let first = &hazards[1].first;
    assert_eq!(first.request, history[0].id);
    assert_eq!((first.status, first.sent), (Some(200), at(10)));
}

/// Every weakness that one response can show.
#[test]
fn one_response_may_show_many_weaknesses() {
    let mut exchange = with(
        profile(1, 1, 1, Form::Json),
        200,
        &[
            ("set-cookie", "sid=0123456789abcdef"),
            ("content-location", &format!("/of/{}", email(1))),
            ("access-control-allow-origin", "null"),
            ("access-control-allow-credentials", "true"),
        ],
    );
    exchange.request.url = "http://shop.example.com/me".into();
    exchange.intent.issued = vec![credential("0123456789abcdef")];
    let oracle = oracle();
    judge(&oracle, &exchange);
    let kinds: Vec<_> = oracle.hazards().iter().map(|own| own.kind).collect();
    assert_eq!(
        kinds,
        [
            HazardKind::CacheablePrivateResponse,
            HazardKind::PrivateFactInUrl,
            HazardKind::WeakSessionCookie,
            HazardKind::CredentialInPlainHttp,
            HazardKind::OpenCrossOrigin,
        ]
    );
}

/// Who is told to have been given the same credential again.
fn same_again(history: &[Exchange]) -> Vec<UserId> {
    of_kind(HazardKind::GuessableSessionCredential, history)
        .iter()
        .map(|own| own.first.user)
        .collect()
}

/// User 0 comes with the credentials `secrets`, and is given `issued`.
fn comes(number: u64, secrets: &[&str], issued: &[Credential]) -> Exchange {
    let mut exchange = answered(0, number, "text/plain", "welcome".into());
    exchange.intent.signed_in = false;
    exchange.intent.issued = issued.to_vec();
    exchange.request.credentials = secrets.iter().map(|own| credential(own)).collect();
    exchange
}

fn signs_in(number: u64, issued: &[Credential]) -> Exchange {
    let mut exchange = comes(number, &[], issued);
    exchange.intent.signs_in = true;
    exchange
}

fn signs_out(number: u64, secrets: &[&str]) -> Exchange {
    let mut exchange = comes(number, secrets, &[]);
    exchange.intent.signs_out = true;
    exchange
}

#[test]
fn a_credential_that_is_the_same_again_after_signing_out_is_told() {
    let other = signed_in_as(4, 1, "other");
    for guessed in [false, true] {
        let own = |value: &str| Credential {
            guessed,
            ..credential(value)
        };
        let history = |again: &str| {
            [
                other.clone(),
                signs_in(2, &[own("one")]),
                signs_out(3, &["one"]),
                signs_in(4, &[own(again)]),
            ]
        };
        assert_eq!(same_again(&history("one")), [UserId(0)], "{guessed}");
        assert_eq!(same_again(&history("two")), [], "{guessed}");
    }
}

/// Cookies that only look like a session's: one that visitors are given and nobody
/// is known by, and one that is the same for everybody.
#[test]
fn what_nobody_is_known_by_may_be_the_same_again() {
    let guessed = |value: &str| Credential {
        guessed: true,
        ..credential(value)
    };
    let visitors = [
        comes(1, &[], &[guessed("visit")]),
        signs_in(2, &[guessed("own-1")]),
        signs_out(3, &["visit", "own-1"]),
        comes(4, &[], &[guessed("visit")]),
        signs_in(5, &[guessed("own-2")]),
    ];
    assert_eq!(same_again(&visitors), []);
    let constant = [
        signs_in(1, &[guessed("same")]),
        signs_out(2, &["same"]),
        signs_in(3, &[guessed("same")]),
    ];
    assert_eq!(same_again(&constant), []);
}

/// A session that goes back to an earlier credential of the same user, and one that
/// is an id of the user's.
#[test]
fn an_earlier_credential_is_nothing_that_is_known_of_the_user() {
    let told = |values: &[&str]| {
        let oracle = oracle();
        let lesson = crate::model::Lesson {
            route: "POST /login".into(),
            place: Place::new("a.feature", 3),
            field: None,
        };
        for (number, value) in (1..).zip(values) {
            let own = credential(value);
            judge(&oracle, &comes(number, &[], std::slice::from_ref(&own)));
            oracle.eyes().study_credential(UserId(0), 0, &own, &lesson);
        }
        let mut hazards = oracle.hazards();
        hazards.retain(|own| own.kind == HazardKind::GuessableSessionCredential);
        hazards.len()
    };
    let (one, two) = ("Zk3vQ9xW1nB7rT5yU0pL4sD8", "Hc6mJ2gF9aK5eX3iO7qV1wN0");
    assert_eq!(told(&[one, two, one, two]), 0);
    assert_eq!(told(&[one, two, &email(0)]), 1);
}

/// A page for members that shows nothing of anybody's and that any cache may keep.
fn members_page(user: u32, number: u64) -> Exchange {
    let page = answered(user, number, "text/html", "<p>Only for members".into());
    with(page, 200, &[("cache-control", "max-age=60")])
}

/// Somebody who is not signed in asks for the same, and is refused.
fn refused(user: u32, number: u64, status: u16) -> Exchange {
    let page = answered(user, number, "text/html", "<p>No".into());
    let mut exchange = with(page, status, &[]);
    exchange.intent.signed_in = false;
    exchange.intent.anonymous = matches!(status, 302 | 401);
    exchange
}

fn missing_vary(history: &[Exchange]) -> Vec<(u64, RequestId)> {
    of_kind(HazardKind::MissingVary, history)
        .iter()
        .map(|own| (own.count, own.first.request))
        .collect()
}

#[test]
fn a_url_that_is_answered_to_some_and_denied_to_others_is_told_once() {
    for status in [302, 401, 403] {
        let (given, denied) = (members_page(0, 1), refused(2, 2, status));
        let again = [members_page(0, 3), refused(4, 4, status)];
        let later = [&[given.clone(), denied.clone()], &again[..]].concat();
        assert_eq!(missing_vary(&later), [(1, denied.id)], "{status}");
        let earlier = [&[denied.clone(), given.clone()], &again[..]].concat();
        assert_eq!(missing_vary(&earlier), [(1, given.id)], "{status}");
    }
}

#[test]
fn a_url_that_is_answered_to_all_or_kept_by_no_cache_is_no_hazard() {
    let changed = |mut exchange: Exchange, change: Change| {
        change(&mut exchange);
        exchange
    };
    let elsewhere: Change = |own| own.request.url = "http://host.test/other".into();
    let posted: Change = |own| own.request.method = "POST".into();
    let cut: Change = |own| own.error = Some(ErrorClass::Abandoned);
    let signed_in: Change = |own| own.intent.signed_in = true;
    let signed_out: Change = |own| own.intent.signed_in = false;
    let given = || members_page(0, 1);
    let denied = || refused(2, 2, 403);
    let page = || answered(0, 1, "text/html", "<p>Only for members".into());
    let private = with(page(), 200, &[("cache-control", "private")]);
    let kept = [("cache-control", "max-age=60")];
    let way = with(refused(2, 2, 302), 302, &kept);
    for (why, history) in [
        ("given to all", vec![given(), members_page(2, 2)]),
        ("denied to all", vec![refused(0, 1, 401), denied()]),
        ("denied to somebody", vec![changed(denied(), signed_in)]),
        ("another URL", vec![changed(given(), elsewhere), denied()]),
        ("kept by no cache", vec![private, denied()]),
        ("gone", vec![given(), refused(2, 2, 404)]),
        (
            "denied to change it",
            vec![given(), changed(denied(), posted)],
        ),
        ("broken off", vec![given(), changed(denied(), cut)]),
        ("only the way to the sign-in page is kept", vec![way]),
        (
            "given to somebody unknown",
            vec![changed(given(), signed_out), denied()],
        ),
        (
            "told as a cacheable private response",
            vec![profile(0, 0, 1, Form::Json), denied()],
        ),
    ] {
        assert_eq!(missing_vary(&history), [], "{why}");
    }
    assert_eq!(missing_vary(&[given(), denied()]).len(), 1);
}

/// What user 1 is given before, at and after a sign-in.
struct SignIn {
    sign_in: Exchange,
    after: Exchange,
}

impl SignIn {
    /// The cookie from before signing in opens the profile afterwards.
    fn fixed() -> Self {
        let mut sign_in = answered(1, 1, "text/plain", "welcome".into());
        sign_in.intent.signs_in = true;
        sign_in.intent.signed_in = false;
        sign_in.request.headers = vec![("cookie".into(), "sid=secret-1".into())];
        sign_in.request.credentials = vec![credential("secret-1")];
        let mut after = profile(1, 1, 9, Form::Json);
        after.request.headers = sign_in.request.headers.clone();
        after.request.credentials = vec![credential("secret-1")];
        Self { sign_in, after }
    }

    /// How often it is told, with `between` before the last request.
    fn told(self, between: Vec<Exchange>) -> usize {
        let history = [vec![self.sign_in], between, vec![self.after]].concat();
        of_kind(HazardKind::SessionFixation, &history).len()
    }
}

/// What comes between: user 1 looks at something that tells nothing.
fn looks(number: u64) -> Exchange {
    let mut exchange = answered(1, number, "text/plain", "nothing of anybody".into());
    exchange.request.credentials = vec![credential("secret-1")];
    exchange
}

#[test]
fn a_cookie_from_before_signing_in_that_opens_the_profile_is_told_once() {
    assert_eq!(SignIn::fixed().told(vec![]), 1);
    assert_eq!(SignIn::fixed().told(vec![looks(2)]), 1);
    // By a redirect, which goes on signing in.
    let mut next = SignIn::fixed().sign_in;
    next.hop = 1;
    let mut redirected = SignIn::fixed();
    redirected.sign_in.response.as_mut().unwrap().status = 302;
    assert_eq!(redirected.told(vec![next]), 1);
    let SignIn { sign_in, after } = SignIn::fixed();
    let again = [sign_in, after.clone(), after];
    let hazards = of_kind(HazardKind::SessionFixation, &again);
    assert_eq!(hazards.len(), 1);
    assert_eq!(hazards[0].count, 1);
    assert_eq!(hazards[0].first.request, again[1].id);
}

#[test]
fn a_sign_in_that_failed_or_gave_a_cookie_fixes_nothing() {
    let told = |change: Change| {
        let mut history = SignIn::fixed();
        change(&mut history.sign_in);
        history.told(vec![])
    };
    let changes: [(&str, Change); 7] = [
        ("refused", |own| {
            own.response.as_mut().unwrap().status = 401;
            own.intent.anonymous = true;
        }),
        ("taken for nobody", |own| own.intent.anonymous = true),
        ("a bad request", |own| {
            own.response.as_mut().unwrap().status = 400;
        }),
        ("forbidden", |own| {
            own.response.as_mut().unwrap().status = 403;
        }),
        ("broken off", |own| own.error = Some(ErrorClass::Abandoned)),
        ("another cookie was given", |own| {
            let cookie = ("set-cookie".into(), "lang=en".into());
            own.response.as_mut().unwrap().headers.push(cookie);
        }),
        ("a hop of a chain that gave one", |own| own.hop = 1),
    ];
    for (why, change) in changes {
        assert_eq!(told(change), 0, "{why}");
    }
}

#[test]
fn what_does_not_show_that_the_old_cookie_opens_something_is_no_hazard() {
    let told = |change: Change| {
        let mut history = SignIn::fixed();
        change(&mut history.after);
        history.told(vec![])
    };
    let changes: [(&str, Change); 6] = [
        ("nothing was told", |own| {
            own.response.as_mut().unwrap().body = Bytes::from_static(b"{}");
        }),
        ("not signed in", |own| own.intent.signed_in = false),
        ("known by a header, too", |own| {
            own.request.headers.push(("x-device".into(), "d-17".into()));
        }),
        ("another cookie", |own| {
            own.request.credentials = vec![credential("secret-2")];
        }),
        ("one more cookie", |own| {
            own.request.credentials.push(credential("secret-2"));
        }),
        ("no cookie", |own| own.request.credentials.clear()),
    ];
    for (why, change) in changes {
        assert_eq!(told(change), 0, "{why}");
    }
}

#[test]
fn what_was_given_or_ended_in_between_fixes_nothing() {
    let told = |change: Change| {
        let mut between = looks(2);
        change(&mut between);
        SignIn::fixed().told(vec![between])
    };
    let given: Change = |own| own.intent.issued = vec![credential("secret-2")];
    assert_eq!(told(given), 0);
    assert_eq!(told(|own| own.intent.signs_out = true), 0);
    let of_another: Change = |own| own.session = 1;
    assert_eq!(told(of_another), 1);
    // A second sign-in that gave a cookie.
    let renewed: Change = |own| {
        own.intent.signs_in = true;
        own.intent.issued = vec![credential("secret-2")];
    };
    assert_eq!(told(renewed), 0);
}
