//! The configuration: `falco.yaml` and `-o key=value` to a typed [`Config`].
//!
//! In: a configuration file and options of the command line. Out: a [`Config`] with warnings, or the
//! mistake with its place.
//! Never: a half-read configuration; a key that is ignored without a word.

mod appended;
mod base_syscalls;
mod drops;
mod keys;
mod model;
mod settings;
mod variables;

pub use base_syscalls::BaseSyscalls;
pub use model::{Config, ConfigError};
pub use settings::load;
