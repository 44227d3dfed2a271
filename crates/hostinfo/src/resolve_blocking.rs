//! Resolves paths component by component on a thread of its own: where the kernel would have to read a
//! disk or wait for a network, and for links of `/proc` that depend on the process that looks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, ResolveFlags, StatxFlags};

use crate::roots::{Place, RootDirectory};

/// How long an event waits.
const PATIENCE: Duration = Duration::from_millis(5);
/// How many threads may be blocked in file systems that do not respond.
const MOST: usize = 4;
/// How many links are followed, as in the kernel.
const LINKS: usize = 40;
/// The most components of a path.
const STEPS: usize = 4096;
/// `PROC_SUPER_MAGIC` of the kernel, and the inode number of the file system's root.
const PROC: u64 = 0x9fa0;
const PROC_TOP: u64 = 1;

/// A path to resolve.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) root: Arc<RootDirectory>,
    pub(crate) path: Vec<u8>,
    pub(crate) follow: bool,
    /// The process of the calling thread.
    pub(crate) pids: [i64; 2],
    pub(crate) cwd: Option<Vec<u8>>,
    /// Descriptors by number and path: those reported with the event; those known from before.
    pub(crate) reported: Vec<(i64, Vec<u8>)>,
    pub(crate) descriptors: Vec<(i64, Vec<u8>)>,
    /// Links that existed at the call, by path, and their targets.
    pub(crate) links: HashMap<Vec<u8>, Vec<u8>>,
}

/// The time is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

/// A thread and its channels.
#[derive(Debug)]
struct Worker {
    jobs: SyncSender<Request>,
    answers: Receiver<Option<Place>>,
}

impl Worker {
    fn start(alive: &Arc<AtomicUsize>) -> Option<Self> {
        let (jobs, taken) = sync_channel::<Request>(1);
        let (answer, answers) = sync_channel(1);
        let alive = Arc::clone(alive);
        alive.fetch_add(1, Ordering::Relaxed);
        let counted = Arc::clone(&alive);
        let work = move || {
            while let Ok(job) = taken.recv() {
                if answer.send(job.walk()).is_err() {
                    break;
                }
            }
            alive.fetch_sub(1, Ordering::Relaxed);
        };
        if std::thread::Builder::new().name("paths".to_owned()).spawn(work).is_err() {
            counted.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Self { jobs, answers })
    }
}

/// Threads that resolve paths, one at a time unless one is blocked.
#[derive(Debug, Default)]
pub(crate) struct BlockingResolver {
    worker: Option<Worker>,
    alive: Arc<AtomicUsize>,
}

impl BlockingResolver {
    /// Resolves a path.
    ///
    /// # Errors
    /// When it takes too long, or too many before it did.
    pub(crate) fn walk(&mut self, job: Request) -> Result<Option<Place>, TooLong> {
        if self.worker.is_none() && self.alive.load(Ordering::Relaxed) < MOST {
            self.worker = Worker::start(&self.alive);
        }
        let Some(worker) = self.worker.take() else { return Err(TooLong) };
        worker.jobs.send(job).map_err(|_| TooLong)?;
        // A thread that does not respond in time is abandoned, and ends when it can.
        let place = worker.answers.recv_timeout(PATIENCE).map_err(|_| TooLong)?;
        self.worker = Some(worker);
        Ok(place)
    }
}

impl Request {
    fn walk(&self) -> Option<Place> {
        let mut left: VecDeque<Vec<u8>> = parts(&self.path).collect();
        // From here on the path is without links.
        let mut at: Vec<Vec<u8>> = Vec::new();
        let (mut links, mut steps) = (0, 0);
        while let Some(name) = left.pop_front() {
            steps += 1;
            if steps > STEPS {
                return None;
            }
            match name.as_slice() {
                b"." => continue,
                b".." => {
                    at.pop();
                    continue;
                }
                _ => {}
            }
            if let Some((folder, used)) = self.out_of_proc(&at, &name, &left)? {
                at = parts(&folder).collect();
                left.drain(..used.min(left.len()));
                continue;
            }
            at.push(name);
            let ends = left.is_empty() && !self.follow;
            let target = match self.links.get(&path_of(&at)) {
                Some(target) if !ends => target.clone(),
                _ => {
                    let (last, folder) = at.split_last()?;
                    let folder = self.open(folder)?;
                    let last = last.as_slice();
                    let stat = fs::statat(&folder, last, AtFlags::SYMLINK_NOFOLLOW).ok()?;
                    let is_link = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
                    if !is_link || ends {
                        continue;
                    }
                    if is_proc(&folder) {
                        return None;
                    }
                    fs::readlinkat(&folder, last, Vec::new()).ok()?.into_bytes()
                }
            };
            links += 1;
            if links > LINKS {
                return None;
            }
            at.pop();
            if target.starts_with(b"/") {
                at.clear();
            }
            for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                left.push_front(part);
            }
        }
        self.end(&at)
    }

    /// The object at the end of a path without links. A file is not opened.
    fn end(&self, at: &[Vec<u8>]) -> Option<Place> {
        let Some((last, folder)) = at.split_last() else { return self.root.place(self.open(at)?) };
        let folder = self.open(folder)?;
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
        let about = fs::statx(&folder, last.as_slice(), AtFlags::SYMLINK_NOFOLLOW, wanted).ok()?;
        if FileType::from_raw_mode(about.stx_mode.into()) == FileType::Directory {
            return self.root.place(self.open(at)?);
        }
        self.root.place_in(&folder, last, &about)
    }

    fn open(&self, at: &[Vec<u8>]) -> Option<std::os::fd::OwnedFd> {
        let path = path_of(at);
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fs::openat2(&self.root.fd, path, flags, Mode::empty(), ResolveFlags::IN_ROOT).ok()
    }

    /// The targets of `PID/root`, `self/cwd`, `self/fd/3` and the like in `/proc`, and how many of the
    /// components `left` they take. The process itself may be gone by now.
    #[expect(clippy::option_option, reason = "not known is not the same as not there")]
    fn out_of_proc(
        &self,
        at: &[Vec<u8>],
        first: &[u8],
        left: &VecDeque<Vec<u8>>,
    ) -> Option<Option<(Vec<u8>, usize)>> {
        let number = std::str::from_utf8(first).ok().and_then(|text| text.parse::<i64>().ok());
        let itself = matches!(first, b"self" | b"thread-self")
            || number.is_some_and(|number| self.pids.contains(&number));
        if !itself && number.is_none() {
            return Some(None);
        }
        let folder = self.open(at)?;
        let top = fs::fstat(&folder).is_ok_and(|stat| stat.st_ino == PROC_TOP);
        if !top || !is_proc(&folder) {
            return Some(None);
        }
        let task = left.front().is_some_and(|name| name == b"task");
        let skipped = if task { 2 } else { 0 };
        let name = |place: usize| left.get(skipped + place).map(Vec::as_slice);
        let (used, to) = match (name(0), name(1)) {
            (Some(b"root"), _) => (1, itself.then(|| b"/".to_vec())),
            (Some(b"cwd"), _) => (1, self.cwd.clone().filter(|_| itself)),
            (Some(b"fd"), Some(_)) => (2, None),
            // Its other objects are reached by its number.
            _ if itself && number.is_none() && first != b"thread-self" => {
                (0, Some(format!("/proc/{}", self.pids[0]).into_bytes()))
            }
            _ if itself && number.is_none() => return None,
            _ => return Some(None),
        };
        if let Some(to) = to {
            return Some(Some((to, if used == 0 { 0 } else { skipped + used })));
        }
        // What the kernel reported with the event precedes what is there by now.
        let own = |known: &[(i64, Vec<u8>)]| descriptor(known, name(1)?).filter(|_| itself);
        if let Some(reported) = own(&self.reported) {
            return Some(Some((reported, skipped + used)));
        }
        // The kernel has those of running processes.
        let pid = self.pids[0].to_string();
        let first = if itself { pid.as_bytes() } else { first };
        let names = left.iter().skip(skipped).take(used);
        let names: Vec<&[u8]> = names.map(Vec::as_slice).collect();
        let link = [&[first][..], &names].concat().join(&b'/');
        let fd = fs::openat(&folder, link, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok();
        let reported = fd.and_then(|fd| Some(self.root.place(&fd)?.path));
        Some(Some((reported.or_else(|| own(&self.descriptors))?, skipped + used)))
    }
}

/// The path of the descriptor whose number this text is.
fn descriptor(known: &[(i64, Vec<u8>)], text: &[u8]) -> Option<Vec<u8>> {
    let number: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let found = known.iter().find(|(fd, _)| *fd == number);
    found.map(|(_, path)| path.clone()).filter(|path| path.starts_with(b"/"))
}

/// Whether it is in `/proc`, where links depend on the process that looks.
pub(crate) fn is_proc(fd: impl std::os::fd::AsFd) -> bool {
    fs::fstatfs(fd).is_ok_and(|about| u64::try_from(about.f_type).is_ok_and(|kind| kind == PROC))
}

fn path_of(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut path = b"/".to_vec();
    path.extend_from_slice(&parts.join(&b'/'));
    path
}

fn parts(path: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).map(<[u8]>::to_vec)
}
