//! Windows around events: before, during, between, after.
//!
//! A transaction is given to a window by overlap: the victims of an event were
//! sent before it.

use crate::model::Timestamp;

/// The time of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it was asked for.
    pub begin: Timestamp,
    /// When the service had settled; `None` when it never did.
    pub end: Option<Timestamp>,
}

/// The windows of some events. With `n` events there are `2 n + 1` of them, in
/// the order of time: even ones lie between events, odd ones are events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// Begin and end of each event.
    events: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Windows {
    /// The windows around `spans`. An event that never settled lasts until the
    /// next one.
    pub fn around(spans: &[Span]) -> Self {
        let mut spans = spans.to_vec();
        spans.sort_by_key(|span| span.begin);
        let begins: Vec<Timestamp> = spans.iter().map(|span| span.begin).collect();
        let events = spans
            .iter()
            .enumerate()
            .map(|(at, span)| {
                let next = begins.get(at + 1).copied();
                let end = match (span.end, next) {
                    (Some(end), Some(next)) => Some(end.min(next)),
                    (end, next) => end.or(next),
                };
                (span.begin, end)
            })
            .collect();
        Self { events }
    }

    /// How many windows there are.
    pub fn count(&self) -> usize {
        self.events.len() * 2 + 1
    }

    /// Whether window `number` is an event.
    pub const fn is_event(number: usize) -> bool {
        number % 2 == 1
    }

    /// The window of a transaction in flight from `sent` to `done`: that of the
    /// first event that it overlaps, or else the one between events in which it
    /// lies.
    pub fn of(&self, sent: Timestamp, done: Timestamp) -> usize {
        for (number, (begin, end)) in self.events.iter().enumerate() {
            if done < *begin {
                return number * 2;
            }
            if end.is_none_or(|end| sent <= end) {
                return number * 2 + 1;
            }
        }
        self.count() - 1
    }

    /// When window `number` begins and ends, in a campaign from `first` to `last`.
    pub fn bounds(
        &self,
        number: usize,
        first: Timestamp,
        last: Timestamp,
    ) -> (Timestamp, Timestamp) {
        let event = |at: usize| {
            let (begin, end) = self.events[at];
            (begin, end.unwrap_or(last))
        };
        let (begin, end) = if Self::is_event(number) {
            event(number / 2)
        } else {
            let begin = match number / 2 {
                0 => first,
                after => event(after - 1).1,
            };
            let next = self.events.get(number / 2);
            (begin, next.map_or(last, |(begin, _)| *begin))
        };
        (begin.clamp(first, last), end.clamp(first, last))
    }

    /// What window `number` is called.
    pub fn name(&self, number: usize) -> String {
        let (event, events) = (number / 2 + 1, self.events.len());
        match number {
            _ if events == 0 => "steady".to_owned(),
            0 => format!("before event {event}"),
            _ if Self::is_event(number) => format!("during event {event}"),
            _ if event > events => format!("after event {events}"),
            _ => format!("between events {} and {event}", event - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::after(Duration::from_millis(millis))
    }

    fn span(begin: u64, end: u64) -> Span {
        Span {
            begin: at(begin),
            end: Some(at(end)),
        }
    }

    #[test]
    fn transactions_go_by_overlap() {
        let windows = Windows::around(&[span(100, 200), span(300, 400)]);
        for (sent, done, window) in [
            (0, 99, 0),
            (0, 100, 1),
            (0, 250, 1),
            (200, 210, 1),
            (201, 299, 2),
            (201, 300, 3),
            // Hurt by the first of them, most likely.
            (150, 350, 1),
            (350, 500, 3),
            (401, 500, 4),
        ] {
            assert_eq!(windows.of(at(sent), at(done)), window, "{sent} {done}");
        }
        let names: Vec<String> = (0..windows.count()).map(|at| windows.name(at)).collect();
        assert_eq!(
            names,
            [
                "before event 1",
                "during event 1",
                "between events 1 and 2",
                "during event 2",
                "after event 2"
            ]
        );
        assert_eq!(windows.bounds(2, at(0), at(1_000)), (at(200), at(300)));
        assert_eq!(windows.bounds(4, at(0), at(1_000)), (at(400), at(1_000)));
    }

    #[test]
    fn without_events_there_is_one_window() {
        let windows = Windows::around(&[]);
        assert_eq!((windows.count(), windows.of(at(3), at(4))), (1, 0));
        assert_eq!(windows.bounds(0, at(1), at(9)), (at(1), at(9)));
    }

    #[test]
    fn an_event_that_never_settles_lasts_until_the_next() {
        let open = Span {
            begin: at(100),
            end: None,
        };
        let windows = Windows::around(&[open, span(300, 400)]);
        assert_eq!(windows.of(at(250), at(260)), 1);
        assert_eq!(windows.of(at(310), at(320)), 3);
        let windows = Windows::around(&[open]);
        assert_eq!(windows.of(at(9_000), at(9_001)), 1);
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let one = (0..1_000_u64, 0..300_u64, prop::bool::weighted(0.9));
        prop::collection::vec(one, 0..6).prop_map(|all| {
            all.into_iter()
                .map(|(begin, length, settles)| Span {
                    begin: at(begin),
                    end: settles.then(|| at(begin + length)),
                })
                .collect()
        })
    }

    proptest! {
        /// A transaction is given to an event exactly when it touches one, and
        /// to a gap only when it lies in it as a whole.
        #[test]
        fn windows_are_exact(spans in spans(), sent in 0..1_500_u64, took in 0..400_u64) {
            let windows = Windows::around(&spans);
            let (sent, done) = (at(sent), at(sent + took));
            let number = windows.of(sent, done);
            prop_assert!(number < windows.count());
            let touches = windows.events.iter().position(|(begin, end)| {
                *begin <= done && end.is_none_or(|end| end >= sent)
            });
            prop_assert_eq!(
                touches.map(|at| at * 2 + 1),
                Windows::is_event(number).then_some(number)
            );
            if touches.is_none() {
                let (from, to) = windows.bounds(number, at(0), at(10_000));
                prop_assert!(from <= sent && done <= to);
            }
        }

        /// Windows follow each other without a gap, and later transactions do
        /// not go to earlier windows.
        #[test]
        fn windows_are_in_order(spans in spans(), moments in prop::collection::vec(0..1_500_u64, 2..20)) {
            let windows = Windows::around(&spans);
            let mut moments = moments;
            moments.sort_unstable();
            let numbers: Vec<usize> = moments.iter().map(|own| windows.of(at(*own), at(*own))).collect();
            prop_assert!(numbers.is_sorted());
            for number in 1..windows.count() {
                let (first, last) = (at(0), at(10_000));
                prop_assert_eq!(windows.bounds(number - 1, first, last).1, windows.bounds(number, first, last).0);
            }
        }
    }
}
