//! Incidents: what findings of one kind have in common.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{FactName, Finding, Place, Rule, Timestamp};

use super::provoked::Met;

/// Findings of one kind, with what the evidence says about their cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Number of the incident within the run, from 1.
    pub number: u64,
    /// The rule that was violated.
    pub rule: Rule,
    /// Where, most findings first.
    pub places: Vec<IncidentPlace>,
    /// How many findings.
    pub findings: u64,
    /// The number of the first of them.
    pub first_finding: u64,
    /// How many users saw something.
    pub users: u64,
    /// How many users' data was seen, where that is known.
    pub owners: u64,
    /// When the first response was complete.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
    /// Findings by instance, where the service tells.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, u64>,
    /// Findings by scale window.
    pub windows: BTreeMap<String, u64>,
    /// What had been done on purpose, and whether the findings needed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provocations: Vec<Met>,
    /// What was recognised; empty means that no pattern was.
    pub patterns: Vec<Recognised>,
    /// The likely cause, in words.
    pub cause: String,
    /// What to look at, and how to confirm it by hand.
    pub look_at: String,
    /// What speaks against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<String>,
}

/// One place of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentPlace {
    /// Method and path as the step wrote them.
    pub route: String,
    /// Where the step stands.
    pub step: Place,
    /// Where in the response, positions in lists left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<String>,
    /// Which fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactName>,
    /// How many findings.
    pub findings: u64,
}

impl Incident {
    /// Whether `finding` is of the kind of this incident: of its rule, and of
    /// one of its routes and spots.
    pub fn holds(&self, finding: &Finding) -> bool {
        let witness = &finding.witness;
        self.rule == finding.rule
            && self.places.iter().any(|place| {
                place.route == witness.route
                    && place.spot == witness.spot.as_ref().map(super::place_of)
            })
    }
}

impl fmt::Display for IncidentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.route)?;
        match (&self.fact, &self.spot) {
            (Some(fact), Some(spot)) => write!(f, ", {fact} in {spot}"),
            (Some(one), None) => write!(f, ", {one}"),
            (None, Some(one)) => write!(f, ", {one}"),
            (None, None) => Ok(()),
        }
    }
}

/// A pattern with the evidence that speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// Which.
    pub pattern: Pattern,
    /// The evidence, each with its counts.
    pub because: Vec<String>,
}

/// What evidence can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// One credential was given to several users.
    CredentialCollision,
    /// Answers are read from a connection that is out of step.
    DesynchronisedConnection,
    /// Every probe succeeds.
    MissingAuthorization,
    /// A stranger is shown, always the same one.
    BuiltInDefault,
    /// An answer is kept and given to others.
    Cache,
    /// Requests that are under way together share something.
    SharedState,
    /// What is free is looked at first and claimed in a second step.
    CheckThenAct,
    /// Only reads at another instance than the write's do not show it.
    Replica,
    /// Writes that come together take each other's place.
    LostUpdate,
    /// Sessions went away with their instance.
    LocalSessions,
    /// Sessions are found by the number of instances.
    RehashedSessions,
    /// All sessions went away together.
    EmptiedSessionStore,
    /// Only one of several instances.
    OneInstance,
    /// Only when the number of instances changed.
    ScaleEvent,
}

impl Pattern {
    /// Every pattern, the ones that explain most first.
    pub const ALL: [Self; 14] = [
        Self::CredentialCollision,
        Self::DesynchronisedConnection,
        Self::MissingAuthorization,
        Self::BuiltInDefault,
        Self::Cache,
        Self::SharedState,
        Self::CheckThenAct,
        Self::Replica,
        Self::LostUpdate,
        Self::LocalSessions,
        Self::RehashedSessions,
        Self::EmptiedSessionStore,
        Self::OneInstance,
        Self::ScaleEvent,
    ];

    /// The pattern's name, as people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CredentialCollision => "credential collision",
            Self::DesynchronisedConnection => "desynchronised connection",
            Self::MissingAuthorization => "missing authorization check",
            Self::BuiltInDefault => "built-in default",
            Self::Cache => "cache without the user in its key",
            Self::SharedState => "state shared between requests",
            Self::CheckThenAct => "check-then-act",
            Self::Replica => "replica or per-instance cache",
            Self::LostUpdate => "lost update",
            Self::LocalSessions => "sessions kept by one instance",
            Self::RehashedSessions => "sessions found by the number of instances",
            Self::EmptiedSessionStore => "session store emptied",
            Self::OneInstance => "one instance only",
            Self::ScaleEvent => "scale event only",
        }
    }

    /// Whether the pattern is of something that several routes use, so that
    /// findings of several routes are one incident.
    pub(super) const fn is_beneath_routes(self) -> bool {
        match self {
            Self::CredentialCollision
            | Self::DesynchronisedConnection
            | Self::LocalSessions
            | Self::RehashedSessions
            | Self::EmptiedSessionStore => true,
            Self::MissingAuthorization
            | Self::BuiltInDefault
            | Self::Cache
            | Self::SharedState
            | Self::CheckThenAct
            | Self::Replica
            | Self::LostUpdate
            | Self::OneInstance
            | Self::ScaleEvent => false,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Spot;

    #[test]
    fn patterns_are_told_by_names_of_their_own() {
        let names: BTreeSet<String> = Pattern::ALL.iter().map(Pattern::to_string).collect();
        assert_eq!(names.len(), Pattern::ALL.len());
        assert_eq!(
            Pattern::Cache.to_string(),
            "cache without the user in its key"
        );
    }

    /// The incident of data in a header of one page and in the body of another.
    fn incident() -> Incident {
        let place = |route: &str, spot: Option<&str>| IncidentPlace {
            route: route.to_owned(),
            step: Place::new("a.feature", 3),
            spot: spot.map(str::to_owned),
            fact: None,
            findings: 1,
        };
        Incident {
            number: 1,
            rule: Rule::ForeignData,
            places: vec![
                place("GET /a", Some("JSON $[*]['email']")),
                place("GET /b", Some("header x-who")),
                place("GET /c", None),
            ],
            findings: 3,
            first_finding: 1,
            users: 1,
            owners: 1,
            first: Timestamp::default(),
            last: Timestamp::default(),
            instances: BTreeMap::new(),
            windows: BTreeMap::new(),
            provocations: Vec::new(),
            patterns: Vec::new(),
            cause: String::new(),
            look_at: String::new(),
            against: Vec::new(),
        }
    }

    /// As `fpt reproduce` asks whether what it found is what it looks for.
    #[test]
    fn a_finding_of_the_same_rule_route_and_spot_is_of_the_incident() {
        let email = || Some(Spot::Json("$[7]['email']".into()));
        let header = || Some(Spot::Header("x-who".into()));
        for (rule, route, spot, holds) in [
            (Rule::ForeignData, "GET /a", email(), true),
            (Rule::ForeignData, "GET /b", header(), true),
            (Rule::ForeignData, "GET /c", None, true),
            (Rule::UnknownIdentity, "GET /a", email(), false),
            (Rule::ForeignData, "GET /d", email(), false),
            (Rule::ForeignData, "GET /a", header(), false),
            (Rule::ForeignData, "GET /b", email(), false),
            (Rule::ForeignData, "GET /a", None, false),
        ] {
            let case = format!("{rule} {route} {spot:?}");
            let finding = serde_json::from_value(serde_json::json!({
                "number": 9,
                "rule": rule,
                "user": crate::model::UserId(1),
                "message": "",
                "witness": {
                    "request": crate::model::RequestId::new(
                        crate::model::RunTag(7),
                        crate::model::UserId(1),
                        1
                    ),
                    "traceparent": "",
                    "route": route,
                    "step": {"scenario": "s", "text": "", "place": Place::new("a.feature", 3)},
                    "iteration": 1,
                    "sent": Timestamp::default(),
                    "done": Timestamp::default(),
                    "window": "steady",
                    "spot": spot,
                },
            }));
            let finding: Finding = finding.unwrap();
            assert_eq!(incident().holds(&finding), holds, "{case}");
        }
    }
}
