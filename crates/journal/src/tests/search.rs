//! What is found is what reading every alert finds.

use std::io;

use peregrine_alert::{Alert, condition};
use peregrine_filter::reference;

use super::disk::Disk;
use super::{alert, at, open, read_all};
use crate::follow::Entry;
use crate::options::Options;
use crate::record::HASH;
use crate::search::{Query, find, search};
use crate::segment::segments;
use crate::storage::Storage;

fn sequences(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.alert.as_ref().unwrap().id.sequence).collect()
}

fn found(disk: &Disk, query: &Query<'_>) -> Vec<u64> {
    let mut entries = Vec::new();
    search(disk, query, &mut |entry| {
        entries.push(entry);
        true
    })
    .unwrap();
    sequences(&entries)
}

#[test]
fn what_is_found_is_what_reading_every_alert_finds() {
    let disk = Disk::new(1);
    let mut journal = open(&disk, Options { max_size: 1 << 20, ..Options::default() }, at(0));
    for n in 0..700 {
        let mut one = alert(n, at(n * 10).wall_ns);
        // One in a hundred is of a rule of its own, with a record longer than what is read at first.
        if n % 100 == 7 {
            one.rule = "Rare".to_owned();
            one.message.push_str(&"x".repeat(5000));
        }
        journal.append(&one, at(n * 10)).unwrap();
        journal.commit(at(n * 10)).unwrap();
    }
    assert!(segments(&disk).unwrap().len() > 2);
    let all = read_all(&disk);
    let times = [None, Some(at(0).wall_ns), Some(at(3330).wall_ns), Some(at(6000).wall_ns)];
    let conditions = [
        None,
        Some("rule = Rare"),
        Some("rule = \"Shell in a container\""),
        Some("rule = Rare or proc.pid = 5"),
        Some("not rule = Rare and not proc.pid > 20"),
        Some("priority >= error"),
        Some("priority < critical and source = syscall and proc.pid in (1, 2, 699)"),
        Some("source = other or (rule = Rare and output contains xxx)"),
    ];
    let whole = disk.copy();
    // Where an index is damaged the alerts are found all the same.
    let damaged = disk.copy();
    for (_, name) in segments(&damaged).unwrap() {
        damaged.edit(&name, |bytes| {
            let at = bytes.len() - HASH - 300;
            bytes[at] ^= 1;
        });
    }
    for text in conditions {
        let checked = text.map(|text| condition(text).unwrap());
        for start_ns in times {
            for end_ns in times {
                let fits = |one: &Alert| {
                    checked.as_ref().is_none_or(|checked| reference::holds(&checked.root, one))
                        && start_ns.is_none_or(|start| one.time_ns >= start)
                        && end_ns.is_none_or(|end| one.time_ns < end)
                };
                let mut expected: Vec<u64> = all
                    .iter()
                    .map(|entry| entry.alert.as_ref().unwrap())
                    .filter(|one| fits(one))
                    .map(|one| one.id.sequence)
                    .collect();
                let mut query =
                    Query { condition: checked.as_ref(), start_ns, end_ns, newest_first: false };
                assert_eq!(found(&whole, &query), expected, "{text:?} {start_ns:?} {end_ns:?}");
                let some = found(&damaged, &query);
                assert!(some.iter().all(|one| expected.contains(one)));
                assert!(some.len() + 4 * segments(&damaged).unwrap().len() >= expected.len());
                query.newest_first = true;
                expected.reverse();
                assert_eq!(found(&whole, &query), expected);
            }
        }
    }
    let one = find(&disk, all[300].number).unwrap().unwrap();
    assert_eq!(one.alert.unwrap(), *all[300].alert.as_ref().unwrap());
    assert!(find(&disk, 1).unwrap().is_none(), "record 1 is no alert");
    assert!(find(&disk, 0).unwrap().is_none() && find(&disk, u64::MAX).unwrap().is_none());
}

#[test]
fn the_index_spares_reading() {
    let disk = Disk::new(1);
    let mut journal = open(&disk, Options { max_size: 1 << 20, ..Options::default() }, at(0));
    for n in 0..1000 {
        let mut one = alert(n, at(n).wall_ns);
        if n == 500 {
            one.rule = "Rare".to_owned();
        }
        journal.append(&one, at(n)).unwrap();
    }
    journal.commit(at(1000)).unwrap();
    let checked = condition("rule = Rare and proc.pid >= 0").unwrap();
    let query = Query { condition: Some(&checked), ..Query::default() };
    let counts = search(&disk, &query, &mut |_| true).unwrap();
    assert_eq!((counts.alerts, counts.read, counts.found), (1000, 1, 1));
}

/// A disk that knows which segments were read.
struct Noting {
    disk: Disk,
    read: std::sync::Mutex<std::collections::BTreeSet<String>>,
}

impl Storage for Noting {
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }
    fn size(&self, name: &str) -> io::Result<u64> {
        self.disk.size(name)
    }
    fn read(&self, name: &str, offset: u64, size: usize) -> io::Result<Vec<u8>> {
        self.read.lock().unwrap().insert(name.to_owned());
        self.disk.read(name, offset, size)
    }
    fn create(&mut self, name: &str) -> io::Result<()> {
        self.disk.create(name)
    }
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.disk.append(name, bytes)
    }
    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.disk.sync(name)
    }
    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()> {
        self.disk.truncate(name, size)
    }
    fn replace(&mut self, name: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.disk.replace(name, bytes, durable)
    }
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
}

#[test]
fn who_wants_few_of_the_newest_has_one_segment_read() {
    let disk = Disk::new(1);
    let mut journal = open(&disk, Options { max_size: 64 << 10, ..Options::default() }, at(0));
    for n in 0..100 {
        journal.append(&alert(n, at(n).wall_ns), at(n)).unwrap();
        journal.commit(at(n)).unwrap();
    }
    let disk = Noting { disk, read: std::sync::Mutex::default() };
    assert!(segments(&disk).unwrap().len() > 4);
    let mut newest = Vec::new();
    search(&disk, &Query { newest_first: true, ..Query::default() }, &mut |entry| {
        newest.push(entry);
        false
    })
    .unwrap();
    assert_eq!(sequences(&newest), [99]);
    assert_eq!(disk.read.lock().unwrap().len(), 1);
}
