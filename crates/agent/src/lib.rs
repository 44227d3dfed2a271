//! The pipeline and everything around it: configuration, rules, the source of events, the account.
//!
//! In: a configuration file, `-o key=value`, rule files, events of this host. Out: alerts through
//! the outputs, and at the end an [`Account`] of what was seen, matched and lost.
//! Never: a half-loaded configuration or rule set; a loss that is not told.
//!
//! Begin at `pipeline.rs`: its body is the way of an event.

mod account;
mod capture;
mod cost;
mod extract;
mod internal;
mod led;
mod live;
mod memory;
mod options;
mod pipeline;
mod placed;
mod print;
pub mod record;
mod replay;
mod rules;
pub mod scenario;
mod selection;
mod signals;
mod source;
mod standing;
mod sweep;
mod walk;

pub use account::Account;
pub use capture::{Moment, Window};
pub use cost::{Costs, rule_costs};
pub use extract::extract;
pub use live::{Run, Watch, run};
pub use options::{output_options, outputs, probe_options};
pub use peregrine_engine::Cost;
pub use pipeline::Pipeline;
pub use placed::Placed;
pub use print::{DEFAULT_FORMAT, Print, print};
pub use replay::{Replay, replay};
pub use rules::{DEFAULT_RULES, RuleFile, load_rules, rule_files};
pub use selection::{Chosen, choose, pushed_down};
pub use signals::{Wishes, stop_on_signals};
pub use source::{LiveSource, Source};
