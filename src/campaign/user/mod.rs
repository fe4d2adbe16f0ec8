//! The virtual user: the subject of journey steps.
//!
//! What the engine does with a user is in `leading`, what steps do is in the
//! other files.

mod amounts;
mod anonymous;
mod coining;
mod dealing;
mod expecting;
mod keeping;
mod keyed;
mod leading;
mod learning;
mod listening;
mod outliving;
mod probing;
mod provoking;
mod reading_anew;
mod reading_back;
mod rendering;
mod sending;
mod session;
mod sharing;
mod twins;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::campaign::context::CampaignContext;
use crate::campaign::failure::StepFailure;
use crate::campaign::guarantees::{Foretold, Reading};
use crate::campaign::request::Request;
use crate::campaign::template::{Identity, Kept};
use crate::http::Session;
use crate::model::{Credential, Exchange, Received, StepRef, UserId};
use crate::population::Person;

use outliving::{OldSession, Telling};

/// A tagged virtual user: an account, a session, and what they keep. Steps
/// whose first argument is `&mut VirtualUser` run for every user.
#[derive(cucumber::World)]
#[world(init = Self::alone)]
pub struct VirtualUser {
    person: Arc<Person>,
    context: Arc<CampaignContext>,
    rng: ChaCha8Rng,
    shared_client: Option<reqwest::Client>,
    sides: Vec<Side>,
    active: usize,
    session: u32,
    next_session: u32,
    iteration: u32,
    establishing: bool,
    step: Arc<StepRef>,
    learned: Arc<Kept>,
    /// What is learned once the last response has been judged.
    taught: Vec<learning::Taught>,
    settled: learning::Settled,
    kept_by_session: Kept,
    kept_by_iteration: Kept,
    kept: Arc<Kept>,
    other: Option<Arc<Identity>>,
    pending: Vec<Exchange>,
    /// Exchanges that no step looks at; judged after those that steps do.
    aside: Vec<Exchange>,
    /// What steps read from the last answer, while it is not judged.
    taken: Vec<twins::TakenFrom>,
    old_session: Option<OldSession>,
    sign_outs: u32,
    keyed: keyed::Keyed,
    carried: coining::Carried,
    answers: Vec<Received>,
    last_request: Option<Request>,
    /// Headers of the next request alone.
    next_headers: Vec<(String, String)>,
    unattributed: Vec<Credential>,
    pub(in crate::campaign) ended: Option<Ended>,
    /// The user found nobody to probe. What they hold stays on offer until they
    /// hold something new: otherwise each would leave before the next one came,
    /// and nobody would ever find anybody.
    holds_on: bool,
    pub(in crate::campaign) soft_failure: Option<String>,
    pub(in crate::campaign) lost: bool,
    transactions: u64,
    /// Effects that the steps behind the present one declare.
    foretold: Arc<[Foretold]>,
    /// What the user saved, by kind: to be read back.
    saved: HashMap<String, Vec<String>>,
    /// How values, counters and lists were read last.
    readings: Vec<Reading>,
    extensions: HashMap<TypeId, Box<dyn Any + Send>>,
}

/// One of the sessions that a user has open.
#[derive(Clone, Debug, Default)]
struct Side {
    session: Session,
    signed_in: bool,
    /// What evidence calls it; unique among all sessions of the user.
    number: u32,
    /// The last request of the session whose response told a private fact.
    telling: Option<Telling>,
}

/// Why an iteration ended early without anything being wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::campaign) enum Ended {
    /// There are no more permits.
    LoadOver,
    /// The user went away from an unanswered request.
    Abandoned,
    /// Nobody holds what a probe would ask for.
    NothingToProbe,
}

impl std::fmt::Debug for VirtualUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualUser")
            .field("id", &self.person.id)
            .field("session", &self.session)
            .field("iteration", &self.iteration)
            .finish_non_exhaustive()
    }
}

impl VirtualUser {
    /// The user `person` of a campaign.
    pub(in crate::campaign) fn new(
        person: Arc<Person>,
        context: Arc<CampaignContext>,
        nobody: Arc<StepRef>,
    ) -> Self {
        // Every user draws from a sequence of their own, so that what one
        // draws does not depend on what others do.
        let seed = context
            .profile
            .population
            .seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(u64::from(person.id.0));
        Self {
            person,
            context,
            rng: ChaCha8Rng::seed_from_u64(seed),
            shared_client: None,
            sides: vec![Side::default()],
            active: 0,
            session: 0,
            next_session: 0,
            iteration: 0,
            establishing: true,
            step: nobody,
            learned: Arc::default(),
            taught: Vec::new(),
            settled: learning::Settled::default(),
            kept_by_session: Kept::new(),
            kept_by_iteration: Kept::new(),
            kept: Arc::default(),
            other: None,
            pending: Vec::new(),
            aside: Vec::new(),
            taken: Vec::new(),
            old_session: None,
            sign_outs: 0,
            keyed: keyed::Keyed::default(),
            carried: coining::Carried::default(),
            answers: Vec::new(),
            last_request: None,
            next_headers: Vec::new(),
            unattributed: Vec::new(),
            ended: None,
            holds_on: false,
            soft_failure: None,
            lost: false,
            transactions: 0,
            foretold: Arc::new([]),
            saved: HashMap::new(),
            readings: Vec::new(),
            extensions: HashMap::new(),
        }
    }

    /// Cucumber makes worlds by itself where its own runner runs; here only
    /// the runner of this crate makes users.
    fn alone() -> Result<Self, StepFailure> {
        Err(StepFailure::new("virtual users are made by `fpt::main`"))
    }

    /// The user's tag.
    pub fn id(&self) -> UserId {
        self.person.id
    }

    /// The user's facts and secrets.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// What all users share.
    pub(crate) fn context(&self) -> &Arc<CampaignContext> {
        &self.context
    }

    /// State of a type of your own, kept for this user over the whole run.
    #[expect(clippy::missing_panics_doc, reason = "filed under its own type")]
    pub fn extension<T: Any + Default + Send>(&mut self) -> &mut T {
        let slot = self
            .extensions
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()));
        #[expect(clippy::expect_used, reason = "filed under its own type just above")]
        slot.downcast_mut().expect("filed under its own type")
    }
}
