//! Acts in processes of their own: this one is exempt.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by each test that forks: what one process has open for writing no other may start meanwhile.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an act says: nothing, or the number of its error.
pub(crate) type Outcome = Result<(), i32>;

/// A call of libc; below zero is its error.
macro_rules! call {
    ($call:ident($($argument:expr),* $(,)?)) => {{
        // SAFETY: paths with an end, numbers, and memory that lives through the call.
        let result = unsafe { libc::$call($($argument),*) };
        crate::acts::checked(result)
    }};
}
pub(crate) use call;

/// The result of a call, or the number of its error.
pub(crate) fn checked(result: impl TryInto<i64>) -> Result<i32, i32> {
    match result.try_into() {
        Ok(result) if result >= 0 => Ok(i32::try_from(result).unwrap_or(i32::MAX)),
        _ => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(255)),
    }
}

/// The number of a failed call's error.
pub(crate) fn number(error: &std::io::Error) -> i32 {
    error.raw_os_error().unwrap_or(255)
}

/// Does an act in a forked process: 0, or the number of its error; `None` where it was killed.
pub(crate) fn forked(act: impl FnOnce() -> Outcome) -> Option<i32> {
    ended(begun(act))
}

/// Begins an act in a forked process; returns its number.
pub(crate) fn begun(act: impl FnOnce() -> Outcome) -> i32 {
    // SAFETY: the child makes its calls and ends at once by `_exit`; libc keeps its allocator whole over forks.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork");
    if pid == 0 {
        let code = act().err().unwrap_or(0);
        // SAFETY: the child ends.
        unsafe { libc::_exit(code) };
    }
    pid
}

/// Waits for a forked process.
pub(crate) fn ended(pid: i32) -> Option<i32> {
    let mut status = 0;
    // SAFETY: `status` lives here.
    unsafe { libc::waitpid(pid, &raw mut status, 0) };
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}
