//! The journal behind its queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::{alert, anchor, at, read_all, verified};
use crate::appender::{Appender, JournalStats};
use crate::journal::Journal;
use crate::notice::JournalNotice;
use crate::options::{Now, Options};

fn start(disk: &Disk, capacity: usize, bytes: usize) -> Appender {
    let disk = disk.clone();
    let open = move |now: Now| Journal::open(disk.clone(), anchor(&disk), Options::default(), now);
    let begin = Instant::now();
    let clock = move || Now { wall_ns: at(0).wall_ns, elapsed: begin.elapsed() };
    Appender::start(open, clock, capacity, bytes, &[]).unwrap()
}

fn send(appender: &Appender, count: u64) {
    for n in 0..count {
        let one = Arc::new(alert(n, at(n).wall_ns));
        appender.send(&one, one.weight());
    }
}

fn wait(condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn alerts_are_written_in_order_and_the_last_before_it_ends() {
    let disk = Disk::new(1);
    let appender = start(&disk, 0, usize::MAX);
    send(&appender, 3000);
    let (stats, notices, _) = appender.hang_up().finish(Duration::from_mins(1));
    assert_eq!(stats, JournalStats { written: 3000, lost: 0, queued: 0 });
    assert_eq!(notices, []);
    let sequences: Vec<u64> =
        read_all(&disk).into_iter().map(|one| one.alert.unwrap().id.sequence).collect();
    assert_eq!(sequences, (0..3000).collect::<Vec<_>>());
    assert_eq!(verified(&disk).findings, []);
}

#[test]
fn a_full_disk_loses_what_does_not_fit_and_counts_it() {
    let disk = Disk::new(1);
    let appender = start(&disk, 0, usize::MAX);
    send(&appender, 1);
    wait(|| appender.stats().written == 1);
    disk.set_room(Some(disk.used()));
    let mut long = alert(1, 0);
    long.message = "x".repeat(1 << 20);
    let long = Arc::new(long);
    for _ in 0..20 {
        appender.send(&long, long.weight());
    }
    wait(|| appender.stats().lost > 0);
    wait(|| appender.stats().lost + appender.stats().queued == 20);
    assert!(matches!(appender.take_notices()[..], [JournalNotice::Fails { .. }]));
    disk.set_room(None);
    wait(|| appender.stats().queued == 0);
    assert_eq!(appender.take_notices(), [JournalNotice::WorksAgain]);
    let (stats, _, _) = appender.hang_up().finish(Duration::from_mins(1));
    assert_eq!(stats.written + stats.lost, 21);
    assert_eq!(read_all(&disk).len() as u64, stats.written);
}

#[test]
fn a_journal_that_cannot_be_opened_takes_no_more_than_fits_its_queue() {
    let disk = Disk::new(1);
    disk.set_room(Some(0));
    let appender = start(&disk, 10, usize::MAX);
    send(&appender, 25);
    let bounded = JournalStats { written: 0, lost: 15, queued: 10 };
    wait(|| appender.stats() == bounded);
    let said = std::cell::RefCell::new(Vec::new());
    wait(|| {
        said.borrow_mut().extend(appender.take_notices());
        !said.borrow().is_empty()
    });
    assert!(matches!(said.borrow()[..], [JournalNotice::Fails { .. }]));
    let (stats, notices, _) = appender.hang_up().finish(Duration::from_mins(1));
    assert_eq!(stats, bounded);
    assert_eq!(notices, []);
    // The same by bytes.
    let appender = start(&disk, 0, 3 * alert(1, 0).weight());
    send(&appender, 25);
    assert!((2..=3).contains(&appender.stats().queued), "{:?}", appender.stats());
    appender.hang_up().finish(Duration::from_mins(1));
}

#[test]
fn what_hangs_is_left_behind() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let open = move |_: Now| -> Result<Journal<Disk>, _> {
        // Until the test ends.
        let _ = held.recv();
        Err(crate::error::JournalError::Full)
    };
    let appender = Appender::start(open, || at(0), 0, usize::MAX, &[]).unwrap();
    send(&appender, 3);
    let (stats, _, _) = appender.hang_up().finish(Duration::from_millis(30));
    assert_eq!(stats.queued, 3);
    drop(release);
}
