//! Users and groups of containers, from the files below the root directories of their processes.
//!
//! The maker of the container controls what is there, so files are read on a thread of their own, which
//! may block in a file system that does not respond; only regular files are read, and only up to a
//! limit.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use peregrine_state::{ContainerThreads, Group, User};
use rustix::fs::{self, FileType, Mode, OFlags, ResolveFlags};

use crate::accounts::{groups, users};
use crate::host_files::proc;

/// How long an event waits; what is read later is available to later events.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often the files are checked.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How many threads may be blocked.
const MOST_WAITING: usize = 4;
/// How many containers are remembered.
const MOST: usize = 256;
/// How much of a file is read.
const MOST_BYTES: u64 = 1 << 20;

/// The mapping of user or group ids into a namespace: rows of `/proc/PID/uid_map`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Numbers(Vec<(u32, u32, u32)>);

impl Numbers {
    fn read(text: &str) -> Self {
        let row = |line: &str| {
            let mut numbers = line.split_whitespace().map(|word| word.parse().ok());
            Some((numbers.next()??, numbers.next()??, numbers.next()??))
        };
        Self(text.lines().filter_map(row).collect())
    }

    /// The number inside the namespace for one of the host.
    fn inside(&self, number: u32) -> Option<u32> {
        self.0.iter().find_map(|(inside, outside, count)| {
            let place = number.checked_sub(*outside).filter(|place| place < count)?;
            inside.checked_add(place)
        })
    }
}

/// The accounts in a container's files.
#[derive(Debug, Default)]
struct Known {
    users: HashMap<u32, User>,
    groups: HashMap<u32, Group>,
    uids: Numbers,
    gids: Numbers,
}

impl Known {
    /// Reads below the root of the first of these threads that is running.
    fn read(threads: &[i64]) -> Option<Self> {
        threads.iter().find_map(|tid| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let root = fs::open(format!("{}/{tid}/root", proc()), flags, Mode::empty()).ok()?;
            let text = |name: &str| {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
                let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
                // A device or pipe is opened as a path only, to see what it is.
                let found = fs::openat2(
                    &root,
                    name,
                    OFlags::PATH | OFlags::CLOEXEC,
                    Mode::empty(),
                    resolve,
                )
                .ok()?;
                let kind = FileType::from_raw_mode(fs::fstat(&found).ok()?.st_mode);
                if kind != FileType::RegularFile {
                    return None;
                }
                let file = fs::openat2(&root, name, flags, Mode::empty(), resolve).ok()?;
                let mut bytes = Vec::new();
                File::from(file).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            };
            let map = |name: &str| {
                Numbers::read(
                    &std::fs::read_to_string(format!("{}/{tid}/{name}", proc()))
                        .unwrap_or_default(),
                )
            };
            let (users_text, groups_text) = (text("etc/passwd"), text("etc/group"));
            let (uids, gids) = (map("uid_map"), map("gid_map"));
            // The thread may have exited while its files were opened.
            if uids.0.is_empty() {
                return None;
            }
            let users = users(&users_text.unwrap_or_default());
            let groups = groups(&groups_text.unwrap_or_default());
            Some(Self { users, groups, uids, gids })
        })
    }
}

/// What is known of one container.
#[derive(Debug)]
struct Container {
    looked: Instant,
    known: Option<Known>,
    /// Being read.
    late: Option<Receiver<Option<Known>>>,
}

/// The users and groups of containers.
#[derive(Debug, Default)]
pub(crate) struct ContainerAccounts {
    containers: HashMap<String, Container>,
    waiting: Arc<AtomicUsize>,
}

impl ContainerAccounts {
    pub(crate) fn user(&mut self, inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        let known = self.of(inside)?;
        known.users.get(&known.uids.inside(uid)?).cloned().map(|user| User { uid, ..user })
    }

    pub(crate) fn group(&mut self, inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        let known = self.of(inside)?;
        known.groups.get(&known.gids.inside(gid)?).cloned().map(|group| Group { gid, ..group })
    }

    fn of(&mut self, inside: &ContainerThreads<'_>) -> Option<&Known> {
        if self.containers.len() >= MOST && !self.containers.contains_key(inside.container) {
            self.containers.clear();
        }
        let fresh = |one: &Container| one.looked.elapsed() < LOOK_AGAIN;
        if !self.containers.get(inside.container).is_some_and(fresh) {
            let late = self.read(inside.threads);
            let new = || Container { looked: Instant::now(), known: None, late: None };
            let one = self.containers.entry(inside.container.to_owned()).or_insert_with(new);
            (one.looked, one.late) = (Instant::now(), late);
            // Without a running process what was known stays.
            one.take(PATIENCE);
        }
        let one = self.containers.get_mut(inside.container)?;
        one.take(Duration::ZERO);
        one.known.as_ref()
    }

    /// Starts to read.
    fn read(&self, threads: &[i64]) -> Option<Receiver<Option<Known>>> {
        if self.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            return None;
        }
        let (answer, answers) = sync_channel(1);
        let (waiting, threads) = (Arc::clone(&self.waiting), threads.to_vec());
        waiting.fetch_add(1, Ordering::Relaxed);
        let counted = Arc::clone(&waiting);
        let work = move || {
            // The receiver may be gone.
            let _ = answer.send(Known::read(&threads));
            waiting.fetch_sub(1, Ordering::Relaxed);
        };
        if std::thread::Builder::new().name("accounts".to_owned()).spawn(work).is_err() {
            counted.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(answers)
    }
}

impl Container {
    /// Takes the result if it arrives in time.
    fn take(&mut self, patience: Duration) {
        let Some(late) = &self.late else { return };
        let Ok(read) = late.recv_timeout(patience) else { return };
        self.late = None;
        if read.is_some() {
            self.known = read;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_user_namespaces() {
        let numbers = Numbers::read(
            "         0     100000      65536\n     70000          5          1\nbad\n",
        );
        assert_eq!(numbers.inside(100_000), Some(0));
        assert_eq!(numbers.inside(165_535), Some(65_535));
        assert_eq!(numbers.inside(165_536), None);
        assert_eq!(numbers.inside(5), Some(70_000));
        assert_eq!(numbers.inside(4), None);
        let all = Numbers::read("0 0 4294967295\n");
        assert_eq!(all.inside(1000), Some(1000));
    }

    #[test]
    fn accounts_below_a_root() {
        let me = i64::from(std::process::id());
        let mut container_accounts = ContainerAccounts::default();
        let inside = ContainerThreads { container: "one", threads: &[-1, me] };
        let root = container_accounts.user(&inside, 0);
        assert_eq!(root.map(|user| user.name.to_string()), Some("root".to_owned()));
        assert_eq!(
            container_accounts.group(&inside, 0).map(|group| group.name.to_string()),
            Some("root".to_owned())
        );
        // The container has no running process: its former accounts stay known, those of no other
        // container appear.
        let gone = ContainerThreads { container: "one", threads: &[] };
        assert!(container_accounts.user(&gone, 0).is_some());
        assert!(
            container_accounts
                .user(&ContainerThreads { container: "two", threads: &[-1] }, 0)
                .is_none()
        );
    }
}
