//! Runs made by hand, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::campaign::{Outcome, RunEvent};
use crate::config::{Profile, Sources};
use crate::model::{
    Finding, Hazard, HazardKind, Judgement, Origin, Passage, RequestId, Rule, RunTag, SeenHazard,
    Spot, StepRef, UserId, ValueHasher, Verdict, Visibility,
};
use crate::oracle::{Incident, Judge, JudgeSettings, Observation, Sighting};

pub(super) use crate::campaign::fixture::{at, place};

use super::RunSummary;

pub(super) const TAG: RunTag = RunTag(0x1f3a);

pub(super) const JUDGE: JudgeSettings = JudgeSettings {
    tag: TAG,
    session_expires: Some(Duration::from_millis(1_800_500)),
    findings_before: 0,
    incidents_before: 0,
};

pub(super) fn began() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_795_318_212_400)
}

fn id(user: u32, number: u64) -> RequestId {
    RequestId::new(TAG, UserId(user), number)
}

/// `user` got their own profile.
pub(super) fn seen(user: u32, number: u64) -> Observation {
    Observation {
        request: id(user, number),
        user: UserId(user),
        session: 0,
        iteration: 1,
        step: Arc::new(StepRef {
            scenario: "Booking".into(),
            text: "When the user sends GET \"/me\"".into(),
            place: place(14),
        }),
        hop: 0,
        route: "GET /me".to_owned(),
        url_hash: None,
        due: at(3_200),
        sent: at(3_214),
        first_byte: Some(at(3_250)),
        done: at(3_260),
        status: Some(200),
        bytes: 512,
        error: None,
        outcome: crate::model::Outcome::Ok,
        instance: Some(crate::model::InstanceId {
            name: "n1".to_owned(),
            incarnation: "3f2a".to_owned(),
        }),
        window: "during".to_owned(),
        signed_in: true,
        signs_in: false,
        signs_out: false,
        denial_expected: false,
        anonymous_expected: false,
        denied: false,
        anonymous: false,
        cut: false,
        unreadable: false,
        skipped_layers: 0,
        partly_unseen: false,
        own_sightings: 1,
        sightings: Vec::new(),
        identities: Vec::new(),
        echo: None,
        echo_header: None,
        carried: Vec::new(),
        issued: Vec::new(),
        probed: None,
        probe: None,
        dealings: None,
        hazards: Vec::new(),
        told: 1,
        open_to_all: false,
        shareable: false,
        from_cache: false,
        keeps_cookies: false,
        by_cookies_alone: false,
        provocations: Vec::new(),
    }
}

/// `user` got the e-mail address of `owner`.
pub(super) fn swapped(user: u32, owner: u32, number: u64) -> Observation {
    let mut observation = seen(user, number);
    observation.sightings.push(Sighting {
        owner: UserId(owner),
        fact: "email".into(),
        visibility: Visibility::Private,
        origin: Origin::Generated,
        spot: Spot::Json("$['email']".to_owned()),
        hash: ValueHasher::new([7; 32]).hash("anna@example.test"),
        preview: "a…t (23)".to_owned(),
        owner_in_flight: vec![Passage {
            request: id(owner, number + 1),
            route: "GET /me".to_owned(),
            place: place(14),
            sent: at(3_214),
            done: None,
            instance: None,
        }],
        lesson: None,
        shared: Vec::new(),
        holders: 0,
        sent_before: None,
    });
    observation
}

/// A weakness of `GET /me`.
pub(super) fn hazard() -> Hazard {
    let mut observation = seen(3, 1);
    observation.hazards = vec![
        SeenHazard::new(
            HazardKind::CacheablePrivateResponse,
            "a shared cache may keep it",
        )
        .at(Spot::Header("cache-control".to_owned())),
    ];
    let mut judge = Judge::new(JUDGE);
    judge.judge(&observation);
    judge.judge(&observation);
    judge.hazards().remove(0)
}

/// What a campaign tells that makes these observations.
pub(super) fn tell(recorder: &dyn crate::campaign::Recorder, observations: &[Observation]) {
    recorder.record(&RunEvent::CampaignStarted {
        scenario: "Booking",
        place: &place(12),
        number: (1, 1),
        judge: &JUDGE,
        load: "50 users, 50 TPS, for 20s",
        notes: &[],
    });
    let mut judge = Judge::new(JUDGE);
    for observation in observations {
        let findings = judge.judge(observation);
        recorder.record(&RunEvent::Judged {
            observation,
            findings: &findings,
        });
    }
}

pub(super) fn findings(observations: &[Observation]) -> Vec<Finding> {
    let mut judge = Judge::new(JUDGE);
    observations
        .iter()
        .flat_map(|observation| judge.judge(observation))
        .collect()
}

pub(super) fn incidents(observations: &[Observation]) -> Vec<Incident> {
    let mut judge = Judge::new(JUDGE);
    for observation in observations {
        judge.judge(observation);
    }
    judge.incidents()
}

/// An outcome with a hundred transactions and these findings.
pub(super) fn outcome(findings: Vec<Finding>) -> Outcome {
    let mut violations: BTreeMap<Rule, u64> = BTreeMap::new();
    for finding in &findings {
        *violations.entry(finding.rule).or_default() += 1;
    }
    let verdict = if findings.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let mut outcome = crate::campaign::fixture::outcome();
    outcome.verdict = verdict;
    outcome.judgements = vec![
        judgement("the load was applied", Verdict::Pass, "49.90 of 50 TPS"),
        judgement(
            "no user sees another user's data",
            verdict,
            "what it rests on",
        ),
    ];
    outcome.violations = violations;
    outcome.findings = findings;
    outcome
}

pub(super) fn judgement(question: &str, verdict: Verdict, reason: &str) -> Judgement {
    Judgement {
        question: question.to_owned(),
        verdict,
        reason: reason.to_owned(),
        place: None,
    }
}

pub(super) fn profile() -> Profile {
    crate::config::load(Sources::default()).unwrap()
}

pub(super) fn summary(outcomes: Vec<Outcome>) -> RunSummary {
    let verdict = Verdict::all(outcomes.iter().map(|outcome| outcome.verdict));
    RunSummary {
        run_id: "2026-11-22T03-30-12Z-1f3a".to_owned(),
        began: began(),
        profile: Arc::new(profile()),
        config: None,
        outcomes,
        verdict,
        exit_code: if verdict == Verdict::Pass { 0 } else { 4 },
        interrupted: false,
        trouble: None,
    }
}
