//! The calls of fanotify.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The thread that did it, instead of its process.
const FAN_REPORT_TID: libc::c_uint = 0x100;
/// Bytes of one event.
const EVENT_LEN: usize = size_of::<libc::fanotify_event_metadata>();
/// Events that are read at once: each has a descriptor.
pub(super) const BATCH: usize = 64;

/// One permission event. Whoever did it waits until its descriptor is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    /// The file, open in the process that read the event.
    pub(super) fd: RawFd,
    /// The thread that waits, in the pid namespace of the reader; 0 where it is in none of its namespaces.
    pub(super) tid: u32,
    /// `FAN_OPEN_PERM` and `FAN_OPEN_EXEC_PERM`.
    pub(super) mask: u64,
}

/// A group that decides before files are opened.
pub(super) fn init() -> io::Result<OwnedFd> {
    let flags = libc::FAN_CLASS_CONTENT
        | libc::FAN_CLOEXEC
        | libc::FAN_NONBLOCK
        | libc::FAN_UNLIMITED_QUEUE
        | libc::FAN_UNLIMITED_MARKS
        | FAN_REPORT_TID;
    let opened_with = libc::O_RDONLY | libc::O_LARGEFILE | libc::O_CLOEXEC | libc::O_NOATIME;
    // SAFETY: no pointer is passed.
    let fd = unsafe { libc::fanotify_init(flags, opened_with.cast_unsigned()) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened it, and nobody else has its number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What a mark is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkOn {
    /// One file or folder, whatever its path.
    Inode,
    /// Every file of a file system.
    FileSystem,
}

/// Adds a mark, or the bits of `mask` to one that is there. Never an evictable one: memory pressure would end it.
pub(super) fn mark(group: &OwnedFd, on: MarkOn, mask: u64, path: &Path) -> io::Result<()> {
    change_mark(group, libc::FAN_MARK_ADD, on, mask, path)
}

/// Takes the bits of `mask` from a mark.
pub(super) fn unmark(group: &OwnedFd, on: MarkOn, mask: u64, path: &Path) -> io::Result<()> {
    change_mark(group, libc::FAN_MARK_REMOVE, on, mask, path)
}

fn change_mark(
    group: &OwnedFd,
    change: libc::c_uint,
    on: MarkOn,
    mask: u64,
    path: &Path,
) -> io::Result<()> {
    let on = match on {
        MarkOn::Inode => libc::FAN_MARK_INODE,
        MarkOn::FileSystem => libc::FAN_MARK_FILESYSTEM,
    };
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a string that ends, and the kernel keeps no pointer to it.
    let done = unsafe {
        libc::fanotify_mark(group.as_raw_fd(), change | on, mask, libc::AT_FDCWD, path.as_ptr())
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Bytes of events that nobody has read. Makes no allocation.
pub(super) fn unread(group: RawFd) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the kernel writes one int to where the pointer points.
    let done = unsafe { libc::ioctl(group, libc::FIONREAD, &raw mut bytes) };
    if done == 0 { usize::try_from(bytes).unwrap_or(0) } else { 0 }
}

/// Reads the events that are there into `events`; how many. Makes no allocation.
pub(super) fn read(group: RawFd, events: &mut [Event; BATCH]) -> io::Result<usize> {
    let mut buffer = [0_u8; BATCH * EVENT_LEN];
    // SAFETY: the kernel writes at most as many bytes as the buffer has.
    let length = unsafe { libc::read(group, buffer.as_mut_ptr().cast(), buffer.len()) };
    let Ok(length) = usize::try_from(length) else { return Err(io::Error::last_os_error()) };
    let mut count = 0;
    for bytes in buffer[..length].chunks_exact(EVENT_LEN) {
        // SAFETY: it has the bytes of one event, as the kernel wrote them; any bytes are one.
        let event: libc::fanotify_event_metadata =
            unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) };
        if event.fd >= 0 {
            let tid = u32::try_from(event.pid).unwrap_or(0);
            events[count] = Event { fd: event.fd, tid, mask: event.mask };
            count += 1;
        }
    }
    Ok(count)
}

/// Answers the event with this descriptor; whether one waited for it. Makes no allocation.
pub(super) fn answer(group: RawFd, fd: RawFd, allow: bool) -> bool {
    let response = if allow { libc::FAN_ALLOW } else { libc::FAN_DENY };
    let response = libc::fanotify_response { fd, response };
    let length = size_of::<libc::fanotify_response>();
    // SAFETY: the kernel reads the bytes of one answer.
    let written = unsafe { libc::write(group, (&raw const response).cast(), length) };
    usize::try_from(written) == Ok(length)
}

/// Closes the descriptor of an event.
pub(super) fn close(fd: RawFd) {
    // SAFETY: the descriptor is that of an event, which only its reader knows and closes once.
    unsafe { libc::close(fd) };
}

/// Milliseconds of the clock that every process reads alike. Makes no allocation.
pub(super) fn millis() -> u32 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // Wraps after 49 days: times are compared by their difference.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "wraps")]
    let millis = (now.tv_sec as u64).wrapping_mul(1000) as u32;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 1,000")]
    let rest = (now.tv_nsec / 1_000_000) as u32;
    millis.wrapping_add(rest)
}
