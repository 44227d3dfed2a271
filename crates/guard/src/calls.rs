//! Which system calls are which acts, and which hooks see what of them.

use crate::layout::{Act, flag};

/// Calls that are one act, and how their hook tells them from the act's other calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calls {
    /// The act.
    pub(crate) act: Act,
    /// The flag of these calls; 0: the act has no other calls.
    pub(crate) flag: u64,
    /// Their names. A condition about one of them is about all: the others are the way around it.
    pub(crate) names: &'static [&'static str],
    /// What the act is to these calls.
    pub(crate) view: View,
}

/// What an act is to the calls a condition names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// The calls themselves.
    Own,
    /// A file comes into being by an open: the open is for writing and creates.
    Created,
    /// The length of a file changes without an open: as an open for writing would.
    Truncated,
    /// A file is mapped to be executed: as a program that is started by its loader is.
    Mapped,
}

const OPEN: &[&str] = &["open", "openat", "openat2", "creat", "open_by_handle_at"];
const EXEC: &[&str] = &["execve", "execveat"];
const SEND: &[&str] = &["connect", "sendto", "sendmsg", "sendmmsg"];
const RENAME: &[&str] = &["rename", "renameat", "renameat2"];

const fn own(act: Act, flag: u64, names: &'static [&'static str]) -> Calls {
    Calls { act, flag, names, view: View::Own }
}

/// All of them.
pub(crate) const CALLS: &[Calls] = &[
    own(Act::Open, 0, OPEN),
    own(Act::Create, flag::BY_MKNOD, &["mknod", "mknodat"]),
    Calls { act: Act::Create, flag: flag::BY_MKNOD, names: OPEN, view: View::Created },
    own(Act::Create, flag::BY_MKDIR, &["mkdir", "mkdirat"]),
    own(Act::Create, flag::BY_SYMLINK, &["symlink", "symlinkat"]),
    own(Act::Create, flag::BY_LINK, &["link", "linkat"]),
    own(Act::Create, flag::BY_RENAME, RENAME),
    own(Act::Remove, flag::BY_UNLINK, &["unlink", "unlinkat"]),
    own(Act::Remove, flag::BY_RMDIR, &["rmdir", "unlinkat"]),
    own(Act::Remove, flag::BY_RENAME, RENAME),
    own(Act::Link, 0, &["link", "linkat"]),
    own(Act::Attributes, flag::BY_CHMOD, &["chmod", "fchmod", "fchmodat", "fchmodat2"]),
    own(Act::Attributes, flag::BY_CHOWN, &["chown", "lchown", "fchown", "fchownat"]),
    own(Act::Attributes, flag::BY_TIMES, &["utime", "utimes", "futimesat", "utimensat"]),
    own(Act::Attributes, flag::BY_TRUNCATE, &["truncate", "ftruncate"]),
    Calls { act: Act::Attributes, flag: flag::BY_TRUNCATE, names: OPEN, view: View::Truncated },
    own(
        Act::Attributes,
        flag::BY_XATTR,
        &[
            "setxattr",
            "lsetxattr",
            "fsetxattr",
            "setxattrat",
            "removexattr",
            "lremovexattr",
            "fremovexattr",
            "removexattrat",
        ],
    ),
    own(Act::Attributes, flag::BY_FILE_FLAGS, &["ioctl"]),
    own(Act::Exec, 0, EXEC),
    Calls { act: Act::MapExec, flag: 0, names: EXEC, view: View::Mapped },
    own(Act::MapExec, 0, &["mmap", "mmap2", "mprotect", "pkey_mprotect"]),
    own(Act::Connect, 0, SEND),
    own(Act::UnixConnect, 0, SEND),
    own(Act::Bind, 0, &["bind"]),
    own(Act::Listen, 0, &["listen"]),
    own(Act::Socket, 0, &["socket"]),
    own(Act::LoadModule, 0, &["init_module", "finit_module"]),
    own(Act::LoadBpf, 0, &["bpf"]),
    // No hook is told which mount mount_setattr changes.
    own(Act::Mount, flag::BY_MOUNT, &["mount", "fsmount", "move_mount", "open_tree"]),
    own(Act::Mount, flag::BY_PIVOT_ROOT, &["pivot_root"]),
    own(Act::Unmount, 0, &["umount", "umount2"]),
    own(Act::Trace, 0, &["ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"]),
    own(Act::Signal, 0, &["kill", "tkill", "tgkill", "pidfd_send_signal"]),
    own(Act::ChangeUser, flag::BY_SETUID, &["setuid", "setreuid", "setresuid", "setfsuid"]),
    own(Act::ChangeUser, flag::BY_SETGID, &["setgid", "setregid", "setresgid", "setfsgid"]),
    own(Act::SetTime, 0, &["settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "stime"]),
];
