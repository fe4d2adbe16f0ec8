//! What happened around scale events, in figures.
//!
//! All of it is computed from the marks of transactions when the load is over
//! and all events are known. What was measured without an event is in the
//! measures of the campaign.

mod event;
mod exposure;
mod governed;
mod hints;
mod losses;
mod shares;
#[cfg(test)]
pub(super) mod simulated;
mod survival;
#[cfg(test)]
mod tests;
mod trace;
mod window;

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::metrics::{Latency, Mark, Marks, Span, Windows, longest_burst};
use crate::model::{Rule, Timestamp};
use crate::scaling::{EventRecord, Sample};

use event::{Around, answered};

pub use event::{EventMeasures, Times};
pub use exposure::Exposure;
pub(super) use governed::Governed;
pub use losses::Losses;
pub use shares::Share;
pub(super) use shares::{FEWEST_ANSWERS, LOOK, fair, looks_fair};
pub use survival::Survival;
pub(super) use trace::Trace;
pub use window::Window;

/// What happened around the scale events of a campaign.
#[derive(Clone, Debug, Serialize)]
pub struct ScaleFigures {
    /// Before, during and between events, and after the last one.
    pub windows: Vec<Window>,
    /// Each event.
    pub events: Vec<EventMeasures>,
    /// What became of sessions, from before the first event until after the last.
    pub sessions: Survival,
    /// Transactions for which there was no room: they are in no window.
    pub not_kept: u64,
    #[serde(skip)]
    marks: Arc<Marks>,
    #[serde(skip)]
    laid: Windows,
}

/// Errors of all events together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct During {
    pub(super) transactions: u64,
    pub(super) errors: u64,
}

impl ScaleFigures {
    /// What `trace` tells of `events` under the load `governed`; `samples` are of
    /// how many instances there were. `None` without an event.
    pub(super) fn of(
        trace: Trace,
        events: &[EventRecord],
        samples: &[Sample],
        governed: &Governed,
    ) -> Option<Self> {
        // What was refused, or never came, has no window.
        let events: Vec<&EventRecord> = events.iter().filter(|own| own.began()).collect();
        if events.is_empty() {
            return None;
        }
        let Trace { mut marks, lost } = trace;
        marks.sort();
        let spans: Vec<Span> = events
            .iter()
            .map(|event| Span {
                begin: event.requested,
                end: event.settled,
            })
            .collect();
        let laid = Windows::around(&spans);
        let sorted = marks.all();
        let first = governed.begin;
        // What is in flight at the end belongs to the load as well.
        let last = sorted.last().map_or(first, Mark::sent).max(governed.end());
        let mut own: Vec<Vec<&Mark>> = vec![Vec::new(); laid.count()];
        for mark in sorted {
            own[laid.of(mark.sent(), mark.done())].push(mark);
        }
        let mut windows: Vec<Window> = (0..laid.count())
            .map(|number| {
                let (begin, end) = laid.bounds(number, first, last);
                let mut window =
                    Window::new(laid.name(number), begin, end, governed.tps(begin, end));
                window.fill(&own[number], &marks);
                window.pace(sorted);
                window
            })
            .collect();
        for write in &lost {
            let rules = &mut windows[laid.of(*write, *write)].rules;
            *rules.entry(Rule::LostWrite).or_default() += 1;
        }
        let ends: Vec<Timestamp> = windows
            .iter()
            .skip(1)
            .step_by(2)
            .map(|own| own.end)
            .collect();
        let kinds = events.iter().map(|event| &event.kind);
        let dealt: Vec<_> = kinds.zip(ends.iter().copied()).collect();
        let lost = losses::by_event(&lost, &dealt);
        let mut measured: Vec<EventMeasures> = events
            .iter()
            .zip(&lost)
            .enumerate()
            .map(|(at, (event, lost))| {
                let [before, during, after] = [at * 2, at * 2 + 1, at * 2 + 2];
                Around {
                    number: at + 1,
                    event,
                    samples,
                    marks: &marks,
                    own: [&own[before], &own[during], &own[after]],
                    windows: [&windows[before], &windows[during], &windows[after]],
                    lost,
                }
                .measure()
            })
            .collect();
        let mut outages = measured.iter().filter(|own| losses::may_lose(&own.kind));
        if let Some(outage) = outages.next_back().map(|own| own.recovery.outage) {
            for own in &mut measured {
                own.losses.widen(outage);
            }
        }
        let (first, last) = (events.first()?.requested, *ends.last()?);
        Some(Self {
            events: measured,
            sessions: Survival::of(&marks, first, last, governed.end().max(last)),
            windows,
            not_kept: marks.not_kept(),
            marks: Arc::new(marks),
            laid,
        })
    }

    /// Errors of all events together.
    pub(super) fn during(&self) -> During {
        let during = self.windows.iter().skip(1).step_by(2);
        during.fold(
            During {
                transactions: 0,
                errors: 0,
            },
            |all, own| During {
                transactions: all.transactions + own.transactions,
                errors: all.errors + own.errors,
            },
        )
    }

    /// Response times of one route during all events.
    pub(super) fn during_on(&self, route: &str) -> Latency {
        let mut times = Latency::default();
        for mark in self.marks.all() {
            let window = self.laid.of(mark.sent(), mark.done());
            if Windows::is_event(window) && self.marks.is_on(mark, route) {
                times.record(mark.response_time());
            }
        }
        times
    }

    /// The longest burst of errors of the whole load.
    pub(super) fn longest_burst(&self) -> Option<Duration> {
        let failed = self.marks.all().iter().filter(|mark| mark.failed());
        longest_burst(failed.map(Mark::done))
    }

    /// Response times before the first event, and after the last one.
    pub(super) fn outer(&self) -> [Vec<Duration>; 2] {
        let last = self.laid.count() - 1;
        [0, last].map(|wanted| {
            let all = self.marks.all().iter();
            let own: Vec<&Mark> = all
                .filter(|mark| self.laid.of(mark.sent(), mark.done()) == wanted)
                .collect();
            answered(&own)
        })
    }
}

/// A duration in milliseconds, if there is one.
#[expect(clippy::ref_option, reason = "serde calls it so")]
fn optional_millis<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64() * 1e3)
        .serialize(serializer)
}
