//! Policies in a running agent: what they decided becomes alerts, which of them deny, and how to get out.
//!
//! `thread.rs` is the guard: it has the policies take hold at every level of this host, looks after them each second,
//! and does what commands request. It keeps the rights that the rest of the agent gives up. `trials.rs`: which
//! policies may deny; `token.rs`: break-glass. The pipeline's end is `denials.rs`: a decision becomes an alert with the
//! output of its rule, made of the event (`act.rs`) that the act would have been.

pub(crate) mod act;
mod containers;
pub(crate) mod denials;
mod handle;
mod in_kernel;
mod left;
mod levels;
mod policies;
mod request;
mod thread;
pub mod token;
mod trials;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use peregrine_control::{GuardStatus, GuardSummary, LastDenial};
use peregrine_enforce::{Ring, Verdict, end_processes};
use peregrine_guard::{Action, Compiled, Level, Mode};

pub(crate) use self::denials::Denials;
pub(crate) use self::handle::Guard;
pub use self::handle::GuardError;
pub(crate) use self::left::look_at_left;
pub use self::left::{LeftError, off};
pub use self::policies::{HostAccounts, PolicyError, PolicySet, watched_policies};

/// What the guard's thread and the pipeline share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    compiled: RwLock<Option<Arc<Compiled>>>,
    tallies: Mutex<BTreeMap<u32, Tally>>,
    /// Decisions there was no room for.
    lost: AtomicU64,
    /// As the guard's thread saw it last, without counts of decisions.
    status: Mutex<GuardStatus>,
    /// Where verdicts of the kernel come from. Whoever takes them first reports them.
    rings: Mutex<Vec<Arc<Ring>>>,
    /// The process that tries hooks.
    canary: AtomicU32,
}

/// What a policy decided.
#[derive(Debug, Clone, Default)]
struct Tally {
    denied: u64,
    would_deny: u64,
    last: Option<LastDenial>,
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn compiled(&self) -> Option<Arc<Compiled>> {
        self.compiled.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_compiled(&self, compiled: Arc<Compiled>) {
        *self.compiled.write().unwrap_or_else(PoisonError::into_inner) = Some(compiled);
    }

    fn set_rings(&self, rings: Vec<Arc<Ring>>) {
        *locked(&self.rings) = rings;
    }

    /// Takes what the kernel decided, and ends the processes that its programs could not end: those of a tree, and at
    /// P3, where 6.1 and 6.12 let no program send a signal, also one alone.
    fn drain(&self, each: &mut dyn FnMut(Verdict)) -> Result<(), String> {
        for ring in &*locked(&self.rings) {
            let drained = ring.drain(&mut |verdict| {
                let ends = match verdict.action {
                    Action::KillTree => verdict.level != Level::KillBefore,
                    Action::Kill => verdict.level == Level::Cgroup,
                    Action::Deny => false,
                };
                if ends && verdict.mode == Mode::Enforce {
                    end_processes(&verdict);
                }
                each(verdict);
            });
            drained.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Counts a decision.
    fn count(&self, verdict: &Verdict) {
        let mut tallies = locked(&self.tallies);
        let tally = tallies.entry(verdict.policy).or_default();
        if verdict.mode == Mode::Enforce && !verdict.late {
            tally.denied += 1;
        } else {
            tally.would_deny += 1;
        }
        let what = match (&verdict.object, &verdict.address) {
            (Some(object), _) => String::from_utf8_lossy(&object.path).into_owned(),
            (None, Some(address)) => address.to_string(),
            (None, None) => String::new(),
        };
        tally.last = Some(LastDenial {
            time: time(SystemTime::UNIX_EPOCH + Duration::from_nanos(verdict.time_ns)),
            act: verdict.act.name().to_owned(),
            process: String::from_utf8_lossy(&verdict.comm).into_owned(),
            pid: verdict.pid,
            what,
        });
    }

    /// How policies are doing now.
    pub(crate) fn status(&self) -> GuardStatus {
        let mut status = locked(&self.status).clone();
        let tallies = locked(&self.tallies);
        let compiled = self.compiled();
        for policy in &mut status.policies {
            let known = compiled.iter().flat_map(|compiled| &compiled.policies);
            let id = known.filter(|known| known.name == policy.name).map(|known| known.id).next();
            if let Some(tally) = id.and_then(|id| tallies.get(&id)) {
                policy.denied = tally.denied;
                policy.would_deny = tally.would_deny;
                policy.last.clone_from(&tally.last);
            }
        }
        status.lost = self.lost.load(Ordering::Relaxed);
        status
    }

    /// The same in short.
    pub(crate) fn summary(&self) -> GuardSummary {
        let status = self.status();
        let count = |mode: &str| {
            let policies = status.policies.iter().filter(|policy| policy.mode == mode);
            u64::try_from(policies.count()).unwrap_or(u64::MAX)
        };
        let waiting = status.policies.iter().filter(|policy| policy.confirm_until.is_some());
        let unproven = status.canaries.iter().filter(|canary| !canary.proven);
        GuardSummary {
            enforcing: count("enforce"),
            shadowing: count("shadow"),
            unconfirmed: u64::try_from(waiting.count()).unwrap_or(u64::MAX),
            denied: status.policies.iter().map(|policy| policy.denied).sum(),
            would_deny: status.policies.iter().map(|policy| policy.would_deny).sum(),
            unproven: unproven
                .map(|canary| format!("{} ({})", canary.hook, canary.level))
                .collect(),
            off: status.off,
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn time(at: SystemTime) -> String {
    Timestamp::try_from(at).map(|at| format!("{at:.3}")).unwrap_or_default()
}

/// Whether the boot parameter `peregrine.guard=off` is set.
fn is_off_by_boot(command_line: &str) -> bool {
    command_line.split_whitespace().any(|word| word == "peregrine.guard=off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_parameter_is_a_word() {
        assert!(is_off_by_boot("quiet peregrine.guard=off ro\n"));
        assert!(!is_off_by_boot("quiet peregrine.guard=offline xperegrine.guard=off"));
    }
}
