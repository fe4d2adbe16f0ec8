//! What a scenario asks for to make mix-ups likelier.

use std::num::NonZeroU32;

use crate::config::Connections;
use crate::model::Departure;

use super::failure::{StepFailure, StepResult};
use super::settings::Abandonment;
use super::world::Campaign;

impl Campaign {
    /// Users give up on `percent` of their requests as soon as they are sent.
    ///
    /// # Errors
    ///
    /// When that makes more than all of them.
    pub fn abandon_after_send(&mut self, percent: f64) -> StepResult {
        self.abandon_at(percent, Departure::AfterSend)
    }

    /// Users give up on `percent` of their requests between the head of the
    /// response and its body.
    ///
    /// # Errors
    ///
    /// When that makes more than all of them.
    pub fn abandon_before_body(&mut self, percent: f64) -> StepResult {
        self.abandon_at(percent, Departure::BeforeBody)
    }

    /// Users give up on `percent` of their requests while the body arrives.
    ///
    /// # Errors
    ///
    /// When that makes more than all of them.
    pub fn abandon_mid_body(&mut self, percent: f64) -> StepResult {
        self.abandon_at(percent, Departure::MidBody)
    }

    pub(super) fn abandon_at(&mut self, percent: f64, at: Departure) -> StepResult {
        let abandonment = &mut self.settings_mut().abandonment;
        // A step says it anew for its moment.
        abandonment.retain(|own| own.at != at);
        let all: f64 = abandonment.iter().map(|own| own.percent).sum();
        if !(0.0..=100.0).contains(&(all + percent)) {
            return Err(StepFailure::new(format!(
                "{} % of requests cannot be abandoned",
                all + percent
            )));
        }
        abandonment.push(Abandonment { percent, at });
        Ok(())
    }

    /// Users wait for each other, and `count` at a time send the same request
    /// at one instant.
    pub fn same_request(&mut self, count: NonZeroU32) {
        self.settings_mut().same_request = count;
    }

    /// Users wait for each other, and `count` at a time sign in at one instant.
    pub fn sign_ins_together(&mut self, count: NonZeroU32) {
        self.settings_mut().sign_ins_together = count;
    }

    /// `percent` of the writes that may be are sent twice at once.
    pub fn double_submit(&mut self, percent: f64) {
        let place = self.place_of_step();
        let settings = self.settings_mut();
        settings.double_submit = percent;
        settings.double_submit_step = place.filter(|_| percent > 0.0);
    }

    /// During `percent` of the sign-outs another request is under way.
    pub fn sign_out_in_flight(&mut self, percent: f64) {
        self.settings_mut().sign_out_in_flight = percent;
    }

    /// Users share connections, as behind a proxy. Cookies are never shared.
    pub fn share_connections(&mut self) {
        self.settings_mut().connections = Connections::Shared;
    }
}
