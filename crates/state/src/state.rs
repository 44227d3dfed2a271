//! The tables of threads and processes, and look-ups in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use peregrine_event::Event;
use rustc_hash::FxBuildHasher;

use crate::containers::Containers;
use crate::fd::FdInfo;
use crate::host_info::HostInfo;
use crate::recent_exits::RecentExits;
use crate::thread::{ProcImage, Process, Thread};

/// Close-on-exec: `PPM_O_CLOEXEC` of the capture format.
pub(crate) const CLOEXEC: u32 = 4096;

/// How much the state may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads; further ones are refused and counted.
    pub threads: usize,
    /// Descriptors of one process; further ones are refused and counted.
    pub fds: usize,
    /// Descriptors of all processes; a table shared by parent and child counts once. An unprivileged
    /// user may have half of them.
    pub all_fds: usize,
    /// Bytes of memory, about; an unprivileged user may have half of them. Above that the oldest
    /// entries of the largest users are dropped.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { threads: 262_144, fds: 65_536, all_fds: 1 << 20, bytes: 256 << 20 }
    }
}

/// What did not fit or could not be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Threads refused because the table was full.
    pub threads_refused: u64,
    /// Descriptors refused because a table was full.
    pub fds_refused: u64,
    /// Threads without an earlier event that were looked up through `HostInfo`.
    pub threads_looked_up: u64,
    /// Of those, the ones that were not found.
    pub threads_unknown: u64,
    /// Descriptors dropped at the memory limit.
    pub fds_shed: u64,
    /// Threads dropped at the memory limit.
    pub threads_shed: u64,
    /// Threads removed by a reconciliation, because their exit was lost.
    pub threads_stale: u64,
    /// Descriptors and programs without a walked path: it is longer than the kernel programs walk, and
    /// the host did not have it. They have the name the call was given.
    pub paths_unresolved: u64,
    /// Threads added to the table, by whatever described them.
    pub threads_added: u64,
    /// Events about a descriptor.
    pub fds_used: u64,
    /// Of those, the ones whose descriptor only the kernel's report with the event described.
    pub fds_reported: u64,
    /// Of those with a report, the ones about a descriptor that neither the table nor the report had.
    pub fds_unknown: u64,
    /// Descriptors added to a table.
    pub fds_added: u64,
    /// Descriptors removed from a table that stays.
    pub fds_removed: u64,
    /// Entries of calls that were kept until the call returns.
    pub entries_kept: u64,
    /// Entries of calls that were not kept: there were too many.
    pub entries_refused: u64,
    /// Entries of calls that were there when the call returned.
    pub entries_found: u64,
    /// Entries of calls that were not, in captures.
    pub entries_missing: u64,
}

/// The state of the host.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) threads: HashMap<i64, Thread, FxBuildHasher>,
    pub(crate) processes: HashMap<i64, Process, FxBuildHasher>,
    pub(crate) containers: Containers,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    /// What the last event ends; removed when the next event begins.
    pub(crate) pending: Pending,
    /// The number of the event's descriptor.
    pub(crate) event_fd: Option<i64>,
    /// The enter event of a call in progress that opens or executes: its names in memory may change
    /// until it returns.
    pub(crate) entered: HashMap<i64, Vec<u8>, FxBuildHasher>,
    /// The event's descriptor where no table has it: a failed call has a name but no descriptor, and a
    /// full table refuses it.
    pub(crate) unstored_fd: Option<FdInfo>,
    /// Whether the event changed the name of its descriptor.
    pub(crate) fd_renamed: bool,
    /// The event's thread, where the table is full.
    pub(crate) unstored_thread: Option<Box<Thread>>,
    /// Paths of the event's descriptors that the host resolved because the probe's walk did not end.
    pub(crate) resolved_fd_paths: Vec<(i64, Arc<[u8]>)>,
    /// Live: threads that exited recently.
    pub(crate) recent_exits: RecentExits,
    /// Descriptors in all tables.
    pub(crate) fds_kept: usize,
    /// Bytes that may have been added since memory was last measured.
    pub(crate) grown: usize,
    /// Bytes of everything when it was measured last.
    pub(crate) measured: usize,
    /// Number of events; entries used longest ago are dropped first.
    pub(crate) events: u64,
    /// See [`Self::follow_names`].
    pub(crate) follows_names: bool,
    /// Ports on which sockets of the snapshot listen.
    pub(crate) snapshot_server_ports: BTreeSet<u16>,
    /// Sockets of the snapshot since the last event whose role follows from those ports.
    pub(crate) snapshot_open_roles: usize,
    /// Whether the event is from a capture of Falco's, so that Falco's semantics apply.
    pub(crate) falco_semantics: bool,
    /// The thread of the event whose descriptors are looked at.
    pub(crate) event_tid: i64,
}

#[derive(Debug, Default)]
pub(crate) enum Pending {
    #[default]
    Nothing,
    Exit {
        tid: i64,
        reaper: i64,
    },
    Close {
        pid: i64,
        fd: i64,
    },
    CloseRange {
        pid: i64,
        first: i64,
        last: i64,
    },
}

impl State {
    /// An empty state.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Events that were applied.
    pub fn applied(&self) -> u64 {
        self.events
    }

    /// What did not fit or could not be found so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Number of threads.
    pub fn thread_count(&self) -> usize {
        self.threads.len()
    }

    /// Number of descriptors in all tables.
    pub fn fd_count(&self) -> usize {
        self.fds_kept
    }

    /// The thread with this number.
    pub fn thread(&self, tid: i64) -> Option<&Thread> {
        self.threads
            .get(&tid)
            .or_else(|| self.unstored_thread.as_deref().filter(|one| one.tid == tid))
    }

    /// The numbers of all threads.
    pub fn tids(&self) -> impl Iterator<Item = i64> {
        self.threads.keys().copied()
    }

    /// The process a thread belongs to.
    pub fn process_of(&self, thread: &Thread) -> Option<&Process> {
        self.processes.get(&thread.pid)
    }

    /// The first thread of a process. It may have exited while others run.
    pub fn main_thread(&self, pid: i64) -> Option<&Thread> {
        if self.falco_semantics {
            // A capture has no host to look up a missing first thread on.
            return self.threads.get(&pid).filter(|main| main.known);
        }
        self.threads.get(&pid).or_else(|| {
            // Live, the other threads carry the same values.
            let process = self.processes.get(&pid)?;
            process.threads.iter().find_map(|tid| self.threads.get(tid))
        })
    }

    /// The parent process of a thread: that of the first thread of its process.
    pub fn parent(&self, thread: &Thread) -> Option<&Thread> {
        let ptid = self.main_thread(thread.pid)?.ptid;
        if ptid <= 0 || ptid == thread.pid {
            return None;
        }
        let parent = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        self.main_thread(parent)
    }

    /// The parent thread of a thread, where events name it.
    pub fn parent_thread(&self, thread: &Thread) -> Option<&Thread> {
        if thread.ptid <= 0 || thread.ptid == thread.pid {
            return None;
        }
        self.threads.get(&thread.ptid).filter(|parent| parent.known)
    }

    /// The ancestor processes of a thread, its parent first. Ends at a loop.
    pub fn ancestors<'s>(&'s self, thread: &'s Thread) -> impl Iterator<Item = &'s Thread> {
        self.line(thread, Self::parent)
    }

    /// The ancestor threads of a process, where events name them: each the parent of the one before.
    pub fn ancestor_threads<'s>(&'s self, thread: &'s Thread) -> impl Iterator<Item = &'s Thread> {
        let main = self.main_thread(thread.pid);
        main.into_iter().flat_map(|main| self.threads_above(main))
    }

    /// The same, beginning at this thread.
    pub fn threads_above<'s>(&'s self, thread: &'s Thread) -> impl Iterator<Item = &'s Thread> {
        self.line(thread, Self::parent_thread)
    }

    fn line<'s>(
        &'s self,
        thread: &'s Thread,
        parent: fn(&'s Self, &Thread) -> Option<&'s Thread>,
    ) -> impl Iterator<Item = &'s Thread> {
        // Nobody has more ancestors than there are threads: that ends a loop, and a process that is its
        // own ancestor ends it long before.
        let mut seen = 0_usize;
        let start = thread.pid;
        let mut at = thread;
        std::iter::from_fn(move || {
            at = parent(self, at)?;
            seen += 1;
            (at.pid != start && seen <= 1024).then_some(at)
        })
    }

    /// The working directory of a thread; empty where unknown, `./` for threads without an earlier
    /// event.
    pub fn cwd(&self, thread: &Thread) -> &[u8] {
        if self.is_rootless(thread) {
            return b"./";
        }
        self.process_of(thread).map(|process| &*process.cwd).unwrap_or_default()
    }

    /// Whether nothing is known of a thread's process, because a capture does not have its first
    /// thread. Like Falco, changes of such a thread's working directory are not tracked.
    pub fn is_rootless(&self, thread: &Thread) -> bool {
        self.falco_semantics && (!thread.known || self.main_thread(thread.pid).is_none())
    }

    /// A descriptor of a process.
    #[inline]
    pub fn fd(&self, pid: i64, fd: i64) -> Option<&FdInfo> {
        self.processes.get(&pid)?.fds.get(fd)
    }

    /// How many descriptors of a process are known to be open.
    pub fn fd_count_of(&self, pid: i64) -> Option<usize> {
        self.processes.get(&pid).map(|process| process.fds.len())
    }

    /// Looks the event's thread up on the host where no event carried it. Returns the process whose
    /// descriptors it uses ([`Thread::files`]); `None` where the event has no thread.
    pub(crate) fn ensure_thread(&mut self, tid: i64, host: &dyn HostInfo) -> Option<i64> {
        if let Some(thread) = self.threads.get(&tid) {
            return Some(thread.files());
        }
        self.ask_for_thread(tid, host);
        self.thread(tid).map(Thread::files)
    }

    #[cold]
    fn ask_for_thread(&mut self, tid: i64, host: &dyn HostInfo) {
        // 0 is the idle thread of each CPU, -1 no thread.
        if tid <= 0 {
            return;
        }
        self.counters.threads_looked_up += 1;
        host.thread(tid, &mut |record| {
            if let Ok(event) = Event::parse(0, record) {
                self.snapshot(&event);
            }
        });
        if self.thread(tid).is_none() {
            self.counters.threads_unknown += 1;
            self.insert_thread(Thread::unknown(tid));
        }
    }

    pub(crate) fn insert_thread(&mut self, thread: Thread) {
        self.containers.note(&thread.cgroups);
        if self.threads.len() >= self.limits.threads && !self.threads.contains_key(&thread.tid) {
            self.counters.threads_refused += 1;
            // The event itself is still evaluated with its thread.
            self.unstored_thread = Some(Box::new(thread));
            return;
        }
        let (tid, pid, ptid) = (thread.tid, thread.pid, thread.ptid);
        let had_process = self.processes.contains_key(&pid);
        let process = self.processes.entry(pid).or_default();
        process.used = self.events;
        if !(self.falco_semantics && !thread.known && had_process) {
            process.threads.insert(tid);
        }
        if tid == pid {
            self.add_child(ptid, pid);
        }
        self.counters.threads_added += u64::from(self.threads.insert(tid, thread).is_none());
    }

    /// Selects whether a thread's name follows `prctl(PR_SET_NAME)`; otherwise it stays that of its
    /// exec, as in Falco.
    pub fn follow_names(&mut self, on: bool) {
        self.follows_names = on;
    }

    /// The clock was set forward by this many nanoseconds (back, if negative): start times move with
    /// it.
    pub fn clock_moved(&mut self, by: i64) {
        let moved = |ts: u64| if ts == 0 { 0 } else { ts.saturating_add_signed(by).max(1) };
        // Threads share their image.
        let mut images: HashMap<*const ProcImage, Arc<ProcImage>> = HashMap::new();
        for thread in self.threads.values_mut() {
            thread.start_ts = moved(thread.start_ts);
            thread.pidns_start_ts = moved(thread.pidns_start_ts);
            if thread.image.exec_ts != 0 {
                let image = images.entry(Arc::as_ptr(&thread.image)).or_insert_with(|| {
                    let exec_ts = moved(thread.image.exec_ts);
                    Arc::new(ProcImage { exec_ts, ..(*thread.image).clone() })
                });
                thread.image = Arc::clone(image);
            }
        }
    }

    /// Adds a child to its parent; `ptid` is a thread or a process.
    pub(crate) fn add_child(&mut self, ptid: i64, child: i64) {
        let parent = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        if parent > 0
            && parent != child
            && let Some(parent) = self.processes.get_mut(&parent)
        {
            parent.children.insert(child);
        }
    }

    /// Removes what the last event ended. [`Self::apply`] does so by itself.
    pub fn settle(&mut self) {
        if !matches!(self.pending, Pending::Nothing) {
            match std::mem::take(&mut self.pending) {
                Pending::Nothing => {}
                Pending::Exit { tid, reaper } => self.remove_thread(tid, reaper),
                Pending::Close { pid, fd } => self.remove_fd(pid, fd),
                Pending::CloseRange { pid, first, last } => {
                    self.keep_fds(pid, |fd, _| fd < first || fd > last);
                }
            }
        }
        self.event_fd = None;
        self.fd_renamed = false;
        self.resolved_fd_paths.clear();
        self.unstored_fd = None;
        self.unstored_thread = None;
    }
}
