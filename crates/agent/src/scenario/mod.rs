//! Tests of rules: what happens, and which alerts there must be.
//!
//! A test file is a list of tests. A test has its rules (`rules`, a text or a list of files; or the
//! short form `condition` and `output`), the process that acts (`process`), what happens
//! (`events`), and what must come of it (`expect`; or `true` and `false`, lists of events the
//! condition is true and false for; or `told`, mistakes the rules have).

mod act;
mod run;

pub use run::{Failure, Verdict, run_tests};
