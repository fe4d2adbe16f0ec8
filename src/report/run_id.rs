//! Names of runs.

use std::time::SystemTime;

use crate::model::RunTag;

/// `2026-11-22T03-30-12Z-1f3a`: when the run began, which sorts, and the end of
/// its tag, so that two runs of one second differ. Without a colon, which some
/// file systems and CI uploads refuse.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use fpt::model::RunTag;
///
/// let began = UNIX_EPOCH + Duration::from_secs(1_795_318_212);
/// let id = fpt::report::run_id(began, RunTag(0xab_1f3a));
/// assert_eq!(id, "2026-11-22T03-30-12Z-1f3a");
/// ```
pub fn run_id(began: SystemTime, tag: RunTag) -> String {
    let time = humantime::format_rfc3339_seconds(began)
        .to_string()
        .replace(':', "-");
    format!("{time}-{:04x}", tag.0 & 0xffff)
}
