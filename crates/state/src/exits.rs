//! Exits of threads: what is removed with them, and which process inherits their children.

use std::collections::BTreeSet;

use crate::state::State;
use crate::thread::{Thread, clone_flags};

impl State {
    /// Removes the previous owner of a number. The number of a process is free only when all of its
    /// threads have exited.
    pub(crate) fn remove_previous_owner(&mut self, tid: i64, pid: i64) {
        self.remove_thread(tid, 0);
        if tid == pid {
            let threads = self.processes.get(&pid).map(|process| process.threads.clone());
            for tid in threads.unwrap_or_default() {
                self.remove_thread(tid, 0);
            }
        }
    }

    pub(crate) fn remove_thread(&mut self, tid: i64, reaper: i64) {
        // The call it was in will not return.
        self.entered.remove(&tid);
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let (pid, ptid, files) = (thread.pid, thread.ptid, thread.files());
        let Some(process) = self.processes.get_mut(&pid) else {
            self.threads.remove(&tid);
            return;
        };
        process.threads.remove(&tid);
        let orphans = !process.children.is_empty();
        if let Some(other) = process.threads.first().copied() {
            // The first thread of a process stays as long as the others run.
            thread.flags |= clone_flags::CLOSED;
            let children = process.children.clone();
            self.ensure_reaper(reaper, orphans);
            if tid != pid {
                self.threads.remove(&tid);
            }
            if files != pid {
                self.remove_process(files);
            }
            let takes = self.threads.get(&reaper).is_some_and(|reaper| reaper.known);
            let reaper = if takes { reaper } else { other };
            self.reparent(children, tid, reaper);
            return;
        }
        self.ensure_reaper(reaper, orphans);
        let heir = if !self.falco_semantics {
            None
        } else if self.threads.get(&reaper).is_some_and(|reaper| reaper.known) {
            Some(reaper)
        } else {
            self.threads.get(&tid).map(|thread| self.falco_heir(thread))
        };
        self.threads.remove(&tid);
        // The first thread is removed with the last one; its number may be that of another process's
        // thread by now.
        if self.threads.get(&pid).is_some_and(|main| main.pid == pid) {
            self.threads.remove(&pid);
        }
        if files != pid {
            self.remove_process(files);
        }
        let children = self.remove_process(pid).map(|process| process.children);
        let parent = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        if let Some(parent) = self.processes.get_mut(&parent) {
            parent.children.remove(&pid);
        }
        let heir = heir.unwrap_or_else(|| match self.threads.get(&reaper) {
            Some(thread) => thread.pid,
            None if reaper > 0 => reaper,
            None => 1,
        });
        self.reparent(children.unwrap_or_default(), 0, heir);
    }

    /// Falco looks up the reaper that an exit names, and from there on has an entry for it.
    fn ensure_reaper(&mut self, reaper: i64, orphans: bool) {
        if self.falco_semantics && orphans && reaper > 0 && !self.threads.contains_key(&reaper) {
            self.insert_thread(Thread::unknown(reaper));
        }
    }

    /// Gives children another parent: those of the thread `former`, or all of them where it is 0. Live,
    /// a parent is a process, and keeps its children while one of its threads runs.
    fn reparent(&mut self, children: BTreeSet<i64>, former: i64, heir: i64) {
        if former != 0 && !self.falco_semantics {
            return;
        }
        for child in children {
            let threads = self.processes.get(&child).map(|process| process.threads.clone());
            let mut moved = false;
            // Also the first one, which may have exited.
            for tid in threads.unwrap_or_default().into_iter().chain([child]) {
                if let Some(thread) = self.threads.get_mut(&tid)
                    && (former == 0 || thread.ptid == former)
                {
                    thread.ptid = heir;
                    moved = true;
                }
            }
            if moved {
                self.add_child(heir, child);
            }
        }
    }
}
