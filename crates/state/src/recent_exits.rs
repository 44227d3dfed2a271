//! Who ended lately: what is told late of a thread must not bring it back.

use std::collections::VecDeque;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// As many ends are remembered. A call that returns later than so many ends is none of this world.
const MOST: usize = 4096;

/// The last threads that ended, and who got their children.
#[derive(Debug, Default)]
pub(crate) struct RecentExits {
    order: VecDeque<i64>,
    heirs: HashMap<i64, i64, FxBuildHasher>,
}

impl RecentExits {
    /// A thread ended; `heir` has its children, 0 where there were none.
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

    /// The number belongs to somebody new.
    pub(crate) fn born(&mut self, tid: i64) {
        self.heirs.remove(&tid);
    }

    /// Whether it ended lately.
    pub(crate) fn has(&self, tid: i64) -> bool {
        self.heirs.contains_key(&tid)
    }

    /// Who has the children of a process that ended lately: its heir, or that one's. A child that
    /// begins while its parent ends names the parent.
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
