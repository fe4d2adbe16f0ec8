//! What a scenario asks of its campaign.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{LoadConfig, Profile};
use crate::model::{Place, Rate, Visibility};
use crate::scaling::ScaleEvent;

use super::guarantees::Guarantees;

/// How long the load lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// For this long.
    Timed(Duration),
    /// Until every user has done this many iterations.
    Iterations(u32),
}

/// A part of the requests that users give up on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Abandonment {
    /// How many of a hundred.
    pub percent: f64,
    /// How long after sending.
    pub after: Duration,
}

/// The load, the users and the events of one campaign. What the profile
/// limits is limited here, and a note says so.
#[derive(Clone, Debug)]
pub struct CampaignSettings {
    /// How many users.
    pub users: u32,
    /// Transactions per second.
    pub rate: Rate,
    /// How long.
    pub extent: Extent,
    /// How long a user pauses between iterations.
    pub think_time: Duration,
    /// What users give up on.
    pub abandonment: Option<Abandonment>,
    /// Instances of the bundled service at the beginning.
    pub instances: u32,
    /// Who may see which fact, where it differs from the population's own.
    pub sharing: BTreeMap<String, Visibility>,
    /// An accounts file in place of the profile's population.
    pub accounts: Option<String>,
    /// Scale events, in the order of the scenario.
    pub events: Vec<ScaleEvent>,
    /// What it says about things that have to last.
    pub guarantees: Guarantees,
    /// Journeys to draw from, with their weights, and the step that says so.
    pub journeys: Vec<(String, u32)>,
    /// The step with the table of journeys.
    pub journeys_place: Option<Place>,
    /// Sign in anew for each iteration.
    pub fresh_session: bool,
    /// One user, one iteration, no questions about load.
    pub functional: bool,
    /// Wishes that a limit of the profile cut short.
    pub notes: Vec<String>,
    limits: LoadConfig,
}

impl CampaignSettings {
    /// What `profile` gives a scenario that asks for nothing.
    pub fn new(profile: &Profile) -> Self {
        let load = &profile.load;
        Self {
            users: load.users,
            rate: load.tps,
            extent: Extent::Timed(load.duration),
            think_time: load.think_time,
            abandonment: None,
            instances: profile.bundled.instances,
            sharing: BTreeMap::new(),
            accounts: None,
            events: Vec::new(),
            guarantees: Guarantees::default(),
            journeys: Vec::new(),
            journeys_place: None,
            fresh_session: false,
            functional: false,
            notes: Vec::new(),
            limits: load.clone(),
        }
    }

    /// Asks for `users` users.
    pub fn set_users(&mut self, users: u32) {
        let most = self.limits.max_users.unwrap_or(u32::MAX);
        if users > most {
            self.notes.push(format!(
                "{users} users asked for, {most} run: `max-users` of the profile"
            ));
        }
        self.users = users.min(most);
    }

    /// Asks for `rate`.
    pub fn set_rate(&mut self, rate: Rate) {
        let ceiling = self.limits.ceiling;
        if rate > ceiling {
            self.notes
                .push(format!("{rate} asked for, governed at {ceiling}"));
        }
        self.rate = rate.min(ceiling);
    }

    /// Asks for load for `duration`.
    pub fn set_duration(&mut self, duration: Duration) {
        let longest = self.limits.max_duration.unwrap_or(Duration::MAX);
        if duration > longest {
            self.notes.push(format!(
                "{} asked for, {} run: `max-duration` of the profile",
                humantime::format_duration(duration),
                humantime::format_duration(longest)
            ));
        }
        self.extent = Extent::Timed(duration.min(longest));
    }

    /// The ceiling of the profile, which nothing exceeds.
    pub fn ceiling(&self) -> Rate {
        self.limits.ceiling
    }

    /// Turns the campaign into one pass of one user.
    pub fn make_functional(&mut self) {
        self.functional = true;
        self.users = 1;
        self.extent = Extent::Iterations(1);
        self.events.clear();
        self.abandonment = None;
        self.think_time = Duration::ZERO;
        self.notes.clear();
    }
}
