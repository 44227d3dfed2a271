//! Tests of rules: events, and the alerts they must raise. `peregrine rules test --help` shows one.
//!
//! `run.rs` runs the tests of a file, `rules.rs` loads their rules; `event.rs` reads what happens in one, `process.rs`
//! and those beside it (`accounts.rs`, `container.rs`, `descriptors.rs`) who does it, `play.rs` has
//! rules judge it, `expect.rs` compares the alerts with those expected, and `condition_tree.rs` shows why
//! a rule was true or not. `capture.rs` compares the alerts of a capture, `update.rs` writes them into the
//! test file.

mod accounts;
mod capture;
mod condition_tree;
mod container;
mod descriptors;
mod event;
mod expect;
mod node;
mod play;
mod process;
mod rules;
mod run;
mod update;

pub use condition_tree::{ConditionPart, ConditionTree};
pub use node::Failure;
pub use run::{Verdict, run_tests, run_tests_of};
pub use update::{Updated, update};
