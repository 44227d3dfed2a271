//! Reading while a writer goes on.

use std::cell::RefCell;
use std::io;

use super::disk::Disk;
use super::{alert, at, open};
use crate::follow::Follower;
use crate::journal::Journal;
use crate::options::Options;
use crate::storage::Storage;

/// A disk on which a writer fills segments just when their names are listed.
struct Busy {
    disk: Disk,
    writer: RefCell<Option<Journal<Disk>>>,
}

impl Storage for Busy {
    fn list(&self) -> io::Result<Vec<String>> {
        if let Some(mut writer) = self.writer.borrow_mut().take() {
            append(&mut writer, 5..100);
        }
        self.disk.list()
    }
    fn size(&self, name: &str) -> io::Result<u64> {
        self.disk.size(name)
    }
    fn read(&self, name: &str, offset: u64, size: usize) -> io::Result<Vec<u8>> {
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

fn append(journal: &mut Journal<Disk>, numbers: std::ops::Range<u64>) {
    for n in numbers {
        journal.append(&alert(n, at(n).wall_ns), at(n)).unwrap();
        journal.commit(at(n)).unwrap();
    }
}

#[test]
fn nothing_is_skipped_where_a_segment_ends_meanwhile() {
    let disk = Disk::new(1);
    let mut writer = open(&disk, Options { max_size: 64 << 10, ..Options::default() }, at(0));
    append(&mut writer, 0..5);
    let mut follower = Follower::new(0);
    assert_eq!(follower.next(&disk).unwrap().len(), 5);
    let busy = Busy { disk, writer: RefCell::new(Some(writer)) };
    let mut seen = Vec::new();
    loop {
        let entries = follower.next(&busy).unwrap();
        if entries.is_empty() {
            break;
        }
        seen.extend(entries.into_iter().map(|entry| entry.alert.unwrap().id.sequence));
    }
    assert_eq!(seen, (5..100).collect::<Vec<u64>>());
    assert!(busy.list().unwrap().iter().filter(|name| name.ends_with(".segment")).count() > 1);
}
