//! Whole histories: a clean one is silent, one injected defect gives exactly its
//! finding, and the order of users does not matter.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What honest services answer.
#[derive(Clone, Copy, Debug)]
enum Honest {
    Profile(Form),
    /// The household's address, which its members share.
    Household,
    Identity,
    SignIn,
    /// A probe that was denied.
    Denied,
    /// Anonymous, as the step expects.
    Anonymous,
    SignOut,
    /// An error, which accuses nobody.
    Failed,
}

/// What they must not.
#[derive(Clone, Copy, Debug)]
enum Defect {
    Foreign(Form),
    /// The other's identity in a declared place.
    OtherIdentity,
    Stranger,
    /// The answer to another's request.
    Echo,
    Granted,
    Lost,
    /// The session credential that the other has.
    Credential,
}

fn form() -> impl Strategy<Value = Form> {
    prop::sample::select(FORMS.to_vec())
}

fn honest() -> impl Strategy<Value = Honest> {
    prop_oneof![
        4 => form().prop_map(Honest::Profile),
        1 => Just(Honest::Household),
        1 => Just(Honest::Identity),
        1 => Just(Honest::SignIn),
        1 => Just(Honest::Denied),
        1 => Just(Honest::Anonymous),
        1 => Just(Honest::SignOut),
        1 => Just(Honest::Failed),
    ]
}

fn defect() -> impl Strategy<Value = Defect> {
    prop_oneof![
        form().prop_map(Defect::Foreign),
        Just(Defect::OtherIdentity),
        Just(Defect::Stranger),
        Just(Defect::Echo),
        Just(Defect::Granted),
        Just(Defect::Lost),
        Just(Defect::Credential),
    ]
}

fn claiming(user: u32, number: u64, mail: String) -> Exchange {
    let mut exchange = answered(user, number, "text/plain", "you are known".into());
    exchange.intent.identity = vec![IdentityClaim {
        fact: "email".into(),
        spot: Spot::Json("$.mail".into()),
        value: mail,
    }];
    exchange
}

fn with_status(mut exchange: Exchange, status: u16) -> Exchange {
    if let Some(response) = &mut exchange.response {
        response.status = status;
    }
    exchange
}

/// Users have their first credentials from here, so that nobody takes these
/// for constants.
fn first_credential(user: u32) -> String {
    format!("first-secret-{user}")
}

/// Everybody signs in.
fn beginning() -> Vec<Exchange> {
    (0..6)
        .map(|user| signed_in_as(user, 1, &first_credential(user)))
        .collect()
}

fn exchange_of(honest: Honest, user: u32, number: u64) -> Exchange {
    let plain = || answered(user, number, "text/plain", "nothing of anybody".into());
    match honest {
        Honest::Profile(form) => profile(user, user, number, form),
        Honest::Household => answered(user, number, "text/plain", address(user / 2)),
        Honest::Identity => claiming(user, number, email(user)),
        Honest::SignIn => signed_in_as(user, number, &format!("secret-{user}-{number}")),
        Honest::Denied => {
            let mut exchange = with_status(plain(), 403);
            exchange.intent.denial_expected = true;
            exchange.intent.probed = Some(UserId((user + 1) % 6));
            exchange
        }
        Honest::Anonymous => {
            let mut exchange = with_status(plain(), 401);
            exchange.intent.anonymous = true;
            exchange.intent.anonymous_expected = true;
            exchange
        }
        Honest::SignOut => {
            let mut exchange = plain();
            exchange.intent.signs_out = true;
            // A second session of the user's: the first one goes on.
            exchange.session = 1;
            exchange
        }
        Honest::Failed => with_status(plain(), 503),
    }
}

/// The exchange with the defect, and the finding: its rule and its owner.
fn exchange_with(
    defect: Defect,
    user: u32,
    other: u32,
    number: u64,
) -> (Exchange, Rule, Option<u32>) {
    let plain = || answered(user, number, "text/plain", "nothing of anybody".into());
    match defect {
        Defect::Foreign(form) => (
            profile(user, other, number, form),
            Rule::ForeignData,
            Some(other),
        ),
        Defect::OtherIdentity => (
            claiming(user, number, email(other)),
            Rule::UnknownIdentity,
            Some(other),
        ),
        Defect::Stranger => (
            claiming(user, number, "stranger@else.test".into()),
            Rule::UnknownIdentity,
            None,
        ),
        Defect::Echo => {
            let mut exchange = plain();
            let id = RequestId::new(TAG, UserId(other), 4000);
            exchange.response.as_mut().unwrap().headers[1].1 = id.to_string();
            (exchange, Rule::WrongResponse, Some(other))
        }
        Defect::Granted => {
            let mut exchange = plain();
            exchange.intent.denial_expected = true;
            exchange.intent.probed = Some(UserId(other));
            (exchange, Rule::AccessGranted, Some(other))
        }
        Defect::Lost => {
            let mut exchange = with_status(plain(), 401);
            exchange.intent.anonymous = true;
            (exchange, Rule::SessionLost, None)
        }
        Defect::Credential => (
            signed_in_as(user, number, &first_credential(other)),
            Rule::SessionSwap,
            Some(other),
        ),
    }
}

/// What a finding says, without what depends on when it was judged.
type Said = (Rule, RequestId, UserId, Option<UserId>, Option<Spot>);

/// The findings as a set, and who shares credentials with whom. Whom of several
/// holders a finding names is a question of who came first; that they all hold
/// one credential is not.
fn findings_of(exchanges: &[Exchange]) -> (BTreeSet<Said>, BTreeSet<BTreeSet<UserId>>) {
    let oracle = oracle();
    let mut said = BTreeSet::new();
    let mut holders: BTreeSet<BTreeSet<UserId>> = BTreeSet::new();
    for finding in exchanges.iter().flat_map(|own| judge(&oracle, own)) {
        if finding.rule == Rule::SessionSwap {
            let mut together = BTreeSet::from_iter(finding.owner);
            together.insert(finding.user);
            let (apart, known): (BTreeSet<_>, BTreeSet<_>) = holders
                .into_iter()
                .partition(|group| group.is_disjoint(&together));
            together.extend(known.into_iter().flatten());
            holders = apart;
            holders.insert(together);
            continue;
        }
        let Finding {
            rule,
            user,
            owner,
            witness,
            ..
        } = finding;
        said.insert((rule, witness.request, user, owner, witness.spot));
    }
    (said, holders)
}

proptest! {
    /// A clean history gives no finding, and own facts are seen.
    #[test]
    fn a_clean_history_is_silent(steps in prop::collection::vec((0_u32..6, honest()), 1..60)) {
        let oracle = oracle();
        for exchange in beginning() {
            prop_assert_eq!(told(&judge(&oracle, &exchange)), []);
        }
        for (number, (user, honest)) in (2..).zip(&steps) {
            let exchange = exchange_of(*honest, *user, number);
            prop_assert_eq!(told(&judge(&oracle, &exchange)), [], "{:?}", honest);
        }
        prop_assert!(oracle.counts().is_empty());
        let shown = |(_, honest): &(u32, Honest)| matches!(honest, Honest::Profile(_) | Honest::Identity);
        prop_assert_eq!(oracle.coverage().own_sightings > 0, steps.iter().any(|step| shown(step) || matches!(step.1, Honest::Household)));
    }

    /// One defect in a clean history gives exactly its finding, and judging the
    /// recorded observations again gives the very same.
    #[test]
    fn one_defect_gives_one_finding(
        steps in prop::collection::vec((0_u32..6, honest()), 1..40),
        at: prop::sample::Index,
        (user, other) in (0_u32..6, 1_u32..6),
        defect in defect(),
    ) {
        let other = (user + other) % 6;
        let at = at.index(steps.len());
        let mut exchanges = beginning();
        exchanges.extend((2..).zip(&steps).map(|(number, (user, honest))| exchange_of(*honest, *user, number)));
        let (wrong, rule, owner) = exchange_with(defect, user, other, 100);
        exchanges.insert(6 + at, wrong.clone());
        let oracle = oracle();
        let (mut lines, mut all) = (Vec::new(), Vec::new());
        for exchange in &exchanges {
            oracle.observe(exchange, "steady", |seen, findings| {
                lines.push(serde_json::to_string(seen).unwrap());
                all.extend_from_slice(findings);
            });
        }
        // A household shares its address, and only that.
        prop_assert_eq!(all.len(), 1, "{:?}", told(&all));
        prop_assert_eq!(
            (all[0].rule, all[0].user, all[0].owner, all[0].witness.request),
            (rule, UserId(user), owner.map(UserId), wrong.id)
        );
        let mut again = Judge::new(JudgeSettings {
            tag: TAG,
            session_expires: Some(Duration::from_mins(1)),
            findings_before: 0,
            incidents_before: 0,
        });
        let replayed: Vec<Finding> = lines
            .iter()
            .flat_map(|line| again.judge(&serde_json::from_str(line).unwrap()))
            .collect();
        prop_assert_eq!(serde_json::to_string(&replayed).unwrap(), serde_json::to_string(&all).unwrap());
    }

    /// The set of findings is the same for every way in which the users' own
    /// sequences are merged.
    #[test]
    fn interleaving_changes_nothing(
        steps in prop::collection::vec(
            (0_u32..6, prop_oneof![3 => honest().prop_map(Ok), 1 => (1_u32..6, defect()).prop_map(Err)]),
            1..40,
        ),
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let exchanges: Vec<Exchange> = (2..)
            .zip(&steps)
            .map(|(number, (user, step))| match step {
                Ok(honest) => exchange_of(*honest, *user, number),
                Err((other, defect)) => exchange_with(*defect, *user, (user + other) % 6, number).0,
            })
            .collect();
        // Each user's own exchanges stay in their order.
        let mut left: Vec<Vec<Exchange>> = (0..6)
            .map(|user| exchanges.iter().rev().filter(|own| own.user.0 == user).cloned().collect())
            .collect();
        let mut merged = Vec::new();
        for pick in &order[..exchanges.len()] {
            left.retain(|own| !own.is_empty());
            let next = pick.index(left.len());
            merged.extend(left[next].pop());
        }
        let begun = |rest: &[Exchange]| [beginning(), rest.to_vec()].concat();
        prop_assert_eq!(findings_of(&begun(&exchanges)), findings_of(&begun(&merged)));
    }
}
