//! Applies events: exec, exit, context switch, and dispatch to the files for clone, identity and
//! descriptors.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_event::{Category, Event, EventFlags, EventType};

use crate::cgroups::Cgroups;
use crate::descriptors;
use crate::enter_events::without_deleted;
use crate::event_fd::fd_number;
use crate::fd_reports;
use crate::host_info::HostInfo;
use crate::identity::changes_identity;
use crate::program;
use crate::snapshot_codec;
use crate::state::{CLOEXEC, Pending, State};
use crate::str_list::StrList;
use crate::thread::{ProcImage, Thread, clone_flags};

/// The clock of the snapshot may differ from that of events by this much, in nanoseconds.
const CLOCKS_DIFFER: u64 = 5_000_000;

impl State {
    /// Applies one event. Events must come in order.
    pub fn apply(&mut self, event: &Event<'_>, host: &dyn HostInfo) {
        self.settle();
        self.enforce_limit();
        self.events += 1;
        let info = event.view.info();
        self.note_growth(event);
        self.falco_semantics = event.trailer.origin().is_none();
        // Most events are system calls, which are of no other category.
        let of_call = info.is(Category::Syscall);
        if !of_call && info.is(Category::Iter) {
            self.snapshot(event);
            return;
        }
        if std::mem::take(&mut self.snapshot_open_roles) > 0 {
            self.assign_snapshot_roles();
        }
        if !of_call && (info.is(Category::Metaevent) || info.is(Category::Plugin)) {
            self.containers.learn(event);
            return;
        }
        let tid = event.view.tid();
        let code = event.view.event_type();
        if of_call && !code.is_exit() {
            self.enter(event);
            return;
        }
        match code {
            EventType::SYSCALL_CLONE_20_X
            | EventType::SYSCALL_FORK_20_X
            | EventType::SYSCALL_VFORK_20_X
            | EventType::SYSCALL_CLONE3_X => self.apply_clone(event, host),
            // A thread that appears only here is not added.
            EventType::SCHEDSWITCH_6_E => self.apply_context_switch(event),
            EventType::PROCEXIT_1_E => {
                let reaper = event.view.i64(4).unwrap_or(0);
                self.pending = Pending::Exit { tid, reaper };
                if event.trailer.origin().is_some() {
                    self.recent_exits.ended(tid, reaper);
                }
            }
            EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X => {
                self.ensure_thread(tid, host);
                if event.view.i64(0) == Some(0) {
                    let pid = event.view.i64(4).unwrap_or(tid);
                    fd_reports::directories(self, event, pid, host);
                    self.apply_exec(event, host);
                }
            }
            EventType::SYSCALL_BRK_4_X
            | EventType::SYSCALL_MMAP_X
            | EventType::SYSCALL_MMAP2_X
            | EventType::SYSCALL_MUNMAP_X => {
                let files = self.ensure_thread(tid, host);
                self.apply_memory_usage(event, tid);
                self.descriptors(event, files, host);
            }
            _ => {
                let files = self.ensure_thread(tid, host);
                if changes_identity(code) {
                    self.identity(event, code, tid);
                }
                self.descriptors(event, files, host);
            }
        }
    }

    /// Applies the event to the descriptors of process `files`, which its thread uses.
    fn descriptors(&mut self, event: &Event<'_>, files: Option<i64>, host: &dyn HostInfo) {
        self.event_fd = fd_number(event);
        self.event_tid = event.view.tid();
        let Some(files) = files else { return };
        descriptors::apply(self, event, files, host);
        if event.view.info().flags.has(EventFlags::CREATES_FD) {
            self.set_cloexec(event, files);
        }
    }

    /// Marks descriptors a call created as close-on-exec where its flags say so.
    fn set_cloexec(&mut self, event: &Event<'_>, files: i64) {
        let view = &event.view;
        let (flags, asks, ends): (usize, u32, &[usize]) = match view.event_type() {
            EventType::SYSCALL_PIPE2_X => (4, CLOEXEC, &[1, 2]),
            EventType::SOCKET_SOCKET_X => (4, CLOEXEC, &[0]),
            EventType::SYSCALL_EVENTFD2_X
            | EventType::SYSCALL_INOTIFY_INIT1_X
            | EventType::SYSCALL_SIGNALFD4_X
            | EventType::SYSCALL_USERFAULTFD_X => (1, CLOEXEC, &[0]),
            // These two calls have flags of their own.
            EventType::SYSCALL_EPOLL_CREATE1_X => (1, 1, &[0]),
            EventType::SYSCALL_MEMFD_CREATE_X => (2, 1, &[0]),
            _ => return,
        };
        let told = view.u32(flags).or_else(|| view.u16(flags).map(u32::from));
        if told.unwrap_or(0) & asks == 0 || view.i64(0).is_none_or(|result| result < 0) {
            return;
        }
        for end in ends {
            if let Some(fd) = view.i64(*end)
                && let Some(info) = self.fd_mut(files, fd)
            {
                info.open_flags |= CLOEXEC;
            }
        }
    }

    /// Applies a record of the first snapshot, or of a thread that was looked up.
    pub(crate) fn snapshot(&mut self, event: &Event<'_>) {
        self.add_growth(Self::growth_of(event));
        if event.view.event_type() == EventType::ITER_TASK_E {
            self.snapshot_task(event);
        } else {
            descriptors::snapshot(self, event);
        }
    }

    fn snapshot_task(&mut self, event: &Event<'_>) {
        let view = &event.view;
        let tid = view.tid();
        let number = |index| view.i32(index).map_or(-1, i64::from);
        let text = |index| view.str(index).unwrap_or_default();
        let pid = event.trailer.origin().map_or(tid, |origin| i64::from(origin.pid));
        let mut argv = view.strs(5);
        let exe = argv.next().map_or_else(|| Arc::from(text(4)), Arc::from);
        let kept = event.trailer.kept().and_then(snapshot_codec::thread);
        let flags = if tid == pid { 0 } else { clone_flags::THREAD | clone_flags::FILES };
        let (start_ts, exec_ts, flags) = kept.map_or_else(
            || (view.u64(29).unwrap_or(0), 0, flags),
            |kept| (kept.start_ts, kept.exec_ts, kept.flags | flags),
        );
        let (ctime_to_start, pidns_to_ctime) =
            kept.map_or((0, 0), |kept| (kept.ctime_to_start, kept.pidns_to_ctime));
        let mut image = ProcImage {
            exe,
            exepath: Arc::from(without_deleted(text(6))),
            args: StrList::arguments(argv.rest()),
            env: StrList::new(view.param(8).unwrap_or_default()),
            flags: view.u32(7).unwrap_or(0),
            ino: view.u64(16).unwrap_or(0),
            ctime: view.u64(17).unwrap_or(0),
            mtime: view.u64(18).unwrap_or(0),
            exec_ts,
            ctime_to_start,
            pidns_to_ctime,
            ..ProcImage::default()
        };
        program::tell(&mut image, event.trailer, view.u32(11).unwrap_or(u32::MAX), false);
        let image = match kept {
            Some(_) => image,
            // A capture of Falco's does not have the start of a thread.
            None if start_ts == 0 => image,
            None => image.begun(start_ts, view.u64(26).unwrap_or(0), &ProcImage::default()),
        };
        // Threads of a process run the same program: they share one image.
        let image = match self.main_thread(pid) {
            Some(main) if *main.image == image => Arc::clone(&main.image),
            _ => Arc::new(image),
        };
        // A repeated snapshot: the times of exec and the clone flags come from events only.
        let known = self.threads.get(&tid);
        let known = known.filter(|old| {
            old.known && old.pid == pid && old.start_ts.saturating_add(CLOCKS_DIFFER) >= start_ts
        });
        let image = match known {
            Some(old) if image.is_as_told(&old.image) => Arc::clone(&old.image),
            _ => image,
        };
        let made = known.map(|old| (old.flags, old.start_ts));
        let (flags, start_ts) = made.unwrap_or((flags, start_ts));
        if known.is_none() && self.threads.get(&tid).is_some_and(|old| old.known) {
            self.remove_previous_owner(tid, pid);
        }
        let thread = Thread {
            tid,
            pid,
            ptid: number(0),
            vtid: number(24),
            vpid: number(25),
            sid: number(3),
            pgid: number(1),
            vpgid: number(2),
            comm: Arc::from(text(4)),
            image,
            uid: view.u32(11).unwrap_or(u32::MAX),
            gid: view.u32(12).unwrap_or(u32::MAX),
            loginuid: view.u32(31).unwrap_or(u32::MAX),
            cap_permitted: view.u64(13).unwrap_or(0),
            cap_effective: view.u64(14).unwrap_or(0),
            cap_inheritable: view.u64(15).unwrap_or(0),
            tty: view.u32(30).unwrap_or(0),
            fdlimit: view.u64(10).map_or(-1, u64::cast_signed),
            cgroups: cgroups(self.main_thread(pid), || view.strs(27)),
            flags,
            start_ts,
            pidns_start_ts: view.u64(26).unwrap_or(0),
            vm_size: view.u32(19).unwrap_or(0),
            vm_rss: view.u32(20).unwrap_or(0),
            vm_swap: view.u32(21).unwrap_or(0),
            pgft_maj: view.u64(22).unwrap_or(0),
            pgft_min: view.u64(23).unwrap_or(0),
            known: true,
        };
        self.insert_thread(thread);
        // The working directory of a process is that of its first thread.
        if let Some(cwd) = view.str(9).filter(|cwd| !cwd.is_empty())
            && let Some(process) = self.processes.get_mut(&pid)
            && (tid == pid || process.cwd.is_empty())
        {
            process.cwd = Arc::from(cwd);
            process.walked_cwd = None;
        }
    }

    /// The parent of a thread after exec, or `None` where it does not change. Falco uses the event's
    /// parent only for threads without an earlier event.
    fn parent_at_exec(&self, event: &Event<'_>) -> Option<i64> {
        let thread = self.threads.get(&event.view.tid())?;
        let ptid = event.view.i64(5)?;
        let parent = self.threads.get(&ptid).filter(|parent| parent.known);
        if self.falco_semantics {
            return (thread.ptid < 0).then_some(if parent.is_some() { ptid } else { 0 });
        }
        // Where the event names an exited thread as parent, the parent known so far stays.
        match parent {
            Some(parent) => Some(parent.pid),
            None => (thread.ptid <= 0).then_some(ptid),
        }
    }

    fn apply_exec(&mut self, event: &Event<'_>, host: &dyn HostInfo) {
        let view = &event.view;
        let tid = view.tid();
        let pid = view.i64(4).unwrap_or(tid);
        let mut image = ProcImage {
            exe: Arc::from(view.str(1).unwrap_or_default()),
            exepath: self.exepath(event, pid, host),
            args: StrList::arguments(view.param(2).unwrap_or_default()),
            env: StrList::new(view.param(15).unwrap_or_default()),
            flags: view.u32(19).unwrap_or(0),
            ino: view.u64(23).unwrap_or(0),
            ctime: view.u64(24).unwrap_or(0),
            mtime: view.u64(25).unwrap_or(0),
            exec_ts: view.ts(),
            ..ProcImage::default()
        };
        program::tell(&mut image, event.trailer, view.u32(26).unwrap_or(u32::MAX), true);
        // Exec ends every other thread of the process, and its caller becomes the first thread. The
        // caller may have been removed as one of the others, and is back under the number of the first.
        let threads = self.processes.get_mut(&pid).map(|process| {
            process.threads.insert(tid);
            process.threads.clone()
        });
        for other in threads.unwrap_or_default().into_iter().filter(|other| *other != tid) {
            self.remove_thread(other, tid);
        }
        let parent = self.parent_at_exec(event);
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let former_parent = thread.ptid;
        // Falco does not take the working directory from exec; the probe's value is right.
        let cwd_counts = event.trailer.origin().is_some();
        if !thread.known {
            // Exec does not carry the numbers in the process's own namespace; the host's are used.
            (thread.vtid, thread.vpid) = (tid, pid);
        }
        thread.known = true;
        thread.flags &= !clone_flags::CLOSED;
        let (start, namespace_start) = (thread.start_ts, thread.pidns_start_ts);
        thread.image = Arc::new(image.begun(start, namespace_start, &thread.image));
        thread.pid = pid;
        thread.comm = Arc::from(view.str(13).unwrap_or_default());
        let number = |index, old| view.i64(index).unwrap_or(old);
        thread.ptid = parent.unwrap_or(thread.ptid);
        thread.vpgid = number(17, thread.vpgid);
        thread.pgid = number(28, thread.pgid);
        thread.fdlimit = view.u64(7).map_or(thread.fdlimit, u64::cast_signed);
        thread.tty = view.u32(16).unwrap_or(thread.tty);
        thread.loginuid = view.u32(18).unwrap_or(thread.loginuid);
        thread.uid = view.u32(26).unwrap_or(thread.uid);
        thread.gid = view.u32(29).unwrap_or(thread.gid);
        thread.cap_inheritable = view.u64(20).unwrap_or(thread.cap_inheritable);
        thread.cap_permitted = view.u64(21).unwrap_or(thread.cap_permitted);
        thread.cap_effective = view.u64(22).unwrap_or(thread.cap_effective);
        thread.cgroups = cgroups(Some(thread), || view.strs(14));
        thread.vm_size = view.u32(10).unwrap_or(0);
        thread.vm_rss = view.u32(11).unwrap_or(0);
        thread.vm_swap = view.u32(12).unwrap_or(0);
        thread.pgft_maj = view.u64(8).unwrap_or(0);
        thread.pgft_min = view.u64(9).unwrap_or(0);
        let parent = thread.ptid;
        let process = self.processes.entry(pid).or_default();
        process.threads = BTreeSet::from([tid]);
        if let Some(cwd) = view.str(6).filter(|cwd| cwd_counts && !cwd.is_empty()) {
            process.cwd = Arc::from(cwd);
            process.walked_cwd = None;
        }
        if parent != former_parent {
            self.add_child(parent, pid);
        }
        self.keep_fds(pid, |_, info| info.open_flags & CLOEXEC == 0);
        fd_reports::std_streams(self, event, pid);
    }
}

/// The control groups of an event; those of the known thread, shared, where they are equal.
pub(crate) fn cgroups<'e, I: Iterator<Item = &'e [u8]>>(
    known: Option<&Thread>,
    told: impl Fn() -> I,
) -> Arc<Cgroups> {
    match known {
        Some(known) if known.cgroups.iter().map(AsRef::as_ref).eq(told()) => {
            Arc::clone(&known.cgroups)
        }
        _ => Arc::new(Cgroups::new(told())),
    }
}
