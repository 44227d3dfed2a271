//! The tables of descriptors: shared by parent and child until one changes, and bounded all together.

use std::sync::Arc;

use hashbrown::hash_map::Entry;

use crate::fd::FdInfo;
use crate::table::State;
use crate::thread::{Fds, Process};

impl State {
    /// The table of a process, to be changed; its own from here on. None where there is none, or no
    /// room for a copy.
    fn own_fds(&mut self, pid: i64) -> Option<&mut Fds> {
        let process = self.processes.get_mut(&pid)?;
        if Arc::strong_count(&process.fds) > 1 {
            if self.fds_kept + process.fds.len() > self.limits.all_fds {
                return None;
            }
            self.fds_kept += process.fds.len();
            self.grown += process.fds.len() * FdInfo::COPY;
        }
        Some(Arc::make_mut(&mut process.fds))
    }

    pub(crate) fn fd_mut(&mut self, pid: i64, fd: i64) -> Option<&mut FdInfo> {
        self.fd(pid, fd)?;
        self.own_fds(pid)?.get_mut(&fd)
    }

    /// Keeps a descriptor. Where there is no room the event that is about it has it all the same.
    pub(crate) fn insert_fd(&mut self, pid: i64, fd: i64, info: FdInfo) {
        if self.following && !self.keeps_fds {
            if self.event_fd == Some(fd) {
                self.lone_fd = Some(info);
            }
            return;
        }
        if let Some(info) = self.try_insert(pid, fd, info) {
            self.counters.fds_refused += 1;
            if self.event_fd == Some(fd) {
                self.lone_fd = Some(info);
            }
        }
    }

    /// Gives back what there is no room for.
    fn try_insert(&mut self, pid: i64, fd: i64, info: FdInfo) -> Option<FdInfo> {
        let (limit, all) = (self.limits.fds, self.limits.all_fds);
        match self.processes.get(&pid) {
            None if self.processes.len() >= self.limits.threads => return Some(info),
            None => _ = self.processes.insert(pid, Process::default()),
            Some(process) if process.fds.len() >= limit && !process.fds.contains_key(&fd) => {
                return Some(info);
            }
            Some(_) => {}
        }
        // Where others have the table too this makes a copy, and that takes room.
        if self.own_fds(pid).is_none() {
            return Some(info);
        }
        let full = self.fds_kept >= all;
        let weight = info.weight();
        let Some(process) = self.processes.get_mut(&pid) else { return Some(info) };
        process.used = self.events;
        let Some(fds) = Arc::get_mut(&mut process.fds) else { return Some(info) };
        match fds.entry(fd) {
            Entry::Occupied(mut old) => {
                self.grown += weight;
                old.insert(info);
            }
            Entry::Vacant(_) if full => return Some(info),
            Entry::Vacant(place) => {
                place.insert(info);
                self.fds_kept += 1;
                self.grown += weight;
            }
        }
        None
    }

    /// Takes away one descriptor of a process.
    pub(crate) fn remove_fd(&mut self, pid: i64, fd: i64) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        match Arc::get_mut(&mut process.fds) {
            Some(fds) => self.fds_kept -= usize::from(fds.remove(&fd).is_some()),
            None => self.keep_fds(pid, |number, _| number != fd),
        }
    }

    /// Takes away the descriptors of a process that `keep` says no to.
    pub(crate) fn keep_fds(&mut self, pid: i64, keep: impl Fn(i64, &FdInfo) -> bool) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        if process.fds.iter().all(|(fd, info)| keep(*fd, info)) {
            return;
        }
        if let Some(fds) = Arc::get_mut(&mut process.fds) {
            let before = fds.len();
            fds.retain(|fd, info| keep(*fd, info));
            self.fds_kept -= before - fds.len();
            return;
        }
        // Others have them still: what is left of them is a table of its own, where there is room.
        let left = process.fds.iter().filter(|(fd, info)| keep(**fd, info));
        let room = self.limits.all_fds.saturating_sub(self.fds_kept);
        let own: Fds = left.take(room).map(|(fd, info)| (*fd, info.clone())).collect();
        self.fds_kept += own.len();
        self.grown += own.len() * FdInfo::COPY;
        process.fds = Arc::new(own);
    }

    /// Gives a process the table of another one.
    pub(crate) fn share_fds(&mut self, pid: i64, fds: Arc<Fds>) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let former = std::mem::replace(&mut process.fds, fds);
        self.drop_fds(former);
    }

    /// Takes a process and its table away.
    pub(crate) fn remove_process(&mut self, pid: i64) -> Option<Process> {
        let mut process = self.processes.remove(&pid)?;
        self.drop_fds(std::mem::take(&mut process.fds));
        Some(process)
    }

    fn drop_fds(&mut self, fds: Arc<Fds>) {
        // Whoever has it last takes it away.
        if let Some(fds) = Arc::into_inner(fds) {
            self.fds_kept -= fds.len();
        }
    }
}
