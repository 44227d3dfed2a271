//! Threads and descriptors from `/proc`, as the records the kernel's iterators write.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use peregrine_event::{EventBuilder, EventType, Origin, TrailerWriter, name_tables};
use peregrine_state::{ProgramFile, SeenFile};

use crate::host_files::proc;
use crate::inodes::encoded;
use crate::programs;
use crate::roots::below;
use crate::sockets::Sockets;

/// How much of arguments and environment is read, as in the kernel programs.
const TEXT_MAX: usize = 4095;

/// Writes one thread and the descriptors of its process; nothing when it does not exist.
pub(crate) fn write(tid: i64, take: &mut dyn FnMut(&[u8])) {
    let mut sockets = Sockets::default();
    if let Some(pid) = write_thread(tid, take) {
        write_descriptors(pid, &mut sockets, take);
    }
}

/// Writes every running thread of the host.
pub(crate) fn write_threads(take: &mut dyn FnMut(&[u8])) {
    for pid in numbers(Path::new(proc())) {
        for tid in numbers(&PathBuf::from(format!("{}/{pid}/task", proc()))) {
            // No exit event will come for this one.
            let stat = fs::read(format!("{}/{tid}/stat", proc())).unwrap_or_default();
            let state = stat.rsplit(|byte| *byte == b')').next().and_then(|rest| rest.get(1));
            if !matches!(state, None | Some(b'Z' | b'X')) {
                write_thread(tid, take);
            }
        }
    }
}

/// Writes every thread of the host, then every descriptor.
pub(crate) fn write_all(take: &mut dyn FnMut(&[u8])) {
    write_threads(take);
    let mut sockets = Sockets::default();
    for pid in numbers(Path::new(proc())) {
        write_descriptors(pid, &mut sockets, take);
    }
}

/// The path of a process's descriptor, as the process sees it, if it still is this file.
pub(crate) fn descriptor_path(pid: i64, fd: i64, file: &SeenFile) -> Option<Vec<u8>> {
    let link = format!("{}/{pid}/fd/{fd}", proc());
    let path = seen_from_root(pid, &link)?;
    let stat = fs::metadata(&link).ok()?;
    ((encoded(stat.dev()), stat.ino()) == (file.dev, file.ino)).then_some(path)
}

/// The path of the program a process runs, as the process sees it.
pub(crate) fn program_path(pid: i64) -> Option<Vec<u8>> {
    seen_from_root(pid, &format!("{}/{pid}/exe", proc()))
}

/// The target of a link in a process's directory, from the process's root. `None` for a deleted file.
fn seen_from_root(pid: i64, link: &str) -> Option<Vec<u8>> {
    let path = fs::read_link(link).ok()?.into_os_string().into_encoded_bytes();
    let root = fs::read_link(format!("{}/{pid}/root", proc())).ok()?;
    let path = below(&path, root.as_os_str().as_bytes())?;
    (!path.ends_with(b" (deleted)")).then_some(path)
}

fn numbers(folder: &Path) -> Vec<i64> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut numbers: Vec<i64> =
        entries.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

/// A record: the block and its origin.
pub(crate) fn record(block: EventBuilder, pid: i64, take: &mut dyn FnMut(&[u8])) {
    record_with(block, pid, &[], take);
}

/// The same with a trailer.
fn record_with(block: EventBuilder, pid: i64, trailer: &[u8], take: &mut dyn FnMut(&[u8])) {
    let mut bytes = block.finish();
    let pid = u32::try_from(pid).unwrap_or(0);
    bytes.extend(TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid }).finish());
    bytes.extend_from_slice(trailer);
    take(&bytes);
}

/// The value of a key in `/proc/<tid>/status`.
struct Status(String);

impl Status {
    fn get(&self, key: &str) -> &str {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
            .map_or("", str::trim)
    }

    fn number(&self, key: &str) -> i64 {
        self.get(key).split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// The number in the innermost namespace.
    fn innermost(&self, key: &str) -> i32 {
        self.get(key).split_whitespace().last().and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    /// The second of `real effective saved file-system`.
    fn effective(&self, key: &str) -> u32 {
        self.get(key).split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(u32::MAX)
    }

    fn set(&self, key: &str) -> u64 {
        u64::from_str_radix(self.get(key), 16).unwrap_or(0)
    }

    fn kilobytes(&self, key: &str) -> u32 {
        u32::try_from(self.number(key)).unwrap_or(0)
    }
}

/// The fields of `/proc/<tid>/stat` behind the name, which may contain brackets and spaces.
fn stat_fields(text: &str) -> Vec<i64> {
    let behind = text.rsplit_once(')').map_or("", |(_, behind)| behind);
    behind.split_whitespace().skip(1).map(|n| n.parse().unwrap_or(0)).collect()
}

fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(TEXT_MAX);
    if let Some(last) = bytes.last_mut() {
        *last = 0;
    }
    bytes
}

fn link(path: String) -> Vec<u8> {
    let target = fs::read_link(path).map_or_else(|_| OsString::new(), PathBuf::into_os_string);
    let target = target.as_bytes();
    let target = target.strip_suffix(b" (deleted)").unwrap_or(target);
    // A memfd is in no directory.
    if target.starts_with(b"/memfd:") { target[1..].to_vec() } else { target.to_vec() }
}

fn now_since_boot() -> (u64, u64) {
    let up = fs::read_to_string(format!("{}/uptime", proc())).unwrap_or_default();
    let up: f64 = up.split(' ').next().and_then(|up| up.parse().ok()).unwrap_or(0.0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(0));
    let up = std::time::Duration::try_from_secs_f64(up).unwrap_or_default();
    (now, u64::try_from(up.as_nanos()).unwrap_or(0))
}

/// Writes one thread; `None` if it does not exist.
fn write_thread(tid: i64, take: &mut dyn FnMut(&[u8])) -> Option<i64> {
    let at = |name: &str| format!("{}/{tid}/{name}", proc());
    let read = |name: &str| fs::read(at(name)).unwrap_or_default();
    let text = |name: &str| String::from_utf8_lossy(&read(name)).into_owned();
    let status = Status(String::from_utf8_lossy(&fs::read(at("status")).ok()?).into_owned());
    let pid = status.number("Tgid");
    // The parent of a thread is that of its process, which /proc shows for the main thread.
    let stat = stat_fields(&text("stat"));
    let field = |index: usize| stat.get(index).copied().unwrap_or(0);
    let small = |number: i64| i32::try_from(number).unwrap_or(0);
    let comm = read("comm");
    let exe = link(at("exe"));
    let meta = fs::metadata(at("exe")).ok();
    let ns = |secs: i64, nanos: i64| (secs * 1_000_000_000 + nanos).cast_unsigned();
    let limits = text("limits");
    let fd_limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next())
        .map_or(0, |soft| soft.parse().unwrap_or(u64::MAX));
    let ticks = u64::try_from(field(18)).unwrap_or(0);
    let (now, up) = now_since_boot();
    // /proc has the start in hundredths of a second since boot.
    let start = (now - up.min(now)) + ticks * 10_000_000;
    let namespace_start = if status.innermost("NSpid") == small(tid) { 0 } else { start };
    let cgroups = text("cgroup");
    let cgroups: Vec<String> = groups_of(&cgroups);
    let block = EventBuilder::new(EventType::ITER_TASK_E, 0, tid)
        .i32(small(status.number("PPid")))
        .i32(small(field(1)))
        .i32(status.innermost("NSpgid"))
        .i32(small(field(2)))
        .str(comm.strip_suffix(b"\n").unwrap_or(&comm))
        .bytes(&cut(read("cmdline")))
        .str(&exe)
        .u32(if exe.starts_with(b"memfd:") { 4 } else { 0 })
        .bytes(&cut(read("environ")))
        .str(&link(at("cwd")))
        .u64(fd_limit)
        .u32(status.effective("Uid"))
        .u32(status.effective("Gid"))
        .u64(status.set("CapPrm"))
        .u64(status.set("CapEff"))
        .u64(status.set("CapInh"))
        .u64(meta.as_ref().map_or(0, std::os::unix::fs::MetadataExt::ino))
        .u64(meta.as_ref().map_or(0, |meta| ns(meta.ctime(), meta.ctime_nsec())))
        .u64(meta.as_ref().map_or(0, |meta| ns(meta.mtime(), meta.mtime_nsec())))
        .u32(status.kilobytes("VmSize"))
        .u32(status.kilobytes("VmRSS"))
        .u32(status.kilobytes("VmSwap"))
        .u64(field(9).cast_unsigned())
        .u64(field(7).cast_unsigned())
        .i32(status.innermost("NSpid"))
        .i32(status.innermost("NStgid"))
        .u64(namespace_start)
        .strs(cgroups.iter().map(String::as_bytes))
        .str(b"/")
        .u64(start)
        .u32(u32::try_from(field(4)).unwrap_or(0))
        .u32(text("loginuid").trim().parse().unwrap_or(u32::MAX));
    let asked = ProgramFile {
        program: programs::from_proc(tid, meta.as_ref()),
        path: &exe,
        ino: meta.as_ref().map_or(0, std::os::unix::fs::MetadataExt::ino),
        ctime: meta.as_ref().map_or(0, |meta| ns(meta.ctime(), meta.ctime_nsec())),
        pids: [tid, status.number("PPid")],
        started: false,
    };
    let mut trailer = TrailerWriter::default();
    programs::find(&asked, &mut |standing| {
        trailer = std::mem::take(&mut trailer).standing(standing);
    });
    record_with(block, pid, &trailer.finish(), take);
    Some(pid)
}

/// `/proc/<tid>/cgroup` as `subsystem=path`. In the unified hierarchy every subsystem has the same
/// path.
fn groups_of(text: &str) -> Vec<String> {
    let mut groups = Vec::new();
    for subsystem in ["cpuset", "cpu", "cpuacct", "io", "memory"] {
        let mut unified = None;
        let mut own = None;
        for line in text.lines() {
            let mut parts = line.splitn(3, ':');
            let (_, names, path) = (parts.next(), parts.next(), parts.next());
            let (Some(names), Some(path)) = (names, path) else { continue };
            if names.is_empty() {
                unified = Some(path);
            } else if names
                .split(',')
                .any(|name| name == subsystem || (subsystem == "io" && name == "blkio"))
            {
                own = Some(path);
            }
        }
        if let Some(path) = own.or(unified) {
            groups.push(format!("{subsystem}={path}"));
        }
    }
    groups
}

/// Writes the descriptors of a process.
fn write_descriptors(pid: i64, sockets: &mut Sockets, take: &mut dyn FnMut(&[u8])) {
    use EventType as E;
    for fd in numbers(&PathBuf::from(format!("{}/{pid}/fd", proc()))) {
        let Ok(number) = i32::try_from(fd) else { continue };
        let target = link(format!("{}/{pid}/fd/{fd}", proc()));
        let inode = |prefix: &[u8]| -> Option<u64> {
            let inside = target.strip_prefix(prefix)?.strip_suffix(b"]")?;
            std::str::from_utf8(inside).ok()?.parse().ok()
        };
        let meta = || fs::metadata(format!("{}/{pid}/fd/{fd}", proc())).ok();
        let ino = || meta().map_or(0, |meta| meta.ino());
        let block = |code| EventBuilder::new(code, 0, pid).i32(number);
        if let Some(socket) = inode(b"socket:[") {
            sockets.write(pid, number, socket, take);
            continue;
        }
        let block = if let Some(pipe) = inode(b"pipe:[") {
            block(E::ITER_TASK_FILE_PIPE_E).str(b"").u64(pipe)
        } else if let Some(name) = target.strip_prefix(b"anon_inode:") {
            // The kind follows from the name.
            block(E::ITER_TASK_FILE_ANON_INODE_E).u8(UNSUPPORTED).str(name).u64(ino())
        } else if target.starts_with(b"memfd:") {
            block(E::ITER_TASK_FILE_MEMFD_E).str(&target).u64(ino())
        } else if target.first() == Some(&b'/') {
            if meta().is_some_and(|meta| meta.is_dir()) {
                block(E::ITER_TASK_FILE_DIRECTORY_E).str(&target).u64(ino())
            } else {
                let info =
                    fs::read_to_string(format!("{}/{pid}/fdinfo/{fd}", proc())).unwrap_or_default();
                let row = |key: &str| {
                    info.lines().find_map(|line| line.strip_prefix(key)).map_or("", str::trim)
                };
                let flags = u32::from_str_radix(row("flags:"), 8).unwrap_or(0);
                let mount = row("mnt_id:").parse().unwrap_or(0);
                block(E::ITER_TASK_FILE_REGULAR_E)
                    .str(&target)
                    .u32(open_flags(flags))
                    .u32(mount)
                    .u64(ino())
            }
        } else {
            continue;
        };
        record(block, pid, take);
    }
}

/// `SCAP_FD_UNSUPPORTED`.
const UNSUPPORTED: u8 = 10;

/// Flags of an open in the capture format's numbers, by name.
fn open_flags(flags: u32) -> u32 {
    const NAMES: [(libc::c_int, &str); 12] = [
        (libc::O_CREAT, "O_CREAT"),
        (libc::O_EXCL, "O_EXCL"),
        (libc::O_TRUNC, "O_TRUNC"),
        (libc::O_APPEND, "O_APPEND"),
        (libc::O_NONBLOCK, "O_NONBLOCK"),
        (libc::O_DSYNC, "O_DSYNC"),
        (0o4_000_000, "O_SYNC"),
        (libc::O_DIRECT, "O_DIRECT"),
        (0o100_000, "O_LARGEFILE"),
        (libc::O_DIRECTORY, "O_DIRECTORY"),
        (libc::O_CLOEXEC, "O_CLOEXEC"),
        (0o20_000_000, "O_TMPFILE"),
    ];
    let number = |name: &str| {
        let row = name_tables::FILE_FLAGS.iter().find(|row| row.name == name);
        row.and_then(|row| u32::try_from(row.value).ok()).unwrap_or(0)
    };
    let mode = match flags & 3 {
        0 => number("O_RDONLY"),
        1 => number("O_WRONLY"),
        2 => number("O_RDWR"),
        _ => 0,
    };
    let has = |bit: libc::c_int| flags & bit.cast_unsigned() != 0;
    NAMES.iter().filter(|(bit, _)| has(*bit)).fold(mode, |out, (_, name)| out | number(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_do_not_move_fields() {
        let fields = stat_fields("42 (a) b (c) S 1 2 3 4 5 6");
        assert_eq!(fields[..3], [1, 2, 3]);
        assert_eq!(stat_fields(""), Vec::<i64>::new());
    }

    #[test]
    fn groups_of_both_hierarchies() {
        assert_eq!(groups_of("0::/a.slice\n")[4], "memory=/a.slice");
        let mixed = groups_of("5:cpu,cpuacct:/c\n3:memory:/m\n0::/u\n");
        assert_eq!(mixed, ["cpuset=/u", "cpu=/c", "cpuacct=/c", "io=/u", "memory=/m"]);
    }

    #[test]
    fn flags_are_the_capture_formats() {
        assert_eq!(open_flags(0), 1);
        assert_eq!(open_flags(0o100_001 | 0o2000), 2 | 8 | 2048);
        assert_eq!(open_flags(0o2 | 0o100 | 0o2_000_000), 3 | 4 | 4096);
    }
}
