//! Probes of what is gone, and what speaks for a cache where all asks for the
//! owner's addresses.

use super::*;
use crate::model::Rule;

/// Ten users are answered at an address each. Each is asked for by two others
/// afterwards, which is granted where `status` gives none; then the owner asks
/// once more where `is_there`.
fn asked(status: impl Fn(u32) -> Option<u16>, is_there: bool) -> Vec<Observation> {
    let each = (0..10).flat_map(|owner| {
        let sent = u64::from(owner) * 1_000;
        let status = status(owner);
        let answer = move |user: u32, number: u32, sent: u64| {
            let number = u64::from(owner * 10 + number);
            let mut observation = seen(user, number, sent, sent + 10);
            observation.route = "GET /things/{id}".to_owned();
            observation.url_hash = Some(hash(&format!("/things/{owner}")));
            observation
        };
        let probe = |by: u32, number: u32, sent: u64| {
            let mut observation = answer(owner + by, number, sent);
            observation.own_sightings = 0;
            observation.denial_expected = true;
            observation.probed = Some(UserId(owner));
            match status {
                Some(status) => {
                    observation.status = Some(status);
                    observation.denied = true;
                    observation
                }
                None => showing(observation, owner),
            }
        };
        let mut all = vec![
            answer(owner, 1, sent),
            probe(20, 2, sent + 100),
            probe(40, 3, sent + 200),
        ];
        if is_there {
            all.push(answer(owner, 4, sent + 300));
        }
        all
    });
    each.collect()
}

#[test]
fn what_is_gone_says_nothing_of_a_check() {
    let gone = |status| move |owner: u32| (owner >= 7).then_some(status);
    let found = |observations| {
        let all = judged(observations);
        let granted = all.iter().find(|own| own.rule == Rule::AccessGranted);
        granted.unwrap().patterns.clone()
    };
    for status in [404, 410] {
        let recognised = found(asked(gone(status), false));
        assert_eq!(recognised[0].pattern, Pattern::MissingAuthorization);
        assert_eq!(
            recognised[0].because,
            [
                "every probe succeeded of what was there: 14 of 20, the other 6 were answered 404 \
                 or 410"
            ]
        );
    }
    // It was there, or was refused to somebody: there is a check.
    let checked = [asked(gone(404), true), asked(gone(403), false)];
    for observations in checked {
        let recognised = found(observations);
        assert!(
            recognised
                .iter()
                .all(|own| own.pattern != Pattern::MissingAuthorization),
            "{recognised:?}"
        );
    }
    // Most were not there: nothing is known.
    assert_eq!(found(asked(|owner| (owner >= 4).then_some(404), false)), []);
}

#[test]
fn an_answer_that_is_kept_for_others_needs_a_check_to_pass_by() {
    let refused = asked(|owner| (owner >= 5).then_some(403), false);
    let all = judged(refused);
    let granted = all.iter().find(|own| own.rule == Rule::AccessGranted);
    assert_eq!(patterns(granted.unwrap()), [Pattern::Cache]);
}
