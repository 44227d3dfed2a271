//! From rules to the kernel's filter: for each call the strongest condition over tests of the kernel
//! that every event passes which a rule can match.
//!
//! In: a [`RuleSet`](peregrine_rules::RuleSet), the calls of interest. Out: a
//! [`Pushdown`](peregrine_kfilter::Pushdown) for the probe; words for people ([`explain`]).
//! Never: I/O, a clock; an event.
//!
//! `lower` turns comparisons into tests of the kernel, `blockers` finds calls that cannot be filtered,
//! `derive` combines both, `program` makes steps of the condition, `relax` weakens it where it is too
//! long.

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
