//! A program that runs, in a process group of its own.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

/// How long the end of a program is waited for once it was asked to end.
const LAST: Duration = Duration::from_secs(1);

pub(super) struct Running {
    child: Child,
    /// Is ready once the program has ended.
    exit: OwnedFd,
    /// None once it was closed.
    input: Option<ChildStdin>,
    /// Its number may be another's by now.
    reaped: bool,
    pub(super) since: Instant,
}

/// What became of what was written to a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The system has all of it for the program.
    All,
    /// The program ended, or closed its standard input, behind so many bytes.
    Ended(usize),
    /// It did not read fast enough.
    Slow(usize),
}

impl Running {
    pub(super) fn new(mut child: Child) -> io::Result<Self> {
        let exit = match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
            Ok(exit) => exit,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error.into());
            }
        };
        let input = child.stdin.take();
        Ok(Self { child, exit, input, reaped: false, since: Instant::now() })
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Has writing to it wait for nothing, from now on.
    pub(super) fn set_nonblocking(&self) -> io::Result<()> {
        self.input.as_ref().map_or(Ok(()), |input| Ok(rustix::io::ioctl_fionbio(input, true)?))
    }

    /// Bytes it has not read yet.
    pub(super) fn unread(&self) -> usize {
        let count = self.input.as_ref().and_then(|input| rustix::io::ioctl_fionread(input).ok());
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
    }

    /// Writes all of it, as fast as the program reads.
    pub(super) fn write(&mut self, text: &[u8], end: Instant) -> io::Result<Written> {
        let Some(input) = &mut self.input else { return Ok(Written::Ended(0)) };
        let mut done = 0;
        while let Some(rest) = text.get(done..).filter(|rest| !rest.is_empty()) {
            match input.write(rest) {
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let mut both = [
                        PollFd::new(&*input, PollFlags::OUT),
                        PollFd::new(&self.exit, PollFlags::IN),
                    ];
                    if !ready(&mut both, end)? {
                        return Ok(Written::Slow(done));
                    }
                    let [room, _] = both;
                    if !room.revents().contains(PollFlags::OUT) {
                        return Ok(Written::Ended(done));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    return Ok(Written::Ended(done));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Written::All)
    }

    /// Whether it has ended, by then at the latest. It stays what it was for [`Self::reap`].
    pub(super) fn ends_by(&self, end: Instant) -> io::Result<bool> {
        ready(&mut [PollFd::new(&self.exit, PollFlags::IN)], end)
    }

    /// Ends what it started and is still there, and says how it ended itself: it has.
    pub(super) fn reap(&mut self, with_group: bool) -> io::Result<ExitStatus> {
        if with_group {
            // Nobody else has its number as long as it was not waited for.
            self.signal(Signal::KILL);
        }
        self.reaped = true;
        self.child.wait()
    }

    /// Closes its input and waits for its end; none where that takes too long.
    pub(super) fn finish(mut self, end: Instant) -> Result<ExitStatus, Self> {
        self.hang_up();
        if matches!(self.ends_by(end), Ok(true))
            && let Ok(status) = self.reap(false)
        {
            return Ok(status);
        }
        Err(self)
    }

    /// Closes its input, asks it and what it started to end, and kills those that do not.
    pub(super) fn stop(mut self, goodbye: Duration) {
        self.hang_up();
        if !matches!(self.ends_by(Instant::now() + goodbye), Ok(true)) {
            self.signal(Signal::TERM);
            let _ = self.ends_by(Instant::now() + LAST);
        }
        self.kill();
    }

    fn hang_up(&mut self) {
        self.input = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid().filter(|_| !self.reaped) {
            // All of them may have ended just now.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Ends it and what it started.
    pub(super) fn kill(&mut self) {
        let _ = self.reap(true);
    }
}

/// Waits until one of the descriptors is ready; whether one was in time.
fn ready(descriptors: &mut [PollFd<'_>], end: Instant) -> io::Result<bool> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let wait = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(descriptors, Some(&wait)) {
            Ok(count) => return Ok(count > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A text as programs read it.
pub(super) fn line(text: &str) -> String {
    format!("{text}\n")
}

/// How a program ended.
pub(super) fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ends with status {code}"),
        (None, Some(signal)) => format!("is ended by signal {signal}"),
        (None, None) => "ends".to_owned(),
    }
}
