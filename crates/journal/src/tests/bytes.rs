//! Bytes of others: kept in order, refused as a whole where they cannot be written, trimmed once they are used.

use super::disk::Disk;
use super::{at, open, verified};
use crate::follow::Follower;
use crate::options::{Fsync, Options};

fn options() -> Options {
    Options { fsync: Fsync::Always, max_size: 64 << 10, ..Options::default() }
}

fn read(disk: &Disk) -> Vec<(u64, Vec<u8>)> {
    let mut follower = Follower::new(0);
    let mut all = Vec::new();
    loop {
        let entries = follower.next_bytes(disk).unwrap();
        if entries.is_empty() {
            return all;
        }
        all.extend(entries.into_iter().map(|entry| (entry.number, entry.bytes)));
    }
}

#[test]
fn what_could_not_be_written_is_forgotten_and_the_rest_follows() {
    let disk = Disk::new(1);
    let mut journal = open(&disk, options(), at(0));
    let first = journal.append_bytes(b"one", at(1)).unwrap();
    assert!(journal.commit(at(1)).unwrap().durable >= first);
    disk.set_room(Some(disk.used()));
    let refused = journal.append_bytes(&[7; 100], at(2)).unwrap();
    journal.commit(at(2)).unwrap_err();
    journal.discard_waiting();
    disk.set_room(None);
    let next = journal.append_bytes(b"two", at(3)).unwrap();
    assert!(next <= refused + 1);
    assert!(journal.commit(at(3)).unwrap().durable >= next);
    journal.close(at(4)).unwrap();
    assert_eq!(read(&disk), [(first, b"one".to_vec()), (next, b"two".to_vec())]);
    assert_eq!(verified(&disk).findings, []);
}

#[test]
fn segments_go_once_they_are_used_and_old() {
    let disk = Disk::new(1);
    let unbounded = Options { max_size: 1 << 16, max_age: std::time::Duration::MAX, ..options() };
    let mut journal = open(&disk, unbounded, at(0));
    let mut last = 0;
    for number in 0..40 {
        last = journal.append_bytes(&[number; 1000], at(number.into())).unwrap();
        journal.commit(at(number.into())).unwrap();
    }
    let all = read(&disk);
    assert_eq!(all.len(), 40);
    // Not used, or too young: all stay.
    journal.trim(0, u64::MAX, at(50)).unwrap();
    journal.trim(last, 0, at(50)).unwrap();
    assert_eq!(read(&disk).len(), 40);
    let used = all[20].0;
    journal.trim(used, u64::MAX, at(50)).unwrap();
    journal.close(at(51)).unwrap();
    let left = read(&disk);
    assert!((19..40).contains(&left.len()) && left.ends_with(&all[21..]), "{}", left.len());
}
