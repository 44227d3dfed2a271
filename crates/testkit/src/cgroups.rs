//! Control groups of a test's own.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// Folders of the hierarchies in which a control group can be made that alerts name.
pub fn hierarchies() -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut folders = Vec::new();
    for line in mounts.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, folder, kind, options, ..] = words.as_slice() else { continue };
        // Beside hierarchies of the old kind the unified one lacks what they took, and is not reported.
        let controllers = Path::new(folder).join("cgroup.controllers");
        let unified = fs::read_to_string(controllers)
            .is_ok_and(|all| all.split_whitespace().any(|one| one == "memory"));
        let mut options = options.split(',');
        if unified || *kind == "cgroup" && options.any(|one| one == "cpu" || one == "memory") {
            folders.push(PathBuf::from(folder));
        }
    }
    folders
}

/// A control group that goes away with the test.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    /// Those of the path that there were not, the outermost first.
    made: Vec<PathBuf>,
}

impl Group {
    /// In a hierarchy, by the parts of its path, of which one at least is the test's own.
    pub fn new(hierarchy: &Path, path: &str) -> Self {
        let mut folder = hierarchy.to_path_buf();
        let mut made = Vec::new();
        for part in path.split('/') {
            folder.push(part);
            match fs::create_dir(&folder) {
                Ok(()) => made.push(folder.clone()),
                Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{path}: {error}"),
            }
        }
        assert!(!made.is_empty(), "{path} is the test's own");
        Self { folder, made }
    }

    /// The file into which a process writes its number to be in the group.
    pub fn tasks(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // Processes that have just ended leave it soon.
            for _ in 0..100 {
                if fs::remove_dir(folder).is_ok() {
                    break;
                }
                sleep(Duration::from_millis(10));
            }
        }
    }
}
