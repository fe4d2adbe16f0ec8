//! `results.json`: the run for machines.

use serde::Serialize;

use crate::campaign::Outcome;
use crate::config::Target;
use crate::model::Verdict;

use super::{RunSummary, exit_meaning};

/// Readers refuse what they do not know; it grows when a field is renamed,
/// removed or means something else, not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Serialize)]
struct Results<'a> {
    schema_version: u32,
    tool: &'static str,
    tool_version: &'static str,
    run_id: &'a str,
    began: String,
    profile: &'a str,
    config: Option<&'a str>,
    kind: String,
    service: String,
    seed: u64,
    target: TargetSeen,
    settings: Vec<SettingSeen>,
    notes: &'a [String],
    verdict: Verdict,
    exit_code: u8,
    exit_meaning: &'static str,
    interrupted: bool,
    trouble: Option<&'a str>,
    outcomes: &'a [Outcome],
}

/// Host only: a path or a query may hold what is nobody's business.
#[derive(Debug, Serialize)]
struct TargetSeen {
    kind: &'static str,
    host: Option<String>,
}

#[derive(Debug, Serialize)]
struct SettingSeen {
    key: String,
    value: String,
    origin: String,
}

/// The file's content.
pub(super) fn json(summary: &RunSummary) -> Vec<u8> {
    let profile = &summary.profile;
    let results = Results {
        schema_version: SCHEMA_VERSION,
        tool: "fpt",
        tool_version: env!("CARGO_PKG_VERSION"),
        run_id: &summary.run_id,
        began: humantime::format_rfc3339_millis(summary.began).to_string(),
        profile: &profile.name,
        config: summary.config.as_deref(),
        kind: profile.kind.to_string(),
        service: profile.service.to_string(),
        seed: profile.population.seed,
        target: TargetSeen {
            kind: match profile.target {
                Target::Bundled => "bundled",
                Target::Stack => "stack",
                Target::Url(_) => "url",
            },
            host: profile.target.host(),
        },
        settings: profile
            .describe()
            .into_iter()
            .map(|(key, value, origin)| SettingSeen {
                key,
                value,
                origin: origin.to_string(),
            })
            .collect(),
        notes: &profile.notes,
        verdict: summary.verdict,
        exit_code: summary.exit_code,
        exit_meaning: exit_meaning(summary.exit_code),
        interrupted: summary.interrupted,
        trouble: summary.trouble.as_deref(),
        outcomes: &summary.outcomes,
    };
    #[expect(
        clippy::expect_used,
        reason = "all keys are texts, and nothing else fails in memory"
    )]
    let mut json = serde_json::to_vec_pretty(&results).expect("results are JSON");
    json.push(b'\n');
    json
}
