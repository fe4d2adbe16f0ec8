//! What steps ask about scale events.

use std::time::Duration;

use crate::model::Verdict;

use super::failure::StepResult;
use super::promises;
use super::scale_verdicts;
use super::world::Campaign;

impl Campaign {
    /// At most `percent` of the transactions that a scale event touched failed.
    /// Failed iterations up to that share are tolerated as well.
    ///
    /// # Errors
    ///
    /// When more did, or the events hit nothing.
    pub fn judge_error_rate_during_events(&mut self, percent: f64) -> StepResult {
        self.tolerances.tolerate_errors(percent);
        self.judge(|outcome| scale_verdicts::error_rate(outcome, percent))
    }

    /// At least `requests` were in flight on what scale events lost.
    ///
    /// # Errors
    ///
    /// When fewer were.
    pub fn judge_exposure(&mut self, requests: u64) -> StepResult {
        self.judge(|outcome| scale_verdicts::exposed(outcome, requests))
    }

    /// No burst of errors is longer than `limit`.
    ///
    /// # Errors
    ///
    /// When one is, or the events did not provably happen.
    pub fn judge_burst(&mut self, limit: Duration) -> StepResult {
        self.judge(|outcome| scale_verdicts::burst(outcome, limit))
    }

    /// Every instance has at least half of an equal share after scale events.
    ///
    /// # Errors
    ///
    /// When one has less, or too few answers came to say.
    pub fn judge_shares(&mut self) -> StepResult {
        self.judge(scale_verdicts::shares)
    }

    /// After each scale event the service recovers within `limit`.
    ///
    /// # Errors
    ///
    /// When it takes longer, or the load ended too early to say.
    pub fn judge_recovery(&mut self, limit: Duration) -> StepResult {
        self.judge(|outcome| scale_verdicts::recovery(outcome, limit))
    }

    /// At most `most` acknowledged writes of `kind` are lost, which no longer
    /// fail the campaign by themselves.
    ///
    /// # Errors
    ///
    /// When more are, or too little was read back to say.
    pub fn judge_losses(&mut self, kind: &str, most: u64) -> StepResult {
        self.tolerances.lost.insert(kind.to_owned(), most);
        let declared = self.is_read_back(kind);
        self.judge(|outcome| promises::losses(outcome, kind, declared, most))
    }

    /// Writes that are lost were acknowledged at most `limit` before an outage;
    /// these no longer fail the campaign by themselves.
    ///
    /// # Errors
    ///
    /// When others are lost, or nothing could be.
    pub fn judge_lost_span(&mut self, limit: Duration) -> StepResult {
        self.tolerances.lost_span = Some(limit);
        self.judge(|outcome| scale_verdicts::lost_span(outcome, limit))
    }

    /// Responses after the scale events are not slower by more than `percent`.
    ///
    /// # Errors
    ///
    /// When they are, or too few were measured to say.
    pub fn judge_degradation(&mut self, percent: f64) -> StepResult {
        let limit = self.tolerances.slowest;
        self.judge(|outcome| scale_verdicts::degradation(outcome, percent, limit))
    }

    /// `percent` percent of the response times of `route` during scale events
    /// are at most `limit`.
    ///
    /// # Errors
    ///
    /// When they are longer, or too few were measured.
    pub fn judge_percentile_during_events(
        &mut self,
        percent: f64,
        limit: Duration,
        route: &str,
    ) -> StepResult {
        self.judge(|outcome| scale_verdicts::percentile(outcome, percent, limit, route))
    }

    /// At most `percent` of sessions are lost, which no longer fail the campaign
    /// by themselves.
    ///
    /// # Errors
    ///
    /// When more are, or no session crossed an event.
    pub fn judge_lost_sessions(&mut self, percent: f64) -> StepResult {
        self.tolerances.sessions = Some(percent);
        self.judge(|outcome| scale_verdicts::lost_sessions(outcome, percent))
    }

    /// Every session survived the scale events, of which there were some.
    ///
    /// # Errors
    ///
    /// When one was lost, or nothing could be lost.
    pub fn judge_sessions_across_events(&mut self) -> StepResult {
        self.judge(|outcome| {
            if outcome.events.is_empty() && !outcome.load.functional {
                let why = "no scale event happened";
                return (Verdict::Inconclusive, why.to_owned());
            }
            super::verdicts::sessions(outcome)
        })
    }
}
