//! Verdicts on this host: where the programs of policies run before an act happens.
//!
//! In: what policies protect and how they decide. Out: acts that did not happen, and a record of each. Never: an
//! opener that waits longer than [`fanotify::DEADLINE`] and the time the kernel takes to wake somebody up; a
//! protection that outlives its process unless a policy says so.

pub mod fanotify;
pub mod kernel;
mod verdict;

use peregrine_guard::{Act, Capabilities, Level};

pub use fanotify::end_processes;
pub use kernel::{Canary, Counts, EnforceError, Guard, Hits, Losses, Options, Ring};
pub use verdict::{Object, Verdict};

/// What this host offers to policies, each level proven by an act of our own.
pub fn capabilities() -> Capabilities {
    let mut capabilities = kernel::capabilities();
    for act in Act::ALL {
        capabilities.add(act, Level::Detect);
    }
    if fanotify::is_possible().is_ok() {
        for act in [Act::Open, Act::Exec] {
            capabilities.add(act, Level::Fanotify);
        }
    }
    capabilities
}
