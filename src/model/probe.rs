//! Probes that the harness makes by itself.

use serde::{Deserialize, Serialize};

/// What a request of the harness's own asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// Something that another user kept the id of. It may be public for all
    /// that is known, so it was granted only if the answer shows a private fact
    /// of that user.
    Kept,
    /// Something whose id is declared to be the other user's own, and that is
    /// told from what never existed: any success grants it.
    Declared,
    /// Something that never existed, to compare with. Grants nothing.
    Absent,
}
