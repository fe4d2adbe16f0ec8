//! The campaign: the subject of steps about anything but the user.

use std::sync::Arc;
use std::time::Duration;

use crate::http::Selector;
use crate::load::{Stage, Stages, StagesError};
use crate::model::{Departure, HazardKind, Judgement, Place, Rate, Verdict, Visibility};
use crate::scaling::{EventKind, ScaleEvent, Trigger};

use super::failure::{StepFailure, StepResult};
use super::guarantees::{ID, ReadBack, with_plain_id};
use super::hazard_verdict;
use super::outcome::Outcome;
use super::pages::Pages;
use super::promises;
use super::settings::{CampaignSettings, Probing};
use super::tolerances::Tolerances;
use super::verdicts;

/// One scenario under load. Steps whose first argument is `&mut Campaign` run
/// once: `Given` and `When` before the load, `Then` after it.
#[derive(Debug, cucumber::World)]
#[world(init = Self::alone)]
pub struct Campaign {
    settings: CampaignSettings,
    outcome: Option<Arc<Outcome>>,
    step: Option<(String, Place)>,
    judgements: Vec<Judgement>,
    pub(super) tolerances: Tolerances,
}

impl Campaign {
    /// A campaign that starts from `settings`.
    pub(crate) fn new(settings: CampaignSettings) -> Self {
        Self {
            settings,
            outcome: None,
            step: None,
            judgements: Vec::new(),
            tolerances: Tolerances::default(),
        }
    }

    fn alone() -> Result<Self, StepFailure> {
        Err(StepFailure::new("campaigns are made by `fpt::main`"))
    }

    /// The step that speaks next.
    pub(crate) fn enter(&mut self, text: String, place: Place) {
        self.step = Some((text, place));
    }

    /// What the scenario has asked for so far.
    pub fn settings(&self) -> &CampaignSettings {
        &self.settings
    }

    /// Where the step stands that speaks now.
    pub(super) fn place(&self) -> Option<Place> {
        self.step.as_ref().map(|(_, place)| place.clone())
    }

    pub(crate) fn settings_mut(&mut self) -> &mut CampaignSettings {
        &mut self.settings
    }

    // ---- before the load ----

    /// So many users.
    ///
    /// # Errors
    ///
    /// For none.
    pub fn users(&mut self, users: u32) -> StepResult {
        if users == 0 {
            return Err(StepFailure::new("a campaign needs at least one user"));
        }
        self.settings.set_users(users);
        Ok(())
    }

    /// The users of an accounts file.
    pub fn accounts(&mut self, file: &str) {
        self.settings.accounts = Some(file.to_owned());
    }

    /// Traffic at `rate` for `duration`.
    pub fn traffic(&mut self, rate: Rate, duration: Duration) {
        self.settings.set_constant(rate, duration);
    }

    /// Traffic in stages, each with its rate at the beginning and at the end, and
    /// how long it lasts.
    ///
    /// # Errors
    ///
    /// When there is no stage, one takes no time, or all are pauses.
    pub fn stages(&mut self, stages: &[(u32, u32, Duration)]) -> StepResult {
        let stage = |&(from, to, lasting): &_| Stage::ramp(from, to, lasting);
        let stages = Stages::new(stages.iter().map(stage).collect())
            .map_err(|error| StepFailure::new(error.to_string()))?;
        self.settings.set_stages(&stages);
        Ok(())
    }

    /// Traffic at `rate` for `lasting`, so long `after` the load began, in place
    /// of what there is then.
    ///
    /// # Errors
    ///
    /// When there is no traffic at that time.
    pub fn spike(&mut self, rate: Rate, lasting: Duration, after: Duration) -> StepResult {
        self.settings
            .add_spike(rate, after, lasting)
            .map_err(|error| match error {
                StagesError::None => StepFailure::new(
                    "a spike needs traffic for a time, and every user does so many iterations",
                ),
                other => StepFailure::new(other.to_string()),
            })
    }

    /// Every user does so many iterations, instead of a load of some duration.
    pub fn iterations(&mut self, iterations: u32) {
        self.settings.set_iterations(iterations);
    }

    /// A pause between two iterations of a user.
    pub fn think_time(&mut self, pause: Duration) {
        self.settings.think_time = pause;
    }

    /// Users give up on `percent` of their requests some time `after` sending.
    ///
    /// # Errors
    ///
    /// When it is more than all of them.
    pub fn abandonment(&mut self, percent: f64, after: Duration) -> StepResult {
        self.abandon_at(percent, Departure::After(after))
    }

    /// Saved things of `kind` are listed by `GET path`, with their ids at `place`.
    /// With `eventual`, the service promises it only in the end.
    pub fn listed_by(&mut self, kind: &str, path: &str, place: Selector, eventual: bool) {
        self.add_read_back(kind, path, Some(place), eventual);
    }

    /// The list of saved things of `kind` goes on behind its first page.
    ///
    /// # Errors
    ///
    /// When no step before says how they are listed.
    pub fn list_goes_on(&mut self, kind: &str, pages: Pages) -> StepResult {
        let read_backs = &mut self.settings.guarantees.read_backs;
        let mut lists = read_backs
            .iter_mut()
            .filter(|own| own.kind == kind && own.listed.is_some());
        let Some(list) = lists.next_back() else {
            return Err(StepFailure::new(format!(
                "say first where they are: `saved \"{kind}\" are listed by GET \"…\" at …`"
            )));
        };
        list.pages = Some(pages);
        Ok(())
    }

    /// A saved thing of `kind` is read by `GET path`, with its id in the path.
    ///
    /// # Errors
    ///
    /// When the path has no place for the id.
    pub fn read_by(&mut self, kind: &str, path: &str, eventual: bool) -> StepResult {
        let path = with_plain_id(path);
        if path.matches(ID).count() != 1 {
            return Err(StepFailure::new(format!(
                "the path `{path}` needs `{ID}` where the id of one {kind} goes"
            )));
        }
        self.add_read_back(kind, &path, None, eventual);
        Ok(())
    }

    /// Nobody but the users raises the counter `name`: more than they asked for
    /// is too much.
    pub fn raised_by_users_only(&mut self, name: &str) {
        let counters = &mut self.settings.guarantees.users_only;
        counters.insert(name.to_owned());
    }

    fn add_read_back(&mut self, kind: &str, path: &str, listed: Option<Selector>, eventual: bool) {
        let nowhere = || (String::new(), Place::new("", 0));
        self.settings.guarantees.read_backs.push(ReadBack {
            kind: kind.to_owned(),
            path: path.to_owned(),
            listed,
            pages: None,
            eventual,
            step: self.step.clone().unwrap_or_else(nowhere),
        });
    }

    /// Who may see `fact`.
    pub fn share(&mut self, fact: &str, visibility: Visibility) {
        self.settings.sharing.insert(fact.to_owned(), visibility);
    }

    /// The first `users` users have `role`.
    ///
    /// # Errors
    ///
    /// For none.
    pub fn role(&mut self, users: u32, role: &str) -> StepResult {
        if users == 0 {
            return Err(StepFailure::new("a role needs at least one user"));
        }
        self.settings.roles.first.insert(role.to_owned(), users);
        Ok(())
    }

    /// Users with `role` may see `facts` of everybody, or of those of their own
    /// group.
    ///
    /// # Errors
    ///
    /// When no fact is named.
    pub fn allow_role(&mut self, role: &str, facts: &str, own_group: bool) -> StepResult {
        if super::roles::names_in(facts).next().is_none() {
            return Err(StepFailure::new("name the facts, such as \"member_id\""));
        }
        self.settings.roles.allow(role, facts, own_group);
        Ok(())
    }

    /// Where the step stands that is under way.
    pub(super) fn place_of_step(&self) -> Option<Place> {
        self.step.as_ref().map(|(_, place)| place.clone())
    }

    /// Users try to get at what others keep the ids of.
    pub fn probe_foreign_access(&mut self) {
        let (text, place) = self.step.clone().unzip();
        self.settings.probing = Some(Probing {
            text: text.unwrap_or_default(),
            place,
        });
    }

    /// Instances of the bundled service at the beginning.
    ///
    /// # Errors
    ///
    /// For none.
    pub fn instances(&mut self, instances: u32) -> StepResult {
        if instances == 0 {
            return Err(StepFailure::new("a service needs at least one instance"));
        }
        self.settings.instances = instances;
        Ok(())
    }

    /// Journeys that users draw from, with their weights.
    ///
    /// # Errors
    ///
    /// When there are none, or a weight is no positive number.
    pub fn journeys(&mut self, journeys: Vec<(String, u32)>) -> StepResult {
        if journeys.iter().all(|(_, weight)| *weight == 0) {
            return Err(StepFailure::new(
                "the table needs a row `| journey | weight |` with a weight above 0",
            ));
        }
        self.settings.journeys = journeys;
        self.settings.journeys_place = self.step.as_ref().map(|(_, place)| place.clone());
        Ok(())
    }

    /// Puts a scale event on the timeline; a duration as `trigger` counts from
    /// the beginning of the load.
    ///
    /// # Errors
    ///
    /// When it would leave no instance, or is about none.
    pub fn event(&mut self, kind: EventKind, trigger: impl Into<Trigger>) -> StepResult {
        if kind.desired() == Some(0) {
            return Err(StepFailure::new("at least one instance has to remain"));
        }
        if let EventKind::Kill { count: 0 } | EventKind::Hang { count: 0, .. } = kind {
            return Err(StepFailure::new("at least one instance has to be meant"));
        }
        let place = self.step.as_ref().map(|(_, place)| place.clone());
        self.settings.events.push(ScaleEvent {
            kind,
            trigger: trigger.into(),
            place,
        });
        Ok(())
    }

    // ---- after the load ----

    pub(crate) fn conclude(&mut self, outcome: Arc<Outcome>) {
        self.outcome = Some(outcome);
    }

    pub(crate) fn judgements(&self) -> &[Judgement] {
        &self.judgements
    }

    /// Whether a step says how saved things of `kind` are read back.
    pub(super) fn is_read_back(&self, kind: &str) -> bool {
        let read_backs = &self.settings.guarantees.read_backs;
        read_backs.iter().any(|own| own.kind == kind)
    }

    /// What the campaign came to.
    ///
    /// # Errors
    ///
    /// Before the load.
    pub fn outcome(&self) -> Result<&Arc<Outcome>, StepFailure> {
        self.outcome
            .as_ref()
            .ok_or_else(|| StepFailure::new("this can only be asked after the load: use `Then`"))
    }

    /// Asks a question of the outcome and notes the answer.
    ///
    /// # Errors
    ///
    /// When the answer is not a pass.
    pub fn judge(&mut self, question: impl FnOnce(&Outcome) -> (Verdict, String)) -> StepResult {
        let (verdict, reason) = question(self.outcome()?);
        let (text, place) = self.step.clone().unzip();
        self.judgements.push(Judgement {
            question: text.unwrap_or_default(),
            verdict,
            reason: reason.clone(),
            place,
        });
        match verdict {
            Verdict::Pass => Ok(()),
            Verdict::Fail => Err(StepFailure::new(reason)),
            Verdict::Inconclusive => Err(StepFailure::new(format!("INCONCLUSIVE: {reason}"))),
        }
    }

    /// No user saw another user's data.
    ///
    /// # Errors
    ///
    /// When one did, or too little was seen to say.
    pub fn judge_isolation(&mut self) -> StepResult {
        self.judge(verdicts::isolation)
    }

    /// No hazard was seen, of `kind` or of any.
    ///
    /// # Errors
    ///
    /// When one was, or too little was seen to say.
    pub fn judge_hazards(&mut self, kind: Option<HazardKind>) -> StepResult {
        let kinds = kind.map_or_else(|| HazardKind::ALL.to_vec(), |kind| vec![kind]);
        self.judge(|outcome| hazard_verdict::hazards(outcome, &kinds))
    }

    /// A swap is less likely than `share` percent, with `confidence` percent
    /// confidence.
    ///
    /// # Errors
    ///
    /// When there was a swap, or too few responses to say.
    pub fn judge_unlikely(&mut self, share: f64, confidence: f64) -> StepResult {
        self.judge(|outcome| verdicts::unlikely(outcome, share / 100.0, confidence / 100.0))
    }

    /// Every session survived.
    ///
    /// # Errors
    ///
    /// When one was lost, or there was none.
    pub fn judge_sessions(&mut self) -> StepResult {
        self.judge(verdicts::sessions)
    }

    /// Nothing that was acknowledged as a saved `kind` is lost.
    ///
    /// # Errors
    ///
    /// When something is, or too little was read back to say.
    pub fn judge_durability(&mut self, kind: &str) -> StepResult {
        let declared = self.is_read_back(kind);
        self.judge(|outcome| promises::durability(outcome, kind, declared))
    }

    /// Nothing of `kind` belongs to two users.
    ///
    /// # Errors
    ///
    /// When something did, or no two users wanted the same.
    pub fn judge_exclusivity(&mut self, kind: &str) -> StepResult {
        self.judge(|outcome| promises::exclusivity(outcome, kind))
    }

    /// Every user reads their own writes.
    ///
    /// # Errors
    ///
    /// When one did not, or nothing was read that was written.
    pub fn judge_own_writes(&mut self) -> StepResult {
        self.judge(promises::own_writes)
    }

    /// At most `percent` of transactions failed. Failed iterations up to that
    /// share are tolerated as well.
    ///
    /// # Errors
    ///
    /// When more did.
    pub fn judge_error_rate(&mut self, percent: f64) -> StepResult {
        self.tolerances.tolerate_errors(percent);
        self.judge(|outcome| verdicts::error_rate(outcome, percent))
    }

    /// `percent` percent of response times are at most `limit`, over all or
    /// for one route.
    ///
    /// # Errors
    ///
    /// When they are longer, or too few were measured.
    pub fn judge_percentile(
        &mut self,
        percent: f64,
        limit: Duration,
        route: Option<&str>,
        window: Option<&str>,
    ) -> StepResult {
        if (percent, route, window) == (90.0, None, None) {
            self.tolerances.slowest = Some(limit);
        }
        self.judge(|outcome| verdicts::percentile(outcome, percent, limit, route, window))
    }

    /// At least `rate` was reached.
    ///
    /// # Errors
    ///
    /// When it was less.
    pub fn judge_throughput(&mut self, rate: f64) -> StepResult {
        self.judge(|outcome| verdicts::throughput(outcome, rate))
    }

    /// The service reached `instances` instances within `limit` of being asked.
    ///
    /// # Errors
    ///
    /// When it did not, or the event did not provably happen.
    pub fn judge_reached(&mut self, instances: u32, limit: Duration) -> StepResult {
        self.judge(|outcome| verdicts::reached(outcome, instances, limit))
    }
}
