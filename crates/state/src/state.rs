//! The tables, and the ways to look something up in them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use hashbrown::HashMap;
use peregrine_event::Event;
use rustc_hash::FxBuildHasher;

use crate::containers::{Container, Containers};
use crate::fd::FdInfo;
use crate::host_info::Outside;
use crate::recent_exits::RecentExits;
use crate::thread::{ProcImage, Process, Thread};

/// A descriptor that ends with its program: `PPM_O_CLOEXEC` of the capture format.
pub(crate) const CLOEXEC: u32 = 4096;

/// How much the picture may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Threads; past that new ones are not kept and counted.
    pub threads: usize,
    /// Descriptors of one process; past that new ones are not kept and counted.
    pub fds: usize,
    /// Descriptors of all processes; what a child shares with its parent counts once. An ordinary
    /// user's may be half of them.
    pub all_fds: usize,
    /// Bytes of memory, about; an ordinary user's may be half of them. What is more is let go of,
    /// oldest first, of those who take most.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { threads: 262_144, fds: 65_536, all_fds: 1 << 20, bytes: 256 << 20 }
    }
}

/// What the picture could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Threads not kept, the table being full.
    pub threads_refused: u64,
    /// Descriptors not kept, a table being full.
    pub fds_refused: u64,
    /// Threads no event had told of that `Outside` was asked for.
    pub threads_asked: u64,
    /// Of those, the ones nobody knew.
    pub threads_unknown: u64,
    /// Descriptors dropped at the memory limit.
    pub fds_shed: u64,
    /// Threads dropped at the memory limit.
    pub threads_shed: u64,
    /// Threads taken away because they were gone and nobody had told.
    pub threads_swept: u64,
    /// Descriptors and programs of which no path was told, for it is longer than the kernel programs go, nor
    /// found: they are known as they were asked for.
    pub paths_untold: u64,
}

/// The picture of the host.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) threads: HashMap<i64, Thread, FxBuildHasher>,
    pub(crate) processes: HashMap<i64, Process, FxBuildHasher>,
    pub(crate) containers: Containers,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    /// What the last event takes away, done when the next one begins.
    pub(crate) pending: Pending,
    /// The number of the event's descriptor.
    pub(crate) event_fd: Option<i64>,
    /// The enter event of a thread's call that opens or starts something: its names may change later.
    pub(crate) entered: HashMap<i64, Vec<u8>, FxBuildHasher>,
    /// What the event's descriptor is, where the process keeps none: a call that failed has a name
    /// but no descriptor, and a full table takes no more.
    pub(crate) unstored_fd: Option<FdInfo>,
    /// Whether the event gave its descriptor another name.
    pub(crate) fd_renamed: bool,
    /// The event's thread, where the table is full.
    pub(crate) unstored_thread: Option<Box<Thread>>,
    /// Paths that were asked for, as the probe told none: of descriptors of the event.
    pub(crate) resolved_fd_paths: Vec<(i64, Arc<[u8]>)>,
    /// Live, who ended lately.
    pub(crate) recent_exits: RecentExits,
    /// Descriptors in all tables.
    pub(crate) fds_kept: usize,
    /// Bytes that may have come since everything was weighed.
    pub(crate) grown: usize,
    /// Counts events: what is older is let go of first.
    pub(crate) events: u64,
    /// See [`Self::follow_names`].
    pub(crate) follows_names: bool,
    /// Ports that listed sockets wait on.
    pub(crate) snapshot_server_ports: BTreeSet<u16>,
    /// Sockets listed since the last event whose part those ports tell.
    pub(crate) snapshot_open_roles: usize,
    /// Whether the event is of a capture of Falco's, and followed as Falco does.
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
    /// An empty picture.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// What could not be done so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How many threads are kept.
    pub fn thread_count(&self) -> usize {
        self.threads.len()
    }

    /// How many descriptors are kept.
    pub fn fd_count(&self) -> usize {
        self.fds_kept
    }

    /// A thread by its number.
    pub fn thread(&self, tid: i64) -> Option<&Thread> {
        self.threads
            .get(&tid)
            .or_else(|| self.unstored_thread.as_deref().filter(|one| one.tid == tid))
    }

    /// The numbers of the threads kept.
    pub fn tids(&self) -> impl Iterator<Item = i64> {
        self.threads.keys().copied()
    }

    /// What was told of a container, by the first twelve letters of its id.
    pub fn container(&self, id: &str) -> Option<&Container> {
        self.containers.get(id)
    }

    /// Whether a container told of has this address.
    pub fn is_of_container(&self, ip: Ipv4Addr) -> bool {
        self.containers.has_address(ip)
    }

    /// The process a thread belongs to.
    pub fn process_of(&self, thread: &Thread) -> Option<&Process> {
        self.processes.get(&thread.pid)
    }

    /// The first thread of a process. It may have ended while others live.
    pub fn main_thread(&self, pid: i64) -> Option<&Thread> {
        if self.falco_semantics {
            // In captures there is nobody to ask for one of which nobody told.
            return self.threads.get(&pid).filter(|main| main.known);
        }
        self.threads.get(&pid).or_else(|| {
            // Live, the others know as much.
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

    /// The thread that is a thread's parent, as far as it is told.
    pub fn parent_thread(&self, thread: &Thread) -> Option<&Thread> {
        if thread.ptid <= 0 || thread.ptid == thread.pid {
            return None;
        }
        self.threads.get(&thread.ptid).filter(|parent| parent.known)
    }

    /// The processes a thread comes from, its parent first. Ends at a loop.
    pub fn ancestors<'s>(&'s self, thread: &'s Thread) -> impl Iterator<Item = &'s Thread> {
        self.line(thread, Self::parent)
    }

    /// The threads a process comes from, as far as they are told: each the parent of the one before.
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
        // Nobody has more ancestors than there are threads: a loop ends there, and long before
        // that at a process that is its own ancestor.
        let mut seen = 0_usize;
        let start = thread.pid;
        let mut at = thread;
        std::iter::from_fn(move || {
            at = parent(self, at)?;
            seen += 1;
            (at.pid != start && seen <= 1024).then_some(at)
        })
    }

    /// The current folder of a thread; empty where it is not known, and `./` of threads of which
    /// nobody told.
    pub fn cwd(&self, thread: &Thread) -> &[u8] {
        if self.is_rootless(thread) {
            return b"./";
        }
        self.process_of(thread).map(|process| &*process.cwd).unwrap_or_default()
    }

    /// Whether nothing is known of the process a thread belongs to: in captures that do not tell of its
    /// first thread. What such threads learn of their folder is not kept, as in Falco.
    pub fn is_rootless(&self, thread: &Thread) -> bool {
        self.falco_semantics && (!thread.known || self.main_thread(thread.pid).is_none())
    }

    /// A descriptor of a process.
    #[inline]
    pub fn fd(&self, pid: i64, fd: i64) -> Option<&FdInfo> {
        self.processes.get(&pid)?.fds.get(fd)
    }

    /// How many descriptors a process has open, as far as they are known.
    pub fn fd_count_of(&self, pid: i64) -> Option<usize> {
        self.processes.get(&pid).map(|process| process.fds.len())
    }

    /// Asks for the event's thread where no event told of it. Returns whose descriptors it uses
    /// ([`Thread::files`]); nobody's where the event has no thread.
    pub(crate) fn ensure_thread(&mut self, tid: i64, outside: &dyn Outside) -> Option<i64> {
        if let Some(thread) = self.threads.get(&tid) {
            return Some(thread.files());
        }
        self.ask_for_thread(tid, outside);
        self.thread(tid).map(Thread::files)
    }

    #[cold]
    fn ask_for_thread(&mut self, tid: i64, outside: &dyn Outside) {
        // The idle thread of every CPU is 0, and what has no thread -1.
        if tid <= 0 {
            return;
        }
        self.counters.threads_asked += 1;
        outside.thread(tid, &mut |record| {
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
        if self.threads.len() >= self.limits.threads && !self.threads.contains_key(&thread.tid) {
            self.counters.threads_refused += 1;
            // What it does now is judged all the same.
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
        self.threads.insert(tid, thread);
    }

    /// Whether a thread's name is the one it gave itself last (`prctl`); else that it was started with, as in
    /// Falco.
    pub fn follow_names(&mut self, on: bool) {
        self.follows_names = on;
    }

    /// Somebody set the clock forward by this, nanoseconds; below zero: back. What began before did so at
    /// another time by the clock as it is now.
    pub fn clock_moved(&mut self, by: i64) {
        let moved = |ts: u64| if ts == 0 { 0 } else { ts.saturating_add_signed(by).max(1) };
        // Threads share what they run.
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

    /// Takes note of a child: `ptid` is the parent, a thread or a process.
    pub(crate) fn add_child(&mut self, ptid: i64, child: i64) {
        let parent = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        if parent > 0
            && parent != child
            && let Some(parent) = self.processes.get_mut(&parent)
        {
            parent.children.insert(child);
        }
    }

    /// Takes away what the last event took away; the next event does it by itself.
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
