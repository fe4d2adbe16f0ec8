//! The question of whether hazards were seen, and on what its answer rests.

use crate::model::{HazardKind, Verdict};
use crate::oracle::FEWEST_CREDENTIALS;

use super::outcome::Outcome;

/// No hazard of these kinds was seen.
pub(super) fn hazards(outcome: &Outcome, kinds: &[HazardKind]) -> (Verdict, String) {
    let seen: Vec<_> = outcome
        .hazards
        .iter()
        .filter(|hazard| kinds.contains(&hazard.kind))
        .collect();
    if let Some(first) = seen.first() {
        let more = match seen.len() - 1 {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        return (
            Verdict::Fail,
            format!(
                "{} × {} at {}: {}; first {} at {}{more}",
                first.count,
                first.kind,
                first.route,
                first.message,
                first.first.user,
                first.first.step.place
            ),
        );
    }
    let coverage = &outcome.coverage;
    if coverage.responses == 0 {
        return (
            Verdict::Inconclusive,
            "no response was looked at".to_owned(),
        );
    }
    // What one kind alone needs is asked for when it alone is asked about.
    if let [kind] = kinds
        && let Some(why) = blind(*kind, outcome)
    {
        return (Verdict::Inconclusive, why);
    }
    (
        Verdict::Pass,
        format!(
            "none in {} responses, {} sightings of users' own facts, {} session credentials",
            coverage.responses, coverage.own_sightings, coverage.credentials
        ),
    )
}

/// Why `kind` could not have been seen.
fn blind(kind: HazardKind, outcome: &Outcome) -> Option<String> {
    let coverage = &outcome.coverage;
    match kind {
        HazardKind::CacheablePrivateResponse
        | HazardKind::PrivateFactInUrl
        | HazardKind::OpenCrossOrigin
        | HazardKind::SessionFixation => (coverage.own_sightings == 0)
            .then(|| "no user was ever shown a fact of their own".to_owned()),
        HazardKind::WeakSessionCookie | HazardKind::CredentialInPlainHttp => {
            (coverage.credentials == 0).then(|| {
                "no session credential was given to anybody; name the service's cookies in \
                 `session.cookies`"
                    .to_owned()
            })
        }
        HazardKind::GuessableSessionCredential => (coverage.credentials < FEWEST_CREDENTIALS)
            .then(|| {
                format!(
                    "{} session credentials were given out, {FEWEST_CREDENTIALS} are needed to say; \
                     use more users or `@fresh-session`",
                    coverage.credentials
                )
            }),
        HazardKind::ExistenceLeak => {
            (coverage.probes == 0).then(|| "nobody was denied anything".to_owned())
        }
        HazardKind::MissingVary => None,
    }
}
