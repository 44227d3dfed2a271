//! Calls without a library between, and the pipes of orders.

use std::cell::RefCell;
use std::ffi::CString;
use std::time::Duration;

use super::{PIPES, PLACES};

/// What a process knows of itself; its children begin with the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    /// Where programs are; the scene is below.
    pub(super) base: String,
    pub(super) groups: String,
    pub(super) place: usize,
    /// It has mounts of its own.
    pub(super) apart: bool,
    /// Its root is `jail` below the base.
    pub(super) jailed: bool,
}

thread_local! {
    pub(super) static HERE: RefCell<Here> = RefCell::default();
}

/// A path as the process sees it now: `@` is the scene, or the root in the jail.
pub(super) fn real(text: &str) -> CString {
    let scene = HERE.with_borrow(|here| {
        if here.jailed { String::new() } else { format!("{}/acts/scene", here.base) }
    });
    CString::new(text.replace('@', &scene)).unwrap_or_default()
}

pub(super) fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A call; below zero the number of an error.
pub(super) fn sys(number: libc::c_long, args: &[usize]) -> i64 {
    let mut six = [0_usize; 6];
    six[..args.len()].copy_from_slice(args);
    // SAFETY: each caller passes what the call asks for; memory it names outlives the call.
    let result = unsafe { libc::syscall(number, six[0], six[1], six[2], six[3], six[4], six[5]) };
    if result < 0 {
        -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
    } else {
        result
    }
}

/// A number in a register.
pub(super) fn reg(number: i64) -> usize {
    usize::try_from(number.cast_unsigned()).unwrap_or(usize::MAX)
}

/// Makes the pipes, at their places and open for whoever comes.
pub(super) fn make_pipes() {
    for pipe in 0..2 * int(PLACES) {
        let mut ends = [0; 2];
        // SAFETY: a place for two numbers; then numbers only.
        unsafe {
            assert_eq!(libc::pipe2(ends.as_mut_ptr(), 0), 0, "pipes");
            for (end, side) in ends.into_iter().zip(0..) {
                assert!(libc::dup2(end, PIPES + 2 * pipe + side) >= 0, "pipes have their places");
                libc::close(end);
            }
        }
    }
}

pub(super) fn write_all(fd: i32, bytes: &[u8; 16]) {
    assert_eq!(sys(libc::SYS_write, &[reg(fd.into()), bytes.as_ptr() as usize, 16]), 16);
}

pub(super) fn read(fd: i32) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    (sys(libc::SYS_read, &[reg(fd.into()), bytes.as_mut_ptr() as usize, 16]) == 16).then_some(bytes)
}

/// The same, if something comes in time.
pub(super) fn read_within(fd: i32, time: Duration) -> Option<[u8; 16]> {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let millis = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one descriptor.
    let came = unsafe { libc::poll(&raw mut poll, 1, millis) };
    if came == 1 { read(fd) } else { None }
}

/// The number of the calling thread.
pub fn current_thread() -> i64 {
    sys(libc::SYS_gettid, &[])
}

/// Goes to the folder it is in, once on every CPU it may use: events that say that those before them
/// have come. How many there are.
pub fn mark() -> usize {
    let mut may = [0_u64; 128];
    let (size, at) = (size_of_val(&may), may.as_mut_ptr() as usize);
    let got = sys(libc::SYS_sched_getaffinity, &[0, size, at]);
    assert!(got > 0, "the CPUs this thread may use");
    let mut marks = 0;
    for (place, word) in may.iter().enumerate() {
        for bit in (0..64).map(|bit| 1_u64 << bit).filter(|bit| word & bit != 0) {
            let mut one = [0_u64; 128];
            one[place] = bit;
            sys(libc::SYS_sched_setaffinity, &[0, size, one.as_ptr() as usize]);
            sys(libc::SYS_chdir, &[c".".as_ptr() as usize]);
            marks += 1;
        }
    }
    sys(libc::SYS_sched_setaffinity, &[0, size, at]);
    marks
}
