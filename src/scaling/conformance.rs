//! Whether a scale target keeps its promises: the checks that
//! `fpt scale-target test` makes, and that tests make of the templates.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use crate::model::Clock;

use super::{Capability, InstanceState, Removal, ScaleTarget, Snapshot, is_steady};

/// An answer that takes longer spoils the measured times.
const SLOW: Duration = Duration::from_secs(2);

/// How often the instances are looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// As it should be.
    Yes,
    /// It works, but something is to be known.
    Warned,
    /// It breaks the contract.
    No,
    /// It could not be asked.
    Skipped,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was to be shown.
    pub what: &'static str,
    /// How it ended.
    pub passed: Passed,
    /// What was seen, or what is wrong and what to do.
    pub told: String,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.passed {
            Passed::Yes => "ok  ",
            Passed::Warned => "warn",
            Passed::No => "FAIL",
            Passed::Skipped => "skip",
        };
        write!(f, "{mark} {}", self.what)?;
        if self.told.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.told)
    }
}

/// Checks a scale target and tells every check as soon as it is made.
pub struct Conformance<'a> {
    target: &'a dyn ScaleTarget,
    clock: &'a dyn Clock,
    /// How long a number of instances has to be held.
    hold: Duration,
    /// How long a change may take.
    deadline: Duration,
    /// The most instances that may be asked for.
    max: u32,
    tell: &'a mut (dyn FnMut(&Checked) + Send),
    failed: bool,
}

impl fmt::Debug for Conformance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conformance")
            .field("target", &self.target)
            .field("hold", &self.hold)
            .field("deadline", &self.deadline)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

impl<'a> Conformance<'a> {
    /// Checks of `target`: a number of instances is reached when it is held for
    /// `hold` within `deadline`. `tell` hears every check.
    pub fn new(
        target: &'a dyn ScaleTarget,
        clock: &'a dyn Clock,
        (hold, deadline): (Duration, Duration),
        tell: &'a mut (dyn FnMut(&Checked) + Send),
    ) -> Self {
        Self {
            target,
            clock,
            hold,
            deadline,
            max: u32::MAX,
            tell,
            failed: false,
        }
    }

    /// Asks for no more than `max` instances.
    #[must_use]
    pub fn with_max(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// Whether a check failed.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Looks only: what it can do, and what it says of its instances. Gives the
    /// last look, if there was one.
    pub async fn look(&mut self) -> Option<Snapshot> {
        let capabilities = self.target.capabilities();
        let can: Vec<_> = capabilities.can.iter().map(ToString::to_string).collect();
        if can.is_empty() {
            self.told(
                "says what it can do",
                Passed::Warned,
                "nothing but be watched",
            );
        } else {
            self.told("says what it can do", Passed::Yes, &can.join(", "));
        }
        for remark in self.target.remarks() {
            self.told("says what it can do", Passed::Warned, &remark);
        }
        if capabilities.has(Capability::RestartPart) && capabilities.parts.is_empty() {
            self.told(
                "names its parts",
                Passed::No,
                "it can restart a part, and names none in `parts`",
            );
        }
        let first = self.observe("tells its instances").await?;
        let second = self.observe("tells them again").await?;
        self.shape(&second, capabilities.has(Capability::Zones));
        self.same(&first, &second);
        if capabilities.has(Capability::Policy) {
            self.policy().await;
        }
        Some(second)
    }

    /// Changes things: one instance more, back, and restored. What was there is
    /// restored in any case.
    pub async fn change(&mut self, base: &Snapshot) {
        let ready = base.count(InstanceState::Ready);
        let can = self.target.capabilities().has(Capability::SetDesired);
        if !can || !is_steady(base, ready) || ready >= self.max {
            let why = if !can {
                "it cannot change the number of instances".to_owned()
            } else if ready >= self.max {
                format!(
                    "there are {ready} instances, and `scaling.max` is {}",
                    self.max
                )
            } else {
                "instances are on their way up or down; try again when they are not".to_owned()
            };
            self.told("scales out and in", Passed::Skipped, &why);
            return;
        }
        if let Some(out) = self.scale("scales out by one", ready + 1).await {
            self.grown(base, &out);
            self.scale("scales in again", ready).await;
        }
        let began = self.clock.now();
        let restored = self.target.restore(base).await;
        let accepted = self.clock.now().since(began);
        match restored {
            Ok(()) => {
                let told = format!("accepted in {}", short(accepted));
                self.told("restores what was there", Passed::Yes, &told);
                self.reach("is as it was before", ready).await;
            }
            Err(error) => self.told("restores what was there", Passed::No, &error.to_string()),
        }
    }

    fn told(&mut self, what: &'static str, passed: Passed, told: &str) {
        self.failed |= passed == Passed::No;
        (self.tell)(&Checked {
            what,
            passed,
            told: told.to_owned(),
        });
    }

    async fn observe(&mut self, what: &'static str) -> Option<Snapshot> {
        let began = self.clock.now();
        let answer = self.target.observe().await;
        let took = self.clock.now().since(began);
        match answer {
            Ok(snapshot) => {
                let told = format!("{} in {}", counts(&snapshot), short(took));
                if took > SLOW {
                    let told = format!("{told}; times are measured that coarsely");
                    self.told(what, Passed::Warned, &told);
                } else {
                    self.told(what, Passed::Yes, &told);
                }
                Some(snapshot)
            }
            Err(error) => {
                self.told(what, Passed::No, &error.to_string());
                None
            }
        }
    }

    fn shape(&mut self, snapshot: &Snapshot, zones: bool) {
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for own in &snapshot.instances {
            if own.id.name.is_empty() {
                wrong.push("an instance has an empty id".to_owned());
            } else if own.state != InstanceState::Gone && !seen.insert(&own.id.name) {
                wrong.push(format!("two instances have the id {}", own.id.name));
            }
            if zones && own.state == InstanceState::Ready && own.zone.is_none() {
                wrong.push(format!(
                    "{} has no zone, and it says that it can tell zones",
                    own.id.name
                ));
            }
        }
        if wrong.is_empty() {
            self.told("tells instances apart", Passed::Yes, "");
        } else {
            self.told("tells instances apart", Passed::No, &wrong.join("; "));
        }
        if snapshot.count(InstanceState::Ready) == 0 {
            let told = "none is; nothing can be said of a service without instances";
            self.told("has instances that are ready", Passed::Warned, told);
        }
        if snapshot
            .instances
            .iter()
            .any(|own| own.id.incarnation.is_empty())
        {
            let told = "there is none, so an instance that was restarted looks like the old one; \
                        fine where ids are never used again";
            self.told("tells the life of an instance", Passed::Warned, told);
        }
    }

    /// Two looks at a service that nobody touches show the same.
    fn same(&mut self, first: &Snapshot, second: &Snapshot) {
        let (one, other) = (first.ready(), second.ready());
        let lives = |snapshot: &Snapshot| -> BTreeSet<_> {
            let ready = snapshot.ready().into_iter();
            ready.map(|id| (id.name, id.incarnation)).collect()
        };
        let (lives_one, lives_other) = (lives(first), lives(second));
        if lives_one == lives_other {
            self.told("says the same twice", Passed::Yes, "");
            return;
        }
        let names_equal = one
            .iter()
            .all(|id| other.iter().any(|own| own.name == id.name));
        if names_equal && one.len() == other.len() {
            let told = "the same instances have other incarnations each time; an incarnation \
                        lasts as long as the instance lives";
            self.told("says the same twice", Passed::No, told);
        } else {
            let told = "instances came or went between the two looks; try again when they do not";
            self.told("says the same twice", Passed::Warned, told);
        }
    }

    async fn policy(&mut self) {
        match self.target.policy().await {
            Ok(Some(policy)) => {
                let limit =
                    |limit: Option<u32>| limit.map_or("?".to_owned(), |own| own.to_string());
                let told = format!(
                    "{} to {} instances by {}",
                    limit(policy.min),
                    limit(policy.max),
                    policy
                        .metric
                        .as_deref()
                        .unwrap_or("a metric it does not name")
                );
                self.told("tells its policy", Passed::Yes, &told);
            }
            Ok(None) => {
                let told = "there is none, and it says that it scales by a policy";
                self.told("tells its policy", Passed::Warned, told);
            }
            Err(error) => self.told("tells its policy", Passed::No, &error.to_string()),
        }
    }

    async fn scale(&mut self, what: &'static str, desired: u32) -> Option<Snapshot> {
        match self.target.set_desired(desired, Removal::Graceful).await {
            Ok(_) => self.reach(what, desired).await,
            Err(error) => {
                self.told(what, Passed::No, &error.to_string());
                None
            }
        }
    }

    /// Waits until `desired` instances were held.
    async fn reach(&mut self, what: &'static str, desired: u32) -> Option<Snapshot> {
        let began = self.clock.now();
        let deadline = began + self.deadline;
        let mut since = None;
        let mut last = "nothing was seen".to_owned();
        while self.clock.now() < deadline {
            match self.target.observe().await {
                Ok(snapshot) if is_steady(&snapshot, desired) => {
                    let now = self.clock.now();
                    let reached = *since.get_or_insert(now);
                    if now.since(reached) >= self.hold {
                        let told = format!(
                            "{desired} after {}, held for {}",
                            short(reached.since(began)),
                            short(self.hold)
                        );
                        self.told(what, Passed::Yes, &told);
                        return Some(snapshot);
                    }
                }
                Ok(snapshot) => {
                    since = None;
                    last = counts(&snapshot);
                }
                Err(error) => {
                    self.told(what, Passed::No, &error.to_string());
                    return None;
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
        let told = format!(
            "it did not hold {desired} ready instances within {}; it said {last}",
            short(self.deadline)
        );
        self.told(what, Passed::No, &told);
        None
    }

    /// One more is one new one beside the old ones.
    fn grown(&mut self, before: &Snapshot, after: &Snapshot) {
        let (before, after) = (before.ready(), after.ready());
        let lost = before.iter().filter(|id| !after.contains(id)).count();
        let new = after.iter().filter(|id| !before.contains(id)).count();
        let what = "the new instance is new, and the others stay";
        if (lost, new) == (0, 1) {
            self.told(what, Passed::Yes, "");
        } else {
            let told = format!(
                "{new} instances are new and {lost} of the old ones are missing; ids and \
                 incarnations have to stay the same as long as an instance lives"
            );
            self.told(what, Passed::No, &told);
        }
    }
}

fn counts(snapshot: &Snapshot) -> String {
    let states = [
        (InstanceState::Starting, "starting"),
        (InstanceState::Ready, "ready"),
        (InstanceState::Draining, "draining"),
    ];
    let counted: Vec<_> = states
        .iter()
        .map(|(state, name)| (snapshot.count(*state), *name))
        .filter(|(count, name)| *count > 0 || *name == "ready")
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let desired = snapshot
        .desired
        .map(|desired| format!(", {desired} desired"));
    format!("{}{}", counted.join(", "), desired.unwrap_or_default())
}

/// Whole milliseconds.
fn short(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    humantime::format_duration(Duration::from_millis(millis)).to_string()
}
