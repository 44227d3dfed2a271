//! Threads, the processes they belong to, and the program images they run.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_event::Whose;

use crate::cgroups::Cgroups;
use crate::fd_table::FdTable;
use crate::str_list::StrList;

/// Flags of a new thread in the capture format's numbers (`PPM_CL_*`), those that matter here.
pub mod clone_flags {
    /// Parent and child share descriptors.
    pub const FILES: u32 = 1;
    /// The child has its parent's parent.
    pub const PARENT: u32 = 1 << 8;
    /// A thread, no process.
    pub const THREAD: u32 = 1 << 13;
    /// Its own return told of it, no event of its parent.
    pub const INVERTED: u32 = 1 << 16;
    /// It ended before the other threads of the process it led.
    pub const CLOSED: u32 = 1 << 18;
    /// The child is first of a new pid namespace.
    pub const NEWPID: u32 = 1 << 6;
    /// A new user namespace, in which whoever made it may do everything.
    pub const NEWUSER: u32 = 1 << 20;
    /// The child is first of a pid namespace or lives in one that is not the host's.
    pub const CHILD_IN_PIDNS: u32 = 1 << 29;
}

/// Flags of a program's file (`execve_flags`).
pub mod exe_flags {
    /// Who runs it can write it.
    pub const WRITABLE: u32 = 1;
    /// It lies in the upper layer of an overlay.
    pub const UPPER_LAYER: u32 = 2;
    /// It exists only in memory.
    pub const FROM_MEMFD: u32 = 4;
    /// It lies in a lower layer of an overlay.
    pub const LOWER_LAYER: u32 = 8;
}

/// What a process runs: replaced as a whole at exec, shared by what it forks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcImage {
    /// `argv[0]`.
    pub exe: Arc<[u8]>,
    /// The path of the program, as the kernel walked it.
    pub exepath: Arc<[u8]>,
    /// The arguments behind `argv[0]`.
    pub args: StrList,
    /// The environment.
    pub env: StrList,
    /// Bits of [`exe_flags`].
    pub flags: u32,
    /// Inode of the program.
    pub ino: u64,
    /// When the inode changed, nanoseconds since the epoch.
    pub ctime: u64,
    /// When its content changed.
    pub mtime: u64,
    /// When it was started; 0 for images older than the stream.
    pub exec_ts: u64,
    /// From the change of its inode to the start of the process that began it; 0 unknown.
    pub ctime_to_start: u64,
    /// From the start of that process's pid namespace to the change of its inode; 0 where the
    /// namespace is younger, or unknown.
    pub pidns_to_ctime: u64,
    /// Whose file its path means.
    pub whose: Whose,
    /// It runs with other rights than who started it.
    pub raised: bool,
    /// Its file had no name when it was started.
    pub removed: bool,
    /// The path at which everybody knows its file's file system, where that is another.
    pub known_as: Option<Arc<[u8]>>,
    /// The path of what it runs, as far as that can be believed: of an interpreter the script. Empty
    /// where it cannot.
    pub program: Arc<[u8]>,
}

impl ProcImage {
    /// Whether a look at a thread that runs `other` shows this. When it was started events alone tell,
    /// and what was found of its file then stays.
    pub(crate) fn is_as_told(&self, other: &Self) -> bool {
        let Self { exec_ts, ctime_to_start, pidns_to_ctime, whose, raised, removed, .. } = *self;
        let (known_as, program) = (self.known_as.clone(), Arc::clone(&self.program));
        let times = Self { exec_ts, ctime_to_start, pidns_to_ctime, ..other.clone() };
        *self == Self { whose, raised, removed, known_as, program, ..times }
    }

    /// The image as a process has it that began at `start_ts` in a pid namespace that began at
    /// `pidns_start_ts`. What these do not tell is as in `former`, the image it had.
    #[must_use]
    pub(crate) fn begun(self, start_ts: u64, pidns_start_ts: u64, former: &Self) -> Self {
        let ctime = self.ctime;
        let known = start_ts != 0 && ctime != 0;
        let older = pidns_start_ts != 0 && pidns_start_ts < ctime;
        Self {
            // A program changed after its process began: the difference wraps, as in Falco.
            ctime_to_start: if known {
                start_ts.wrapping_sub(ctime)
            } else {
                former.ctime_to_start
            },
            pidns_to_ctime: if older { ctime - pidns_start_ts } else { former.pidns_to_ctime },
            ..self
        }
    }
}

/// One thread. Numbers are the host's unless they begin with `v`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The thread.
    pub tid: i64,
    /// Its process.
    pub pid: i64,
    /// The parent: the thread that made it where a capture tells which, else its process; -1 unknown.
    pub ptid: i64,
    /// The thread in its own pid namespace.
    pub vtid: i64,
    /// The process in its own pid namespace.
    pub vpid: i64,
    /// The session's leader.
    pub sid: i64,
    /// The process group.
    pub pgid: i64,
    /// The process group in its own pid namespace.
    pub vpgid: i64,
    /// `task->comm`.
    pub comm: Arc<[u8]>,
    /// What it runs.
    pub image: Arc<ProcImage>,
    /// Effective user.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
    /// Who logged in; `u32::MAX` nobody.
    pub loginuid: u32,
    /// Capabilities: permitted.
    pub cap_permitted: u64,
    /// Capabilities: effective.
    pub cap_effective: u64,
    /// Capabilities: inheritable.
    pub cap_inheritable: u64,
    /// The controlling terminal, 0 none.
    pub tty: u32,
    /// How many descriptors it may open.
    pub fdlimit: i64,
    /// Its control groups and the container they tell; threads in the same ones share them.
    pub cgroups: Arc<Cgroups>,
    /// Clone flags (`PPM_CL_*`).
    pub flags: u32,
    /// When it began, nanoseconds since the epoch; 0 unknown.
    pub start_ts: u64,
    /// When its pid namespace began.
    pub pidns_start_ts: u64,
    /// Virtual memory, kB.
    pub vm_size: u32,
    /// Resident memory, kB.
    pub vm_rss: u32,
    /// Swapped memory, kB.
    pub vm_swap: u32,
    /// Major page faults.
    pub pgft_maj: u64,
    /// Minor page faults.
    pub pgft_min: u64,
    /// Whether anything is known of it: some threads are met by an event of theirs and nobody told
    /// of them before.
    pub known: bool,
}

impl Thread {
    /// A thread of which only the number is known; it stands for a process of its own.
    pub fn unknown(tid: i64) -> Self {
        Self {
            tid,
            pid: tid,
            ptid: -1,
            vtid: -1,
            vpid: -1,
            sid: -1,
            pgid: -1,
            vpgid: -1,
            comm: Arc::from(&b"<NA>"[..]),
            image: Arc::new(ProcImage { exe: Arc::from(&b"<NA>"[..]), ..ProcImage::default() }),
            uid: u32::MAX,
            gid: u32::MAX,
            loginuid: u32::MAX,
            cap_permitted: 0,
            cap_effective: 0,
            cap_inheritable: 0,
            tty: 0,
            fdlimit: -1,
            cgroups: Arc::default(),
            flags: 0,
            start_ts: 0,
            pidns_start_ts: 0,
            vm_size: 0,
            vm_rss: 0,
            vm_swap: 0,
            pgft_maj: 0,
            pgft_min: 0,
            known: false,
        }
    }

    /// Whether it is the first thread of its process.
    pub fn is_main(&self) -> bool {
        self.known && self.tid == self.pid
    }

    /// Whose descriptors it uses: those of its process or, where a capture does not tell that it shares
    /// them, its own.
    pub fn files(&self) -> i64 {
        if self.flags & clone_flags::FILES == 0 { self.tid } else { self.pid }
    }

    /// Whether an environment was told with it: threads have that of the first one.
    pub fn has_env(&self) -> bool {
        self.flags & clone_flags::THREAD == 0
    }

    /// Whether it lives in a pid namespace of its own numbers.
    pub fn in_pid_namespace(&self) -> bool {
        self.tid != self.vtid || self.flags & clone_flags::CHILD_IN_PIDNS != 0
    }
}

/// What the threads of a process share.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Open descriptors, as far as they are known; a child shares them until one of the two changes
    /// its own.
    pub fds: Arc<FdTable>,
    /// How often the table was given from parent to child since it has the order it has.
    pub(crate) handed_on: u8,
    /// The current folder.
    pub cwd: Arc<[u8]>,
    /// The path the kernel walked to it, where that is another one.
    pub walked_cwd: Option<Arc<[u8]>>,
    /// Its threads that live. Its first thread is kept as long as one of them, ended or not.
    pub threads: BTreeSet<i64>,
    /// The processes it started, or was given when their parent ended.
    pub children: BTreeSet<i64>,
    /// When it got its last thread or descriptor, in events.
    pub(crate) used: u64,
    /// Whether it asked for the children of its descendants that end (`PR_SET_CHILD_SUBREAPER`).
    pub reaps: bool,
}
