//! Consumers behind the writer: from memory, from the journal, after a restart, without a journal.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::{alert, anchor, at, read_all, verified};
use crate::appender::{Appender, JournalStats};
use crate::journal::Journal;
use crate::notice::JournalNotice;
use crate::options::{Now, Options};
use crate::subscription::{Next, Subscription};

const SOON: Duration = Duration::from_mins(1);

/// A journal whose consumers find the last `recent` alerts in memory.
fn start(disk: &Disk, recent: usize, consumers: &[&str]) -> (Appender, Vec<Subscription>) {
    let from = disk.clone();
    let open = move |now: Now| Journal::open(from.clone(), anchor(&from), Options::default(), now);
    let begin = Instant::now();
    let clock = move || Now { wall_ns: at(0).wall_ns, elapsed: begin.elapsed() };
    let names: Vec<String> = consumers.iter().map(|name| (*name).to_owned()).collect();
    let bytes = recent.saturating_mul(alert(0, 0).weight());
    let appender = Appender::start(open, clock, 0, usize::MAX, &names).unwrap();
    appender.limit_recent(bytes);
    let subscribe = |name: &&str| appender.subscribe(name, Box::new(disk.clone())).unwrap();
    let subscriptions = consumers.iter().map(subscribe).collect();
    (appender, subscriptions)
}

fn send(appender: &Appender, numbers: std::ops::Range<u64>) {
    for n in numbers {
        let one = Arc::new(alert(n, at(n).wall_ns));
        appender.send(&one, one.weight());
    }
}

/// The next alert: its own number and that of its record.
fn next(subscription: &mut Subscription) -> Option<(u64, Option<u64>)> {
    let end = Instant::now() + SOON;
    loop {
        match subscription.next(end) {
            Next::Alert(alert, number) => return Some((alert.id.sequence, number)),
            Next::Nothing if Instant::now() < end => {}
            Next::End => return None,
            other => panic!("{other:?}"),
        }
    }
}

fn take(subscription: &mut Subscription, count: usize) -> Vec<u64> {
    (0..count).map(|_| next(subscription).unwrap().0).collect()
}

fn finish(appender: Appender) -> Vec<u64> {
    let (_, _, unread) = appender.hang_up().finish(SOON);
    unread.into_iter().map(|one| one.alerts).collect()
}

#[test]
fn consumers_come_and_go_while_it_is_written() {
    let disk = Disk::new(1);
    let (appender, mut consumers) = start(&disk, 20, &["first"]);
    let mut first = consumers.pop().unwrap();
    send(&appender, 0..30);
    assert_eq!(take(&mut first, 30), (0..30).collect::<Vec<_>>());
    first.confirm(first.given());
    // More than memory holds: it reads the journal, from where it joined.
    let mut second = appender.consumers().join("second", Box::new(disk.clone()));
    send(&appender, 30..80);
    assert_eq!(take(&mut second, 50), (30..80).collect::<Vec<_>>());
    second.confirm(second.given());
    appender.consumers().leave("first");
    send(&appender, 80..82);
    assert_eq!(take(&mut second, 2), [80, 81]);
    // Only the second is left, with what it has not confirmed.
    assert_eq!(finish(appender), [2]);
    // Who left and comes again begins behind the last; who stayed goes on.
    let (appender, mut consumers) = start(&disk, 20, &["first", "second"]);
    send(&appender, 82..83);
    assert_eq!(take(&mut consumers[0], 1), [82]);
    assert_eq!(take(&mut consumers[1], 3), [80, 81, 82]);
    finish(appender);
}

#[test]
fn who_keeps_up_and_who_lags_get_every_alert_once_and_in_order() {
    let disk = Disk::new(1);
    let (appender, mut consumers) = start(&disk, 20, &["fast", "slow"]);
    let slow = consumers.pop().unwrap();
    let mut fast = consumers.pop().unwrap();
    for round in 0..50 {
        send(&appender, round * 10..(round + 1) * 10);
        let expected: Vec<u64> = (round * 10..(round + 1) * 10).collect();
        assert_eq!(take(&mut fast, 10), expected);
    }
    // It begins when most is in the journal only, and catches up while more come.
    let mut slow = slow;
    assert_eq!(take(&mut slow, 300), (0..300).collect::<Vec<_>>());
    send(&appender, 500..600);
    assert_eq!(take(&mut slow, 300), (300..600).collect::<Vec<_>>());
    assert_eq!((slow.watch().missed(), fast.watch().missed()), (0, 0));
    assert_eq!(take(&mut fast, 100), (500..600).collect::<Vec<_>>());
    finish(appender);
    assert_eq!(next(&mut slow), None);
}

#[test]
fn a_consumer_is_known_before_the_first_alert_is_written() {
    let disk = Disk::new(1);
    let (appender, mut consumers) = start(&disk, 20, &["http"]);
    send(&appender, 0..1);
    assert_eq!(take(&mut consumers[0], 1), [0]);
    // Killed before anything was confirmed.
    let killed = disk.copy();
    finish(appender);
    let (appender, mut consumers) = start(&killed, 20, &["http"]);
    assert_eq!(take(&mut consumers[0], 1), [0]);
    finish(appender);
}

#[test]
fn a_consumer_goes_on_behind_its_cursor_and_a_new_one_at_the_end() {
    let disk = Disk::new(1);
    let (appender, mut consumers) = start(&disk, 20, &["http", "gone"]);
    send(&appender, 0..100);
    let http = &mut consumers[0];
    let had = (0..40).map(|_| next(http).unwrap()).last().unwrap();
    assert_eq!(had.0, 39);
    http.confirm(had.1.unwrap());
    let end = Instant::now() + SOON;
    while appender.stats().queued > 0 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(finish(appender), [60, 100]);
    let (appender, mut consumers) = start(&disk, 20, &["http", "new"]);
    assert_eq!(take(&mut consumers[0], 60), (40..100).collect::<Vec<_>>());
    send(&appender, 100..105);
    assert_eq!(take(&mut consumers[0], 5), (100..105).collect::<Vec<_>>());
    assert_eq!(take(&mut consumers[1], 5), (100..105).collect::<Vec<_>>());
    for consumer in &consumers {
        consumer.confirm(consumer.given());
        assert_eq!(consumer.watch().behind(), 0);
    }
    assert_eq!(finish(appender), [0, 0]);
    assert_eq!(verified(&disk).findings, []);
}

#[test]
fn alerts_reach_consumers_while_nothing_can_be_written() {
    let disk = Disk::new(1);
    let (appender, mut consumers) = start(&disk, 1000, &["http"]);
    send(&appender, 0..1);
    let http = &mut consumers[0];
    assert_eq!(take(http, 1), [0]);
    disk.set_room(Some(disk.used()));
    send(&appender, 1..50);
    assert_eq!(take(http, 49), (1..50).collect::<Vec<_>>());
    http.confirm(http.given());
    // As a kill leaves it: nobody believes a cursor that is ahead of what was written.
    let killed = disk.copy();
    killed.set_room(None);
    finish(appender);
    let journal = Journal::open(killed.clone(), anchor(&killed), Options::default(), at(99_000));
    let mut journal = journal.unwrap();
    let cursor = journal.register("http");
    assert!(cursor < journal.append(&alert(77, 0), at(99_000)).unwrap());
    // Nor does one wait that could not be opened at all.
    let disk = Disk::new(1);
    disk.set_room(Some(0));
    let (appender, mut consumers) = start(&disk, 1000, &["http"]);
    send(&appender, 0..50);
    assert_eq!(take(&mut consumers[0], 50), (0..50).collect::<Vec<_>>());
    finish(appender);
}

#[test]
fn a_disk_that_hangs_holds_up_nobody() {
    const QUEUE: usize = 10;
    let disk = Disk::new(1);
    let from = disk.clone();
    let open = move |now: Now| Journal::open(from.clone(), anchor(&from), Options::default(), now);
    let names = ["http".to_owned()];
    let begin = Instant::now();
    let clock = move || Now { wall_ns: at(0).wall_ns, elapsed: begin.elapsed() };
    let appender = Appender::start(open, clock, QUEUE, usize::MAX, &names).unwrap();
    let mut http = appender.subscribe("http", Box::new(disk.clone())).unwrap();
    send(&appender, 0..1);
    assert_eq!(take(&mut http, 1), [0]);
    disk.hang(true);
    send(&appender, 1..2);
    let end = Instant::now() + SOON;
    while !disk.is_awaited() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    // Whoever has alerts waits for nothing, also where no more fit the queue; the consumer has all of them.
    let (mut got, mut said) = (BTreeSet::new(), Vec::new());
    let mut read = |patience: Duration| {
        while let Next::Alert(alert, number) = http.next(Instant::now() + patience) {
            assert_eq!(number, None);
            assert!(got.insert(alert.id.sequence), "{}", alert.id.sequence);
        }
        got.len()
    };
    for number in 2..40 {
        send(&appender, number..number + 1);
        read(Duration::ZERO);
    }
    while read(Duration::from_millis(5)) < 39 {
        assert!(Instant::now() < end, "{said:?}");
        said.extend(appender.take_notices());
    }
    assert_eq!(got, (1..40).collect());
    assert!(matches!(said[..], [JournalNotice::Hangs { .. }]), "{said:?}");
    let stats = appender.stats();
    assert_eq!(stats, JournalStats { written: 1, lost: 38 - QUEUE as u64, queued: 11 });
    // It answers: what waited is written. Consumers may have it twice.
    disk.hang(false);
    let end = Instant::now() + SOON;
    while appender.stats().queued > 0 || !said.contains(&JournalNotice::WorksAgain) {
        assert!(Instant::now() < end, "{:?}, {said:?}", appender.stats());
        said.extend(appender.take_notices());
        std::thread::sleep(Duration::from_millis(1));
    }
    send(&appender, 40..41);
    let mut last = Vec::new();
    while last.last() != Some(&40) {
        last.extend(take(&mut http, 1));
    }
    last.pop();
    assert!(last.iter().all(|sequence| got.contains(sequence)), "{last:?}");
    http.confirm(http.given());
    assert_eq!(finish(appender), [0]);
    assert_eq!(read_all(&disk).len() as u64, 41 - stats.lost);
    assert_eq!(verified(&disk).findings, []);
}

#[test]
fn what_left_memory_and_is_nowhere_is_counted() {
    let disk = Disk::new(1);
    disk.set_room(Some(0));
    let (appender, mut consumers) = start(&disk, 10, &["http"]);
    send(&appender, 0..50);
    finish(appender);
    let http = &mut consumers[0];
    let mut got = Vec::new();
    while let Some((sequence, _)) = next(http) {
        got.push(sequence);
    }
    assert_eq!(got, (50 - got.len() as u64..50).collect::<Vec<_>>());
    assert_eq!(http.watch().missed() + got.len() as u64, 50);
    assert!((1..=10).contains(&got.len()), "{got:?}");
}

#[test]
fn a_consumer_that_waits_can_be_woken() {
    let disk = Disk::new(1);
    let (appender, mut consumers) = start(&disk, 10, &["http"]);
    let mut http = consumers.pop().unwrap();
    let watch = http.watch();
    let woken = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !woken.load(Ordering::Relaxed) {
                watch.wake();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let begin = Instant::now();
        assert!(matches!(http.next(begin + SOON), Next::Nothing));
        assert!(begin.elapsed() < SOON);
        woken.store(true, Ordering::Relaxed);
    });
    finish(appender);
}

#[test]
fn whatever_is_killed_when_no_alert_is_passed_and_none_is_out_of_order() {
    // Each round: some alerts, a consumer that takes some of them and confirms some of those, and a kill.
    for seed in 1..40_u64 {
        let disk = Disk::new(seed);
        let mut random = seed;
        let mut below = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % bound
        };
        let (mut sent, mut delivered) = (0, Vec::new());
        for _ in 0..6 {
            let mut journal =
                Journal::open(disk.clone(), anchor(&disk), Options::default(), at(0)).unwrap();
            let mut follower = crate::follow::Follower::new(journal.register("http"));
            let mut waits = std::collections::VecDeque::new();
            disk.die_after(5 + below(60));
            for step in 0..below(40) {
                let now = at(step * 250);
                if journal.append(&alert(sent, 0), now).is_ok() && journal.commit(now).is_ok() {
                    sent += 1;
                }
                waits.extend(follower.next(&disk).unwrap_or_default());
                for _ in 0..below(3) {
                    let Some(entry) = waits.pop_front() else { break };
                    delivered.push(entry.alert.unwrap().id.sequence);
                    if below(4) > 0 {
                        journal.set_cursor("http", entry.number);
                    }
                }
                if disk.is_dead() {
                    break;
                }
            }
            drop(journal);
            disk.revive(false);
        }
        let mut journal =
            Journal::open(disk.clone(), anchor(&disk), Options::default(), at(0)).unwrap();
        let mut follower = crate::follow::Follower::new(journal.register("http"));
        loop {
            let rest = follower.next(&disk).unwrap();
            if rest.is_empty() {
                break;
            }
            delivered.extend(rest.into_iter().map(|entry| entry.alert.unwrap().id.sequence));
        }
        let mut high = None;
        for sequence in delivered {
            // A repeat may follow a kill; a new one is the next of those that were acknowledged.
            let next = high.map_or(0, |high: u64| high + 1);
            assert!(sequence <= next, "{seed}: {sequence} before {next}");
            high = high.max(Some(sequence));
        }
        assert!(
            high.is_none_or(|high| high + 1 >= sent) && (sent == 0 || high.is_some()),
            "{seed}"
        );
    }
}
