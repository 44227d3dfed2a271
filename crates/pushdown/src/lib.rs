//! Rules to the kernel's filter: for each call the weakest condition the kernel can decide, such that an
//! event some rule matches always passes.
//!
//! In: a [`RuleSet`](peregrine_rules::RuleSet), the calls of interest. Out: a
//! [`Pushdown`](peregrine_kfilter::Pushdown) for the probe; words for people ([`explain`]).
//! Never: I/O, a clock; an event.
//!
//! `lower` turns comparisons into tests of the kernel, `blockers` says which calls are told whole,
//! `derive` puts both together, `program` makes steps of it; where those are too many, `relax` asks less.

mod blockers;
mod cond;
mod derive;
mod explain;
mod lower;
mod opened;
mod program;
mod relax;

pub use derive::pushdown;
pub use explain::explain;
