//! Traffic in stages: what rate is governed at what time.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::model::Rate;

/// Nanoseconds of a second, twice: what is due is counted in halves.
const TWO_SECONDS: u128 = 2_000_000_000;

/// The lowest rate.
const LEAST: Rate = Rate::per_second(1).unwrap();

/// A part of the load: a constant rate, or one that changes evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Transactions per second at its beginning.
    pub from: u32,
    /// Transactions per second at its end.
    pub to: u32,
    /// How long it lasts.
    pub lasting: Duration,
}

impl Stage {
    /// `rate` for `lasting`.
    pub const fn hold(rate: u32, lasting: Duration) -> Self {
        Self {
            from: rate,
            to: rate,
            lasting,
        }
    }

    /// From the rate `from` to the rate `to`, evenly over `lasting`.
    pub const fn ramp(from: u32, to: u32, lasting: Duration) -> Self {
        Self { from, to, lasting }
    }

    /// The highest rate of it.
    pub fn peak(&self) -> u32 {
        self.from.max(self.to)
    }

    /// Transactions per second, so long after its beginning.
    #[expect(clippy::cast_precision_loss, reason = "hours are exact enough")]
    pub fn rate_at(&self, after: Duration) -> f64 {
        let (from, to) = (f64::from(self.from), f64::from(self.to));
        let whole = self.lasting.as_nanos().max(1) as f64;
        let part = (after.as_nanos() as f64 / whole).clamp(0.0, 1.0);
        from + (to - from) * part
    }

    /// Twice what is due until `after`, in transactions times nanoseconds.
    fn doubled(&self, after: Duration) -> u128 {
        let after = after.min(self.lasting).as_nanos();
        let whole = self.lasting.as_nanos().max(1);
        let (from, to) = (u128::from(self.from), u128::from(self.to));
        // In two parts, because the square of a year in nanoseconds is large.
        let slope = |change: u128| {
            let changed = change * after;
            changed / whole * after + changed % whole * after / whole
        };
        let level = 2 * from * after;
        if to >= from {
            level + slope(to - from)
        } else {
            level.saturating_sub(slope(from - to))
        }
    }

    /// When it first reaches `rate` from below, or is there already.
    fn reaches(&self, rate: u32) -> Option<Duration> {
        if self.from >= rate {
            return Some(Duration::ZERO);
        }
        (self.to >= rate).then(|| part(self.lasting, rate - self.from, self.to - self.from))
    }

    /// When, from `after` on, it is first below `rate`.
    fn below(&self, rate: u32, after: Duration) -> Option<Duration> {
        if self.to >= self.from {
            return self
                .reaches(rate)
                .is_none_or(|at| after < at)
                .then_some(after);
        }
        let falls = self.falls_to(rate).filter(|_| self.to < rate)?;
        Some(falls.max(after))
    }

    /// When it first falls to `rate`, or is there already.
    fn falls_to(&self, rate: u32) -> Option<Duration> {
        if self.from <= rate {
            return Some(Duration::ZERO);
        }
        (self.to <= rate).then(|| part(self.lasting, self.from - rate, self.from - self.to))
    }
}

/// `some` of `all` parts of `whole`.
fn part(whole: Duration, some: u32, all: u32) -> Duration {
    let nanos = whole.as_nanos() * u128::from(some) / u128::from(all.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// `10 to 50 TPS for 20s`, or `50 TPS for 1m`.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from != self.to {
            write!(f, "{} to ", self.from)?;
        }
        let lasting = humantime::format_duration(self.lasting);
        write!(f, "{} TPS for {lasting}", self.to)
    }
}

/// In seconds.
impl Serialize for Stage {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut out = serializer.serialize_struct("Stage", 3)?;
        out.serialize_field("from_tps", &self.from)?;
        out.serialize_field("to_tps", &self.to)?;
        out.serialize_field("seconds", &self.lasting.as_secs_f64())?;
        out.end()
    }
}

/// Why stages are no traffic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StagesError {
    /// There are none.
    #[error("there is no stage; a stage is a row such as `| 10 to 50 | 20 s |`")]
    None,
    /// A stage takes no time.
    #[error("stage {number} ({stage}) takes no time; a step up or down needs no stage of its own")]
    NoTime {
        /// Which, from 1.
        number: usize,
        /// What it is.
        stage: Stage,
    },
    /// All rates are zero.
    #[error("no stage has a rate above 0")]
    NoTraffic,
    /// A spike is longer than the load, or comes after it.
    #[error(
        "the spike from {} to {} is not within the traffic, which lasts {}; give the traffic first, \
         and long enough",
        humantime::format_duration(*.begin),
        humantime::format_duration(*.end),
        humantime::format_duration(*.length)
    )]
    SpikeOutside {
        /// When it was to begin.
        begin: Duration,
        /// When it was to end.
        end: Duration,
        /// How long the traffic is.
        length: Duration,
    },
}

/// The stages of a load, one after another. At least one has a rate above zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Stages {
    stages: Vec<Stage>,
}

impl Stages {
    /// These stages, one after another.
    ///
    /// # Errors
    ///
    /// When there is none, one takes no time, or all are pauses.
    pub fn new(stages: Vec<Stage>) -> Result<Self, StagesError> {
        if stages.is_empty() {
            return Err(StagesError::None);
        }
        if let Some(at) = stages.iter().position(|stage| stage.lasting.is_zero()) {
            let (number, stage) = (at + 1, stages[at]);
            return Err(StagesError::NoTime { number, stage });
        }
        if stages.iter().all(|stage| stage.peak() == 0) {
            return Err(StagesError::NoTraffic);
        }
        Ok(Self { stages })
    }

    /// One stage of `rate`.
    pub fn constant(rate: Rate, lasting: Duration) -> Self {
        Self {
            stages: vec![Stage::hold(rate.tps(), lasting)],
        }
    }

    /// Each of them.
    pub fn all(&self) -> &[Stage] {
        &self.stages
    }

    /// Each of them with its beginning.
    pub fn timed(&self) -> impl Iterator<Item = (Duration, &Stage)> {
        self.stages.iter().scan(Duration::ZERO, |begin, stage| {
            let own = *begin;
            *begin += stage.lasting;
            Some((own, stage))
        })
    }

    /// How long all of them last.
    pub fn length(&self) -> Duration {
        self.stages.iter().map(|stage| stage.lasting).sum()
    }

    /// The highest rate.
    pub fn peak(&self) -> Rate {
        let peak = self.stages.iter().map(Stage::peak).max();
        peak.and_then(Rate::per_second).unwrap_or(LEAST)
    }

    /// Which stage it is so long after the beginning; the last one afterwards.
    pub fn index_at(&self, after: Duration) -> usize {
        let mut end = Duration::ZERO;
        let ends = |stage: &Stage| {
            end += stage.lasting;
            after < end
        };
        let found = self.stages.iter().position(ends);
        found.unwrap_or(self.stages.len() - 1)
    }

    /// The rate at a time after the beginning, in whole transactions per second
    /// and never less than one.
    pub fn governed_at(&self, after: Duration) -> Rate {
        Rate::per_second(nearest(self.rate_at(after))).unwrap_or(Rate::MIN)
    }

    /// The governed rate, so long after the beginning; zero after the end.
    pub fn rate_at(&self, after: Duration) -> f64 {
        let found = self
            .timed()
            .find(|(begin, stage)| after < *begin + stage.lasting);
        found.map_or(0.0, |(begin, stage)| {
            stage.rate_at(after.saturating_sub(begin))
        })
    }

    /// How many transactions are due until so long after the beginning, rounded
    /// to the nearest.
    pub fn due_until(&self, after: Duration) -> u64 {
        let doubled: u128 = self
            .timed()
            .take_while(|(begin, _)| *begin < after)
            .map(|(begin, stage)| stage.doubled(after.saturating_sub(begin)))
            .sum();
        u64::try_from((doubled + TWO_SECONDS / 2) / TWO_SECONDS).unwrap_or(u64::MAX)
    }

    /// The end of the stage that it is so long after the beginning; `None` in
    /// the last one.
    pub(super) fn border_after(&self, after: Duration) -> Option<Duration> {
        let ends = self.timed().map(|(begin, stage)| begin + stage.lasting);
        let length = self.length();
        ends.filter(|end| *end < length).find(|end| *end > after)
    }

    /// How long after the beginning `rate` is first reached.
    pub fn reaches(&self, rate: Rate) -> Option<Duration> {
        self.timed()
            .find_map(|(begin, stage)| Some(begin + stage.reaches(rate.tps())?))
    }

    /// How long after the beginning the rate is first below `rate`, `after` or later.
    pub fn below(&self, rate: Rate, after: Duration) -> Option<Duration> {
        let mut left = self
            .timed()
            .filter(|(begin, stage)| after < *begin + stage.lasting);
        left.find_map(|(begin, stage)| {
            Some(begin + stage.below(rate.tps(), after.saturating_sub(begin))?)
        })
    }

    /// How long after the beginning the rate first falls to `rate` after it was
    /// at its highest.
    pub fn falls_to(&self, rate: Rate) -> Option<Duration> {
        let peak = self.peak();
        if rate >= peak {
            return None;
        }
        let highest = self
            .stages
            .iter()
            .position(|stage| stage.peak() == peak.tps())?;
        self.timed()
            .enumerate()
            .skip(highest)
            // It was low before its highest, which does not count.
            .filter(|(at, (_, stage))| *at > highest || stage.from >= stage.to)
            .find_map(|(_, (begin, stage))| Some(begin + stage.falls_to(rate.tps())?))
    }

    /// The same stages, no rate above `ceiling`: a ramp that goes higher stays
    /// there meanwhile.
    #[must_use]
    pub fn capped(&self, ceiling: Rate) -> Self {
        let most = ceiling.tps();
        let mut stages = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let capped = Stage::ramp(stage.from.min(most), stage.to.min(most), stage.lasting);
            let crosses = (stage.from > most) != (stage.to > most);
            let over = if stage.from > most {
                stage.falls_to(most)
            } else {
                stage.reaches(most)
            };
            match over.filter(|_| crosses) {
                Some(at) if !at.is_zero() && at < stage.lasting => {
                    stages.push(Stage::ramp(capped.from, most, at));
                    let rest = stage.lasting.saturating_sub(at);
                    stages.push(Stage::ramp(most, capped.to, rest));
                }
                // All but an instant of it is above.
                Some(_) => stages.push(Stage::hold(most, stage.lasting)),
                None => stages.push(capped),
            }
        }
        Self { stages }
    }

    /// The same stages, ending after `longest`.
    #[must_use]
    pub fn cut(&self, longest: Duration) -> Self {
        let within = self.timed().take_while(|(begin, _)| *begin < longest);
        let stages = within
            .map(|(begin, stage)| stage.first(longest.saturating_sub(begin)))
            .collect();
        Self { stages }
    }

    /// `rate` instead of what there is from `begin` for `lasting`.
    ///
    /// # Errors
    ///
    /// When that is not within the stages.
    pub fn with_spike(
        &self,
        rate: Rate,
        begin: Duration,
        lasting: Duration,
    ) -> Result<Self, StagesError> {
        let (end, length) = (begin + lasting, self.length());
        if lasting.is_zero() || end > length {
            return Err(StagesError::SpikeOutside { begin, end, length });
        }
        let mut stages = Vec::new();
        if !begin.is_zero() {
            stages.extend(self.cut(begin).stages);
        }
        stages.push(Stage::hold(rate.tps(), lasting));
        for (own, stage) in self.timed() {
            if own + stage.lasting > end {
                stages.push(stage.without_first(end.saturating_sub(own)));
            }
        }
        Ok(Self { stages })
    }
}

impl Stage {
    /// Its first part, of this length at most.
    fn first(&self, length: Duration) -> Self {
        if length >= self.lasting {
            return *self;
        }
        Self::ramp(self.from, self.nearest_at(length), length)
    }

    /// What is left without the first part, of this length.
    fn without_first(&self, length: Duration) -> Self {
        Self::ramp(
            self.nearest_at(length),
            self.to,
            self.lasting.saturating_sub(length),
        )
    }

    fn nearest_at(&self, after: Duration) -> u32 {
        nearest(self.rate_at(after))
    }
}

/// The nearest whole number of transactions per second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between two rates, which are no less than zero"
)]
fn nearest(rate: f64) -> u32 {
    rate.round() as u32
}

/// `10 TPS for 20s, 10 to 50 TPS for 10s`
impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, stage) in self.stages.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{stage}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn rate(tps: u32) -> Rate {
        Rate::per_second(tps).unwrap()
    }

    fn stages(all: &[(u32, u32, u64)]) -> Stages {
        let stage = |&(from, to, lasting)| Stage::ramp(from, to, seconds(lasting));
        Stages::new(all.iter().map(stage).collect()).unwrap()
    }

    #[test]
    fn the_rate_is_below_another_from_a_moment_on() {
        let stages = stages(&[(10, 50, 10), (50, 50, 5), (50, 10, 10), (40, 40, 5)]);
        for (tps, after, expected) in [
            (40, 3, Some(3_000)),
            (30, 5, Some(20_000)),
            (50, 10, Some(15_000)),
            (40, 26, None),
            (41, 26, Some(26_000)),
        ] {
            let below = stages.below(rate(tps), seconds(after));
            assert_eq!(below, expected.map(Duration::from_millis), "{tps} {after}");
        }
    }

    #[test]
    fn rates_follow_the_stages() {
        let stages = stages(&[(10, 10, 20), (10, 50, 10), (50, 50, 60), (5, 5, 10)]);
        for (after, expected) in [
            (0, 10),
            (19, 10),
            (20, 10),
            (25, 30),
            (30, 50),
            (90, 5),
            (100, 0),
        ] {
            let governed = stages.rate_at(seconds(after));
            assert!(
                (governed - f64::from(expected)).abs() < 1e-9,
                "{after}: {governed}"
            );
        }
        assert_eq!(stages.length(), seconds(100));
        assert_eq!(stages.peak(), rate(50));
        assert_eq!(stages.due_until(seconds(100)), 200 + 300 + 3000 + 50);
        assert_eq!(stages.due_until(seconds(25)), 200 + 100);
        assert_eq!(stages.index_at(seconds(20)), 1);
        assert_eq!(stages.index_at(seconds(500)), 3);
        assert_eq!(
            stages.to_string(),
            "10 TPS for 20s, 10 to 50 TPS for 10s, 50 TPS for 1m, 5 TPS for 10s"
        );
    }

    #[test]
    fn when_a_rate_is_reached_and_left() {
        let stages = stages(&[
            (10, 10, 20),
            (10, 50, 10),
            (50, 50, 60),
            (50, 10, 8),
            (10, 10, 5),
        ]);
        for (tps, reached, fallen) in [
            (5, Some(0), None),
            (10, Some(0), Some(98_000)),
            (11, Some(20_250), Some(97_800)),
            (30, Some(25_000), Some(94_000)),
            (50, Some(30_000), None),
            (51, None, None),
        ] {
            let millis = |at: Option<u64>| at.map(Duration::from_millis);
            assert_eq!(stages.reaches(rate(tps)), millis(reached), "{tps}");
            assert_eq!(stages.falls_to(rate(tps)), millis(fallen), "{tps}");
        }
        let saw = super::tests::stages(&[(50, 50, 5), (5, 20, 5)]);
        assert_eq!(saw.falls_to(rate(10)), Some(seconds(5)));
    }

    #[test]
    fn what_is_no_traffic_is_refused() {
        assert_eq!(Stages::new(Vec::new()), Err(StagesError::None));
        let pauses = vec![Stage::hold(0, seconds(5))];
        assert_eq!(Stages::new(pauses), Err(StagesError::NoTraffic));
        let still = vec![Stage::hold(5, seconds(5)), Stage::hold(9, Duration::ZERO)];
        let why = Stages::new(still).unwrap_err().to_string();
        assert!(why.contains("stage 2 (9 TPS for 0s)"), "{why}");
    }

    #[test]
    fn a_ramp_above_the_ceiling_stays_there() {
        let capped = stages(&[(0, 100, 10), (100, 0, 10), (80, 90, 5)]).capped(rate(50));
        assert_eq!(
            capped,
            stages(&[
                (0, 50, 5),
                (50, 50, 5),
                (50, 50, 5),
                (50, 0, 5),
                (50, 50, 5)
            ])
        );
        let same = stages(&[(0, 50, 5), (50, 10, 5)]);
        assert_eq!(same.capped(rate(50)), same);
    }

    #[test]
    fn a_spike_replaces_what_there_is() {
        let base = Stages::constant(rate(5), seconds(60));
        let spiked = base.with_spike(rate(50), seconds(20), seconds(3)).unwrap();
        assert_eq!(spiked, stages(&[(5, 5, 20), (50, 50, 3), (5, 5, 37)]));
        let ends = base.with_spike(rate(50), seconds(0), seconds(60)).unwrap();
        assert_eq!(ends, stages(&[(50, 50, 60)]));
        let why = base
            .with_spike(rate(50), seconds(58), seconds(3))
            .unwrap_err();
        assert!(why.to_string().contains("from 58s to 1m 1s"), "{why}");
        let ramp = stages(&[(0, 40, 40)]);
        let spiked = ramp.with_spike(rate(99), seconds(10), seconds(10)).unwrap();
        assert_eq!(spiked, stages(&[(0, 10, 10), (99, 99, 10), (20, 40, 20)]));
    }

    fn any() -> impl Strategy<Value = Stages> {
        prop::collection::vec((0_u32..300, 0_u32..300, 1_u64..20_000), 1..8).prop_filter_map(
            "only pauses",
            |all| {
                let stage =
                    |(from, to, lasting)| Stage::ramp(from, to, Duration::from_millis(lasting));
                Stages::new(all.into_iter().map(stage).collect()).ok()
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_due_only_grows_and_never_faster_than_the_rate(
            stages in any(), moments in prop::collection::vec(0_u64..200_000, 2..40),
        ) {
            let mut moments = moments;
            moments.sort_unstable();
            for pair in moments.windows(2) {
                let [from, to] = [pair[0], pair[1]].map(Duration::from_millis);
                let due = stages.due_until(to).checked_sub(stages.due_until(from)).unwrap();
                let passed = to.saturating_sub(from).as_secs_f64();
                let most = f64::from(stages.peak().tps()) * passed + 1.0;
                let due = f64::from(u32::try_from(due).unwrap());
                prop_assert!(due <= most, "{due} of {most}");
            }
        }

        #[test]
        fn capped_and_cut_stages_keep_their_limits(
            stages in any(), ceiling in 1_u32..300, millis in 1_u64..100_000, at in 0_u64..100_000,
        ) {
            let at = Duration::from_millis(at);
            let capped = stages.capped(rate(ceiling));
            prop_assert_eq!(capped.length(), stages.length());
            prop_assert!(capped.peak().tps() <= ceiling);
            let expected = stages.rate_at(at).min(f64::from(ceiling));
            prop_assert!((capped.rate_at(at) - expected).abs() < 0.5);
            let longest = Duration::from_millis(millis);
            let cut = stages.cut(longest);
            prop_assert_eq!(cut.length(), stages.length().min(longest));
            if at < cut.length() {
                prop_assert!((cut.rate_at(at) - stages.rate_at(at)).abs() <= 0.5);
            }
        }
    }
}
