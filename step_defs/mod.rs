//! The step vocabulary: what a `.feature` file can say.
//!
//! Steps hold no logic. Each one reads its values and calls one method of the
//! [`VirtualUser`](crate::prelude::VirtualUser) or the
//! [`Campaign`](crate::prelude::Campaign); its first argument decides which of
//! the two it is about. Nothing but `crate::prelude` and `cucumber` is used
//! here, so a crate of your own can add steps in the same way.
//!
//! `docs/steps.md` is the same vocabulary for those who write scenarios. A test
//! holds the two together: every sentence there matches one step here, and
//! every step here has a sentence there.
#![expect(
    clippy::needless_pass_by_value,
    reason = "cucumber hands captured values to step functions by value"
)]

mod arguments;
mod campaign;
mod params;
mod user;

#[cfg(test)]
mod tests;
