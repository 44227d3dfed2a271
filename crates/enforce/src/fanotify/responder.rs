//! The thread that reads events and answers them.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use peregrine_guard::Mode;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::process::getpid;

use super::attempt::{Attempt, Identity};
use super::kernel::{self, BATCH, Event};
use super::shared::Shared;
use crate::verdict::Verdict;

/// Decides, and learns what became of it.
pub trait Decide: Send + Sync {
    /// Whether an attempt may go on. Whoever attempts it waits meanwhile: it makes no call that may wait for another
    /// process.
    fn decide(&self, attempt: &Attempt<'_>) -> Decision;

    /// A decision was answered, and whoever waited for it goes on.
    fn answered(&self, verdict: Verdict);
}

/// What is decided about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It goes on, and nobody hears of it.
    Pass,
    /// A policy denies it, or would in another mode.
    Matched(Box<Verdict>),
}

/// The thread; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Responder {
    thread: Option<JoinHandle<()>>,
    wake: Arc<OwnedFd>,
    stop: Arc<AtomicBool>,
}

impl Responder {
    pub(super) fn start(
        group: Arc<OwnedFd>,
        shared: Arc<Shared>,
        canary: Identity,
        decide: Arc<dyn Decide>,
    ) -> io::Result<Self> {
        let wake = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let stop = Arc::new(AtomicBool::new(false));
        let reader = Reader {
            group,
            wake: Arc::clone(&wake),
            stop: Arc::clone(&stop),
            shared,
            canary,
            decide,
        };
        let thread = std::thread::Builder::new().name("guard-answer".to_owned());
        let thread = Some(thread.spawn(move || reader.run())?);
        Ok(Self { thread, wake, stop })
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = rustix::io::write(&*self.wake, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Reader {
    group: Arc<OwnedFd>,
    wake: Arc<OwnedFd>,
    stop: Arc<AtomicBool>,
    shared: Arc<Shared>,
    canary: Identity,
    decide: Arc<dyn Decide>,
}

impl Reader {
    fn run(&self) {
        before_others();
        let mut events = [Event { fd: -1, tid: 0, mask: 0 }; BATCH];
        while !self.stop.load(Ordering::SeqCst) {
            let mut fds =
                [PollFd::new(&*self.group, PollFlags::IN), PollFd::new(&*self.wake, PollFlags::IN)];
            if poll(&mut fds, None).is_err() {
                continue;
            }
            self.shared.reading();
            let read = kernel::read(self.group.as_raw_fd(), &mut events);
            let count = read.as_ref().map_or(0, |count| *count);
            self.shared.read(events[..count].iter().map(|event| event.fd));
            if read.is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock) {
                // The kernel could make no descriptor, and denied that attempt: there are too many, or no memory.
                std::thread::sleep(Duration::from_millis(1));
            }
            for (slot, event) in events[..count].iter().enumerate() {
                self.answer(slot, *event);
            }
        }
    }

    fn answer(&self, slot: usize, event: Event) {
        let group = self.group.as_raw_fd();
        // SAFETY: this thread got the descriptor with the event and closes it below.
        let fd = unsafe { BorrowedFd::borrow_raw(event.fd) };
        let exec = event.mask & libc::FAN_OPEN_EXEC_PERM != 0;
        let attempt = Attempt { tid: event.tid, exec, fd: fd.as_fd() };
        let own = is_own(event.tid);
        let decision = if own { Decision::Pass } else { self.decide.decide(&attempt) };
        // The agent's own attempts go on, but for those that show that the answers of this thread count.
        let is_canary = own && attempt.file().is_ok_and(|file| file.identity == self.canary);
        let denies =
            matches!(&decision, Decision::Matched(verdict) if verdict.mode == Mode::Enforce);
        let in_time = kernel::answer(group, event.fd, !denies && !is_canary);
        self.shared.answered(slot);
        if let Decision::Matched(mut verdict) = decision {
            verdict.late = !in_time;
            self.decide.answered(*verdict);
        }
        kernel::close(event.fd);
    }
}

/// Whether a thread is one of this process.
fn is_own(tid: u32) -> bool {
    let Ok(tid) = libc::pid_t::try_from(tid) else { return false };
    let own = getpid().as_raw_nonzero().get();
    // SAFETY: signal 0 is sent to nobody; the kernel says whether the thread is one of the process.
    tid > 0 && unsafe { libc::syscall(libc::SYS_tgkill, own, tid, 0) == 0 }
}

/// Whoever is answered waits: this thread runs before others, where the kernel lets it.
fn before_others() {
    let parameters = libc::sched_param { sched_priority: 1 };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: the parameters are those of this function. Where it is refused the usual scheduler has to do.
    unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
}
