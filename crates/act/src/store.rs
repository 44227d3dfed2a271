//! The store: files that were moved away, with all that is needed to put them back.
//!
//! A folder of root that nobody else may enter. Each file lies in a folder of the number of its action: `file`, its
//! bytes; `meta.json`, where it was, whose, with what rights.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use peregrine_respond::{Bytes, FileTarget};
use rustix::fs::{
    AtFlags, Gid, IFlags, Mode, OFlags, RenameFlags, Stat, Timespec, Timestamps, Uid, XattrFlags,
    fchmod, fchown, fgetxattr, flistxattr, fsetxattr, fsync, futimens, ioctl_getflags,
    ioctl_setflags, openat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{ActError, tried};
use crate::in_use::user_of;
use crate::path::{Found, aside, find, folder, sync_folder};
use crate::protect::Protection;
use crate::roots::Roots;
use crate::taskstats::TaskStats;

/// Bytes of all attributes of a file; the kernel has fewer.
const ATTRIBUTES: usize = 64 << 10;

/// The store.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    /// Where paths begin.
    pub(crate) roots: Roots,
}

/// A file in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Where it was.
    pub file: FileTarget,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of them, in hexadecimal digits.
    pub sha256: String,
    /// Rights, as `stat` has them.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// When it was read and written last: seconds and nanoseconds.
    pub times: [(i64, i64); 2],
    /// Attributes, among them capabilities and access lists.
    pub xattrs: Vec<(String, Bytes)>,
    /// Flags of the file system that forbid a change (immutable, append only).
    pub flags: u32,
}

impl Store {
    /// Opens the store; makes the folder where it is missing.
    ///
    /// # Errors
    /// When others may enter the folder.
    pub fn open(folder: &Path) -> Result<Self, ActError> {
        let shown = || folder.display().to_string();
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(tried(shown()))?;
        let meta = fs::symlink_metadata(folder).map_err(tried(shown()))?;
        let own = rustix::process::geteuid().as_raw();
        if !meta.is_dir() || meta.mode() & 0o077 != 0 || meta.uid() != own {
            return Err(ActError::OpenStore(shown()));
        }
        Ok(Self { folder: folder.to_owned(), roots: Roots::default() })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of an action, made where it is missing.
    pub(crate) fn of_action(&self, kind: &str, id: u64) -> Result<PathBuf, ActError> {
        let folder = self.folder.join(kind).join(id.to_string());
        let shown = folder.display().to_string();
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(tried(shown))?;
        Ok(folder)
    }

    /// Finds the folder of a file.
    pub(crate) fn find(
        &self,
        file: &FileTarget,
        stats: Option<&TaskStats>,
    ) -> Result<Found, ActError> {
        let root = self.roots.find(file.root_of.as_ref(), stats)?;
        find(&root, &file.path)
    }

    fn quarantine(&self, id: u64) -> PathBuf {
        self.folder.join("quarantine").join(id.to_string())
    }

    /// What lies in the store for an action.
    pub(crate) fn stored(&self, id: u64) -> Option<Stored> {
        serde_json::from_slice(&fs::read(self.quarantine(id).join("meta.json")).ok()?).ok()
    }

    /// Moves a file into the store.
    pub(crate) fn take(
        &self,
        id: u64,
        file: &FileTarget,
        stats: Option<&TaskStats>,
        protection: &Protection,
    ) -> Result<Stored, ActError> {
        let found = self.find(file, stats)?;
        let (fd, stat) = found.open()?;
        self.check(&found, &stat, file, protection)?;
        let stored = self.copy(id, file, &fd, &stat)?;
        if let Err(error) = remove(&found, &fd, &stat, stored.flags) {
            // Nothing was moved: nothing is kept.
            let _ = fs::remove_dir_all(self.quarantine(id));
            return Err(error);
        }
        Ok(stored)
    }

    /// Refuses what is not the file of the event, in use, or our own.
    fn check(
        &self,
        found: &Found,
        stat: &Stat,
        file: &FileTarget,
        protection: &Protection,
    ) -> Result<(), ActError> {
        let shown = found.path.to_string();
        if file.ino.is_some_and(|ino| ino != stat.st_ino) {
            return Err(ActError::AnotherFile(shown));
        }
        let never = |why| ActError::Protected { what: shown.clone(), why };
        let identity = (stat.st_dev, stat.st_ino);
        if protection.is_agent(identity) {
            return Err(never("it is the agent's program"));
        }
        // Where it really lies, whatever path it was given by.
        let own = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&found.folder));
        let folder = fs::read_link(own).unwrap_or_default();
        let ours =
            [self.folder.as_path(), Path::new("/var/lib/peregrine"), Path::new("/etc/peregrine")];
        if ours.iter().any(|own| folder.starts_with(own)) {
            return Err(never("it is Peregrine's own"));
        }
        match user_of(identity) {
            Some((pid, how)) => Err(ActError::InUse { file: shown, pid, how }),
            None => Ok(()),
        }
    }

    /// Copies bytes and all that is known of a file into the store.
    pub(crate) fn copy(
        &self,
        id: u64,
        file: &FileTarget,
        fd: &OwnedFd,
        stat: &Stat,
    ) -> Result<Stored, ActError> {
        let folder = self.of_action("quarantine", id)?;
        let shown = file.path.to_string();
        let to = folder.join("file");
        let mut out = OpenOptions::new();
        let out = out.write(true).create_new(true).mode(0o400).open(&to);
        let mut out = out.map_err(tried(to.display().to_string()))?;
        let mut from = File::from(fd.try_clone().map_err(tried(shown.clone()))?);
        let (size, sha256) = copy_hashed(&mut from, &mut out).map_err(tried(shown.clone()))?;
        out.sync_all().map_err(tried(to.display().to_string()))?;
        let kept = IFlags::IMMUTABLE | IFlags::APPEND;
        let flags = ioctl_getflags(fd).map_or(0, |flags| (flags & kept).bits());
        let stored = Stored {
            file: file.clone(),
            size,
            sha256,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            times: [
                (stat.st_atime, stat.st_atime_nsec.cast_signed()),
                (stat.st_mtime, stat.st_mtime_nsec.cast_signed()),
            ],
            xattrs: attributes(fd).map_err(tried(shown))?,
            flags,
        };
        let meta = serde_json::to_vec(&stored).unwrap_or_default();
        write_new(&folder.join("meta.json"), &meta)?;
        if let Ok(folder) = File::open(&folder) {
            let _ = folder.sync_all();
        }
        Ok(stored)
    }

    /// Puts a file back where it was.
    ///
    /// # Errors
    /// When something is there by now, or the stored copy is damaged: it stays in the store then.
    pub(crate) fn put_back(&self, id: u64, stats: Option<&TaskStats>) -> Result<Stored, ActError> {
        let stored = self.stored(id).ok_or(ActError::NothingToUndo("it is not in the store"))?;
        let root = self.roots.find(stored.file.root_of.as_ref(), stats)?;
        let found = find_free(&stored, &root)?;
        self.write(id, &stored, &found, RenameFlags::NOREPLACE)?;
        self.forget(id);
        Ok(stored)
    }

    /// The same where the file that is there now, a changed one, is replaced.
    pub(crate) fn put_over(&self, id: u64, stats: Option<&TaskStats>) -> Result<Stored, ActError> {
        let stored = self.stored(id).ok_or(ActError::NothingToUndo("it is not in the store"))?;
        let found = self.find(&stored.file, stats)?;
        self.write(id, &stored, &found, RenameFlags::empty())?;
        self.forget(id);
        Ok(stored)
    }

    pub(crate) fn forget(&self, id: u64) {
        // What is left is found again by its number.
        let _ = fs::remove_dir_all(self.quarantine(id));
    }

    fn write(
        &self,
        id: u64,
        stored: &Stored,
        found: &Found,
        how: RenameFlags,
    ) -> Result<(), ActError> {
        let shown = stored.file.path.to_string();
        let from = self.quarantine(id).join("file");
        let mut from = File::open(&from).map_err(tried(from.display().to_string()))?;
        let name = aside()?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = openat(&found.folder, name.as_os_str(), flags, Mode::RUSR | Mode::WUSR)
            .map_err(tried(shown.clone()))?;
        let mut put = || -> Result<(), ActError> {
            let mut out = File::from(fd.try_clone().map_err(tried(shown.clone()))?);
            let (size, sha256) = copy_hashed(&mut from, &mut out).map_err(tried(shown.clone()))?;
            if (size, &sha256) != (stored.size, &stored.sha256) {
                return Err(ActError::Damaged(shown.clone()));
            }
            stored.apply(&fd).map_err(tried(shown.clone()))?;
            fsync(&fd).map_err(tried(shown.clone()))?;
            let new = found.name.as_os_str();
            match renameat_with(&found.folder, name.as_os_str(), &found.folder, new, how) {
                Ok(()) => {}
                Err(Errno::EXIST) => return Err(ActError::Occupied(shown.clone())),
                Err(error) => return Err(tried(shown.clone())(error)),
            }
            Ok(())
        };
        if let Err(error) = put() {
            let _ = unlinkat(&found.folder, name.as_os_str(), AtFlags::empty());
            return Err(error);
        }
        if stored.flags != 0 {
            let kept = IFlags::from_bits_retain(stored.flags);
            ioctl_getflags(&fd)
                .and_then(|now| ioctl_setflags(&fd, now | kept))
                .map_err(tried(shown))?;
        }
        sync_folder(&found.folder);
        Ok(())
    }
}

impl Stored {
    /// Gives a file the owner, rights, attributes and times of this one.
    pub(crate) fn apply(&self, fd: &OwnedFd) -> rustix::io::Result<()> {
        self.apply_without_times(fd)?;
        let time = |(tv_sec, tv_nsec): (i64, i64)| Timespec { tv_sec, tv_nsec };
        let [read, written] = self.times;
        futimens(fd, &Timestamps { last_access: time(read), last_modification: time(written) })
    }

    /// The same without the times.
    pub(crate) fn apply_without_times(&self, fd: &OwnedFd) -> rustix::io::Result<()> {
        fchown(fd, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))?;
        // Behind the owner: a change of it takes set-user-id away.
        fchmod(fd, Mode::from_raw_mode(self.mode))?;
        for (name, value) in &self.xattrs {
            fsetxattr(fd, name.as_str(), &value.0, XattrFlags::empty())?;
        }
        Ok(())
    }
}

/// The place where a file was, which must be free.
fn find_free(stored: &Stored, root: &OwnedFd) -> Result<Found, ActError> {
    let path = &stored.file.path;
    let slash = path.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    let (front, name) = path.0.split_at(slash);
    let folder = folder(root, &Bytes(front.to_vec()))?;
    let name = std::os::unix::ffi::OsStrExt::from_bytes(name.get(1..).unwrap_or_default());
    let found = Found { folder, name: std::ffi::OsStr::to_owned(name), path: path.clone() };
    match statat(&found.folder, found.name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(found),
        Ok(_) => Err(ActError::Occupied(path.to_string())),
        Err(error) => Err(tried(path.to_string())(error)),
    }
}

/// Removes the very file that was copied: it is renamed to a name nobody knows, looked at, and only then removed.
fn remove(found: &Found, fd: &OwnedFd, stat: &Stat, flags: u32) -> Result<(), ActError> {
    let shown = found.path.to_string();
    if flags != 0 {
        let freed = ioctl_getflags(fd)
            .and_then(|now| ioctl_setflags(fd, now & !IFlags::from_bits_retain(flags)));
        freed.map_err(tried(shown.clone()))?;
    }
    let (name, away) = (found.name.as_os_str(), aside()?);
    let away = away.as_os_str();
    let no_replace = RenameFlags::NOREPLACE;
    renameat_with(&found.folder, name, &found.folder, away, no_replace)
        .map_err(tried(shown.clone()))?;
    let moved = statat(&found.folder, away, AtFlags::SYMLINK_NOFOLLOW);
    let is_it = moved.is_ok_and(|moved| (moved.st_dev, moved.st_ino) == (stat.st_dev, stat.st_ino));
    if !is_it {
        // Somebody put another file there meanwhile: it stays.
        let _ = renameat_with(&found.folder, away, &found.folder, name, no_replace);
        return Err(ActError::AnotherFile(shown));
    }
    unlinkat(&found.folder, away, AtFlags::empty()).map_err(tried(shown))?;
    sync_folder(found.folder.as_fd());
    Ok(())
}

fn copy_hashed(from: &mut File, to: &mut File) -> std::io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 128 << 10];
    let mut size = 0;
    loop {
        let len = from.read(&mut buffer)?;
        let Some(read) = buffer.get(..len).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        to.write_all(read)?;
        size += len as u64;
    }
    Ok((size, hex(&hash.finalize())))
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn attributes(fd: &OwnedFd) -> rustix::io::Result<Vec<(String, Bytes)>> {
    let mut names = vec![0; ATTRIBUTES];
    let len = match flistxattr(fd, names.as_mut_slice()) {
        Ok(len) => len,
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    for name in names.get(..len).unwrap_or_default().split(|byte| *byte == 0) {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        if name.is_empty() {
            continue;
        }
        let mut value = vec![0; ATTRIBUTES];
        let len = fgetxattr(fd, name, value.as_mut_slice())?;
        value.truncate(len);
        all.push((name.to_owned(), Bytes(value)));
    }
    Ok(all)
}

/// Writes a file that is not there yet, for root only.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ActError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    })
    .map_err(tried(path.display().to_string()))
}
