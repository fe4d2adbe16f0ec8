//! What authors of steps import; the built-in vocabulary uses nothing else.
//!
//! ```
//! use cucumber::when;
//! use fpt::prelude::*;
//!
//! #[when(expr = "the user looks at the weather")]
//! async fn weather(user: &mut VirtualUser) -> StepResult {
//!     user.send(Request::new(Method::GET, "/weather")).await
//! }
//! ```

pub use std::num::NonZeroU32;
pub use std::time::Duration;

pub use cucumber::gherkin::Step;
pub use http::Method;

pub use crate::campaign::{
    Campaign, Content, Escape, Field, FieldValue, Pages, Purpose, Request, StepFailure, StepResult,
    VirtualUser,
};
pub use crate::http::{CaptureError, Selector};
pub use crate::model::{HazardKind, LONGEST_SPAN, Rate, Verb, Verdict, Visibility};
pub use crate::scaling::{EventKind, Removal, Trigger};
