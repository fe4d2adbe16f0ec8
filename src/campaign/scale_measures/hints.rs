//! Hints: what is usually behind an error of some class in some phase of some
//! kind of event.

use std::collections::BTreeSet;

use crate::metrics::Trouble;
use crate::scaling::EventKind;

use super::exposure::is_abrupt;

/// Something that was seen around an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// Transactions met this.
    Met(Trouble),
    /// Only new instances failed.
    OnlyNewFailed,
    /// Sessions were lost.
    SessionsLost,
    /// Acknowledged writes are gone.
    WritesLost,
    /// What was acknowledged was missing for a while.
    Stale,
    /// An instance that was gone answered.
    GoneAnswered,
    /// A new instance has less than its fair share.
    Unfair,
    /// Nothing but reads was sent.
    OnlyReads,
}

/// Where in time a sign was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Before,
    During,
    After,
}

/// What an event does to instances, as far as hints tell events apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Any,
    /// Instances leave that may finish what they have begun.
    Leaving,
    /// Instances come.
    Coming,
    /// Something is lost at once.
    Abrupt,
    /// Something stops without going away.
    Hanging,
    /// Instances go or come, whichever way.
    Instances,
    /// What stands behind them is restarted.
    Restart,
}

impl Way {
    fn is(self, kind: &EventKind) -> bool {
        match self {
            Self::Any => *kind != EventKind::NoOp,
            Self::Instances => !matches!(kind, EventKind::NoOp | EventKind::Restart { .. }),
            Self::Restart => matches!(kind, EventKind::Restart { .. }),
            Self::Hanging => matches!(kind, EventKind::Hang { .. }),
            Self::Abrupt => is_abrupt(kind),
            Self::Coming => matches!(
                kind,
                EventKind::ScaleOut { .. } | EventKind::PolicyOut { .. }
            ),
            Self::Leaving => {
                matches!(
                    kind,
                    EventKind::ScaleIn { .. }
                        | EventKind::PolicyIn { .. }
                        | EventKind::RollingReplace
                        | EventKind::Flap { .. }
                ) && !is_abrupt(kind)
            }
        }
    }
}

/// The first row that fits a sign is its hint.
const HINTS: [(Sign, Phase, Way, &str); 29] = [
    (
        Sign::Met(Trouble::StaleReuse),
        Phase::Before,
        Way::Any,
        "idle connections are closed under the next request even without an event: the service or \
         the balancer keeps them for less time than its clients do",
    ),
    (
        Sign::Met(Trouble::StaleReuse),
        Phase::During,
        Way::Leaving,
        "idle connections were closed under the next request: drain before stopping (a pre-stop \
         delay while the balancer forgets the instance, `Connection: close` on its last answers)",
    ),
    (
        Sign::Met(Trouble::StaleReuse),
        Phase::During,
        Way::Abrupt,
        "connections to what went were used once more: a balancer that repeats requests without an \
         answer hides that for reads; writes need an idempotency key to be repeated",
    ),
    (
        Sign::Met(Trouble::StaleReuse),
        Phase::After,
        Way::Any,
        "connections from before the event were closed when they were next used: close them when \
         the instance goes, not later",
    ),
    (
        Sign::Met(Trouble::Reset),
        Phase::During,
        Way::Leaving,
        "requests in flight were cut although instances were to finish them: end on SIGTERM only \
         when they are done, and let the grace period be longer than the slowest of them",
    ),
    (
        Sign::Met(Trouble::Reset),
        Phase::During,
        Way::Abrupt,
        "requests in flight on what went were cut: whether the writes among them happened, nobody \
         knows; idempotency keys let users repeat them",
    ),
    (
        Sign::Met(Trouble::Reset),
        Phase::During,
        Way::Coming,
        "connections broke while instances came: the balancer was restarted and not reloaded, or \
         moved connections that were in use",
    ),
    (
        Sign::Met(Trouble::Unavailable),
        Phase::During,
        Way::Leaving,
        "503 while instances left: they stopped before the balancer had taken them out; take them \
         out first, and have the new ones ready before the old ones go",
    ),
    (
        Sign::Met(Trouble::Unavailable),
        Phase::During,
        Way::Abrupt,
        "503 until the balancer had noticed, or nobody was left: check health more often, and let \
         it try another instance",
    ),
    (
        Sign::Met(Trouble::Unavailable),
        Phase::During,
        Way::Coming,
        "503 while instances came: they were too few for the load before, or get requests before \
         they are ready",
    ),
    (
        Sign::Met(Trouble::Unavailable),
        Phase::After,
        Way::Any,
        "503 after the service was steady: too few instances for the load, or the balancer still \
         believes in one that is gone",
    ),
    (
        Sign::Met(Trouble::Refused),
        Phase::During,
        Way::Coming,
        "no connection while instances came: they are called ready before they listen",
    ),
    (
        Sign::Met(Trouble::Refused),
        Phase::During,
        Way::Leaving,
        "no connection while instances left: they stopped listening before the balancer had \
         forgotten them; wait with it (a pre-stop delay)",
    ),
    (
        Sign::Met(Trouble::Refused),
        Phase::During,
        Way::Abrupt,
        "no connection: nobody took over the address of what went; a balancer that tries another \
         instance would",
    ),
    (
        Sign::Met(Trouble::Refused),
        Phase::After,
        Way::Any,
        "no connection although the service is called ready: readiness is told too early, or the \
         address of one that is gone is still in use (DNS)",
    ),
    (
        Sign::Met(Trouble::Timeout),
        Phase::During,
        Way::Hanging,
        "timeouts while an instance hung: health checks are too slow, or ask for something that \
         still answers; a request timeout at the balancer bounds what users wait",
    ),
    (
        Sign::Met(Trouble::Timeout),
        Phase::During,
        Way::Any,
        "timeouts: too few instances carried the load, or connections to one that was gone stayed \
         open; set timeouts for connecting and reading at the balancer",
    ),
    (
        Sign::Met(Trouble::Timeout),
        Phase::After,
        Way::Any,
        "timeouts after the service was steady: a queue that does not get shorter, or an instance \
         that is ready and does not answer",
    ),
    (
        Sign::Met(Trouble::ServerError),
        Phase::During,
        Way::Leaving,
        "5xx while instances left: they closed what requests need (a pool, a store) before the last \
         request was done, or the balancer met closed connections",
    ),
    (
        Sign::Met(Trouble::ServerError),
        Phase::During,
        Way::Coming,
        "5xx while instances came: they take requests before what these need is there (pools, \
         migrations, caches); let readiness ask for it",
    ),
    (
        Sign::Met(Trouble::ServerError),
        Phase::During,
        Way::Abrupt,
        "5xx when instances were lost: 502 and 504 are a balancer's word for an instance that broke \
         off; it may repeat reads elsewhere, and must not repeat writes without a key",
    ),
    (
        Sign::Met(Trouble::Throttled),
        Phase::During,
        Way::Any,
        "429: the service sheds load with the instances that it has; a higher minimum, or an \
         earlier threshold",
    ),
    (
        Sign::OnlyNewFailed,
        Phase::After,
        Way::Any,
        "only new instances fail: something that they need is missing when they are called ready \
         (configuration, warm-up), or too much of it is in use (database connections)",
    ),
    (
        Sign::SessionsLost,
        Phase::After,
        Way::Restart,
        "sessions were lost with what was restarted: it keeps them in its memory alone; let it write \
         them down, or replicate it",
    ),
    (
        Sign::SessionsLost,
        Phase::After,
        Way::Instances,
        "sessions were lost with instances: they live in one process; keep them in a store that all \
         instances share, or in a signed cookie",
    ),
    (
        Sign::WritesLost,
        Phase::After,
        Way::Any,
        "acknowledged writes are gone: they were acknowledged before they were durable (a cache \
         written behind, asynchronous replication, an unflushed log)",
    ),
    (
        Sign::Stale,
        Phase::After,
        Way::Any,
        "reads missed what was acknowledged: each instance has a cache or a replica of its own",
    ),
    (
        Sign::GoneAnswered,
        Phase::After,
        Way::Any,
        "instances that the control plane calls gone still answered: they were taken off its list \
         and not out of the balancer",
    ),
    (
        Sign::Unfair,
        Phase::After,
        Way::Any,
        "new instances get little of the load: sticky sessions or connections that are kept for \
         long hold users where they are",
    ),
];

/// Reads alone hide abrupt events.
const ONLY_READS: &str = "only reads were sent: a balancer repeats them elsewhere, so that a loss does \
     not show; let the journey save something";

/// What `signs` around an event of this kind usually mean.
pub(super) fn hints(kind: &EventKind, signs: &BTreeSet<(Phase, Sign)>) -> Vec<String> {
    let mut told = Vec::new();
    for (phase, sign) in signs {
        if *sign == Sign::OnlyReads {
            if is_abrupt(kind) {
                told.push(ONLY_READS.to_owned());
            }
            continue;
        }
        let row = HINTS
            .iter()
            .find(|(own, when, way, _)| own == sign && when == phase && way.is(kind));
        if let Some((.., text)) = row {
            told.push((*text).to_owned());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::scaling::Removal;

    use super::*;

    #[test]
    fn each_sign_has_its_hint() {
        let scale_in = |removal| EventKind::ScaleIn { to: 1, removal };
        let hang = EventKind::Hang {
            count: 1,
            lasting: Duration::from_secs(2),
        };
        for (kind, phase, sign, words) in [
            (
                EventKind::RollingReplace,
                Phase::During,
                Sign::Met(Trouble::StaleReuse),
                "drain before stopping",
            ),
            (
                EventKind::RollingReplace,
                Phase::During,
                Sign::Met(Trouble::Unavailable),
                "taken them out",
            ),
            (
                scale_in(Removal::Graceful),
                Phase::During,
                Sign::Met(Trouble::Reset),
                "SIGTERM",
            ),
            (
                scale_in(Removal::Abrupt),
                Phase::During,
                Sign::Met(Trouble::Reset),
                "idempotency",
            ),
            (
                EventKind::ScaleOut { to: 4 },
                Phase::During,
                Sign::Met(Trouble::Refused),
                "before they listen",
            ),
            (
                EventKind::ScaleOut { to: 4 },
                Phase::After,
                Sign::Met(Trouble::Refused),
                "readiness is told too early",
            ),
            (
                EventKind::ScaleOut { to: 4 },
                Phase::After,
                Sign::OnlyNewFailed,
                "only new instances",
            ),
            (
                hang,
                Phase::During,
                Sign::Met(Trouble::Timeout),
                "health checks are too slow",
            ),
            (
                EventKind::Kill { count: 1 },
                Phase::After,
                Sign::SessionsLost,
                "store that all instances share",
            ),
            (
                EventKind::Kill { count: 1 },
                Phase::Before,
                Sign::OnlyReads,
                "only reads",
            ),
        ] {
            let told = hints(&kind, &BTreeSet::from([(phase, sign)]));
            assert_eq!(told.len(), 1, "{kind} {phase:?} {sign:?}");
            assert!(told[0].contains(words), "{kind}: {}", told[0]);
        }
    }

    #[test]
    fn nothing_is_told_of_what_is_not_there() {
        let kill = EventKind::Kill { count: 1 };
        assert!(hints(&kill, &BTreeSet::new()).is_empty());
        let reads = BTreeSet::from([(Phase::Before, Sign::OnlyReads)]);
        assert!(hints(&EventKind::RollingReplace, &reads).is_empty());
        // The control explains nothing: it is noise by definition.
        let noise = BTreeSet::from([(Phase::During, Sign::Met(Trouble::Timeout))]);
        assert!(hints(&EventKind::NoOp, &noise).is_empty());
    }

    #[test]
    fn no_row_is_out_of_reach() {
        for (at, (sign, phase, way, text)) in HINTS.iter().enumerate() {
            let earlier = HINTS[..at].iter().any(|(own, when, any, _)| {
                own == sign && when == phase && (any == way || *any == Way::Any)
            });
            assert!(!earlier, "{text}");
        }
    }
}
