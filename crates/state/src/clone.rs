//! New threads and processes as the probe reports them. Captures of Falco's are handled in
//! `clone_falco.rs`.

use std::sync::Arc;

use peregrine_event::{Event, EventView, param};

use crate::apply::cgroups;
use crate::host_info::HostInfo;
use crate::state::State;
use crate::str_list::StrList;
use crate::thread::{ProcImage, Thread, clone_flags};

/// The longest time between the start of a thread and its first return from clone, in nanoseconds.
const JUST_NOW: u64 = 1_000_000_000;

impl State {
    /// The return of clone and its kin: in the child (result 0), in the parent (the child's number), or
    /// in a parent that failed.
    pub(crate) fn apply_clone(&mut self, event: &Event<'_>, host: &dyn HostInfo) {
        let view = &event.view;
        let result = view.result().unwrap_or(-1);
        if result < 0 {
            return;
        }
        if self.falco_semantics {
            if result == 0 {
                self.falco_clone_in_child(event, host);
            } else {
                self.falco_clone_in_parent(event, result, host);
            }
            return;
        }
        let flags = view.u32(param::clone_20_x::FLAGS).unwrap_or(0);
        let caller_pid = view.i64(param::clone_20_x::PID).unwrap_or_else(|| view.tid());
        if result == 0 {
            // In the child all numbers are its own, in the host's namespace.
            let tid = view.tid();
            let pid = caller_pid;
            let parent = view.i64(param::clone_20_x::PTID).unwrap_or(-1);
            // The parent's return or a snapshot may have added the thread already. An entry that ran
            // exec since, or started long before, is of a previous owner of the number whose exit was
            // lost.
            let reported = self.threads.get(&tid).is_some_and(|old| {
                old.known
                    && old.pid == pid
                    && old.start_ts != 0
                    && old.image.exec_ts <= old.start_ts
                    && old.start_ts + JUST_NOW >= view.ts()
            });
            if !reported {
                self.remove_previous_owner(tid, pid);
                self.insert_cloned(event, tid, pid, parent, flags);
            }
            self.capable(event, tid);
            return;
        }
        self.ensure_thread(view.tid(), host);
        // A process may have been moved to another control group: the caller's are read at each clone.
        if let Some(thread) = self.threads.get_mut(&view.tid()) {
            thread.cgroups = cgroups(Some(thread), || view.strs(param::clone_20_x::CGROUPS));
        }
        // The child may run, and even exit, before its parent returns.
        if self.recent_exits.has(result) {
            return;
        }
        // The parent's return has the child's number in the parent's own namespace, which is the host's
        // number only in the host's namespace. Otherwise the child's own return adds it.
        let in_host_namespace = view.i64(param::clone_20_x::VTID) == Some(view.tid());
        if flags & (clone_flags::CHILD_IN_PIDNS | clone_flags::PARENT) != 0
            || !in_host_namespace
            || self.threads.contains_key(&result)
        {
            return;
        }
        let (pid, parent) = if flags & clone_flags::THREAD != 0 {
            (caller_pid, view.i64(param::clone_20_x::PTID).unwrap_or(-1))
        } else {
            (result, caller_pid)
        };
        self.insert_cloned(event, result, pid, parent, flags);
    }

    fn insert_cloned(&mut self, event: &Event<'_>, tid: i64, pid: i64, ptid: i64, flags: u32) {
        let view = &event.view;
        // The event may name a thread as parent. The parent is its process: the thread may exit long
        // before.
        let ptid = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        let ptid = match self.recent_exits.heir(ptid) {
            Some(heir) if !self.processes.contains_key(&ptid) => heir,
            _ => ptid,
        };
        self.recent_exits.born(tid);
        // The exit of the number's previous owner may have been lost.
        if self.threads.get(&tid).is_some_and(|old| old.start_ts != 0 && old.pid != pid) {
            self.remove_thread(tid, 0);
        }
        let is_thread = tid != pid;
        let model = self
            .main_thread(if is_thread { pid } else { ptid })
            .or_else(|| self.threads.get(&view.tid()))
            .cloned();
        let exe: Arc<[u8]> = Arc::from(view.str(param::clone_20_x::EXE).unwrap_or_default());
        let reported = view.param(param::clone_20_x::ARGS).unwrap_or_default();
        let image = match &model {
            Some(model)
                if exe.is_empty()
                    || (*model.image.exe == *exe && model.image.args.are_arguments(reported)) =>
            {
                Arc::clone(&model.image)
            }
            // The parent is not the caller, or it changed its arguments.
            Some(model) => {
                let args = StrList::arguments(reported);
                Arc::new(ProcImage { exe, args, ..(*model.image).clone() })
            }
            None => Arc::new(ProcImage {
                exe,
                args: StrList::arguments(reported),
                ..ProcImage::default()
            }),
        };
        let old = self.threads.get(&tid);
        let (vtid, vpid) = if view.result() == Some(0) {
            (
                view.i64(param::clone_20_x::VTID).unwrap_or(tid),
                view.i64(param::clone_20_x::VPID).unwrap_or(pid),
            )
        } else {
            (tid, pid)
        };
        let base = model.clone().unwrap_or_else(|| Thread::unknown(tid));
        let start_ts = old.map_or(0, |old| old.start_ts);
        let thread = Thread {
            image,
            cgroups: cgroups(model.as_ref(), || view.strs(param::clone_20_x::CGROUPS)),
            // The threads of a process share its descriptors.
            flags: if is_thread { flags | clone_flags::FILES } else { flags },
            start_ts: if start_ts == 0 { view.ts() } else { start_ts },
            pidns_start_ts: view
                .u64(param::clone_20_x::PIDNS_INIT_START_TS)
                .unwrap_or(base.pidns_start_ts),
            ..new_thread(view, Ids { tid, pid, ptid, vtid, vpid }, base)
        };
        let fresh = !self.processes.contains_key(&pid);
        self.insert_thread(thread);
        let reported =
            view.str(param::clone_20_x::CWD).filter(|cwd| !cwd.is_empty()).map(Arc::from);
        let inherited = model.as_ref().and_then(|model| {
            let process = self.processes.get(&model.pid)?;
            let cwd = (Arc::clone(&process.cwd), process.walked_cwd.clone());
            Some((cwd, process.fds_for_child()))
        });
        if fresh && let Some((cwd, fds)) = inherited {
            self.share_fds(pid, fds);
            if let Some(process) = self.processes.get_mut(&pid) {
                (process.cwd, process.walked_cwd) = cwd;
            }
        }
        if let Some(cwd) = reported.filter(|_| !is_thread)
            && let Some(process) = self.processes.get_mut(&pid)
        {
            process.cwd = cwd;
            process.walked_cwd = None;
        }
    }
}

/// The numbers of a new thread, as in [`Thread`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) tid: i64,
    pub(crate) pid: i64,
    pub(crate) ptid: i64,
    pub(crate) vtid: i64,
    pub(crate) vpid: i64,
}

/// A thread with what the return of a clone carries; all else is that of `base`.
pub(crate) fn new_thread(view: &EventView<'_>, ids: Ids, base: Thread) -> Thread {
    let Ids { tid, pid, ptid, vtid, vpid } = ids;
    Thread {
        tid,
        pid,
        ptid,
        vtid,
        vpid,
        comm: Arc::from(view.str(param::clone_20_x::COMM).unwrap_or_default()),
        uid: view.u32(param::clone_20_x::UID).unwrap_or(base.uid),
        gid: view.u32(param::clone_20_x::GID).unwrap_or(base.gid),
        fdlimit: view.i64(param::clone_20_x::FDLIMIT).unwrap_or(base.fdlimit),
        vm_size: view.u32(param::clone_20_x::VM_SIZE).unwrap_or(0),
        vm_rss: view.u32(param::clone_20_x::VM_RSS).unwrap_or(0),
        vm_swap: view.u32(param::clone_20_x::VM_SWAP).unwrap_or(0),
        pgft_maj: view.u64(param::clone_20_x::PGFT_MAJ).unwrap_or(0),
        pgft_min: view.u64(param::clone_20_x::PGFT_MIN).unwrap_or(0),
        known: true,
        ..base
    }
}
