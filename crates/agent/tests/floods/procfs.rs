//! The state of the host against `/proc`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use peregrine_agent::live::Monitor;
use peregrine_state::{FdInfo, State, kinds};

/// A thread as `/proc` has it.
struct Told {
    pid: i64,
    ptid: i64,
    comm: String,
    exe: String,
    cwd: String,
    uid: u32,
}

fn numbers(folder: &str) -> Vec<i64> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok()).collect()
}

fn link(path: String) -> Option<String> {
    let target = std::fs::read_link(path).ok()?.to_string_lossy().into_owned();
    Some(target.strip_suffix(" (deleted)").unwrap_or(&target).to_owned())
}

/// A thread that lives and is none of the kernel's.
fn reported(tid: i64) -> Option<Told> {
    let status = std::fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    let row =
        |key: &str| status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(":\t"));
    let number = |key| row(key)?.split('\t').next()?.trim().parse::<i64>().ok();
    if row("State")?.starts_with(['Z', 'X']) {
        return None;
    }
    Some(Told {
        pid: number("Tgid")?,
        ptid: number("PPid")?,
        comm: row("Name")?.to_owned(),
        exe: link(format!("/proc/{tid}/exe"))?,
        cwd: link(format!("/proc/{tid}/cwd"))?,
        uid: row("Uid")?.split('\t').nth(1)?.parse().ok()?,
    })
}

fn living() -> BTreeSet<i64> {
    let all = numbers("/proc").into_iter();
    all.flat_map(|pid| numbers(&format!("/proc/{pid}/task"))).collect()
}

/// What is not as `/proc` has it. Of processes of `ours` everything counts; of others not the name,
/// which they may change without a call that is watched.
fn differences(state: &State, ours: &dyn Fn(i64) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let living = living();
    for tid in &living {
        let Some(reported) = reported(*tid) else { continue };
        let Some(thread) = state.thread(*tid) else {
            found.insert(format!("{tid} ({}) lives and is not known", reported.comm));
            continue;
        };
        let mut differ = |what: &str, here: String, there: String| {
            if here != there {
                found.insert(format!(
                    "{what} of {tid} ({}): {here}, in /proc {there}",
                    reported.comm
                ));
            }
        };
        differ("process", thread.pid.to_string(), reported.pid.to_string());
        differ("parent", thread.ptid.to_string(), reported.ptid.to_string());
        differ("user", thread.uid.to_string(), reported.uid.to_string());
        if ours(reported.pid) {
            differ("name", text(&thread.comm), reported.comm.clone());
            differ("program", text(&thread.image.exepath), reported.exe.clone());
            differ("folder", text(state.cwd(thread)), reported.cwd.clone());
        }
    }
    for tid in state.tids().filter(|tid| !living.contains(tid)) {
        found.insert(format!("{tid} is known and does not live"));
    }
    found
}

/// Takes what happens for a while.
pub fn watch_for(monitor: &mut Monitor, time: Duration) {
    let end = std::time::Instant::now() + time;
    while std::time::Instant::now() < end {
        monitor.poll();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The state is that of `/proc`. On a machine that works on, a difference counts when it stays.
pub fn equal(monitor: &mut Monitor, ours: &dyn Fn(i64) -> bool) {
    watch_for(monitor, Duration::from_millis(20));
    let mut left = differences(monitor.state(), ours);
    for _ in 0..20 {
        if left.is_empty() {
            return;
        }
        watch_for(monitor, Duration::from_millis(100));
        let now = differences(monitor.state(), ours);
        left.retain(|difference| now.contains(difference));
    }
    let some: Vec<&String> = left.iter().take(20).collect();
    panic!("{} differences, some of them: {some:#?}", left.len());
}

/// Whether a process is a descendant of another one, or that one, or was left behind by it.
pub fn family(root: i32) -> impl Fn(i64) -> bool {
    let root = i64::from(root);
    move |pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let session =
            stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(3)?.parse().ok());
        session == Some(root)
    }
}

/// How `/proc` calls a descriptor: its kind and name.
fn called(info: &FdInfo) -> String {
    let name = String::from_utf8_lossy(&info.name).into_owned();
    match info.kind {
        kinds::FIFO => format!("pipe:[{}]", info.ino),
        kinds::IPV4_SOCK | kinds::IPV6_SOCK | kinds::UNIX_SOCK | kinds::NETLINK => {
            format!("socket:[{}]", info.ino)
        }
        kinds::EVENT => "anon_inode:[eventfd]".to_owned(),
        kinds::EVENTPOLL => "anon_inode:[eventpoll]".to_owned(),
        kinds::MEMFD => format!("/memfd:{}", name.trim_start_matches("memfd:")),
        _ => name,
    }
}

/// Descriptors that are in the state are those of `/proc`; says how many there are in both.
pub fn descriptors(state: &State, pid: i32) -> (usize, usize) {
    let thread = state.thread(pid.into()).unwrap_or_else(|| panic!("{pid} is known"));
    let process = state.process_of(thread).unwrap_or_else(|| panic!("{pid} is a process"));
    let there: BTreeMap<i64, String> = numbers(&format!("/proc/{pid}/fd"))
        .into_iter()
        .filter_map(|fd| Some((fd, link(format!("/proc/{pid}/fd/{fd}"))?)))
        .collect();
    let mut wrong = Vec::new();
    for (fd, info) in process.fds.iter() {
        let here = called(info);
        if there.get(&fd) != Some(&here) {
            wrong.push(format!("{fd}: {here} (kind {}), in /proc {:?}", info.kind, there.get(&fd)));
        }
    }
    let some: Vec<&String> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "{} of {} differ: {some:#?}", wrong.len(), process.fds.len());
    (process.fds.len(), there.len())
}

/// Memory of this process's own, KiB.
pub fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let row = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    row.and_then(|row| row.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
