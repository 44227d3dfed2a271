//! The watchdog: a process of its own that answers what the agent does not answer in time, and ends with it.
//!
//! It has a duplicate of the group, because the kernel lets openers wait as long as anybody has one. It is forked
//! from a process that may have other threads, so between `fork` and its end it allocates nothing and takes no lock.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use rustix::process::{Pid, PidfdFlags, getpid, pidfd_open};

use super::kernel::{self, BATCH, Event};
use super::shared::Shared;

/// How often it looks, in milliseconds.
const TICK_MS: libc::c_int = 15;
/// After so many milliseconds an event is late.
pub(super) const LATE_MS: u32 = 40;
/// Its name, as `ps` shows it.
const NAME: &std::ffi::CStr = c"peregrine-watch";

/// The agent's end.
#[derive(Debug)]
pub(super) struct Watchdog(Pid);

impl Watchdog {
    /// Starts it.
    pub(super) fn start(group: &OwnedFd, shared: &Shared) -> io::Result<Self> {
        let agent = pidfd_open(getpid(), PidfdFlags::empty())?;
        // SAFETY: the child makes system calls only, until it ends by `_exit`.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => watch(group.as_raw_fd(), agent.as_raw_fd(), shared),
            child => Ok(Self(
                Pid::from_raw(child).ok_or_else(|| io::Error::other("a child without a number"))?,
            )),
        }
    }

    /// Its process.
    pub(super) fn pid(&self) -> Pid {
        self.0
    }

    /// Whether it goes on. What is left of one that ended is removed.
    pub(super) fn is_alive(&self) -> bool {
        let options = rustix::process::WaitOptions::NOHANG;
        matches!(rustix::process::waitpid(Some(self.0), options), Ok(None))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // One that ended already has no process that the number could hit: it was not waited for, or it was and the
        // kernel says so.
        if self.is_alive() {
            let _ = rustix::process::kill_process(self.0, rustix::process::Signal::KILL);
            let _ = rustix::process::waitpid(Some(self.0), rustix::process::WaitOptions::empty());
        }
    }
}

/// What the forked process does.
fn watch(group: RawFd, agent: RawFd, shared: &Shared) -> ! {
    prepare(group, agent);
    // How far the agent was when something waited for it first, and since when it has been there.
    let mut stuck = (shared.steps(), kernel::millis());
    loop {
        if has_ended(agent, TICK_MS) {
            // SAFETY: ends the process and runs nothing of it.
            unsafe { libc::_exit(0) };
        }
        let answer = |fd| kernel::answer(group, fd, true);
        shared.answer_late(LATE_MS, &answer);
        let (steps, now) = (shared.steps(), kernel::millis());
        let reads = steps % 2 == 1;
        if steps != stuck.0 || !reads && kernel::unread(group) == 0 {
            stuck = (steps, now);
        }
        if now.wrapping_sub(stuck.1) < LATE_MS {
            continue;
        }
        if reads {
            shared.answer_every(steps, &answer);
        }
        stand_in(group, agent, shared, steps);
        stuck = (shared.steps(), kernel::millis());
    }
}

/// Reads and allows in place of the agent, until that goes on or has ended.
fn stand_in(group: RawFd, agent: RawFd, shared: &Shared, steps: u64) {
    let mut events = [Event { fd: 0, tid: 0, mask: 0 }; BATCH];
    while shared.steps() == steps && !has_ended(agent, 0) {
        shared.answer_late(LATE_MS, &|fd| kernel::answer(group, fd, true));
        if !is_readable(group, 1) {
            continue;
        }
        let Ok(count) = kernel::read(group, &mut events) else { continue };
        for event in &events[..count] {
            if kernel::answer(group, event.fd, true) {
                shared.add_late(1);
            }
            kernel::close(event.fd);
        }
    }
}

fn is_readable(fd: RawFd, milliseconds: libc::c_int) -> bool {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    unsafe { libc::poll(&raw mut poll, 1, milliseconds) > 0 }
}

/// Whether the process of a descriptor has ended, after at most so many milliseconds.
fn has_ended(process: RawFd, milliseconds: libc::c_int) -> bool {
    is_readable(process, milliseconds)
}

/// Keeps nothing but the two descriptors, is stopped by no terminal, and runs before others.
fn prepare(group: RawFd, agent: RawFd) {
    // SAFETY: system calls with numbers, with a string that ends, and with structures of this function.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, NAME.as_ptr());
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1] {
            libc::signal(signal, libc::SIG_IGN);
        }
        // Signals of a terminal to the agent's group stop the agent only.
        libc::setpgid(0, 0);
        let (low, high) = if group < agent { (group, agent) } else { (agent, group) };
        let range = |first: RawFd, last: libc::c_uint| {
            libc::syscall(libc::SYS_close_range, first, last, 0);
        };
        if low > 0 {
            range(0, (low - 1).cast_unsigned());
        }
        if high - low > 1 {
            range(low + 1, (high - 1).cast_unsigned());
        }
        range(high + 1, libc::c_uint::MAX);
        let parameters = libc::sched_param { sched_priority: 2 };
        // Where it is refused the usual scheduler has to do.
        libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters);
    }
}
