//! What the oracle is told about the service.

use crate::model::Outcome;

use super::element::{Element, Shape, unexpected};
use super::reader::Reader;
use super::service::ServiceKind;

/// What the oracle is told about the service.
#[derive(Clone, Debug)]
pub struct OracleConfig {
    /// Values that accuse nobody, such as the telephone number of a clinic.
    pub public: Vec<String>,
    /// Statuses that deny access.
    pub denied: Vec<u16>,
    /// Statuses that say that nothing was done.
    pub refusals: Vec<u16>,
    /// A finding stops the line.
    pub stop_on_finding: bool,
    /// A run in which no user ever saw their own data is inconclusive.
    pub own_sightings_required: bool,
    /// Responses of whose text a part may stay unseen, in percent.
    pub unseen_tolerated: u8,
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
            own_sightings_required: reader.value("oracle.own-sightings-required", true),
            unseen_tolerated: reader.value("oracle.unseen-tolerated", 10),
        }
    }
}

/// A status that can deny something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Status(u16);

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
    fn success_denies_nothing() {
        assert_eq!(Status::parse("302"), Ok(Status(302)));
        for text in ["200", "600", "99999", "x"] {
            assert!(Status::parse(text).is_err(), "{text}");
        }
    }
}
