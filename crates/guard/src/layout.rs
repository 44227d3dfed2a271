// Generated from schema/ by `cargo xtask codegen`; do not edit.

//! The layout of the guard's programs; `include/guard/layout.gen.h` says the same in C.

use std::mem::size_of;

use zerocopy::{FromZeros, Immutable, IntoBytes};

/// Words of the facts of an act: a power of two, so that any number of a word can be masked. The last two are always 0.
pub const WORDS: usize = 16;

/// The first word of the object's sets: paths, folders, last components.
pub const OBJECT: usize = 0;

/// How many they are.
pub const OBJECT_WORDS: usize = 4;

/// The first word of the process's sets: names, programs, users, groups, control groups.
pub const SUBJECT: usize = 4;

/// How many they are.
pub const SUBJECT_WORDS: usize = 4;

/// The first word of the sets of its ancestors: names and programs of any of them.
pub const ANCESTORS: usize = 8;

/// How many they are.
pub const ANCESTOR_WORDS: usize = 2;

/// The first word of the sets of networks and ports.
pub const NET: usize = 10;

/// How many they are.
pub const NET_WORDS: usize = 2;

/// The word of the bits `FLAG_*`.
pub const FLAGS: usize = 12;

/// The word of the sets of the parent: names and programs.
pub const PARENT: usize = 13;

/// Steps of all acts together: a power of two below 0x8000.
pub const STEPS: usize = 16384;

/// Steps of one act: what the kernel walks at most.
pub const MAX_STEPS: usize = 1024;

/// Policies of a generation: a power of two below 0x7fff.
pub const POLICIES: usize = 4096;

/// Behind a last step: no policy matches.
pub const END: u16 = 0xffff;

/// Behind a last step: the policy matches whose number is in the other bits.
pub const MATCH: u16 = 0x8000;

/// Bytes of the name of a process with its NUL.
pub const COMM: usize = 16;

/// How many values [`Act`] has.
pub const ACTS: usize = 20;

/// What a hook decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Act {
    /// A file is opened.
    Open,
    /// A name comes into being: a file, folder, node, link, or the new name of a rename. The object is the new name.
    Create,
    /// A name goes: unlinked, or renamed away; what a rename replaces too. The object is the old name.
    Remove,
    /// A file gets another name. The object is the file under its old name.
    Link,
    /// Mode, owner, times, length, extended attributes, ACL or flags of a file change.
    Attributes,
    /// A program is started. The object is its file; of a script, the script and then its interpreter.
    Exec,
    /// Memory becomes executable. The object is the mapped file, where there is one.
    MapExec,
    /// An internet socket is connected to an address, or sends there.
    Connect,
    /// A socket is bound to an address.
    Bind,
    /// A socket listens. The address is its own.
    Listen,
    /// A socket is created.
    Socket,
    /// A unix socket is connected to another, or sends there. The object is the other's file, where it has one.
    UnixConnect,
    /// A module is loaded into the kernel. The object is its file, where it has one.
    LoadModule,
    /// The system call bpf.
    LoadBpf,
    /// A file system is mounted, moved or made the root. The object is the folder it comes to.
    Mount,
    /// A file system is unmounted. The object is the folder it is at.
    Unmount,
    /// A process attaches to another: ptrace, its memory, its descriptors. The object is the other's program.
    Trace,
    /// A process sends a signal to another. The object is the other's program.
    Signal,
    /// A process changes its user or group: by a call, or by a program with the set-user-id bit, whose file is the object.
    ChangeUser,
    /// The clock is set.
    SetTime,
}

impl Act {
    /// All of them, by number.
    pub const ALL: [Self; 20] = [
        Self::Open,
        Self::Create,
        Self::Remove,
        Self::Link,
        Self::Attributes,
        Self::Exec,
        Self::MapExec,
        Self::Connect,
        Self::Bind,
        Self::Listen,
        Self::Socket,
        Self::UnixConnect,
        Self::LoadModule,
        Self::LoadBpf,
        Self::Mount,
        Self::Unmount,
        Self::Trace,
        Self::Signal,
        Self::ChangeUser,
        Self::SetTime,
    ];

    /// Its name, as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Create => "create",
            Self::Remove => "remove",
            Self::Link => "link",
            Self::Attributes => "attributes",
            Self::Exec => "exec",
            Self::MapExec => "map_exec",
            Self::Connect => "connect",
            Self::Bind => "bind",
            Self::Listen => "listen",
            Self::Socket => "socket",
            Self::UnixConnect => "unix_connect",
            Self::LoadModule => "load_module",
            Self::LoadBpf => "load_bpf",
            Self::Mount => "mount",
            Self::Unmount => "unmount",
            Self::Trace => "trace",
            Self::Signal => "signal",
            Self::ChangeUser => "change_user",
            Self::SetTime => "set_time",
        }
    }
}

/// How many values [`Action`] has.
pub const ACTIONS: usize = 3;

/// What follows where a policy matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Action {
    /// The act fails with EPERM.
    Deny,
    /// The process is killed, the act denied.
    Kill,
    /// The process and all its descendants are killed, the act denied.
    KillTree,
}

impl Action {
    /// All of them, by number.
    pub const ALL: [Self; 3] = [
        Self::Deny,
        Self::Kill,
        Self::KillTree,
    ];

    /// Its name, as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Kill => "kill",
            Self::KillTree => "kill_tree",
        }
    }
}

/// How many values [`Mode`] has.
pub const MODES: usize = 3;

/// How far a policy goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mode {
    /// It is not looked at.
    Off,
    /// What it would have done is reported.
    Shadow,
    /// It is done.
    Enforce,
}

impl Mode {
    /// All of them, by number.
    pub const ALL: [Self; 3] = [
        Self::Off,
        Self::Shadow,
        Self::Enforce,
    ];

    /// Its name, as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Enforce => "enforce",
        }
    }
}

/// Bits of the word `FLAGS`.
pub mod flag {
    /// open: for reading
    pub const READ: u64 = 1 << 0;
    /// open: for writing
    pub const WRITE: u64 = 1 << 1;
    /// open: with O_CREAT, O_TMPFILE too
    pub const CREATE: u64 = 1 << 2;
    /// open: with O_TRUNC
    pub const TRUNCATE: u64 = 1 << 3;
    /// open: with O_APPEND
    pub const APPEND: u64 = 1 << 4;
    /// open: with O_EXCL
    pub const EXCLUSIVE: u64 = 1 << 5;
    /// create: the mode has a bit for execution; attributes by chmod: the new mode has one
    pub const EXEC_MODE: u64 = 1 << 6;
    /// create: the mode has the set-user-id bit; attributes by chmod: the new mode has it
    pub const SETUID_MODE: u64 = 1 << 7;
    /// create: the mode has the set-group-id bit; attributes by chmod: the new mode has it
    pub const SETGID_MODE: u64 = 1 << 8;
    /// the object is a folder
    pub const DIRECTORY: u64 = 1 << 9;
    /// the object is a regular file
    pub const REGULAR: u64 = 1 << 10;
    /// the object is a block or character device
    pub const DEVICE: u64 = 1 << 11;
    /// the object is a file that has no name in any folder: a memfd, or one of an internal file system
    pub const MEMFD: u64 = 1 << 12;
    /// map_exec: no file is mapped
    pub const ANONYMOUS: u64 = 1 << 13;
    /// the socket is of TCP
    pub const TCP: u64 = 1 << 14;
    /// the socket is of UDP
    pub const UDP: u64 = 1 << 15;
    /// the socket is of ICMP or ICMPv6
    pub const ICMP: u64 = 1 << 16;
    /// the socket is raw
    pub const RAW: u64 = 1 << 17;
    /// the socket's family, or that of the address, is AF_INET; a mapped address is of IPv6
    pub const IPV4: u64 = 1 << 18;
    /// it is AF_INET6
    pub const IPV6: u64 = 1 << 19;
    /// it is AF_UNIX
    pub const UNIX: u64 = 1 << 20;
    /// it is AF_NETLINK
    pub const NETLINK: u64 = 1 << 21;
    /// it is AF_PACKET
    pub const PACKET: u64 = 1 << 22;
    /// the process runs in a container
    pub const CONTAINER: u64 = 1 << 23;
    /// it does not
    pub const HOST: u64 = 1 << 24;
    /// it is a thread of the kernel
    pub const KERNEL_THREAD: u64 = 1 << 25;
    /// it has a terminal
    pub const TTY: u64 = 1 << 26;
    /// exec, change_user: the program has the set-user-id bit
    pub const SETUID_EXEC: u64 = 1 << 27;
    /// create: open with O_CREAT, creat, mknod, mknodat, a bound unix socket
    pub const BY_MKNOD: u64 = 1 << 28;
    /// create: mkdir, mkdirat
    pub const BY_MKDIR: u64 = 1 << 29;
    /// create: symlink, symlinkat
    pub const BY_SYMLINK: u64 = 1 << 30;
    /// create: link, linkat
    pub const BY_LINK: u64 = 1 << 31;
    /// create, remove: rename and its kin
    pub const BY_RENAME: u64 = 1 << 32;
    /// remove: unlink, unlinkat
    pub const BY_UNLINK: u64 = 1 << 33;
    /// remove: rmdir, unlinkat with AT_REMOVEDIR
    pub const BY_RMDIR: u64 = 1 << 34;
    /// attributes: chmod and its kin
    pub const BY_CHMOD: u64 = 1 << 35;
    /// attributes: chown and its kin
    pub const BY_CHOWN: u64 = 1 << 36;
    /// attributes: utimensat and its kin
    pub const BY_TIMES: u64 = 1 << 37;
    /// attributes: truncate, ftruncate
    pub const BY_TRUNCATE: u64 = 1 << 38;
    /// attributes: setxattr, removexattr and their kin, of ACLs too
    pub const BY_XATTR: u64 = 1 << 39;
    /// attributes: ioctl FS_IOC_SETFLAGS and its kin
    pub const BY_FILE_FLAGS: u64 = 1 << 40;
    /// mount: mount, fsmount, move_mount
    pub const BY_MOUNT: u64 = 1 << 41;
    /// mount: pivot_root
    pub const BY_PIVOT_ROOT: u64 = 1 << 42;
    /// change_user: setuid and its kin, set-user-id programs
    pub const BY_SETUID: u64 = 1 << 43;
    /// change_user: setgid and its kin
    pub const BY_SETGID: u64 = 1 << 44;
    /// Their names, the lowest bit first.
    pub const NAMES: [&str; 45] = [
        "read",
        "write",
        "create",
        "truncate",
        "append",
        "exclusive",
        "exec_mode",
        "setuid_mode",
        "setgid_mode",
        "directory",
        "regular",
        "device",
        "memfd",
        "anonymous",
        "tcp",
        "udp",
        "icmp",
        "raw",
        "ipv4",
        "ipv6",
        "unix",
        "netlink",
        "packet",
        "container",
        "host",
        "kernel_thread",
        "tty",
        "setuid_exec",
        "by_mknod",
        "by_mkdir",
        "by_symlink",
        "by_link",
        "by_rename",
        "by_unlink",
        "by_rmdir",
        "by_chmod",
        "by_chown",
        "by_times",
        "by_truncate",
        "by_xattr",
        "by_file_flags",
        "by_mount",
        "by_pivot_root",
        "by_setuid",
        "by_setgid",
    ];
}

/// Bits of a policy's `flags`.
pub mod policy_flag {
    /// It holds for the way in too.
    pub const EVEN_THE_WAY_IN: u8 = 1 << 0;
    /// Their names, the lowest bit first.
    pub const NAMES: [&str; 1] = [
        "even_the_way_in",
    ];
}

/// Bits of an act's `needs`: what its steps read.
pub mod needs {
    /// paths of the object
    pub const OBJECT: u32 = 1 << 0;
    /// last components of the object
    pub const COMPONENTS: u32 = 1 << 1;
    /// the name of the process
    pub const COMM: u32 = 1 << 2;
    /// its program
    pub const EXE: u32 = 1 << 3;
    /// its user
    pub const UID: u32 = 1 << 4;
    /// its login user
    pub const LOGINUID: u32 = 1 << 5;
    /// its group
    pub const GID: u32 = 1 << 6;
    /// its control group
    pub const CGROUP: u32 = 1 << 7;
    /// its ancestors
    pub const ANCESTORS: u32 = 1 << 8;
    /// its parent
    pub const PARENT: u32 = 1 << 9;
    /// the address
    pub const NETWORKS: u32 = 1 << 10;
    /// the port
    pub const PORTS: u32 = 1 << 11;
    /// whether it runs in a container
    pub const CONTAINER: u32 = 1 << 12;
    /// its terminal
    pub const TTY: u32 = 1 << 13;
    /// Their names, the lowest bit first.
    pub const NAMES: [&str; 14] = [
        "object",
        "components",
        "comm",
        "exe",
        "uid",
        "loginuid",
        "gid",
        "cgroup",
        "ancestors",
        "parent",
        "networks",
        "ports",
        "container",
        "tty",
    ];
}

/// `struct guard_step`. One test and where it leads: to a step further on, or to an end.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Step {
    /// The bits asked for: any of them.
    pub mask: u64,
    /// Of which word of the facts.
    pub word: u16,
    /// Where one of them is there.
    pub yes: u16,
    /// Where none is.
    pub no: u16,
    /// 0.
    pub pad: u16,
}
const _: () = assert!(size_of::<Step>() == 16);

/// `struct guard_act`. Where the steps of an act begin, and what they need.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct ActEntry {
    /// The first step.
    pub all: u16,
    /// The same for an object without any set: all object words are 0.
    pub no_object: u16,
    /// Bits `NEEDS_*`.
    pub needs: u32,
}
const _: () = assert!(size_of::<ActEntry>() == 8);

/// `struct guard_policy`. A policy, as the kernel knows it.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct PolicyEntry {
    /// A hash of its name: the same in each generation.
    pub id: u32,
    /// `ACTION_*`.
    pub action: u8,
    /// `MODE_*`.
    pub mode: u8,
    /// 1: it holds when the agent is gone, or a table is full.
    pub fail_closed: u8,
    /// Bits `POLICY_*`.
    pub flags: u8,
}
const _: () = assert!(size_of::<PolicyEntry>() == 8);

/// `struct guard_program`. The programs of all acts, one value of a map.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Program {
    /// Always 0, which the kernel's checker does not know: it need not follow sums that begin with it.
    pub zero: u64,
    /// By act.
    pub acts: [ActEntry; ACTS],
    /// By number.
    pub policies: [PolicyEntry; POLICIES],
    /// Those of all acts.
    pub steps: [Step; STEPS],
}
const _: () = assert!(size_of::<Program>() == 295080);

/// Bytes of [`Program`].
pub const SIZE: u32 = 295080;

/// `struct guard_facts`. What is known of an act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct Facts {
    /// Sets and flags, a bit each.
    pub words: [u64; WORDS],
}
const _: () = assert!(size_of::<Facts>() == 128);

/// `struct guard_path_marks`. Which sets hold a path: as the object of an act, as the program of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct PathMarks {
    /// As the object.
    pub object: [u64; OBJECT_WORDS],
    /// As the program of the process: words of the subject.
    pub exe: [u64; SUBJECT_WORDS],
    /// As the program of any ancestor.
    pub ancestors: [u64; ANCESTOR_WORDS],
    /// As the program of the parent.
    pub parent: u64,
}
const _: () = assert!(size_of::<PathMarks>() == 88);

/// `struct guard_comm_marks`. Which sets hold a name of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub struct CommMarks {
    /// As that of the process.
    pub subject: [u64; SUBJECT_WORDS],
    /// As that of any ancestor.
    pub ancestors: [u64; ANCESTOR_WORDS],
    /// As that of the parent.
    pub parent: u64,
}
const _: () = assert!(size_of::<CommMarks>() == 56);
