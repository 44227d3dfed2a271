//! Verdicts on this host: where the programs of policies run before an act happens.
//!
//! In: what policies protect and how they decide. Out: acts that did not happen, and a record of each. Never: an
//! opener that waits longer than [`fanotify::DEADLINE`] and the time the kernel takes to wake somebody up; a
//! protection that outlives its process unless a policy says so.

pub mod fanotify;
mod kernel;
mod verdict;

pub use kernel::{Counts, EnforceError, Guard, Hits, Losses, Options, capabilities};
pub use verdict::{Object, Verdict};
