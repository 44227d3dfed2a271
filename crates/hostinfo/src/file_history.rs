//! Which files were at some paths, and from when to when.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use peregrine_probe::generation_at;
use peregrine_state::SeenFile;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::fs::{self, AtFlags, FileType, ResolveFlags, StatxFlags};
use rustix::io::Errno;

use crate::by_directory::{folder_of, split};
use crate::inodes::{encoded, folder_changed};

/// How long a former file at a path is remembered: events from before the change may arrive later, but
/// not much.
const LATELY: Duration = Duration::from_secs(10);
/// How many are remembered.
const MOST: usize = 4096;
/// The resolution of file systems' change times, nanoseconds.
pub(crate) const TICK: u64 = 10_000_000;
/// How many notifications about directories are read at once; the rest is read the next time.
const TOLD: usize = 64 << 10;

/// Device, as captures encode it, and inode.
type File = (u32, u64);
type Name = Arc<[u8]>;

/// The file found at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) file: File,
    /// 0 where the file system has none.
    pub(crate) generation: u32,
    /// Change time of the inode, nanoseconds since the epoch: not before the file came to this path.
    pub(crate) changed: u64,
}

impl Found {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.file == other.file && same_generation(self.generation, other.generation)
    }
}

/// Whether two with the same number can be the same file.
fn same_generation(one: u32, other: u32) -> bool {
    one == other || one == 0 || other == 0
}

/// The current file at a path, and the earliest time from which it may have been there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) found: Found,
    since: u64,
}

/// A former file at a path, and the latest time until which it may have been there.
#[derive(Debug)]
struct Former {
    name: Name,
    stood: Standing,
    until: u64,
    noticed: Instant,
}

/// Nanoseconds since the epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

pub(crate) fn nanoseconds(seconds: i64, rest: i64) -> u64 {
    let whole = seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    u64::try_from(whole).unwrap_or(0)
}

/// The latest time from which a path leads to the file found: the inode and the directory changed then,
/// or later. `looked`: when the path did not lead there yet.
fn changed_by(found: Option<&Found>, folder: Option<u64>, looked: u64) -> u64 {
    let reported = [found.map(|found| found.changed), folder];
    // An older change was not this one.
    let reported =
        reported.into_iter().flatten().filter(|when| *when >= looked.saturating_sub(TICK));
    reported.min().unwrap_or_else(now).saturating_add(TICK)
}

/// The files at the watched paths.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) paths: Vec<Name>,
    pub(crate) by_path: HashMap<Name, Standing>,
    by_file: HashMap<File, Vec<Name>>,
    /// Former files, and how many there are.
    former: HashMap<File, Vec<Former>>,
    formers: usize,
    /// All changes up to this time are applied; all paths were checked at that time.
    pub(crate) looked: u64,
    pub(crate) looked_at_all: u64,
    /// By device: whether the number `stat` returns is the kernel's own. On btrfs and some overlays it
    /// is not, and inodes do not identify a file.
    pub(crate) clear: HashMap<u64, bool>,
    /// Notifications of changes in the directories of the paths, and the paths by directory and watch
    /// number.
    pub(crate) reported: Option<OwnedFd>,
    folders: HashMap<i32, Vec<Name>>,
    /// The files differ from those returned last.
    pub(crate) changed: bool,
    /// Number of notifications.
    pub(crate) turn: u64,
}

impl Table {
    /// Stands for these paths from now on; whether they are others than before. What stood at one that is
    /// gone stands there no more.
    pub(crate) fn set_paths(&mut self, paths: Vec<Name>) -> bool {
        if paths == self.paths {
            return false;
        }
        if self.reported.is_none() {
            // Without it changes are known a second late.
            self.reported = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
            self.looked = now();
        }
        self.take_in();
        let before = std::mem::replace(&mut self.paths, paths);
        for path in before {
            if !self.paths.contains(&path) {
                self.set(&path, None, None, now());
            }
        }
        // Whoever looks at the paths of before looks again.
        self.turn += 1;
        true
    }

    /// All current and former files.
    pub(crate) fn files(&self) -> Vec<(u32, u64)> {
        self.by_file.keys().chain(self.former.keys()).copied().collect()
    }

    /// The paths a file had at the time of the event.
    pub(crate) fn of(&self, seen: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        let file = (seen.dev, seen.ino);
        let stood = |standing: &Standing| {
            same_generation(standing.found.generation, seen.generation)
                && (seen.at == 0 || seen.at >= standing.since)
        };
        for path in self.by_file.get(&file).into_iter().flatten() {
            if self.by_path.get(path).is_some_and(stood) {
                take(path);
            }
        }
        for former in self.former.get(&file).into_iter().flatten() {
            let stood_then = stood(&former.stood) && seen.at != 0 && seen.at < former.until;
            // It may stand there again: that is one name.
            if stood_then
                && !self
                    .by_path
                    .get(&former.name)
                    .is_some_and(|now| now.found.file == file && stood(now))
            {
                take(&former.name);
            }
        }
    }

    /// Stores the file found at a path. `folder`: when the directory changed; `looked`: until when the
    /// previous file is known to have been there.
    pub(crate) fn set(
        &mut self,
        path: &Name,
        found: Option<Found>,
        folder: Option<u64>,
        looked: u64,
    ) {
        let before = self.by_path.get(path).copied();
        match (&before, &found) {
            (None, None) => return,
            (Some(before), Some(found)) if before.found.is_same(found) => {
                let standing = Standing { found: *found, since: before.since };
                self.by_path.insert(Arc::clone(path), standing);
                return;
            }
            _ => {}
        }
        self.changed = true;
        if let Some(stood) = before {
            let file = stood.found.file;
            if let Some(names) = self.by_file.get_mut(&file) {
                names.retain(|name| name != path);
                if names.is_empty() {
                    self.by_file.remove(&file);
                }
            }
            self.by_path.remove(path);
            if self.formers >= MOST {
                self.former.clear();
                self.formers = 0;
            }
            let until = changed_by(found.as_ref(), folder, looked);
            let (name, noticed) = (Arc::clone(path), Instant::now());
            let formers = self.former.entry(file).or_default();
            // It stood there until just now already, and came back.
            let same = formers.iter_mut().find(|former| {
                former.name == name
                    && former.stood.found.is_same(&stood.found)
                    && former.until >= stood.since
            });
            if let Some(former) = same {
                (former.until, former.noticed) = (until, noticed);
            } else {
                formers.push(Former { name, stood, until, noticed });
                self.formers += 1;
            }
        }
        if let Some(found) = found {
            let standing = Standing { found, since: looked.saturating_sub(TICK) };
            self.by_path.insert(Arc::clone(path), standing);
            self.by_file.entry(found.file).or_default().push(Arc::clone(path));
        }
    }

    /// Forgets files that left their path long ago.
    fn forget(&mut self) {
        if self.formers == 0 {
            return;
        }
        self.former.retain(|_, all| {
            all.retain(|former| former.noticed.elapsed() < LATELY);
            !all.is_empty()
        });
        let left: usize = self.former.values().map(Vec::len).sum();
        self.changed |= left != self.formers;
        self.formers = left;
    }

    /// Watches the directories: the same ones as before, unless other directories are there now.
    pub(crate) fn watch_folders(&mut self) {
        let Some(reported) = &self.reported else { return };
        let wanted = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ONLYDIR;
        let mut folders: HashMap<i32, Vec<Name>> = HashMap::new();
        for path in &self.paths {
            let Some((folder, _)) = split(path) else { continue };
            // For a directory already watched the kernel returns its existing number.
            if let Ok(number) = inotify::add_watch(reported, OsStr::from_bytes(folder), wanted) {
                folders.entry(number).or_default().push(Arc::clone(path));
            }
        }
        for number in self.folders.keys().filter(|number| !folders.contains_key(number)) {
            // The kernel may have taken it away with the folder.
            let _ = inotify::remove_watch(reported, *number);
        }
        self.folders = folders;
    }

    /// Applies the notifications since the last time.
    pub(crate) fn take_in(&mut self) {
        self.forget();
        let Some(reported) = &self.reported else { return };
        let began = now();
        let mut room = [std::mem::MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(reported, &mut room);
        let (mut changed, mut all, mut taken): (Vec<Name>, _, _) = (Vec::new(), false, 0);
        while let Ok(event) = reader.next() {
            all |= event.events().contains(ReadFlags::QUEUE_OVERFLOW);
            let name = event.file_name().map_or(&b""[..], |name| name.to_bytes());
            taken += 16 + name.len();
            let there = self.folders.get(&event.wd()).into_iter().flatten();
            let same = |path: &&Name| split(path).is_some_and(|(_, last)| last == name);
            changed.extend(there.filter(same).cloned());
            if taken > TOLD {
                all = true;
                break;
            }
        }
        if all {
            changed.clone_from(&self.paths);
        }
        for path in changed {
            self.turn += 1;
            // What is not cached is left to the thread.
            if let Ok(found) = self.now(&path) {
                self.set(&path, found, folder_changed(&path), self.looked);
            }
        }
        self.looked = began;
    }

    /// The file at a path, as far as the kernel has it cached, without a disk or network.
    fn now(&self, path: &Name) -> Result<Option<Found>, NotKnown> {
        let (folder, name) = match folder_of(path, ResolveFlags::CACHED) {
            Ok(found) => found,
            Err(Errno::NOENT) => return Ok(None),
            Err(_) => return Err(NotKnown),
        };
        let at = AtFlags::SYMLINK_NOFOLLOW | AtFlags::STATX_DONT_SYNC;
        let about = match fs::statx(&folder, &name, at, StatxFlags::BASIC_STATS) {
            Ok(about) => about,
            Err(Errno::NOENT) => return Ok(None),
            Err(_) => return Err(NotKnown),
        };
        let kind = FileType::from_raw_mode(about.stx_mode.into());
        if !matches!(kind, FileType::RegularFile | FileType::Directory) {
            return Ok(None);
        }
        let dev = fs::makedev(about.stx_dev_major, about.stx_dev_minor);
        match self.clear.get(&dev) {
            Some(true) => Ok(Some(Found {
                file: (encoded(dev), about.stx_ino),
                generation: generation_at(&folder, &name),
                changed: nanoseconds(about.stx_ctime.tv_sec, about.stx_ctime.tv_nsec.into()),
            })),
            Some(false) => Ok(None),
            None => Err(NotKnown),
        }
    }
}

/// The file is not cached.
struct NotKnown;
