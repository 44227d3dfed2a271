//! Applies events: exec, exit, context switch, and dispatch to the files for clone, identity and
//! descriptors.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_event::{Category, Event, EventFlags, EventType, param};

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
                let reaper = event.view.i64(param::procexit_1_e::REAPER_TID).unwrap_or(0);
                self.pending = Pending::Exit { tid, reaper };
                if event.trailer.origin().is_some() {
                    self.recent_exits.ended(tid, reaper);
                }
            }
            EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X => {
                self.ensure_thread(tid, host);
                if event.view.result() == Some(0) {
                    let pid = event.view.i64(param::execve_19_x::PID).unwrap_or(tid);
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
        self.counters.fds_used += u64::from(self.event_fd.is_some());
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
            EventType::SYSCALL_PIPE2_X => {
                (param::pipe2_x::FLAGS, CLOEXEC, &[param::pipe2_x::FD1, param::pipe2_x::FD2])
            }
            EventType::SOCKET_SOCKET_X => (param::socket_x::FLAGS, CLOEXEC, &[0]),
            EventType::SYSCALL_EVENTFD2_X
            | EventType::SYSCALL_INOTIFY_INIT1_X
            | EventType::SYSCALL_SIGNALFD4_X
            | EventType::SYSCALL_USERFAULTFD_X => (param::eventfd2_x::FLAGS, CLOEXEC, &[0]),
            // These two calls have flags of their own.
            EventType::SYSCALL_EPOLL_CREATE1_X => (param::epoll_create1_x::FLAGS, 1, &[0]),
            EventType::SYSCALL_MEMFD_CREATE_X => (param::memfd_create_x::FLAGS, 1, &[0]),
            _ => return,
        };
        let reported = view.u32(flags).or_else(|| view.u16(flags).map(u32::from));
        if reported.unwrap_or(0) & asks == 0 || view.result().is_none_or(|result| result < 0) {
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
        let mut argv = view.strs(param::iter_task_e::ARGV);
        let exe = argv.next().map_or_else(|| Arc::from(text(param::iter_task_e::COMM)), Arc::from);
        let kept = event.trailer.kept().and_then(snapshot_codec::thread);
        let flags = if tid == pid { 0 } else { clone_flags::THREAD | clone_flags::FILES };
        let (start_ts, exec_ts, flags) = kept.map_or_else(
            || (view.u64(param::iter_task_e::START_TIME).unwrap_or(0), 0, flags),
            |kept| (kept.start_ts, kept.exec_ts, kept.flags | flags),
        );
        let (ctime_to_start, pidns_to_ctime) =
            kept.map_or((0, 0), |kept| (kept.ctime_to_start, kept.pidns_to_ctime));
        let mut image = ProcImage {
            exe,
            exepath: Arc::from(without_deleted(text(param::iter_task_e::EXEPATH))),
            args: StrList::arguments(argv.rest()),
            env: StrList::new(view.param(param::iter_task_e::ENV).unwrap_or_default()),
            flags: view.u32(param::iter_task_e::FLAGS).unwrap_or(0),
            ino: view.u64(param::iter_task_e::EXE_INO_NUM).unwrap_or(0),
            ctime: view.u64(param::iter_task_e::EXE_INO_CTIME).unwrap_or(0),
            mtime: view.u64(param::iter_task_e::EXE_INO_MTIME).unwrap_or(0),
            exec_ts,
            ctime_to_start,
            pidns_to_ctime,
            ..ProcImage::default()
        };
        program::apply(
            &mut image,
            event.trailer,
            view.u32(param::iter_task_e::EUID).unwrap_or(u32::MAX),
            false,
        );
        let image = match kept {
            Some(_) => image,
            // A capture of Falco's does not have the start of a thread.
            None if start_ts == 0 => image,
            None => image.begun(
                start_ts,
                view.u64(param::iter_task_e::PIDNS_INIT_START_TS).unwrap_or(0),
                &ProcImage::default(),
            ),
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
            ptid: number(param::iter_task_e::PPID),
            vtid: number(param::iter_task_e::VTGID),
            vpid: number(param::iter_task_e::VPID),
            sid: number(param::iter_task_e::SID),
            pgid: number(param::iter_task_e::PGID),
            vpgid: number(param::iter_task_e::VPGID),
            comm: Arc::from(text(param::iter_task_e::COMM)),
            image,
            uid: view.u32(param::iter_task_e::EUID).unwrap_or(u32::MAX),
            gid: view.u32(param::iter_task_e::EGID).unwrap_or(u32::MAX),
            loginuid: view.u32(param::iter_task_e::LOGINUID).unwrap_or(u32::MAX),
            cap_permitted: view.u64(param::iter_task_e::CAP_PERMITTED).unwrap_or(0),
            cap_effective: view.u64(param::iter_task_e::CAP_EFFECTIVE).unwrap_or(0),
            cap_inheritable: view.u64(param::iter_task_e::CAP_INHERITABLE).unwrap_or(0),
            tty: view.u32(param::iter_task_e::TTY).unwrap_or(0),
            fdlimit: view.u64(param::iter_task_e::FDLIMIT).map_or(-1, u64::cast_signed),
            cgroups: cgroups(self.main_thread(pid), || view.strs(param::iter_task_e::CGROUPS)),
            flags,
            start_ts,
            pidns_start_ts: view.u64(param::iter_task_e::PIDNS_INIT_START_TS).unwrap_or(0),
            vm_size: view.u32(param::iter_task_e::VM_SIZE).unwrap_or(0),
            vm_rss: view.u32(param::iter_task_e::VM_RSS).unwrap_or(0),
            vm_swap: view.u32(param::iter_task_e::VM_SWAP).unwrap_or(0),
            pgft_maj: view.u64(param::iter_task_e::PGFT_MAJ).unwrap_or(0),
            pgft_min: view.u64(param::iter_task_e::PGFT_MIN).unwrap_or(0),
            known: true,
        };
        self.insert_thread(thread);
        // The working directory of a process is that of its first thread.
        if let Some(cwd) = view.str(param::iter_task_e::CWD).filter(|cwd| !cwd.is_empty())
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
        let ptid = event.view.i64(param::execve_19_x::PTID)?;
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
        let pid = view.i64(param::execve_19_x::PID).unwrap_or(tid);
        let mut image = ProcImage {
            exe: Arc::from(view.str(param::execve_19_x::EXE).unwrap_or_default()),
            exepath: self.exepath(event, pid, host),
            args: StrList::arguments(view.param(param::execve_19_x::ARGS).unwrap_or_default()),
            env: StrList::new(view.param(param::execve_19_x::ENV).unwrap_or_default()),
            flags: view.u32(param::execve_19_x::FLAGS).unwrap_or(0),
            ino: view.u64(param::execve_19_x::EXE_INO).unwrap_or(0),
            ctime: view.u64(param::execve_19_x::EXE_INO_CTIME).unwrap_or(0),
            mtime: view.u64(param::execve_19_x::EXE_INO_MTIME).unwrap_or(0),
            exec_ts: view.ts(),
            ..ProcImage::default()
        };
        program::apply(
            &mut image,
            event.trailer,
            view.u32(param::execve_19_x::UID).unwrap_or(u32::MAX),
            true,
        );
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
        thread.comm = Arc::from(view.str(param::execve_19_x::COMM).unwrap_or_default());
        let number = |index, old| view.i64(index).unwrap_or(old);
        thread.ptid = parent.unwrap_or(thread.ptid);
        thread.vpgid = number(param::execve_19_x::VPGID, thread.vpgid);
        thread.pgid = number(param::execve_19_x::PGID, thread.pgid);
        thread.fdlimit =
            view.u64(param::execve_19_x::FDLIMIT).map_or(thread.fdlimit, u64::cast_signed);
        thread.tty = view.u32(param::execve_19_x::TTY).unwrap_or(thread.tty);
        thread.loginuid = view.u32(param::execve_19_x::LOGINUID).unwrap_or(thread.loginuid);
        thread.uid = view.u32(param::execve_19_x::UID).unwrap_or(thread.uid);
        thread.gid = view.u32(param::execve_19_x::GID).unwrap_or(thread.gid);
        thread.cap_inheritable =
            view.u64(param::execve_19_x::CAP_INHERITABLE).unwrap_or(thread.cap_inheritable);
        thread.cap_permitted =
            view.u64(param::execve_19_x::CAP_PERMITTED).unwrap_or(thread.cap_permitted);
        thread.cap_effective =
            view.u64(param::execve_19_x::CAP_EFFECTIVE).unwrap_or(thread.cap_effective);
        thread.cgroups = cgroups(Some(thread), || view.strs(param::execve_19_x::CGROUPS));
        self.containers.note(&thread.cgroups);
        thread.vm_size = view.u32(param::execve_19_x::VM_SIZE).unwrap_or(0);
        thread.vm_rss = view.u32(param::execve_19_x::VM_RSS).unwrap_or(0);
        thread.vm_swap = view.u32(param::execve_19_x::VM_SWAP).unwrap_or(0);
        thread.pgft_maj = view.u64(param::execve_19_x::PGFT_MAJ).unwrap_or(0);
        thread.pgft_min = view.u64(param::execve_19_x::PGFT_MIN).unwrap_or(0);
        let parent = thread.ptid;
        let process = self.processes.entry(pid).or_default();
        process.threads = BTreeSet::from([tid]);
        if let Some(cwd) =
            view.str(param::execve_19_x::CWD).filter(|cwd| cwd_counts && !cwd.is_empty())
        {
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
    reported: impl Fn() -> I,
) -> Arc<Cgroups> {
    match known {
        Some(known) if known.cgroups.iter().map(AsRef::as_ref).eq(reported()) => {
            Arc::clone(&known.cgroups)
        }
        _ => Arc::new(Cgroups::new(reported())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_read_alike_begin_with_the_same_parameters() {
        use EventType as E;
        for (count, alike) in [
            (
                21,
                [
                    E::SYSCALL_CLONE_20_X,
                    E::SYSCALL_FORK_20_X,
                    E::SYSCALL_VFORK_20_X,
                    E::SYSCALL_CLONE3_X,
                ]
                .as_slice(),
            ),
            (29, &[E::SYSCALL_EXECVE_19_X, E::SYSCALL_EXECVEAT_X]),
            (4, &[E::SYSCALL_BRK_4_X, E::SYSCALL_MMAP_X, E::SYSCALL_MMAP2_X, E::SYSCALL_MUNMAP_X]),
            (2, &[E::SYSCALL_OPEN_X, E::SYSCALL_CREAT_X]),
            (3, &[E::SYSCALL_OPENAT_2_X, E::SYSCALL_OPENAT2_X]),
            (2, &[E::SYSCALL_DUP_1_X, E::SYSCALL_DUP2_X, E::SYSCALL_DUP3_X]),
            (4, &[E::SYSCALL_PIPE_X, E::SYSCALL_PIPE2_X]),
            (4, &[E::SYSCALL_SETRLIMIT_X, E::SYSCALL_GETRLIMIT_X]),
            (2, &[E::SOCKET_ACCEPT_5_X, E::SOCKET_ACCEPT4_6_X]),
            (8, &[E::ITER_TASK_FILE_SOCKET_INET_E, E::ITER_TASK_FILE_SOCKET_INET6_E]),
            (
                2,
                &[
                    E::SYSCALL_EVENTFD2_X,
                    E::SYSCALL_INOTIFY_INIT1_X,
                    E::SYSCALL_SIGNALFD4_X,
                    E::SYSCALL_USERFAULTFD_X,
                ],
            ),
            (
                1,
                &[
                    E::ITER_TASK_FILE_REGULAR_E,
                    E::ITER_TASK_FILE_DIRECTORY_E,
                    E::ITER_TASK_FILE_PIPE_E,
                    E::ITER_TASK_FILE_MEMFD_E,
                    E::ITER_TASK_FILE_SOCKET_UNIX_E,
                    E::ITER_TASK_FILE_SOCKET_NETLINK_E,
                    E::ITER_TASK_FILE_ANON_INODE_E,
                ],
            ),
        ] {
            let names = |code: &EventType| -> Vec<&str> {
                code.info().unwrap().params.iter().map(|param| param.name).take(count).collect()
            };
            let first = names(&alike[0]);
            assert_eq!(first.len(), count, "{:?}", alike[0]);
            for code in alike {
                assert_eq!(names(code), first, "{code:?}");
            }
        }
    }
}
