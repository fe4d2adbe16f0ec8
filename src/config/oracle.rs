//! What the oracle is told about the service.

use crate::model::Outcome;

use super::element::{Element, Shape, unexpected};
use super::nearest::one_of;
use super::reader::Reader;
use super::service::ServiceKind;
use crate::model::HazardKind;

/// What the oracle is told about the service.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent settings, each read by somebody else"
)]
pub struct OracleConfig {
    /// Values that accuse nobody, such as the telephone number of a clinic.
    pub public: Vec<String>,
    /// Statuses that deny access.
    pub denied: Vec<u16>,
    /// Statuses that say that nothing was done.
    pub refusals: Vec<u16>,
    /// A finding stops the line.
    pub stop_on_finding: bool,
    /// Users try to get at what others keep the ids of.
    pub probe: bool,
    /// The methods of requests that are tried so.
    pub probe_methods: Vec<String>,
    /// A run in which no user ever saw their own data is inconclusive.
    pub own_sightings_required: bool,
    /// Responses of whose text a part may stay unseen, in percent.
    pub unseen_tolerated: u8,
    /// Hazards that fail a scenario.
    pub failing_hazards: Vec<HazardKind>,
    /// Sessions are tried again after they were signed out.
    pub outlived: bool,
}

impl OracleConfig {
    pub(super) fn read(reader: &mut Reader<'_>, service: ServiceKind) -> Self {
        let denied = [401, 403, 404].map(Status);
        let stop = service == ServiceKind::Live;
        Self {
            public: reader.list("oracle.public", Vec::new()),
            denied: reader
                .list("oracle.denied", denied.into())
                .into_iter()
                .map(|Status(status)| status)
                .collect(),
            refusals: reader
                .list("oracle.refusals", Outcome::REFUSALS.map(Status).into())
                .into_iter()
                .map(|Status(status)| status)
                .collect(),
            stop_on_finding: reader.value("oracle.stop-on-finding", stop),
            probe: reader.value("oracle.probe", false),
            probe_methods: reader
                .list(
                    "oracle.probe-methods",
                    ["GET", "HEAD"].map(ProbeMethod).into(),
                )
                .into_iter()
                .map(|ProbeMethod(method)| method.to_owned())
                .collect(),
            own_sightings_required: reader.value("oracle.own-sightings-required", true),
            unseen_tolerated: reader.value("oracle.unseen-tolerated", 10),
            failing_hazards: failing_hazards(reader),
            outlived: reader.value("oracle.outlived", true),
        }
    }
}

fn failing_hazards(reader: &mut Reader<'_>) -> Vec<HazardKind> {
    let mut kinds: Vec<HazardKind> = reader
        .list("oracle.failing-hazards", Vec::new())
        .into_iter()
        .flat_map(|own| match own {
            Hazards::All => HazardKind::ALL.to_vec(),
            Hazards::Kind(kind) => vec![kind],
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// One kind of hazard, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hazards {
    All,
    Kind(HazardKind),
}

impl Element for Hazards {
    const EXPECTED: &'static str = "\"all\", or the name of a hazard";

    fn parse(text: &str) -> Result<Self, String> {
        let kinds = HazardKind::ALL.map(|kind| (kind.name(), Self::Kind(kind)));
        let mut known = vec![("all", Self::All)];
        known.extend(kinds);
        one_of(text, &known)
    }

    fn show(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Kind(kind) => kind.to_string(),
        }
    }
}

/// A status that can deny something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status(pub(super) u16);

impl Element for Status {
    const EXPECTED: &'static str = "a status from 300 to 599";
    const SHAPE: Shape = Shape::Integer;

    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(status @ 300..=599) => Ok(Self(status)),
            _ => Err(unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A method that may be tried with the id of something of somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ProbeMethod(&'static str);

/// All of them; only the first two leave everything as it was.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

impl Element for ProbeMethod {
    const EXPECTED: &'static str = "\"GET\", \"HEAD\", \"POST\", \"PUT\", \"PATCH\" or \"DELETE\"";

    fn parse(text: &str) -> Result<Self, String> {
        METHODS
            .into_iter()
            .find(|method| *method == text)
            .map(Self)
            .ok_or_else(|| unexpected::<Self>(text))
    }

    fn show(&self) -> String {
        self.0.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::profile;
    use super::*;

    #[test]
    fn oracles_have_defaults() {
        let oracle = profile("").oracle;
        assert!(oracle.public.is_empty());
        assert_eq!(oracle.denied, [401, 403, 404]);
        assert!(oracle.own_sightings_required);
        assert_eq!(oracle.unseen_tolerated, 10);
        assert!(!oracle.probe);
        assert_eq!(oracle.probe_methods, ["GET", "HEAD"]);
        for (text, stop) in [
            ("", false),
            ("service = 'live'", true),
            ("service = 'live'\noracle.stop-on-finding = false", false),
            ("oracle.stop-on-finding = true", true),
        ] {
            assert_eq!(profile(text).oracle.stop_on_finding, stop, "{text}");
        }
    }

    #[test]
    fn hazards_can_fail() {
        assert_eq!(profile("").oracle.failing_hazards, []);
        let all = profile("oracle.failing-hazards = ['all', 'existence-leak']");
        assert_eq!(all.oracle.failing_hazards, HazardKind::ALL);
        let one = profile("oracle.failing-hazards = ['weak-session-cookie']");
        assert_eq!(one.oracle.failing_hazards, [HazardKind::WeakSessionCookie]);
        assert!(
            Hazards::parse("missing-very")
                .unwrap_err()
                .ends_with("Did you mean `missing-vary`?")
        );
    }

    #[test]
    fn success_denies_nothing() {
        assert_eq!(Status::parse("302"), Ok(Status(302)));
        for text in ["200", "600", "99999", "x"] {
            assert!(Status::parse(text).is_err(), "{text}");
        }
    }
}
