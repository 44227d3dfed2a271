//! Ways to an object beside its path.

use std::ffi::CString;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use peregrine_testkit::i386;
use peregrine_testkit::ring::{Entry, Ring, op};

use super::room::{Room, SECRET};
use crate::acts::{Outcome, call, checked};

/// How often a way that has to meet an instant is tried.
const TRIES: u32 = 1500;

/// Opens.
pub(super) fn open(path: &CString, flags: i32) -> Result<i32, i32> {
    call!(open(path.as_ptr(), flags, 0o600))
}

/// Whether what protected files say can be read there.
pub(super) fn reads(fd: i32) -> Outcome {
    let mut text = [0_u8; SECRET.len()];
    call!(pread(fd, text.as_mut_ptr().cast(), text.len(), 0))?;
    if text == SECRET { Ok(()) } else { Err(libc::ENODATA) }
}

/// Opens and reads.
pub(super) fn read(path: &CString) -> Outcome {
    reads(open(path, libc::O_RDONLY)?)
}

/// Opens and writes.
pub(super) fn write(path: &CString) -> Outcome {
    writes(open(path, libc::O_WRONLY)?)
}

pub(super) fn writes(fd: i32) -> Outcome {
    call!(write(fd, c"x".as_ptr().cast(), 1)).map(drop)
}

/// A path that leads to what is open.
pub(super) fn by_descriptor(fd: i32) -> CString {
    CString::new(format!("/proc/self/fd/{fd}")).unwrap()
}

/// In mounts of its own.
pub(super) fn in_mounts(act: impl FnOnce() -> Outcome) -> Outcome {
    call!(unshare(libc::CLONE_NEWNS))?;
    let none = std::ptr::null();
    let private = libc::MS_REC | libc::MS_PRIVATE;
    call!(mount(c"none".as_ptr(), c"/".as_ptr(), none, private, none.cast()))?;
    act()
}

/// Mounts a folder or file a second time.
pub(super) fn bind(from: &CString, to: &CString, more: libc::c_ulong) -> Outcome {
    let none = std::ptr::null();
    call!(mount(from.as_ptr(), to.as_ptr(), none, libc::MS_BIND | more, none.cast())).map(drop)
}

/// The folder becomes the root. That of a guest cannot be exchanged; a second mount of it can.
pub(super) fn pivot(room: &Room) -> Outcome {
    let (mnt, deep, up) = (room.c("mnt"), room.c("dir/deep"), room.c("up"));
    bind(&c"/".to_owned(), &mnt, libc::MS_REC)?;
    call!(chroot(mnt.as_ptr()))?;
    bind(&deep, &up, 0)?;
    call!(chdir(up.as_ptr()))?;
    call!(syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()))?;
    call!(chroot(c".".as_ptr()))?;
    read(&c"/b".to_owned())
}

/// Another process mounts the folder elsewhere; this one enters its mounts. It ends by itself: to kill it may be denied.
pub(super) fn entered(room: &Room) -> Outcome {
    let (mut ready, mut stay) = ([0; 2], [0; 2]);
    call!(pipe(ready.as_mut_ptr()))?;
    call!(pipe(stay.as_mut_ptr()))?;
    let mut byte = 0_u8;
    let other = crate::acts::begun(|| {
        call!(close(stay[1]))?;
        in_mounts(|| {
            bind(&room.c("dir/deep"), &room.c("mnt"), 0)?;
            call!(write(ready[1], c"x".as_ptr().cast(), 1))?;
            call!(read(stay[0], (&raw mut byte).cast(), 1)).map(drop)
        })
    });
    call!(close(ready[1]))?;
    call!(read(ready[0], (&raw mut byte).cast(), 1))?;
    let enters = || {
        let mounts = open(&CString::new(format!("/proc/{other}/ns/mnt")).unwrap(), libc::O_RDONLY)?;
        call!(setns(mounts, libc::CLONE_NEWNS))?;
        // In the mounts of the other one the path of the room is the same.
        read(&room.c("mnt/b"))
    };
    let outcome = enters();
    call!(close(stay[1]))?;
    let _ = call!(waitpid(other, std::ptr::null_mut(), 0));
    outcome
}

/// The lower folder of an overlay.
pub(super) fn overlay(room: &Room) -> Outcome {
    let layers = format!(
        "lowerdir={},upperdir={},workdir={}",
        room.path("dir").display(),
        room.path("up").display(),
        room.path("work").display()
    );
    let layers = CString::new(layers).unwrap();
    let (at, kind) = (room.c("mnt"), c"overlay".as_ptr());
    call!(mount(kind, at.as_ptr(), kind, 0, layers.as_ptr().cast()))?;
    read(&room.c("mnt/a"))
}

/// By the number of a file instead of its name.
pub(super) fn by_handle(room: &Room) -> Outcome {
    #[repr(C)]
    struct Handle {
        bytes: u32,
        kind: i32,
        room: [u8; 128],
    }
    let mut handle = Handle { bytes: 128, kind: 0, room: [0; 128] };
    let mut mount = 0;
    let (at, to) = (libc::AT_FDCWD, (&raw mut handle).cast());
    call!(name_to_handle_at(at, room.c("file").as_ptr(), to, &raw mut mount, 0))?;
    let at = open(&room.c("free"), libc::O_DIRECTORY)?;
    reads(call!(open_by_handle_at(at, (&raw mut handle).cast(), libc::O_RDONLY))?)
}

/// One request through a ring.
pub(super) fn by_ring(request: Entry<'_>) -> Result<i32, i32> {
    let ring = Ring::new(4, 0, 0).map_err(|_| libc::ENOSYS)?;
    let result = ring.run(&[request])[0];
    i32::try_from(result)
        .map_err(|_| libc::EIO)
        .and_then(|end| if end < 0 { Err(-end) } else { Ok(end) })
}

/// A request about a path.
pub(super) fn of_path(opcode: u8, path: &CString, flags: i32) -> Entry<'_> {
    Entry {
        opcode,
        fd: libc::AT_FDCWD,
        addr: path.as_ptr() as u64,
        len: if opcode == op::OPENAT { 0o600 } else { 0 },
        op_flags: flags.cast_unsigned(),
        ..Entry::default()
    }
}

/// A call as 32-bit programs make it.
pub(super) fn old(number: u32, arguments: &[u32]) -> Result<i32, i32> {
    let end = i386::int80(number, arguments);
    i32::try_from(end)
        .map_err(|_| libc::EIO)
        .and_then(|end| if end < 0 { Err(-end) } else { Ok(end) })
}

/// A path where 32-bit calls find it.
pub(super) fn low(path: &CString) -> u32 {
    i386::low(path.as_bytes_with_nul())
}

/// What leads to the protected file and what does not exchange places meanwhile, in a thread.
pub(super) fn renamed_meanwhile(room: &Room) -> Outcome {
    let (to, other, swap) = (room.c("file"), room.c("free/c"), room.c("free/swap"));
    let (one, two) = (room.c("free/one"), room.c("free/two"));
    call!(symlink(to.as_ptr(), swap.as_ptr()))?;
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let _ = call!(link(other.as_ptr(), one.as_ptr()));
                let _ = call!(rename(one.as_ptr(), swap.as_ptr()));
                let _ = call!(symlink(to.as_ptr(), two.as_ptr()));
                let _ = call!(rename(two.as_ptr(), swap.as_ptr()));
            }
        });
        let outcome = until_read(|| read(&swap));
        over.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Another process with the same table of descriptors exchanges the folder that names are looked up in.
pub(super) fn exchanged_descriptor(room: &Room) -> Outcome {
    // In the free folder there is a `b` too.
    std::fs::write(room.path("free/b"), b"public").map_err(|error| crate::acts::number(&error))?;
    let folders = [open(&room.c("free"), libc::O_PATH)?, open(&room.c("dir/deep"), libc::O_PATH)?];
    let at = call!(dup(folders[0]))?;
    // Closed, it says that the other one is to end: to kill it may be denied.
    let stay = call!(dup(folders[0]))?;
    // SAFETY: as a fork that shares the descriptors; both processes make plain calls until they end.
    let accomplice = checked(unsafe {
        libc::syscall(libc::SYS_clone, libc::CLONE_FILES | libc::SIGCHLD, 0, 0, 0, 0)
    })?;
    if accomplice == 0 {
        while call!(fcntl(stay, libc::F_GETFD)).is_ok() {
            for folder in folders {
                let _ = call!(dup2(folder, at));
            }
        }
        // SAFETY: the child ends.
        unsafe { libc::_exit(0) };
    }
    let outcome = until_read(|| {
        let fd = call!(openat(at, c"b".as_ptr(), libc::O_RDONLY))?;
        let outcome = reads(fd);
        let _ = call!(close(fd));
        outcome
    });
    let _ = call!(close(stay));
    let _ = call!(waitpid(accomplice, std::ptr::null_mut(), 0));
    outcome
}

/// Tries until the secret was read; else what was said last by a refusal.
fn until_read(mut attempt: impl FnMut() -> Outcome) -> Outcome {
    let mut last = Err(libc::ENODATA);
    for _ in 0..TRIES {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(libc::ENODATA | libc::ENOENT) => {}
            error => last = error,
        }
    }
    last
}

/// Sends a descriptor over a unix socket; returns the end where it waits.
pub(super) fn pass(fd: i32) -> OwnedFd {
    let mut ends = [0; 2];
    call!(socketpair(libc::AF_UNIX, libc::SOCK_DGRAM, 0, ends.as_mut_ptr())).unwrap();
    with_message(|message| {
        // SAFETY: there is room for one descriptor.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(4) as _;
            libc::CMSG_DATA(header).cast::<i32>().write_unaligned(fd);
        }
        call!(sendmsg(ends[0], message, 0))
    })
    .unwrap();
    call!(close(ends[0])).unwrap();
    // SAFETY: a fresh descriptor that nobody else has.
    unsafe { OwnedFd::from_raw_fd(ends[1]) }
}

/// Receives it.
pub(super) fn received(end: i32) -> Result<i32, i32> {
    with_message(|message| {
        call!(recvmsg(end, message, libc::MSG_DONTWAIT))?;
        // SAFETY: the kernel says how much of the room it used.
        unsafe {
            let header = libc::CMSG_FIRSTHDR(message);
            // What may not be received is left out.
            if header.is_null() || (*header).cmsg_len < libc::CMSG_LEN(4) as _ {
                return Err(libc::EACCES);
            }
            Ok(libc::CMSG_DATA(header).cast::<i32>().read_unaligned())
        }
    })
}

/// A message of one byte with room for a descriptor.
fn with_message<T>(each: impl FnOnce(*mut libc::msghdr) -> T) -> T {
    let mut byte = 0_u8;
    let mut part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let mut room = [0_u64; 4];
    // SAFETY: of numbers and pointers, for which 0 is a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = room.as_mut_ptr().cast();
    // SAFETY: a number from a number.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(4) } as _;
    each(&raw mut message)
}
