//! Verdicts before a file is opened and before a program runs, by fanotify (level P4), on every kernel that has it.
//!
//! The kernel lets whoever opens a marked file wait until somebody answers. A thread (`responder.rs`) does so at once;
//! a process beside the agent (`watchdog.rs`) answers what takes too long and ends with the agent. What is marked:
//! `marks.rs`; which protected path a file is at: `places.rs`; how it is opened: `attempt.rs`.

mod attempt;
#[expect(
    unsafe_code,
    reason = "the calls of fanotify have no safe form with descriptors of another process"
)]
mod kernel;
mod marks;
mod opener;
mod places;
mod policies;
#[expect(unsafe_code, reason = "descriptors that came with events; the scheduler")]
mod responder;
#[expect(unsafe_code, reason = "memory of two processes")]
mod shared;
#[cfg(test)]
mod tests;
#[expect(unsafe_code, reason = "forks a process that makes system calls only")]
mod watchdog;

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

pub use self::attempt::{Access, Attempt, File as AttemptedFile, Identity};
use self::kernel::MarkOn;
use self::marks::Marks;
pub use self::marks::{MarkError, Protected, Reach};
pub use self::places::{Number, Places};
pub use self::policies::{ContainerOf, Policies, Report, Watched, end_processes, watched};
use self::responder::Responder;
pub use self::responder::{Decide, Decision};
use self::shared::Shared;
use self::watchdog::Watchdog;

/// After this time an opener goes on without a verdict.
pub const DEADLINE: Duration = Duration::from_millis(watchdog::LATE_MS as u64);

/// What the host does not let.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FanotifyError {
    /// No group.
    #[error("the kernel makes no group of fanotify that decides: {0}")]
    NoGroup(io::Error),
    /// No watchdog, thread or memory.
    #[error("fanotify cannot be answered: {0}")]
    NoAnswers(io::Error),
    /// The kernel takes no mark.
    #[error("the kernel takes no mark of fanotify: {0}")]
    NoMarks(io::Error),
}

/// Whether this host lets this process decide before files are opened.
pub fn is_possible() -> Result<(), FanotifyError> {
    kernel::init().map(drop).map_err(FanotifyError::NoGroup)
}

/// A group with its marks, the thread that answers and the watchdog. When it is dropped all openers go on.
#[derive(Debug)]
pub struct Fanotify {
    // In this order they end: who answers, who watches, then the group.
    _responder: Responder,
    watchdog: Watchdog,
    marks: Marks,
    canary: File,
    shared: Arc<Shared>,
    group: Arc<OwnedFd>,
    programs: bool,
}

impl Fanotify {
    /// Starts to answer, with nothing marked. Needs `CAP_SYS_ADMIN` now, and for [`Self::decide_programs`].
    ///
    /// # Errors
    /// Where the kernel has no fanotify, or this process may not use it.
    pub fn start(decide: Arc<dyn Decide>) -> Result<Self, FanotifyError> {
        let group = Arc::new(kernel::init().map_err(FanotifyError::NoGroup)?);
        let marks = Marks::new(Arc::clone(&group)).map_err(FanotifyError::NoAnswers)?;
        let shared = Arc::new(Shared::new().map_err(FanotifyError::NoAnswers)?);
        let canary = canary(&group).map_err(FanotifyError::NoMarks)?;
        let identity = canary.metadata().map_err(FanotifyError::NoMarks)?;
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            Identity { dev: identity.dev(), ino: identity.ino() }
        };
        let watchdog = Watchdog::start(&group, &shared).map_err(FanotifyError::NoAnswers)?;
        let responder = Responder::start(Arc::clone(&group), Arc::clone(&shared), identity, decide)
            .map_err(FanotifyError::NoAnswers)?;
        Ok(Self { _responder: responder, watchdog, marks, canary, shared, group, programs: false })
    }

    /// Which protected paths files are at.
    pub fn places(&self) -> Arc<RwLock<Places>> {
        self.marks.places()
    }

    /// Protects these paths and no others. `swap` is called in the instant in which the numbers of [`Self::places`]
    /// become those of `protected`: nobody looks them up meanwhile. Returns what could not be marked.
    pub fn protect(&mut self, protected: Vec<Protected>, swap: impl FnOnce()) -> Vec<MarkError> {
        self.marks.protect(protected, swap)
    }

    /// Whether programs are decided about, on every file system of this mount namespace. Returns what could not be
    /// marked.
    pub fn decide_programs(&mut self, on: bool) -> Vec<MarkError> {
        let mounts = mounts();
        self.programs = on;
        if on {
            return self.marks.watch_programs(&mounts);
        }
        self.marks.leave_programs(&mounts);
        Vec::new()
    }

    /// Readable when [`Self::follow`] has something to do.
    pub fn changes(&self) -> BorrowedFd<'_> {
        self.marks.changes()
    }

    /// Marks what protected paths lead to since folders changed. Returns how many do, and what could not be marked.
    pub fn follow(&mut self) -> (usize, Vec<MarkError>) {
        self.marks.follow()
    }

    /// The same after mounts changed (`/proc/self/mountinfo` says so by `POLLPRI`).
    pub fn follow_mounts(&mut self) -> Vec<MarkError> {
        let mut errors = self.marks.follow_mounts();
        if self.programs {
            errors.extend(self.marks.watch_programs(&mounts()));
        }
        errors
    }

    /// Folders that are watched, and file systems on which programs are decided about.
    pub fn counts(&self) -> (usize, usize) {
        self.marks.counts()
    }

    /// Opens a file of its own that is denied: whether the answers count.
    ///
    /// # Errors
    /// The file was opened, or something else went wrong.
    pub fn prove(&self) -> Result<(), io::Error> {
        match File::open(path_of(&self.canary)) {
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(io::Error::other("a denied file was opened")),
        }
    }

    /// Starts another watchdog where the former one has ended; whether it had.
    ///
    /// # Errors
    /// When none can be started.
    pub fn look_after(&mut self) -> io::Result<bool> {
        if self.watchdog.is_alive() {
            return Ok(false);
        }
        self.watchdog = Watchdog::start(&self.group, &self.shared)?;
        Ok(true)
    }

    /// The watchdog's process.
    pub fn watchdog(&self) -> u32 {
        self.watchdog.pid().as_raw_nonzero().get().unsigned_abs()
    }

    /// Openers that went on without a verdict, because it took too long.
    pub fn late(&self) -> u64 {
        self.shared.late()
    }
}

/// A file of nobody else, with a mark.
fn canary(group: &OwnedFd) -> io::Result<File> {
    let file = rustix::fs::memfd_create("guard", rustix::fs::MemfdFlags::CLOEXEC)?;
    let file = File::from(file);
    kernel::mark(group, MarkOn::Inode, libc::FAN_OPEN_PERM, &path_of(&file))?;
    Ok(file)
}

fn path_of(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn mounts() -> String {
    // Where it cannot be read there is no `/proc`, and nothing else works either.
    std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()
}
