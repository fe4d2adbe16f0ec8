//! Secrets: values a user knows and nobody shows.

use std::fmt;

use serde::{Serialize, Serializer};

/// What stands where a secret is asked to show itself.
const SHOWN: &str = "[secret]";

/// Names of secrets, alone or after an underscore (`admin_password`).
const NAMES: [&str; 7] = [
    "api_key",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "secret",
    "token",
];

/// A value for requests only: a password, a key. It never reaches disk, log
/// or console; [`Secret::reveal`] is the one way to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `value` secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, to be sent to the service under test.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a column of this name holds secrets.
    pub(super) fn is_named_by(column: &str) -> bool {
        let column = column.to_ascii_lowercase();
        NAMES.iter().any(|name| {
            column
                .strip_suffix(name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(SHOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_themselves() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"[secret]\"");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn columns_tell_by_their_name() {
        for name in [
            "password",
            "admin_password",
            "API_KEY",
            "access_token",
            "pin",
        ] {
            assert!(Secret::is_named_by(name), "{name}");
        }
        for name in ["email", "shipping", "pin_code_area", "secretary", "spin"] {
            assert!(!Secret::is_named_by(name), "{name}");
        }
    }
}
