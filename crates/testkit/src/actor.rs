//! Processes of a test's own that flood, and say when they are done; and the calls they make.

#![expect(unsafe_code, reason = "forks and makes calls itself")]

use std::ffi::CStr;
use std::io::Error;
use std::time::{Duration, Instant};

/// The child's side: it says how far it is and waits for the order to go on.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint {
    say: i32,
    hear: i32,
}

impl Checkpoint {
    /// Says that it is reached, and waits for the word to go on.
    pub fn done(self) {
        let mut byte = [0_u8; 1];
        // SAFETY: one byte out, one byte into a place for one.
        unsafe {
            libc::write(self.say, byte.as_ptr().cast(), 1);
            libc::read(self.hear, byte.as_mut_ptr().cast(), 1);
        }
    }
}

/// A child process, ended with the test, and what it started.
#[derive(Debug)]
pub struct Actor {
    /// Its number.
    pub pid: i32,
    say: i32,
    hear: i32,
}

fn pipe() -> [i32; 2] {
    let mut ends = [0; 2];
    // SAFETY: a place for two numbers.
    let made = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) };
    assert_eq!(made, 0, "{}", Error::last_os_error());
    ends
}

impl Actor {
    /// A copy of this process that runs `act` and ends.
    pub fn start(act: impl FnOnce(Checkpoint)) -> Self {
        let ([there, say], [hear, here]) = (pipe(), pipe());
        // SAFETY: the copy runs `act` and ends without unwinding into the test.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: numbers only. What the actor starts ends with it.
            unsafe {
                libc::setsid();
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            }
            act(Checkpoint { say: here, hear: there });
            // SAFETY: ends this copy.
            unsafe { libc::_exit(0) };
        }
        assert!(pid > 0, "{}", Error::last_os_error());
        // SAFETY: ends that only the copy uses.
        unsafe {
            libc::close(there);
            libc::close(here);
            libc::fcntl(hear, libc::F_SETFL, libc::O_NONBLOCK);
        }
        Self { pid, say, hear }
    }

    /// Whether it has reached a checkpoint.
    pub fn is_done(&self) -> bool {
        let mut byte = [0_u8; 1];
        // SAFETY: a place for one byte; does not wait.
        let got = unsafe { libc::read(self.hear, byte.as_mut_ptr().cast(), 1) };
        assert_ne!(got, 0, "the actor ended before its time");
        got == 1
    }

    /// Tells the actor to go on.
    pub fn go_on(&self) {
        // SAFETY: one byte out.
        unsafe { libc::write(self.say, [0_u8].as_ptr().cast(), 1) };
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let mut status = 0;
        // SAFETY: ends our own child and what it started, which is a session of its own, and waits for
        // it; a place for one number.
        unsafe {
            libc::kill(-self.pid, libc::SIGKILL);
            libc::kill(self.pid, libc::SIGKILL);
            libc::waitpid(self.pid, &raw mut status, 0);
            libc::close(self.say);
            libc::close(self.hear);
        }
        // What it started is somebody else's to wait for.
        let late = Instant::now() + Duration::from_secs(10);
        // SAFETY: asks whether there is anybody left.
        while unsafe { libc::kill(-self.pid, 0) } == 0 && Instant::now() < late {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A copy of the calling process that runs `act`, which ends it or makes it another program.
pub fn fork(act: impl FnOnce()) -> i32 {
    // SAFETY: the copy only makes calls, and ends.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        act();
        exit();
    }
    assert!(pid > 0, "fork: {}", Error::last_os_error());
    pid
}

/// Ends this copy.
pub fn exit() -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(0) }
}

/// Waits for any child.
pub fn wait() {
    let mut status = 0;
    // SAFETY: a place for one number.
    unsafe { libc::waitpid(-1, &raw mut status, 0) };
}

/// Does nothing until a signal ends it.
pub fn pause() -> ! {
    loop {
        // SAFETY: waits.
        unsafe { libc::pause() };
    }
}

/// Becomes another program.
pub fn become_program(words: &[&CStr]) {
    let mut argv: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
    argv.push(std::ptr::null());
    let env = [std::ptr::null()];
    // SAFETY: both lists end with a null; the texts end with a NUL and outlive the call.
    unsafe { libc::execve(words[0].as_ptr(), argv.as_ptr(), env.as_ptr()) };
}

/// Goes to another folder.
pub fn change_folder(to: &CStr) {
    // SAFETY: a text with a NUL.
    unsafe { libc::chdir(to.as_ptr()) };
}

/// Starts a process with a number of our choice.
pub fn fork_as(pid: i32, act: impl FnOnce()) -> bool {
    let wanted = [pid];
    let mut args = [0_u64; 11];
    args[4] = libc::SIGCHLD as u64;
    args[8] = wanted.as_ptr() as u64;
    args[9] = 1;
    // SAFETY: the structure of `clone3` with the number that is wanted; no memory is shared.
    let made = unsafe { libc::syscall(libc::SYS_clone3, args.as_ptr(), size_of_val(&args)) };
    if made == 0 {
        act();
        exit();
    }
    made > 0
}

/// Becomes another user, of the same number's group.
pub fn become_user(id: u32) {
    // SAFETY: numbers only.
    unsafe {
        libc::setresgid(id, id, id);
        libc::setresuid(id, id, id);
    }
}

/// Ends a process.
pub fn end(pid: i32) {
    // SAFETY: numbers only.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// A descriptor of a kind, and its number.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Descriptor<'p> {
    File(&'p CStr),
    Folder(&'p CStr),
    /// A copy of the first one.
    Copy,
    /// A copy of the first one with this number.
    CopyAs(i32),
    Pipe,
    Socket,
    Event,
    Memory,
}

impl Descriptor<'_> {
    /// Makes it.
    pub fn make(self) -> i32 {
        let mut ends = [0; 2];
        // SAFETY: paths with a NUL, a place for two numbers, else numbers only.
        unsafe {
            match self {
                Self::File(path) => libc::open(path.as_ptr(), libc::O_RDONLY),
                Self::Folder(path) => libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY),
                Self::Copy => libc::dup(0),
                Self::CopyAs(number) => libc::dup2(0, number),
                Self::Pipe => libc::pipe(ends.as_mut_ptr()),
                Self::Socket => libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0),
                Self::Event => libc::eventfd(0, 0),
                Self::Memory => libc::memfd_create(c"flood".as_ptr(), 0),
            }
        }
    }
}

/// The most descriptors this process and its children may have: `wanted`, or what is allowed.
pub fn descriptor_limit(wanted: u32) -> i32 {
    let mut limit = libc::rlimit { rlim_cur: wanted.into(), rlim_max: wanted.into() };
    // SAFETY: places for limits of this process.
    unsafe {
        if libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) != 0 {
            libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
    i32::try_from(limit.rlim_cur).unwrap_or(i32::MAX)
}
