//! What this process may do and how much it may have, looked at before anything is tried: what is
//! missing is named in words, with what to do about it.

#![expect(unsafe_code, reason = "limits and rights are asked through libc")]

use std::path::Path;

use peregrine_event::kernel::memory::CPUS_PER_RING;

use crate::error::ProbeError;
use crate::load::{self, Options};

/// Open files that watching takes, and some to spare; a ring each comes on top.
const FILES: u64 = 384;
/// Address space that threads and maps reserve, most of which is never used; rings come on top.
const SPACE: usize = 256 << 20;
/// Memory that is written to.
const DATA: usize = 48 << 20;
/// Threads that run at once while it starts.
const THREADS: usize = 8;

const CAP_DAC_OVERRIDE: u32 = 1;
const CAP_DAC_READ_SEARCH: u32 = 2;
const CAP_SETUID: u32 = 7;
const CAP_SYS_PTRACE: u32 = 19;
const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

/// The effective capabilities of this thread.
fn capabilities() -> u64 {
    // `_LINUX_CAPABILITY_VERSION_3`, and whom: the caller.
    let head = [0x2008_0522_u32, 0];
    let mut sets = [0_u32; 6];
    // SAFETY: both live here and are as large as that version says.
    let done = unsafe { libc::syscall(libc::SYS_capget, head.as_ptr(), sets.as_mut_ptr()) };
    let [low, _, _, high, _, _] = sets;
    if done == 0 { u64::from(low) | u64::from(high) << 32 } else { 0 }
}

/// Whether this process may load programs here, and the kernel describes its types.
pub(crate) fn preconditions() -> Result<(), ProbeError> {
    let has = |cap: u32, caps: u64| caps >> cap & 1 == 1;
    let caps = capabilities();
    // SAFETY: takes nothing, cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !has(CAP_SYS_ADMIN, caps) {
        let missing: Vec<&str> = [(CAP_BPF, "CAP_BPF"), (CAP_PERFMON, "CAP_PERFMON")]
            .into_iter()
            .filter_map(|(cap, name)| (!has(cap, caps)).then_some(name))
            .collect();
        if !missing.is_empty() && !root {
            return Err(ProbeError::Rights);
        }
        if !missing.is_empty() {
            let missing = missing.join(" and ");
            return Err(ProbeError::Lacking(format!(
                "this is root without {missing}, which monitoring the kernel needs: whoever started it dropped that (docker: --cap-add, systemd: CapabilityBoundingSet=)"
            )));
        }
    }
    if !Path::new("/proc/self/status").exists() {
        return Err(ProbeError::Lacking(
            "/proc is not mounted, and processes are read from it: mount -t proc proc /proc"
                .to_owned(),
        ));
    }
    let users = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    if users.split_whitespace().ne(["0", "0", "4294967295"]) {
        return Err(ProbeError::Lacking(
            "this is root of a user namespace only, and monitoring the kernel needs root of the host: run it outside of that namespace"
                .to_owned(),
        ));
    }
    if !Path::new("/sys/kernel").exists() {
        return Err(ProbeError::Lacking(
            "/sys is not mounted, and the kernel describes its types there: mount -t sysfs sysfs /sys"
                .to_owned(),
        ));
    }
    if !Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Err(ProbeError::NoBtf);
    }
    Ok(())
}

/// Looks whether rights and limits leave room for watching; to be asked before threads are started
/// that a limit would end.
///
/// # Errors
/// What is missing, in words.
pub fn check(options: &Options) -> Result<(), ProbeError> {
    preconditions()?;
    check_limits(load::cpus()?.div_ceil(CPUS_PER_RING), options.ring_size())
}

/// How many rings there are on this machine.
pub fn rings() -> usize {
    // libbpf would say so by itself where it cannot count them.
    if preconditions().is_err() {
        return 1;
    }
    load::cpus().map_or(1, |cpus| cpus.div_ceil(CPUS_PER_RING))
}

/// Gives memory that was freed back to the system, as far as the allocator can.
pub fn give_back_memory() {
    // SAFETY: takes a number, and frees what nobody uses.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// What the allocator says of the memory of this process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocator {
    /// Memory that is in use.
    pub allocated: u64,
    /// The pages of that.
    pub active: u64,
    /// What it needs for itself: the heads of blocks that are free or mapped alone, and of its arenas.
    pub metadata: u64,
    /// What it has from the system.
    pub mapped: u64,
    /// Memory that is free and was not given back.
    pub retained: u64,
}

/// What the allocator says; none where it says nothing.
#[cfg(target_env = "gnu")]
pub fn allocator() -> Option<Allocator> {
    /// Bytes of the head of a block.
    const HEAD: usize = 16;
    const PAGE: usize = 4096;
    // SAFETY: reads what the allocator counts, under its own locks.
    let counts = unsafe { libc::mallinfo2() };
    let bytes = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
    let free = counts.ordblks + counts.smblks + counts.hblks;
    Some(Allocator {
        allocated: bytes(counts.uordblks + counts.hblkhd),
        active: bytes(counts.uordblks.next_multiple_of(PAGE) + counts.hblkhd),
        metadata: bytes(free * HEAD),
        mapped: bytes(counts.arena + counts.hblkhd),
        retained: bytes(counts.fordblks),
    })
}

/// What the allocator says: nothing here.
#[cfg(not(target_env = "gnu"))]
pub fn allocator() -> Option<Allocator> {
    None
}

/// A capability this process lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingRight {
    /// Its name.
    pub capability: &'static str,
    /// What is lost without it.
    pub lost: &'static str,
}

impl std::fmt::Display for MissingRight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { capability, lost } = self;
        write!(f, "without {capability} {lost}")
    }
}

/// Capabilities without which watching goes on but knows or does less.
pub fn missing_rights() -> Vec<MissingRight> {
    // SAFETY: takes nothing, cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    missing(capabilities(), root)
}

fn missing(caps: u64, root: bool) -> Vec<MissingRight> {
    let of_all = [
        (
            CAP_SYS_PTRACE,
            "CAP_SYS_PTRACE",
            "it may not read descriptors and programs of before the start: names can be missing",
        ),
        (
            CAP_DAC_READ_SEARCH,
            "CAP_DAC_READ_SEARCH",
            "it may not read files and directories of other users: names can be missing",
        ),
    ];
    // Root has what these are for by being root: sockets of its own, and nobody else to start programs as.
    let of_users = [
        (
            CAP_DAC_OVERRIDE,
            "CAP_DAC_OVERRIDE",
            "it may not ask container engines of other users, root's too: alerts can lack name and image of containers",
        ),
        (
            CAP_SETUID,
            "CAP_SETUID",
            "it starts programs of outputs as the user it runs as, and no other",
        ),
    ];
    let of_users = of_users.into_iter().filter(|_| !root);
    of_all
        .into_iter()
        .chain(of_users)
        .filter(|(cap, ..)| caps >> cap & 1 == 0)
        .map(|(_, capability, lost)| MissingRight { capability, lost })
        .collect()
}

/// Raises the limit on open files as far as it may, and looks whether limits leave room for watching
/// with this many rings of this size.
fn check_limits(rings: usize, ring_bytes: u32) -> Result<(), ProbeError> {
    let wanted = FILES + u64::try_from(rings).unwrap_or(u64::MAX);
    let files = raise_files(wanted);
    if files < wanted {
        return Err(ProbeError::Lacking(format!(
            "ulimit -n allows {files} open files, monitoring needs {wanted}: raise it (ulimit -n {wanted}, systemd: LimitNOFILE=)"
        )));
    }
    let space = rings.saturating_mul(ring_bytes as usize).saturating_mul(2).saturating_add(SPACE);
    for (bytes, write, limit, option, unit) in [
        (space, false, libc::RLIMIT_AS, "-v", "LimitAS="),
        (DATA, true, libc::RLIMIT_DATA, "-d", "LimitDATA="),
    ] {
        if !can_map(bytes, write) {
            let has = soft(limit) / 1024;
            let lacks = bytes / 1024;
            return Err(ProbeError::Lacking(format!(
                "ulimit {option} allows {has} KiB of memory, and monitoring needs {lacks} KiB more than are left: raise it (systemd: {unit})"
            )));
        }
    }
    if let Err(error) = try_threads() {
        return Err(ProbeError::Lacking(format!(
            "{THREADS} threads cannot be started ({error}): raise ulimit -u, or how many tasks its control group allows (pids.max, systemd: TasksMax=)"
        )));
    }
    Ok(())
}

fn limit(of: u32) -> libc::rlimit {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the structure lives here; where the call fails it stays as it is.
    unsafe { libc::getrlimit(of as _, &raw mut limit) };
    limit
}

fn soft(of: u32) -> u64 {
    limit(of).rlim_cur
}

/// Raises the limit on open files where it is lower than this, and says what it is then.
fn raise_files(wanted: u64) -> u64 {
    let now = limit(libc::RLIMIT_NOFILE);
    if now.rlim_cur >= wanted {
        return now.rlim_cur;
    }
    // Whoever may raise the hard limit too does so.
    for most in [now.rlim_max.max(wanted), now.rlim_max] {
        let more = libc::rlimit { rlim_cur: wanted.min(most), rlim_max: most };
        // SAFETY: the structure lives here and is only read.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const more) } == 0 {
            break;
        }
    }
    soft(libc::RLIMIT_NOFILE)
}

/// Whether so much could be mapped; it is not used.
fn can_map(bytes: usize, write: bool) -> bool {
    let protection = if write { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_NONE };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a fresh mapping at an address of the kernel's choice, which nobody uses.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), bytes, protection, flags, -1, 0) };
    if at == libc::MAP_FAILED {
        return false;
    }
    // SAFETY: what was just mapped, and nothing else.
    unsafe { libc::munmap(at, bytes) };
    true
}

/// Starts as many threads at once as the start will, and ends them.
fn try_threads() -> std::io::Result<()> {
    let mut threads = Vec::new();
    let mut result = Ok(());
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Arc::new(std::sync::Mutex::new(held));
    for _ in 0..THREADS {
        let held = std::sync::Arc::clone(&held);
        let wait = move || drop(held.lock().map(|held| held.recv()));
        match std::thread::Builder::new().spawn(wait) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    drop(hold);
    for thread in threads {
        // Nothing in it panics.
        let _ = thread.join();
    }
    result
}

/// What an error number means for watching; nothing where the number alone says no more.
pub(crate) fn explain(errno: i32) -> Option<String> {
    let words = match errno {
        libc::EPERM | libc::EACCES => {
            let lockdown = std::fs::read_to_string("/sys/kernel/security/lockdown");
            if lockdown.is_ok_and(|text| text.contains("[confidentiality]")) {
                "the kernel is locked down (lockdown=confidentiality) and does not let anybody load programs"
                    .to_owned()
            } else {
                "the kernel does not allow it, though the capabilities are there: a seccomp filter or a security module forbids bpf()"
                    .to_owned()
            }
        }
        libc::EMFILE => {
            let files = soft(libc::RLIMIT_NOFILE);
            format!("ulimit -n allows {files} open files, which is too few")
        }
        libc::ENFILE => "the machine is out of open files (sysctl fs.file-max)".to_owned(),
        libc::ENOMEM => {
            "there is not enough memory: check ulimit -v and the limit of its control group"
                .to_owned()
        }
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_named() {
        let check = |caps: &[u32], root: bool, expected: &[&str]| {
            let caps = caps.iter().fold(0, |set, cap| set | 1_u64 << cap);
            let missing = missing(caps, root);
            let names: Vec<&str> = missing.iter().map(|right| right.capability).collect();
            assert_eq!(names, expected, "{caps:x} {root}");
        };
        let four = [CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH];
        check(&four, true, &[]);
        check(&four, false, &["CAP_DAC_OVERRIDE", "CAP_SETUID"]);
        check(&[CAP_BPF], true, &["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]);
    }
}
