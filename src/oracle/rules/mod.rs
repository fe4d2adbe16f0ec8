//! The rules, one file each. A rule looks at one observation and at what the
//! judge remembers, and says what is violated.

pub(super) mod access_granted;
pub(super) mod foreign_data;
pub(super) mod session_lost;
pub(super) mod session_outlived;
pub(super) mod session_swap;
pub(super) mod unknown_identity;
pub(super) mod wrong_response;
