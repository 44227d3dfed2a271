//! A folder of the file system, for root only.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, FileExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::JournalError;
use crate::storage::Storage;

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// Held by the one that writes.
const LOCK: &str = "lock";
/// What a file is called until it is whole.
const TEMPORARY: &str = ".new";

/// A folder.
#[derive(Debug)]
pub struct FileStorage {
    folder: PathBuf,
    /// The file that was written last stays open.
    open: Option<(String, File)>,
    /// Locked as long as this is there.
    lock: Option<File>,
}

impl FileStorage {
    /// A folder that is only read, or one of which single files are replaced.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), open: None, lock: None }
    }

    /// Makes the folder where there is none, and keeps other writers out.
    ///
    /// # Errors
    /// When it cannot be made, or another process writes in it.
    pub fn exclusive(folder: &Path) -> Result<Self, JournalError> {
        let name = folder.display().to_string();
        let mut storage = Self::new(folder);
        storage.make_folder().map_err(JournalError::storage("create the folder", &name))?;
        let lock = storage.path(LOCK);
        let lock = options().create(true).truncate(false).open(&lock);
        let lock = lock.map_err(JournalError::storage("write in", &name))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => storage.lock = Some(lock),
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(JournalError::Locked(name)),
            Err(errno) => return Err(JournalError::storage("lock", &name)(errno.into())),
        }
        Ok(storage)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn make_folder(&self) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&self.folder)
    }

    /// Makes the names in the folder survive a power cut.
    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    /// The file, open to be written behind its end.
    fn opened(&mut self, name: &str) -> io::Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != name) {
            let file = OpenOptions::new().append(true).open(self.path(name))?;
            self.open = Some((name.to_owned(), file));
        }
        match &mut self.open {
            Some((_, file)) => Ok(file),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn forget(&mut self, name: &str) {
        self.open.take_if(|(open, _)| open == name);
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(FILE_MODE);
    options
}

impl Storage for FileStorage {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            // No file of ours has a name that is no text.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(std::fs::symlink_metadata(self.path(name))?.len())
    }

    fn read(&self, name: &str, offset: u64, size: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.path(name))?;
        let there = file.metadata()?.len().saturating_sub(offset);
        let mut bytes = vec![0; size.min(usize::try_from(there).unwrap_or(usize::MAX))];
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(done);
        Ok(bytes)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        // Somebody may have taken the folder away.
        self.make_folder()?;
        self.forget(name);
        let path = self.path(name);
        let file = OpenOptions::new().append(true).create_new(true).mode(FILE_MODE).open(path)?;
        self.sync_folder()?;
        self.open = Some((name.to_owned(), file));
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.opened(name)?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.opened(name)?.sync_data()
    }

    fn truncate(&mut self, name: &str, size: u64) -> io::Result<()> {
        self.opened(name)?.set_len(size)
    }

    fn replace(&mut self, name: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.make_folder()?;
        let temporary = self.path(&format!("{name}{TEMPORARY}"));
        let mut file = options().create(true).truncate(true).open(&temporary)?;
        // What an earlier one left may have another mode.
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.write_all(bytes)?;
        if durable {
            file.sync_data()?;
        }
        drop(file);
        std::fs::rename(&temporary, self.path(name))?;
        if durable { self.sync_folder() } else { Ok(()) }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.forget(from);
        self.forget(to);
        std::fs::rename(self.path(from), self.path(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.forget(name);
        std::fs::remove_file(self.path(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_of_their_owner_only_and_one_writes() {
        let folder = std::env::temp_dir().join(format!("peregrine-journal-{}", std::process::id()));
        let inner = folder.join("a/b");
        let mut storage = FileStorage::exclusive(&inner).unwrap();
        storage.create("one").unwrap();
        storage.append("one", b"12").unwrap();
        storage.append("one", b"345").unwrap();
        storage.sync("one").unwrap();
        assert!(storage.create("one").is_err());
        storage.replace("two", b"x", true).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inner), FOLDER_MODE);
        for name in ["one", "two", LOCK] {
            assert_eq!(mode(&inner.join(name)), FILE_MODE, "{name}");
        }
        assert_eq!(storage.read("one", 1, 3).unwrap(), b"234");
        assert_eq!(storage.read("one", 4, 30).unwrap(), b"5");
        assert_eq!(storage.read("one", 9, usize::MAX).unwrap(), b"");
        storage.truncate("one", 2).unwrap();
        storage.append("one", b"6").unwrap();
        assert_eq!(storage.read_all("one").unwrap(), b"126");
        let error = FileStorage::exclusive(&inner).unwrap_err();
        assert!(matches!(error, JournalError::Locked(_)), "{error}");
        storage.remove("one").unwrap();
        drop(storage);
        let mut names = FileStorage::exclusive(&inner).unwrap().list().unwrap();
        names.sort();
        assert_eq!(names, ["lock", "two"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
