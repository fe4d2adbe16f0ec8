//! A recorded run, judged again.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use crate::model::{Finding, Hazard, Invocation};
use crate::oracle::{Incident, Judge, Observation};

use super::recording::{AnnouncedLine, CampaignLine, HazardLine};

/// How `history.jsonl` tells a campaign from an observation.
const CAMPAIGN: &[u8] = b"{\"campaign\":";

/// How it tells a request that is about to be sent.
const ANNOUNCED: &[u8] = b"{\"announced\":";

/// What judging again came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Recheck {
    /// Campaigns in the history.
    pub campaigns: u64,
    /// Observations that were judged.
    pub observations: u64,
    /// The findings that follow from them.
    pub findings: Vec<Finding>,
    /// What the findings have in common.
    pub incidents: Vec<Incident>,
    /// Findings in `findings.jsonl`.
    pub written: u64,
    /// Where the two first differ; `None` when they are the same, byte by byte,
    /// as far as no line was cut.
    pub difference: Option<String>,
    /// The hazards that follow from them.
    pub hazards: Vec<Hazard>,
    /// Whether these are the ones of `hazards.jsonl`; `None` when the run was
    /// killed before it wrote them.
    pub same_hazards: Option<bool>,
    /// How the incidents of `results.json` differ; `None` when they are the
    /// same, or a killed run has no such file.
    pub incident_difference: Option<String>,
    /// Last lines that were cut when the run was killed.
    pub cut: Vec<String>,
}

impl Recheck {
    /// Whether the run holds exactly the findings and incidents that follow.
    pub fn identical(&self) -> bool {
        self.difference.is_none()
            && self.incident_difference.is_none()
            && self.same_hazards != Some(false)
    }
}

/// Why a run could not be judged again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecheckError {
    /// There is no history.
    #[error(
        "{} does not exist: is this the directory of a run, and was it run with `evidence.history = true`?",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not what it has to be.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// Judges the observations of the run in `dir` again and compares the findings
/// with those of the run.
///
/// # Errors
///
/// When there is no history, or a line of it is damaged. A last line without
/// its end, which a killed run leaves, is left out and told.
pub fn recheck(dir: &Path) -> Result<Recheck, RecheckError> {
    let mut written = Written::read(dir.join("findings.jsonl"))?;
    let path = dir.join("history.jsonl");
    let file = File::open(&path).map_err(|source| failed(&path, source))?;
    let mut replay = Replay::default();
    let mut reader = BufReader::new(file);
    let mut cut = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = reader
            .read_until(b'\n', &mut line)
            .map_err(|source| failed(&path, source))?;
        if length == 0 {
            break;
        }
        if !line.ends_with(b"\n") {
            cut.push(format!("{}:{number}: cut short, left out", path.display()));
            break;
        }
        let found = replay.take(&line).map_err(|reason| RecheckError::Line {
            path: path.clone(),
            line: number,
            reason,
        })?;
        for finding in &found {
            written.compare(finding);
        }
        replay.findings.extend(found);
    }
    written.end(&mut cut);
    replay.end_campaign();
    let same_hazards = same_hazards(dir, &replay);
    Ok(Recheck {
        same_hazards,
        hazards: replay.hazards.into_iter().map(|line| line.hazard).collect(),
        campaigns: replay.campaigns,
        observations: replay.observations,
        incident_difference: compare_incidents(dir, &replay.incidents),
        incidents: replay.incidents,
        findings: replay.findings,
        written: written.count,
        difference: written.difference,
        cut,
    })
}

fn failed(path: &Path, source: io::Error) -> RecheckError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => RecheckError::Missing { path },
        _ => RecheckError::Read { path, source },
    }
}

/// Whether `hazards.jsonl` holds what judging again gives, byte by byte. A
/// campaign that was killed has no lines there, and so nothing is said then.
fn same_hazards(dir: &Path, replay: &Replay) -> Option<bool> {
    let written = fs::read(dir.join("hazards.jsonl")).ok()?;
    let mut again = Vec::new();
    for line in &replay.hazards {
        again.extend(serde_json::to_vec(line).unwrap_or_default());
        again.push(b'\n');
    }
    let finished = fs::read_to_string(dir.join("timeline.jsonl"))
        .unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with("{\"type\":\"campaign-finished\""))
        .count() as u64;
    (finished == replay.campaigns).then_some(written == again)
}

/// The judging.
#[derive(Debug, Default)]
struct Replay {
    judge: Option<Judge>,
    campaigns: u64,
    observations: u64,
    findings: Vec<Finding>,
    incidents: Vec<Incident>,
    scenario: String,
    hazards: Vec<HazardLine>,
}

/// Where the incidents of `results.json` first differ from `again`.
fn compare_incidents(dir: &Path, again: &[Incident]) -> Option<String> {
    let path = dir.join("results.json");
    let text = fs::read(&path).ok()?;
    let told = |why: String| Some(format!("{}: {why}", path.display()));
    let results: serde_json::Value = match serde_json::from_slice(&text) {
        Ok(results) => results,
        Err(error) => return told(error.to_string()),
    };
    let outcomes = results["outcomes"].as_array()?;
    let mut written = Vec::new();
    for outcome in outcomes {
        // Runs of earlier versions have none.
        written.extend(outcome.get("incidents")?.as_array()?.iter().cloned());
    }
    for (own, other) in again.iter().zip(&written) {
        if serde_json::to_value(own).ok().as_ref() != Some(other) {
            return told(format!(
                "judging again gives another incident {}",
                own.number
            ));
        }
    }
    if again.len() == written.len() {
        return None;
    }
    told(format!(
        "judging again gives {} incidents, {} were written",
        again.len(),
        written.len()
    ))
}

impl Replay {
    /// What the campaign that was replayed last comes to.
    fn end_campaign(&mut self) {
        if let Some(judge) = self.judge.take() {
            self.incidents.extend(judge.incidents());
            let scenario = &self.scenario;
            self.hazards
                .extend(judge.hazards().into_iter().map(|hazard| HazardLine {
                    scenario: scenario.clone(),
                    hazard,
                }));
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<Vec<Finding>, String> {
        if line.starts_with(CAMPAIGN) {
            let head: CampaignLine =
                serde_json::from_slice(line).map_err(|error| format!("no campaign: {error}"))?;
            self.end_campaign();
            self.scenario = head.campaign.scenario;
            self.judge = Some(Judge::new(head.campaign.judge));
            self.campaigns += 1;
            return Ok(Vec::new());
        }
        if line.starts_with(ANNOUNCED) {
            let coming: AnnouncedLine<Invocation> = serde_json::from_slice(line)
                .map_err(|error| format!("no announcement: {error}"))?;
            let judge = self
                .judge
                .as_mut()
                .ok_or("an announcement before the first campaign")?;
            judge.invoked(&coming.announced);
            return Ok(Vec::new());
        }
        let observation: Observation =
            serde_json::from_slice(line).map_err(|error| format!("no observation: {error}"))?;
        let judge = self
            .judge
            .as_mut()
            .ok_or("an observation before the first campaign")?;
        self.observations += 1;
        Ok(judge.judge(&observation))
    }
}

/// The findings of the run, to be compared one after another.
#[derive(Debug)]
struct Written {
    path: PathBuf,
    text: Vec<u8>,
    at: usize,
    count: u64,
    line: u64,
    difference: Option<String>,
}

impl Written {
    fn read(path: PathBuf) -> Result<Self, RecheckError> {
        let text = fs::read(&path).map_err(|source| failed(&path, source))?;
        Ok(Self {
            count: text
                .split_inclusive(|byte| *byte == b'\n')
                .filter(|line| {
                    line.ends_with(
                        b"
",
                    )
                })
                .count() as u64,
            path,
            text,
            at: 0,
            line: 0,
            difference: None,
        })
    }

    /// Compares the next line with `finding`.
    fn compare(&mut self, finding: &Finding) {
        self.line += 1;
        let rest = &self.text[self.at..];
        let own = rest.split_inclusive(|byte| *byte == b'\n').next();
        let own = own.unwrap_or_default();
        self.at += own.len();
        let mut again = serde_json::to_vec(finding).unwrap_or_default();
        again.push(b'\n');
        // A cut line of a killed run says what it says; `end` tells of it.
        let same = own == again || (self.is_cut(own) && again.starts_with(own));
        if !same && self.difference.is_none() {
            let what = if own.is_empty() {
                format!("finding {} is missing", finding.number)
            } else {
                format!("judging again gives another finding: {}", finding.message)
            };
            self.difference = Some(format!("{}:{}: {what}", self.path.display(), self.line));
        }
    }

    fn is_cut(&self, own: &[u8]) -> bool {
        !own.is_empty() && self.at == self.text.len() && !own.ends_with(b"\n")
    }

    /// Nothing more was found again.
    fn end(&mut self, cut: &mut Vec<String>) {
        let path = self.path.display();
        if !self.text.is_empty() && !self.text.ends_with(b"\n") {
            cut.push(format!("{path}:{}: cut short", self.count + 1));
        }
        let rest = &self.text[self.at..];
        if !rest.is_empty() && self.difference.is_none() {
            self.difference = Some(format!(
                "{path}:{}: judging again does not give this finding",
                self.line + 1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::RunDirectory;
    use super::super::fixture::{seen, swapped, tell};
    use super::*;

    /// A run with three observations and two findings.
    fn recorded() -> (tempfile::TempDir, PathBuf) {
        let base = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create(base.path(), "run").unwrap();
        tell(
            &directory,
            &[seen(3, 1), swapped(17, 3, 2), swapped(18, 3, 4)],
        );
        let path = directory.path().to_owned();
        (base, path)
    }

    fn change(path: &Path, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, change(text)).unwrap();
    }

    #[test]
    fn the_same_findings_follow() {
        let (_base, dir) = recorded();
        let again = recheck(&dir).unwrap();
        assert!(again.identical(), "{again:?}");
        assert_eq!(
            (again.campaigns, again.observations, again.written),
            (1, 3, 2)
        );
        assert_eq!(again.findings.len(), 2);
        assert!(again.cut.is_empty());
        // The remembered request of the owner and the one under way.
        assert_eq!(again.findings[0].witness.overlapping.len(), 2);
    }

    #[test]
    fn tampering_is_seen() {
        let difference = |name: &str, how: fn(String) -> String| {
            let (_base, dir) = recorded();
            change(&dir.join(name), how);
            let again = recheck(&dir).unwrap();
            assert!(!again.identical());
            let told = again.difference.unwrap();
            told.rsplit_once('/').unwrap().1.to_owned()
        };
        let first = |text: String| {
            text.lines()
                .take(1)
                .map(|line| line.to_owned() + "\n")
                .collect()
        };
        assert_eq!(
            difference("findings.jsonl", first),
            "findings.jsonl:2: finding 2 is missing"
        );
        assert_eq!(
            difference("findings.jsonl", |text| text.replace("u000018", "u000019")),
            "findings.jsonl:2: judging again gives another finding: \
             u000018 saw email of u000003 in JSON $['email']"
        );
        assert_eq!(
            difference("findings.jsonl", |text| text.clone() + &text),
            "findings.jsonl:3: judging again does not give this finding"
        );
        assert_eq!(
            difference("history.jsonl", |text| {
                let lines = text.lines().take(3);
                lines.map(|line| line.to_owned() + "\n").collect()
            }),
            "findings.jsonl:2: judging again does not give this finding"
        );
    }

    #[test]
    fn a_killed_run_is_understood() {
        let (_base, dir) = recorded();
        let half = |text: String| text[..text.len() - 40].to_owned();
        change(&dir.join("findings.jsonl"), half);
        let again = recheck(&dir).unwrap();
        assert!(again.identical(), "{again:?}");
        assert!(again.cut[0].ends_with("findings.jsonl:2: cut short"));

        let (_base, dir) = recorded();
        change(&dir.join("history.jsonl"), |text| {
            text + "{\"request\":\"0000"
        });
        let again = recheck(&dir).unwrap();
        assert!(again.identical(), "{again:?}");
        assert_eq!(again.observations, 3);
        assert!(again.cut[0].ends_with("history.jsonl:5: cut short, left out"));
    }

    #[test]
    fn damage_is_told_by_file_and_line() {
        let told = |how: fn(String) -> String| {
            let (_base, dir) = recorded();
            change(&dir.join("history.jsonl"), how);
            recheck(&dir).unwrap_err().to_string()
        };
        let message = told(|text| text.replacen("\n{", "\n[", 1));
        assert!(
            message.contains("history.jsonl:2: no observation: "),
            "{message}"
        );
        let message = told(|text| text.split_once('\n').unwrap().1.to_owned());
        assert!(
            message.ends_with("history.jsonl:1: an observation before the first campaign"),
            "{message}"
        );
    }

    #[test]
    fn a_missing_file_is_told() {
        for name in ["history.jsonl", "findings.jsonl"] {
            let (_base, dir) = recorded();
            fs::remove_file(dir.join(name)).unwrap();
            let message = recheck(&dir).unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
            assert!(message.contains("`evidence.history = true`"), "{message}");
        }
    }
}
