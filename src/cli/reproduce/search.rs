//! The search for the least load that still shows an incident. Pure: it says
//! what to try next and is told what came of it.

use std::collections::BTreeSet;
use std::time::Duration;

/// How often the recorded load is tried before it is given up.
const FIRST_TRIES: u32 = 3;

/// How often the least is repeated.
const REPETITIONS: u32 = 5;

/// Repetitions in vain after which it was luck.
const IN_VAIN: u32 = 3;

/// Of a hundred parts of the budget so many are for finding the least; the
/// rest is for repeating it.
const FOR_SHRINKING: u32 = 65;

/// A trial lasts so many times as long as it took to find it before.
const PATIENCE: u32 = 4;

/// The shortest trial, in seconds.
const SHORTEST: u64 = 4;

/// A part of a scenario that it may show without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(in crate::cli) enum Extra {
    /// Scale events.
    ScaleEvents,
    /// Requests that users give up on.
    Abandonment,
    /// Users who send or sign in at one instant, double submits, sign-outs in
    /// flight. Shared connections stay.
    Provocations,
    /// Pauses between iterations.
    ThinkTime,
    /// The steps after the one that shows it.
    #[value(skip)]
    LaterSteps,
}

impl std::fmt::Display for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ScaleEvents => "scale-events",
            Self::Abandonment => "abandonment",
            Self::Provocations => "provocations",
            Self::ThinkTime => "think-time",
            Self::LaterSteps => "later-steps",
        })
    }
}

/// A load to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trial {
    pub(super) users: u32,
    pub(super) tps: u32,
    /// `None` where the scenario counts iterations.
    pub(super) seconds: Option<u64>,
    pub(super) without: BTreeSet<Extra>,
}

/// What a trial came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Came {
    /// How long after the load began it showed, if it did.
    pub(super) found: Option<Duration>,
    /// How long the trial took in all.
    pub(super) took: Duration,
    /// Whether the harness itself was late: that it did not show says little.
    pub(super) late: bool,
}

/// What the search may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) budget: Duration,
    pub(super) attempts: u32,
}

/// The least that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Least {
    pub(super) trial: Trial,
    /// In how many repetitions it showed.
    pub(super) shown: u32,
    /// Repetitions.
    pub(super) of: u32,
}

/// A trial that showed it.
#[derive(Clone, Debug)]
struct Shown {
    trial: Trial,
    after: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// Does it show at all?
    First {
        tries: u32,
    },
    /// Users or TPS: `low` did not show it, `next` is tried.
    Users(Range),
    Tps(Range),
    /// Each extra left out in turn.
    Extras {
        left: Vec<Extra>,
    },
    /// Once shorter.
    Time,
    /// The least, again and again.
    Repeat,
    Over,
}

/// Numbers between which the least lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    /// Too few.
    low: u32,
    /// Tried next, or being tried.
    next: u32,
    /// Nothing was too few so far: halve.
    halving: bool,
}

/// Finds the least.
#[derive(Debug)]
pub(super) struct Search {
    recorded: Trial,
    least_users: u32,
    extras: Vec<Extra>,
    limits: Limits,
    spent: Duration,
    tried: u32,
    stage: Stage,
    trying: Option<Trial>,
    /// The last one that is tried once more because the harness was late.
    late: Option<Trial>,
    /// Ever smaller ones.
    shown: Vec<Shown>,
    /// How often the least showed, of how many repetitions.
    repeated: (u32, u32),
}

impl Search {
    /// A search from `recorded` down to `least_users` users and without
    /// `extras`.
    pub(super) fn new(
        recorded: Trial,
        least_users: u32,
        extras: Vec<Extra>,
        limits: Limits,
    ) -> Self {
        Self {
            recorded,
            least_users,
            extras,
            limits,
            spent: Duration::ZERO,
            tried: 0,
            stage: Stage::First { tries: 0 },
            trying: None,
            late: None,
            shown: Vec::new(),
            repeated: (0, 0),
        }
    }

    /// What to try next; `None` when the search is over.
    pub(super) fn next(&mut self) -> Option<Trial> {
        if self.tried >= self.limits.attempts || self.spent >= self.limits.budget {
            return None;
        }
        let shrinking = !matches!(
            self.stage,
            Stage::First { .. } | Stage::Repeat | Stage::Over
        );
        if shrinking && self.spent * 100 >= self.limits.budget * FOR_SHRINKING {
            self.stage = Stage::Repeat;
        }
        let trial = loop {
            if let Some(trial) = self.proposal() {
                break trial;
            }
            if self.stage == Stage::Over {
                return None;
            }
            self.advance();
        };
        self.tried += 1;
        self.trying = Some(trial.clone());
        Some(trial)
    }

    /// What the last trial came to.
    pub(super) fn tell(&mut self, came: Came) {
        self.spent += came.took;
        let Some(trial) = self.trying.take() else {
            return;
        };
        let found = came.found.is_some();
        if !found && came.late && self.late.as_ref() != Some(&trial) {
            self.late = Some(trial);
            return;
        }
        if let (Some(after), false) = (came.found, matches!(self.stage, Stage::Repeat)) {
            self.shown.push(Shown { trial, after });
        }
        match &mut self.stage {
            Stage::First { tries } => {
                *tries += 1;
                if found {
                    self.advance();
                } else if *tries >= FIRST_TRIES {
                    self.stage = Stage::Over;
                }
            }
            Stage::Users(range) => {
                let high = self.shown.last().map_or(0, |best| best.trial.users);
                range.after(found, high);
            }
            Stage::Tps(range) => {
                let high = self.shown.last().map_or(0, |best| best.trial.tps);
                range.after(found, high);
            }
            Stage::Extras { left } => {
                left.pop();
            }
            Stage::Time => self.advance(),
            Stage::Repeat => {
                let (shown, of) = &mut self.repeated;
                *of += 1;
                *shown += u32::from(found);
                let in_vain = *shown == 0 && *of >= IN_VAIN;
                if in_vain && self.shown.len() > 1 {
                    // It was luck: back to the one before.
                    self.shown.pop();
                    self.repeated = (0, 0);
                } else if *of >= REPETITIONS {
                    self.stage = Stage::Over;
                }
            }
            Stage::Over => {}
        }
    }

    /// The least that showed it, with how often it does; `None` when it never
    /// did.
    pub(super) fn least(&self) -> Option<Least> {
        let best = self.shown.last()?;
        let (shown, of) = self.repeated;
        Some(Least {
            trial: best.trial.clone(),
            shown,
            of,
        })
    }

    /// How many trials there were.
    pub(super) fn tried(&self) -> u32 {
        self.tried
    }

    /// The trial of the present stage; `None` when the stage has none left.
    fn proposal(&self) -> Option<Trial> {
        let best = match &self.stage {
            Stage::Over => return None,
            Stage::First { .. } => return Some(self.recorded.clone()),
            _ => self.shown.last()?,
        };
        let mut trial = best.trial.clone();
        match &self.stage {
            Stage::Users(range) => {
                if range.next >= trial.users || range.next <= range.low {
                    return None;
                }
                trial.users = range.next;
            }
            Stage::Tps(range) => {
                if range.next >= trial.tps || range.next <= range.low {
                    return None;
                }
                trial.tps = range.next;
            }
            Stage::Extras { left } => {
                trial.without.insert(*left.last()?);
            }
            Stage::Time => {
                let shorter = whole_seconds(best.after * 2) + 1;
                let seconds = trial.seconds.filter(|now| shorter < *now)?;
                trial.seconds = Some(shorter.clamp(1, seconds));
                return Some(trial);
            }
            Stage::Repeat => return Some(trial),
            Stage::First { .. } | Stage::Over => {}
        }
        trial.seconds = self.seconds_for(best, &trial);
        Some(trial)
    }

    /// Long enough for what is rarer at a lower rate, and not longer than was
    /// recorded.
    fn seconds_for(&self, best: &Shown, trial: &Trial) -> Option<u64> {
        let recorded = self.recorded.seconds?;
        let slower = best.trial.tps.div_ceil(trial.tps.max(1));
        let fewer = best.trial.users.div_ceil(trial.users.max(1)).min(4);
        let enough = whole_seconds(best.after * PATIENCE * slower.max(fewer));
        Some(enough.max(SHORTEST).min(recorded))
    }

    fn advance(&mut self) {
        let best = self.shown.last().map(|best| &best.trial);
        self.stage = match (&self.stage, best) {
            // The least there can be is tried first: it often is enough.
            (Stage::First { .. }, Some(_)) => Stage::Users(Range {
                low: self.least_users.saturating_sub(1),
                next: self.least_users,
                halving: false,
            }),
            (Stage::Users(_), Some(best)) => Stage::Tps(Range {
                low: 0,
                next: best.tps / 2,
                halving: true,
            }),
            (Stage::Tps(_), Some(_)) => Stage::Extras {
                left: self.extras.clone(),
            },
            (Stage::Extras { .. }, Some(_)) => Stage::Time,
            (Stage::Time, Some(_)) => Stage::Repeat,
            (_, None) | (Stage::Repeat | Stage::Over, Some(_)) => Stage::Over,
        };
    }
}

impl Range {
    /// Goes on after `next` was tried; `high` is the least that shows it.
    fn after(&mut self, found: bool, high: u32) {
        if !found {
            self.low = self.next;
            self.halving = false;
        }
        self.next = if self.halving {
            high / 2
        } else if high - self.low.min(high) <= (high / 8).max(1) {
            // Near enough: the rest is not worth the time.
            self.low
        } else {
            self.low.midpoint(high)
        };
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests;
