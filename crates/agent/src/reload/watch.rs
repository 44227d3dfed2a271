//! Watches the files of a configuration for changes: files written, renamed over, made or removed, also behind
//! symbolic links, as Kubernetes changes them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

/// How long nothing may change before it is taken for whole,
const QUIET: Duration = Duration::from_millis(100);
/// and how long it is waited for that.
const MOST: Duration = Duration::from_secs(2);
/// So many symbolic links are followed.
const LINKS: usize = 40;

/// A file or a folder of files that a configuration is made from. It need not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// A configuration file, or a folder of which every file is one.
    Config(PathBuf),
    /// A rule file, or a folder of them.
    Rules(PathBuf),
}

impl Watched {
    /// Its path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Config(path) | Self::Rules(path) => path,
        }
    }
}

/// The names of a folder whose changes count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Names {
    named: BTreeSet<OsString>,
    rules: bool,
    all: bool,
}

impl Names {
    fn has(&self, name: &OsStr) -> bool {
        let is_rules = || {
            let end = Path::new(name).extension();
            end.is_some_and(|end| end == "yaml" || end == "yml")
        };
        self.all || (self.rules && is_rules()) || self.named.contains(name)
    }
}

/// What is watched now.
#[derive(Debug, Default)]
struct Table {
    asked: Vec<Watched>,
    /// Folders by the numbers of their watches.
    folders: BTreeMap<i32, (PathBuf, Names)>,
    /// When the first and the last change came that was not yet reported.
    changed: Option<(Instant, Instant)>,
}

#[derive(Debug)]
struct Shared {
    inotify: OwnedFd,
    table: Mutex<Table>,
    end: AtomicBool,
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches files until it is dropped.
#[derive(Debug)]
pub(crate) struct FileWatch {
    shared: Arc<Shared>,
}

/// Has other files watched, on any thread.
#[derive(Debug, Clone)]
pub(crate) struct WatchList(Arc<Shared>);

impl FileWatch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// When the system has no more of what it takes.
    pub(crate) fn start() -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::CLOEXEC)?;
        let (table, end) = (Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { inotify, table, end });
        let reading = Arc::clone(&shared);
        std::thread::Builder::new().name("files".to_owned()).spawn(move || read(&reading))?;
        Ok(Self { shared })
    }

    pub(crate) fn list(&self) -> WatchList {
        WatchList(Arc::clone(&self.shared))
    }

    /// Whether files changed since this was asked last, and no more do.
    pub(crate) fn take_changed(&self) -> bool {
        let mut table = self.shared.table();
        let is_due = |(first, last): &mut (Instant, Instant)| {
            last.elapsed() >= QUIET || first.elapsed() >= MOST
        };
        table.changed.take_if(is_due).is_some()
    }
}

impl Drop for FileWatch {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::Release);
        // The end of a watch wakes the thread.
        let numbers: Vec<i32> = self.shared.table().folders.keys().copied().collect();
        let own = inotify::add_watch(&self.shared.inotify, "/", WatchFlags::DELETE_SELF);
        for number in numbers.into_iter().chain(own) {
            let _ = inotify::remove_watch(&self.shared.inotify, number);
        }
    }
}

impl WatchList {
    /// Watches these files from now on, and no others. Where links lead elsewhere or folders are others than
    /// before, those are watched.
    pub(crate) fn set(&self, watched: &[Watched]) {
        self.0.table().asked = watched.to_vec();
        self.again();
    }

    /// Looks anew where the files lie.
    pub(crate) fn again(&self) {
        let mut table = self.0.table();
        let mut folders: BTreeMap<PathBuf, Names> = BTreeMap::new();
        for watched in &table.asked {
            add(watched, &mut folders);
        }
        let wanted = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        let mut numbers = BTreeMap::new();
        for (folder, names) in folders {
            if let Ok(number) = inotify::add_watch(&self.0.inotify, &folder, wanted) {
                numbers.insert(number, (folder, names));
            }
        }
        for number in table.folders.keys().filter(|number| !numbers.contains_key(number)) {
            // The kernel may have taken it away with the folder.
            let _ = inotify::remove_watch(&self.0.inotify, *number);
        }
        table.folders = numbers;
    }
}

/// Adds the folders and names by whose changes a file or what is in a folder changes.
fn add(watched: &Watched, folders: &mut BTreeMap<PathBuf, Names>) {
    let found = places(watched.path(), folders);
    let Some(folder) = found.filter(|path| path.is_dir()) else { return };
    if let Watched::Rules(_) = watched {
        // Each may be a link.
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let (name, is_link) = (entry.file_name(), entry.file_type());
            let rules = Names { rules: true, ..Names::default() };
            if rules.has(&name) && is_link.is_ok_and(|kind| kind.is_symlink()) {
                places(&entry.path(), folders);
            }
        }
        folders.entry(folder).or_default().rules = true;
    } else {
        folders.entry(folder).or_default().all = true;
    }
}

/// Adds each place at which a change leads a path elsewhere: the last part, links on the way, and where it ends
/// before that. Returns where it leads.
fn places(path: &Path, folders: &mut BTreeMap<PathBuf, Names>) -> Option<PathBuf> {
    let mut at = PathBuf::from("/");
    let mut links = 0;
    let absolute = std::path::absolute(path).ok()?;
    let mut rest: VecDeque<OsString> = parts(&absolute);
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&name);
        let meta = next.symlink_metadata();
        let link = meta.as_ref().is_ok_and(std::fs::Metadata::is_symlink);
        if link || meta.is_err() || rest.is_empty() {
            folders.entry(at.clone()).or_default().named.insert(name);
        }
        if meta.is_err() {
            return None;
        }
        if !link {
            at = next;
            continue;
        }
        links += 1;
        let target = std::fs::read_link(&next).ok().filter(|_| links <= LINKS)?;
        if target.is_absolute() {
            at = PathBuf::from("/");
        }
        for part in parts(&target).into_iter().rev() {
            rest.push_front(part);
        }
    }
    Some(at)
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    };
    path.components().filter_map(part).collect()
}

/// Reads changes until the watch is dropped.
fn read(shared: &Shared) {
    let mut room = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(&shared.inotify, &mut room);
    while !shared.end.load(Ordering::Acquire) {
        let Ok(event) = reader.next() else { return };
        let flags = event.events();
        let name = event
            .file_name()
            .map_or_else(|| OsStr::new(""), |name| OsStr::from_bytes(name.to_bytes()));
        let mut table = shared.table();
        let counts = if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
            true
        } else {
            table.folders.get(&event.wd()).is_some_and(|(folder, names)| {
                let itself = flags.intersects(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF);
                itself || names.has(name) && !is_begun(flags, &folder.join(name))
            })
        };
        if counts {
            let now = Instant::now();
            let first = table.changed.map_or(now, |(first, _)| first);
            table.changed = Some((first, now));
        }
    }
}

/// Whether a file was made whose writing will be reported when it ends.
fn is_begun(flags: ReadFlags, file: &Path) -> bool {
    flags.contains(ReadFlags::CREATE)
        && file.symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.nlink() == 1)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    struct Stage {
        folder: PathBuf,
        watch: FileWatch,
    }

    impl Stage {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self { folder, watch: FileWatch::start().unwrap() }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.join(name)
        }

        /// Waits for a change that counts.
        fn changes(&self, what: &str, act: impl FnOnce()) {
            act();
            let end = Instant::now() + Duration::from_mins(1);
            while !self.watch.take_changed() {
                assert!(Instant::now() < end, "{what} is no change");
                std::thread::sleep(Duration::from_millis(5));
            }
            self.watch.list().again();
        }
    }

    impl Drop for Stage {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn every_way_to_change_a_file_is_seen() {
        let stage = Stage::new("watch");
        let file = stage.path("rules.yaml");
        fs::write(&file, "1").unwrap();
        let later = stage.path("later/conf.d");
        let watched = [
            Watched::Rules(file.clone()),
            Watched::Rules(stage.path("rules.d")),
            Watched::Config(later.clone()),
        ];
        stage.watch.list().set(&watched);
        stage.changes("a write", || fs::write(&file, "2").unwrap());
        stage.changes("a rename over", || {
            fs::write(stage.path("beside"), "3").unwrap();
            fs::rename(stage.path("beside"), &file).unwrap();
        });
        stage.changes("a write after a rename", || fs::write(&file, "4").unwrap());
        stage.changes("a removal", || fs::remove_file(&file).unwrap());
        stage.changes("a new file", || fs::write(&file, "5").unwrap());
        stage.changes("a folder that is made", || fs::create_dir(stage.path("rules.d")).unwrap());
        stage.changes("a file in it", || fs::write(stage.path("rules.d/a.yaml"), "").unwrap());
        stage.changes("a folder far below", || fs::create_dir_all(&later).unwrap());
        stage.changes("a file in that", || fs::write(later.join("any"), "").unwrap());
        stage.changes("a folder moved away", || {
            fs::rename(stage.path("later"), stage.path("gone")).unwrap();
        });
        stage.changes("a hard link", || {
            fs::hard_link(&file, stage.path("rules.d/b.yaml")).unwrap();
        });
    }

    #[test]
    fn the_links_of_kubernetes_are_followed() {
        let stage = Stage::new("links");
        let mount = stage.path("mount");
        let version = |name: &str| {
            fs::create_dir_all(mount.join(name)).unwrap();
            fs::write(mount.join(name).join("rules.yaml"), name).unwrap();
        };
        version("..1");
        symlink("..1", mount.join("..data")).unwrap();
        symlink("..data/rules.yaml", mount.join("rules.yaml")).unwrap();
        for watched in [Watched::Rules(mount.join("rules.yaml")), Watched::Rules(mount.clone())] {
            stage.watch.list().set(std::slice::from_ref(&watched));
            for name in ["..2", "..3"] {
                stage.changes(name, || {
                    version(name);
                    let _ = fs::remove_file(mount.join("..tmp"));
                    symlink(name, mount.join("..tmp")).unwrap();
                    fs::rename(mount.join("..tmp"), mount.join("..data")).unwrap();
                });
            }
        }
        // A link that leads round in a circle ends.
        symlink("round", stage.path("round")).unwrap();
        stage.watch.list().set(&[Watched::Config(stage.path("round"))]);
    }

    #[test]
    fn what_is_no_rule_file_does_not_count() {
        let names = Names { rules: true, named: ["x".into()].into(), all: false };
        let check =
            |name: &str, expected| assert_eq!(names.has(OsStr::new(name)), expected, "{name}");
        check("a.yaml", true);
        check("a.yml", true);
        check("x", true);
        check(".a.yaml.swp", false);
        check("a.yaml~", false);
        check("4913", false);
        // A file that is made counts once it is written.
        let stage = Stage::new("begun");
        stage.watch.list().set(&[Watched::Rules(stage.folder.clone())]);
        let file = fs::File::create(stage.path("a.yaml")).unwrap();
        assert!(is_begun(ReadFlags::CREATE, &stage.path("a.yaml")));
        assert!(!is_begun(ReadFlags::CLOSE_WRITE, &stage.path("a.yaml")));
        stage.changes("the end of the writing", || drop(file));
    }
}
