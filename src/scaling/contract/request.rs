//! What is asked.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::InstanceId;

use super::super::target::{Removal, Select};
use super::VERSION;
use super::answer::InstanceRef;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Say what you can do. Changes nothing.
    Capabilities,
    /// Say which instances there are. Changes nothing.
    Observe,
    /// See to it that there are [`Request::desired`] instances.
    SetDesired,
    /// Lose the instances of [`Request::select`] at once.
    Kill,
    /// Replace all instances, one after another.
    Replace,
    /// Stop the instances of [`Request::select`] without ending them.
    Hang,
    /// Let instances that hang go on.
    Resume,
    /// End all instances; they stay away.
    StopAll,
    /// Start [`Request::desired`] instances after [`Operation::StopAll`].
    StartAll,
    /// Restart [`Request::part`].
    Restart,
    /// Say what the service's own policy is. Changes nothing.
    Policy,
    /// Bring back what was in [`Request::base`], with [`Request::desired`]
    /// instances.
    Restore,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Capabilities,
        Self::Observe,
        Self::SetDesired,
        Self::Kill,
        Self::Replace,
        Self::Hang,
        Self::Resume,
        Self::StopAll,
        Self::StartAll,
        Self::Restart,
        Self::Policy,
        Self::Restore,
    ];

    /// How it is written in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capabilities => "capabilities",
            Self::Observe => "observe",
            Self::SetDesired => "set_desired",
            Self::Kill => "kill",
            Self::Replace => "replace",
            Self::Hang => "hang",
            Self::Resume => "resume",
            Self::StopAll => "stop_all",
            Self::StartAll => "start_all",
            Self::Restart => "restart",
            Self::Policy => "policy",
            Self::Restore => "restore",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How instances go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They finish what they have begun.
    Graceful,
    /// They are cut off.
    Abrupt,
}

impl From<Removal> for Mode {
    fn from(removal: Removal) -> Self {
        match removal {
            Removal::Graceful => Self::Graceful,
            Removal::Abrupt => Self::Abrupt,
        }
    }
}

/// Which instances are meant; exactly one of its fields is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// So many, whichever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Those with these ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Those of this zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// All of them, when it is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
}

impl From<&Select> for Selection {
    fn from(select: &Select) -> Self {
        let none = Self::default();
        match select {
            Select::Count(count) => Self {
                count: Some(*count),
                ..none
            },
            Select::These(these) => Self {
                ids: Some(these.iter().map(|id| id.name.clone()).collect()),
                ..none
            },
            Select::Zone(zone) => Self {
                zone: Some(zone.clone()),
                ..none
            },
            Select::All => Self {
                all: Some(true),
                ..none
            },
        }
    }
}

/// What was there before anything was changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// The instances that were ready.
    #[serde(default)]
    pub instances: Vec<InstanceRef>,
    /// What [`Observation::raw`](super::Observation::raw) said when it was
    /// first asked: a memory for those who have none, such as limits to put
    /// back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
}

/// One request. Its fields are always written in this order, on one line and
/// without spaces, so that a shell can take them apart; what an operation does
/// not need is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The [`VERSION`] of the contract.
    pub v: u32,
    /// What is to be done.
    pub op: Operation,
    /// What is scaled, as the profile names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How many instances there are to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<u32>,
    /// How those go that have to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Which instances are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Selection>,
    /// Which part is meant, such as a session store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// How long an instance may take to finish what it has begun, in
    /// milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_ms: Option<u64>,
    /// How long the answer is waited for, in milliseconds. It says that the
    /// request is accepted, not that all is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// What was there before, for [`Operation::Restore`]; the last field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

impl Request {
    /// A request for `op` with nothing else.
    pub fn new(op: Operation) -> Self {
        Self {
            v: VERSION,
            op,
            group: None,
            desired: None,
            mode: None,
            select: None,
            part: None,
            drain_ms: None,
            deadline_ms: None,
            base: None,
        }
    }
}

impl From<&InstanceId> for InstanceRef {
    fn from(id: &InstanceId) -> Self {
        Self {
            id: id.name.clone(),
            incarnation: id.incarnation.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_one_line_in_a_known_order() {
        let request = Request {
            group: Some("web".to_owned()),
            desired: Some(3),
            mode: Some(Mode::Graceful),
            deadline_ms: Some(30_000),
            base: Some(Base {
                instances: vec![InstanceRef {
                    id: "web-1".to_owned(),
                    incarnation: "7".to_owned(),
                }],
                raw: Some(serde_json::json!({"desired": 9})),
            }),
            ..Request::new(Operation::Restore)
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"v":1,"op":"restore","group":"web","desired":3,"mode":"graceful","deadline_ms":30000,"base":{"instances":[{"id":"web-1","incarnation":"7"}],"raw":{"desired":9}}}"#
        );
    }

    #[test]
    fn names_are_those_of_the_json() {
        for op in Operation::ALL {
            assert_eq!(serde_json::to_value(op).unwrap(), op.name());
        }
    }

    #[test]
    fn selections_have_one_field() {
        let id = InstanceId {
            name: "web-1".to_owned(),
            incarnation: "7".to_owned(),
        };
        for (select, expected) in [
            (Select::Count(2), r#"{"count":2}"#),
            (Select::These(vec![id]), r#"{"ids":["web-1"]}"#),
            (Select::Zone("a".to_owned()), r#"{"zone":"a"}"#),
            (Select::All, r#"{"all":true}"#),
        ] {
            let text = serde_json::to_string(&Selection::from(&select)).unwrap();
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn a_newer_request_is_understood() {
        let request: Request =
            serde_json::from_str(r#"{"v":1,"op":"observe","colour":"red"}"#).unwrap();
        assert_eq!(request, Request::new(Operation::Observe));
    }
}
