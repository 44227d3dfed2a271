//! Events of the life of threads: start, program, end, identity. Descriptors are next door.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_event::{Category, Event, EventType};

use crate::cgroups::Cgroups;
use crate::descriptors;
use crate::kept;
use crate::outside::Outside;
use crate::program;
use crate::table::{CLOEXEC, Pending, State, fd_number};
use crate::thread::{ProcImage, Thread, clone_flags};
use crate::words::Words;

/// Between the birth of a thread and its first return lies no more than this, nanoseconds.
const JUST_NOW: u64 = 1_000_000_000;

impl State {
    /// Takes one event into the picture. Events must come in order.
    pub fn apply(&mut self, event: &Event<'_>, outside: &dyn Outside) {
        self.settle();
        let info = event.view.info();
        if info.is(Category::Iter) {
            self.snapshot(event);
            return;
        }
        if info.is(Category::Metaevent) || info.is(Category::Plugin) {
            self.containers.learn(event);
            return;
        }
        let tid = event.view.tid();
        let code = event.view.event_type();
        if !code.is_exit() && info.is(Category::Syscall) {
            self.enter(event);
            return;
        }
        match code {
            EventType::SYSCALL_CLONE_20_X
            | EventType::SYSCALL_FORK_20_X
            | EventType::SYSCALL_VFORK_20_X
            | EventType::SYSCALL_CLONE3_X => self.cloned(event, outside),
            // Who only shows up here is not kept: nothing more will come of it.
            EventType::SCHEDSWITCH_6_E => {}
            EventType::PROCEXIT_1_E => {
                let reaper = event.view.i64(4).unwrap_or(0);
                self.pending = Pending::Exit { tid, reaper };
                if event.facts.origin().is_some() {
                    self.recent.ended(tid, reaper);
                }
            }
            EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X => {
                self.ensure_thread(tid, outside);
                if event.view.i64(0) == Some(0) {
                    self.executed(event);
                }
            }
            _ => {
                self.ensure_thread(tid, outside);
                self.identity(event, code, tid);
                self.event_fd = fd_number(event);
                descriptors::apply(self, event, outside);
            }
        }
    }

    /// A record of the first snapshot, or of a thread asked for.
    pub(crate) fn snapshot(&mut self, event: &Event<'_>) {
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
        let pid = event.facts.origin().map_or(tid, |origin| i64::from(origin.pid));
        let mut argv = view.strs(5);
        let exe = argv.next().map_or_else(|| Arc::from(text(4)), Arc::from);
        let kept = event.facts.kept().and_then(kept::thread);
        let flags = if tid == pid { 0 } else { clone_flags::THREAD | clone_flags::FILES };
        let (start_ts, exec_ts, flags) =
            kept.unwrap_or_else(|| (view.u64(29).unwrap_or(0), 0, flags));
        let mut image = ProcImage {
            exe,
            exepath: Arc::from(text(6)),
            args: Words::arguments(argv.rest()),
            env: Words::new(view.param(8).unwrap_or_default()),
            flags: view.u32(7).unwrap_or(0),
            ino: view.u64(16).unwrap_or(0),
            ctime: view.u64(17).unwrap_or(0),
            mtime: view.u64(18).unwrap_or(0),
            exec_ts,
            ..ProcImage::default()
        };
        program::tell(&mut image, event.facts, false);
        // Threads of a process run the same program: one image for all of them.
        let image = match self.main_thread(pid) {
            Some(main) if *main.image == image => Arc::clone(&main.image),
            _ => Arc::new(image),
        };
        // A look at what is known already: events tell when programs began and how threads were made.
        let known = self.threads.get(&tid);
        let known = known.filter(|old| old.known && old.pid == pid && old.start_ts >= start_ts);
        let image = match known {
            Some(old) if is_the_same(&image, &old.image) => Arc::clone(&old.image),
            _ => image,
        };
        let made = known.map(|old| (old.flags, old.start_ts));
        let (flags, start_ts) = made.unwrap_or((flags, start_ts));
        if known.is_none() && self.threads.get(&tid).is_some_and(|old| old.known) {
            self.remove_former(tid, pid);
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
        if let Some(cwd) = view.str(9).filter(|cwd| !cwd.is_empty())
            && let Some(process) = self.processes.get_mut(&pid)
        {
            process.cwd = Arc::from(cwd);
            process.walked_cwd = None;
        }
    }

    /// The return of clone and its kin: in the child (0), in the parent (the child's number), or
    /// in a parent that failed.
    fn cloned(&mut self, event: &Event<'_>, outside: &dyn Outside) {
        let view = &event.view;
        let result = view.i64(0).unwrap_or(-1);
        if result < 0 {
            return;
        }
        let flags = view.u32(15).unwrap_or(0);
        let caller_pid = view.i64(4).unwrap_or_else(|| view.tid());
        if result == 0 {
            // In the child all its numbers are its own, and the host's.
            let tid = view.tid();
            let pid = caller_pid;
            let parent = view.i64(5).unwrap_or(-1);
            // The parent's return may have told of it already, or a snapshot; a program started since
            // then belongs to a former owner of the number whose end was lost, and so does, live, what
            // began long before.
            let live = event.facts.origin().is_some();
            let told = self.threads.get(&tid).is_some_and(|old| {
                old.known
                    && old.pid == pid
                    && old.start_ts != 0
                    && old.image.exec_ts <= old.start_ts
                    && !(live && old.start_ts + JUST_NOW < view.ts())
            });
            if !told {
                if live {
                    self.remove_former(tid, pid);
                }
                self.born(event, tid, pid, parent, flags);
            }
            return;
        }
        self.ensure_thread(view.tid(), outside);
        if event.facts.origin().is_some() {
            // Live, whoever starts another is seen where it is now: it may have been moved.
            if let Some(thread) = self.threads.get_mut(&view.tid()) {
                thread.cgroups = cgroups(Some(thread), || view.strs(14));
            }
            // The child may be faster than its parent, to its very end.
            if self.recent.has(result) {
                return;
            }
        }
        // The parent sees the child's number as its own namespace has it: only in the host's is it
        // the child's number here. The child tells the rest itself.
        let in_host_namespace = view.i64(18) == Some(view.tid());
        if flags & (clone_flags::CHILD_IN_PIDNS | clone_flags::PARENT) != 0
            || !in_host_namespace
            || self.threads.contains_key(&result)
        {
            return;
        }
        let (pid, parent) = if flags & clone_flags::THREAD != 0 {
            (caller_pid, view.i64(5).unwrap_or(-1))
        } else {
            (result, caller_pid)
        };
        self.born(event, result, pid, parent, flags);
    }

    fn born(&mut self, event: &Event<'_>, tid: i64, pid: i64, ptid: i64, flags: u32) {
        let view = &event.view;
        // A thread is told where its process is meant: it may end long before that.
        let ptid = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        let ptid = match self.recent.heir(ptid) {
            Some(heir) if !self.processes.contains_key(&ptid) => heir,
            _ => ptid,
        };
        self.recent.born(tid);
        // An exit of the number's last owner may have been lost.
        if self.threads.get(&tid).is_some_and(|old| old.start_ts != 0 && old.pid != pid) {
            self.remove_thread(tid, 0);
        }
        let is_thread = tid != pid;
        let model = self
            .main_thread(if is_thread { pid } else { ptid })
            .or_else(|| self.threads.get(&view.tid()))
            .cloned();
        let exe: Arc<[u8]> = Arc::from(view.str(1).unwrap_or_default());
        let told = view.param(2).unwrap_or_default();
        let image = match &model {
            Some(model)
                if exe.is_empty()
                    || (*model.image.exe == *exe && model.image.args.are_arguments(told)) =>
            {
                Arc::clone(&model.image)
            }
            // The parent is another than the caller, or changed its arguments.
            Some(model) => {
                let args = Words::arguments(told);
                Arc::new(ProcImage { exe, args, ..(*model.image).clone() })
            }
            None => {
                Arc::new(ProcImage { exe, args: Words::arguments(told), ..ProcImage::default() })
            }
        };
        let old = self.threads.get(&tid);
        let (vtid, vpid) = if view.i64(0) == Some(0) {
            (view.i64(18).unwrap_or(tid), view.i64(19).unwrap_or(pid))
        } else {
            (tid, pid)
        };
        let base = model.clone().unwrap_or_else(|| Thread::unknown(tid));
        let thread = Thread {
            tid,
            pid,
            ptid,
            vtid,
            vpid,
            comm: Arc::from(view.str(13).unwrap_or_default()),
            image,
            uid: view.u32(16).unwrap_or(base.uid),
            gid: view.u32(17).unwrap_or(base.gid),
            fdlimit: view.i64(7).unwrap_or(base.fdlimit),
            cgroups: cgroups(model.as_ref(), || view.strs(14)),
            flags,
            start_ts: old.map_or_else(
                || view.ts(),
                |old| if old.start_ts == 0 { view.ts() } else { old.start_ts },
            ),
            pidns_start_ts: view.u64(20).unwrap_or(base.pidns_start_ts),
            vm_size: view.u32(10).unwrap_or(0),
            vm_rss: view.u32(11).unwrap_or(0),
            vm_swap: view.u32(12).unwrap_or(0),
            pgft_maj: view.u64(8).unwrap_or(0),
            pgft_min: view.u64(9).unwrap_or(0),
            known: true,
            ..base
        };
        let fresh = !self.processes.contains_key(&pid);
        self.insert_thread(thread);
        let told = view.str(6).filter(|cwd| !cwd.is_empty()).map(Arc::from);
        let inherited = model.as_ref().and_then(|model| {
            let process = self.processes.get(&model.pid)?;
            let cwd = (Arc::clone(&process.cwd), process.walked_cwd.clone());
            Some((cwd, Arc::clone(&process.fds)))
        });
        if fresh && let Some((cwd, fds)) = inherited {
            self.share_fds(pid, fds);
            if let Some(process) = self.processes.get_mut(&pid) {
                (process.cwd, process.walked_cwd) = cwd;
            }
        }
        if let Some(cwd) = told.filter(|_| !is_thread)
            && let Some(process) = self.processes.get_mut(&pid)
        {
            process.cwd = cwd;
            process.walked_cwd = None;
        }
    }

    fn executed(&mut self, event: &Event<'_>) {
        let view = &event.view;
        let tid = view.tid();
        let pid = view.i64(4).unwrap_or(tid);
        let mut image = ProcImage {
            exe: Arc::from(view.str(1).unwrap_or_default()),
            exepath: self.exepath(event, pid),
            args: Words::arguments(view.param(2).unwrap_or_default()),
            env: Words::new(view.param(15).unwrap_or_default()),
            flags: view.u32(19).unwrap_or(0),
            ino: view.u64(23).unwrap_or(0),
            ctime: view.u64(24).unwrap_or(0),
            mtime: view.u64(25).unwrap_or(0),
            exec_ts: view.ts(),
            ..ProcImage::default()
        };
        program::tell(&mut image, event.facts, true);
        let image = Arc::new(image);
        // Exec ends every other thread of the process; whoever called it is its first thread now.
        let threads = self.processes.get(&pid).map(|process| process.threads.clone());
        for other in threads.unwrap_or_default().into_iter().filter(|other| *other != tid) {
            self.threads.remove(&other);
            self.entered.remove(&other);
        }
        // A parent that is told by a thread which is gone is the one known.
        let parent = view.i64(5).and_then(|ptid| match self.threads.get(&ptid) {
            Some(parent) => Some(parent.pid),
            None => self.threads.get(&tid).is_none_or(|thread| thread.ptid <= 0).then_some(ptid),
        });
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let former_parent = thread.ptid;
        // Where a thread stands of which nobody told before is not taken from here, as in Falco;
        // the probe knows better.
        let cwd_counts = thread.known || event.facts.origin().is_some();
        if !thread.known {
            // A program's own numbers are not told with it; the host's serve.
            (thread.vtid, thread.vpid) = (tid, pid);
        }
        thread.known = true;
        thread.image = image;
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
        if parent != former_parent
            && let Some(parent) = self.processes.get_mut(&parent)
        {
            parent.children.insert(pid);
        }
        self.keep_fds(pid, |_, info| info.open_flags & CLOEXEC == 0);
    }
}

/// Whether what a later look tells of a program is what was told when it began. What was found of its
/// file then stays.
fn is_the_same(look: &ProcImage, told: &ProcImage) -> bool {
    (&look.exe, &look.exepath, &look.args, &look.env)
        == (&told.exe, &told.exepath, &told.args, &told.env)
        && (look.flags, look.ino, look.ctime, look.mtime)
            == (told.flags, told.ino, told.ctime, told.mtime)
}

/// The control groups told; those of a thread that is known where they are the same.
fn cgroups<'e, I: Iterator<Item = &'e [u8]>>(
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
