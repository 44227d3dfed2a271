//! Paths that others may have filled: opened part by part, so that no link of theirs is followed.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use peregrine_respond::Bytes;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::Errno;

use crate::error::{ActError, tried};

/// Links of the system's own that are followed at most (`/bin`, `/var/run`).
const LINKS: usize = 40;

/// A file in its folder, which is held: whatever the folder is called meanwhile.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) folder: OwnedFd,
    pub(crate) name: OsString,
    /// Nothing but a name in the store: a path for people and for the way back.
    pub(crate) path: Bytes,
}

/// Whether nobody but root may put something into a folder.
fn is_of_root(folder: &Stat) -> bool {
    folder.st_uid == 0 && folder.st_mode & 0o022 == 0
}

/// Finds the folder of a file below a root. Links are followed where nobody but root can have put them there.
pub(crate) fn find(root: &OwnedFd, path: &Bytes) -> Result<Found, ActError> {
    let shown = path.to_string();
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let again = |fd: &OwnedFd| {
        openat(fd, ".", flags | OFlags::DIRECTORY, Mode::empty()).map_err(tried(shown.clone()))
    };
    let mut left = parts(&path.0);
    // The folders on the way, so that `..` never leaves the root.
    let mut way = vec![again(root)?];
    let mut links = 0;
    loop {
        let Some(part) = left.pop() else { return Err(ActError::NotRegular(shown)) };
        if part == ".." {
            if way.len() > 1 {
                way.pop();
            }
            continue;
        }
        let Some(folder) = way.last() else { return Err(ActError::NotRegular(shown)) };
        let stat = match statat(folder, part.as_os_str(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT | Errno::NOTDIR) => return Err(ActError::Missing(shown)),
            Err(error) => return Err(tried(shown)(error)),
        };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            links += 1;
            let own = stat.st_uid == 0 && fstat(folder).is_ok_and(|folder| is_of_root(&folder));
            if !own || links > LINKS {
                return Err(ActError::Symlink(shown));
            }
            let target = readlinkat(folder, part.as_os_str(), Vec::new());
            let target = target.map_err(tried(shown.clone()))?.into_bytes();
            if target.first() == Some(&b'/') {
                way.truncate(1);
            }
            left.extend(parts(&target));
            continue;
        }
        if left.is_empty() {
            let folder = again(folder)?;
            return Ok(Found { folder, name: part, path: path.clone() });
        }
        let next = openat(folder, part.as_os_str(), flags | OFlags::DIRECTORY, Mode::empty());
        way.push(match next {
            Ok(next) => next,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {
                return Err(ActError::Missing(shown));
            }
            Err(error) => return Err(tried(shown)(error)),
        });
    }
}

/// The parts of a path, the first one last.
fn parts(path: &[u8]) -> Vec<OsString> {
    let parts = path.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let mut parts: Vec<OsString> = parts.map(|part| OsString::from_vec(part.to_vec())).collect();
    parts.reverse();
    parts
}

impl Found {
    /// Opens the file for reading, if it is a regular one.
    pub(crate) fn open(&self) -> Result<(OwnedFd, Stat), ActError> {
        let shown = self.path.to_string();
        let before = statat(&self.folder, self.name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(tried(shown.clone()))?;
        if FileType::from_raw_mode(before.st_mode) != FileType::RegularFile {
            return Err(ActError::NotRegular(shown));
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(&self.folder, self.name.as_os_str(), flags, Mode::empty())
            .map_err(tried(shown.clone()))?;
        let stat = fstat(&fd).map_err(tried(shown.clone()))?;
        if (stat.st_dev, stat.st_ino) != (before.st_dev, before.st_ino) {
            return Err(ActError::AnotherFile(shown));
        }
        Ok((fd, stat))
    }
}

/// A name that nobody guesses, in the same folder.
pub(crate) fn aside() -> Result<OsString, ActError> {
    let mut random = [0; 12];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())
        .map_err(tried("a random name"))?;
    let digits: String = random.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    Ok(OsStr::from_bytes(format!(".peregrine-{digits}").as_bytes()).to_owned())
}

/// Makes what happened in a folder survive a power cut. A folder that was opened as a path is opened again.
pub(crate) fn sync_folder(folder: impl AsFd) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    if let Ok(folder) = openat(folder, ".", flags, Mode::empty()) {
        // Some file systems have nothing to sync of a folder.
        let _ = rustix::fs::fsync(folder);
    }
}

/// Opens a folder below a root, as [`find`] does a file's.
pub(crate) fn folder(root: &OwnedFd, path: &Bytes) -> Result<OwnedFd, ActError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let shown = path.to_string();
    if parts(&path.0).is_empty() {
        return openat(root, ".", flags, Mode::empty()).map_err(tried(shown));
    }
    let found = find(root, path)?;
    openat(&found.folder, found.name.as_os_str(), flags, Mode::empty()).map_err(tried(shown))
}
