//! HTTP: what a virtual user sends, and what comes back.
//!
//! Every user has a [`Session`] of their own: cookies, authorization and, by
//! default, connections. The [`Wire`] sends one request, follows redirects hop
//! by hop, refuses hosts that the profile does not name, bounds everything that
//! a hostile service could make endless, and turns each hop into an
//! [`Exchange`](crate::model::Exchange) for the oracle.
//!
//! What the service does wrong is data here, never an error.

mod arrival;
mod capture;
mod clients;
mod credential;
mod drawn;
mod hosts;
mod instances;
mod jar;
mod json_path;
mod listing;
mod nesting;
mod opened;
mod request;
mod session;
mod wire;
mod written;
mod xpath;

pub use arrival::Ear;
pub use capture::{CaptureError, Reading, Selector};
pub use clients::{ClientError, Clients};
pub use credential::SessionCookies;
pub use hosts::Hosts;
pub use listing::Listing;
pub use request::{Body, Part, Prepared};
pub use session::Session;
pub use wire::{Chain, Sender, Wire, WireSettings, join};
pub use written::Written;
