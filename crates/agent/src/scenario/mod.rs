//! Tests of rules: events, and the alerts they must raise.
//!
//! A test file is a list of tests. A test has its rules (`rules`, a text or a list of files; or the
//! short form `condition` and `output`), the process that acts (`process`), its events (`events`), and
//! the expected alerts (`expect`; or `true` and `false`, lists of events for which the condition is true
//! and false; or `diagnostics`, those the rules must have).

mod act;
mod run;

pub use run::{Failure, Verdict, run_tests};
