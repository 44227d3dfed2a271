//! The tables of descriptors: shared by parent and child until one changes, and bounded all together.

use std::sync::Arc;

use crate::fd::FdInfo;
use crate::fd_table::FdTable;
use crate::state::State;
use crate::thread::Process;

impl State {
    /// The table of a process, to be changed; its own from here on. None where there is none, or no
    /// room for a copy.
    fn own_fds(&mut self, pid: i64) -> Option<&mut FdTable> {
        let process = self.processes.get_mut(&pid)?;
        process.own_fds(&mut self.fds_kept, &mut self.grown, self.limits.all_fds)
    }

    /// Whether descriptors of the event's thread are kept: Falco keeps them with the first thread of their
    /// process, and of one it does not know it keeps none.
    fn keeps_fds(&self) -> bool {
        let thread = self.threads.get(&self.event_tid);
        thread.is_some_and(|thread| thread.files() == thread.tid || !self.is_rootless(thread))
    }

    pub(crate) fn fd_mut(&mut self, pid: i64, fd: i64) -> Option<&mut FdInfo> {
        self.fd(pid, fd)?;
        self.own_fds(pid)?.get_mut(fd)
    }

    /// Keeps a descriptor; returns whether it is in the table of the process now. Where there is no room
    /// the event that is about it has it all the same.
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

    /// Gives back what there is no room for.
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
        // Where others have the table too this makes a copy, and that takes room.
        let Some(fds) = process.own_fds(&mut self.fds_kept, &mut self.grown, limits.all_fds) else {
            return Some(info);
        };
        if self.fds_kept >= limits.all_fds && !fds.contains(fd) {
            return Some(info);
        }
        self.grown += info.weight();
        if fds.insert(fd, info).is_none() {
            self.fds_kept += 1;
        }
        None
    }

    /// Takes away one descriptor of a process.
    pub(crate) fn remove_fd(&mut self, pid: i64, fd: i64) {
        self.keep_fds(pid, |number, _| number != fd);
    }

    /// Takes away the descriptors of a process that `keep` says no to.
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
            return;
        }
        // Others have the table and there is no room for all of it: what is left, as far as there is.
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

    /// Gives a process a table: its parent's, that was handed on so often.
    pub(crate) fn share_fds(&mut self, pid: i64, (fds, handed_on): (Arc<FdTable>, u8)) {
        /// Copies of copies are made for good from here on.
        const MOST: u8 = 8;
        let Some(process) = self.processes.get_mut(&pid) else { return };
        process.handed_on = handed_on;
        let former = std::mem::replace(&mut process.fds, fds);
        self.drop_fds(former);
        if handed_on > MOST {
            self.own_fds(pid);
        }
    }

    /// Takes a process and its table away.
    pub(crate) fn remove_process(&mut self, pid: i64) -> Option<Process> {
        let mut process = self.processes.remove(&pid)?;
        self.drop_fds(std::mem::take(&mut process.fds));
        Some(process)
    }

    fn drop_fds(&mut self, fds: Arc<FdTable>) {
        // Whoever has it last takes it away.
        if let Some(fds) = Arc::into_inner(fds) {
            self.fds_kept -= fds.len();
        }
    }
}

impl Process {
    /// The table, to be changed; the process's own from here on. None where others have it too and there
    /// is no room for a copy: `kept` of the `most` there may be are there already. What a copy takes is
    /// added to `grown`, in bytes.
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

    /// The table with the order it has here, where the one it was given has that of the parent.
    fn copied_fds(&self) -> Option<FdTable<&FdInfo>> {
        let times = self.handed_on.checked_sub(1)?;
        let copy = self.fds.handed_on();
        Some((0..times).fold(copy, |copy, _| copy.once_more()))
    }

    /// Hands out the descriptors in the order in which Falco's table does.
    pub fn each_fd(&self, mut take: impl FnMut(i64, &FdInfo)) {
        match self.copied_fds() {
            Some(copy) => copy.iter().for_each(|(fd, info)| take(fd, info)),
            None => self.fds.iter().for_each(|(fd, info)| take(fd, info)),
        }
    }
}
