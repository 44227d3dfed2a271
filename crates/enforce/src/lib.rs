//! Verdicts on this host: where the programs of policies run before an act happens.
//!
//! In: what policies protect and how they decide. Out: acts that did not happen, and a record of each. Never: an
//! opener that waits longer than [`fanotify::DEADLINE`] and the time the kernel takes to wake somebody up; a
//! protection that outlives its process unless a policy says so.

pub mod fanotify;
pub mod kernel;
mod verdict;

use peregrine_guard::{Act, Capabilities, Level};

pub use kernel::{Counts, EnforceError, Guard, Hits, Losses, Options};
pub use verdict::{Object, Verdict};

/// What the agent decides with on this host. The levels of [`kernel`] are not among them: the agent loads none of its
/// programs yet ([`kernel::capabilities`] says what they could do).
pub fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::of(&[]);
    if fanotify::is_possible().is_ok() {
        for act in [Act::Open, Act::Exec] {
            capabilities.add(act, Level::Fanotify);
        }
    }
    capabilities
}
