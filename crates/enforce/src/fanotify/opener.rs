//! What is known of a process that waits, of its folder in `/proc`.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use rustix::fs::{AtFlags, StatxFlags};
use rustix::time::ClockId;

use super::attempt::Identity;

/// Names that a thread's `status` has.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// A process. What cannot be read, because it is gone, is nobody's.
#[derive(Debug, Clone, Default)]
pub(super) struct Process {
    pub(super) comm: Vec<u8>,
    pub(super) parent: u32,
    pub(super) tty: bool,
    pub(super) kernel_thread: bool,
}

impl Process {
    /// Of `/proc/TID/stat`.
    pub(super) fn of(tid: u32) -> Option<Self> {
        stat(&fs::read(format!("/proc/{tid}/stat")).ok()?)
    }
}

/// `TID (comm) state parent group session tty tpgid flags ...`; the name may hold anything.
fn stat(line: &[u8]) -> Option<Process> {
    let begin = line.iter().position(|byte| *byte == b'(')?;
    let end = line.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(line.get(end + 1..)?).ok()?;
    let words: Vec<&str> = rest.split_ascii_whitespace().take(7).collect();
    let number = |at: usize| words.get(at)?.parse::<i64>().ok();
    Some(Process {
        comm: line.get(begin + 1..end)?.to_vec(),
        parent: u32::try_from(number(1)?).ok()?,
        tty: number(4)? != 0,
        kernel_thread: number(6)?.cast_unsigned() & KERNEL_THREAD != 0,
    })
}

/// All processes, each with its parent.
pub(super) fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some((pid, Process::of(pid)?.parent))).collect()
}

/// When a process started: nanoseconds since the epoch, to a hundredth of a second.
pub(super) fn started(pid: u32) -> Option<u64> {
    let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let end = line.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(line.get(end + 1..)?).ok()?;
    let ticks: u64 = rest.split_ascii_whitespace().nth(19)?.parse().ok()?;
    let now = |clock| {
        let time = rustix::time::clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        seconds.saturating_mul(1_000_000_000) + u64::try_from(time.tv_nsec).unwrap_or(0)
    };
    let boot = now(ClockId::Realtime).saturating_sub(now(ClockId::Boottime));
    Some(boot + ticks * (1_000_000_000 / rustix::param::clock_ticks_per_second().max(1)))
}

/// The users and the process of a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Users {
    pub(super) pid: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Users {
    /// Of `/proc/TID/status`.
    pub(super) fn of(tid: u32) -> Option<Self> {
        users(&fs::read_to_string(format!("/proc/{tid}/status")).ok()?)
    }
}

fn users(status: &str) -> Option<Users> {
    let word = |name: &str, at: usize| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().nth(at)?.parse().ok()
    };
    // Of the four of each kind the second is the effective one.
    Some(Users { pid: word("Tgid:", 0)?, uid: word("Uid:", 1)?, gid: word("Gid:", 1)? })
}

/// The login user; `u32::MAX`: nobody logged in.
pub(super) fn loginuid(tid: u32) -> u32 {
    let text = fs::read_to_string(format!("/proc/{tid}/loginuid")).unwrap_or_default();
    text.trim().parse().unwrap_or(u32::MAX)
}

/// The control groups, a line each.
pub(super) fn cgroups(tid: u32) -> Vec<u8> {
    fs::read(format!("/proc/{tid}/cgroup")).unwrap_or_default()
}

/// The program of a process, and its path; none of a kernel thread.
pub(super) fn program(tid: u32) -> Option<(Identity, PathBuf)> {
    let link = format!("/proc/{tid}/exe");
    let path = fs::read_link(&link).ok()?;
    // Whoever keeps its file system is not asked: what the kernel has of it is enough.
    let flags = AtFlags::STATX_DONT_SYNC;
    let stat = rustix::fs::statx(rustix::fs::CWD, &link, flags, StatxFlags::INO).ok()?;
    let dev = rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor);
    // A program that was replaced while it runs is still that of its path.
    let name = path.as_os_str().as_bytes();
    let path = match name.strip_suffix(b" (deleted)") {
        Some(name) => PathBuf::from(std::ffi::OsStr::from_bytes(name)),
        None => path,
    };
    Some((Identity { dev, ino: stat.stx_ino }, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_started_before_now() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let start = started(std::process::id()).unwrap();
        let age = u64::try_from(now.as_nanos()).unwrap().checked_sub(start).unwrap();
        assert!(age < 3_600_000_000_000, "{age}");
        assert_eq!(started(0), None);
    }

    #[test]
    fn a_process_is_read_whatever_it_calls_itself() {
        let check = |line: &[u8], expected: Option<(&[u8], u32, bool, bool)>| {
            let got = stat(line);
            let got = got
                .as_ref()
                .map(|one| (one.comm.as_slice(), one.parent, one.tty, one.kernel_thread));
            assert_eq!(got, expected, "{}", line.escape_ascii());
        };
        check(b"7 (sh) S 1 7 7 34816 7 4194304 1", Some((b"sh", 1, true, false)));
        check(b"7 (a) (b) S 5 6 7 0 -1 2129984 1", Some((b"a) (b", 5, false, true)));
        check(b"7 (\xff) R 1 1 1 0 -1 0", Some((b"\xff", 1, false, false)));
        for bad in [&b""[..], b"7 )(", b"7 (sh)", b"7 (sh) S x 7 7 0 7 0"] {
            check(bad, None);
        }
        let text = "Name:\tx\nTgid:\t7\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n";
        assert_eq!(users(text), Some(Users { pid: 7, uid: 2, gid: 6 }));
        assert_eq!(users("Name:\tx\n"), None);
    }
}
