//! The binary without the kernel: captures, rule files, mistakes people make.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod bad_inputs;
mod captures;
mod commands;
mod correlate;
mod defaults;
mod editor;
mod falco;
mod falco_restart;
mod guard;
mod journal;
mod made;
mod migrate;
mod mistakes;
mod outputs;
mod reading;
mod respond;
mod rules_check;
mod rules_test;
mod unit;
