//! Root directories of containers, held while their processes are acted on: a file is still found once its process is
//! gone.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use peregrine_respond::Process;
use rustix::fs::{CWD, Mode, OFlags, openat};

use crate::error::{ActError, tried};
use crate::identity::Held;
use crate::process_table::{all, is_in_container};
use crate::taskstats::TaskStats;

/// How many are held.
const MOST: usize = 64;

/// Root directories by the process they were opened of; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roots(Arc<Mutex<VecDeque<Known>>>);

/// A process, and its root.
type Known = (Process, Arc<OwnedFd>);

fn open(path: &str) -> Result<OwnedFd, ActError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).map_err(tried(path))
}

/// The root of a process that is held.
fn of_held(held: &Held) -> Result<OwnedFd, ActError> {
    let root = open(&format!("/proc/{}/root", held.entry.pid))?;
    // The path was of this process only if it is still there.
    Held::same(held.entry.pid, held.entry.ticks)?;
    Ok(root)
}

impl Roots {
    /// Holds the root of a process.
    pub(crate) fn hold(&self, process: &Process, stats: Option<&TaskStats>) {
        if let Ok(root) = Held::of(process, stats).and_then(|held| of_held(&held)) {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            held.push_back((process.clone(), Arc::new(root)));
            if held.len() > MOST {
                held.pop_front();
            }
        }
    }

    /// The root that the paths of a process begin at; without one the host's. Where the process is gone that of another
    /// one of its container.
    pub(crate) fn find(
        &self,
        process: Option<&Process>,
        stats: Option<&TaskStats>,
    ) -> Result<Arc<OwnedFd>, ActError> {
        let Some(process) = process else { return open("/").map(Arc::new) };
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, root)) = held.iter().find(|(known, _)| known == process) {
            return Ok(Arc::clone(root));
        }
        drop(held);
        let root = match Held::of(process, stats) {
            Ok(held) => of_held(&held),
            Err(gone) => {
                let id = process.container.as_deref().unwrap_or_default();
                let other = all()
                    .into_iter()
                    .find(|entry| !entry.is_over() && is_in_container(entry.pid, id));
                let other = other.ok_or(gone)?;
                Held::same(other.pid, other.ticks).and_then(|held| of_held(&held))
            }
        };
        root.map(Arc::new)
    }
}
