//! The contract: how a program or an address of one's own scales the service.
//!
//! A [`Request`] is one JSON object on one line; the answer is one JSON object.
//! What carries them is a [`Transport`]: [`Command`](super::Command) writes the
//! request to the standard input of a program, [`Webhook`](super::Webhook) posts
//! it. [`Contract`] is the scale target on top.
//!
//! Fields that nobody knows are passed over, so that either side may be newer
//! than the other; a field that is missing is named.

mod answer;
mod request;
mod target;

pub use answer::{
    AnswerError, CapabilitiesAnswer, Changed, ContractInstance, ContractPolicy, InstanceRef,
    Observation, PolicyAnswer,
};
pub use request::{Base, Mode, Operation, Request, Selection};
pub(super) use target::shorten;
pub use target::{Contract, Exchanged, Terms, Transport};

/// The version of the contract: `"v"` of every request.
pub const VERSION: u32 = 1;
