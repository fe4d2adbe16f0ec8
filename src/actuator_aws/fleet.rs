//! What is scaled, whatever it is.

use async_trait::async_trait;
use fpt::scaling::contract::{CapabilitiesAnswer, Changed, Observation, PolicyAnswer, Selection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::trouble::Trouble;

/// Instances that AWS keeps.
#[async_trait]
pub(super) trait Fleet: Send + Sync {
    /// What can be done. Asks nobody.
    fn capabilities(&self) -> CapabilitiesAnswer;

    /// The instances, and in `raw` a [`Before`].
    async fn observe(&self) -> Result<Observation, Trouble>;

    /// Asks for `desired` instances.
    async fn set_desired(&self, desired: u32) -> Result<Changed, Trouble>;

    /// Loses instances that are ready.
    async fn kill(&self, select: &Selection) -> Result<Changed, Trouble>;

    /// Replaces all, one after another.
    async fn replace(&self) -> Result<Changed, Trouble>;

    /// What scales by itself.
    async fn policy(&self) -> Result<PolicyAnswer, Trouble>;

    /// Brings back what was.
    async fn restore(&self, before: Before) -> Result<Changed, Trouble>;
}

/// What has to be put back in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    /// The desired number.
    pub(super) desired: u32,
    /// The limits of Auto Scaling, if it scales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<Limits>,
}

/// The fewest and the most instances that Auto Scaling allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Limits {
    pub(super) min: u32,
    pub(super) max: u32,
}

impl Limits {
    /// Why `desired` cannot be asked for, if it cannot.
    pub(super) fn refuse(self, desired: u32) -> Result<(), Trouble> {
        if (self.min..=self.max).contains(&desired) {
            return Ok(());
        }
        Err(Trouble::new(format!(
            "{desired} is outside of the limits of Auto Scaling, {} to {}; start the program with \
             --hold to move them until the end of the run",
            self.min, self.max
        )))
    }
}

impl Before {
    /// What the first observation said; without one, the `desired` number only.
    pub(super) fn read(raw: Option<&Value>, desired: u32) -> Result<Self, Trouble> {
        match raw {
            None => Ok(Self {
                desired,
                limits: None,
            }),
            Some(raw) => serde_json::from_value(raw.clone())
                .map_err(|error| Trouble::new(format!("`base.raw` is not what it was: {error}"))),
        }
    }
}

/// A number as AWS writes it; it has none below 0.
pub(super) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// A number as AWS wants it.
pub(super) fn number(count: u32) -> Result<i32, Trouble> {
    i32::try_from(count).map_err(|_error| Trouble::new(format!("{count} is too many")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_are_told_when_they_forbid() {
        let limits = Limits { min: 2, max: 4 };
        assert!(limits.refuse(2).is_ok() && limits.refuse(4).is_ok());
        let why = limits.refuse(5).unwrap_err().to_string();
        assert!(why.contains("2 to 4") && why.contains("--hold"), "{why}");
    }

    #[test]
    fn what_was_before_comes_back() {
        let before = Before {
            desired: 3,
            limits: Some(Limits { min: 1, max: 9 }),
        };
        let raw = serde_json::to_value(before).unwrap();
        assert_eq!(raw, json!({"desired": 3, "limits": {"min": 1, "max": 9}}));
        assert_eq!(Before::read(Some(&raw), 7).unwrap(), before);
        assert_eq!(Before::read(None, 7).unwrap().desired, 7);
        assert!(Before::read(Some(&json!(1)), 7).is_err());
    }
}
