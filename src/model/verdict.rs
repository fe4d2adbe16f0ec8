//! Verdicts: three-valued, because a test that saw nothing has not passed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Place;

/// The outcome of a question asked of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// It was looked at enough, and it held.
    Pass,
    /// Too little was seen to say.
    Inconclusive,
    /// It did not hold.
    Fail,
}

impl Verdict {
    /// The verdict on several questions together: one failure fails, and
    /// without a failure one open question leaves the whole open.
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts
            .into_iter()
            .max_by_key(|verdict| match verdict {
                Self::Pass => 0,
                Self::Inconclusive => 1,
                Self::Fail => 2,
            })
            .unwrap_or(Self::Inconclusive)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "PASS",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Fail => "FAIL",
        })
    }
}

/// One question, its answer, and what the answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The question: a step's text, or the name of a rule that always holds.
    pub question: String,
    /// The answer.
    pub verdict: Verdict,
    /// What it rests on, with figures.
    pub reason: String,
    /// The step that asked, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Fail, Inconclusive, Pass};

    #[test]
    fn nothing_asked_is_not_a_pass() {
        assert_eq!(Verdict::all([]), Inconclusive);
        assert_eq!(Verdict::all([Pass, Pass]), Pass);
        assert_eq!(Verdict::all([Pass, Inconclusive]), Inconclusive);
        assert_eq!(Verdict::all([Inconclusive, Fail, Pass]), Fail);
    }
}
