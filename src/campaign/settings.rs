//! What a scenario asks of its campaign.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::config::{Connections, LoadConfig, Profile, ProvokeConfig};
use crate::load::{Stages, StagesError};
use crate::model::{Departure, Place, Rate, Visibility};
use crate::scaling::ScaleEvent;

use super::guarantees::Guarantees;
use super::roles::Roles;

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
    /// When they go away.
    pub at: Departure,
}

/// Users try to get at what others keep the ids of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probing {
    /// Who asks for it, as evidence names it.
    pub text: String,
    /// The step that asks for it; `None` when the profile does.
    pub place: Option<Place>,
}

/// The load, the users and the events of one campaign. What the profile
/// limits is limited here, and a note says so.
#[derive(Clone, Debug)]
pub struct CampaignSettings {
    /// How many users.
    pub users: u32,
    /// Transactions per second; the most there are, with stages.
    pub rate: Rate,
    /// Traffic that changes, in place of `rate`.
    pub stages: Option<Stages>,
    /// How long.
    pub extent: Extent,
    /// How long a user pauses between iterations.
    pub think_time: Duration,
    /// What users give up on; together not more than all.
    pub abandonment: Vec<Abandonment>,
    /// So many users at a time send the same request.
    pub same_request: NonZeroU32,
    /// So many users at a time sign in.
    pub sign_ins_together: NonZeroU32,
    /// How many of a hundred writes are sent twice at once.
    pub double_submit: f64,
    /// The step that asks for it; `None` when the profile does.
    pub double_submit_step: Option<Place>,
    /// During how many of a hundred sign-outs a request is under way.
    pub sign_out_in_flight: f64,
    /// Who shares connections.
    pub connections: Connections,
    /// Instances of the bundled service at the beginning.
    pub instances: u32,
    /// The step that says that the service scales by its own policy.
    pub policy: Option<Place>,
    /// Who may see which fact, where it differs from the population's own.
    pub sharing: BTreeMap<String, Visibility>,
    /// Who may see more than their own.
    pub roles: Roles,
    /// What users may be probed for by themselves, if at all.
    pub probing: Option<Probing>,
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
            stages: None,
            extent: Extent::Timed(load.duration),
            think_time: load.think_time,
            abandonment: abandonment(&profile.provoke),
            same_request: at_least_one(profile.provoke.same_request),
            sign_ins_together: at_least_one(profile.provoke.sign_ins_together),
            double_submit: profile.provoke.double_submit,
            double_submit_step: None,
            sign_out_in_flight: profile.provoke.sign_out_in_flight,
            connections: profile.http.connections,
            instances: profile.bundled.instances,
            policy: None,
            sharing: BTreeMap::new(),
            roles: Roles::of(profile),
            probing: profile.oracle.probe.then(|| Probing {
                text: "`oracle.probe` of the profile".to_owned(),
                place: None,
            }),
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

    /// Asks for `rate` for `duration`.
    pub fn set_constant(&mut self, rate: Rate, duration: Duration) {
        self.forget_stages();
        self.set_rate(rate);
        self.set_duration(duration);
    }

    /// Asks for traffic in `stages`: none above the ceiling, and not longer than
    /// the profile allows.
    pub fn set_stages(&mut self, stages: &Stages) {
        self.forget_stages();
        self.set_rate(stages.peak());
        self.set_duration(stages.length());
        let longest = self.limits.max_duration.unwrap_or(Duration::MAX);
        let limited = stages.capped(self.limits.ceiling).cut(longest);
        // The highest stage may have been cut off.
        self.rate = limited.peak();
        self.stages = Some(limited);
    }

    /// Asks for `rate` from `begin` on for `lasting`, in place of what there is.
    ///
    /// # Errors
    ///
    /// When there is no traffic at that time.
    pub fn add_spike(
        &mut self,
        rate: Rate,
        begin: Duration,
        lasting: Duration,
    ) -> Result<(), StagesError> {
        let base = self.traffic().ok_or(StagesError::None)?;
        let spiked = base.with_spike(rate, begin, lasting)?;
        self.stages = None;
        self.set_stages(&spiked);
        Ok(())
    }

    /// Every user does so many iterations, for however long it takes.
    pub fn set_iterations(&mut self, iterations: u32) {
        self.forget_stages();
        self.extent = Extent::Iterations(iterations);
    }

    /// The rate at every time of the load; `None` when iterations are counted.
    pub fn traffic(&self) -> Option<Stages> {
        match (self.extent, &self.stages) {
            (Extent::Iterations(_), _) => None,
            (Extent::Timed(_), Some(stages)) => Some(stages.clone()),
            (Extent::Timed(duration), None) => Some(Stages::constant(self.rate, duration)),
        }
    }

    /// Rate and time in words.
    pub fn traffic_in_words(&self) -> String {
        match (&self.stages, self.extent) {
            (Some(stages), _) => stages.to_string(),
            (None, Extent::Timed(duration)) => {
                let duration = humantime::format_duration(duration);
                format!("{}, for {duration}", self.rate)
            }
            (None, Extent::Iterations(1)) => format!("{}, 1 iteration each", self.rate),
            (None, Extent::Iterations(count)) => {
                format!("{}, {count} iterations each", self.rate)
            }
        }
    }

    /// What is said last is what holds; nobody is to wonder where the stages went.
    fn forget_stages(&mut self) {
        if let Some(stages) = self.stages.take() {
            self.notes
                .push(format!("a later step replaces the traffic of {stages}"));
        }
    }

    /// How many of `wished` can do something at one instant: no more than the
    /// users there are and what the rate lets go in a second.
    pub fn together(&self, wished: NonZeroU32) -> NonZeroU32 {
        let most = self.users.min(self.rate.tps());
        NonZeroU32::new(wished.get().min(most)).unwrap_or(NonZeroU32::MIN)
    }

    /// The ceiling of the profile, which nothing exceeds.
    pub fn ceiling(&self) -> Rate {
        self.limits.ceiling
    }

    /// Whether anything is done to make mix-ups likelier, besides abandonment.
    pub fn provokes(&self) -> bool {
        self.same_request > NonZeroU32::MIN
            || self.sign_ins_together > NonZeroU32::MIN
            || self.double_submit > 0.0
            || self.sign_out_in_flight > 0.0
    }

    /// Leaves that out.
    pub fn provoke_nothing(&mut self) {
        self.same_request = NonZeroU32::MIN;
        self.sign_ins_together = NonZeroU32::MIN;
        self.double_submit = 0.0;
        self.double_submit_step = None;
        self.sign_out_in_flight = 0.0;
    }

    /// Turns the campaign into one pass of one user.
    pub fn make_functional(&mut self) {
        self.functional = true;
        self.users = 1;
        self.stages = None;
        self.extent = Extent::Iterations(1);
        self.events.clear();
        self.policy = None;
        self.abandonment.clear();
        self.provoke_nothing();
        self.probing = None;
        self.double_submit_step = None;
        self.think_time = Duration::ZERO;
        self.notes.clear();
    }
}

fn at_least_one(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

/// The share of the profile, dealt out evenly to the moments it names.
#[expect(clippy::cast_precision_loss, reason = "there are three moments")]
fn abandonment(provoke: &ProvokeConfig) -> Vec<Abandonment> {
    if provoke.abandoned <= 0.0 {
        return Vec::new();
    }
    let percent = provoke.abandoned / provoke.abandon_at.len().max(1) as f64;
    provoke
        .abandon_at
        .iter()
        .map(|at| Abandonment { percent, at: *at })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};
    use crate::load::Stage;

    /// Settings under a ceiling of 20 TPS, for at most 30 s.
    fn settings() -> CampaignSettings {
        let limits = [("tps-ceiling", "20"), ("max-duration", "30s"), ("tps", "5")];
        let flags = limits.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let profile = load(Sources {
            flags: &flags,
            ..Sources::default()
        });
        CampaignSettings::new(&profile.unwrap())
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn rate(tps: u32) -> Rate {
        Rate::per_second(tps).unwrap()
    }

    #[test]
    fn stages_stay_within_the_limits_of_the_profile() {
        let mut settings = settings();
        let stages = vec![
            Stage::ramp(10, 30, seconds(20)),
            Stage::hold(5, seconds(20)),
        ];
        settings.set_stages(&Stages::new(stages).unwrap());
        assert_eq!(
            settings.traffic_in_words(),
            "10 to 20 TPS for 10s, 20 TPS for 10s, 5 TPS for 10s"
        );
        assert_eq!(settings.rate, rate(20));
        assert_eq!(settings.extent, Extent::Timed(seconds(30)));
        let notes = settings.notes.join("\n");
        assert!(
            notes.contains("30 TPS asked for, governed at 20 TPS"),
            "{notes}"
        );
        assert!(notes.contains("40s asked for, 30s run"), "{notes}");
    }

    #[test]
    fn what_is_said_last_holds() {
        let mut settings = settings();
        settings.set_constant(rate(5), seconds(20));
        settings
            .add_spike(rate(15), seconds(10), seconds(2))
            .unwrap();
        settings
            .add_spike(rate(10), seconds(1), seconds(1))
            .unwrap();
        assert_eq!(
            settings.traffic_in_words(),
            "5 TPS for 1s, 10 TPS for 1s, 5 TPS for 8s, 15 TPS for 2s, 5 TPS for 8s"
        );
        assert!(settings.notes.is_empty(), "{:?}", settings.notes);
        settings.set_constant(rate(7), seconds(9));
        assert_eq!(settings.traffic_in_words(), "7 TPS, for 9s");
        assert!(settings.notes[0].contains("a later step replaces the traffic of 5 TPS"));
        assert_eq!(
            settings.traffic(),
            Some(Stages::constant(rate(7), seconds(9)))
        );
        settings.set_iterations(3);
        assert_eq!(settings.traffic(), None);
        let refused = settings.add_spike(rate(9), seconds(1), seconds(1));
        assert_eq!(refused, Err(StagesError::None));
        settings.make_functional();
        assert_eq!(settings.traffic_in_words(), "7 TPS, 1 iteration each");
    }
}
