//! What an ordinary user can do to make a watcher run out of memory: descriptors with long names,
//! processes with long arguments, threads, deep folders. Each load goes on until somebody ends it.

#![expect(unsafe_code, reason = "makes the calls itself")]

use std::ffi::{CStr, CString};

use crate::actor::{become_program, become_user, descriptor_limit, fork, pause};

/// The user without rights.
const NOBODY: u32 = 65_534;
/// A name as long as a file system takes.
const NAME: usize = 250;
/// So many of them one below the other: nearly as long as a path may be.
const DEPTH: usize = 14;

/// Starts all loads below a folder of the user's, in processes that end with the caller. `folder` is a
/// folder anybody may write to.
pub fn everything(folder: &CStr) {
    // SAFETY: numbers and an empty list only. Others on the machine go first.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 19);
        libc::setgroups(0, std::ptr::null());
    }
    descriptor_limit(20_000);
    become_user(NOBODY);
    for load in [descriptors, processes, threads, folders] {
        fork(|| {
            // SAFETY: numbers only: it ends with the caller, whatever becomes of that.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            load(folder);
        });
    }
    pause();
}

/// Goes down into folders with long names, made where they are missing.
fn descend(folder: &CStr, depth: usize) {
    // SAFETY: texts with a NUL.
    unsafe { libc::chdir(folder.as_ptr()) };
    for level in 0..depth {
        let name = CString::new(long(level)).unwrap_or_default();
        // SAFETY: texts with a NUL.
        unsafe {
            libc::mkdir(name.as_ptr(), 0o755);
            libc::chdir(name.as_ptr());
        }
    }
}

fn long(number: usize) -> Vec<u8> {
    let mut name = vec![b'n'; NAME];
    for (place, digit) in name.iter_mut().zip(format!("{number:08}").bytes()) {
        *place = digit;
    }
    name
}

/// As many descriptors as it may have, in process after process, each with a long name of its own.
fn descriptors(folder: &CStr) {
    descend(folder, DEPTH);
    for round in 0.. {
        let mut made = Vec::new();
        for number in 0..4000 {
            let name = CString::new(long(round * 4000 + number)).unwrap_or_default();
            // SAFETY: a text with a NUL. The file is taken away at once: a name is all it is for.
            let fd = unsafe {
                let fd = libc::open(
                    name.as_ptr(),
                    libc::O_RDWR | libc::O_CREAT | libc::O_CLOEXEC,
                    0o600,
                );
                libc::unlink(name.as_ptr());
                fd
            };
            made.push(fd);
        }
        // Children that have tables of their own: each changes one of what it was given.
        let children: Vec<i32> = (0..8)
            .map(|_| {
                fork(|| {
                    // SAFETY: numbers only.
                    unsafe { libc::dup2(0, made.first().copied().unwrap_or(0)) };
                    pause();
                })
            })
            .collect();
        for fd in &made {
            // SAFETY: a descriptor made above.
            unsafe { libc::close(*fd) };
        }
        // A few rounds stay.
        for child in children.into_iter().take(if round % 4 == 0 { 0 } else { 8 }) {
            finish(child);
        }
    }
}

/// Programs with arguments and environments as long as are reported, many alive at a time.
fn processes(_folder: &CStr) {
    let mut alive = std::collections::VecDeque::new();
    for round in 0_usize.. {
        let word = |kind: &str| {
            CString::new(format!("{kind}-{round}-{}", "w".repeat(6000))).unwrap_or_default()
        };
        let (first, second) = (word("first"), word("second"));
        alive.push_back(fork(|| {
            let shell: &[&CStr] =
                &[c"/bin/sh", c"-c", c"read x <&9", first.as_c_str(), second.as_c_str()];
            let mut ends = [0; 2];
            // SAFETY: a place for two numbers. The pipe nobody writes to keeps the program waiting.
            unsafe {
                libc::pipe(ends.as_mut_ptr());
                libc::dup2(ends[0], 9);
            }
            become_program(shell);
        }));
        if alive.len() > 600 {
            alive.pop_front().into_iter().for_each(finish);
        }
    }
}

/// Threads, by the hundred, and a name each.
fn threads(_folder: &CStr) {
    loop {
        let child = fork(|| {
            let mut threads = Vec::new();
            for number in 0..600 {
                let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
                    let name = CString::new(format!("thread-{number}")).unwrap_or_default();
                    // SAFETY: a text with a NUL.
                    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
                    std::thread::sleep(std::time::Duration::from_secs(2));
                });
                threads.extend(thread);
            }
            for thread in threads {
                let _ = thread.join();
            }
        });
        // SAFETY: waits for our own child; no place for its status.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
}

/// Processes that stand in deep folders.
fn folders(folder: &CStr) {
    let mut alive = std::collections::VecDeque::new();
    for round in 0_usize.. {
        alive.push_back(fork(|| {
            descend(folder, 1 + round % DEPTH);
            pause();
        }));
        if alive.len() > 400 {
            alive.pop_front().into_iter().for_each(finish);
        }
    }
}

fn finish(child: i32) {
    // SAFETY: our own child.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
}
