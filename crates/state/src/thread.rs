//! Threads, their processes, and the program images they run.

use std::collections::BTreeSet;
use std::sync::Arc;

use peregrine_event::Whose;

use crate::cgroups::Cgroups;
use crate::fd_table::FdTable;
use crate::str_list::StrList;

/// Flags of clone in the capture format's numbers (`PPM_CL_*`), those used here.
pub mod clone_flags {
    /// Parent and child share descriptors.
    pub const FILES: u32 = 1;
    /// The child gets its parent's parent.
    pub const PARENT: u32 = 1 << 8;
    /// The child is a thread of the same process.
    pub const THREAD: u32 = 1 << 13;
    /// The thread's own return added it, not its parent's.
    pub const INVERTED: u32 = 1 << 16;
    /// The main thread exited before other threads of its process.
    pub const CLOSED: u32 = 1 << 18;
    /// The child is the init of a new pid namespace.
    pub const NEWPID: u32 = 1 << 6;
    /// The child is in a new user namespace, with all capabilities there.
    pub const NEWUSER: u32 = 1 << 20;
    /// The child is the init of a pid namespace, or in one that is not the host's.
    pub const CHILD_IN_PIDNS: u32 = 1 << 29;
}

/// Flags of a program's file (`execve_flags`).
pub mod exe_flags {
    /// The user of the process can write it.
    pub const WRITABLE: u32 = 1;
    /// It lies in the upper layer of an overlay.
    pub const UPPER_LAYER: u32 = 2;
    /// It exists only in memory.
    pub const FROM_MEMFD: u32 = 4;
    /// It lies in a lower layer of an overlay.
    pub const LOWER_LAYER: u32 = 8;
}

/// What a process runs: replaced as a whole at exec, shared with children.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcImage {
    /// `argv[0]`.
    pub exe: Arc<[u8]>,
    /// The path of the program.
    pub exepath: Arc<[u8]>,
    /// The arguments behind `argv[0]`.
    pub args: StrList,
    /// The environment.
    pub env: StrList,
    /// Bits of [`exe_flags`].
    pub flags: u32,
    /// Inode of the file.
    pub ino: u64,
    /// Change time of the inode, nanoseconds since the epoch.
    pub ctime: u64,
    /// Modification time of the file.
    pub mtime: u64,
    /// Time of the exec; 0 if it was before the first event.
    pub exec_ts: u64,
    /// From the inode's change to the start of the process; 0 if unknown.
    pub ctime_to_start: u64,
    /// From the start of the process's pid namespace to the inode's change; 0 where the namespace is
    /// younger or unknown.
    pub pidns_to_ctime: u64,
    /// Whose file its path is.
    pub whose: Whose,
    /// It runs with other privileges than its parent (setuid, setgid, capabilities).
    pub raised: bool,
    /// The file was deleted before the exec.
    pub removed: bool,
    /// The usual path of its file, where its file system is also mounted elsewhere.
    pub known_as: Option<Arc<[u8]>>,
    /// The path of the program, as far as it can be trusted: of an interpreter the script's. Empty
    /// where it cannot.
    pub program: Arc<[u8]>,
}

impl ProcImage {
    /// Whether a repeated snapshot of a thread that runs `other` shows this image. The time of exec
    /// comes from events only, and the origin of the file that was found then stays.
    pub(crate) fn is_as_told(&self, other: &Self) -> bool {
        let Self { exec_ts, ctime_to_start, pidns_to_ctime, whose, raised, removed, .. } = *self;
        let (known_as, program) = (self.known_as.clone(), Arc::clone(&self.program));
        let times = Self { exec_ts, ctime_to_start, pidns_to_ctime, ..other.clone() };
        *self == Self { whose, raised, removed, known_as, program, ..times }
    }

    /// The image in a process that started at `start_ts` in a pid namespace that started at
    /// `pidns_start_ts`. Where these are unknown the ages are those of `former`, the previous image.
    #[must_use]
    pub(crate) fn begun(self, start_ts: u64, pidns_start_ts: u64, former: &Self) -> Self {
        let ctime = self.ctime;
        let known = start_ts != 0 && ctime != 0;
        let older = pidns_start_ts != 0 && pidns_start_ts < ctime;
        Self {
            // The file changed after the start of the process: the difference wraps, as in Falco.
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

/// A thread. Numbers are the host's unless they begin with `v`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The thread.
    pub tid: i64,
    /// Its process (thread group).
    pub pid: i64,
    /// The parent: the creating thread where a capture has it, else its process; -1 unknown.
    pub ptid: i64,
    /// The thread in its own pid namespace.
    pub vtid: i64,
    /// The process in its own pid namespace.
    pub vpid: i64,
    /// The session.
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
    /// Login user; `u32::MAX` none.
    pub loginuid: u32,
    /// Permitted capabilities.
    pub cap_permitted: u64,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// Inheritable capabilities.
    pub cap_inheritable: u64,
    /// The controlling terminal, 0 none.
    pub tty: u32,
    /// Limit on the number of open descriptors.
    pub fdlimit: i64,
    /// Its control groups and their container; threads in the same groups share them.
    pub cgroups: Arc<Cgroups>,
    /// Clone flags (`PPM_CL_*`).
    pub flags: u32,
    /// Start time, nanoseconds since the epoch; 0 unknown.
    pub start_ts: u64,
    /// Start time of its pid namespace.
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
    /// Whether anything but the number is known: a thread may be first seen by an event of its own.
    pub known: bool,
}

impl Thread {
    /// A thread of which only the number is known; it counts as a process of its own.
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

    /// The process whose descriptors it uses: its own number where a capture does not show that it
    /// shares those of its process.
    pub fn files(&self) -> i64 {
        if self.flags & clone_flags::FILES == 0 { self.tid } else { self.pid }
    }

    /// Whether it has an environment of its own: threads have that of the main thread.
    pub fn has_env(&self) -> bool {
        self.flags & clone_flags::THREAD == 0
    }

    /// Whether its pid namespace is not the host's.
    pub fn in_pid_namespace(&self) -> bool {
        self.tid != self.vtid || self.flags & clone_flags::CHILD_IN_PIDNS != 0
    }
}

/// What the threads of a process share.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Known open descriptors; a child shares its parent's table until one of them changes.
    pub fds: Arc<FdTable>,
    /// How many times the table was inherited since it got its order.
    pub(crate) handed_on: u8,
    /// The working directory.
    pub cwd: Arc<[u8]>,
    /// The path the kernel walked to the working directory, where it differs.
    pub walked_cwd: Option<Arc<[u8]>>,
    /// Its running threads. The main thread's entry stays as long as one of them runs.
    pub threads: BTreeSet<i64>,
    /// Its children, and those it inherited as a reaper.
    pub children: BTreeSet<i64>,
    /// When it last got a thread or descriptor, counted in events.
    pub(crate) used: u64,
    /// Whether it is a subreaper (`PR_SET_CHILD_SUBREAPER`).
    pub reaps: bool,
}
