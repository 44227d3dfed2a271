//! The files that rules name by their whole paths.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How long a look is trusted. Files of this kind are replaced by renaming, seldom.
const AGAIN: Duration = Duration::from_secs(1);

type Known = HashMap<(u32, u64), Vec<Arc<[u8]>>>;

/// Which inodes stand at some paths now: looked at again and again on a thread of its own, because
/// a path of a network's file system may let one wait.
#[derive(Debug, Default)]
pub(crate) struct Inodes {
    known: Arc<RwLock<Known>>,
    stop: Option<Arc<(Mutex<bool>, Condvar)>>,
}

impl Inodes {
    /// Looks at these paths, now and from now on. `unclear` is told once of each on a file system
    /// whose numbers are not those of the kernel.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(crate) fn look(
        &mut self,
        paths: &[Vec<u8>],
        mut unclear: impl FnMut(&str) + Send + 'static,
    ) -> std::io::Result<()> {
        let mut looker = Looker::new(paths);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = looker.look(&mut unclear);
        let (known, stop) = (Arc::clone(&self.known), Arc::default());
        let stopped: Arc<(Mutex<bool>, Condvar)> = Arc::clone(&stop);
        self.stop = Some(stop);
        std::thread::Builder::new().name("inodes".to_owned()).spawn(move || {
            loop {
                let (lock, wake) = &*stopped;
                let end = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = wake.wait_timeout_while(end, AGAIN, |end| !*end);
                if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                    return;
                }
                let found = looker.look(&mut unclear);
                let same = *known.read().unwrap_or_else(PoisonError::into_inner) == found;
                if !same {
                    *known.write().unwrap_or_else(PoisonError::into_inner) = found;
                }
            }
        })?;
        Ok(())
    }

    /// The paths an inode stands at now.
    pub(crate) fn of(&self, dev: u32, ino: u64, take: &mut dyn FnMut(&[u8])) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        for path in known.get(&(dev, ino)).into_iter().flatten() {
            take(path);
        }
    }
}

impl Drop for Inodes {
    fn drop(&mut self) {
        if let Some((lock, wake)) = self.stop.as_deref() {
            *lock.lock().unwrap_or_else(PoisonError::into_inner) = true;
            wake.notify_all();
        }
    }
}

/// Looks at paths.
struct Looker {
    paths: Vec<Arc<[u8]>>,
    /// By device: whether its number, as `stat` gives it, is the kernel's own. On btrfs and some
    /// overlays it is not, and inodes do not say which file is meant.
    clear: HashMap<u64, bool>,
}

impl Looker {
    fn new(paths: &[Vec<u8>]) -> Self {
        // What stands in /proc depends on who looks.
        let paths = paths.iter().filter(|path| !path.starts_with(b"/proc/"));
        Self {
            paths: paths.map(|path| Arc::from(path.as_slice())).collect(),
            clear: HashMap::new(),
        }
    }

    fn look(&mut self, unclear: &mut impl FnMut(&str)) -> Known {
        let mut found = Known::new();
        for path in &self.paths {
            let file = Path::new(std::ffi::OsStr::from_bytes(path));
            // A link is no file: the kernel opens what it points at, which has names of its own.
            let Ok(stat) = file.symlink_metadata() else { continue };
            if !stat.is_file() && !stat.is_dir() {
                continue;
            }
            let clear = *self.clear.entry(stat.dev()).or_insert_with(|| {
                let clear = is_mounted(stat.dev());
                if !clear {
                    unclear(&String::from_utf8_lossy(path));
                }
                clear
            });
            if clear {
                let dev = encoded(stat.dev());
                found.entry((dev, stat.ino())).or_default().push(Arc::clone(path));
            }
        }
        found
    }
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

    fn names(inodes: &Inodes, path: &Path) -> Vec<String> {
        let stat = path.metadata().unwrap();
        let dev = encoded(stat.dev());
        let mut names = Vec::new();
        inodes.of(dev, stat.ino(), &mut |name| names.push(String::from_utf8_lossy(name).into()));
        names
    }

    #[test]
    fn a_file_is_known_by_its_path_until_another_stands_there() {
        let folder = std::env::temp_dir().join(format!("peregrine-inodes-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
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
        let mut inodes = Inodes::default();
        let asked = [path.clone().into_bytes(), b"/no/such/file".to_vec()];
        inodes.look(&asked, |path| panic!("{path}")).unwrap();
        assert_eq!(names(&inodes, &link), std::slice::from_ref(&path));
        assert_eq!(names(&inodes, &other), Vec::<String>::new());
        std::fs::rename(&other, &secret).unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        while names(&inodes, &secret).is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(names(&inodes, &secret), [path]);
        assert_eq!(names(&inodes, &link), Vec::<String>::new());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
