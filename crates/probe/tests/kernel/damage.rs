//! Somebody with every right damages what Peregrine has in the kernel, one thing after the other: it
//! is put back or said, and what happens afterwards is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::time::{Duration, Instant};

use libbpf_rs::{MapCore as _, MapFlags, MapHandle, MapType};
use peregrine_event::{Event, SyscallSet, syscalls};
use peregrine_probe::{Attach, Damage, DamageKind, Options, Probe};

use crate::watch::Folder;

/// What the watcher is to report.
const CALLS: [&str; 7] =
    ["mkdir", "rmdir", "close", "kill", "openat", "signal_deliver", "sched_switch"];

struct Watcher {
    probe: Probe,
    folder: Folder,
}

impl Watcher {
    fn new() -> Self {
        let mut probe =
            Probe::load(&Options { ring_bytes: 4 << 20, ..Options::default() }).unwrap();
        let calls: SyscallSet =
            CALLS.iter().map(|name| syscalls::by_name(name).unwrap().id).collect();
        probe.set_interest(&calls).unwrap();
        probe.attach(Attach::Watch).unwrap();
        probe.set_known_files(&[(7, 1234), (7, 99)]).unwrap();
        probe.set_container(1 << 40, true).unwrap();
        check_intact(&mut probe);
        Self { probe, folder: Folder::new("damage") }
    }

    /// Looks as an agent does, until something is found. Less time than is promised.
    fn found(&mut self) -> Vec<Damage> {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            self.probe.drain(&mut |_| {});
            let found = self.probe.check();
            repair(&mut self.probe, &found);
            if !found.is_empty() || Instant::now() > end {
                return found;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether an act is reported whole: by the programs at the return of calls, and by those before.
    fn sees(&mut self) -> bool {
        let me = i64::from(std::process::id());
        self.probe.drain_all(&mut |_| {});
        fs::create_dir(self.folder.path("made")).unwrap();
        fs::remove_dir(self.folder.path("made")).unwrap();
        drop(fs::File::open(self.folder.path("none")));
        drop(fs::File::open("/etc/passwd").unwrap());
        let mut reported = BTreeMap::new();
        self.probe.drain_all(&mut |record| {
            let event = Event::parse(1, record).unwrap();
            if event.trailer.origin().is_some_and(|origin| i64::from(origin.pid) == me) {
                *reported.entry(event.view.event_type().name()).or_insert(0) += 1;
            }
        });
        reported.get("mkdir") == Some(&1)
            && reported.get("rmdir") == Some(&1)
            && reported.get("openat") == Some(&2)
            && reported.get("close").is_some_and(|count| *count >= 1)
    }
}

fn check_intact(probe: &mut Probe) {
    let found = probe.check();
    assert!(found.is_empty(), "{found:?}");
}

/// Loads all programs anew where some damage is not repaired.
fn repair(probe: &mut Probe, found: &[Damage]) {
    if found.iter().any(|damage| damage.unrepaired.is_some()) {
        let reloaded = probe.restart(&mut |_| {});
        assert!(reloaded.unrepaired.is_none(), "{reloaded:?}");
    }
}

/// Descriptors of this process whose information has a line with this key: number and value.
fn own(key: &str) -> Vec<(i32, u32)> {
    let mut own = Vec::new();
    for entry in fs::read_dir("/proc/self/fdinfo").unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok());
        let number = entry.file_name().to_string_lossy().parse().unwrap();
        own.extend(value.map(|value| (number, value)));
    }
    own.sort_unstable();
    own
}

/// Puts nothing in the place of a descriptor: what it stood for is closed.
fn replace(fd: i32) {
    let nothing = fs::File::open("/dev/null").unwrap();
    // SAFETY: both are open descriptors; the number stays one, whoever has it may close it.
    assert_eq!(unsafe { libc::dup3(nothing.as_raw_fd(), fd, libc::O_CLOEXEC) }, fd);
}

/// Moves the place up to which a ring was read.
fn move_reader(ring: &MapHandle) -> bool {
    let page = 4096;
    // SAFETY: a fresh mapping of the ring's first page, taken away below.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let fd = ring.as_fd().as_raw_fd();
        let at = libc::mmap(std::ptr::null_mut(), page, protection, libc::MAP_SHARED, fd, 0);
        assert_ne!(at, libc::MAP_FAILED);
        let place = at.cast::<u64>();
        place.write_volatile(place.read_volatile() + 4096);
        libc::munmap(at, page);
    }
    true
}

/// Damages a map in one way; whether the kernel let it, and there was something to damage.
fn spoil(map: &MapHandle, way: usize) -> bool {
    let value = |byte: u8| vec![byte; map.value_size() as usize];
    let numbers = || (0..map.max_entries().min(1024)).map(u32::to_ne_bytes);
    let some = |done: &mut dyn Iterator<Item = bool>| done.filter(|done| *done).count() > 0;
    let kind = map.map_type();
    match (kind, way) {
        (MapType::RingBuf, 0) => move_reader(map),
        (MapType::ArrayOfMaps | MapType::ProgArray, 0) => {
            some(&mut numbers().map(|key| map.delete(&key).is_ok()))
        }
        // A program of its own in the place of another.
        (MapType::ProgArray, 1) => {
            let there = |key: &[u8; 4]| matches!(map.lookup(key, MapFlags::ANY), Ok(Some(_)));
            let programs = own("prog_id:");
            let Some(key) = numbers().find(there) else { return false };
            some(
                &mut programs
                    .iter()
                    .map(|(fd, _)| map.update(&key, &fd.to_ne_bytes(), MapFlags::ANY).is_ok()),
            )
        }
        (MapType::Array, 0 | 1) => {
            let byte = if way == 0 { 0 } else { 0xff };
            some(&mut numbers().map(|key| map.update(&key, &value(byte), MapFlags::ANY).is_ok()))
        }
        (MapType::PercpuArray, 0) => some(&mut numbers().map(|key| {
            let cpus = libbpf_rs::num_possible_cpus().unwrap();
            let zeros = vec![vec![0; map.value_size() as usize]; cpus];
            map.update_percpu(&key, &zeros, MapFlags::ANY).is_ok()
        })),
        (MapType::Hash | MapType::LruHash, 0) => {
            let keys: Vec<Vec<u8>> = map.keys().collect();
            some(&mut keys.iter().map(|key| map.delete(key).is_ok()))
        }
        (MapType::Hash, 1) => {
            let keys: Vec<Vec<u8>> = map.keys().collect();
            some(&mut keys.iter().map(|key| map.update(key, &value(9), MapFlags::ANY).is_ok()))
        }
        (MapType::TaskStorage, 0) => {
            // SAFETY: makes a descriptor of this process, closed below.
            let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, std::process::id(), 0) };
            let fd = i32::try_from(fd).unwrap();
            let done = map.update(&fd.to_ne_bytes(), &value(0xff), MapFlags::ANY).is_ok();
            // SAFETY: the descriptor made above.
            unsafe { libc::close(fd) };
            done
        }
        _ => false,
    }
}

#[test]
fn live_damage_to_maps_is_found_and_put_back() {
    if !peregrine_testkit::root("live_damage_to_maps_is_found_and_put_back") {
        return;
    }
    let mut watcher = Watcher::new();
    assert!(watcher.sees());
    let mut maps: Vec<u32> = own("map_id:").into_iter().map(|(_, map)| map).collect();
    maps.sort_unstable();
    maps.dedup();
    assert!(maps.len() > 10, "{maps:?}");
    let mut damaged = Vec::new();
    for id in maps {
        for way in 0..2 {
            // One that is replaced by a restart is gone.
            let Ok(map) = MapHandle::from_map_id(id) else { continue };
            let name = map.name().to_string_lossy().into_owned();
            if !spoil(&map, way) {
                continue;
            }
            drop(map);
            let found = watcher.found();
            assert!(!found.is_empty(), "nobody noticed: {name}, way {way}");
            assert!(watcher.sees(), "blind after {name}, way {way}: {found:?}");
            damaged.push(name);
        }
    }
    // What the kernel lets nobody change needs no mending; these it lets.
    for name in ["calls", "generation", "known_files", "cgroup_kinds", "ring"] {
        assert!(damaged.iter().any(|one| one == name), "{name} was not tried: {damaged:?}");
    }
    for name in ["losses", "scratches", "process_facts", "interest"] {
        assert!(damaged.iter().all(|one| one != name), "{name} is open: {damaged:?}");
    }
    watcher.probe.drain(&mut |_| {});
    check_intact(&mut watcher.probe);
}

/// Acts on every processor, so that every ring has records.
fn act_everywhere(folder: &Folder) {
    for cpu in 0..libbpf_rs::num_possible_cpus().unwrap() {
        // SAFETY: a set of processors is plain memory; only this thread moves, where there is such a one.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(cpu, &mut set);
            libc::sched_setaffinity(0, size_of_val(&set), &raw const set);
        }
        fs::create_dir(folder.path("made")).unwrap();
        fs::remove_dir(folder.path("made")).unwrap();
    }
}

#[test]
fn live_a_moved_place_in_a_ring_is_found_though_records_were_read_since() {
    if !peregrine_testkit::root(
        "live_a_moved_place_in_a_ring_is_found_though_records_were_read_since",
    ) {
        return;
    }
    let mut watcher = Watcher::new();
    let maps = own("map_id:").into_iter().map(|(_, map)| map).collect::<BTreeSet<u32>>();
    let maps = maps.into_iter().filter_map(|id| MapHandle::from_map_id(id).ok());
    let rings: Vec<MapHandle> = maps.filter(|map| map.map_type() == MapType::RingBuf).collect();
    assert!(!rings.is_empty());
    for (number, ring) in rings.iter().enumerate() {
        watcher.probe.drain_all(&mut |_| {});
        act_everywhere(&watcher.folder);
        move_reader(ring);
        // It writes down how far it read, over what was written there.
        watcher.probe.drain_all(&mut |_| {});
        let found = watcher.probe.check();
        assert!(
            found.iter().any(|one| one.kind == DamageKind::RingPosition),
            "{number}: {found:?}"
        );
        assert!(watcher.sees(), "blind after ring {number}: {found:?}");
    }
}

#[test]
fn live_links_that_are_ended_are_made_again() {
    if !peregrine_testkit::root("live_links_that_are_ended_are_made_again") {
        return;
    }
    let mut watcher = Watcher::new();
    let links = own("link_id:").len();
    assert!(links >= 6, "{links}");
    for number in 0..links {
        let Some((fd, _)) = own("link_id:").get(number).copied() else { break };
        replace(fd);
        let found = watcher.found();
        assert!(!found.is_empty(), "nobody noticed: link {number}");
        assert!(watcher.sees(), "blind after link {number}: {found:?}");
        assert_eq!(own("link_id:").len(), links, "link {number}: {found:?}");
    }
}

#[test]
fn live_descriptors_that_are_taken_blind_nobody() {
    if !peregrine_testkit::root("live_descriptors_that_are_taken_blind_nobody") {
        return;
    }
    let mut watcher = Watcher::new();
    for key in ["map_id:", "prog_id:"] {
        let all = own(key);
        let mut seen = Vec::new();
        for (fd, id) in all {
            // One of each: many stand for the same, and a restart made others.
            if seen.contains(&id) || !own(key).contains(&(fd, id)) {
                continue;
            }
            seen.push(id);
            replace(fd);
            watcher.probe.drain(&mut |_| {});
            let found = watcher.probe.check();
            repair(&mut watcher.probe, &found);
            assert!(watcher.sees(), "blind after {key} {fd}: {found:?}");
        }
    }
}

#[test]
fn live_the_canary_is_for_nobody_else() {
    if !peregrine_testkit::root("live_the_canary_is_for_nobody_else") {
        return;
    }
    let mut watcher = Watcher::new();
    let me = i64::from(std::process::id());
    let mut others = 0;
    for _ in 0..5 {
        watcher.probe.drain(&mut |_| {});
        check_intact(&mut watcher.probe);
        std::thread::sleep(Duration::from_millis(300));
        watcher.probe.drain_all(&mut |record| {
            let event = Event::parse(1, record).unwrap();
            let own = event.trailer.origin().is_some_and(|origin| i64::from(origin.pid) == me);
            others += usize::from(own && event.view.event_type().name() == "fchdir");
        });
    }
    assert_eq!(others, 0);
}

#[test]
fn live_a_canary_that_nobody_read_yet_is_not_missed() {
    if !peregrine_testkit::root("live_a_canary_that_nobody_read_yet_is_not_missed") {
        return;
    }
    let mut watcher = Watcher::new();
    for _ in 0..3 {
        // What was read before took long: meanwhile the next one was made.
        std::thread::sleep(Duration::from_millis(300));
        check_intact(&mut watcher.probe);
        watcher.probe.drain(&mut |_| {});
        check_intact(&mut watcher.probe);
    }
}
