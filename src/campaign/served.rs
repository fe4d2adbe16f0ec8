//! When enough instances served.

use std::ops::Range;
use std::time::Duration;

use crate::model::Timestamp;
use crate::scaling::{History, Presence};

use super::scale_measures::{LOOK, Share, looks_fair};

/// A time in which enough instances served without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Served {
    /// The times between `from` and `end` in which `instances` were ready by the
    /// word of the control plane, and known to answer.
    pub(super) fn times(
        history: &History,
        instances: u32,
        from: Timestamp,
        end: Timestamp,
    ) -> Vec<Self> {
        let samples = history.samples.iter().map(|own| own.at);
        let mut moments: Vec<Timestamp> = samples
            .chain(history.moments())
            .filter(|moment| *moment > from && *moment < end)
            .chain([from])
            .collect();
        moments.sort_unstable();
        let enough = |moment: Timestamp| {
            let ready = history.at(moment).map_or(0, |own| own.ready);
            ready >= instances && history.serving(moment) >= instances as usize
        };
        let mut times: Vec<Self> = Vec::new();
        for (at, from) in moments.iter().copied().enumerate() {
            if !enough(from) {
                continue;
            }
            let to = moments.get(at + 1).copied().unwrap_or(end);
            match times.last_mut().filter(|last| last.to == from) {
                Some(last) => last.to = to,
                None => times.push(Self { from, to }),
            }
        }
        times
    }

    /// How long it was.
    pub(super) fn length(self) -> Duration {
        self.to.since(self.from)
    }

    /// The parts of it in which the same instances served.
    pub(super) fn parts(self, history: &History) -> Vec<Self> {
        let who = |moment: Timestamp| {
            let all = history.instances.iter();
            let serving = all.filter(|(_, seen)| seen.serves(moment));
            serving.map(|(id, _)| id).collect::<Vec<_>>()
        };
        let within = |moment: &Timestamp| *moment > self.from && *moment < self.to;
        let mut parts = Vec::new();
        let mut part = self;
        for moment in history.moments().into_iter().filter(within) {
            if who(part.from) != who(moment) {
                parts.push(Self { to: moment, ..part });
                part.from = moment;
            }
        }
        parts.push(part);
        parts
    }

    /// The later half of it.
    pub(super) fn later_half(self) -> Self {
        let from = self.from + self.length() / 2;
        Self { from, ..self }
    }

    /// What those that served at its beginning had of the load, in its whole
    /// seconds.
    pub(super) fn shares(self, history: &History) -> Vec<Share> {
        let [first, last] = [self.from, self.to].map(|own| own.elapsed().as_secs());
        let seconds = first + 1..last.max(first + 1);
        let all = history.instances.iter();
        let serving = all.filter(|(_, seen)| seen.serves(self.from));
        let counts: Vec<(String, u64)> = serving
            .map(|(id, seen)| (id.to_string(), answers(seen, seconds.clone())))
            .collect();
        Share::of(&counts)
    }

    /// The first moment of it from which each of those that served, and they
    /// were `instances` at least, had a fair share, as far as a short look tells.
    pub(super) fn fair_from(self, history: &History, instances: u32) -> Option<Timestamp> {
        let [first, last] = [self.from, self.to].map(|own| own.elapsed().as_secs());
        let look = LOOK.as_secs();
        (first..last.saturating_sub(look - 1)).find_map(|second| {
            let begin = Timestamp::after(Duration::from_secs(second)).max(self.from);
            let all = history.instances.values();
            let counts: Vec<u64> = all
                .filter(|seen| seen.serves(begin))
                .map(|seen| answers(seen, second..second + look))
                .collect();
            let enough = counts.len() >= instances as usize;
            (enough && looks_fair(&counts, 0..counts.len())).then_some(begin)
        })
    }
}

/// How many answers of an instance came in these seconds.
fn answers(seen: &Presence, seconds: Range<u64>) -> u64 {
    let own = seen.answers.range(seconds);
    own.map(|(_, count)| u64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstanceId;
    use crate::scaling::{InstanceState, Observed, Snapshot};

    fn at(millis: u64) -> Timestamp {
        Timestamp::after(Duration::from_millis(millis))
    }

    fn instance(name: &str) -> InstanceId {
        InstanceId {
            name: name.to_owned(),
            incarnation: "1".to_owned(),
        }
    }

    fn ready(history: &mut History, millis: u64, names: &[&str]) {
        let ready = |name: &&str| Observed::new(instance(name), InstanceState::Ready);
        let snapshot = Snapshot {
            desired: None,
            instances: names.iter().map(ready).collect(),
        };
        history.looked(&snapshot, at(millis), at(millis));
    }

    const ALL: Served = Served {
        from: Timestamp::after(Duration::ZERO),
        to: Timestamp::after(Duration::from_secs(10)),
    };

    #[test]
    fn a_fair_share_is_half_of_an_even_one() {
        let fair = |answers_a_second: u64| {
            let mut history = History::default();
            ready(&mut history, 0, &["a", "b"]);
            history.answered(&instance("b"), at(0), at(0));
            for second in 0..10_u64 {
                for number in 0..answers_a_second {
                    let moment = at(second * 1000 + number * 50);
                    let late = second >= 4 && number % 2 == 0;
                    let name = if late { "b" } else { "a" };
                    history.answered(&instance(name), moment, moment);
                }
            }
            [2, 3].map(|instances| ALL.fair_from(&history, instances))
        };
        // Over two seconds, b first has its part in the seconds 3 and 4.
        assert_eq!(fair(10), [Some(at(3000)), None]);
        // Two seconds of so few answers tell nothing.
        assert_eq!(fair(4), [None, None]);
    }

    #[test]
    fn a_part_is_of_the_same_instances() {
        let mut history = History::default();
        for name in ["a", "b", "c"] {
            history.answered(&instance(name), at(0), at(10));
        }
        ready(&mut history, 20, &["a", "b"]);
        ready(&mut history, 4_000, &["a", "b", "c"]);
        // Who is not known to answer changes nothing.
        ready(&mut history, 5_000, &["a", "b", "c", "d"]);
        ready(&mut history, 7_000, &["a", "c", "d"]);
        for second in 0..10 {
            history.answered(&instance("a"), at(second * 1_000), at(second * 1_000));
        }
        let all = Served {
            from: at(20),
            ..ALL
        };
        let parts = all.parts(&history);
        let told: Vec<(Timestamp, Timestamp, usize)> = parts
            .iter()
            .map(|own| (own.from, own.to, own.shares(&history).len()))
            .collect();
        let expected = [
            (at(20), at(4_000), 2),
            (at(4_000), at(7_000), 3),
            (at(7_000), at(10_000), 2),
        ];
        assert_eq!(told, expected);
        assert_eq!(parts[0].shares(&history)[0].answers, 3);
        assert_eq!(parts[0].later_half().from, at(2_010));
    }
}
