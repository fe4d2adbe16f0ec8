//! Whether an event provably happened: by what the control plane said, by what
//! it showed, and by what responses told.

use crate::model::InstanceId;

use super::EventKind;
use super::record::EventRecord;

/// What is less likely than this is not chance.
const CHANCE: f64 = 0.01;

/// Why an event is not proven.
type Doubt = String;

impl EventRecord {
    /// Why the event did not provably happen; `None` when it did.
    pub fn unproven(&self) -> Option<String> {
        self.prove().err()
    }

    fn prove(&self) -> Result<(), Doubt> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.settled.is_none() {
            return Err("the service did not become steady in time".to_owned());
        }
        if self.responses > 0 && self.telling == 0 && !matches!(self.kind, EventKind::NoOp) {
            return Err(
                "no response tells which instance answered: name the header that does by \
                 `instance.header`"
                    .to_owned(),
            );
        }
        match &self.kind {
            EventKind::ScaleOut { .. } | EventKind::Flap { .. } | EventKind::PolicyOut { .. } => {
                self.came()
            }
            EventKind::ScaleIn { .. } | EventKind::PolicyIn { .. } => self.went(),
            EventKind::Kill { count } => self.lost(*count as usize),
            EventKind::ZoneLoss { .. } => self.lost(self.victims.len()),
            EventKind::RollingReplace => self.replaced(),
            EventKind::AllDown { .. } => self.was_down(),
            EventKind::Hang { count, .. } => self.hung(*count as usize),
            EventKind::Restart { part } => self.restarted(part),
            EventKind::NoOp => self.stayed(),
        }
    }

    /// New instances are there, and each of them answered.
    fn came(&self) -> Result<(), Doubt> {
        let new = self.new_instances().len();
        if new == 0 {
            return Err("no new instance appeared".to_owned());
        }
        let silent = self.silent_new();
        if silent.len() == new {
            return Err("no response came from a new instance".to_owned());
        }
        if !silent.is_empty() {
            return Err(format!(
                "{} of {new} new instances did not answer while it was looked: {}; with so few \
                 requests it may take longer",
                silent.len(),
                names(silent)
            ));
        }
        Ok(())
    }

    /// New instances that have not answered.
    fn silent_new(&self) -> Vec<&InstanceId> {
        let answered = |id: &&InstanceId| self.new_answered.iter().any(|own| own.is_same(id));
        let new = self.new_instances().into_iter();
        new.filter(|id| !answered(id)).collect()
    }

    /// Instances that had answered are gone and silent, others answer.
    fn went(&self) -> Result<(), Doubt> {
        if self.removed_instances().is_empty() {
            return Err("no instance was removed".to_owned());
        }
        if self.gone_answered_before.is_empty() {
            return Err("none of the removed instances was ever seen to answer".to_owned());
        }
        self.silence()
    }

    /// Exactly `count` instances went, all of which had answered.
    fn lost(&self, count: usize) -> Result<(), Doubt> {
        let removed = self.removed_instances();
        if count == 0 {
            return Err("nothing was selected".to_owned());
        }
        if removed.is_empty() {
            return Err("no instance went away".to_owned());
        }
        if removed.len() != count {
            return Err(format!(
                "{} instances went away ({}), {count} were to go",
                removed.len(),
                names(removed.iter().copied())
            ));
        }
        if let Some(other) = removed.iter().find(|id| !self.is_victim(id)) {
            return Err(format!(
                "{other} went away, but the control plane had taken {}",
                names(&self.victims)
            ));
        }
        self.known(removed.iter().copied())?;
        self.silence()
    }

    /// No instance of before is left, and all new ones answered.
    fn replaced(&self) -> Result<(), Doubt> {
        let left: Vec<_> = self.before.iter().filter(|id| self.is_left(id)).collect();
        if !left.is_empty() {
            return Err(format!("not replaced: {}", names(left)));
        }
        let silent = self.silent_new();
        if self.after.is_empty() || !silent.is_empty() {
            return Err(format!(
                "no response came from the new instances {}",
                names(silent)
            ));
        }
        self.known(self.before.iter())?;
        self.silence()
    }

    /// Nobody answered in the outage, and somebody else does now.
    fn was_down(&self) -> Result<(), Doubt> {
        self.held("anybody")?;
        let told = |id: &&InstanceId| !id.incarnation.is_empty();
        let mut survivors = self.before.iter().filter(told);
        if let Some(left) = survivors.find(|id| self.after.contains(id)) {
            return Err(format!("{left} was never stopped"));
        }
        if self.answers_after == 0 {
            return Err("no response came afterwards".to_owned());
        }
        Ok(())
    }

    /// The victims had answered before, and did not while they hung.
    fn hung(&self, count: usize) -> Result<(), Doubt> {
        if self.victims.is_empty() {
            return Err("the control plane does not tell which instances hang".to_owned());
        }
        if self.victims.len() != count {
            return Err(format!(
                "{} instances hung, {count} were to hang",
                self.victims.len()
            ));
        }
        self.known(self.victims.iter())?;
        self.held("a hanging instance")?;
        self.missed()?;
        if self.answers_after == 0 {
            return Err("no response came afterwards".to_owned());
        }
        Ok(())
    }

    /// Requests met who hung: some were not answered while it lasted, or so
    /// many were answered by others that chance does not explain it.
    fn missed(&self) -> Result<(), Doubt> {
        let Some(hold) = &self.hold else {
            return Ok(());
        };
        if hold.unanswered > 0 {
            return Ok(());
        }
        #[expect(clippy::cast_precision_loss, reason = "instances are few")]
        let share = self.victims.len() as f64 / self.before.len().max(1) as f64;
        let others = i32::try_from(hold.others).unwrap_or(i32::MAX);
        let by_chance = (1.0 - share).max(0.0).powi(others);
        if by_chance < CHANCE {
            return Ok(());
        }
        Err(format!(
            "no request was left without an answer while it lasted, and {others} answers of others \
             are too few to tell that {} gave none",
            names(&self.victims)
        ))
    }

    /// What is behind the instances says nothing in responses: the control
    /// plane has to prove it.
    fn restarted(&self, part: &str) -> Result<(), Doubt> {
        match &self.receipt.lives {
            Some(lives) if lives.was.is_empty() || lives.is.is_empty() => {
                return Err(format!(
                    "the control plane does not tell {part} before from {part} after the restart"
                ));
            }
            Some(lives) if lives.was == lives.is => {
                return Err(format!(
                    "{part} is the same as before, by the control plane's word ({})",
                    lives.is
                ));
            }
            Some(_) => {}
            None => {
                return Err(format!(
                    "the control plane gives no proof that {part} was restarted: it has to tell \
                     what it `was` and what it `is`"
                ));
            }
        }
        if self.answers_after == 0 {
            return Err("no response came afterwards".to_owned());
        }
        Ok(())
    }

    fn stayed(&self) -> Result<(), Doubt> {
        let (came, went) = (self.new_instances(), self.removed_instances());
        if self.unquiet || !came.is_empty() || !went.is_empty() {
            let what = names(came.into_iter().chain(went));
            return Err(format!(
                "instances came or went though nothing was asked for{}",
                if what.is_empty() {
                    String::new()
                } else {
                    format!(": {what}")
                }
            ));
        }
        Ok(())
    }

    /// Requests were sent in the time in which they were not to be answered by
    /// `whom`, and were not.
    fn held(&self, whom: &str) -> Result<(), Doubt> {
        let Some(hold) = self.hold.filter(|hold| hold.until.is_some()) else {
            return Err("it did not last".to_owned());
        };
        if hold.tried == 0 {
            return Err("nothing was sent while it lasted".to_owned());
        }
        if hold.answered > 0 {
            return Err(format!(
                "{} responses came from {whom} while it lasted",
                hold.answered
            ));
        }
        Ok(())
    }

    fn silence(&self) -> Result<(), Doubt> {
        if self.answers_from_gone > 0 {
            return Err(format!(
                "{} responses came from removed instances afterwards",
                self.answers_from_gone
            ));
        }
        if self.answers_after == 0 {
            return Err("no response came afterwards".to_owned());
        }
        Ok(())
    }

    /// All of `instances` had answered before.
    fn known<'a>(&self, instances: impl Iterator<Item = &'a InstanceId>) -> Result<(), Doubt> {
        let seen = |id: &&InstanceId| self.answered_before.iter().any(|own| own.is_same(id));
        let unknown: Vec<_> = instances.filter(|id| !seen(id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(format!("never seen to answer before: {}", names(unknown)))
    }

    fn is_victim(&self, id: &InstanceId) -> bool {
        self.victims.is_empty() || self.victims.iter().any(|own| own.is_same(id))
    }

    fn is_left(&self, id: &InstanceId) -> bool {
        self.after.iter().any(|own| own.is_same(id))
    }
}

fn names<'a>(instances: impl IntoIterator<Item = &'a InstanceId>) -> String {
    let names: Vec<String> = instances.into_iter().map(ToString::to_string).collect();
    names.join(", ")
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
