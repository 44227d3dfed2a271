//! A call whose argument another thread may change meanwhile.

use std::io;
use std::sync::atomic::AtomicU8;

/// Opens for reading what stands at `path` when the kernel looks, closes it, and says which inode it
/// was.
///
/// # Errors
/// What the kernel says.
///
/// # Panics
/// When `path` does not end with a NUL, which nobody may change.
pub fn opened_inode(path: &[AtomicU8]) -> io::Result<u64> {
    let last = path.last().map(|byte| byte.load(std::sync::atomic::Ordering::Relaxed));
    assert_eq!(last, Some(0), "a path ends with a NUL");
    // SAFETY: the memory is ours and ends with a NUL; the kernel copies it as it is at that moment.
    let fd = unsafe { libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: plain old data, filled in by the call.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `fd` is ours and open, `stat` is ours.
    let done = unsafe { libc::fstat(fd, &raw mut stat) };
    let error = io::Error::last_os_error();
    // SAFETY: `fd` is ours and closed once.
    unsafe { libc::close(fd) };
    if done == 0 { Ok(stat.st_ino) } else { Err(error) }
}
