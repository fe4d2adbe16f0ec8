//! The words of the project as types: plain data, no clock, no I/O, no async.
//!
//! Everything above speaks in these types; nothing in here knows who uses it.

mod chance;
mod charset;
mod consistency;
mod coverage;
mod dealings;
mod exchange;
mod fact;
mod finding;
mod graphql;
mod grid;
mod hazard;
mod ids;
mod mask;
mod outcome;
mod place;
mod probe;
mod provocation;
mod rate;
mod separator;
mod sharing;
mod spot;
mod time;
mod verdict;
mod words;

pub use chance::{at_least, checks_needed, upper_bound};
pub use charset::{short_text_of, text_of};
pub use consistency::{ConsistencyCoverage, FollowedCoverage, KindCoverage};
pub use coverage::{Coverage, Endpoint};
pub use dealings::{
    Attempt, Dealings, Effect, Followed, Invocation, Shown, Verb, What, Whole, rendered_name,
    written_name,
};
pub use exchange::{Credential, Exchange, IdentityClaim, Intent, REASON, Received, Sent, TRAILER};
pub use fact::{Fact, FactName, Origin, Visibility};
pub use finding::{Finding, Passage, Rule, StepRef, Witness};
pub use graphql::{GraphQlRefusal, is_graphql_query};
pub use grid::Grid;
pub use hazard::{Hazard, HazardKind, HazardWitness, SeenHazard};
pub use ids::{InstanceId, RequestId, RunTag, UserId};
pub use mask::{ValueHash, ValueHasher, mask};
pub use outcome::{ErrorClass, Outcome};
pub use place::Place;
pub use probe::Probe;
pub use provocation::{Departure, Provocation, Provoked, When};
pub use rate::Rate;
pub use separator::separated;
pub use sharing::{Lesson, SharedWith};
pub use spot::{Layer, Spot, UNTOLD, is_plain_header, is_plain_name};
pub use time::{Clock, LONGEST_SPAN, Timestamp};
pub use verdict::{Judgement, Verdict};
pub use words::words;
