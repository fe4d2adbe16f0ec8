//! Requests of a simulated service, and what is seen of them.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Attempt, Dealings, ErrorClass, Outcome, Place, RequestId, RunTag, StepRef, Timestamp, UserId,
    ValueHash, What,
};
use crate::oracle::Observation;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Save(u64),
    Delete(u64),
    List,
    Look(u64),
    Claim(u64),
    Release(u64),
    Write(u64),
    Read,
    Raise,
    Count,
    Append(u64),
    Sequence,
    Echo,
    /// A save that has to be refused.
    Invalid(u64),
    /// Something goes from the first account to the second one.
    Transfer(usize, usize),
    Audit,
}

#[derive(Clone, Debug)]
pub(super) struct Op {
    pub(super) user: u32,
    pub(super) session: u32,
    pub(super) kind: Kind,
    pub(super) number: u64,
    pub(super) sent: u64,
    pub(super) status: Option<u16>,
    pub(super) sweep: Option<Attempt>,
    pub(super) what: Option<What<u64>>,
    pub(super) id: u64,
}

pub(super) fn moment(micros: u64) -> Timestamp {
    Timestamp::after(Duration::from_micros(micros))
}

pub(super) fn observation(op: &Op, done: u64, dealings: Dealings<ValueHash>) -> Observation {
    let user = UserId(op.user);
    let (place, route) = match op.kind {
        Kind::Echo => (3, "GET /echo"),
        Kind::Invalid(_) => (9, "POST /x"),
        _ => (3, "POST /x"),
    };
    Observation {
        request: RequestId::new(RunTag(1), user, op.number),
        user,
        session: op.session,
        iteration: 1,
        step: Arc::new(StepRef {
            scenario: "s".into(),
            text: "When x".into(),
            place: Place::new("a.feature", place),
        }),
        hop: 0,
        route: route.to_owned(),
        url_hash: None,
        due: moment(op.sent),
        sent: moment(op.sent),
        first_byte: None,
        done: moment(done),
        status: op.status,
        bytes: 0,
        error: op.status.is_none().then_some(ErrorClass::Timeout),
        outcome: op.status.map_or(Outcome::Info, |status| {
            Outcome::of_status(status, &Outcome::REFUSALS)
        }),
        instance: None,
        window: "steady".to_owned(),
        signed_in: true,
        signs_in: false,
        signs_out: false,
        denial_expected: false,
        anonymous_expected: false,
        denied: false,
        anonymous: false,
        cut: false,
        unreadable: false,
        skipped_layers: 0,
        partly_unseen: false,
        own_sightings: 0,
        sightings: Vec::new(),
        identities: Vec::new(),
        echo: None,
        echo_header: None,
        carried: Vec::new(),
        issued: Vec::new(),
        probed: None,
        probe: None,
        hazards: Vec::new(),
        told: 0,
        open_to_all: false,
        shareable: false,
        from_cache: false,
        keeps_cookies: false,
        by_cookies_alone: false,
        provocations: Vec::new(),
        dealings: Some(dealings),
    }
}
