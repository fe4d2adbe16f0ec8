//! When enough instances served.

use std::time::Duration;

use crate::model::Timestamp;
use crate::scaling::History;

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

    /// Answers in the whole seconds of it.
    pub(super) fn answers(self, history: &History) -> u64 {
        let [first, last] = [self.from, self.to].map(|own| own.elapsed().as_secs());
        let seconds = first + 1..last.max(first + 1);
        let own = history.instances.values();
        let own = own.flat_map(|seen| seen.answers.range(seconds.clone()));
        own.map(|(_, count)| u64::from(*count)).sum()
    }
}
