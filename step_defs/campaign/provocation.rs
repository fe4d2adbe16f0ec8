//! What makes mix-ups likelier.

use cucumber::{given, when};

use super::super::params::{Percentage, Times};
use crate::prelude::*;

/// Users go away from a part of their requests as soon as they are sent.
#[given(expr = "{percentage} of requests are abandoned as soon as they are sent")]
#[when(expr = "{percentage} of requests are abandoned as soon as they are sent")]
fn abandoned_after_send(campaign: &mut Campaign, share: Percentage) -> StepResult {
    campaign.abandon_after_send(share.0)
}

/// Users go away from a part of their requests between head and body.
#[given(expr = "{percentage} of requests are abandoned before the body")]
#[when(expr = "{percentage} of requests are abandoned before the body")]
fn abandoned_before_body(campaign: &mut Campaign, share: Percentage) -> StepResult {
    campaign.abandon_before_body(share.0)
}

/// Users go away from a part of their requests while the body arrives.
#[given(expr = "{percentage} of requests are abandoned while the body arrives")]
#[when(expr = "{percentage} of requests are abandoned while the body arrives")]
fn abandoned_mid_body(campaign: &mut Campaign, share: Percentage) -> StepResult {
    campaign.abandon_mid_body(share.0)
}

/// Users wait for each other and send the same request at one instant.
#[given(expr = "{times} users at a time send the same request")]
#[when(expr = "{times} users at a time send the same request")]
fn same_request(campaign: &mut Campaign, count: Times) {
    campaign.same_request(count.0);
}

/// Users wait for each other and sign in at one instant.
#[given(expr = "sign-ins happen in groups of {times} at one instant")]
#[when(expr = "sign-ins happen in groups of {times} at one instant")]
fn sign_ins_together(campaign: &mut Campaign, count: Times) {
    campaign.sign_ins_together(count.0);
}

/// Users send a part of their writes twice at once, where that is allowed.
#[given(expr = "{percentage} of writes are sent twice at once")]
#[when(expr = "{percentage} of writes are sent twice at once")]
fn double_submit(campaign: &mut Campaign, share: Percentage) {
    campaign.double_submit(share.0);
}

/// Users sign out while another of their requests is under way.
#[given(expr = "{percentage} of sign-outs happen while a request is under way")]
#[when(expr = "{percentage} of sign-outs happen while a request is under way")]
fn sign_out_in_flight(campaign: &mut Campaign, share: Percentage) {
    campaign.sign_out_in_flight(share.0);
}

/// Users share connections, as behind a proxy; never cookies.
#[given(expr = "users share connections")]
#[when(expr = "users share connections")]
fn shared_connections(campaign: &mut Campaign) {
    campaign.share_connections();
}
