//! Floods, lost events and numbers used again, as the live probe reports them: the state stays bounded and right.

#![expect(clippy::unwrap_used, reason = "tests")]

use peregrine_event::{Event, EventBuilder, EventType, Origin, TrailerWriter};
use peregrine_state::{FdInfo, Limits, NoHostInfo, State};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

/// A state, and the time.
struct Host {
    state: State,
    ts: u64,
}

impl Host {
    fn new(limits: Limits) -> Self {
        Self { state: State::new(limits), ts: 1000 * SECOND }
    }

    /// A record of the probe.
    fn apply(&mut self, block: EventBuilder, pid: i64) {
        let mut record = block.finish();
        let pid = u32::try_from(pid).unwrap();
        record.extend(TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid }).finish());
        self.state.apply(&Event::parse(1, &record).unwrap(), &NoHostInfo);
        self.ts += 1000;
    }

    /// The return of clone: in the child where `result` is 0.
    fn cloned(&mut self, result: i64, tid: i64, pid: i64, parent: i64) {
        let block = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, self.ts, tid)
            .i64(result)
            .str(b"exe")
            .strs([&b"arg"[..]])
            .i64(tid)
            .i64(pid)
            .i64(parent)
            .str(b"/")
            .i64(1024)
            .u64(0)
            .u64(0)
            .u32(0)
            .u32(0)
            .u32(0)
            .str(b"comm")
            .strs([&b"cpu=/"[..]])
            .u32(if tid == pid { 0 } else { 1 << 13 | 1 })
            .u32(0)
            .u32(0)
            .i64(tid)
            .i64(pid)
            .u64(0);
        self.apply(block, pid);
    }

    /// The first return of a child of a user, whose environment has so many bytes.
    fn born(&mut self, uid: u32, tid: i64, parent: i64, environment: usize) {
        let groups = [format!("cpu=/user-{uid}/{tid}")];
        let block = EventBuilder::new(EventType::SYSCALL_EXECVE_19_X, self.ts, tid);
        let words = vec![b'e'; environment];
        self.cloned(0, tid, tid, parent);
        let set = EventBuilder::new(EventType::SYSCALL_SETRESUID_X, self.ts, tid)
            .i64(0)
            .u32(uid)
            .u32(uid)
            .u32(uid);
        self.apply(set, tid);
        let block = block
            .i64(0)
            .str(b"exe")
            .strs([&words[..]])
            .i64(tid)
            .i64(tid)
            .i64(parent)
            .str(b"/")
            .u64(1024)
            .u64(0)
            .u64(0)
            .u32(0)
            .u32(0)
            .u32(0)
            .str(b"comm")
            .strs(groups.iter().map(String::as_bytes))
            .strs([&words[..]]);
        self.apply(block, tid);
    }

    /// What users take of memory, together.
    fn bytes(&self) -> usize {
        self.state.weights().values().map(|weight| weight.bytes).sum()
    }

    fn ended(&mut self, tid: i64, pid: i64, heir: i64) {
        let block = EventBuilder::new(EventType::PROCEXIT_1_E, self.ts, tid)
            .i64(0)
            .i64(0)
            .u8(0)
            .u8(0)
            .i64(heir);
        self.apply(block, pid);
    }

    fn opened(&mut self, pid: i64, fd: i64, name: &str, flags: u32) {
        let block = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, self.ts, pid)
            .i64(fd)
            .i64(-100)
            .str(name.as_bytes())
            .u32(flags)
            .u32(0)
            .u32(0)
            .u64(0);
        self.apply(block, pid);
    }

    /// The name of the descriptor of an open, as a rule sees it at that moment.
    fn name_of_open(&mut self, pid: i64, fd: i64, name: &str) -> Option<String> {
        let mut record = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, self.ts, pid)
            .i64(fd)
            .i64(-100)
            .str(name.as_bytes())
            .u32(1)
            .u32(0)
            .u32(0)
            .u64(0)
            .finish();
        let of = u32::try_from(pid).unwrap();
        record
            .extend(TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: of }).finish());
        let event = Event::parse(1, &record).unwrap();
        self.state.apply(&event, &NoHostInfo);
        let info: Option<&FdInfo> = self.state.event_fd(&event);
        info.map(|info| String::from_utf8_lossy(&info.name).into_owned())
    }

    fn tids(&mut self) -> Vec<i64> {
        self.state.settle();
        let mut tids: Vec<i64> = self.state.tids().collect();
        tids.sort_unstable();
        tids
    }
}

#[test]
fn a_child_that_exited_before_its_parent_returned_is_not_added() {
    let mut host = Host::new(Limits::default());
    host.cloned(0, 10, 10, 1);
    host.cloned(0, 20, 20, 10);
    host.ended(20, 20, 0);
    host.cloned(20, 10, 10, 1);
    assert_eq!(host.tids(), [10]);
    // The number is somebody else's afterwards.
    host.cloned(0, 20, 20, 10);
    assert_eq!(host.tids(), [10, 20]);
}

#[test]
fn a_child_created_while_its_parent_exits_belongs_to_the_reaper() {
    let mut host = Host::new(Limits::default());
    host.cloned(0, 5, 5, 1);
    host.cloned(0, 10, 10, 5);
    host.ended(10, 10, 5);
    // The kernel still named the parent when it looked.
    host.cloned(0, 20, 20, 10);
    assert_eq!(host.state.thread(20).unwrap().ptid, 5);
    host.ended(5, 5, 1);
    host.cloned(0, 21, 21, 10);
    assert_eq!(host.state.thread(20).unwrap().ptid, 1);
    assert_eq!(host.state.thread(21).unwrap().ptid, 1);
}

#[test]
fn a_reused_tid_whose_exit_was_lost_is_a_new_thread() {
    let mut host = Host::new(Limits::default());
    host.cloned(0, 10, 10, 1);
    host.opened(10, 3, "/old", 1);
    host.cloned(0, 11, 10, 1);
    host.ts += 60 * SECOND;
    host.cloned(0, 10, 10, 1);
    let thread = host.state.thread(10).unwrap();
    assert_eq!(thread.start_ts, host.ts - 1000);
    assert_eq!(host.state.fd(10, 3).map(|info| info.name.to_vec()), None);
}

#[test]
fn stale_threads_are_removed_and_no_others() {
    let mut host = Host::new(Limits::default());
    for tid in [10, 20, 30] {
        host.cloned(0, tid, tid, 1);
    }
    host.cloned(0, 31, 30, 1);
    let gone = host.state.stale_threads(|tid| tid == 10);
    // Between the look and now 20 ended as it should, and its number is somebody new.
    host.ended(20, 20, 0);
    host.cloned(0, 20, 20, 10);
    assert_eq!(host.state.remove_stale(&gone), 2);
    assert_eq!(host.tids(), [10, 20]);
    assert_eq!(host.state.counters().threads_stale, 2);
    assert!(host.state.stale_threads(|_| true).is_empty());
}

#[test]
fn events_are_evaluated_when_the_thread_table_is_full() {
    let mut host = Host::new(Limits { threads: 3, ..Limits::default() });
    for tid in 10..20 {
        host.cloned(0, tid, tid, 1);
        // The event of its birth is judged with what is known of it.
        assert_eq!(host.state.thread(tid).map(|thread| &*thread.comm), Some(&b"comm"[..]));
    }
    assert_eq!(host.tids(), [10, 11, 12]);
    assert_eq!(host.state.counters().threads_refused, 7);
    assert!(host.state.is_pressed());
    assert_eq!(host.name_of_open(19, 3, "/etc/shadow").as_deref(), Some("/etc/shadow"));
    assert_eq!(host.state.fd_count(), 0);
}

#[test]
fn events_are_evaluated_when_the_fd_tables_are_full() {
    let mut host = Host::new(Limits { fds: 4, ..Limits::default() });
    host.cloned(0, 10, 10, 1);
    for fd in 3..100 {
        let name = format!("/file-{fd}");
        assert_eq!(host.name_of_open(10, fd, &name), Some(name));
    }
    assert_eq!((host.state.fd_count(), host.state.counters().fds_refused), (4, 93));
    // One that is known is another file now.
    assert_eq!(host.name_of_open(10, 3, "/other").as_deref(), Some("/other"));
    assert_eq!(&*host.state.fd(10, 3).unwrap().name, b"/other");
}

#[test]
fn copies_of_fd_tables_are_bounded() {
    let mut host = Host::new(Limits { all_fds: 250, ..Limits::default() });
    host.cloned(0, 10, 10, 1);
    for fd in 0..100 {
        host.opened(10, fd, "/parent", 1);
    }
    for child in 20..40 {
        host.cloned(0, child, child, 10);
    }
    assert_eq!(host.state.fd_count(), 100, "shared");
    for child in 20..40 {
        // Also where there is no room for a copy the event tells the new name, not the old one.
        assert_eq!(host.name_of_open(child, 5, "/child").as_deref(), Some("/child"));
    }
    assert_eq!(host.state.fd_count(), 200, "one of twenty has its own");
    assert_eq!(&*host.state.fd(10, 5).unwrap().name, b"/parent");
    assert_eq!(&*host.state.fd(20, 5).unwrap().name, b"/child");
    for pid in (10..11).chain(20..40) {
        host.ended(pid, pid, 1);
    }
    assert_eq!((host.tids(), host.state.fd_count()), (Vec::new(), 0));
}

#[test]
fn memory_is_bounded_and_the_largest_users_lose_their_oldest_entries() {
    let most = 2 << 20;
    let mut host = Host::new(Limits { bytes: most, ..Limits::default() });
    // Somebody with little, before all others.
    host.born(7, 10, 1, 100);
    host.opened(10, 3, "/of/somebody", 1);
    let mut last = 0;
    for tid in 100..3000 {
        host.born(1000, tid, 1, 2000);
        host.opened(tid, 3, &format!("/{}", "x".repeat(3000)), 1);
        assert!(host.bytes() <= most, "{} at {tid}", host.bytes());
        last = tid;
    }
    let counters = host.state.counters();
    assert!(counters.threads_shed > 1000 && counters.fds_shed > 0, "{counters:?}");
    assert_eq!(host.state.fd(10, 3).map(|info| info.name.to_vec()), Some(b"/of/somebody".to_vec()));
    assert!(host.state.thread(100).is_none() && host.state.thread(last).is_some());
    // It is what an ordinary user may have, and not much less.
    let own = host.state.weights()[&1000];
    assert!(own.bytes <= most / 2 && own.bytes > most / 4, "{own:?}");
    // Who is let go of lives on: whatever it does makes it known again.
    assert_eq!(host.name_of_open(100, 4, "/again").as_deref(), Some("/again"));
}

#[test]
fn descriptors_are_bounded_per_unprivileged_user() {
    let mut host = Host::new(Limits { all_fds: 1000, bytes: 64 << 20, ..Limits::default() });
    host.born(0, 10, 1, 10);
    host.born(1000, 20, 1, 10);
    host.born(1000, 21, 1, 10);
    for fd in 0..300 {
        host.opened(10, fd, "/root", 1);
        host.opened(20, fd, "/user", 1);
    }
    for fd in 0..300 {
        host.opened(21, fd, "/user", 1);
    }
    host.state.shed_to(64 << 20);
    let weights = host.state.weights();
    assert_eq!((weights[&0].fds, weights[&1000].fds), (300, 300), "{weights:?}");
    assert!(host.state.fd(20, 5).is_none() && host.state.fd(21, 5).is_some());
    assert_eq!(host.state.counters().fds_shed, 300);
    assert_eq!(host.state.fd_count(), 600);
}

proptest! {
    /// However they come and go: nothing is kept of what ended, and nothing is counted twice.
    #[test]
    fn counts_are_true(acts in prop::collection::vec((0..7_u8, 1..9_i64, 1..9_i64, 0..6_i64), 0..200)) {
        let limits = Limits { threads: 6, fds: 4, all_fds: 12, ..Limits::default() };
        let mut host = Host::new(limits);
        for (act, tid, other, fd) in acts {
            let flags = if fd % 2 == 0 { 1 | 4096 } else { 1 };
            match act {
                0 => host.cloned(0, tid, tid, other),
                1 => host.cloned(0, tid, other, 1),
                2 => host.cloned(other, tid, tid, 1),
                3 => host.ended(tid, other, fd),
                4 | 5 => host.opened(tid, fd, "/f", flags),
                _ => {
                    let gone = host.state.stale_threads(|one| one != tid);
                    host.state.remove_stale(&gone);
                }
            }
            prop_assert!(host.state.thread_count() <= limits.threads);
            prop_assert!(host.state.fd_count() <= limits.all_fds);
        }
        for tid in host.tids() {
            // Who led a process went with the last of it.
            if let Some(pid) = host.state.thread(tid).map(|thread| thread.pid) {
                host.ended(tid, pid, 0);
            }
        }
        let gone = host.state.stale_threads(|_| false);
        host.state.remove_stale(&gone);
        prop_assert_eq!((host.state.thread_count(), host.state.fd_count()), (0, 0));
    }
}
