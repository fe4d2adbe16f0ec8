//! Campaigns: one scenario under load, from the preflight to the verdict.
//!
//! [`VirtualUser`] and [`Campaign`] are the two subjects that steps are about.
//! [`run`] leads the users of a [`ScenarioPlan`] through their journey while
//! the dispatcher hands out permits, scale events happen and the oracle judges,
//! and gives an [`Outcome`].

mod authentication;
mod board;
mod bound;
mod bundled;
mod chances;
mod checks;
mod conclusion;
mod confidence;
mod context;
mod denial_times;
mod engine;
mod error;
mod event_verdict;
mod existence;
mod failure;
#[cfg(test)]
pub(crate) mod fixture;
mod foreign_access;
mod guarantees;
mod hazard_verdict;
mod life;
mod outcome;
mod pages;
mod plan;
mod policy;
mod policy_verdicts;
mod promises;
mod provoking;
mod quiet;
mod read_back;
mod recorder;
mod registrations;
mod request;
mod roles;
mod sampling;
mod scale_control;
mod scale_measures;
mod scale_questions;
mod scale_target;
mod scale_verdicts;
mod schemas;
mod self_test;
mod served;
mod service;
mod sessions;
mod settings;
mod shards;
mod site;
mod stage_outcome;
mod tally;
mod template;
mod tolerances;
mod uniques;
mod unknown;
mod user;
mod verdicts;
mod world;

pub use bound::{Action, BoundStep, Choice, Journey};
pub use confidence::{Confidence, More};
pub use engine::run;
pub use error::CampaignError;
pub use failure::{StepFailure, StepResult};
pub use guarantees::{Foretold, Guarantees, ReadBack};
pub use outcome::{LoadOutcome, Outcome, ScaleOutcome, SessionsOutcome, StepOutcome};
pub use pages::Pages;
pub use plan::{Finished, Question, RunContext, ScenarioPlan};
pub use policy::PolicyOutcome;
pub(crate) use quiet::run_now;
pub use recorder::{NoRecorder, Phase, Recorder, Recorders, RunEvent};
pub use registrations::Registrations;
pub use request::{Content, Field, FieldValue, Purpose, Request};
pub use roles::{ROLE_COLUMN, Roles, names_in};
pub(crate) use scale_control::foreseen;
pub use scale_measures::{
    EventMeasures, Exposure, Losses, ScaleFigures, Share, Survival, Times, Window,
};
pub use scale_target::connect as connect_scale_target;
pub(crate) use scale_target::unable;
pub use schemas::Schemas;
pub use settings::{Abandonment, CampaignSettings, Extent, Probing};
pub use stage_outcome::StageOutcome;
pub use tally::{Failure, Iterations, Tally};
pub use template::{Escape, Templates, is_template};
pub use uniques::Uniques;
pub use user::VirtualUser;
pub(crate) use verdicts::failed_step;
pub use world::Campaign;
