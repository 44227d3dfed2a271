//! Whether the process that has a number now is the one of an event.
//!
//! The process of an event had its number at the time of the event. Whoever started before that time and has the number
//! now is the same process: a number is free only after its process ended. `/proc` says when a process started to a
//! hundredth of a second; where that does not decide, the kernel is asked to the microsecond, and where it does not
//! answer the program decides.

use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use peregrine_respond::Process;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::time::{ClockId, clock_gettime};

use crate::error::{ActError, tried};
use crate::process_table::{Entry, program};
use crate::taskstats::TaskStats;

/// Nanoseconds that the clock of events may differ from this one.
const CLOCKS_DIFFER: i128 = 1_200_000;

/// A process, held: its number cannot become another's while this is there.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) entry: Entry,
    fd: OwnedFd,
}

fn nanoseconds(clock: ClockId) -> i128 {
    let now = clock_gettime(clock);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// Nanoseconds since the epoch.
pub(crate) fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

impl Held {
    /// Whoever has a number now.
    pub(crate) fn open(pid: i32) -> Result<Self, ActError> {
        let gone = || ActError::Gone(pid);
        let number = Pid::from_raw(pid).filter(|_| pid > 0).ok_or_else(gone)?;
        let fd = match pidfd_open(number, PidfdFlags::empty()) {
            Ok(fd) => fd,
            Err(rustix::io::Errno::SRCH | rustix::io::Errno::INVAL) => return Err(gone()),
            Err(error) => return Err(tried(format!("process {pid} cannot be held"))(error)),
        };
        let entry = Entry::of(pid).ok_or_else(gone)?;
        let held = Self { entry, fd };
        // What was read is of this process only if it still had the number afterwards.
        if held.is_gone() { Err(gone()) } else { Ok(held) }
    }

    /// The process with this number that started then.
    pub(crate) fn same(pid: i32, ticks: u64) -> Result<Self, ActError> {
        let held = Self::open(pid)?;
        if held.entry.ticks == ticks { Ok(held) } else { Err(ActError::AnotherProcess(pid)) }
    }

    /// The process of an event.
    pub(crate) fn of(process: &Process, stats: Option<&TaskStats>) -> Result<Self, ActError> {
        let held = Self::open(process.pid)?;
        if held.entry.is_over() {
            return Err(ActError::Gone(process.pid));
        }
        if started_by(&held.entry, process, stats) {
            Ok(held)
        } else {
            Err(ActError::AnotherProcess(process.pid))
        }
    }

    /// Whether it ended and is waited for no more.
    fn is_gone(&self) -> bool {
        // A signal that does nothing.
        self.is_ended() && Entry::of(self.entry.pid).is_none_or(|now| now.ticks != self.entry.ticks)
    }

    fn is_ended(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    /// Waits for its end; whether it came.
    pub(crate) fn wait(&self, most: Duration) -> bool {
        let mut fds = [PollFd::new(&self.fd, PollFlags::IN)];
        let timeout = Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(most.subsec_nanos()),
        };
        matches!(poll(&mut fds, Some(&timeout)), Ok(ready) if ready > 0)
    }

    /// Sends a signal; an ended process is no error.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), ActError> {
        match pidfd_send_signal(&self.fd, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(tried(format!("process {} takes no signal", self.entry.pid))(error)),
        }
    }
}

/// Whether a process started before the event, so that it is the event's.
fn started_by(entry: &Entry, process: &Process, stats: Option<&TaskStats>) -> bool {
    let seen = i128::from(process.seen_ns);
    let tick = 1_000_000_000 / i128::from(rustix::param::clock_ticks_per_second().max(1));
    let since_boot = nanoseconds(ClockId::Realtime) - nanoseconds(ClockId::Boottime);
    let earliest = i128::from(entry.ticks) * tick + since_boot;
    if earliest + tick + CLOCKS_DIFFER <= seen {
        return true;
    }
    if earliest > seen + CLOCKS_DIFFER {
        return false;
    }
    let program = program(entry.pid).map(|(_, ino)| ino);
    let Some(started) = stats.and_then(|stats| started_at(entry.pid, stats)) else {
        return process.exe_ino == 0 || program.is_none_or(|ino| ino == process.exe_ino);
    };
    let is_alike = process.exe_ino != 0 && program == Some(process.exe_ino);
    started <= seen || (started <= seen + CLOCKS_DIFFER && is_alike)
}

/// When a process started, nanoseconds since the epoch: a time that is a little too early, never too late.
fn started_at(pid: i32, stats: &TaskStats) -> Option<i128> {
    let mut best: Option<(i128, i128)> = None;
    // This thread may be interrupted between two clocks.
    for _ in 0..50 {
        let before = nanoseconds(ClockId::Realtime);
        let elapsed = i128::from(stats.elapsed_us(pid)?) * 1000;
        let width = nanoseconds(ClockId::Realtime) - before;
        if best.is_none_or(|(narrowest, _)| width < narrowest) {
            best = Some((width, before - elapsed - 1000));
        }
        if width < 50_000 {
            break;
        }
    }
    best.map(|(_, started)| started)
}
