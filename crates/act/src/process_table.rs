//! The processes of this host, as `/proc` has them.

use std::fs;
use std::path::Path;

/// A kernel thread (`PF_KTHREAD`).
const KERNEL_THREAD: u64 = 0x0020_0000;

/// A process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    pub(crate) session: i32,
    /// When it started, in ticks since boot: with its number it is no other process.
    pub(crate) ticks: u64,
    pub(crate) has_terminal: bool,
    flags: u64,
    state: u8,
}

impl Entry {
    /// Reads `/proc/PID/stat`; none where the process is gone.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    pub(crate) fn parse(stat: &[u8]) -> Option<Self> {
        // The name may have blanks and brackets in it.
        let close = stat.iter().rposition(|byte| *byte == b')')?;
        let front = stat.get(..stat.iter().position(|byte| *byte == b' ')?)?;
        let pid = std::str::from_utf8(front).ok()?.parse().ok()?;
        let behind = std::str::from_utf8(stat.get(close + 1..)?).ok()?;
        let mut words = behind.split_ascii_whitespace();
        let state = *words.next()?.as_bytes().first()?;
        let parent = words.next()?.parse().ok()?;
        let group = words.next()?.parse().ok()?;
        let session = words.next()?.parse().ok()?;
        let terminal: i64 = words.next()?.parse().ok()?;
        let flags = words.nth(1)?.parse().ok()?;
        let ticks = words.nth(12)?.parse().ok()?;
        let has_terminal = terminal != 0;
        Some(Self { pid, parent, group, session, ticks, has_terminal, flags, state })
    }

    pub(crate) fn is_kernel_thread(&self) -> bool {
        self.flags & KERNEL_THREAD != 0
    }

    /// It ended, and its parent has not noticed yet.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }

    /// It is stopped by a signal.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }
}

/// All processes.
pub(crate) fn all() -> Vec<Entry> {
    let Ok(folder) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(Entry::of).collect()
}

/// Device and inode of what lies at a path, links followed.
pub(crate) fn identity(path: impl AsRef<Path>) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Device and inode of the program that a process runs.
pub(crate) fn program(pid: i32) -> Option<(u64, u64)> {
    identity(format!("/proc/{pid}/exe"))
}

/// The real user of a process.
pub(crate) fn user(pid: i32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Whether a control group of a process names a container.
pub(crate) fn is_in_container(pid: i32, id: &str) -> bool {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    names_container(&groups, id)
}

/// The group of podman's monitor has the id in its name, too; the monitor is on the host.
fn names_container(groups: &str, id: &str) -> bool {
    let monitor = format!("conmon-{id}");
    id.len() >= 12 && groups.lines().any(|line| line.contains(id) && !line.contains(&monitor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_brackets_and_lines() {
        let stat = b"12 (a) b\n(c) S 3 4 5 34816 12 4194560 0 0 0 0 1 2 0 0 20 0 1 0 777 1 2\n";
        let entry = Entry::parse(stat).unwrap();
        let numbers = (entry.pid, entry.parent, entry.group, entry.session, entry.ticks);
        assert_eq!(numbers, (12, 3, 4, 5, 777));
        assert!(entry.has_terminal && !entry.is_kernel_thread() && !entry.is_over());
        for bad in [&b""[..], b"12", b"12 (a) S", b"x (a) S 1 2 3 4 5 6 7"] {
            assert_eq!(Entry::parse(bad), None);
        }
    }

    #[test]
    fn the_monitor_of_a_container_is_not_in_it() {
        let id = "7dc5daaa0ea8ebb7cd30e0a71c76868b29cefe112cde67f2495c8f368e2049dd";
        for (group, expected) in [
            (format!("0::/machine.slice/libpod-{id}.scope/container"), true),
            (format!("6:freezer:/libpod_parent/libpod-{id}"), true),
            (format!("0::/system.slice/docker-{id}.scope"), true),
            (format!("0::/machine.slice/libpod-conmon-{id}.scope"), false),
            ("6:freezer:/libpod_parent/conmon".to_owned(), false),
        ] {
            assert_eq!(names_container(&group, id), expected, "{group}");
            assert_eq!(names_container(&group, &id[..12]), expected, "{group}");
        }
        assert!(!names_container("0::/", ""));
    }

    #[test]
    fn this_process_is_among_them() {
        let own = i32::try_from(std::process::id()).unwrap();
        let entry = Entry::of(own).unwrap();
        // What it does changes from one look to the next.
        let is_it = |one: &Entry| (one.pid, one.ticks) == (own, entry.ticks);
        assert!(all().iter().any(is_it) && !entry.is_over());
        assert_eq!(program(own), identity(std::env::current_exe().unwrap()));
    }
}
