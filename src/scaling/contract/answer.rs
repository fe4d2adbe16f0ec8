//! What is answered.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::InstanceId;

use super::super::capability::{Capabilities, Capability};
use super::super::policy::{PolicyActivity, PolicyState};
use super::super::target::{InstanceState, Lives, Observed, Receipt, Snapshot};
use super::VERSION;

/// The words of the contract for what a target can do.
const CAPABILITIES: [(&str, Capability); 9] = [
    ("set_desired", Capability::SetDesired),
    ("remove_abruptly", Capability::RemoveAbruptly),
    ("kill", Capability::Kill),
    ("replace", Capability::Replace),
    ("zones", Capability::Zones),
    ("stop_all", Capability::StopAll),
    ("hang", Capability::Hang),
    ("restart", Capability::RestartPart),
    ("policy", Capability::Policy),
];

/// Why an answer is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The other side says that it does not do it.
    #[error("{0}")]
    Refused(String),
    /// Nothing came.
    #[error("the answer is empty; expected one JSON object")]
    Empty,
    /// It is no JSON object, or a field is missing or of another type.
    #[error("the answer is not as expected: {why}")]
    Shape {
        /// What is wrong, and where.
        why: String,
    },
    /// It speaks another version of the contract.
    #[error("it speaks version {found} of the contract, and fpt version {VERSION}")]
    Version {
        /// Its version.
        found: u64,
    },
}

impl AnswerError {
    pub(super) fn shape(why: impl Into<String>) -> Self {
        Self::Shape { why: why.into() }
    }
}

/// Reads `text` as the answer `T`.
///
/// # Errors
///
/// When it says `error`, is no JSON, or something is missing.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, AnswerError> {
    if text.trim().is_empty() {
        return Err(AnswerError::Empty);
    }
    let value: Value =
        serde_json::from_str(text.trim()).map_err(|error| AnswerError::shape(error.to_string()))?;
    let Some(object) = value.as_object() else {
        return Err(AnswerError::shape("found no object; write {...}"));
    };
    if let Some(refused) = object.get("error").filter(|error| !error.is_null()) {
        let told = refused
            .as_str()
            .map_or_else(|| refused.to_string(), str::to_owned);
        return Err(AnswerError::Refused(told));
    }
    if let Some(found) = object.get("v").and_then(Value::as_u64)
        && found != u64::from(VERSION)
    {
        return Err(AnswerError::Version { found });
    }
    serde_json::from_value(value).map_err(|error| AnswerError::shape(error.to_string()))
}

/// The answer to `capabilities`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilitiesAnswer {
    /// The version of the contract that it speaks.
    pub v: u32,
    /// What it can do: `set_desired`, `remove_abruptly`, `kill`, `replace`,
    /// `zones`, `stop_all`, `hang`, `restart`, `policy`.
    pub can: Vec<String>,
    /// What `restart` can be asked for.
    #[serde(default)]
    pub parts: Vec<String>,
}

impl CapabilitiesAnswer {
    /// The answer of somebody who can do this.
    pub fn of(capabilities: &Capabilities) -> Self {
        let can = CAPABILITIES
            .iter()
            .filter(|(_, own)| capabilities.has(*own))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        Self {
            v: VERSION,
            can,
            parts: capabilities.parts.clone(),
        }
    }

    /// What it can do, and the words that nobody here knows.
    pub fn understand(&self) -> (Capabilities, Vec<String>) {
        let mut capabilities = Capabilities {
            parts: self.parts.clone(),
            ..Capabilities::default()
        };
        let mut unknown = Vec::new();
        for word in &self.can {
            match CAPABILITIES.iter().find(|(name, _)| name == word) {
                Some((_, capability)) => {
                    capabilities.can.insert(*capability);
                }
                None => unknown.push(word.clone()),
            }
        }
        (capabilities, unknown)
    }
}

/// An instance in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractInstance {
    /// Its name, the same that its responses carry.
    pub id: String,
    /// Which life of it, the same that its responses carry; left out when they
    /// carry none.
    #[serde(default)]
    pub incarnation: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// How it is: `starting`, `ready`, `draining` or `gone`.
    pub state: InstanceState,
}

/// The answer to `observe`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// How many instances the control plane wants there to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<u32>,
    /// The instances.
    pub instances: Vec<ContractInstance>,
    /// Anything; the first one comes back with `restore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
}

impl From<Observation> for Snapshot {
    fn from(observation: Observation) -> Self {
        let instances = observation
            .instances
            .into_iter()
            .map(|own| Observed {
                id: InstanceId {
                    name: own.id,
                    incarnation: own.incarnation,
                },
                state: own.state,
                zone: own.zone,
            })
            .collect();
        Self {
            desired: observation.desired,
            instances,
        }
    }
}

/// An instance by its name and life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRef {
    /// Its name.
    pub id: String,
    /// Which life of it.
    #[serde(default)]
    pub incarnation: String,
}

/// The answer to everything that changes something. `{}` will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The instances that it is about; an empty list says that there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<Vec<InstanceRef>>,
    /// Words for the report, such as the id of a deployment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub told: String,
    /// Of `restart`: what tells the life of the part that ended, such as a
    /// process id or the time of its start.
    #[serde(
        default,
        deserialize_with = "word",
        skip_serializing_if = "String::is_empty"
    )]
    pub was: String,
    /// The same of the life that began.
    #[serde(
        default,
        deserialize_with = "word",
        skip_serializing_if = "String::is_empty"
    )]
    pub is: String,
}

/// Reads a text or a number as text.
fn word<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("expected a text or a number")),
    }
}

impl From<Changed> for Receipt {
    fn from(changed: Changed) -> Self {
        let instances = changed.instances.unwrap_or_default();
        let tells = !(changed.was.is_empty() && changed.is.is_empty());
        Self {
            lives: tells.then_some(Lives {
                was: changed.was,
                is: changed.is,
            }),
            instances: instances
                .into_iter()
                .map(|own| InstanceId {
                    name: own.id,
                    incarnation: own.incarnation,
                })
                .collect(),
            told: changed.told,
        }
    }
}

/// The answer to `policy`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// The policy; `null` when there is none.
    #[serde(deserialize_with = "there")]
    pub policy: Option<ContractPolicy>,
}

/// Reads an option that may be `null`, but not be missing.
fn there<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

/// A policy in an answer; what is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContractPolicy {
    /// The fewest instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// The most instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// What it looks at, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// The value that it aims at or acts on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The value now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<f64>,
    /// How often it looks, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// How long it waits after adding instances, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_out_ms: Option<u64>,
    /// How long it waits before it removes instances, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_in_ms: Option<u64>,
    /// What it did last, the latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<PolicyActivity>,
}

impl From<ContractPolicy> for PolicyState {
    fn from(policy: ContractPolicy) -> Self {
        Self {
            min: policy.min,
            max: policy.max,
            metric: policy.metric,
            threshold: policy.threshold,
            current: policy.current,
            interval: policy.interval_ms.map(Duration::from_millis),
            cooldown_out: policy.cooldown_out_ms.map(Duration::from_millis),
            cooldown_in: policy.cooldown_in_ms.map(Duration::from_millis),
            activities: policy.activities,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        read::<T>(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, expected) in [
            ("", "the answer is empty"),
            ("hello", "expected value at line 1 column 1"),
            ("[]", "found no object"),
            ("{}", "missing field `instances`"),
            (r#"{"instances":[{"state":"ready"}]}"#, "missing field `id`"),
            (r#"{"instances":[{"id":"a"}]}"#, "missing field `state`"),
            (
                r#"{"instances":[{"id":"a","state":"up"}]}"#,
                "unknown variant `up`, expected one of `starting`, `ready`",
            ),
            (r#"{"error":"no such group"}"#, "no such group"),
            (r#"{"v":2,"instances":[]}"#, "it speaks version 2"),
        ] {
            let why = why::<Observation>(text);
            assert!(why.contains(expected), "{text}: {why}");
        }
        assert!(why::<PolicyAnswer>("{}").contains("missing field `policy`"));
        assert!(why::<CapabilitiesAnswer>(r#"{"can":[]}"#).contains("missing field `v`"));
    }

    #[test]
    fn what_nobody_knows_is_passed_over() {
        let text =
            r#"{"ready":1,"error":null,"instances":[{"id":"a","state":"ready","since_ms":5}]}"#;
        let snapshot = Snapshot::from(read::<Observation>(text).unwrap());
        assert_eq!(snapshot.ready()[0].name, "a");
        assert_eq!(read::<Changed>(r#"{"x":1}"#).unwrap(), Changed::default());
        let answer: CapabilitiesAnswer =
            read(r#"{"v":1,"can":["kill","fly"],"parts":["store"]}"#).unwrap();
        let (capabilities, unknown) = answer.understand();
        assert!(capabilities.has(Capability::Kill));
        assert_eq!(
            (capabilities.parts, unknown),
            (vec!["store".to_owned()], vec!["fly".to_owned()])
        );
    }

    #[test]
    fn lives_are_texts_or_numbers() {
        let lives = |text: &str| Receipt::from(read::<Changed>(text).unwrap()).lives;
        for (text, told) in [
            (r#"{"was":4711,"is":"4712"}"#, Some(("4711", "4712"))),
            (r#"{"is":"4712"}"#, Some(("", "4712"))),
            (r#"{"was":null,"is":null}"#, None),
            (r#"{"told":"ok"}"#, None),
        ] {
            let found = lives(text);
            let found = found
                .as_ref()
                .map(|own| (own.was.as_str(), own.is.as_str()));
            assert_eq!(found, told, "{text}");
        }
        assert!(why::<Changed>(r#"{"was":{}}"#).contains("expected a text or a number"));
    }

    #[test]
    fn every_capability_has_a_word() {
        let all = Capabilities::of(CAPABILITIES.map(|(_, capability)| capability));
        assert_eq!(all.can.len(), CAPABILITIES.len());
        assert_eq!(CapabilitiesAnswer::of(&all).understand(), (all, Vec::new()));
    }

    #[test]
    fn policies_have_their_times_in_milliseconds() {
        let answer: PolicyAnswer = read(
            r#"{"policy":{"min":1,"max":9,"interval_ms":15000,"activities":[{"at_ms":5,"desired":2,"told":"out"}]}}"#,
        )
        .unwrap();
        let policy = PolicyState::from(answer.policy.unwrap());
        assert_eq!(policy.interval, Some(Duration::from_secs(15)));
        assert_eq!(policy.activities[0].desired, Some(2));
        assert_eq!(
            read::<PolicyAnswer>(r#"{"policy":null}"#).unwrap().policy,
            None
        );
    }
}
