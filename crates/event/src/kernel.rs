//! Numbers that the kernel programs and user space share; `crates/bpf/include/tables.gen.h` has them for the former.

// Generated from schema/ by `cargo xtask codegen`; do not edit.

/// Where the program of a call stands in the map of programs: at its native number; above those the calls that only 32-bit programs have.
pub mod rows {
    /// Above all native and 32-bit numbers of calls.
    pub const NUMBERS: u16 = 512;
    /// How many rows there are.
    pub const ROWS: u16 = 1024;
    /// Behind `NUMBERS`: the row of sub-call 0 of `socketcall`; before it stand calls by their 32-bit number.
    pub const SOCKETCALL_ROWS: u16 = 480;
    /// No row: set where `sendto` is of interest only for the connections it makes.
    pub const ONLY_CONNECTS_SENDTO: u16 = 1021;
    /// The same of `sendmsg`.
    pub const ONLY_CONNECTS_SENDMSG: u16 = 1022;
    /// The same of `sendmmsg`.
    pub const ONLY_CONNECTS_SENDMMSG: u16 = 1023;
}

/// Memory the programs work in.
pub mod memory {
    /// Places per CPU where an event is put together.
    pub const SCRATCH_SLOTS: usize = 4;
    /// CPUs that share a ring.
    pub const CPUS_PER_RING: usize = 2;
    /// Bytes of the header of an event block.
    pub const HEADER_LEN: usize = 26;
}

/// How user space classifies a control group.
pub mod containers {
    /// It is the host's.
    pub const HOST: u32 = 1;
    /// It is a container's.
    pub const INSIDE: u32 = 2;
}

/// Kinds of entries in the trailer behind an event block.
pub mod trailer {
    /// CPU, flags and process.
    pub const ORIGIN: u16 = 1;
    /// What a descriptor is.
    pub const DESCRIPTOR: u16 = 2;
    /// The path the kernel walked for a parameter.
    pub const WALKED: u16 = 3;
    /// The path inside the file system.
    pub const INSIDE: u16 = 4;
    /// The file of an overlay's layer, or of a unix socket's name.
    pub const BELOW: u16 = 5;
    /// The root of the process.
    pub const ROOT: u16 = 6;
    /// Another path of a parameter; from user space only.
    pub const KNOWN_AS: u16 = 7;
    /// The path a unix socket is bound to.
    pub const BOUND: u16 = 8;
    /// The capabilities of the calling thread.
    pub const CAPABILITIES: u16 = 9;
    /// A thread or descriptor as `state` keeps it; from user space only.
    pub const KEPT: u16 = 16;
    /// Which of descriptors 0 to 2 are open.
    pub const STREAMS: u16 = 20;
    /// The generation of an inode.
    pub const GENERATION: u16 = 21;
    /// Where a program's file comes from.
    pub const PROGRAM: u16 = 24;
    /// An argument of a call without an event of its own.
    pub const ARGUMENT: u16 = 25;
    /// Whose folder of `/proc` a file lies in.
    pub const PROCESS_FOLDER: u16 = 26;
    /// Whose file a program is; from user space only.
    pub const STANDING: u16 = 27;
}

/// Bytes of the fixed part of trailer entries.
pub mod trailer_len {
    /// Of `ORIGIN`.
    pub const ORIGIN: usize = 8;
    /// Of `DESCRIPTOR`.
    pub const DESCRIPTOR: usize = 28;
    /// Of `ROOT`.
    pub const ROOT: usize = 12;
    /// Of `BELOW`.
    pub const BELOW: usize = 20;
    /// Of `CAPABILITIES`.
    pub const CAPABILITIES: usize = 24;
    /// Of `GENERATION`.
    pub const GENERATION: usize = 8;
    /// Of `PROGRAM`.
    pub const PROGRAM: usize = 12;
    /// Of `PROCESS_FOLDER`.
    pub const PROCESS_FOLDER: usize = 8;
}

/// Flags of the trailer's origin.
pub mod origin_flags {
    /// The call came through the 32-bit entry.
    pub const COMPAT: u16 = 1;
    /// The act was done by an `io_uring`.
    pub const IO_URING: u16 = 2;
    /// The file was opened only as a place (`O_PATH`): nothing can be read or written through it.
    pub const PLACE: u16 = 4;
}

/// Bits of a socket's role.
pub mod roles {
    /// The process is the server.
    pub const SERVER: u8 = 1;
    /// The process is the client.
    pub const CLIENT: u8 = 2;
    /// It is connected.
    pub const CONNECTED: u8 = 4;
    /// The call took the other end away.
    pub const PARTED: u8 = 8;
    /// It is in another network namespace than the agent.
    pub const ELSEWHERE: u8 = 16;
}

/// Where the file of a program comes from, a bit each.
pub mod program_flags {
    /// The process lives below the root of the host's first process.
    pub const HOST_ROOT: u32 = 1;
    /// Its mounts were made with the rights of a user namespace: by anybody.
    pub const USER_MOUNTS: u32 = 2;
    /// The file lies in the mount of the process's root, and the root is the top of that.
    pub const TOP_ROOT: u32 = 4;
    /// The file's mount shows a part of its file system.
    pub const PART: u32 = 8;
    /// The program runs with other rights than who started it.
    pub const RAISED: u32 = 16;
    /// The file has no name any more.
    pub const REMOVED: u32 = 32;
    /// The file lies in a file system of memory.
    pub const IN_MEMORY: u32 = 64;
    /// `stat` has other devices than the kernel (btrfs).
    pub const OWN_NUMBERS: u32 = 128;
    /// Others than the owner may write the file.
    pub const OTHERS_WRITE: u32 = 256;
    /// The file is mounted by itself, over whatever stands there.
    pub const BOUND: u32 = 512;
}

/// What an argument is, of calls without an event of their own.
pub mod arguments {
    /// What the call returned.
    pub const RESULT: u8 = 1;
    /// The descriptor of the folder its path begins at.
    pub const FOLDER: u8 = 2;
    /// Its path; of an open file the one it is known by.
    pub const PATH: u8 = 3;
    /// A name: of an attribute, a kind of file system, a process.
    pub const NAME: u8 = 4;
    /// A number: a size, a mode, a signal.
    pub const NUMBER: u8 = 5;
}

/// Classes of what could not be delivered, by number. The first eight are full rings, by what was lost; then: no scratch slot free, record too large.
pub const LOSS_CLASSES: [&str; 10] = [
    "clone_fork_exit",
    "execve_exit",
    "connect_exit",
    "open_exit",
    "dir_file_exit",
    "other_interest_exit",
    "close_exit",
    "proc_exit",
    "scratch",
    "too_large",
];

/// Calls that an `io_uring` can do.
pub const URING_CALLS: [&str; 18] = [
    "sendmsg",
    "recvmsg",
    "accept4",
    "connect",
    "openat",
    "close",
    "sendto",
    "recvfrom",
    "openat2",
    "shutdown",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "symlinkat",
    "linkat",
    "socket",
    "bind",
    "listen",
];

/// Calls that may write over what they were given before they return: it is kept at their entry.
pub const KEPT_AT_ENTRY: [&str; 17] = [
    "stat",
    "lstat",
    "readv",
    "nanosleep",
    "recvmsg",
    "quotactl",
    "keyctl",
    "newfstatat",
    "ppoll",
    "preadv",
    "recvmmsg",
    "prlimit64",
    "sendmmsg",
    "process_vm_readv",
    "process_vm_writev",
    "stat64",
    "lstat64",
];

/// File systems the kernel fills, by the name of their type, and where they are usually mounted.
pub const USUAL_MOUNTS: [(&str, &str); 16] = [
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("devtmpfs", "/dev"),
    ("cgroup2", "/sys/fs/cgroup"),
    ("tracefs", "/sys/kernel/tracing"),
    ("debugfs", "/sys/kernel/debug"),
    ("bpf", "/sys/fs/bpf"),
    ("securityfs", "/sys/kernel/security"),
    ("configfs", "/sys/kernel/config"),
    ("pstore", "/sys/fs/pstore"),
    ("efivarfs", "/sys/firmware/efi/efivars"),
    ("selinuxfs", "/sys/fs/selinux"),
    ("smackfs", "/sys/fs/smackfs"),
    ("fusectl", "/sys/fs/fuse/connections"),
    ("resctrl", "/sys/fs/resctrl"),
    ("binfmt_misc", "/proc/sys/fs/binfmt_misc"),
];
