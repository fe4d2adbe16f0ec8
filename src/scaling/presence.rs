//! How many instances there were over time: by the control plane's word, and by
//! who answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::model::{InstanceId, Timestamp};

use super::gone::{Gone, Undead};
use super::{Sample, Snapshot};

/// What is known of one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Presence {
    /// When the control plane first called it ready.
    pub ready: Option<Timestamp>,
    /// When the control plane no longer called it ready, and never again.
    pub left: Option<Timestamp>,
    /// When its first answer was complete.
    pub first_answer: Option<Timestamp>,
    /// Its answers, by whole seconds since the run began.
    #[serde(skip)]
    pub answers: BTreeMap<u64, u32>,
}

impl Presence {
    /// Whether the control plane called it ready at `moment`.
    pub fn is_ready(&self, moment: Timestamp) -> bool {
        self.ready.is_some_and(|ready| ready <= moment)
            && self.left.is_none_or(|left| moment < left)
    }

    /// Whether it was ready at `moment`, and had answered by then.
    pub fn serves(&self, moment: Timestamp) -> bool {
        self.is_ready(moment) && self.first_answer.is_some_and(|first| first <= moment)
    }
}

/// Everything that is known about the number of instances over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// What the control plane said, whenever it said something new.
    pub samples: Vec<Sample>,
    /// When it was asked last.
    pub until: Timestamp,
    /// How often it could not be asked.
    pub failures: u64,
    /// The longest time between two of its answers.
    #[serde(rename = "longest_silence_seconds", serialize_with = "seconds")]
    pub silence: Duration,
    /// Each instance that it named or that answered.
    #[serde(serialize_with = "by_name")]
    pub instances: BTreeMap<InstanceId, Presence>,
    #[serde(skip)]
    gone: Gone,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn by_name<S: serde::Serializer>(
    instances: &BTreeMap<InstanceId, Presence>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(instances.iter().map(|(id, seen)| (id.to_string(), seen)))
}

impl History {
    /// Asked at `asked`, the control plane said `snapshot` at `at`.
    pub fn looked(&mut self, snapshot: &Snapshot, asked: Timestamp, at: Timestamp) {
        self.gone.looked(snapshot, asked, at);
        let sample = Sample::of(snapshot, at);
        if !self.samples.is_empty() {
            self.silence = self.silence.max(at.since(self.until));
        }
        self.until = self.until.max(at);
        if self
            .samples
            .last()
            .is_none_or(|last| !last.is_alike(&sample))
        {
            self.samples.push(sample);
        }
        let ready = snapshot.ready();
        for id in &ready {
            let seen = self.instances.entry(id.clone()).or_default();
            seen.ready.get_or_insert(at);
            seen.left = None;
        }
        for (id, seen) in &mut self.instances {
            if seen.ready.is_some() && !ready.contains(id) {
                seen.left.get_or_insert(at);
            }
        }
    }

    /// `instance` answered a request sent at `sent`, completely at `done`.
    pub fn answered(&mut self, instance: &InstanceId, sent: Timestamp, done: Timestamp) {
        let known = self.known(instance);
        self.gone.answered(&known, sent);
        let seen = self.instances.entry(known).or_default();
        seen.first_answer = Some(seen.first_answer.map_or(done, |first| first.min(done)));
        *seen.answers.entry(done.elapsed().as_secs()).or_default() += 1;
    }

    /// `instance` as the control plane calls it: one of the two may not know
    /// incarnations.
    fn known(&self, instance: &InstanceId) -> InstanceId {
        if self.instances.contains_key(instance) {
            return instance.clone();
        }
        let unknown = |name: &str| InstanceId {
            name: name.to_owned(),
            incarnation: String::new(),
        };
        let of_name = unknown(&instance.name);
        if !instance.incarnation.is_empty() {
            let is_there = self.instances.contains_key(&of_name);
            return if is_there { of_name } else { instance.clone() };
        }
        // The last of its name. They stand side by side, and no name comes between
        // a name and the same with a zero behind it.
        let behind = unknown(&format!("{}\0", instance.name));
        let mut lives = self.instances.range(of_name..behind);
        lives.next_back().map_or(instance, |(id, _)| id).clone()
    }

    /// What held at `moment`; `None` before the first sample.
    pub fn at(&self, moment: Timestamp) -> Option<&Sample> {
        self.samples.iter().rfind(|sample| sample.at <= moment)
    }

    /// What held at some time from `from` on, until `to`.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Vec<Sample> {
        let held = self.at(from).into_iter();
        let later = self
            .samples
            .iter()
            .filter(|sample| sample.at > from && sample.at <= to);
        held.chain(later).copied().collect()
    }

    /// The instances that answered after they had been called gone.
    pub fn undead(&self) -> Vec<Undead> {
        self.gone.undead()
    }

    /// How many instances were ready at `moment` and had answered by then.
    pub fn serving(&self, moment: Timestamp) -> usize {
        let serves = |seen: &&Presence| seen.serves(moment);
        self.instances.values().filter(serves).count()
    }

    /// The moments, in order, at which the number that serve may have changed.
    /// Who was never called ready serves at none of them, however many such a
    /// service makes up.
    pub fn moments(&self) -> Vec<Timestamp> {
        let mut moments: Vec<Timestamp> = self
            .instances
            .values()
            .filter(|seen| seen.ready.is_some())
            .flat_map(|seen| [seen.ready, seen.left, seen.first_answer])
            .flatten()
            .collect();
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

/// The history of one campaign, shared between the one who asks the control
/// plane and the many who see responses.
#[derive(Debug, Default)]
pub struct Roll {
    history: Mutex<History>,
}

impl Roll {
    /// Asked at `asked`, the control plane said `snapshot` at `at`.
    pub fn looked(&self, snapshot: &Snapshot, asked: Timestamp, at: Timestamp) {
        self.lock().looked(snapshot, asked, at);
    }

    /// The control plane could not be asked.
    pub fn failed(&self) {
        self.lock().failures += 1;
    }

    /// `instance` answered a request sent at `sent`, completely at `done`.
    pub fn answered(&self, instance: &InstanceId, sent: Timestamp, done: Timestamp) {
        self.lock().answered(instance, sent, done);
    }

    /// All that is known so far.
    pub fn history(&self) -> History {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InstanceState, Observed};
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::after(Duration::from_millis(millis))
    }

    fn instance(name: &str) -> InstanceId {
        InstanceId {
            name: name.to_owned(),
            incarnation: "1".to_owned(),
        }
    }

    fn ready(names: &[&str]) -> Snapshot {
        let ready = |name: &&str| Observed::new(instance(name), InstanceState::Ready);
        Snapshot {
            desired: None,
            instances: names.iter().map(ready).collect(),
        }
    }

    #[test]
    fn only_what_is_new_is_kept() {
        let mut history = History::default();
        for (millis, names) in [(0, &["a"][..]), (250, &["a"]), (500, &["a", "b"])] {
            history.looked(&ready(names), at(millis), at(millis));
        }
        assert_eq!(history.samples.len(), 2);
        assert_eq!(history.until, at(500));
        assert_eq!(history.silence, Duration::from_millis(250));
        assert_eq!(history.at(at(499)).unwrap().ready, 1);
        assert_eq!(history.between(at(100), at(600)).len(), 2);
    }

    #[test]
    fn who_serves_is_ready_and_has_answered() {
        let mut history = History::default();
        history.looked(&ready(&["a"]), at(0), at(0));
        history.answered(&instance("a"), at(1), at(10));
        history.looked(&ready(&["a", "b"]), at(100), at(100));
        assert_eq!(history.serving(at(100)), 1);
        history.answered(&instance("b"), at(150), at(160));
        assert_eq!(history.serving(at(159)), 1);
        assert_eq!(history.serving(at(160)), 2);
        history.looked(&ready(&["a"]), at(300), at(300));
        assert_eq!(history.serving(at(299)), 2);
        assert_eq!(history.serving(at(300)), 1);
    }

    #[test]
    fn one_of_the_two_may_not_know_incarnations() {
        let id = |name: &str, incarnation: &str| InstanceId {
            name: name.to_owned(),
            incarnation: incarnation.to_owned(),
        };
        for (known, answers, counts_for) in [
            (
                &[("a", "1"), ("a", "2"), ("b", "1")][..],
                ("a", ""),
                ("a", "2"),
            ),
            (&[("a", ""), ("b", "1")], ("a", "3"), ("a", "")),
            (&[("a", ""), ("a", "3")], ("a", "3"), ("a", "3")),
            (&[("a", "1")], ("a", "3"), ("a", "3")),
            (
                &[("a", "1"), ("ab", "1"), ("a b", "1")],
                ("a", ""),
                ("a", "1"),
            ),
            (&[("ab", "1"), ("b", "")], ("a", ""), ("a", "")),
        ] {
            let mut history = History::default();
            for (name, incarnation) in known {
                history
                    .instances
                    .insert(id(name, incarnation), Presence::default());
            }
            let (name, incarnation) = answers;
            let expected = id(counts_for.0, counts_for.1);
            assert_eq!(history.known(&id(name, incarnation)), expected, "{known:?}");
        }
    }

    /// Each answer was compared with all of them.
    #[test]
    fn answers_of_very_many_instances_take_no_longer_for_each() {
        let mut history = History::default();
        history.looked(&ready(&["a"]), at(0), at(0));
        history.answered(&instance("a"), at(1), at(10));
        for number in 0..10_000_u64 {
            let name = format!("n{number}");
            history.answered(&instance(&name), at(number), at(number));
            let unknown = InstanceId {
                name,
                incarnation: String::new(),
            };
            for _ in 0..10 {
                history.answered(&unknown, at(number), at(number));
            }
        }
        assert_eq!(history.instances.len(), 10_001);
        assert_eq!(history.instances[&instance("n7")].answers[&0], 11);
        // None of them changes how many serve.
        assert_eq!(history.moments(), [at(0), at(10)]);
    }

    #[test]
    fn who_drains_has_left() {
        let mut history = History::default();
        history.looked(&ready(&["a", "b"]), at(0), at(0));
        let mut draining = ready(&["a", "b"]);
        draining.instances[1].state = InstanceState::Draining;
        history.looked(&draining, at(100), at(100));
        let left = |history: &History| history.instances[&instance("b")].left;
        assert_eq!(left(&history), Some(at(100)));
        draining.instances[1].state = InstanceState::Gone;
        history.looked(&draining, at(200), at(200));
        assert_eq!(left(&history), Some(at(100)));
        history.looked(&ready(&["a", "b"]), at(300), at(300));
        assert_eq!(left(&history), None);
    }
}
