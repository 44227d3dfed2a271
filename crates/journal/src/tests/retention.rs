//! What retention takes, what it says, and what consumers miss by it.

use std::time::Duration;

use super::disk::Disk;
use super::{alert, at, open, read_all, verified};
use crate::follow::Follower;
use crate::notice::{JournalNotice, Unread};
use crate::options::Options;
use crate::storage::Storage as _;

fn fill(
    disk: &Disk,
    options: Options,
    consumers: &[(&str, u64)],
    alerts: u64,
) -> Vec<JournalNotice> {
    let mut journal = open(disk, options, at(0));
    for (consumer, number) in consumers {
        journal.register(consumer);
        journal.set_cursor(consumer, *number);
    }
    let mut notices = Vec::new();
    for n in 0..alerts {
        journal.append(&alert(n, at(n * 100).wall_ns), at(n * 100)).unwrap();
        journal.commit(at(n * 100)).unwrap();
        notices.extend(journal.take_notices());
    }
    notices.extend(journal.close(at(alerts * 100)).unwrap());
    notices
}

#[test]
fn size_is_bounded_and_what_nobody_had_is_counted() {
    let options = Options { max_size: 32 << 10, ..Options::default() };
    let disk = Disk::new(1);
    let notices = fill(&disk, options, &[("had all", u64::MAX), ("slow", 0), ("part", 10)], 400);
    let size: u64 = disk
        .list()
        .unwrap()
        .iter()
        .filter(|name| name.ends_with(".segment"))
        .map(|name| disk.size(name).unwrap())
        .sum();
    assert!(size <= (32 << 10) + (4 << 10), "{size}");
    let kept = read_all(&disk).len() as u64;
    let (mut went, mut slow, mut part) = (0, 0, 0);
    for notice in &notices {
        let JournalNotice::RetiredUnread { alerts, unread } = notice else { panic!("{notice}") };
        went += alerts;
        for Unread { consumer, alerts } in unread {
            match consumer.as_str() {
                "slow" => slow += alerts,
                "part" => part += alerts,
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(went + kept, 400);
    assert_eq!(slow, went);
    // The first two records are that the writer began and a checkpoint: ten records are eight alerts.
    assert_eq!(part, went - 8);
    let verified = verified(&disk);
    assert_eq!(verified.findings, []);
    assert_eq!(verified.alerts, kept);
    assert!(verified.first > 1);
}

#[test]
fn age_is_bounded_whatever_the_clock_does() {
    let options = Options { max_age: Duration::from_secs(64), ..Options::default() };
    let disk = Disk::new(1);
    fill(&disk, options, &[], 2000);
    // 200 s of alerts, ten each second; segments are of 4 s.
    let kept = read_all(&disk).len();
    assert!((640..=690).contains(&kept), "{kept}");
    // A day back: nothing is too old by that, and it goes on.
    let back = |n: u64| {
        let mut now = at(200_000 + n);
        now.wall_ns -= 86_400_000_000_000;
        now
    };
    let mut journal = open(&disk, options, back(0));
    journal.append(&alert(1, back(1).wall_ns), back(1)).unwrap();
    journal.commit(back(1)).unwrap();
    assert_eq!(journal.take_notices(), []);
    journal.close(back(2)).unwrap();
    assert_eq!(read_all(&disk).len(), kept + 1);
    assert_eq!(verified(&disk).findings, []);
}

#[test]
fn cursors_stay_and_a_new_consumer_begins_at_the_end() {
    let disk = Disk::new(1);
    let mut journal = open(&disk, Options::default(), at(0));
    let numbers: Vec<u64> = (0..5).map(|n| journal.append(&alert(n, 0), at(0)).unwrap()).collect();
    assert_eq!(journal.register("new"), numbers[4]);
    journal.set_cursor("http", numbers[1]);
    journal.set_cursor("gone", 1);
    journal.forget("gone");
    journal.commit(at(1)).unwrap();
    journal.close(at(2)).unwrap();
    let mut journal = open(&disk, Options::default(), at(3));
    assert_eq!(journal.register("http"), numbers[1]);
    assert_eq!(journal.register("new"), numbers[4]);
    assert!(journal.register("gone") > numbers[4]);
    let mut follower = Follower::new(numbers[1]);
    let next: Vec<u64> = follower.next(&disk).unwrap().iter().map(|one| one.number).collect();
    assert_eq!(next, numbers[2..]);
    assert!(follower.next(&disk).unwrap().is_empty());
    let number = journal.append(&alert(9, 0), at(4)).unwrap();
    journal.commit(at(4)).unwrap();
    let next: Vec<u64> = follower.next(&disk).unwrap().iter().map(|one| one.number).collect();
    assert_eq!(next, [number]);
}

#[test]
fn a_follower_reads_all_across_segments_and_past_what_went() {
    let options = Options { max_size: 32 << 10, ..Options::default() };
    let disk = Disk::new(1);
    let mut journal = open(&disk, options, at(0));
    let (mut all, mut some) = (Follower::new(0), Follower::new(0));
    let (mut seen, mut seen_late) = (Vec::new(), Vec::new());
    for n in 0..500 {
        journal.append(&alert(n, at(n).wall_ns), at(n)).unwrap();
        journal.commit(at(n)).unwrap();
        let new = all.next(&disk).unwrap();
        seen.extend(new.into_iter().map(|one| one.alert.unwrap().id.sequence));
        if n % 100 == 0 {
            let new = some.next(&disk).unwrap();
            seen_late.extend(new.into_iter().map(|one| one.alert.unwrap().id.sequence));
        }
    }
    assert_eq!(seen, (0..500).collect::<Vec<_>>());
    while let new @ [_, ..] = &*some.next(&disk).unwrap() {
        seen_late.extend(new.iter().map(|one| one.alert.as_ref().unwrap().id.sequence));
    }
    assert!(seen_late.is_sorted_by(|a, b| a < b) && seen_late.len() < 500, "{seen_late:?}");
    assert_eq!(seen_late.last(), Some(&499));
}
