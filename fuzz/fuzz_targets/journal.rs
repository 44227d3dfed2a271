//! The bytes of a segment of the journal, between two that are whole: verified, followed, searched, and
//! opened to be written on.
#![no_main]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use peregrine_journal::{
    Against, Anchor, Follower, Journal, Now, Options, Query, Storage, search, verify,
};

/// Files in memory; clones are the same.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Memory {
    fn file<T>(&self, name: &str, act: impl FnOnce(&mut Vec<u8>) -> T) -> io::Result<T> {
        let mut files = self.0.lock().map_err(|_| io::Error::other("lock"))?;
        files.get_mut(name).map(act).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

impl Storage for Memory {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().map_err(|_| io::Error::other("lock"))?.keys().cloned().collect())
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        self.file(name, |bytes| bytes.len() as u64)
    }

    fn read(&self, name: &str, offset: u64, size: usize) -> io::Result<Vec<u8>> {
        self.file(name, |bytes| {
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let end = start.saturating_add(size).min(bytes.len());
            bytes.get(start..end).unwrap_or_default().to_vec()
        })
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let mut files = self.0.lock().map_err(|_| io::Error::other("lock"))?;
        if files.insert(name.to_owned(), Vec::new()).is_some() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        Ok(())
    }

    fn append(&mut self, name: &str, more: &[u8]) -> io::Result<()> {
        self.file(name, |bytes| bytes.extend_from_slice(more))
    }

    fn sync(&mut self, _name: &str) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()> {
        self.file(name, |bytes| bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX)))
    }

    fn replace(&mut self, name: &str, bytes: &[u8], _durable: bool) -> io::Result<()> {
        let mut files = self.0.lock().map_err(|_| io::Error::other("lock"))?;
        files.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.0.lock().map_err(|_| io::Error::other("lock"))?;
        let bytes = files.remove(from).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut files = self.0.lock().map_err(|_| io::Error::other("lock"))?;
        files.remove(name).map(|_| ()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

const SEGMENT: &str = "00000000000000000001.segment";

fuzz_target!(|data: &[u8]| {
    let folder = Memory::default();
    let anchor = || Anchor { storage: Memory::default(), stem: "journal".to_owned() };
    let now = Now { wall_ns: 1_700_000_000_000_000_000, elapsed: Duration::from_secs(1) };
    // The key is not the matter here: it is made anew each time.
    let (kept, stem) = (Memory::default(), "journal".to_owned());
    let Ok(mut journal) = Journal::open(
        folder.clone(),
        Anchor { storage: kept.clone(), stem: stem.clone() },
        Options::default(),
        now,
    ) else {
        return;
    };
    let _ = journal.commit(now);
    drop(journal);
    // The input replaces what was written, or stands behind it.
    let _ = folder.file(SEGMENT, |bytes| match data.split_first() {
        Some((1, rest)) => bytes.extend_from_slice(rest),
        _ => *bytes = data.to_vec(),
    });
    if let Ok(against) = Against::anchor(&Anchor { storage: kept, stem }) {
        let _ = verify(&folder, &against);
    }
    let mut follower = Follower::new(0);
    while follower.next(&folder).is_ok_and(|entries| !entries.is_empty()) {}
    let _ = search(&folder, &Query::default(), &mut |_| true);
    if let Ok(mut journal) = Journal::open(folder, anchor(), Options::default(), now) {
        let _ = journal.commit(now);
    }
});
