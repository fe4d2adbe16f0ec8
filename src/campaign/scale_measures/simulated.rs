//! Simulated load around scale events, of which the truth is known.

use std::time::Duration;

use serde_json::json;

use crate::metrics::{Rules, Sample};
use crate::model::{
    ErrorClass, InstanceId, Outcome, Rate, RequestId, Rule, RunTag, Timestamp, UserId,
};
use crate::oracle::Observation;
use crate::scaling::{EventKind, EventRecord, Hold, Receipt};

use super::{Governed, ScaleFigures, Trace};

pub(in crate::campaign) fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

pub(in crate::campaign) fn id(number: u64) -> InstanceId {
    InstanceId {
        name: format!("n{number}"),
        incarnation: "1".to_owned(),
    }
}

/// An event from `requested` to `settled`, between these instances.
pub(in crate::campaign) fn event(
    kind: EventKind,
    requested: u64,
    settled: u64,
    before: &[u64],
    after: &[u64],
) -> EventRecord {
    let ids = |numbers: &[u64]| numbers.iter().map(|own| id(*own)).collect::<Vec<_>>();
    EventRecord {
        kind,
        place: None,
        requested: at(requested),
        accepted: Some(at(requested + 1)),
        reached: Some(at(settled - 500)),
        settled: Some(at(settled)),
        closed: None,
        late: None,
        before: ids(before),
        after: ids(after),
        victims: Vec::new(),
        receipt: Receipt::default(),
        hold: Some(Hold {
            from: at(requested + 1),
            until: Some(at(settled - 500)),
            tried: 1,
            unanswered: 1,
            others: 0,
            answered: 0,
        }),
        answered_before: ids(before).into_iter().collect(),
        first_answer: None,
        all_answered: None,
        first_answers: std::collections::BTreeMap::new(),
        new_answered: ids(after).into_iter().collect(),
        gone_answered_before: ids(before).into_iter().collect(),
        answers_from_gone: 0,
        answers_after: 10,
        responses: 10,
        telling: 10,
        unquiet: false,
        failure: None,
    }
}

pub(in crate::campaign) fn governed(rate: Rate, millis: u64) -> Governed {
    Governed {
        rate,
        stages: None,
        begin: at(0),
        duration: Duration::from_millis(millis),
    }
}

/// One transaction of the simulation.
#[derive(Clone, Debug)]
pub(in crate::campaign) struct Op {
    pub(in crate::campaign) sent: u64,
    pub(in crate::campaign) took: u64,
    pub(in crate::campaign) user: u32,
    pub(in crate::campaign) session: u32,
    pub(in crate::campaign) instance: Option<u64>,
    pub(in crate::campaign) error: Option<ErrorClass>,
    pub(in crate::campaign) status: u16,
    pub(in crate::campaign) writes: bool,
    /// It shows data of the user's own.
    pub(in crate::campaign) tells: bool,
    pub(in crate::campaign) rules: Vec<Rule>,
}

/// Twenty milliseconds each, every so many milliseconds, dealt to `instances`
/// and forty users; every fourth one saves something.
pub(in crate::campaign) fn steady(every: usize, until: u64, instances: &[u64]) -> Vec<Op> {
    (0..until)
        .step_by(every)
        .enumerate()
        .map(|(number, sent)| Op {
            sent,
            took: 20,
            user: u32::try_from(number % 40).unwrap(),
            session: 0,
            instance: Some(instances[number % instances.len()]),
            error: None,
            status: 200,
            writes: number % 4 == 0,
            tells: true,
            rules: Vec::new(),
        })
        .collect()
}

impl Op {
    /// As the eyes see it.
    pub(in crate::campaign) fn seen(&self) -> Observation {
        let fine = self.error.is_none() && self.status < 400;
        let mut seen = json!({
            "request": RequestId::new(RunTag(1), UserId(self.user), self.sent),
            "user": UserId(self.user),
            "session": self.session,
            "iteration": 1,
            "step": {"scenario": "S", "text": "When", "place": {"file": "f", "line": 1}},
            "route": self.route(),
            "due": at(self.sent),
            "sent": at(self.sent),
            "done": at(self.sent + self.took),
            "status": self.error.is_none().then_some(self.status),
            "bytes": 0,
            "error": self.error,
            "outcome": if fine { Outcome::Ok } else { Outcome::Info },
            "instance": self.instance.map(id),
            "window": "before",
            "signed_in": true,
            "own_sightings": u32::from(fine && self.tells),
        });
        if self.writes {
            let effect =
                json!({"verb": "saved", "of": "thing", "value": format!("{:016x}", self.sent)});
            seen["dealings"] = json!({"effects": [effect]});
        }
        serde_json::from_value(seen).unwrap()
    }

    fn route(&self) -> &'static str {
        if self.writes {
            "POST /things"
        } else {
            "GET /me"
        }
    }
}

/// What is taken down of `ops`, and of lost writes that were acknowledged then.
pub(in crate::campaign) fn trace(ops: &[Op], lost: &[u64]) -> Trace {
    let mut trace = Trace::default();
    for op in ops {
        let seen = op.seen();
        let sample = Sample {
            route: op.route(),
            window: "before",
            due: seen.due,
            sent: seen.sent,
            first_byte: None,
            done: seen.done,
            status: seen.status,
            error: seen.error,
            outcome: seen.outcome,
            bytes: 0,
        };
        trace.record(&sample, &seen, Rules::of(op.rules.iter().copied()));
    }
    trace.lost = lost.iter().map(|own| at(*own)).collect();
    trace
}

pub(in crate::campaign) fn measure(
    ops: &[Op],
    lost: &[u64],
    events: &[EventRecord],
) -> ScaleFigures {
    let last = ops.iter().map(|op| op.sent).max().unwrap();
    let rate = Rate::per_second(50).unwrap();
    ScaleFigures::of(trace(ops, lost), events, &[], &governed(rate, last)).unwrap()
}
