//! Clone in captures of Falco's, with Falco's rules: they differ from what the probe makes possible,
//! and a replay has to show what Falco shows.
//!
//! A new thread inherits from its creator, by the creator's event, or else from its parent or the first
//! thread of its process, by its own event. A parent is a thread, not a process. Of a thread without an
//! earlier event only the number is known; the first clone it takes part in fills in the rest.

use std::sync::Arc;

use peregrine_event::{Event, EventView, param};

use crate::apply::cgroups;
use crate::clone::{Ids, new_thread};
use crate::host_info::HostInfo;
use crate::state::State;
use crate::str_list::StrList;
use crate::thread::{ProcImage, Process, Thread, clone_flags};

/// An entry older than this when its own clone returns belongs to the number's previous owner;
/// nanoseconds.
const STALE: u64 = 2_000_000_000;

impl State {
    /// The return of clone in the parent; `child` is the child's number as the caller sees it.
    pub(crate) fn falco_clone_in_parent(
        &mut self,
        event: &Event<'_>,
        child: i64,
        host: &dyn HostInfo,
    ) {
        let view = &event.view;
        let tid = view.tid();
        self.ensure_thread(tid, host);
        let knew = self.threads.get(&tid).is_some_and(|caller| caller.known);
        if !knew {
            self.complete_unknown(tid, view, |number| view.i64(number));
        }
        let Some(caller) = self.threads.get(&tid).cloned() else { return };
        let flags = view.u32(param::clone_20_x::FLAGS).unwrap_or(0);
        // Where numbers are those of another namespace, or the parent is not the caller, the child's
        // own return adds it.
        let elsewhere = clone_flags::CHILD_IN_PIDNS | clone_flags::NEWPID | clone_flags::PARENT;
        if flags & elsewhere != 0 || caller.tid != caller.vtid {
            return;
        }
        if let Some(old) = self.threads.get(&child) {
            if old.flags & clone_flags::INVERTED != 0 {
                return;
            }
            self.remove_thread(child, 0);
        }
        let (pid, ptid) =
            if flags & clone_flags::THREAD == 0 { (child, tid) } else { (caller.pid, caller.ptid) };
        let ids = Ids { tid: child, pid, ptid, vtid: child, vpid: pid };
        self.insert_cloned_as_falco(view, ids, flags, knew.then_some(caller));
    }

    /// The return of clone in the child.
    pub(crate) fn falco_clone_in_child(&mut self, event: &Event<'_>, host: &dyn HostInfo) {
        let view = &event.view;
        let tid = view.tid();
        if let Some(old) = self.threads.get(&tid) {
            if old.start_ts != 0 && view.ts().saturating_sub(old.start_ts) < STALE {
                return;
            }
            self.remove_thread(tid, 0);
        }
        let flags = view.u32(param::clone_20_x::FLAGS).unwrap_or(0);
        let is_thread = flags & clone_flags::THREAD != 0;
        let pid = view.i64(param::clone_20_x::PID).unwrap_or(tid);
        let ptid = view.i64(param::clone_20_x::PTID).unwrap_or(-1);
        let vpid = view.i64(param::clone_20_x::VPID).unwrap_or(pid);
        let vtid = view.i64(param::clone_20_x::VTID).unwrap_or(tid);
        let model = if is_thread { pid } else { ptid };
        self.ensure_thread(model, host);
        let knew = self.threads.get(&model).is_some_and(|thread| thread.known);
        if !knew && is_thread {
            // The values of the thread's event also hold for the first thread of its process.
            self.complete_unknown(model, view, |number| {
                view.i64(if number == 18 { 19 } else { number })
            });
        }
        let model = self.threads.get(&model).filter(|_| knew).cloned();
        let ids = Ids { tid, pid, ptid, vtid, vpid };
        self.insert_cloned_as_falco(view, ids, flags | clone_flags::INVERTED, model);
    }

    /// Fills in a thread of which only the number is known, from a clone in which it, or a thread of
    /// its process, takes part. `number` reads a parameter of the event.
    fn complete_unknown(
        &mut self,
        tid: i64,
        view: &EventView<'_>,
        number: impl Fn(usize) -> Option<i64>,
    ) {
        let pid = number(param::clone_20_x::PID).unwrap_or(tid);
        let ptid = self.known_parent(number(param::clone_20_x::PTID).unwrap_or(-1));
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let former = thread.pid;
        thread.known = true;
        (thread.pid, thread.ptid) = (pid, ptid);
        thread.vtid = number(param::clone_20_x::VTID).unwrap_or(tid);
        thread.vpid = number(param::clone_20_x::VPID).unwrap_or(pid);
        thread.comm = Arc::from(view.str(param::clone_20_x::COMM).unwrap_or_default());
        thread.image = Arc::new(ProcImage {
            exe: Arc::from(view.str(param::clone_20_x::EXE).unwrap_or_default()),
            args: StrList::arguments(view.param(param::clone_20_x::ARGS).unwrap_or_default()),
            ..ProcImage::default()
        });
        if former != pid {
            if let Some(process) = self.processes.get_mut(&former) {
                process.threads.remove(&tid);
                if process.threads.is_empty() {
                    self.remove_process(former);
                }
            }
            self.processes.entry(pid).or_default().threads.insert(tid);
        }
        self.add_child(ptid, pid);
    }

    /// Adds a new thread. It inherits from `model`, the thread that created it; from one that was not
    /// known before it inherits nothing.
    fn insert_cloned_as_falco(
        &mut self,
        view: &EventView<'_>,
        ids: Ids,
        flags: u32,
        model: Option<Thread>,
    ) {
        let Ids { tid, ptid, vtid, .. } = ids;
        let is_process = flags & clone_flags::THREAD == 0;
        let inside = tid != vtid || flags & clone_flags::CHILD_IN_PIDNS != 0;
        let exe = view.str(param::clone_20_x::EXE).unwrap_or_default();
        let args = view.param(param::clone_20_x::ARGS).unwrap_or_default();
        // Inherited: the program, except the age of its file in the pid namespace. The environment
        // belongs to the first thread of a process, and is copied from the thread that creates a
        // process.
        let has_env = |model: &Thread| !is_process || model.has_env();
        let image = match &model {
            Some(model)
                if *model.image.exe == *exe
                    && model.image.args.are_arguments(args)
                    && (has_env(model) || model.image.env.is_empty())
                    && model.image.pidns_to_ctime == 0 =>
            {
                Arc::clone(&model.image)
            }
            Some(model) => {
                let env = if has_env(model) { model.image.env.clone() } else { StrList::default() };
                let args = StrList::arguments(args);
                let former = (*model.image).clone();
                Arc::new(ProcImage { exe: Arc::from(exe), args, env, pidns_to_ctime: 0, ..former })
            }
            None => Arc::new(ProcImage {
                exe: Arc::from(exe),
                args: StrList::arguments(args),
                ..ProcImage::default()
            }),
        };
        let inherited = model.as_ref().filter(|_| is_process).map(|model| {
            let led = model.files() == model.tid || self.main_thread(model.pid).is_some();
            let table = self.processes.get(&model.files()).filter(|_| led);
            let fds = table.map(Process::fds_for_child);
            (Arc::from(self.cwd(model)), fds.unwrap_or_default())
        });
        let ptid = self.known_parent(ptid);
        let groups = cgroups(model.as_ref(), || view.strs(param::clone_20_x::CGROUPS));
        let base = model.unwrap_or_else(|| Thread::unknown(tid));
        let thread = Thread {
            image,
            cgroups: groups,
            // A thread shares the descriptors of its process, whatever the clone flags say.
            flags: if is_process { flags } else { flags | clone_flags::FILES },
            start_ts: view.ts(),
            // Set only outside the first pid namespace, from the child's own event.
            pidns_start_ts: view
                .u64(param::clone_20_x::PIDNS_INIT_START_TS)
                .filter(|_| inside && view.result() == Some(0))
                .unwrap_or(0),
            ..new_thread(view, Ids { ptid, ..ids }, base)
        };
        if is_process {
            // The number's previous owner is gone.
            self.remove_process(tid);
        }
        let files = thread.files();
        self.insert_thread(thread);
        if let Some((cwd, fds)) = inherited {
            self.processes.entry(files).or_default();
            self.share_fds(files, fds);
            // The working directory of such a thread is read only by its own chdir calls.
            if let Some(process) = self.processes.get_mut(&tid) {
                process.cwd = cwd;
            }
        }
    }

    /// The parent of a new thread; 0 for an unknown one, for good.
    fn known_parent(&self, ptid: i64) -> i64 {
        if self.threads.get(&ptid).is_some_and(|parent| parent.known) { ptid } else { 0 }
    }

    /// The process that gets the children when the last thread of a process exits.
    pub(crate) fn falco_heir(&self, thread: &Thread) -> i64 {
        let inside = thread.in_pid_namespace();
        let lives = |pid: i64| {
            self.processes.get(&pid).and_then(|process| process.threads.first().copied())
        };
        // The nearest ancestor that is a subreaper or the init of the pid namespace.
        let takes = |one: &&Thread| {
            one.vpid == 1 || self.process_of(one).is_some_and(|process| process.reaps)
        };
        let mut nearer = self.ancestors(thread).take_while(|one| one.in_pid_namespace() == inside);
        let first = nearer.find(takes).and_then(|one| lives(one.pid));
        first.or_else(|| lives(1).filter(|_| !inside)).unwrap_or(0)
    }

    /// A context switch carries page faults of the thread that leaves the CPU, and the memory of its
    /// process.
    pub(crate) fn apply_context_switch(&mut self, event: &Event<'_>) {
        let view = &event.view;
        let Some(thread) = self.threads.get_mut(&view.tid()) else { return };
        thread.pgft_maj = view.u64(param::schedswitch_6_e::PGFT_MAJ).unwrap_or(thread.pgft_maj);
        thread.pgft_min = view.u64(param::schedswitch_6_e::PGFT_MIN).unwrap_or(thread.pgft_min);
        let pid = thread.pid;
        if let Some(main) = self.threads.get_mut(&pid) {
            main.vm_size = view.u32(param::schedswitch_6_e::VM_SIZE).unwrap_or(main.vm_size);
            main.vm_rss = view.u32(param::schedswitch_6_e::VM_RSS).unwrap_or(main.vm_rss);
            main.vm_swap = view.u32(param::schedswitch_6_e::VM_SWAP).unwrap_or(main.vm_swap);
        }
    }
}
