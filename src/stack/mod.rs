//! The real stack: the service as processes of its own behind HAProxy, with
//! sessions in Redis and everything else in PostgreSQL.
//!
//! A [`Stack`] is started in a folder of its own, on free ports of 127.0.0.1,
//! and ends with all that belongs to it when it is dropped; when the program is
//! killed, the system ends its children. As a scale target it changes the
//! number of instances, kills, hangs and replaces them, and restarts what is
//! behind them: what it does is done to processes, not told to mocks.

mod account;
mod balancer;
mod control;
mod error;
mod files;
mod fleet;
mod folder;
mod haproxy;
mod life;
mod options;
mod parts;
mod ports;
mod postgres;
mod probe;
mod process;
mod programs;
mod redis;
mod remote;
mod roster;
mod running;
mod status;
mod target;
mod trace;

pub use error::StackError;
pub use options::StackOptions;
pub use remote::RemoteStack;
pub use running::Stack;
pub use status::{PartStatus, StackStatus};
