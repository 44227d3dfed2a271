//! The files that rules name by their whole paths.

use std::cell::Cell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peregrine_state::SeenFile;

use crate::by_directory::{generation_of, split};
use crate::file_history::{Found, Standing, Table, nanoseconds, now};

/// How often all paths are checked, whatever events were reported: mounts are not reported.
const AGAIN: Duration = Duration::from_secs(1);

/// Called with a path on a file system whose inodes do not identify files.
type Unclear = Arc<dyn Fn(&str) + Send + Sync>;

/// The inodes of some paths. A change in the folder of such a path is known before any
/// later event is; beside that all are looked at again and again on a thread of its own, because a path
/// of a network's file system may let one wait. There is no thread where there are no paths.
#[derive(Debug, Default)]
pub(crate) struct Inodes {
    shared: Arc<Shared>,
    /// Changes up to now have been taken in.
    fresh: Cell<bool>,
}

/// What the thread shares with those that ask.
#[derive(Default)]
pub(crate) struct Shared {
    table: Mutex<Table>,
    thread: Mutex<Thread>,
    wake: Condvar,
}

/// The thread that looks again.
#[derive(Default)]
struct Thread {
    unclear: Option<Unclear>,
    /// It is to end.
    end: bool,
    runs: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Shared {
    /// Looks at these paths, now and from now on, and at no others. What stands at paths that stay is
    /// known on; what stood at others until now is known for events of then. The same paths again change
    /// nothing. `unclear` is called once for each file system whose numbers are not those of the kernel.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn set(
        self: &Arc<Self>,
        paths: &[Vec<u8>],
        unclear: impl Fn(&str) + Send + Sync + 'static,
    ) -> std::io::Result<()> {
        let unclear: Unclear = Arc::new(unclear);
        // The content of /proc depends on the reader.
        let paths = paths.iter().filter(|path| !path.starts_with(b"/proc/"));
        let paths: Vec<Arc<[u8]>> = paths.map(|path| Arc::from(path.as_slice())).collect();
        if !lock(&self.table).set_paths(paths) {
            return Ok(());
        }
        look_at_all(&self.table, &*unclear);
        let mut thread = self.thread();
        thread.unclear = Some(unclear);
        thread.end = lock(&self.table).paths.is_empty();
        self.wake.notify_all();
        if !thread.runs && !thread.end {
            let shared = Arc::clone(self);
            std::thread::Builder::new()
                .name("inodes".to_owned())
                .spawn(move || look_again_and_again(&shared))?;
            thread.runs = true;
        }
        Ok(())
    }

    fn thread(&self) -> MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inodes {
    /// What paths are set through, on any thread.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Events come that happened later than all before: changes may have, too.
    pub(crate) fn later(&self) {
        self.fresh.set(false);
    }

    /// Which files stand at the paths, or did until just now, by device and inode; none where those are
    /// the ones reported last.
    pub(crate) fn changed(&self) -> Option<Vec<(u32, u64)>> {
        let mut table = lock(&self.shared.table);
        if !self.fresh.replace(true) {
            table.take_in();
        }
        if !std::mem::take(&mut table.changed) {
            return None;
        }
        Some(table.files())
    }

    /// The paths of a file at the time of the event that reported it.
    pub(crate) fn of(&self, seen: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        let mut table = lock(&self.shared.table);
        if !self.fresh.replace(true) {
            table.take_in();
        }
        table.of(seen, take);
    }
}

impl Drop for Inodes {
    fn drop(&mut self) {
        self.shared.thread().end = true;
        self.shared.wake.notify_all();
    }
}

/// Looks at every path, now and then, until there are none.
fn look_again_and_again(shared: &Shared) {
    let mut thread = shared.thread();
    loop {
        let waited = shared.wake.wait_timeout_while(thread, AGAIN, |thread| !thread.end);
        thread = waited.unwrap_or_else(PoisonError::into_inner).0;
        if thread.end {
            thread.runs = false;
            return;
        }
        let unclear = thread.unclear.clone();
        drop(thread);
        look_at_all(&shared.table, &|path| {
            if let Some(unclear) = &unclear {
                unclear(path);
            }
        });
        thread = shared.thread();
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at every path. Nobody waits for it: the table is only held to write down what was found.
fn look_at_all(table: &Mutex<Table>, unclear: &dyn Fn(&str)) {
    // What changed meanwhile may have been looked at too early.
    for _ in 0..3 {
        let began = now();
        let (paths, mut clear, turn, known) = {
            let mut table = lock(table);
            table.watch_folders();
            let known = table.paths.iter().map(|path| table.by_path.get(path).copied());
            let known: Vec<Option<Standing>> = known.collect();
            (table.paths.clone(), table.clear.clone(), table.turn, known)
        };
        let mut found = Vec::with_capacity(paths.len());
        for (path, known) in paths.iter().zip(known) {
            let file = Path::new(OsStr::from_bytes(path));
            // A link is no file: the kernel opens what it points at, which has names of its own.
            let stat = file.symlink_metadata().ok();
            let stat = stat.filter(|stat| stat.is_file() || stat.is_dir());
            if let Some(stat) = &stat
                && !clear.contains_key(&stat.dev())
            {
                let is_clear = is_mounted(stat.dev());
                if !is_clear {
                    unclear(&String::from_utf8_lossy(path));
                }
                clear.insert(stat.dev(), is_clear);
            }
            let stat = stat.filter(|stat| clear.get(&stat.dev()) == Some(&true));
            let now = stat.map(|stat| {
                let file = (encoded(stat.dev()), stat.ino());
                let changed = nanoseconds(stat.ctime(), stat.ctime_nsec());
                let same = |one: &Found| (one.file, one.changed) == (file, changed);
                match known.map(|known| known.found).filter(same) {
                    Some(known) => known,
                    None => Found { file, generation: generation_of(path, stat.ino()), changed },
                }
            });
            let other = match (&known, &now) {
                (Some(known), Some(now)) => !known.found.is_same(now),
                (known, now) => known.is_some() || now.is_some(),
            };
            let folder = other.then(|| folder_changed(path)).flatten();
            found.push((now, folder));
        }
        let mut table = lock(table);
        table.clear = clear;
        if table.turn != turn {
            continue;
        }
        let looked = std::mem::replace(&mut table.looked_at_all, began);
        for (path, (found, folder)) in paths.iter().zip(found) {
            table.set(path, found, folder, looked);
        }
        return;
    }
}

/// When something last changed in the folder of a path.
pub(crate) fn folder_changed(path: &[u8]) -> Option<u64> {
    let (folder, _) = split(path)?;
    let stat = Path::new(OsStr::from_bytes(folder)).metadata().ok()?;
    Some(nanoseconds(stat.mtime(), stat.mtime_nsec()))
}

/// A device's number as captures encode it.
pub(crate) fn encoded(dev: u64) -> u32 {
    let (major, minor) = (libc::major(dev), libc::minor(dev));
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

/// Whether a device as `stat` gives it is one of a file system that is mounted. The path is not
/// opened for it: that would be what rules look for.
fn is_mounted(dev: u64) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let device = format!("{}:{}", libc::major(dev), libc::minor(dev));
    mounts.lines().any(|line| line.split(' ').nth(2) == Some(&*device))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::file_history::TICK;

    /// A file as an event reports it.
    fn seen(path: &Path, at: u64) -> SeenFile {
        let stat = path.metadata().unwrap();
        let generation = generation_of(path.as_os_str().as_bytes(), stat.ino());
        SeenFile { dev: encoded(stat.dev()), ino: stat.ino(), generation, at }
    }

    fn known_as(inodes: &Inodes, seen: SeenFile) -> Vec<String> {
        let mut names = Vec::new();
        inodes.of(&seen, &mut |name| names.push(String::from_utf8_lossy(name).into()));
        names
    }

    fn names(inodes: &Inodes, path: &Path) -> Vec<String> {
        known_as(inodes, seen(path, now()))
    }

    /// The coarse clock has gone on.
    fn tick() {
        std::thread::sleep(Duration::from_nanos(2 * TICK));
    }

    #[test]
    fn a_file_is_known_by_its_path_until_another_stands_there() {
        let scratch = peregrine_testkit::Folder::new("inodes");
        let folder = scratch.path().to_path_buf();
        if !is_mounted(folder.metadata().unwrap().dev()) {
            peregrine_testkit::skipped(
                "inodes",
                "the temporary folder's device is not the kernel's",
            );
            return;
        }
        let [secret, link, other] = ["secret", "link", "other"].map(|name| folder.join(name));
        std::fs::write(&secret, "1").unwrap();
        std::fs::write(&other, "2").unwrap();
        std::fs::hard_link(&secret, &link).unwrap();
        let path = secret.display().to_string();
        let inodes = Inodes::default();
        let asked = [path.clone().into_bytes(), b"/no/such/file".to_vec()];
        inodes.shared().set(&asked, |path| panic!("{path}")).unwrap();
        assert_eq!(names(&inodes, &link), std::slice::from_ref(&path));
        assert_eq!(names(&inodes, &other), Vec::<String>::new());
        // At once; what it was it was until then, whenever that is reported.
        tick();
        inodes.later();
        assert_eq!(names(&inodes, &secret), std::slice::from_ref(&path));
        let before = now();
        tick();
        std::fs::rename(&other, &secret).unwrap();
        tick();
        inodes.later();
        assert_eq!(names(&inodes, &secret), std::slice::from_ref(&path));
        assert_eq!(names(&inodes, &link), Vec::<String>::new());
        assert_eq!(known_as(&inodes, seen(&link, before)), std::slice::from_ref(&path));
        assert_eq!(known_as(&inodes, seen(&secret, before - 3 * TICK)), Vec::<String>::new());
        // Another file that got the number.
        let stands = seen(&secret, now());
        if stands.generation != 0 {
            let another = SeenFile { generation: stands.generation ^ 1, ..stands };
            assert_eq!(known_as(&inodes, another), Vec::<String>::new());
        }
        assert_eq!(
            known_as(&inodes, SeenFile { generation: 0, ..stands }),
            std::slice::from_ref(&path)
        );
        // A folder put in the place of another is found the slow way.
        let apart = folder.with_extension("apart");
        std::fs::rename(&folder, &apart).unwrap();
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&secret, "3").unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        while names(&inodes, &secret).is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(names(&inodes, &secret), std::slice::from_ref(&path));
        // More changes than are kept for us: all are looked at.
        for _ in 0..20_000 {
            std::fs::write(folder.join("noise"), "").unwrap();
            std::fs::remove_file(folder.join("noise")).unwrap();
        }
        std::fs::write(folder.join("next"), "4").unwrap();
        std::fs::rename(folder.join("next"), &secret).unwrap();
        inodes.later();
        assert_eq!(names(&inodes, &secret), [path]);
        std::fs::remove_dir_all(apart).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn paths_are_set_anew_with_one_thread_and_what_is_known_of_them() {
        let test = "paths_are_set_anew_with_one_thread_and_what_is_known_of_them";
        let scratch = peregrine_testkit::Folder::new("anew");
        let folder = scratch.path().to_path_buf();
        if !is_mounted(folder.metadata().unwrap().dev()) {
            peregrine_testkit::skipped(test, "the temporary folder's device is not the kernel's");
            return;
        }
        let files = ["stays", "goes", "comes"].map(|name| folder.join(name));
        for file in &files {
            std::fs::write(file, "x").unwrap();
        }
        let paths = files.each_ref().map(|file| file.display().to_string());
        let inodes = Inodes::default();
        let threads = || Arc::strong_count(&inodes.shared) - 1;
        let set = |places: &[usize]| {
            let paths = places.iter().map(|place| paths[*place].clone().into_bytes());
            inodes.shared().set(&paths.collect::<Vec<_>>(), |path| panic!("{path}")).unwrap();
        };
        set(&[]);
        assert_eq!(threads(), 0);
        set(&[0, 1]);
        tick();
        let before = now();
        tick();
        for _ in 0..20 {
            set(&[0, 1]);
            set(&[0, 2]);
            assert_eq!(threads(), 1);
        }
        let known = |place: usize, at: u64| known_as(&inodes, seen(&files[place], at));
        // Also at events of before; what is asked for no more is known at those alone.
        assert_eq!(known(0, before), [&*paths[0]]);
        assert_eq!(known(0, now()), [&*paths[0]]);
        assert_eq!(known(1, before), [&*paths[1]]);
        assert_eq!(known(1, now() + 3 * TICK), [""; 0]);
        assert_eq!(known(2, now()), [&*paths[2]]);
        // A change is known at once.
        std::fs::rename(&files[1], &files[2]).unwrap();
        tick();
        inodes.later();
        assert_eq!(known(2, now()), [&*paths[2]]);
        set(&[]);
        let end = Instant::now() + Duration::from_mins(1);
        while threads() > 0 {
            assert!(Instant::now() < end, "the thread goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
