//! The tables, and the ways to look something up in them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;
use peregrine_event::{Event, EventFlags, EventInfo, EventType, ParamType};
use rustc_hash::FxBuildHasher;

use crate::containers::{Container, Containers};
use crate::fd::FdInfo;
use crate::outside::Outside;
use crate::recent::Recent;
use crate::thread::{ProcImage, Process, Thread, clone_flags};

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
    pub(crate) lone_fd: Option<FdInfo>,
    /// Whether the event gave its descriptor another name.
    pub(crate) fd_renamed: bool,
    /// The event's thread, where the table is full.
    pub(crate) lone_thread: Option<Box<Thread>>,
    /// Paths that were asked for, as the probe told none: of descriptors of the event.
    pub(crate) found_paths: Vec<(i64, Arc<[u8]>)>,
    /// Live, who ended lately.
    pub(crate) recent: Recent,
    /// Descriptors in all tables.
    pub(crate) fds_kept: usize,
    /// Bytes that may have come since everything was weighed.
    pub(crate) grown: usize,
    /// Counts events: what is older is let go of first.
    pub(crate) events: u64,
    /// See [`Self::follow_names`].
    pub(crate) follows_names: bool,
    /// Ports that listed sockets wait on.
    pub(crate) listed_ports: BTreeSet<u16>,
    /// Sockets listed since the last event whose part those ports tell.
    pub(crate) listed_ends: usize,
    /// Whether the event is of a capture of Falco's, and followed as Falco does.
    pub(crate) following: bool,
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
        self.threads.get(&tid).or_else(|| self.lone_thread.as_deref().filter(|one| one.tid == tid))
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
        if self.following {
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
        self.following && (!thread.known || self.main_thread(thread.pid).is_none())
    }

    /// A descriptor of a process.
    #[inline]
    pub fn fd(&self, pid: i64, fd: i64) -> Option<&FdInfo> {
        self.processes.get(&pid)?.fds.get(fd)
    }

    /// The number of the descriptor the event being looked at works on or makes; negative where
    /// the call that makes one failed.
    pub fn event_fd_number(&self) -> Option<i64> {
        self.event_fd
    }

    /// Whether the event being looked at gave its descriptor another name than it had.
    pub fn event_fd_renamed(&self) -> bool {
        self.fd_renamed
    }

    /// What the descriptor of the event being looked at is.
    pub fn event_fd(&self, event: &Event<'_>) -> Option<&FdInfo> {
        let number = self.event_fd?;
        if self.lone_fd.is_some() || number < 0 {
            return self.lone_fd.as_ref();
        }
        self.fd(self.thread(event.view.tid())?.files(), number)
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
            self.lone_thread = Some(Box::new(thread));
            return;
        }
        let (tid, pid, ptid) = (thread.tid, thread.pid, thread.ptid);
        let had_process = self.processes.contains_key(&pid);
        let process = self.processes.entry(pid).or_default();
        process.used = self.events;
        if !(self.following && !thread.known && had_process) {
            process.threads.insert(tid);
        }
        if tid == pid {
            self.has_child(ptid, pid);
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
    pub(crate) fn has_child(&mut self, ptid: i64, child: i64) {
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
        self.found_paths.clear();
        self.lone_fd = None;
        self.lone_thread = None;
    }

    /// Takes away the former owner of a number. The number of a process is free only when all of its
    /// threads have ended.
    pub(crate) fn remove_former(&mut self, tid: i64, pid: i64) {
        self.remove_thread(tid, 0);
        if tid == pid {
            let threads = self.processes.get(&pid).map(|process| process.threads.clone());
            for tid in threads.unwrap_or_default() {
                self.remove_thread(tid, 0);
            }
        }
    }

    pub(crate) fn remove_thread(&mut self, tid: i64, reaper: i64) {
        // A call it was in will not return.
        self.entered.remove(&tid);
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let (pid, ptid, files) = (thread.pid, thread.ptid, thread.files());
        let Some(process) = self.processes.get_mut(&pid) else {
            self.threads.remove(&tid);
            return;
        };
        process.threads.remove(&tid);
        let orphans = !process.children.is_empty();
        if let Some(other) = process.threads.first().copied() {
            // Who led a process stays for the others that do.
            thread.flags |= clone_flags::CLOSED;
            let children = process.children.clone();
            self.looked_up(reaper, orphans);
            if tid != pid {
                self.threads.remove(&tid);
            }
            if files != pid {
                self.remove_process(files);
            }
            let takes = self.threads.get(&reaper).is_some_and(|reaper| reaper.known);
            let reaper = if takes { reaper } else { other };
            self.given(children, tid, reaper);
            return;
        }
        self.looked_up(reaper, orphans);
        let heir = if !self.following {
            None
        } else if self.threads.get(&reaper).is_some_and(|reaper| reaper.known) {
            Some(reaper)
        } else {
            self.threads.get(&tid).map(|thread| self.heir_of(thread))
        };
        self.threads.remove(&tid);
        // Who led it goes with the last one; the number may be that of another process's thread by now.
        if self.threads.get(&pid).is_some_and(|main| main.pid == pid) {
            self.threads.remove(&pid);
        }
        if files != pid {
            self.remove_process(files);
        }
        let children = self.remove_process(pid).map(|process| process.children);
        let parent = self.threads.get(&ptid).map_or(ptid, |parent| parent.pid);
        if let Some(parent) = self.processes.get_mut(&parent) {
            parent.children.remove(&pid);
        }
        let heir = heir.unwrap_or_else(|| match self.threads.get(&reaper) {
            Some(thread) => thread.pid,
            None if reaper > 0 => reaper,
            None => 1,
        });
        self.given(children.unwrap_or_default(), 0, heir);
    }

    /// Falco looks for whoever an end names as the heir of children, and so knows of it from there on.
    fn looked_up(&mut self, reaper: i64, orphans: bool) {
        if self.following && orphans && reaper > 0 && !self.threads.contains_key(&reaper) {
            self.insert_thread(Thread::unknown(reaper));
        }
    }

    /// Gives children another parent: those of the thread `former`, or all of them where it is 0. Live,
    /// a parent is a process, and has them while a thread of it lives.
    fn given(&mut self, children: BTreeSet<i64>, former: i64, heir: i64) {
        if former != 0 && !self.following {
            return;
        }
        for child in children {
            let threads = self.processes.get(&child).map(|process| process.threads.clone());
            let mut moved = false;
            // Also the first one, which may have ended.
            for tid in threads.unwrap_or_default().into_iter().chain([child]) {
                if let Some(thread) = self.threads.get_mut(&tid)
                    && (former == 0 || thread.ptid == former)
                {
                    thread.ptid = heir;
                    moved = true;
                }
            }
            if moved {
                self.has_child(heir, child);
            }
        }
    }
}

/// Where events of a kind tell the number of the descriptor they work on or make.
fn fd_place(info: &EventInfo) -> Option<usize> {
    let works = info.flags.has(EventFlags::USES_FD)
        || info.flags.has(EventFlags::CREATES_FD)
        || info.flags.has(EventFlags::DESTROYS_FD);
    if !works {
        return None;
    }
    let is_fd = |ty: ParamType| matches!(ty, ParamType::Fd | ParamType::Fd32);
    // Of two it is the one data goes to.
    let name = if info.name == "splice" { "fd_out" } else { "fd" };
    let named = info.params.iter().position(|param| param.name == name && is_fd(param.ty));
    named
        .or_else(|| info.params.iter().position(|param| is_fd(param.ty)))
        // What is made is the result.
        .or_else(|| info.flags.has(EventFlags::CREATES_FD).then_some(0))
}

/// The number of the descriptor an event works on or makes.
pub(crate) fn fd_number(event: &Event<'_>) -> Option<i64> {
    /// Its place by event code.
    static PLACES: LazyLock<Vec<Option<usize>>> =
        LazyLock::new(|| EventType::all().filter_map(EventType::info).map(fd_place).collect());
    let place = (*PLACES.get(usize::from(event.view.event_type().0))?)?;
    let told = event.view.i64(place).or_else(|| event.view.i32(place).map(i64::from));
    let makes = !event.view.info().flags.has(EventFlags::USES_FD);
    // Old captures lack it: a descriptor, but which? And what was to be made is none where that failed.
    Some(told.filter(|fd| !makes || *fd >= 0).unwrap_or(-1))
}
