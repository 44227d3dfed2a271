//! A disk in memory that fails when a test requests it.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::storage::Storage;

#[derive(Debug, Clone, Default)]
struct File {
    bytes: Vec<u8>,
    /// So many of them survive a power cut.
    synced: usize,
    /// What was there before, which a power cut may bring back.
    former: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    folders: [BTreeMap<String, File>; 2],
    /// Deleted, which a power cut may undo.
    deleted: Vec<(usize, String, File)>,
    /// So many writes more, then it is dead.
    left: Option<u64>,
    dead: bool,
    syncs_fail: bool,
    /// While there is something, no write returns; whether somebody waits for one.
    hangs: Option<bool>,
    /// Bytes there are in all; none: any number.
    room: Option<usize>,
    random: u64,
    writes: u64,
}

/// Two folders of one disk; clones are the same disk.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    state: Arc<Mutex<State>>,
    folder: usize,
}

impl State {
    /// A number below `bound`.
    fn random(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % (bound.max(1) as u64)).unwrap()
    }
}

impl Disk {
    pub(super) fn new(seed: u64) -> Self {
        let state = State { random: seed * 2 + 1, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), folder: 0 }
    }

    /// The other folder.
    pub(super) fn other(&self) -> Self {
        Self { state: Arc::clone(&self.state), folder: 1 - self.folder }
    }

    /// A disk of its own with the same files.
    pub(super) fn copy(&self) -> Self {
        let state = self.state().clone();
        Self { state: Arc::new(Mutex::new(state)), folder: self.folder }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Dies at the write after so many.
    pub(super) fn die_after(&self, writes: u64) {
        self.state().left = Some(writes);
    }

    pub(super) fn set_room(&self, bytes: Option<usize>) {
        self.state().room = bytes;
    }

    pub(super) fn fail_syncs(&self, fail: bool) {
        self.state().syncs_fail = fail;
    }

    /// Writes return only after `hang(false)`.
    pub(super) fn hang(&self, hangs: bool) {
        self.state().hangs = hangs.then_some(false);
    }

    /// Whether somebody waits for a write that hangs.
    pub(super) fn is_awaited(&self) -> bool {
        self.state().hangs == Some(true)
    }

    pub(super) fn used(&self) -> usize {
        self.state().folders.iter().flat_map(BTreeMap::values).map(|file| file.bytes.len()).sum()
    }

    pub(super) fn is_dead(&self) -> bool {
        self.state().dead
    }

    pub(super) fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Alive again. With `power_cut` what was not synced may be gone, or zeros.
    pub(super) fn revive(&self, power_cut: bool) {
        let mut state = self.state();
        (state.dead, state.left) = (false, None);
        let deleted = std::mem::take(&mut state.deleted);
        if !power_cut {
            return;
        }
        for (folder, name, file) in deleted {
            if state.random(2) == 0 {
                state.folders[folder].insert(name, file);
            }
        }
        let mut folders = std::mem::take(&mut state.folders);
        for file in folders.iter_mut().flat_map(BTreeMap::values_mut) {
            if let Some(former) = file.former.take()
                && state.random(2) == 0
            {
                file.bytes = former;
            } else {
                let kept = file.synced + state.random(file.bytes.len() - file.synced + 1);
                file.bytes.truncate(kept);
                if state.random(3) == 0 {
                    let zeros = file.synced + state.random(kept - file.synced + 1);
                    file.bytes[zeros..].fill(0);
                }
            }
            file.synced = file.bytes.len();
        }
        state.folders = folders;
    }

    /// The bytes of a file, to be changed by somebody else.
    pub(super) fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let file = state.folders[self.folder].get_mut(name).unwrap();
        edit(&mut file.bytes);
        file.synced = file.bytes.len();
    }

    /// What a write may do; `some` is how many of `size` bytes it does before it fails.
    fn write(&self, size: usize) -> Result<MutexGuard<'_, State>, (MutexGuard<'_, State>, usize)> {
        let mut state = self.state();
        while state.hangs.is_some() {
            state.hangs = Some(true);
            drop(state);
            std::thread::sleep(std::time::Duration::from_millis(1));
            state = self.state();
        }
        state.writes += 1;
        if state.dead {
            return Err((state, 0));
        }
        if let Some(left) = state.left {
            if left == 0 {
                state.dead = true;
                let some = state.random(size + 1);
                return Err((state, some));
            }
            state.left = Some(left - 1);
        }
        let used: usize =
            state.folders.iter().flat_map(BTreeMap::values).map(|file| file.bytes.len()).sum();
        if let Some(room) = state.room
            && used + size > room
        {
            return Err((state, room.saturating_sub(used)));
        }
        Ok(state)
    }
}

fn failed() -> io::Error {
    io::Error::other("no space, or no life, left")
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Storage for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        if state.dead {
            Err(failed())
        } else {
            Ok(state.folders[self.folder].keys().cloned().collect())
        }
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(self.read(name, 0, usize::MAX)?.len() as u64)
    }

    fn read(&self, name: &str, offset: u64, size: usize) -> io::Result<Vec<u8>> {
        let state = self.state();
        if state.dead {
            return Err(failed());
        }
        let bytes = &state.folders[self.folder].get(name).ok_or_else(missing)?.bytes;
        let offset = usize::try_from(offset).unwrap().min(bytes.len());
        let end = offset.saturating_add(size).min(bytes.len());
        Ok(bytes[offset..end].to_vec())
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let (mut state, done) = match self.write(0) {
            Ok(state) => (state, true),
            Err((state, _)) => (state, false),
        };
        if state.folders[self.folder].contains_key(name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        // Where it dies just then the file may be there.
        if done || state.random(2) == 0 {
            state.folders[self.folder].insert(name.to_owned(), File::default());
        }
        if done {
            // The names are synced: what was deleted before stays so.
            let folder = self.folder;
            state.deleted.retain(|(other, ..)| *other != folder);
        }
        if done { Ok(()) } else { Err(failed()) }
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (mut state, some) = match self.write(bytes.len()) {
            Ok(state) => (state, bytes.len()),
            Err((state, some)) => (state, some),
        };
        let file = state.folders[self.folder].get_mut(name).ok_or_else(missing)?;
        file.bytes.extend_from_slice(&bytes[..some]);
        if some == bytes.len() && !state.dead { Ok(()) } else { Err(failed()) }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.write(0).map_err(|_| failed())?;
        if state.syncs_fail {
            return Err(failed());
        }
        let file = state.folders[self.folder].get_mut(name).ok_or_else(missing)?;
        file.synced = file.bytes.len();
        Ok(())
    }

    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()> {
        let mut state = self.write(0).map_err(|_| failed())?;
        let file = state.folders[self.folder].get_mut(name).ok_or_else(missing)?;
        file.bytes.truncate(usize::try_from(size).unwrap());
        file.synced = file.synced.min(file.bytes.len());
        Ok(())
    }

    fn replace(&mut self, name: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
        let folder = self.folder;
        let (mut state, done) = match self.write(bytes.len()) {
            Ok(state) => (state, true),
            Err((state, some)) => (state, some == bytes.len() && bytes.len().is_multiple_of(2)),
        };
        if done {
            let former = state.folders[folder].get(name).map(|file| file.bytes.clone());
            let synced = bytes.len();
            let former = former.filter(|_| !durable || state.dead);
            let file = File { bytes: bytes.to_vec(), synced, former };
            state.folders[folder].insert(name.to_owned(), file);
        }
        if done && !state.dead { Ok(()) } else { Err(failed()) }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.write(0).map_err(|_| failed())?;
        let file = state.folders[self.folder].remove(from).ok_or_else(missing)?;
        state.folders[self.folder].insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.write(0).map_err(|_| failed())?;
        let file = state.folders[self.folder].remove(name).ok_or_else(missing)?;
        let folder = self.folder;
        state.deleted.push((folder, name.to_owned(), file));
        Ok(())
    }
}
