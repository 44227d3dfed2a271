//! The configuration: `falco.yaml` and `-o key=value` to a typed [`Config`].
//!
//! In: a configuration file, those it includes, and options of the command line. Out: a [`Loaded`]
//! configuration with warnings and the origin of each value, or everything that is wrong with its place.
//! Never: a half-read configuration; a key that is ignored without a word.
//!
//! `model/` is the table of keys: one row is one field with its type, default, status and text, and
//! `docs/configuration.md`, the JSON schema (`page.rs`) and suggestions for unknown keys (`keys.rs`) are
//! made from it. `load.rs` puts files and options together into one `tree`, `setting.rs` reads it; `falco/`
//! reads the same keys as Falco does. `render/` writes out what is wrong, for people and as Falco.

mod append_output;
mod base_syscalls;
mod changes;
mod channel;
mod choices;
mod container_plugin;
mod default_file;
mod drop_actions;
pub mod falco;
mod include;
mod keys;
mod load;
mod migration;
pub mod model;
mod origin;
mod page;
mod plugins;
mod problem;
mod reader;
mod render;
mod rule_selection;
mod scalar;
mod setting;
mod static_fields;
mod tree;
mod values;
mod variables;

pub use append_output::AppendOutput;
pub use base_syscalls::{BaseSyscalls, CustomSet};
pub use changes::{Values, needs_restart};
pub use channel::*;
pub use choices::{CaptureEvents, CaptureMode, EngineKind, LibsSeverity, LogFormat};
pub use default_file::default_file;
pub use drop_actions::DropActions;
pub use include::ConfigFile;
pub use keys::{is_own, rows, without_effect};
pub use load::{Loaded, SHIPPED, load};
pub use migration::{Fate, Move, fate, migrated_file, moves};
pub use model::Config;
pub use origin::Origin;
pub use page::{page, schema};
pub use plugins::{LoadPlugins, Plugin};
pub use problem::{ConfigError, Problem, ProblemKind};
pub use setting::{Kind, Row, Status};
pub use static_fields::StaticFields;
pub use tree::Strategy;
pub use values::{Address, Count, Interval, Number, Real, RingSize, Share, Size, Whole};
