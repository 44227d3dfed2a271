//! The canary: a process of its own whose acts must be denied. Who reads its answers relies on no hook.
//!
//! It is forked before the agent gives up rights and system calls, for it mounts, traces and loads modules, or would
//! if nobody denied it. It is forked from a process that may have other threads: see `attempts.rs`.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::process::{Pid, Signal, WaitOptions};

use super::attempts::{ATTEMPTS, Room};

/// Its name, as `ps` shows it.
const NAME: &std::ffi::CStr = c"peregrine-try";
/// How long an act may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The agent's end of the process that tries hooks.
#[derive(Debug)]
pub struct Canary {
    pid: Pid,
    socket: OwnedFd,
    /// An answer did not come: a later one may be that of another act.
    failed: AtomicBool,
}

impl Canary {
    /// Starts the process. `at`: a folder for its files, which is made, where nobody but root may write; without one hooks
    /// of files are not to be tried.
    ///
    /// # Errors
    /// When the files cannot be made, or no process started.
    pub fn start(at: Option<&Path>) -> io::Result<Self> {
        let room = Room::new(at)?;
        let flags = SocketFlags::CLOEXEC;
        let (socket, other) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
        // SAFETY: the child makes system calls only, until it ends by `_exit`.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => act(room, other.as_raw_fd()),
            child => {
                let wrong = || io::Error::other("a child without a number");
                let pid = Pid::from_raw(child).ok_or_else(wrong)?;
                Ok(Self { pid, socket, failed: AtomicBool::new(false) })
            }
        }
    }

    /// Its process, which is one thread.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Does the act that a program must deny: the number of its error, 0 where it was done; none where there is no such
    /// act.
    pub(super) fn attempt(&self, program: &str) -> io::Result<Option<i32>> {
        let Some(number) = ATTEMPTS.iter().position(|(name, _)| *name == program) else {
            return Ok(None);
        };
        let answer = self.ask(u8::try_from(number).map_err(io::Error::other)?);
        if answer.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        answer.map(Some)
    }

    /// Whether it has ended or did not answer: another one is to be started.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    fn ask(&self, number: u8) -> io::Result<i32> {
        rustix::net::send(&self.socket, &[number], SendFlags::NOSIGNAL)?;
        let mut answer = [0; 4];
        let (_, length) = rustix::net::recv(&self.socket, &mut answer, RecvFlags::empty())?;
        if length == answer.len() {
            Ok(i32::from_ne_bytes(answer))
        } else {
            Err(io::Error::other("the process that tries hooks has ended"))
        }
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.pid, Signal::KILL);
        let _ = rustix::process::waitpid(Some(self.pid), WaitOptions::empty());
    }
}

/// What the forked process does: the acts that the agent requests, until its end of the socket is closed.
fn act(mut room: Room, socket: RawFd) -> ! {
    prepare(socket);
    room.open();
    loop {
        let mut number = 0_u8;
        // SAFETY: one byte of this function.
        let got = unsafe { libc::recv(socket, (&raw mut number).cast(), 1, 0) };
        let (true, Some((_, attempt))) = (got == 1, ATTEMPTS.get(usize::from(number))) else {
            // SAFETY: ends the process and runs nothing of it.
            unsafe { libc::_exit(0) }
        };
        let failed = attempt(&room) < 0;
        // SAFETY: this thread's own.
        let answer = if failed { unsafe { *libc::__errno_location() } } else { 0 };
        // SAFETY: four bytes of this function.
        unsafe { libc::send(socket, (&raw const answer).cast(), 4, libc::MSG_NOSIGNAL) };
    }
}

/// Keeps nothing but the socket, and is stopped by no terminal.
fn prepare(socket: RawFd) {
    // SAFETY: system calls with numbers, and with a string that ends.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, NAME.as_ptr());
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1] {
            libc::signal(signal, libc::SIG_IGN);
        }
        libc::setpgid(0, 0);
        let range = |first: RawFd, last: libc::c_uint| {
            libc::syscall(libc::SYS_close_range, first, last, 0);
        };
        if socket > 0 {
            range(0, (socket - 1).cast_unsigned());
        }
        range(socket + 1, libc::c_uint::MAX);
    }
}
