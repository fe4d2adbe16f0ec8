//! How much load, of whom, for how long.

use std::time::Duration;

use super::arrivals::Arrivals;
use super::duration::Span;
use super::element::{Count, Element, Shape};
use super::environment::Environment;
use super::limits;
use super::reader::Reader;
use super::service::ServiceKind;
use crate::model::Rate;

/// The load of a campaign that does not ask for another one, and the limits
/// of those that do.
#[derive(Clone, Debug)]
pub struct LoadConfig {
    /// Transactions per second; never above the ceiling.
    pub tps: Rate,
    /// What nobody can exceed.
    pub ceiling: Rate,
    /// Number of virtual users.
    pub users: u32,
    /// The most users a scenario can ask for.
    pub max_users: Option<u32>,
    /// How long the load lasts.
    pub duration: Duration,
    /// The longest a scenario can ask for.
    pub max_duration: Option<Duration>,
    /// How the transactions of a second are spread over it.
    pub arrivals: Arrivals,
    /// How long transactions in flight are awaited in the end.
    pub drain: Duration,
    /// How long a user pauses between transactions.
    pub think_time: Duration,
}

impl LoadConfig {
    pub(super) fn read(reader: &mut Reader<'_>, service: ServiceKind, kind: Environment) -> Self {
        let ceiling = limits::ceiling(reader, service, kind);
        let max_users = reader.optional("max-users");
        let max_users = limits::at_most(reader, kind, "max-users", max_users, limits::SMOKE_USERS);
        let max_duration = reader.optional("max-duration");
        let max_duration = limits::at_most(
            reader,
            kind,
            "max-duration",
            max_duration,
            limits::SMOKE_DURATION,
        );

        let tps = reader.value("tps", ceiling);
        let tps = reader.cap("tps", tps, ceiling, "this is the ceiling of the profile");
        let mut users = reader.value("users", Count(50));
        if let Some(most) = max_users {
            users = reader.cap("users", users, most, "this is the profile's `max-users`");
        }
        let mut duration = reader.value("duration", Span::seconds(30));
        if let Some(most) = max_duration {
            duration = reader.cap(
                "duration",
                duration,
                most,
                "this is the profile's `max-duration`",
            );
        }
        Self {
            tps,
            ceiling,
            users: users.0,
            max_users: max_users.map(|users| users.0),
            duration: duration.0,
            max_duration: max_duration.map(|duration| duration.0),
            arrivals: reader.value("arrivals", Arrivals::Random),
            drain: reader.value("drain", Duration::from_secs(10)),
            think_time: reader.value("think-time", Duration::ZERO),
        }
    }
}

impl Element for Rate {
    const EXPECTED: &'static str = "whole transactions per second, at least 1";
    const SHAPE: Shape = Shape::Integer;

    fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(rate) => Ok(rate),
            Err(_) => Err(super::element::unexpected::<Self>(text)),
        }
    }

    fn show(&self) -> String {
        self.tps().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::profile;
    use super::*;

    #[test]
    fn a_load_has_defaults() {
        let load = profile("").load;
        assert_eq!(
            (load.tps.tps(), load.ceiling.tps(), load.users),
            (50, 50, 50)
        );
        assert_eq!(load.duration, Duration::from_secs(30));
        assert_eq!(load.drain, Duration::from_secs(10));
        assert_eq!(load.think_time, Duration::ZERO);
        assert_eq!(load.arrivals, Arrivals::Random);
        assert_eq!((load.max_users, load.max_duration), (None, None));
    }

    #[test]
    fn a_load_can_be_written() {
        let load = profile(
            "tps = 7\nusers = 3\nmax-users = 9\nduration = '2m'\nmax-duration = '1h'\n\
             arrivals = 'bursts(4)'\ndrain = '0s'\nthink-time = '1s'",
        )
        .load;
        assert_eq!((load.tps.tps(), load.ceiling.tps(), load.users), (7, 50, 3));
        assert_eq!(load.max_users, Some(9));
        assert_eq!(load.duration, Duration::from_mins(2));
        assert_eq!(load.max_duration, Some(Duration::from_hours(1)));
        assert_eq!(load.arrivals.to_string(), "bursts(4)");
        assert_eq!(
            (load.drain, load.think_time),
            (Duration::ZERO, Duration::from_secs(1))
        );
    }

    #[test]
    fn a_rate_is_at_least_one() {
        assert_eq!(Rate::parse("3").unwrap().tps(), 3);
        for text in ["0", "-1", "2.5", "fast"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }
}
