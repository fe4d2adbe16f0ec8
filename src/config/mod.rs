//! Profiles: what is tested, by whom, how much, and what nobody may exceed.
//!
//! Profiles live in a TOML file. A setting is taken from the strongest layer
//! that has it: the command line, the environment (`FPT_POPULATION_SEED` for
//! `population.seed`), the profile, the profiles it inherits from, the
//! default. Every value remembers who set it, and everything that is wrong
//! is told at once, with file and line.
//!
//! [`load`] is pure; [`read`] fetches the text it needs.
//!
//! ```
//! use fpt::config::{Sources, load};
//!
//! let flags = [("tps".to_owned(), "80".to_owned())];
//! let profile = load(Sources { flags: &flags, ..Sources::default() })?;
//! assert_eq!(profile.name, "virtualized");
//! // The ceiling of the profile wins, and the user is told.
//! assert_eq!(profile.load.tps.tps(), 50);
//! assert_eq!(profile.notes.len(), 1);
//! # Ok::<(), fpt::config::ConfigError>(())
//! ```

mod arrivals;
mod autoscale;
mod bundled;
mod byte_size;
mod connections;
mod document;
mod duration;
mod element;
mod environment;
mod evidence;
mod facts;
mod file;
#[cfg(test)]
mod fixture;
mod header;
mod http;
mod inheritance;
mod instance;
mod interpolation;
mod layer;
mod limits;
mod load;
mod locale;
mod nearest;
mod oracle;
mod origin;
mod population;
mod problem;
mod profile;
mod provoke;
mod read_back;
mod reader;
mod roles;
mod scaling;
mod service;
mod session;
mod setting;
mod sources;
mod stack;
mod target;
mod unknown;

pub use self::http::HttpConfig;
pub use self::load::LoadConfig;
pub use arrivals::Arrivals;
pub use autoscale::{AutoscaleConfig, PolicyDefect};
pub use bundled::BundledConfig;
pub use connections::Connections;
pub use environment::Environment;
pub use evidence::EvidenceConfig;
pub use facts::FactSetting;
pub use file::{ProfileFile, read};
pub use instance::InstanceConfig;
pub use locale::Locale;
pub(crate) use nearest::{did_you_mean, nearest};
pub use oracle::OracleConfig;
pub use origin::Origin;
pub use population::PopulationConfig;
pub use problem::{ConfigError, Problem};
pub use profile::Profile;
pub use provoke::ProvokeConfig;
pub use read_back::ReadBackConfig;
pub use roles::RoleSetting;
pub use scaling::{
    CommandConfig, Containers, DockerConfig, KubernetesConfig, Pattern, ScaledBy, ScalingConfig,
    WebhookConfig, Workload,
};
pub use service::ServiceKind;
pub use session::{SessionConfig, SignInPage};
pub use sources::{Sources, load, profile_names};
pub use stack::{StackConfig, StackPart};
pub use target::Target;
