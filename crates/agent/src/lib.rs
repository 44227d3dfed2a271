//! The pipeline and everything around it: configuration, rules, the source of events, the account.
//!
//! In: a configuration file, `-o key=value`, rule files, events of this host. Out: alerts through
//! the outputs, and at the end an [`Account`] of what was seen, matched and lost.
//! Never: a half-loaded configuration or rule set; a loss that is not told.
//!
//! Begin at `pipeline.rs`: its body is the way of an event.

mod account;
mod appended;
mod capture;
mod config;
mod cost;
mod drops;
mod extract;
mod internal;
mod keys;
mod led;
mod live;
mod memory;
mod pipeline;
mod placed;
mod print;
pub mod record;
mod replay;
mod rules;
pub mod scenario;
mod selection;
mod settings;
mod signals;
mod source;
mod standing;
mod sweep;
mod variables;
mod walk;

pub use account::Account;
pub use capture::{Moment, Window};
pub use config::{Config, ConfigError};
pub use cost::{Costs, rule_costs};
pub use extract::extract;
pub use live::{Run, Watch, run};
pub use peregrine_engine::Cost;
pub use pipeline::Pipeline;
pub use placed::Placed;
pub use print::{DEFAULT_FORMAT, Print, print};
pub use replay::{Replay, replay};
pub use rules::{DEFAULT_RULES, RuleFile, RuleFileError, load_rules, rule_files};
pub use selection::{BaseSyscalls, Chosen, choose, pushed_down};
pub use settings::load as load_config;
pub use signals::{Wishes, stop_on_signals};
pub use source::{LiveSource, Source};
