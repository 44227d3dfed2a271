//! Threads that exited recently: a late event of theirs must not add them again.

use std::collections::VecDeque;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// How many exits are remembered. A call that returns after that many others is ignored.
const MOST: usize = 4096;

/// The last threads that exited, and their reapers.
#[derive(Debug, Default)]
pub(crate) struct RecentExits {
    order: VecDeque<i64>,
    heirs: HashMap<i64, i64, FxBuildHasher>,
}

impl RecentExits {
    /// Adds an exit; `heir` is the reaper of its children, 0 where it had none.
    pub(crate) fn ended(&mut self, tid: i64, heir: i64) {
        if self.heirs.insert(tid, heir).is_none() {
            self.order.push_back(tid);
        }
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.heirs.remove(&oldest);
        }
    }

    /// A new thread has the number.
    pub(crate) fn born(&mut self, tid: i64) {
        self.heirs.remove(&tid);
    }

    /// Whether a thread exited recently.
    pub(crate) fn has(&self, tid: i64) -> bool {
        self.heirs.contains_key(&tid)
    }

    /// The process that has the children of a recently exited process: its reaper, or that one's. A
    /// child created while its parent exits names the parent.
    pub(crate) fn heir(&self, pid: i64) -> Option<i64> {
        let mut heir = *self.heirs.get(&pid)?;
        for _ in 0..16 {
            match self.heirs.get(&heir) {
                Some(next) => heir = *next,
                None => break,
            }
        }
        Some(if heir > 0 { heir } else { 1 })
    }
}
