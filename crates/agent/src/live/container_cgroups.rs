//! Classifies control groups for the kernel as containers' or not, so that its filter can decide by the
//! place a process runs in.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use peregrine_kfilter::{Pushdown, Test};
use peregrine_state::State;

/// The inode number of a hierarchy's root; below the root of a namespace the same paths mean other
/// groups.
const ROOT: u64 = 1;

/// Control groups by path, with the numbers that the kernel has.
#[derive(Debug, Default)]
pub struct ContainerCgroups {
    classified: BTreeMap<Arc<[u8]>, u64>,
}

impl ContainerCgroups {
    /// For a filter; none where the filter does not test for containers, or the unified hierarchy is not
    /// mounted here as a whole.
    pub fn new(pushdown: &Pushdown, hierarchy: &Path) -> Option<Self> {
        let whole = || {
            hierarchy.join("cgroup.controllers").exists()
                && hierarchy.metadata().is_ok_and(|root| root.ino() == ROOT)
        };
        (Self::is_needed(pushdown) && whole()).then(Self::default)
    }

    /// Whether the filter tests for containers.
    pub(crate) fn is_needed(pushdown: &Pushdown) -> bool {
        pushdown.asks(&|test: &Test| matches!(test, Test::Container))
    }

    /// Classifies the control groups of all threads that are new or have another number: by number, and
    /// whether rules see their threads in a container. A number means the same path until the next boot.
    pub fn sync(&mut self, state: &State, hierarchy: &Path, report: &mut dyn FnMut(u64, bool)) {
        let mut seen = HashSet::new();
        let mut now = BTreeMap::new();
        for thread in state.tids().filter_map(|tid| state.thread(tid)) {
            let groups = &thread.cgroups;
            if !seen.insert(Arc::as_ptr(groups)) {
                continue;
            }
            let mut paths = groups.iter().filter_map(|group| path_of(group));
            let Some(path) = paths.next() else { continue };
            if groups.len() != paths.filter(|other| *other == path).count() + 1
                || now.contains_key(path)
            {
                continue;
            }
            let Some(number) = number_of(hierarchy, path) else { continue };
            let path: Arc<[u8]> = Arc::from(path);
            if self.classified.get(&path) != Some(&number) {
                let id = groups.container().map(|found| found.short_id() != b"host");
                report(number, id.unwrap_or(false));
            }
            now.insert(path, number);
        }
        self.classified = now;
    }
}

/// The path of `subsystem=path`, where it begins at the root of the hierarchy.
fn path_of(group: &[u8]) -> Option<&[u8]> {
    let at = group.iter().position(|byte| *byte == b'=')?;
    let path = group.get(at + 1..)?;
    let plain = path.split(|byte| *byte == b'/').all(|part| part != b"..");
    (path.first() == Some(&b'/') && plain).then_some(path)
}

/// The number of the group at a path; none where there is no such group.
fn number_of(hierarchy: &Path, path: &[u8]) -> Option<u64> {
    let below = Path::new(OsStr::from_bytes(path.get(1..)?));
    let folder: PathBuf = hierarchy.join(below);
    Some(folder.metadata().ok()?.ino())
}

#[cfg(test)]
mod tests {
    use peregrine_event::{Event, EventBuilder, EventType};
    use peregrine_kfilter::{Goto, Step};
    use peregrine_state::{Limits, NoHostInfo};

    use super::*;

    fn asking(test: Test) -> Pushdown {
        let step = Step { test, not: false, yes: Goto::Pass, no: Goto::Drop };
        Pushdown { calls: vec![(1, vec![step])] }
    }

    /// A thread whose five control groups are these.
    fn born(state: &mut State, tid: i64, groups: &[&str]) {
        let names = ["cpuset", "cpu", "cpuacct", "io", "memory"];
        let reported: Vec<u8> = names
            .iter()
            .zip(groups.iter().cycle())
            .flat_map(|(name, path)| format!("{name}={path}\0").into_bytes())
            .collect();
        let mut block = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, 5, tid);
        for param in 0..21 {
            block = match param {
                0 => block.bytes(&0_i64.to_le_bytes()),
                3 | 4 | 18 | 19 => block.bytes(&tid.to_le_bytes()),
                5 => block.bytes(&1_i64.to_le_bytes()),
                14 => block.bytes(&reported),
                _ => block.bytes(b""),
            };
        }
        state.apply(&Event::parse(0, &block.finish()).unwrap(), &NoHostInfo);
    }

    #[test]
    fn groups_are_told_once_by_their_numbers() {
        let id = "a".repeat(64);
        let scratch = peregrine_testkit::Folder::new("placed");
        let hierarchy = scratch.path().to_path_buf();
        let scope = format!("system.slice/docker-{id}.scope");
        for folder in ["a.service", "b.service", &scope] {
            std::fs::create_dir_all(hierarchy.join(folder)).unwrap();
        }
        let ino = |path: &str| hierarchy.join(path).metadata().unwrap().ino();
        let mut state = State::new(Limits::default());
        born(&mut state, 100, &["/a.service"]);
        born(&mut state, 101, &[&format!("/{scope}")]);
        // Groups of version 1, of a namespace, and removed ones are unknown.
        born(&mut state, 102, &["/b.service", "/"]);
        born(&mut state, 103, &["/../b.service"]);
        born(&mut state, 104, &["/gone.service"]);
        let mut cgroups = ContainerCgroups::default();
        let mut look = |state: &State| {
            let mut reported = Vec::new();
            cgroups.sync(state, &hierarchy, &mut |number, inside| reported.push((number, inside)));
            reported.sort_unstable();
            reported
        };
        let mut expected = vec![(ino("a.service"), false), (ino(&scope), true)];
        expected.sort_unstable();
        assert_eq!(look(&state), expected);
        assert_eq!(look(&state), []);
        // Another group at the same path.
        std::fs::rename(hierarchy.join("a.service"), hierarchy.join("former")).unwrap();
        std::fs::create_dir(hierarchy.join("a.service")).unwrap();
        assert_eq!(look(&state), [(ino("a.service"), false)]);
        // A folder that is no hierarchy is not read; nor is any where no rule tests for containers.
        assert!(ContainerCgroups::new(&asking(Test::Container), &hierarchy).is_none());
        assert!(ContainerCgroups::new(&asking(Test::Unmet), Path::new("/sys/fs/cgroup")).is_none());
        std::fs::remove_dir_all(hierarchy).unwrap();
    }
}
