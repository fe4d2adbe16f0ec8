//! The judge: rules applied to observations, one after another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::{
    Coverage, Endpoint, Finding, Followed, Hazard, Invocation, Passage, RequestId, Rule, RunTag,
    UserId, ValueHash, Witness,
};

use super::consistency::{Consistency, Contradiction};
use super::hazards::HazardTally;
use super::hazards::missing_vary::SharedUrls;
use super::hazards::session_fixation::KeptSessions;
use super::incidents::{Gathering, Incident};
use super::observation::{Echo, Observation};
use super::overlaps::Overlaps;
use super::provocations::Provocations;
use super::rules;

/// Passages that are remembered of each user, for the owner's timeline.
const REMEMBERED: usize = 16;

/// Findings of one rule that are written out; further ones are only counted.
pub(super) const MOST_FINDINGS: u64 = 1_000;

/// What judging depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JudgeSettings {
    /// Marks the request ids of this run.
    pub tag: RunTag,
    /// How long a session lasts, as the profile declares; losing it later is
    /// no finding.
    pub session_expires: Option<std::time::Duration>,
    /// Findings of earlier campaigns of the run: numbers go on from there.
    pub findings_before: u64,
    /// Incidents of earlier campaigns of the run.
    #[serde(default)]
    pub incidents_before: u64,
}

/// Applies the rules. Its state is what the observations so far have told.
#[derive(Debug)]
pub struct Judge {
    pub(super) settings: JudgeSettings,
    /// Who was given each session credential.
    pub(super) holders: BTreeMap<ValueHash, BTreeSet<UserId>>,
    /// Who holds which of them as a visitor only.
    pub(super) visitors: rules::session_swap::Visitors,
    /// The different values that credentials of each name have had.
    pub(super) values: BTreeMap<String, BTreeSet<ValueHash>>,
    /// The names of those that nobody named and that only look like one.
    pub(super) guesses: BTreeMap<ValueHash, String>,
    /// When each user's session began.
    pub(super) sessions: BTreeMap<(UserId, u32), SessionState>,
    consistency: Consistency,
    recent: BTreeMap<UserId, VecDeque<Passage>>,
    users: BTreeSet<UserId>,
    coverage: Coverage,
    overlaps: Overlaps,
    counts: BTreeMap<Rule, u64>,
    numbered: u64,
    pub(super) hazards: HazardTally,
    /// Credentials that were signed out.
    pub(super) signed_out: rules::session_outlived::SignedOut,
    provoked: Provocations,
    shared_urls: SharedUrls,
    kept_sessions: KeptSessions,
    gathering: Gathering,
}

/// What is known about one session of one user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SessionState {
    pub(super) began: Option<crate::model::Timestamp>,
    pub(super) ended: bool,
    pub(super) lost: bool,
}

/// A violation before it has a number and a witness.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) rule: Rule,
    pub(super) owner: Option<UserId>,
    pub(super) message: String,
    /// Index of the sighting it rests on, if it rests on one.
    pub(super) sighting: Option<usize>,
    /// Index of the identity reading it rests on, if it rests on one.
    pub(super) identity: Option<usize>,
}

impl Judge {
    /// A judge who has seen nothing yet.
    pub fn new(settings: JudgeSettings) -> Self {
        Self {
            numbered: settings.findings_before,
            settings,
            holders: BTreeMap::new(),
            visitors: rules::session_swap::Visitors::default(),
            values: BTreeMap::new(),
            guesses: BTreeMap::new(),
            sessions: BTreeMap::new(),
            consistency: Consistency::default(),
            recent: BTreeMap::new(),
            users: BTreeSet::new(),
            coverage: Coverage::default(),
            overlaps: Overlaps::default(),
            counts: BTreeMap::new(),
            hazards: HazardTally::default(),
            signed_out: rules::session_outlived::SignedOut::default(),
            provoked: Provocations::default(),
            shared_urls: SharedUrls::default(),
            kept_sessions: KeptSessions::default(),
            gathering: Gathering::new(),
        }
    }

    /// Judges one observation. The findings follow from this and the earlier
    /// observations alone.
    pub fn judge(&mut self, observation: &Observation) -> Vec<Finding> {
        self.count(observation);
        let mut violations = Vec::new();
        rules::session_swap::issued(self, observation, &mut violations);
        rules::session_swap::used(self, observation, &mut violations);
        rules::access_granted::judge(observation, &mut violations);
        rules::foreign_data::judge(self, observation, &mut violations);
        rules::unknown_identity::judge(observation, &mut violations);
        rules::wrong_response::judge(self, observation, &mut violations);
        rules::session_lost::judge(self, observation, &mut violations);
        rules::session_outlived::judge(self, observation, &mut violations);
        let mut findings: Vec<Finding> = violations
            .into_iter()
            .filter_map(|violation| self.finding(violation, observation))
            .collect();
        for contradiction in self.consistency.observe(observation) {
            findings.extend(self.contradicted(contradiction, observation));
        }
        let provoked = self.provoked.concerning(observation);
        self.gathering.take(observation, &findings, &provoked);
        self.note_hazards(observation);
        self.provoked.remember(observation);
        self.remember(observation);
        findings
    }

    /// The weaknesses that were seen so far, by kind and route.
    pub fn hazards(&self) -> Vec<Hazard> {
        self.hazards.all()
    }

    /// Those of this response, and those that show in several.
    fn note_hazards(&mut self, seen: &Observation) {
        let of_several = [self.shared_urls.judge(seen), self.kept_sessions.judge(seen)];
        for hazard in seen.hazards.iter().chain(of_several.iter().flatten()) {
            self.hazards.add(hazard, seen);
        }
    }

    /// Takes note of a request that is about to be sent.
    pub fn invoked(&mut self, coming: &Invocation) {
        self.consistency.invoked(coming);
    }

    /// Whether `user` has anything of `kind` that has to be read back.
    pub fn is_owed(&self, kind: &str, user: UserId) -> bool {
        self.consistency.is_owed(kind, user)
    }

    /// Whether what is called `name`, as `user` sees it, has to be read back.
    pub fn is_unread(&self, followed: Followed, name: &str, user: UserId) -> bool {
        self.consistency.is_unread(followed, name, user)
    }

    /// What was checked so far; facts and overlaps are known elsewhere.
    pub fn coverage(&self) -> Coverage {
        Coverage {
            consistency: self.consistency.coverage(),
            ..self.coverage.clone()
        }
    }

    /// A guarantee that was not kept, told with the read that shows it and the
    /// write that it should have shown.
    fn contradicted(&mut self, found: Contradiction, seen: &Observation) -> Option<Finding> {
        let violation = Violation {
            rule: found.rule,
            owner: found.owner,
            message: found.message,
            sighting: None,
            identity: None,
        };
        let mut finding = self.finding(violation, found.read.as_deref().unwrap_or(seen))?;
        finding.witness.write = found.write;
        Some(finding)
    }

    /// What was seen so far of each route at each instance.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        self.overlaps.endpoints()
    }

    /// The number of the last finding.
    pub fn numbered(&self) -> u64 {
        self.numbered
    }

    /// What the findings so far have in common.
    pub fn incidents(&self) -> Vec<Incident> {
        self.gathering
            .incidents(self.settings.incidents_before, &self.counts)
    }

    /// How many violations of each rule there were, those beyond the limit of
    /// written findings included.
    pub fn counts(&self) -> &BTreeMap<Rule, u64> {
        &self.counts
    }

    fn count(&mut self, observation: &Observation) {
        self.users.insert(observation.user);
        let telling = tells(observation);
        self.overlaps.take(observation, telling);
        let coverage = &mut self.coverage;
        coverage.telling += u64::from(telling);
        coverage.users = self.users.len() as u64;
        coverage.exchanges += 1;
        coverage.responses += u64::from(observation.status.is_some());
        coverage.own_sightings += u64::from(observation.own_sightings);
        coverage.identities += observation.identities.len() as u64;
        coverage.echoes += u64::from(tells_by_echo(observation));
        coverage.probes += u64::from(observation.denial_expected);
        coverage.cut_bodies += u64::from(observation.cut);
        coverage.unreadable_bodies += u64::from(observation.unreadable);
        coverage.credentials = self
            .values
            .values()
            .map(|own| own.len() as u64)
            .max()
            .unwrap_or(0);
        coverage.skipped_layers += u64::from(observation.skipped_layers);
        coverage.partly_unseen += u64::from(observation.partly_unseen);
        for what in observation
            .provocations
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
        {
            *coverage.provoked.entry(what).or_default() += 1;
        }
    }

    fn finding(&mut self, violation: Violation, seen: &Observation) -> Option<Finding> {
        let count = self.counts.entry(violation.rule).or_default();
        *count += 1;
        if *count > MOST_FINDINGS {
            return None;
        }
        self.numbered += 1;
        let sighting = violation.sighting.and_then(|at| seen.sightings.get(at));
        let identity = violation.identity.and_then(|at| seen.identities.get(at));
        Some(Finding {
            number: self.numbered,
            rule: violation.rule,
            user: seen.user,
            owner: violation.owner,
            message: violation.message,
            witness: Witness {
                request: seen.request,
                traceparent: seen.request.traceparent(),
                route: seen.route.clone(),
                status: seen.status,
                step: std::sync::Arc::clone(&seen.step),
                iteration: seen.iteration,
                hop: seen.hop,
                sent: seen.sent,
                done: seen.done,
                instance: seen.instance.clone(),
                window: seen.window.clone(),
                fact: sighting
                    .map(|s| std::sync::Arc::clone(&s.fact))
                    .or_else(|| identity.map(|i| std::sync::Arc::clone(&i.fact))),
                spot: sighting
                    .map(|s| s.spot.clone())
                    .or_else(|| identity.map(|i| i.spot.clone()))
                    .or_else(|| rules::wrong_response::spot(violation.rule, seen)),
                value_hash: sighting.map(|s| s.hash).or(identity.map(|i| i.hash)),
                value_preview: sighting
                    .map(|s| s.preview.clone())
                    .or_else(|| identity.map(|i| i.preview.clone())),
                held_private: sighting
                    .map(|sighting| rules::foreign_data::held_private(sighting, seen.user)),
                write: None,
                overlapping: self.overlapping(violation.owner, sighting, seen),
                provoked: self.provoked.concerning(seen),
            },
        })
    }

    /// The owner's requests that overlapped: those remembered, and those under
    /// way when the response was looked at.
    fn overlapping(
        &self,
        owner: Option<UserId>,
        sighting: Option<&super::Sighting>,
        seen: &Observation,
    ) -> Vec<Passage> {
        let remembered = owner
            .filter(|owner| *owner != seen.user)
            .and_then(|owner| self.recent.get(&owner))
            .into_iter()
            .flatten();
        let under_way = sighting.into_iter().flat_map(|s| &s.owner_in_flight);
        let mut overlapping: Vec<Passage> = Vec::new();
        for passage in remembered.chain(under_way) {
            let known = overlapping.iter().any(|p| p.request == passage.request);
            if passage.overlaps(seen.sent, seen.done) && !known {
                overlapping.push(passage.clone());
            }
        }
        overlapping
    }

    fn remember(&mut self, seen: &Observation) {
        let recent = self.recent.entry(seen.user).or_default();
        if recent.len() == REMEMBERED {
            recent.pop_front();
        }
        recent.push_back(Passage {
            request: seen.request,
            route: seen.route.clone(),
            place: seen.step.place.clone(),
            sent: seen.sent,
            done: Some(seen.done),
            instance: seen.instance.clone(),
        });
    }

    /// Whether `id` is remembered as a request for something else than this.
    /// No cache would answer with that.
    pub(super) fn was_for_something_else(&self, id: RequestId, route: &str) -> bool {
        self.recent
            .get(&id.user())
            .into_iter()
            .flatten()
            .any(|passage| passage.request == id && passage.route != route)
    }

    /// Whether the response issues a credential that `owner` was given.
    pub(super) fn was_given_credential_of(&self, seen: &Observation, owner: UserId) -> bool {
        seen.issued.iter().any(|credential| {
            self.holders
                .get(&credential.hash)
                .is_some_and(|held| held.contains(&owner))
        })
    }

    /// Whether `user` and `owner` were given the same credential, and the
    /// request carried it.
    pub(super) fn shares_credential(&self, seen: &Observation, owner: UserId) -> bool {
        seen.carried.iter().any(|hash| {
            let held = self.holders.get(hash);
            held.is_some_and(|held| held.contains(&owner)) && self.knows_by(*hash, owner)
        })
    }

    /// Whether a credential tells the service who `user` is. What is only taken
    /// for one and is the same for everybody, or for visitors, does not.
    pub(super) fn knows_by(&self, hash: ValueHash, user: UserId) -> bool {
        let varies = self.guesses.get(&hash).is_none_or(|name| {
            let values = self.values.get(name);
            values.is_some_and(|own| own.len() > 1)
        });
        varies && !self.visitors.has(hash, user)
    }
}

/// Whether the response tells whose it is. One that does not would not give a
/// swap away, so that it counts for nothing.
fn tells(seen: &Observation) -> bool {
    seen.status.is_some()
        && (seen.own_sightings > 0
            || !seen.sightings.is_empty()
            || !seen.identities.is_empty()
            || tells_by_echo(seen))
}

/// A page from a cache for everybody is nobody's.
fn tells_by_echo(seen: &Observation) -> bool {
    matches!(seen.echo, Some(Echo::Own | Echo::Another(_)))
}

/// The request whose id the response echoes, when it is another's.
pub(super) fn another(seen: &Observation) -> Option<RequestId> {
    match seen.echo {
        Some(Echo::Another(id) | Echo::Cached(id)) => Some(id),
        Some(Echo::Own) | None => None,
    }
}
