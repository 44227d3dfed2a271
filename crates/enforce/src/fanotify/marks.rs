//! The marks: every folder and file of the protected paths, and again when a path leads elsewhere.
//!
//! A protected file has two marks. That of its folder counts whatever file has the name, so that a file that is
//! renamed over it is protected at once; that of the file itself counts by whatever path it is opened. Folders that
//! come later (made, moved or mounted) are noticed by `inotify` and marked then: a file in one of them can be opened
//! until that is done.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

use super::attempt::Identity;
use super::kernel::{self, MarkOn};
use super::places::{Number, Places, Role};

/// Which files a protected path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The file or folder at the path.
    Exact,
    /// All that lies below the folder, however deep.
    Below,
    /// What lies directly in the folder.
    In,
}

/// A protected path. Its number is its place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// The path, as the agent's root directory has it.
    pub path: PathBuf,
    /// What of it.
    pub reach: Reach,
    /// Whether opening it is decided about. Otherwise it is only known where it is.
    pub opens: bool,
}

/// Why something could not be marked.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}", path = path.display())]
pub struct MarkError {
    /// What.
    pub path: PathBuf,
    /// The kernel's words.
    pub error: io::Error,
}

const OPEN: u64 = libc::FAN_OPEN_PERM;
const IN_FOLDER: u64 = OPEN | libc::FAN_EVENT_ON_CHILD;
/// What says that a path may lead elsewhere.
const CHANGES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// What one protected path led to.
#[derive(Debug, Default)]
struct Found {
    roles: Vec<Role>,
    /// What is to be marked, and how; folders that are watched.
    marked: Vec<(PathBuf, u64)>,
    watched: Vec<PathBuf>,
}

/// The marks of all protected paths.
#[derive(Debug)]
pub(super) struct Marks {
    group: Arc<OwnedFd>,
    inotify: OwnedFd,
    places: Arc<RwLock<Places>>,
    protected: Vec<Protected>,
    found: Vec<Found>,
    /// The folders that are watched, by the number of the watch.
    folders: HashMap<i32, PathBuf>,
    /// The file systems on which programs are decided about.
    programs: Vec<Identity>,
}

impl Marks {
    pub(super) fn new(group: Arc<OwnedFd>) -> io::Result<Self> {
        Ok(Self {
            group,
            inotify: inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?,
            places: Arc::default(),
            protected: Vec::new(),
            found: Vec::new(),
            folders: HashMap::new(),
            programs: Vec::new(),
        })
    }

    /// Where files are, by the numbers of protected paths.
    pub(super) fn places(&self) -> Arc<RwLock<Places>> {
        Arc::clone(&self.places)
    }

    /// Readable when a folder changed.
    pub(super) fn changes(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// How many folders are watched, and file systems.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.folders.len(), self.programs.len())
    }

    /// Protects these paths and no others; `places` stays the former ones' until `swap` is called, with the lock
    /// held. Returns what could not be marked.
    pub(super) fn protect(
        &mut self,
        protected: Vec<Protected>,
        swap: impl FnOnce(),
    ) -> Vec<MarkError> {
        let mut errors = Vec::new();
        let found: Vec<Found> = protected.iter().map(|path| self.mark(path, &mut errors)).collect();
        let mut places = Places::default();
        for (found, number) in found.iter().zip(0..) {
            found.roles.iter().for_each(|role| places.add(role.clone(), number));
        }
        let former = {
            let mut now = self.places.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            *now = places;
            swap();
            std::mem::replace(&mut self.found, found)
        };
        self.protected = protected;
        let kept: std::collections::HashSet<&PathBuf> =
            self.found.iter().flat_map(|found| &found.marked).map(|(path, _)| path).collect();
        for (path, mask) in former.iter().flat_map(|found| &found.marked) {
            if !kept.contains(path) {
                // It may be gone, and its mark with it.
                let _ = kernel::unmark(&self.group, MarkOn::Inode, *mask, path);
            }
        }
        errors
    }

    /// Finds what a path leads to, marks and watches it.
    fn mark(&mut self, protected: &Protected, errors: &mut Vec<MarkError>) -> Found {
        let found = find(protected);
        // First the watches: what changes afterwards is noticed.
        for folder in &found.watched {
            match inotify::add_watch(&self.inotify, folder, CHANGES) {
                Ok(watch) => {
                    self.folders.insert(watch, folder.clone());
                }
                Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => {}
                Err(error) => {
                    errors.push(MarkError { path: folder.clone(), error: error.into() });
                }
            }
        }
        // Again: what changed meanwhile was not watched yet.
        let found = find(protected);
        for (path, mask) in &found.marked {
            match kernel::mark(&self.group, MarkOn::Inode, *mask, path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    errors.push(MarkError { path: path.clone(), error });
                }
                _ => {}
            }
        }
        found
    }

    /// Decides about programs on all file systems that are mounted, also those that were not when this was called
    /// last. Returns what could not be marked.
    pub(super) fn watch_programs(&mut self, mounts: &str) -> Vec<MarkError> {
        let mut errors = Vec::new();
        for mount in mounted(mounts) {
            let Ok(identity) = Identity::at(&mount) else { continue };
            let file_system = Identity { dev: identity.dev, ino: 0 };
            if self.programs.contains(&file_system) {
                continue;
            }
            let mask = libc::FAN_OPEN_EXEC_PERM;
            match kernel::mark(&self.group, MarkOn::FileSystem, mask, &mount) {
                Ok(()) => self.programs.push(file_system),
                // Nothing runs from there, or it is gone.
                Err(error)
                    if matches!(
                        error.raw_os_error(),
                        Some(libc::EINVAL | libc::ENODEV | libc::EOPNOTSUPP | libc::ENOENT)
                    ) => {}
                Err(error) => errors.push(MarkError { path: mount, error }),
            }
        }
        errors
    }

    /// Decides about programs no more.
    pub(super) fn leave_programs(&mut self, mounts: &str) {
        for mount in mounted(mounts) {
            let mask = libc::FAN_OPEN_EXEC_PERM;
            let _ = kernel::unmark(&self.group, MarkOn::FileSystem, mask, &mount);
        }
        self.programs.clear();
    }

    /// Takes the changes that were noticed, and marks what is new. Returns how many paths led elsewhere, and what could
    /// not be marked.
    pub(super) fn follow(&mut self) -> (usize, Vec<MarkError>) {
        let mut again = vec![false; self.protected.len()];
        let mut room = [MaybeUninit::uninit(); 8192];
        let mut reader = inotify::Reader::new(&self.inotify, &mut room);
        let mut gone = Vec::new();
        while let Ok(event) = reader.next() {
            if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                again.fill(true);
            }
            let Some(folder) = self.folders.get(&event.wd()) else { continue };
            if event.events().contains(ReadFlags::IGNORED) {
                gone.push(event.wd());
                continue;
            }
            let changed = match event.file_name() {
                Some(name) => {
                    use std::os::unix::ffi::OsStrExt as _;
                    folder.join(std::ffi::OsStr::from_bytes(name.to_bytes()))
                }
                None => folder.clone(),
            };
            let is_folder =
                event.events().contains(ReadFlags::ISDIR) || event.file_name().is_none();
            for (again, (protected, found)) in
                again.iter_mut().zip(self.protected.iter().zip(&self.found))
            {
                *again |= concerns(protected, found, &changed, is_folder);
            }
        }
        for watch in gone {
            self.folders.remove(&watch);
        }
        let mut errors = Vec::new();
        let numbers: Vec<usize> = (0..again.len()).filter(|number| again[*number]).collect();
        for number in &numbers {
            self.mark_again(*number, &mut errors);
        }
        (numbers.len(), errors)
    }

    /// Marks all paths again: something was mounted or unmounted.
    pub(super) fn follow_mounts(&mut self) -> Vec<MarkError> {
        let mut errors = Vec::new();
        for number in 0..self.protected.len() {
            self.mark_again(number, &mut errors);
        }
        errors
    }

    fn mark_again(&mut self, number: usize, errors: &mut Vec<MarkError>) {
        let protected = self.protected[number].clone();
        let found = self.mark(&protected, errors);
        let number_of = Number::try_from(number).unwrap_or(Number::MAX);
        let mut places = self.places.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for role in &self.found[number].roles {
            places.remove(role, number_of);
        }
        for role in &found.roles {
            places.add(role.clone(), number_of);
        }
        self.found[number] = found;
    }
}

/// Whether a protected path may lead elsewhere once this has changed.
fn concerns(protected: &Protected, found: &Found, changed: &Path, is_folder: bool) -> bool {
    let leads_through = |path: &Path| path.starts_with(changed);
    if leads_through(&protected.path) || found.marked.iter().any(|(path, _)| leads_through(path)) {
        return true;
    }
    // A new file below it needs no mark: that of its folder counts. A new folder does.
    protected.reach == Reach::Below
        && is_folder
        && found.watched.iter().any(|folder| changed.parent() == Some(folder))
}

/// What a path leads to now.
fn find(protected: &Protected) -> Found {
    let mut found = Found::default();
    watch_above(&protected.path, &mut found.watched);
    match protected.reach {
        Reach::Exact => find_exact(protected, &mut found),
        Reach::In => {
            if let Some((folder, identity)) = folder_at(&protected.path) {
                found.roles.push(Role::In(identity));
                found.mark_folder(protected, folder);
            }
        }
        Reach::Below => {
            if let Some((folder, _)) = folder_at(&protected.path) {
                find_below(protected, folder, &mut found);
            }
        }
    }
    found
}

impl Found {
    fn mark_folder(&mut self, protected: &Protected, folder: PathBuf) {
        if protected.opens {
            self.marked.push((folder.clone(), IN_FOLDER));
        }
        self.watched.push(folder);
    }

    /// What has the name of this path, in the folder it lies in.
    fn named(&mut self, protected: &Protected, path: &Path) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        let Some((folder, identity)) = folder_at(folder) else { return };
        self.roles.push(Role::Named(identity, name.to_owned()));
        self.mark_folder(protected, folder);
    }
}

/// The folders that lead to a path, as far as there are any.
fn watch_above(path: &Path, watched: &mut Vec<PathBuf>) {
    let above = path.ancestors().skip(1).filter(|folder| folder.is_dir());
    watched.extend(above.map(Path::to_owned));
}

fn folder_at(path: &Path) -> Option<(PathBuf, Identity)> {
    let real = path.canonicalize().ok().filter(|real| real.is_dir())?;
    let identity = Identity::at(&real).ok()?;
    Some((real, identity))
}

fn find_exact(protected: &Protected, found: &mut Found) {
    found.named(protected, &protected.path);
    let Ok(real) = protected.path.canonicalize() else { return };
    if real != protected.path {
        watch_above(&real, &mut found.watched);
        found.named(protected, &real);
    }
    let Ok(identity) = Identity::at(&real) else { return };
    found.roles.push(Role::At(identity));
    if protected.opens && can_wait(&real) {
        found.marked.push((real, OPEN));
    }
}

/// Whether the kernel asks about whoever opens this: not about devices, pipes and sockets.
fn can_wait(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() || file.is_dir())
}

/// A folder and all below it, file systems that are mounted there too.
fn find_below(protected: &Protected, top: PathBuf, found: &mut Found) {
    let mut folders = vec![top];
    while let Some(folder) = folders.pop() {
        let Ok(identity) = Identity::at(&folder) else { continue };
        found.roles.push(Role::Below(identity));
        let entries = fs::read_dir(&folder);
        found.mark_folder(protected, folder);
        for entry in entries.into_iter().flatten().flatten() {
            let Ok(file) = entry.metadata() else { continue };
            if file.is_dir() {
                folders.push(entry.path());
            } else if file.is_file() && file.nlink() > 1 {
                // It may be opened by a name in another folder.
                found.roles.push(Role::At(Identity { dev: file.dev(), ino: file.ino() }));
                if protected.opens {
                    found.marked.push((entry.path(), OPEN));
                }
            }
        }
    }
}

/// File systems of the kernel, from which nothing runs, and those that somebody else keeps: whoever does so could have
/// the agent wait.
const NO_PROGRAMS: &[&str] = &[
    "9p",
    "afs",
    "autofs",
    "binfmt_misc",
    "bpf",
    "ceph",
    "cgroup",
    "cgroup2",
    "cifs",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nfs",
    "nfs4",
    "nsfs",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "smb3",
    "sysfs",
    "tracefs",
];

/// Where file systems from which programs run are mounted, of `/proc/self/mountinfo`.
fn mounted(mounts: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in mounts.lines() {
        let Some((mount, file_system)) = line.split_once(" - ") else { continue };
        let kind = file_system.split(' ').next().unwrap_or_default();
        let is_kept_by_others = kind == "fuse" || kind.starts_with("fuse.") || kind == "virtiofs";
        if NO_PROGRAMS.contains(&kind) || is_kept_by_others {
            continue;
        }
        if let Some(point) = mount.split(' ').nth(4) {
            found.push(PathBuf::from(unescaped(point)));
        }
    }
    found
}

/// A path of `mountinfo`, which writes spaces and the like as `\040`.
fn unescaped(text: &str) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let octal = bytes.get(at + 1..at + 4).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 8).ok()
        });
        if let Some(byte) = octal.filter(|_| bytes[at] == b'\\') {
            plain.push(byte);
            at += 4;
        } else {
            plain.push(bytes[at]);
            at += 1;
        }
    }
    std::ffi::OsString::from_vec(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_run_from_what_is_mounted_and_no_pseudo_file_system() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            23 22 0:5 / /proc rw - proc proc rw\n\
            24 22 0:6 / /a\\040b rw,nosuid shared:3 - tmpfs tmpfs rw\n\
            25 22 0:7 / /home/x rw - fuse.sshfs x rw\n\
            26 22 0:8 / /nfs rw - nfs4 x rw\nbad line\n";
        assert_eq!(mounted(mounts), [PathBuf::from("/"), PathBuf::from("/a b")]);
    }

    #[test]
    fn a_change_concerns_what_leads_through_it() {
        let check = |path: &str, reach, changed: &str, is_folder, expected: bool| {
            let protected = Protected { path: path.into(), reach, opens: true };
            let watched = vec![PathBuf::from("/"), "/etc".into(), "/etc/ssh".into()];
            let found = Found { watched, ..Found::default() };
            let concerned = concerns(&protected, &found, Path::new(changed), is_folder);
            assert_eq!(concerned, expected, "{path} {changed}");
        };
        check("/etc/shadow", Reach::Exact, "/etc/shadow", false, true);
        check("/etc/shadow", Reach::Exact, "/etc", true, true);
        check("/etc/shadow", Reach::Exact, "/etc/shadow-", false, false);
        check("/etc/ssh", Reach::Below, "/etc/ssh/new", true, true);
        check("/etc/ssh", Reach::Below, "/etc/ssh/new", false, false);
        check("/etc/ssh", Reach::In, "/etc/ssh/new", true, false);
    }
}
