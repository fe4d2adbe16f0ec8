//! What a run directory tells about the run.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::model::Place;
use crate::oracle::Incident;

/// What is written for a setting that must not be.
const NOT_SHOWN: &str = "(set, not shown)";

/// The part of `results.json` that running again needs.
#[derive(Debug, Deserialize)]
pub(super) struct Recorded {
    pub(super) profile: String,
    #[serde(default)]
    pub(super) config: Option<String>,
    pub(super) settings: Vec<RecordedSetting>,
    pub(super) outcomes: Vec<RecordedOutcome>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RecordedSetting {
    pub(super) key: String,
    pub(super) value: String,
    origin: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct RecordedOutcome {
    pub(super) scenario: String,
    pub(super) place: Place,
    pub(super) load: RecordedLoad,
    #[serde(default)]
    pub(super) incidents: Vec<Incident>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RecordedLoad {
    pub(super) users: u32,
    pub(super) governed_tps: u32,
    pub(super) functional: bool,
}

impl Recorded {
    /// Reads what is in `folder`.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("results.json");
        let text = fs::read(&path).map_err(|error| {
            format!(
                "cannot read {}: {error}: is this the directory of a run that came to its end?",
                path.display()
            )
        })?;
        serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The incident with this number and its scenario, or what there is.
    pub(super) fn incident(&self, number: u64) -> Result<(&RecordedOutcome, &Incident), String> {
        let all = || {
            self.outcomes
                .iter()
                .flat_map(|outcome| outcome.incidents.iter().map(move |own| (outcome, own)))
        };
        if let Some(found) = all().find(|(_, own)| own.number == number) {
            return Ok(found);
        }
        let there: Vec<String> = all()
            .map(|(outcome, own)| {
                let place = own.places.first().map(ToString::to_string);
                format!(
                    "\n  {}  {}, {} findings on {} ({})",
                    own.number,
                    own.rule,
                    own.findings,
                    place.unwrap_or_default(),
                    outcome.scenario
                )
            })
            .collect();
        Err(if there.is_empty() {
            format!("there is no incident {number}: the run has none")
        } else {
            format!(
                "there is no incident {number}; the run has{}",
                there.concat()
            )
        })
    }

    /// Settings of the command line and the environment, as `KEY=VALUE`; and
    /// the keys of those that were not written down.
    pub(super) fn flags(&self) -> (Vec<String>, Vec<&str>) {
        let mut flags = Vec::new();
        let mut missing = Vec::new();
        for setting in &self.settings {
            let own = &setting.origin;
            if !own.starts_with("--") && !own.starts_with("FPT_") {
                continue;
            }
            if setting.value.contains(NOT_SHOWN) {
                missing.push(setting.key.as_str());
                continue;
            }
            // Lists are shown in brackets and written without.
            let value = setting
                .value
                .strip_prefix('[')
                .and_then(|inner| inner.strip_suffix(']'))
                .unwrap_or(&setting.value);
            flags.push(format!("{}={value}", setting.key));
        }
        (flags, missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(settings: &str) -> Recorded {
        let text = format!(r#"{{"profile":"p","settings":{settings},"outcomes":[]}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn only_what_is_in_no_file_is_set_again() {
        let run = recorded(
            r#"[
              {"key":"users","value":"20","origin":"--users"},
              {"key":"oracle.denied","value":"[401, 404]","origin":"--set oracle.denied"},
              {"key":"headers.x-key","value":"(set, not shown)","origin":"FPT_HEADERS_X_KEY"},
              {"key":"tps","value":"50","origin":"fpt.toml:3"},
              {"key":"drain","value":"2s","origin":"default"},
              {"key":"timeout","value":"3s","origin":"FPT_TIMEOUT"}]"#,
        );
        let (flags, missing) = run.flags();
        assert_eq!(flags, ["users=20", "oracle.denied=401, 404", "timeout=3s"]);
        assert_eq!(missing, ["headers.x-key"]);
        let none = run.incident(1).unwrap_err();
        assert_eq!(none, "there is no incident 1: the run has none");
    }
}
