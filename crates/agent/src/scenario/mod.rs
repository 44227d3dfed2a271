//! Tests of rules: events, and the alerts they must raise. `peregrine rules test --help` shows one.
//!
//! `run.rs` runs the tests of a file; `event.rs` and `process.rs` read what happens in one, `play.rs` has
//! rules judge it, `expect.rs` compares the alerts with those expected, and `condition_tree.rs` shows why
//! a rule was true or not.

mod condition_tree;
mod event;
mod expect;
mod node;
mod play;
mod process;
mod run;

pub use condition_tree::{ConditionPart, ConditionTree};
pub use run::{Failure, Verdict, run_tests};
