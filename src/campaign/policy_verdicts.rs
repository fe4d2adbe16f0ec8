//! Whether a service's own policy did what it is there for.
//!
//! Each question is a pure function of what the control plane said over time and
//! of who answered. The control plane alone is not believed: an instance counts
//! when it has answered.

use std::time::Duration;

use crate::load::Stages;
use crate::model::{Rate, Timestamp, Verdict};
use crate::scaling::{Capability, History, Sample};

use super::outcome::Outcome;
use super::policy::PolicyOutcome;
use super::scale_measures::{FEWEST_ANSWERS, fair};
use super::served::Served;

type Answer = (Verdict, String);

/// For how long the control plane may say nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// What is known of a policy, when enough is.
struct Watched<'a> {
    history: &'a History,
    stages: &'a Stages,
    begin: Timestamp,
    end: Timestamp,
    /// For how long a number of instances has to be held.
    hold: Duration,
}

impl<'a> Watched<'a> {
    fn of(outcome: &'a Outcome) -> Result<Self, String> {
        let Some(seen) = &outcome.policy else {
            return Err(
                "nothing says that the service has a policy: add the step `Given the \
                        service scales by its own policy`"
                    .to_owned(),
            );
        };
        let by_hand = |needs: &[Capability]| needs.contains(&Capability::SetDesired);
        if let Some(event) = outcome.events.iter().find(|own| by_hand(own.kind.needs())) {
            return Err(format!(
                "the scenario itself changed the number of instances ({}), so it tells nothing of \
                 the policy",
                event.kind
            ));
        }
        Self::seen(seen)
    }

    fn seen(seen: &'a PolicyOutcome) -> Result<Self, String> {
        if seen.policy.is_none() {
            return Err("the control plane knows of no policy".to_owned());
        }
        let history = &seen.history;
        if history.at(seen.begin).is_none() {
            return Err(format!(
                "the control plane did not tell how many instances there were ({} questions were \
                 not answered)",
                history.failures
            ));
        }
        let silence = history.silence.max(seen.end.since(history.until));
        if silence > SILENCE {
            return Err(format!(
                "the control plane did not tell for {} how many instances there were",
                span(silence)
            ));
        }
        Ok(Self {
            history,
            stages: &seen.stages,
            begin: seen.begin,
            end: seen.end,
            hold: seen.hold,
        })
    }

    /// The times from `from` on in which `instances` served.
    fn served(&self, instances: u32, from: Timestamp) -> Vec<Served> {
        Served::times(self.history, instances, from, self.end)
    }

    /// `served` was too short to call it steady: that the load ended leaves it
    /// open, and anything else fails.
    fn too_short(&self, served: Served, told: &str) -> Answer {
        let held = span(served.length());
        let hold = asked(self.hold);
        if served.to == self.end {
            return inconclusive(format!(
                "{told}; the load ended {held} later, and {hold} are needed to call it steady"
            ));
        }
        fail(format!(
            "{told}, for {held} only; {hold} are needed to call it steady"
        ))
    }

    /// The samples of the whole load.
    fn samples(&self) -> Vec<Sample> {
        self.history.between(self.begin, self.end)
    }

    fn nobody_tells(&self) -> Option<String> {
        let mut instances = self.history.instances.values();
        instances.all(|own| own.first_answer.is_none()).then(|| {
            "no response tells which instance answered; see `instance.header` of the profile"
                .to_owned()
        })
    }
}

fn inconclusive(why: impl Into<String>) -> Answer {
    (Verdict::Inconclusive, why.into())
}

fn fail(why: impl Into<String>) -> Answer {
    (Verdict::Fail, why.into())
}

/// `12.34 s`
fn span(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

fn asked(limit: Duration) -> String {
    humantime::format_duration(limit).to_string()
}

/// `1 instance`, `2 instances`
fn some(count: impl TryInto<u64>) -> String {
    match count.try_into() {
        Ok(1) => "1 instance".to_owned(),
        Ok(count) => format!("{count} instances"),
        Err(_) => "instances".to_owned(),
    }
}

/// How many the control plane wants, as far as it can be seen.
fn wanted(sample: &Sample) -> u32 {
    sample.desired.unwrap_or(sample.ready + sample.starting)
}

/// The policy has `instances` serve within `limit` of the traffic reaching `rate`.
pub(super) fn reaches(outcome: &Outcome, instances: u32, limit: Duration, rate: Rate) -> Answer {
    match Watched::of(outcome) {
        Ok(watched) => watched.reaches(instances, limit, rate),
        Err(why) => inconclusive(why),
    }
}

/// The policy is back at `instances` within `limit` of the traffic falling to
/// `rate`, and stays there.
pub(super) fn comes_back(outcome: &Outcome, instances: u32, limit: Duration, rate: Rate) -> Answer {
    match Watched::of(outcome) {
        Ok(watched) => watched.comes_back(instances, limit, rate),
        Err(why) => inconclusive(why),
    }
}

/// `instances` instances served at the same time.
pub(super) fn serves_from(outcome: &Outcome, instances: u32) -> Answer {
    match Watched::of(outcome) {
        Ok(watched) => watched.serves_from(instances),
        Err(why) => inconclusive(why),
    }
}

/// The number of instances turned at most `most` times.
pub(super) fn changes(outcome: &Outcome, most: u32) -> Answer {
    match Watched::of(outcome) {
        Ok(watched) => watched.changes(most),
        Err(why) => inconclusive(why),
    }
}

/// There were never more than `most` instances.
pub(super) fn never_more(outcome: &Outcome, most: u32) -> Answer {
    match Watched::of(outcome) {
        Ok(watched) => watched.never_more(most),
        Err(why) => inconclusive(why),
    }
}

/// There were never fewer than `fewest` instances.
pub(super) fn never_fewer(outcome: &Outcome, fewest: u32) -> Answer {
    match Watched::of(outcome) {
        Ok(watched) => watched.never_fewer(fewest),
        Err(why) => inconclusive(why),
    }
}

impl Watched<'_> {
    fn reaches(&self, instances: u32, limit: Duration, rate: Rate) -> Answer {
        let Some(after) = self.stages.reaches(rate) else {
            let peak = self.stages.peak();
            return inconclusive(format!(
                "the traffic never reaches {rate}, {peak} is its highest rate"
            ));
        };
        let crossed = self.begin + after;
        if crossed >= self.end {
            return inconclusive(format!("the load ended before it reached {rate}"));
        }
        if let Some(why) = self.nobody_tells() {
            return inconclusive(why);
        }
        let earlier = self.history.between(self.begin, crossed);
        let fewest = earlier.iter().map(|own| own.ready).min().unwrap_or(0);
        if fewest >= instances {
            return inconclusive(format!(
                "at least {} from the beginning, so nothing shows that the policy adds any; \
                 begin with fewer",
                some(fewest)
            ));
        }
        let deadline = crossed + limit;
        let spans = self.served(instances, crossed);
        let in_time: Vec<&Served> = spans.iter().filter(|own| own.from <= deadline).collect();
        let told = |own: &Served| {
            format!(
                "{} served {} after the traffic reached {rate}, {} asked for",
                some(instances),
                span(own.from.since(crossed)),
                asked(limit)
            )
        };
        if let Some(own) = in_time.iter().find(|own| own.length() >= self.hold) {
            let split = self.split(instances, crossed, own.from);
            return (Verdict::Pass, format!("{}: {split}", told(own)));
        }
        let fallen = self.stages.below(rate, after).map(|own| self.begin + own);
        let busy = |own: &&&Served| fallen.is_none_or(|at| own.from < at);
        if let Some(own) = in_time.iter().rfind(busy).or(in_time.last()) {
            // Fewer are enough from then on.
            let cut = |at: &Timestamp| *at < own.from + self.hold && *at <= own.to;
            if let Some(at) = fallen.filter(cut).filter(|_| own.to != self.end) {
                return inconclusive(format!(
                    "{}; the traffic fell below {rate} {} after it had reached it, and {} are \
                     needed to call it steady",
                    told(own),
                    span(at.since(crossed)),
                    asked(self.hold)
                ));
            }
            return self.too_short(**own, &told(own));
        }
        let serving = spans.first().map(|own| own.from);
        if self.end < deadline {
            return inconclusive(format!(
                "the load ended {} after it reached {rate}, before {} were over, with {} serving",
                span(self.end.since(crossed)),
                asked(limit),
                some(self.history.serving(self.end))
            ));
        }
        fail(self.why_not(instances, limit, rate, crossed, serving))
    }

    /// Why `instances` did not serve in time.
    fn why_not(
        &self,
        instances: u32,
        limit: Duration,
        rate: Rate,
        crossed: Timestamp,
        serving: Option<Timestamp>,
    ) -> String {
        let deadline = crossed + limit;
        let until = self.history.between(crossed, deadline);
        let most_ready = until.iter().map(|own| own.ready).max().unwrap_or(0);
        if most_ready >= instances {
            return format!(
                "the control plane called {} ready, but only {} of them answered within {} of the \
                 traffic reaching {rate}",
                some(most_ready),
                self.history.serving(deadline),
                asked(limit)
            );
        }
        let late = serving.map_or_else(String::new, |at| {
            format!("; it took {}", span(at.since(crossed)))
        });
        let path = self.history.between(self.begin, deadline);
        let acted = path
            .windows(2)
            .any(|pair| wanted(&pair[0]) != wanted(&pair[1]));
        if acted {
            format!(
                "{} within {} of the traffic reaching {rate}, at least {instances} asked for{late}",
                at_most(most_ready),
                asked(limit)
            )
        } else {
            format!(
                "the policy did nothing within {} of the traffic reaching {rate}: {} all the \
                 time, at least {instances} asked for{late}",
                asked(limit),
                some(most_ready)
            )
        }
    }

    /// How long each part of scaling took.
    fn split(&self, instances: u32, crossed: Timestamp, serving: Timestamp) -> String {
        let samples = self.samples();
        let first = samples.first().map_or(0, wanted);
        let found = |test: &dyn Fn(&Sample) -> bool| {
            let sample = samples.iter().find(|sample| test(sample));
            sample.map(|sample| sample.at)
        };
        let newcomer = self
            .history
            .instances
            .values()
            .filter(|own| own.ready.is_some_and(|ready| ready > self.begin))
            .filter_map(|own| own.first_answer)
            .min();
        let parts = [
            ("decided", found(&|own| wanted(own) > first)),
            ("ready", found(&|own| own.ready >= instances)),
            ("first answer of a new one", newcomer),
            (
                "fair share",
                Served {
                    from: serving,
                    to: self.end,
                }
                .fair_from(self.history, instances),
            ),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .map(|(part, at)| match at {
                Some(at) if at < crossed => {
                    format!("{part} {} before", span(crossed.since(at)))
                }
                Some(at) => format!("{part} after {}", span(at.since(crossed))),
                None => format!("{part} never seen"),
            })
            .collect();
        told.join(", ")
    }

    fn comes_back(&self, instances: u32, limit: Duration, rate: Rate) -> Answer {
        let Some(after) = self.stages.falls_to(rate) else {
            return inconclusive(format!(
                "the traffic never falls to {rate} after its highest rate of {}",
                self.stages.peak()
            ));
        };
        let fallen = self.begin + after;
        if fallen >= self.end {
            return inconclusive(format!("the load ended before it fell to {rate}"));
        }
        let earlier = self.history.between(self.begin, fallen);
        let most = earlier.iter().map(|own| own.ready).max().unwrap_or(0);
        if most <= instances {
            return inconclusive(format!(
                "there were never more than {}, so there was nothing to come back from",
                some(most)
            ));
        }
        let later = self.history.between(fallen, self.end);
        if let Some(low) = later.iter().find(|own| own.ready < instances) {
            return fail(format!(
                "only {} ready {} after the traffic fell to {rate}",
                some(low.ready),
                span(low.at.since(fallen))
            ));
        }
        if let Some(undead) = self.history.undead().first() {
            return fail(undead.to_string());
        }
        let off = later.iter().rposition(|own| own.ready != instances);
        let back = match off {
            None => Some(fallen),
            Some(last) => later.get(last + 1).map(|own| own.at),
        };
        let deadline = fallen + limit;
        let Some(back) = back else {
            let still = later.last().map_or(most, |own| own.ready);
            if self.end < deadline {
                return inconclusive(format!(
                    "the load ended {} after it fell to {rate}, before {} were over, with {} left",
                    span(self.end.since(fallen)),
                    asked(limit),
                    some(still)
                ));
            }
            return fail(format!(
                "still {} {} after the traffic fell to {rate}, {instances} asked for within {}",
                some(still),
                span(self.end.since(fallen)),
                asked(limit)
            ));
        };
        let held = self.end.since(back);
        let took = format!(
            "{} for good {} after the traffic fell to {rate}, {} asked for",
            some(instances),
            span(back.since(fallen)),
            asked(limit)
        );
        if back > deadline {
            return fail(took);
        }
        if held < self.hold {
            let to = self.end;
            return self.too_short(Served { from: back, to }, &took);
        }
        (Verdict::Pass, format!("{took}; held for {}", span(held)))
    }

    fn serves_from(&self, instances: u32) -> Answer {
        if let Some(why) = self.nobody_tells() {
            return inconclusive(why);
        }
        let spans = self.served(instances, self.begin);
        if let Some(longest) = spans.iter().max_by_key(|own| own.length()) {
            let told = format!("{} served at once", some(instances));
            if longest.length() < self.hold {
                // One that the end of the load cut off might have been longer.
                let cut = spans.iter().find(|own| own.to == self.end);
                return self.too_short(*cut.unwrap_or(longest), &told);
            }
            return self.shared(instances, &spans, &told);
        }
        let moments = self.history.moments().into_iter();
        let within = moments.filter(|moment| *moment <= self.end);
        let most = within.map(|moment| self.history.serving(moment)).max();
        let most = most.unwrap_or(0);
        let silent: Vec<String> = self
            .history
            .instances
            .iter()
            .filter(|(_, own)| own.ready.is_some() && own.first_answer.is_none())
            .map(|(id, _)| id.to_string())
            .collect();
        let silent = if silent.is_empty() {
            String::new()
        } else {
            format!("; called ready, but never answered: {}", silent.join(", "))
        };
        fail(format!(
            "{} served at once, at least {instances} asked for{silent}",
            at_most(most)
        ))
    }

    /// Whether each of `instances` had its share in one of `spans`. Who has just
    /// come may be given its share little by little.
    fn shared(&self, instances: u32, spans: &[Served], told: &str) -> Answer {
        let parts = spans.iter().flat_map(|own| own.parts(self.history));
        let judged = parts.filter_map(|part| {
            let (whole, later) = (part, part.later_half());
            let shares = whole.shares(self.history);
            let (verdict, why) = fair(&shares)?;
            let later = fair(&later.shares(self.history));
            let better = later.filter(|own| match verdict {
                Verdict::Pass => false,
                Verdict::Inconclusive => own.0 == Verdict::Pass,
                Verdict::Fail => true,
            });
            let (verdict, why) = better.unwrap_or((verdict, why));
            let answers: u64 = shares.iter().map(|own| own.answers).sum();
            Some((verdict == Verdict::Pass, answers, verdict, why))
        });
        let Some((.., verdict, why)) = judged.max_by_key(|own| (own.0, own.1)) else {
            return inconclusive(format!(
                "{told}; too few answers came to say whether each had its share, {FEWEST_ANSWERS} \
                 of each are needed"
            ));
        };
        let look = spans.iter().find_map(|own| {
            let fair = own.fair_from(self.history, instances)?;
            Some(fair.since(own.from))
        });
        let told = match (verdict, look) {
            (Verdict::Pass, Some(after)) => {
                format!("{told}, each with its share after {}", span(after))
            }
            (Verdict::Pass, None) => format!("{told}, each with its share"),
            _ => format!("{told}, but not each with its share"),
        };
        (verdict, format!("{told}: {why}"))
    }

    fn changes(&self, most: u32) -> Answer {
        let samples = self.samples();
        let ready: Vec<u32> = samples.iter().map(|own| own.ready).collect();
        let wanted: Vec<u32> = samples.iter().map(wanted).collect();
        let (turns, path) = [ready, wanted]
            .map(|counts| (runs(&counts), path(&counts)))
            .into_iter()
            .max_by_key(|(turns, _)| *turns)
            .unwrap_or_default();
        if turns == 0 && most > 0 {
            return inconclusive(format!(
                "there was {path} all the time, so nothing shows how the policy changes it"
            ));
        }
        let times = if turns == 1 { "time" } else { "times" };
        let told = format!("the number of instances changed {turns} {times} ({path})");
        if turns > most {
            return fail(format!("{told}, at most {most} asked for"));
        }
        (Verdict::Pass, told)
    }

    fn never_more(&self, most: u32) -> Answer {
        let of = |own: &Sample| (own.ready + own.starting).max(own.desired.unwrap_or(0));
        let samples = self.samples();
        let Some(highest) = samples.iter().max_by_key(|own| of(own)) else {
            return inconclusive("nobody told how many instances there were");
        };
        let told = format!("{}, ready or starting", at_most(of(highest)));
        if of(highest) > most {
            let at = span(highest.at.since(self.begin));
            return fail(format!(
                "{told}, {at} after the load began; never more than {most} asked for"
            ));
        }
        (Verdict::Pass, told)
    }

    fn never_fewer(&self, fewest: u32) -> Answer {
        let samples = self.samples();
        let Some(lowest) = samples.iter().min_by_key(|own| own.ready) else {
            return inconclusive("nobody told how many instances there were");
        };
        let told = format!("at least {} ready", some(lowest.ready));
        if lowest.ready < fewest {
            let at = span(lowest.at.since(self.begin));
            return fail(format!(
                "only {} ready {at} after the load began; never fewer than {fewest} asked for",
                some(lowest.ready)
            ));
        }
        (Verdict::Pass, told)
    }
}

fn at_most(count: impl TryInto<u64>) -> String {
    format!("at most {}", some(count))
}

/// How often a number grew or shrank, growing several times in a row being once.
fn runs(counts: &[u32]) -> u32 {
    let mut turns = 0;
    let mut last = None;
    for pair in counts.windows(2) {
        let direction = pair[1].cmp(&pair[0]);
        if direction.is_ne() && last != Some(direction) {
            turns += 1;
            last = Some(direction);
        }
    }
    turns
}

/// `1, 2, 4, 1`, each number once as long as it holds; shortened when it is long.
fn path(counts: &[u32]) -> String {
    let mut counts = counts.to_vec();
    counts.dedup();
    let (shown, rest) = counts.split_at(counts.len().min(20));
    let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
    let more = if rest.is_empty() { "" } else { ", ..." };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
