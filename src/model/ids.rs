//! Identifiers of users, requests and instances.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A virtual user of the population, written as its tag: `u000042`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub u32);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "u{:06}", self.0)
    }
}

impl FromStr for UserId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix('u')
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a user tag such as `u000042`"))
    }
}

impl Serialize for UserId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Marks every request id of one run, so that an echoed id can be told to be
/// ours without keeping a list of all ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTag(pub u64);

/// The id of one transaction: sent as `X-Request-Id`, unique within the run.
///
/// It is written as a UUID (version 8, RFC 9562) because services and gateways
/// often refuse or replace anything else. The first 48 bits are the run's tag,
/// then come the user (24 bits) and the number of the transaction (38 bits), so
/// that an echoed id tells whose request it was without any table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId {
    tag: u64,
    user: u32,
    number: u64,
}

const TAG_BITS: u64 = (1 << 48) - 1;
const USER_BITS: u32 = (1 << 24) - 1;
const NUMBER_BITS: u64 = (1 << 38) - 1;

impl RequestId {
    /// The id of transaction `number` of the run marked `tag`, sent by `user`.
    pub fn new(tag: RunTag, user: UserId, number: u64) -> Self {
        Self {
            tag: tag.0 & TAG_BITS,
            user: user.0 & USER_BITS,
            number: number & NUMBER_BITS,
        }
    }

    /// The user who sent the transaction.
    pub fn user(self) -> UserId {
        UserId(self.user)
    }

    /// The number of the transaction within its run, counted from 1.
    pub fn number(self) -> u64 {
        self.number
    }

    /// Whether this id was made by the run marked `tag`.
    pub fn is_of(self, tag: RunTag) -> bool {
        self.tag == tag.0 & TAG_BITS
    }

    /// The W3C `traceparent` that carries this id as its trace id.
    pub fn traceparent(self) -> String {
        let (high, low) = self.halves();
        format!("00-{high:016x}{low:016x}-{:016x}-01", low | 1)
    }

    fn halves(self) -> (u64, u64) {
        // UUID layout: 48 bits custom, 4 bits version, 12 bits custom,
        // 2 bits variant, 62 bits custom.
        let low = (0b10 << 62) | (u64::from(self.user) << 38) | self.number;
        ((self.tag << 16) | 0x8000, low)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = self.halves();
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & TAG_BITS
        )
    }
}

impl FromStr for RequestId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is not a request id of this tool");
        let hex: String = text.chars().filter(|c| *c != '-').collect();
        if hex.len() != 32 || !hex.is_ascii() {
            return Err(wrong());
        }
        let half = |part: &str| u64::from_str_radix(part, 16).ok();
        let (high, low) = half(&hex[..16]).zip(half(&hex[16..])).ok_or_else(wrong)?;
        if high & 0xffff != 0x8000 || low >> 62 != 0b10 {
            return Err(wrong());
        }
        Ok(Self {
            tag: high >> 16,
            user: u32::try_from((low >> 38) & u64::from(USER_BITS)).unwrap_or(USER_BITS),
            number: low & NUMBER_BITS,
        })
    }
}

impl Serialize for RequestId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// One running copy of the service. The incarnation tells two lives of one
/// name apart: `n1` before and after a restart are different instances.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstanceId {
    /// The name the service gives itself, such as `n1`.
    pub name: String,
    /// The incarnation, empty when the service does not tell it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub incarnation: String,
}

impl InstanceId {
    /// Whether both may be the same one: the names are equal, and the
    /// incarnations are equal or one of them is not known.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && (self.incarnation == other.incarnation
                || self.incarnation.is_empty()
                || other.incarnation.is_empty())
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.incarnation.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.name, self.incarnation)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids_that_tell_their_run() {
        let id = RequestId::new(RunTag(0xabcd_ef01_2345), UserId(3), 77);
        let text = id.to_string();
        assert_eq!(text, "abcdef01-2345-8000-8000-00c00000004d");
        let back: RequestId = text.parse().unwrap();
        assert_eq!(back, id);
        assert_eq!((back.user(), back.number()), (UserId(3), 77));
        assert!(back.is_of(RunTag(0xabcd_ef01_2345)));
        assert!(!back.is_of(RunTag(1)));
    }

    #[test]
    fn strange_request_ids_are_not_ours() {
        for text in [
            "",
            "abc",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "é".repeat(16).as_str(),
        ] {
            assert!(text.parse::<RequestId>().is_err(), "{text}");
        }
    }

    #[test]
    fn traceparent_has_the_w3c_form() {
        let id = RequestId::new(RunTag(1), UserId(0), 2);
        assert_eq!(
            id.traceparent(),
            "00-00000000000180008000000000000002-8000000000000003-01"
        );
    }

    #[test]
    fn instances_are_the_same_as_far_as_is_known() {
        let id = |name: &str, incarnation: &str| InstanceId {
            name: name.to_owned(),
            incarnation: incarnation.to_owned(),
        };
        for (one, other, same) in [
            (id("n1", "a"), id("n1", "a"), true),
            (id("n1", "a"), id("n1", "b"), false),
            (id("n1", ""), id("n1", "b"), true),
            (id("n1", "a"), id("n1", ""), true),
            (id("n1", "a"), id("n2", "a"), false),
        ] {
            assert_eq!(one.is_same(&other), same, "{one} {other}");
        }
    }

    #[test]
    fn user_tags_round_trip() {
        assert_eq!(UserId(42).to_string(), "u000042");
        assert_eq!("u000042".parse(), Ok(UserId(42)));
        assert!("x1".parse::<UserId>().is_err());
    }
}
