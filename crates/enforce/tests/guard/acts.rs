//! Acts in processes of their own: this one is exempt.

/// What an act in a forked process says: 0, or the number of its error; `None` where it was killed.
pub(crate) fn forked(act: impl FnOnce() -> i64) -> Option<i32> {
    // SAFETY: the child only makes calls that allocate little and ends at once by `_exit`.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork");
    if pid == 0 {
        let code = errno_of(act());
        // SAFETY: the child ends.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: `status` lives here.
    unsafe { libc::waitpid(pid, &raw mut status, 0) };
    libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
}

/// The error of a call that said below zero.
pub(crate) fn errno_of(result: i64) -> i32 {
    if result >= 0 { 0 } else { std::io::Error::last_os_error().raw_os_error().unwrap_or(255) }
}
