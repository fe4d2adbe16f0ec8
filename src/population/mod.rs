//! The population: who the virtual users are.
//!
//! Every virtual user is a tagged identity with facts, values that tell whose
//! data something is. A population is made from a seed
//! ([`Population::generate`]) or read from an accounts file
//! ([`Population::read_accounts`]).
//!
//! An oracle accuses by facts, so two promises hold for every generated fact
//! that is not weak, by construction and not by luck: no two users share it
//! (a group shares its address), and none of it stands as whole words inside
//! a fact of somebody else. The same seed makes the same users on every
//! machine, and user 7 is the same person among 50 users and among 5000.
//!
//! ```
//! use fpt::model::UserId;
//! use fpt::population::{Population, Spec};
//!
//! let population = Population::generate(&Spec::default(), 50)?;
//! let user = population.person(UserId(7)).ok_or("no such user")?;
//! assert_eq!(user.tag(), "u000007");
//! assert!(user.value("email").is_some_and(|email| email.contains("@example.")));
//! assert!(user.secret("password").is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accounts;
mod address;
mod draw;
mod fold;
mod generate;
mod kind;
mod names;
mod numbers;
mod permutation;
mod person;
mod phone;
mod places;
#[cfg(test)]
mod promises;
mod roster;
mod secret;
mod spec;

pub use crate::config::{FactSetting, Locale};
pub use accounts::{AccountsError, AccountsFormat, MAX_ACCOUNTS_BYTES, Problem};
pub use person::Person;
pub use roster::{Population, Weakened};
pub use secret::Secret;
pub use spec::{MAX_USERS, Spec, SpecError};
