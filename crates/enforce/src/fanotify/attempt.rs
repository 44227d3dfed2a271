//! One opener that waits: what it opens, and how.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, StatxFlags};

/// A file as the kernel knows it, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device of its file system, as `stat` has it.
    pub dev: u64,
    /// Its inode.
    pub ino: u64,
}

impl Identity {
    pub(super) fn of(stat: &rustix::fs::Stat) -> Self {
        Self { dev: stat.st_dev, ino: stat.st_ino }
    }

    /// Of the file at a path, behind symbolic links.
    ///
    /// # Errors
    /// What the file system says.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self::of(&rustix::fs::stat(path)?))
    }
}

/// A file, without a question to whoever keeps its file system.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Which it is.
    pub identity: Identity,
    /// Its type and permissions, as `stat` has them.
    pub mode: u32,
    /// Names that it has.
    pub links: u32,
}

/// Looks an open file up.
pub(super) fn file(fd: BorrowedFd<'_>) -> io::Result<File> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = rustix::fs::statx(fd, "", flags, StatxFlags::BASIC_STATS)?;
    let dev = rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor);
    let identity = Identity { dev, ino: stat.stx_ino };
    Ok(File { identity, mode: stat.stx_mode.into(), links: stat.stx_nlink })
}

/// One opener that waits.
#[derive(Debug)]
pub struct Attempt<'e> {
    /// The thread, in the pid namespace of the agent; 0 where it is in none of its namespaces.
    pub tid: u32,
    /// Whether a program is to run from the file. It is opened for that too.
    pub exec: bool,
    pub(super) fd: BorrowedFd<'e>,
}

impl Attempt<'_> {
    /// The file.
    ///
    /// # Errors
    /// What the file system says.
    pub fn file(&self) -> io::Result<File> {
        file(self.fd)
    }

    /// Its path, as the agent's root directory has it.
    ///
    /// # Errors
    /// Of the kernel.
    pub fn path(&self) -> io::Result<PathBuf> {
        std::fs::read_link(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))
    }

    /// How the thread opens it, as far as that is known while it waits.
    pub fn access(&self) -> Access {
        let call = std::fs::read_to_string(format!("/proc/{}/syscall", self.tid));
        call.map_or(Access::UNKNOWN, |call| access_of(&call, self.tid))
    }
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a flag of the call each")]
pub struct Access {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// It is made where it is missing.
    pub create: bool,
    /// Its contents go.
    pub truncate: bool,
    /// What is written goes to its end.
    pub append: bool,
    /// It is opened because a program runs from it.
    pub exec: bool,
}

impl Access {
    /// Not known: what is protected from either is protected.
    pub const UNKNOWN: Self = Self {
        read: true,
        write: true,
        create: false,
        truncate: false,
        append: false,
        exec: false,
    };

    /// By the flags of `open`.
    fn by_flags(flags: u64) -> Self {
        let has = |flag: i32| flags & u64::from(flag.cast_unsigned()) != 0;
        let mode = flags & 3;
        // Without a way to access it (3) it can be read and written by `ioctl`.
        Self {
            read: mode != 1,
            write: mode != 0,
            create: has(libc::O_CREAT),
            truncate: has(libc::O_TRUNC),
            append: has(libc::O_APPEND),
            exec: false,
        }
    }

    const EXEC: Self = Self {
        read: true,
        write: false,
        create: false,
        truncate: false,
        append: false,
        exec: true,
    };
}

/// Where a call has its flags.
enum Flags {
    /// In the argument of this number.
    In(usize),
    /// In memory, where the argument of this number points.
    At(usize),
    /// These.
    Are(i32),
    /// A program is started.
    Exec,
}

/// The calls that open files and have flags, by number: of this machine, then of 32-bit programs. On x86-64 no number
/// of the second list is that of a call that opens files in the first.
#[cfg(target_arch = "x86_64")]
const CALLS: &[(u64, Flags)] = &[
    (2, Flags::In(1)),
    (85, Flags::Are(libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC)),
    (257, Flags::In(2)),
    (304, Flags::In(2)),
    (437, Flags::At(2)),
    (59, Flags::Exec),
    (322, Flags::Exec),
    // 32 bits: open, creat, openat, open_by_handle_at, execve, execveat.
    (5, Flags::In(1)),
    (8, Flags::Are(libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC)),
    (295, Flags::In(2)),
    (342, Flags::In(2)),
    (11, Flags::Exec),
    (358, Flags::Exec),
];
#[cfg(not(target_arch = "x86_64"))]
const CALLS: &[(u64, Flags)] = &[
    (56, Flags::In(2)),
    (265, Flags::In(2)),
    (437, Flags::At(2)),
    (221, Flags::Exec),
    (281, Flags::Exec),
];

/// How a thread opens a file, of its line in `/proc/TID/syscall`: the number of the call, six arguments, two
/// registers. A call that is not known opens for all that may be protected.
fn access_of(line: &str, tid: u32) -> Access {
    let mut words = line.split_whitespace();
    let number = words.next().and_then(|word| word.parse::<u64>().ok());
    let hex = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    let arguments: Vec<u64> = words.map_while(hex).collect();
    let call = number.and_then(|number| CALLS.iter().find(|(known, _)| *known == number));
    let argument = |at: &usize| arguments.get(*at).copied();
    let access = match call {
        Some((_, Flags::In(at))) => argument(at).map(Access::by_flags),
        Some((_, Flags::At(at))) => {
            argument(at).and_then(|at| read_word(tid, at)).map(Access::by_flags)
        }
        Some((_, Flags::Are(flags))) => Some(Access::by_flags(u64::from(flags.cast_unsigned()))),
        Some((_, Flags::Exec)) => Some(Access::EXEC),
        None => None,
    };
    access.unwrap_or(Access::UNKNOWN)
}

/// Eight bytes of a thread's memory.
fn read_word(tid: u32, at: u64) -> Option<u64> {
    use std::os::unix::fs::FileExt as _;
    let mut bytes = [0; 8];
    let memory = std::fs::File::open(format!("/proc/{tid}/mem")).ok()?;
    memory.read_exact_at(&mut bytes, at).ok()?;
    Some(u64::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn how_a_file_is_opened_is_read_of_the_call() {
        let check = |line: &str, read: bool, write: bool, rest: &str| {
            let access = access_of(line, 0);
            let mut named = String::new();
            for (is, name) in [
                (access.create, "c"),
                (access.truncate, "t"),
                (access.append, "a"),
                (access.exec, "x"),
            ] {
                named.push_str(if is { name } else { "" });
            }
            assert_eq!((access.read, access.write, named.as_str()), (read, write, rest), "{line}");
        };
        let stack = "0x0 0x0 0x0 0x7ffd 0x7f00";
        check(&format!("2 0x55 0x0 {stack}"), true, false, "");
        check(&format!("2 0x55 0x80001 {stack}"), false, true, "");
        check("257 0xffffff9c 0x55 0x241 0x1b6 0x0 0x0 0x7ffd 0x7f00", false, true, "ct");
        check("257 0xffffff9c 0x55 0x402 0x1b6 0x0 0x0 0x7ffd 0x7f00", true, true, "a");
        check(&format!("85 0x55 0x1b6 {stack}"), false, true, "ct");
        check(&format!("59 0x55 0x55 {stack}"), true, false, "x");
        // Of 32 bits.
        check(&format!("5 0x55 0x1 {stack}"), false, true, "");
        check("295 0xffffff9c 0x55 0x0 0x0 0x0 0x0 0xffd 0xf00", true, false, "");
        // Where nothing is known, and a call that has no memory here.
        for line in ["running", "", "-1 0x7ffd 0x7f00", "426 0x3 0x1", "437 0x1 0x2 0x10 0x18"] {
            check(line, true, true, "");
        }
    }
}
