//! Reports: what is written down and shown of a run.
//!
//! Reporters consume what campaigns tell and decide nothing. [`RunDirectory`]
//! keeps the evidence as the run goes, so that a killed run still reports;
//! [`Progress`] shows the run to who waits for it; [`summary_text`] and
//! [`summary_markdown`] tell what came of it; [`recheck`] judges the recorded
//! observations again.
//!
//! Much of what is shown was written by the service under test. All of it goes
//! through one cleaning, so that a hostile service controls neither a terminal
//! nor a web page.

mod clean;
mod console;
mod directory;
mod figures;
mod finding_text;
#[cfg(test)]
mod fixture;
mod hazard_text;
mod incident_text;
mod journal;
mod markdown;
mod page;
mod progress;
mod recheck;
mod recording;
mod results;
mod run_id;
mod scale_text;
mod stage_text;
mod summary;
mod timeline;
mod words;

pub use console::summary_text;
pub use directory::{RunDirectory, RunDirectoryError};
pub use markdown::summary_markdown;
pub use progress::Progress;
pub use recheck::{Recheck, RecheckError, recheck};
pub use run_id::run_id;
pub use summary::{RunSummary, exit_meaning};
