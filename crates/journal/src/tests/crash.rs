//! Killed at any write, or the power cut: what was acknowledged is there, and the journal goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::disk::Disk;
use super::{alert, at, open, read_all, verified};
use crate::journal::Journal;
use crate::options::{Fsync, Options};
use crate::segment::segments;

/// Small, so that a short run fills segments and lets them go.
fn options(fsync: Fsync) -> Options {
    Options { max_size: 24 << 10, fsync, checkpoint_records: 7, ..Options::default() }
}

/// Alerts a run appends.
const ALERTS: u64 = 90;

/// Appends from `sequence` on until the disk dies. `acknowledged`: the alerts by their records' numbers.
fn run(
    disk: &Disk,
    options: Options,
    sequence: &mut u64,
    time: &mut u64,
    power_cut: bool,
    acknowledged: &mut BTreeMap<u64, u64>,
) {
    let anchor = super::anchor(disk);
    let mut journal = match Journal::open(disk.clone(), anchor, options, at(*time)) {
        Ok(journal) => journal,
        Err(error) => {
            assert!(disk.is_dead(), "{error}");
            return;
        }
    };
    let mut given: BTreeMap<u64, u64> = BTreeMap::new();
    for _ in 0..ALERTS {
        *sequence += 1;
        *time += 37;
        let number = journal.append(&alert(*sequence, at(*time).wall_ns), at(*time)).unwrap();
        given.insert(number, *sequence);
        if !sequence.is_multiple_of(3) {
            continue;
        }
        match journal.commit(at(*time)) {
            Ok(safe) => {
                let safe = if power_cut { safe.durable } else { safe.written };
                let later = given.split_off(&(safe + 1));
                acknowledged.append(&mut given);
                given = later;
            }
            Err(error) => {
                assert!(disk.is_dead(), "{error}");
                return;
            }
        }
    }
    let all = journal.close(at(*time)).is_ok();
    assert!(all || disk.is_dead());
    if all && options.fsync != Fsync::Never {
        acknowledged.append(&mut given);
    }
}

/// A thousand moments, in four tests: they run at once.
#[test]
fn killed_at_moments_1_to_250_it_loses_nothing_acknowledged() {
    killed(0..250);
}

#[test]
fn killed_at_moments_251_to_500_it_loses_nothing_acknowledged() {
    killed(250..500);
}

#[test]
fn killed_at_moments_501_to_750_it_loses_nothing_acknowledged() {
    killed(500..750);
}

#[test]
fn killed_at_moments_751_to_1000_it_loses_nothing_acknowledged() {
    killed(750..1000);
}

fn killed(seeds: std::ops::Range<u64>) {
    let policies = [Fsync::Always, Fsync::Interval(Duration::from_millis(200)), Fsync::Never];
    let mut torn = 0;
    for seed in seeds {
        let fsync = policies[usize::try_from(seed % 3).unwrap()];
        // Whoever never syncs has nothing that survives a power cut.
        let power_cut = seed % 2 == 0 && fsync != Fsync::Never;
        let disk = Disk::new(seed);
        let (mut sequence, mut time) = (0, 0);
        let mut acknowledged = BTreeMap::new();
        // How many writes a whole run takes varies; two runs in a row are killed.
        for round in 0..2 {
            disk.die_after((seed * 7 + round * 13) % 110);
            run(&disk, options(fsync), &mut sequence, &mut time, power_cut, &mut acknowledged);
            disk.revive(power_cut);
        }
        let mut journal = open(&disk, options(fsync), at(time + 1));
        torn += journal.take_notices().len();
        journal.commit(at(time + 2)).unwrap();
        journal.close(at(time + 3)).unwrap();
        let verified = verified(&disk);
        assert_eq!(verified.findings, [], "seed {seed}");
        assert_eq!(verified.torn, 0, "seed {seed}");
        assert_eq!(verified.proven + 1, verified.last, "seed {seed}");
        let oldest = segments(&disk).unwrap().first().map_or(0, |(first, _)| *first);
        let there: BTreeMap<u64, u64> = read_all(&disk)
            .into_iter()
            .map(|entry| (entry.number, entry.alert.unwrap().id.sequence))
            .collect();
        for (number, sequence) in acknowledged.range(oldest..) {
            assert_eq!(there.get(number), Some(sequence), "seed {seed}: record {number}");
        }
        assert!(there.values().is_sorted(), "seed {seed}");
    }
    assert!(torn > 20, "hardly any write was torn: {torn}");
}

#[test]
fn a_whole_run_takes_more_writes_than_the_moments_it_is_killed_at() {
    let disk = Disk::new(1);
    let (mut sequence, mut time) = (0, 0);
    run(&disk, options(Fsync::Always), &mut sequence, &mut time, true, &mut BTreeMap::new());
    assert!(disk.writes() > 110, "{}", disk.writes());
    assert!(verified(&disk).first > 1, "retention took nothing");
}

#[test]
fn a_full_disk_is_told_once_and_nothing_acknowledged_is_lost() {
    let disk = Disk::new(5);
    let mut journal = open(&disk, options(Fsync::Always), at(0));
    journal.append(&alert(1, at(0).wall_ns), at(0)).unwrap();
    journal.commit(at(0)).unwrap();
    let used = disk.used();
    for room in [used, used + 100, used + 700] {
        disk.set_room(Some(room));
        let mut errors = 0;
        for n in 0..5 {
            journal.append(&alert(n, at(n).wall_ns), at(n)).unwrap();
            errors += usize::from(journal.commit(at(n)).is_err());
        }
        assert!(errors > 0, "{room}");
        assert!(journal.waiting() > 0);
    }
    disk.set_room(None);
    journal.commit(at(100)).unwrap();
    assert_eq!(journal.waiting(), 0);
    let reported: Vec<String> =
        journal.take_notices().iter().map(std::string::ToString::to_string).collect();
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert!(
        reported[0].contains("no space") && reported[1].contains("can be written again"),
        "{reported:?}"
    );
    assert_eq!(read_all(&disk).len(), 16);
    journal.close(at(101)).unwrap();
    assert_eq!(verified(&disk).findings, []);
}

#[test]
fn what_waits_is_bounded() {
    let disk = Disk::new(5);
    let mut journal = open(&disk, Options::default(), at(0));
    disk.set_room(Some(0));
    let mut long = alert(1, at(0).wall_ns);
    long.message = "x".repeat(1 << 20);
    let taken = (0..20).take_while(|_| journal.append(&long, at(0)).is_ok()).count();
    assert_eq!(taken, 7);
    assert!(journal.commit(at(1)).is_err());
    disk.set_room(None);
    journal.commit(at(2)).unwrap();
    assert_eq!(read_all(&disk).len(), 7);
    long.message = "x".repeat(40 << 20);
    let error = journal.append(&long, at(3)).unwrap_err().to_string();
    assert!(error.contains("longer than a record may be"), "{error}");
}

#[test]
fn a_segment_that_cannot_be_synced_is_sealed_once() {
    let disk = Disk::new(1);
    let options = Options { max_size: 32 << 10, ..Options::default() };
    let mut journal = open(&disk, options, at(0));
    let mut number = 0;
    for n in 0..60 {
        disk.fail_syncs((5..55).contains(&n));
        number = journal.append(&alert(n, at(n * 300).wall_ns), at(n * 300)).unwrap();
        let done = journal.commit(at(n * 300));
        assert!(!(5..55).contains(&n) || done.is_err(), "alert {n}: {done:?}");
    }
    let done = journal.commit(at(60 * 300)).unwrap();
    assert!(done.durable >= number, "{done:?}");
    journal.close(at(61 * 300)).unwrap();
    let mut journal = open(&disk, options, at(62 * 300));
    assert_eq!(journal.take_notices(), []);
    journal.close(at(63 * 300)).unwrap();
    assert_eq!(read_all(&disk).len(), 60);
    assert_eq!(verified(&disk).findings, []);
}
