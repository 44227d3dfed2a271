//! The tables of descriptors of processes: shared by parent and child until one of them changes, and
//! bounded in total.

use std::sync::Arc;

use crate::fd::FdInfo;
use crate::fd_table::FdTable;
use crate::state::State;
use crate::thread::Process;

impl State {
    /// The table of a process for a change, copied if shared. `None` where there is no such process, or
    /// no room for a copy.
    fn own_fds(&mut self, pid: i64) -> Option<&mut FdTable> {
        let process = self.processes.get_mut(&pid)?;
        process.own_fds(&mut self.fds_kept, &mut self.grown, self.limits.all_fds)
    }

    /// Whether descriptors of the event's thread are stored: Falco stores them with the first thread of
    /// the process, and stores none while that thread is unknown.
    fn keeps_fds(&self) -> bool {
        let thread = self.threads.get(&self.event_tid);
        thread.is_some_and(|thread| thread.files() == thread.tid || !self.is_rootless(thread))
    }

    pub(crate) fn fd_mut(&mut self, pid: i64, fd: i64) -> Option<&mut FdInfo> {
        self.fd(pid, fd)?;
        self.own_fds(pid)?.get_mut(fd)
    }

    /// Inserts a descriptor; returns whether it is in the process's table now. A refused one is still
    /// the descriptor of the current event.
    pub(crate) fn insert_fd(&mut self, pid: i64, fd: i64, info: FdInfo) -> bool {
        let refused = if self.falco_semantics && !self.keeps_fds() {
            info
        } else {
            let Some(info) = self.try_insert(pid, fd, info) else { return true };
            self.counters.fds_refused += 1;
            info
        };
        if self.event_fd == Some(fd) {
            self.unstored_fd = Some(refused);
        }
        false
    }

    /// Returns the descriptor if there is no room for it.
    fn try_insert(&mut self, pid: i64, fd: i64, info: FdInfo) -> Option<FdInfo> {
        let limits = self.limits;
        let full = self.processes.len() >= limits.threads;
        let process = match self.processes.get_mut(&pid) {
            Some(process) => process,
            None if full => return Some(info),
            None => self.processes.entry(pid).or_default(),
        };
        if process.fds.len() >= limits.fds && !process.fds.contains(fd) {
            return Some(info);
        }
        process.used = self.events;
        // A shared table is copied first, and that takes room.
        let Some(fds) = process.own_fds(&mut self.fds_kept, &mut self.grown, limits.all_fds) else {
            return Some(info);
        };
        if self.fds_kept >= limits.all_fds && !fds.contains(fd) {
            return Some(info);
        }
        self.grown += info.weight();
        if fds.insert(fd, info).is_none() {
            self.fds_kept += 1;
            self.counters.fds_added += 1;
        }
        None
    }

    /// Removes one descriptor of a process.
    pub(crate) fn remove_fd(&mut self, pid: i64, fd: i64) {
        self.keep_fds(pid, |number, _| number != fd);
    }

    /// Removes the descriptors of a process for which `keep` is false.
    pub(crate) fn keep_fds(&mut self, pid: i64, keep: impl Fn(i64, &FdInfo) -> bool) {
        let Some(process) = self.processes.get(&pid) else { return };
        if process.fds.iter().all(|(fd, info)| keep(fd, info)) {
            return;
        }
        if let Some(fds) = self.own_fds(pid) {
            let before = fds.len();
            fds.retain(keep);
            let gone = before - fds.len();
            self.fds_kept -= gone;
            self.counters.fds_removed += u64::try_from(gone).unwrap_or(0);
            return;
        }
        // The table is shared and there is no room for a copy: copy the remaining ones, as many as fit.
        let room = self.limits.all_fds.saturating_sub(self.fds_kept);
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let mut own = FdTable::default();
        for (fd, info) in process.fds.iter().filter(|(fd, info)| keep(*fd, info)).take(room) {
            own.insert(fd, info.clone());
        }
        self.fds_kept += own.len();
        self.grown += own.len() * FdInfo::COPY;
        process.fds = Arc::new(own);
        process.handed_on = 0;
    }

    /// Gives a process a table that was inherited this many times since it got its order.
    pub(crate) fn share_fds(&mut self, pid: i64, (fds, handed_on): (Arc<FdTable>, u8)) {
        /// From here on the copy is made at once.
        const MOST: u8 = 8;
        let Some(process) = self.processes.get_mut(&pid) else { return };
        process.handed_on = handed_on;
        let former = std::mem::replace(&mut process.fds, fds);
        self.drop_fds(former);
        if handed_on > MOST {
            self.own_fds(pid);
        }
    }

    /// Removes a process and its table.
    pub(crate) fn remove_process(&mut self, pid: i64) -> Option<Process> {
        let mut process = self.processes.remove(&pid)?;
        self.drop_fds(std::mem::take(&mut process.fds));
        Some(process)
    }

    fn drop_fds(&mut self, fds: Arc<FdTable>) {
        // The last owner frees it.
        if let Some(fds) = Arc::into_inner(fds) {
            self.fds_kept -= fds.len();
        }
    }
}

impl Process {
    /// The table for a change, copied if shared; `None` if there is no room for a copy: `kept` of at
    /// most `most` descriptors are stored already. The bytes of a copy are added to `grown`.
    fn own_fds(
        &mut self,
        kept: &mut usize,
        grown: &mut usize,
        most: usize,
    ) -> Option<&mut FdTable> {
        if Arc::strong_count(&self.fds) > 1 {
            if *kept + self.fds.len() > most {
                return None;
            }
            *kept += self.fds.len();
            *grown += self.fds.len() * FdInfo::COPY;
        }
        if let Some(copy) = self.copied_fds() {
            self.fds = Arc::new(copy.owned());
            self.handed_on = 0;
        }
        Some(Arc::make_mut(&mut self.fds))
    }

    /// The table for a child.
    pub(crate) fn fds_for_child(&self) -> (Arc<FdTable>, u8) {
        (Arc::clone(&self.fds), self.handed_on.saturating_add(1))
    }

    /// The table in this process's order, where it still has an ancestor's.
    fn copied_fds(&self) -> Option<FdTable<&FdInfo>> {
        let times = self.handed_on.checked_sub(1)?;
        let copy = self.fds.handed_on();
        Some((0..times).fold(copy, |copy, _| copy.once_more()))
    }

    /// Passes `take` the descriptors in the order of Falco's table.
    pub fn each_fd(&self, mut take: impl FnMut(i64, &FdInfo)) {
        match self.copied_fds() {
            Some(copy) => copy.iter().for_each(|(fd, info)| take(fd, info)),
            None => self.fds.iter().for_each(|(fd, info)| take(fd, info)),
        }
    }
}
