//! Patterns on made-up services: each is recognised where it is, and not where
//! something else is.

mod cases;
mod claims;
mod gathered;
mod grouping;
mod joined;
mod lost_updates;
mod probed;
mod provoked;
mod races;
mod remembered;
mod sessions;
mod singles;
mod trails;
mod whereabouts;
mod writes;

use std::sync::LazyLock;
use std::time::Duration;

use crate::model::{
    Attempt, Dealings, Effect, InstanceId, Origin, Outcome, Place, RequestId, RunTag, Shown, Spot,
    StepRef, Timestamp, UserId, ValueHash, ValueHasher, Verb, Visibility, What, Whole,
};
use crate::oracle::{Judge, JudgeSettings, Observation, Sighting};

use super::{Incident, Pattern};

const TAG: RunTag = RunTag(7);

fn at(millis: u64) -> Timestamp {
    Timestamp::after(Duration::from_millis(millis))
}

fn hash(value: &str) -> ValueHash {
    ValueHasher::new([7; 32]).hash(value)
}

fn instance(name: &str) -> InstanceId {
    InstanceId {
        name: name.to_owned(),
        incarnation: String::new(),
    }
}

/// `user` was shown their own data by `GET /me` of the instance `n1`.
fn seen(user: u32, number: u64, sent: u64, done: u64) -> Observation {
    static SEEN: LazyLock<Observation> = LazyLock::new(written);
    Observation {
        request: RequestId::new(TAG, UserId(user), number),
        user: UserId(user),
        due: at(sent),
        sent: at(sent),
        first_byte: Some(at(done)),
        done: at(done),
        ..SEEN.clone()
    }
}

/// Made from what is written, so that fields may be added.
fn written() -> Observation {
    let step = StepRef {
        scenario: "s".into(),
        text: "When the user sends GET \"/me\"".into(),
        place: Place::new("a.feature", 3),
    };
    let written = serde_json::json!({
        "request": RequestId::new(TAG, UserId(0), 1),
        "user": UserId(0),
        "session": 0,
        "iteration": 1,
        "step": step,
        "route": "GET /me",
        "url_hash": hash("/me"),
        "due": at(0),
        "sent": at(0),
        "done": at(0),
        "status": 200,
        "bytes": 10,
        "outcome": Outcome::Ok,
        "instance": instance("n1"),
        "window": "steady",
        "signed_in": true,
        "own_sightings": 1,
    });
    serde_json::from_value(written).unwrap()
}

/// What a request did: the thing that hashes to `value` was written.
fn writing(verb: Verb, value: &str) -> Dealings<ValueHash> {
    Dealings {
        effects: vec![Effect {
            verb,
            of: "thing".into(),
            value: hash(value),
            by: 0,
            foretold: true,
            confirmed: true,
            coined: false,
        }],
        ..Dealings::default()
    }
}

/// What an answer showed: all things, with the ids `ids`.
fn listing(ids: &[u64], read_back: Option<Attempt>) -> Dealings<ValueHash> {
    Dealings {
        shown: vec![Shown {
            of: "thing".into(),
            what: What::Listed {
                values: ids.iter().map(|id| hash(&format!("{id}"))).collect(),
                whole: Whole::Yes,
            },
            eventual: false,
            users_only: false,
            at: None,
        }],
        read_back,
        ..Dealings::default()
    }
}

/// The same, of another instance.
pub(in crate::oracle) fn observed(user: u32, by: &str, sent: u64, done: u64) -> Observation {
    let mut observation = seen(user, sent + 1, sent, done);
    observation.instance = Some(instance(by));
    observation
}

/// The response shows `owner` instead.
fn showing(mut observation: Observation, owner: u32) -> Observation {
    if observation.user != UserId(owner) {
        observation.own_sightings = 0;
        observation.sightings.push(Sighting {
            owner: UserId(owner),
            fact: "email".into(),
            visibility: Visibility::Private,
            origin: Origin::Generated,
            spot: Spot::Json("$['email']".to_owned()),
            hash: hash(&format!("email of {owner}")),
            preview: "a…t (23)".to_owned(),
            owner_in_flight: Vec::new(),
            lesson: None,
            shared: Vec::new(),
            holders: 0,
            sent_before: None,
        });
    }
    observation
}

fn on_route(mut observation: Observation, path: &str) -> Observation {
    observation.route = format!("GET {path}");
    observation.url_hash = Some(hash(path));
    observation
}

/// Judges the observations in the order in which they were done.
fn judged(mut observations: Vec<Observation>) -> Vec<Incident> {
    observations.sort_by_key(|seen| (seen.done, seen.request));
    let mut judge = Judge::new(JudgeSettings {
        tag: TAG,
        session_expires: None,
        findings_before: 0,
        incidents_before: 0,
    });
    for observation in &observations {
        judge.judge(observation);
    }
    let incidents = judge.incidents();
    let total: u64 = incidents.iter().map(|own| own.findings).sum();
    assert_eq!(total, judge.numbered(), "each finding is in one incident");
    incidents
}

fn patterns(incident: &Incident) -> Vec<Pattern> {
    incident.patterns.iter().map(|own| own.pattern).collect()
}

/// Numbers that look random and are the same for everybody.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
