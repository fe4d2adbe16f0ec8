//! Marks: each transaction in a few bytes, so that windows around scale events
//! can be laid when all events are known.
//!
//! A mark takes less room than what one-second histograms would at the rates
//! that a campaign governs, and is exact at the edges of a window.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{InstanceId, Rule, Timestamp, UserId};

use super::{Sample, Trouble};

/// Marks that are kept: some hours of load, in some tens of megabytes. What
/// comes later is in the measures only.
pub const MOST_MARKS: usize = 1_000_000;

/// No instance was named.
const NOBODY: u16 = u16::MAX;

/// What a mark notes besides times.
#[derive(Clone, Copy, Debug)]
pub struct Noted<'a> {
    /// Who asked.
    pub user: UserId,
    /// The user's session.
    pub session: u32,
    /// Who answered, where the service tells.
    pub instance: Option<&'a InstanceId>,
    /// The service took the one who asked for somebody who is signed in.
    pub known: bool,
    /// The answer shows whose it is.
    pub tells: bool,
    /// Something was saved, and the service acknowledged it.
    pub acknowledged: bool,
    /// What was found wrong with it.
    pub rules: Rules,
}

/// Some rules of the oracle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules(u16);

impl Rules {
    /// Those of `rules`.
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        rules
            .into_iter()
            .fold(Self(0), |all, rule| Self(all.0 | Self::bit(rule)))
    }

    /// Whether `rule` is among them.
    pub fn has(self, rule: Rule) -> bool {
        self.0 & Self::bit(rule) != 0
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().filter(move |rule| self.has(*rule))
    }

    fn bit(rule: Rule) -> u16 {
        let at = Rule::ALL.iter().position(|own| *own == rule);
        at.map_or(0, |at| 1 << at)
    }
}

/// One transaction.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one transaction"
)]
pub struct Mark {
    sent: u64,
    waited: u32,
    took: u32,
    /// Who asked.
    pub user: UserId,
    /// The user's session.
    pub session: u32,
    route: u16,
    instance: u16,
    /// What was found wrong with it.
    pub rules: Rules,
    /// What it met.
    pub trouble: Option<Trouble>,
    /// It may have changed something.
    pub writes: bool,
    /// The service took the one who asked for somebody who is signed in.
    pub known: bool,
    /// The answer shows whose it is.
    pub tells: bool,
    /// Something was saved, and the service acknowledged it.
    pub acknowledged: bool,
}

impl Mark {
    /// When it was sent.
    pub fn sent(&self) -> Timestamp {
        Timestamp::after(Duration::from_micros(self.sent))
    }

    /// When its answer was complete, or it was given up.
    pub fn done(&self) -> Timestamp {
        self.sent() + Duration::from_micros(u64::from(self.took))
    }

    /// From due time to the complete answer: what a user waits.
    pub fn response_time(&self) -> Duration {
        Duration::from_micros(u64::from(self.waited) + u64::from(self.took))
    }

    /// From sending to the complete answer.
    pub fn service_time(&self) -> Duration {
        Duration::from_micros(u64::from(self.took))
    }

    /// Whether the service failed it.
    pub fn failed(&self) -> bool {
        self.trouble.is_some_and(Trouble::is_error)
    }

    /// Whether it was under way at some moment from `from` to `to`.
    pub fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        self.sent() <= to && self.done() >= from
    }
}

/// The marks of a campaign, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    all: Vec<Mark>,
    routes: Vec<String>,
    route_numbers: HashMap<String, u16>,
    instances: Vec<InstanceId>,
    instance_numbers: HashMap<InstanceId, u16>,
    not_kept: u64,
}

impl Marks {
    /// Notes one transaction.
    pub fn record(&mut self, sample: &Sample<'_>, noted: Noted<'_>) {
        if self.all.len() >= MOST_MARKS {
            self.not_kept += 1;
            return;
        }
        let route = self.route_number(sample.route);
        let instance = noted
            .instance
            .map_or(NOBODY, |instance| self.instance_number(instance));
        self.all.push(Mark {
            sent: u64::try_from(sample.sent.elapsed().as_micros()).unwrap_or(u64::MAX),
            waited: micros(sample.sent.since(sample.due)),
            took: micros(sample.done.since(sample.sent)),
            user: noted.user,
            session: noted.session,
            route,
            instance,
            rules: noted.rules,
            trouble: Trouble::of(sample.error, sample.status),
            writes: writes(sample.route),
            known: noted.known,
            tells: noted.tells,
            acknowledged: noted.acknowledged,
        });
    }

    /// Puts them in the order in which they were sent.
    pub fn sort(&mut self) {
        self.all.sort_by_key(|mark| mark.sent);
    }

    /// All of them.
    pub fn all(&self) -> &[Mark] {
        &self.all
    }

    /// Transactions for which there was no room.
    pub fn not_kept(&self) -> u64 {
        self.not_kept
    }

    /// Who answered `mark`, where the service tells.
    pub fn instance(&self, mark: &Mark) -> Option<&InstanceId> {
        self.instances.get(usize::from(mark.instance))
    }

    /// Method and path of `mark`, as the step wrote them.
    pub fn route(&self, mark: &Mark) -> &str {
        self.routes
            .get(usize::from(mark.route))
            .map_or("", String::as_str)
    }

    /// Whether `route` is that of `mark`: with its method, or the path alone.
    pub fn is_on(&self, mark: &Mark, route: &str) -> bool {
        let own = self.route(mark);
        own == route || own.split_once(' ').is_some_and(|(_, path)| path == route)
    }

    fn route_number(&mut self, route: &str) -> u16 {
        if let Some(number) = self.route_numbers.get(route) {
            return *number;
        }
        let number = next(self.routes.len());
        self.routes.push(route.to_owned());
        self.route_numbers.insert(route.to_owned(), number);
        number
    }

    fn instance_number(&mut self, instance: &InstanceId) -> u16 {
        if let Some(number) = self.instance_numbers.get(instance) {
            return *number;
        }
        let number = next(self.instances.len());
        self.instances.push(instance.clone());
        self.instance_numbers.insert(instance.clone(), number);
        number
    }
}

fn next(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(NOBODY)
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// Whether requests of this route may change something.
fn writes(route: &str) -> bool {
    let method = route.split_once(' ').map_or(route, |(method, _)| method);
    !matches!(method, "GET" | "HEAD" | "OPTIONS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_no_writes() {
        for (route, expected) in [
            ("GET /me", false),
            ("HEAD /me", false),
            ("POST /appointments", true),
            ("DELETE /appointments/{id}", true),
        ] {
            assert_eq!(writes(route), expected, "{route}");
        }
    }

    #[test]
    fn rules_are_told_apart() {
        let rules = Rules::of([Rule::SessionLost, Rule::DoubleBooking]);
        let all: Vec<Rule> = rules.iter().collect();
        assert_eq!(all, [Rule::SessionLost, Rule::DoubleBooking]);
        assert!(!rules.has(Rule::StaleRead));
    }
}
