//! What a profile cannot exceed: the ceiling, and the guard of production.

use super::duration::Span;
use super::element::{Count, Element};
use super::environment::Environment;
use super::reader::Reader;
use super::service::{ServiceKind, rate};
use super::target::Target;
use crate::model::Rate;

/// The most that is a smoke test.
const SMOKE_TPS: Rate = rate(5);
pub(super) const SMOKE_USERS: Count = Count(5);
pub(super) const SMOKE_DURATION: Span = Span::seconds(60);

const SMOKE_ONLY: &str = "production allows a smoke load only";

/// Refuses production without permission.
pub(super) fn guard(reader: &mut Reader<'_>, kind: Environment, allow_production: bool) {
    if kind == Environment::Production && !allow_production {
        let origin = reader.origin("kind");
        reader.problem(
            origin,
            "kind",
            "This profile is of kind production, which needs permission. Choose another \
             profile, or pass --allow-production for a smoke load."
                .into(),
        );
    }
}

/// Tells who pointed a virtualized profile at a URL that it goes on at the
/// speed of a virtualized service.
pub(super) fn warn_of_speed(reader: &mut Reader<'_>, service: ServiceKind, target: &Target) {
    let inherited = (1..reader.rank("target")).contains(&reader.rank("service"));
    if inherited && service == ServiceKind::Virtualized && matches!(target, Target::Url(_)) {
        let (place, cause) = (reader.origin("target"), reader.origin("service"));
        reader.note(format!(
            "{place}: the target is taken for a virtualized service, as {cause} says. Set \
             `service` to \"live\" if others use it too."
        ));
    }
}

/// The ceiling of the profile.
pub(super) fn ceiling(reader: &mut Reader<'_>, service: ServiceKind, kind: Environment) -> Rate {
    let usual = service.default_ceiling();
    let mut ceiling = reader.value("tps-ceiling", usual);
    // A profile that turns a virtualized service into a live one must not
    // inherit what only the virtualized one can bear.
    let service_rank = match reader.rank("service") {
        0 => reader.rank("target"),
        rank => rank,
    };
    if reader.rank("tps-ceiling") < service_rank {
        let why = format!(
            "the ceiling was inherited from another service, and this one is {service}; write \
             `tps-ceiling` where `service` or `target` is written to raise it"
        );
        ceiling = reader.cap("tps-ceiling", ceiling, usual, &why);
    }
    if kind == Environment::Production {
        ceiling = reader.cap("tps-ceiling", ceiling, SMOKE_TPS, SMOKE_ONLY);
    }
    if ceiling > usual {
        let origin = reader.origin("tps-ceiling");
        reader.note(format!(
            "{origin}: `tps-ceiling` raises the ceiling of a {service} service from {usual} to \
             {ceiling}."
        ));
    }
    ceiling
}

/// A maximum that production sets, or makes stricter.
pub(super) fn at_most<T: Element + PartialOrd>(
    reader: &mut Reader<'_>,
    kind: Environment,
    key: &str,
    written: Option<T>,
    smoke: T,
) -> Option<T> {
    if kind != Environment::Production {
        return written;
    }
    if let Some(most) = written {
        return Some(reader.cap(key, most, smoke, SMOKE_ONLY));
    }
    reader.amend(key, smoke.show());
    Some(smoke)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{in_production, load, problems, profile};

    #[test]
    fn production_needs_permission() {
        assert_eq!(
            problems("kind = 'production'"),
            [
                "fpt.toml:2: `kind`: This profile is of kind production, which needs permission. \
                 Choose another profile, or pass --allow-production for a smoke load."
            ]
        );
    }

    #[test]
    fn production_is_smoke_only() {
        let profile = in_production("tps = 40\ntps-ceiling = 50\nusers = 9\nduration = '2m'");
        let load = &profile.load;
        assert_eq!((load.tps.tps(), load.ceiling.tps()), (5, 5));
        assert_eq!((load.users, load.max_users), (5, Some(5)));
        assert_eq!(
            (
                load.duration.as_secs(),
                load.max_duration.map(|d| d.as_secs())
            ),
            (60, Some(60))
        );
        assert_eq!(
            profile.notes,
            [
                "fpt.toml:4: `tps-ceiling` is 50, limited to 5: production allows a smoke load only.",
                "fpt.toml:3: `tps` is 40, limited to 5: this is the ceiling of the profile.",
                "fpt.toml:5: `users` is 9, limited to 5: this is the profile's `max-users`.",
                "fpt.toml:6: `duration` is 2m, limited to 1m: this is the profile's `max-duration`.",
            ]
        );
    }

    #[test]
    fn production_alone_is_small_without_a_note() {
        let profile = in_production("");
        assert_eq!(profile.notes, Vec::<String>::new());
        assert_eq!((profile.load.users, profile.load.tps.tps()), (5, 5));
        let smaller = in_production("max-users = 2\nmax-duration = '10s'").load;
        assert_eq!((smaller.users, smaller.duration.as_secs()), (2, 10));
    }

    #[test]
    fn the_ceiling_governs() {
        for (text, tps, ceiling, note) in [
            ("", 50, 50, None),
            (
                "tps = 80",
                50,
                50,
                Some("`tps` is 80, limited to 50: this is the ceiling"),
            ),
            ("service = 'live'", 5, 5, None),
            ("target = 'http://a.test'", 5, 5, None),
            (
                "service = 'live'\ntps-ceiling = 20",
                20,
                20,
                Some("raises the ceiling of a live service from 5 TPS to 20 TPS."),
            ),
            (
                "tps = 60\ntps-ceiling = 80",
                60,
                80,
                Some("from 50 TPS to 80 TPS."),
            ),
            ("tps-ceiling = 10", 10, 10, None),
        ] {
            let profile = profile(text);
            assert_eq!(
                (profile.load.tps.tps(), profile.load.ceiling.tps()),
                (tps, ceiling),
                "{text}"
            );
            match note {
                Some(note) => assert!(profile.notes[0].contains(note), "{:?}", profile.notes),
                None => assert_eq!(profile.notes, Vec::<String>::new()),
            }
        }
    }

    #[test]
    fn a_live_service_does_not_inherit_the_ceiling_of_a_virtualized_one() {
        for live in ["service = 'live'", "target = 'https://a.test'"] {
            let text =
                format!("[profiles.a]\ntps-ceiling = 50\n[profiles.b]\ninherits = 'a'\n{live}");
            let profile = load(&text, Some("b"), &[], &[]).unwrap();
            assert_eq!(profile.load.ceiling.tps(), 5);
            assert!(
                profile.notes[0].contains("inherited from another service"),
                "{:?}",
                profile.notes
            );
        }
    }

    #[test]
    fn a_url_keeps_the_speed_of_a_virtualized_service_with_a_note() {
        let text = "[profiles.a]\nservice = 'virtualized'";
        for (target, notes) in [("https://a.test", 1), ("bundled", 0)] {
            let profile = load(text, None, &[("FPT_TARGET", target)], &[]).unwrap();
            assert_eq!(profile.load.ceiling.tps(), 50);
            assert_eq!(profile.notes.len(), notes, "{:?}", profile.notes);
        }
        let own = profile("service = 'virtualized'\ntarget = 'https://a.test'");
        assert_eq!(own.notes, Vec::<String>::new());
    }
}
