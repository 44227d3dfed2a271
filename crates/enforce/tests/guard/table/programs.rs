//! Ways to programs, other processes, the kernel and its mounts.

use std::ffi::CString;
use std::os::fd::AsRawFd as _;

use peregrine_guard::Level;
use peregrine_testkit::i386;

use super::room::{GROUP, MODULE, Room, SECRET};
use super::ways::{bind, in_mounts, low, old, open};
use super::{Case, left, told};
use crate::acts::{Outcome, call, number};

const BOTH: &[Level] = &[Level::Lsm, Level::FmodRet];
const K1: Level = Level::KillBefore;
const ALL: &[Level] = &[Level::Lsm, Level::FmodRet, K1];

pub(super) const PROGRAMS: &[Case] = &[
    left("exec", "plain", |r| exec(r, "program")),
    left("exec", "symbolic link", |r| exec(r, "free/to-program")),
    left("exec", "hard link made before", |r| exec(r, "free/same-program")),
    left("exec", "bind mount of the program", |r| {
        in_mounts(|| {
            bind(&r.c("program"), &r.c("free/program"), 0)?;
            exec(r, "free/program")
        })
    }),
    left("exec", "script", |r| exec(r, "script")).passes(&[K1]),
    left("exec", "interpreter of a script", |r| exec(r, "free/script")),
    left("exec", "script as its interpreter's argument", |r| {
        let (shell, script) = (c"/bin/sh".to_owned(), r.c("script"));
        execve(&shell, &[&shell, &script])
    })
    .passes(ALL),
    left("exec", "execveat of a descriptor", |r| exec_fd(r, open(&r.c("program"), libc::O_PATH)?)),
    left("exec", "memfd", |r| {
        let fd = call!(memfd_create(c"x".as_ptr(), 0))?;
        let bytes = std::fs::read("/usr/bin/touch").map_err(|error| number(&error))?;
        std::fs::write(format!("/proc/self/fd/{fd}"), bytes).map_err(|error| number(&error))?;
        exec_fd(r, fd)
    }),
    left("exec", "32-bit execve", |r| {
        let (program, ran) = (low(&r.c("program")), low(&r.c("out/ran")));
        let words: Vec<u8> = [program, ran, 0].iter().flat_map(|word| word.to_ne_bytes()).collect();
        old(11, &[program, i386::low(&words), i386::low(&[0; 4])]).map(drop)
    }),
    left("map_exec", "ld.so", |r| {
        let loader = c"/lib64/ld-linux-x86-64.so.2".to_owned();
        execve(&loader, &[&loader, &r.c("program"), &r.c("out/ran")])
    })
    .passes(&[K1]),
    told("map_exec", "mmap", |r| map(r, libc::PROT_READ | libc::PROT_EXEC).map(drop)),
    told("map_exec", "mmap, then mprotect", |r| {
        let at = map(r, libc::PROT_READ)?;
        call!(mprotect(at, 4096, libc::PROT_READ | libc::PROT_EXEC)).map(drop)
    }),
];

pub(super) const PROCESSES: &[Case] = &[
    told("trace", "ptrace", |r| {
        call!(ptrace(libc::PTRACE_SEIZE, r.victim.get(), 0_usize, 0_usize)).map(drop)
    }),
    told("trace", "process_vm_readv", |r| {
        let mut text = [0_u8; SECRET.len()];
        let len = text.len();
        let to = libc::iovec { iov_base: text.as_mut_ptr().cast(), iov_len: len };
        let from = libc::iovec { iov_base: SECRET.as_ptr().cast_mut().cast(), iov_len: len };
        call!(process_vm_readv(r.victim.get(), &raw const to, 1, &raw const from, 1, 0))?;
        if text == SECRET { Ok(()) } else { Err(libc::ENODATA) }
    }),
    told("trace", "/proc/PID/mem", |r| {
        let path = CString::new(format!("/proc/{}/mem", r.victim.get())).unwrap();
        let fd = open(&path, libc::O_RDONLY)?;
        let mut text = [0_u8; SECRET.len()];
        let at = libc::off_t::try_from(SECRET.as_ptr() as usize).unwrap();
        call!(pread(fd, text.as_mut_ptr().cast(), text.len(), at))?;
        if text == SECRET { Ok(()) } else { Err(libc::ENODATA) }
    }),
    told("trace", "pidfd_getfd", |r| {
        let fd = call!(syscall(libc::SYS_pidfd_open, r.victim.get(), 0))?;
        call!(syscall(libc::SYS_pidfd_getfd, fd, 1, 0)).map(drop)
    }),
    told("signal", "kill", |r| dies(r, call!(kill(r.victim.get(), libc::SIGKILL)))),
    told("signal", "tgkill", |r| {
        let pid = r.victim.get();
        dies(r, call!(syscall(libc::SYS_tgkill, pid, pid, libc::SIGKILL)))
    }),
    told("signal", "pidfd_send_signal", |r| {
        let fd = call!(syscall(libc::SYS_pidfd_open, r.victim.get(), 0))?;
        dies(r, call!(syscall(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, 0, 0)))
    }),
    told("signal", "32-bit kill", |r| {
        let (pid, signal) = (r.victim.get().cast_unsigned(), libc::SIGKILL.cast_unsigned());
        dies(r, old(37, &[pid, signal]))
    }),
    told("signal", "cgroup.kill", |r| {
        let write =
            |path: String, text: String| std::fs::write(path, text).map_err(|error| number(&error));
        std::fs::create_dir_all(GROUP).map_err(|error| number(&error))?;
        write(format!("{GROUP}/cgroup.procs"), r.victim.get().to_string())?;
        write(format!("{GROUP}/cgroup.kill"), "1".to_owned())?;
        dies(r, Ok(0))
    })
    .passes(BOTH),
    told("change_user", "setuid", |_| call!(syscall(libc::SYS_setuid, 1)).map(drop)),
    told("change_user", "setresuid", |_| call!(syscall(libc::SYS_setresuid, 1, 1, 1)).map(drop)),
    told("change_user", "setgid", |_| call!(syscall(libc::SYS_setgid, 1)).map(drop)),
    left("change_user", "a set-user-id program", |r| exec(r, "free/of-another")),
    told("change_user", "32-bit setuid", |_| old(213, &[1]).map(drop)),
];

pub(super) const KERNEL: &[Case] = &[
    left("load_module", "finit_module", |_| {
        let fd = open(&CString::new(MODULE).unwrap(), libc::O_RDONLY)?;
        call!(syscall(libc::SYS_finit_module, fd, c"".as_ptr(), 0)).map(drop)
    }),
    left("load_module", "init_module", |_| {
        let bytes = std::fs::read(MODULE).map_err(|error| number(&error))?;
        call!(syscall(libc::SYS_init_module, bytes.as_ptr(), bytes.len(), c"".as_ptr())).map(drop)
    }),
    left("load_module", "32-bit finit_module", |_| {
        let fd = open(&CString::new(MODULE).unwrap(), libc::O_RDONLY)?;
        old(350, &[fd.cast_unsigned(), low(&c"".to_owned()), 0]).map(drop)
    }),
    told("load_bpf", "BPF_MAP_CREATE", |_| {
        // An array of one value of 4 bytes.
        let asked: [u32; 18] = [2, 4, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        call!(syscall(libc::SYS_bpf, 0, asked.as_ptr(), size_of_val(&asked))).map(drop)
    }),
    told("mount", "mount", |r| in_mounts(|| mount_at(r))),
    told("mount", "bind mount", |r| in_mounts(|| bind(&r.c("free"), &r.c("point"), 0))),
    told("mount", "fsmount, move_mount", |r| {
        in_mounts(|| {
            let fs = call!(syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), 0))?;
            // FSCONFIG_CMD_CREATE
            call!(syscall(libc::SYS_fsconfig, fs, 6, 0, 0, 0))?;
            let mount = call!(syscall(libc::SYS_fsmount, fs, 0, 0))?;
            to_point(r, mount)
        })
    }),
    told("mount", "open_tree, move_mount", |r| {
        in_mounts(|| {
            // OPEN_TREE_CLONE
            let tree =
                call!(syscall(libc::SYS_open_tree, libc::AT_FDCWD, r.c("free").as_ptr(), 1))?;
            to_point(r, tree)
        })
    }),
    told("mount", "32-bit mount", |r| {
        in_mounts(|| {
            let kind = low(&c"tmpfs".to_owned());
            old(21, &[kind, low(&r.c("point")), kind, 0, 0]).map(drop)
        })
    }),
    told("mount", "mount_setattr", |r| {
        in_mounts(|| {
            // MOUNT_ATTR_RDONLY of the mount the folder lies in; it is not asked about a mount of its own.
            bind(&r.c("free"), &r.c("mnt"), 0)?;
            let set: [u64; 4] = [1, 0, 0, 0];
            let (number, at) = (libc::SYS_mount_setattr, r.c("mnt"));
            call!(syscall(number, libc::AT_FDCWD, at.as_ptr(), 0, set.as_ptr(), 32)).map(drop)
        })
    })
    .passes(BOTH),
    told("unmount", "umount2", |r| unmount(r, 0)),
    told("unmount", "umount2 with MNT_DETACH", |r| unmount(r, libc::MNT_DETACH)),
    told("set_time", "clock_settime", |_| {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        call!(clock_gettime(libc::CLOCK_REALTIME, &raw mut now))?;
        call!(clock_settime(libc::CLOCK_REALTIME, &raw const now)).map(drop)
    }),
    told("set_time", "settimeofday", |_| {
        let mut now = libc::timeval { tv_sec: 0, tv_usec: 0 };
        call!(gettimeofday(&raw mut now, std::ptr::null_mut()))?;
        call!(settimeofday(&raw const now, std::ptr::null())).map(drop)
    }),
    told("set_time", "adjtimex with ADJ_SETOFFSET", |_| {
        // SAFETY: of numbers, for which 0 is a value.
        let mut change: libc::timex = unsafe { std::mem::zeroed() };
        change.modes = 0x100;
        call!(adjtimex(&raw mut change)).map(drop)
    }),
    told("set_time", "32-bit settimeofday", |_| {
        let mut now = libc::timeval { tv_sec: 0, tv_usec: 0 };
        call!(gettimeofday(&raw mut now, std::ptr::null_mut()))?;
        let seconds = u32::try_from(now.tv_sec).unwrap_or(0);
        let words: Vec<u8> = [seconds, 0].iter().flat_map(|word| word.to_ne_bytes()).collect();
        old(79, &[i386::low(&words), 0]).map(drop)
    }),
];

/// Starts it; it makes `out/ran`.
fn exec(room: &Room, name: &str) -> Outcome {
    let program = room.c(name);
    execve(&program, &[&program, &room.c("out/ran")])
}

fn execve(program: &CString, words: &[&CString]) -> Outcome {
    let mut words: Vec<_> = words.iter().map(|word| word.as_ptr()).collect();
    words.push(std::ptr::null());
    let none = [std::ptr::null()];
    call!(execve(program.as_ptr(), words.as_ptr(), none.as_ptr())).map(drop)
}

fn exec_fd(room: &Room, fd: i32) -> Outcome {
    let ran = room.c("out/ran");
    let words = [c"x".as_ptr(), ran.as_ptr(), std::ptr::null()];
    let none: [*const libc::c_char; 1] = [std::ptr::null()];
    let (call, flags) = (libc::SYS_execveat, libc::AT_EMPTY_PATH);
    call!(syscall(call, fd, c"".as_ptr(), words.as_ptr(), none.as_ptr(), flags)).map(drop)
}

fn map(room: &Room, protection: i32) -> Result<*mut libc::c_void, i32> {
    let file = std::fs::File::open(room.path("program")).map_err(|error| number(&error))?;
    let (fd, none) = (file.as_raw_fd(), std::ptr::null_mut());
    // SAFETY: a fresh mapping that stays.
    let at = unsafe { libc::mmap(none, 4096, protection, libc::MAP_PRIVATE, fd, 0) };
    if at == libc::MAP_FAILED { Err(number(&std::io::Error::last_os_error())) } else { Ok(at) }
}

/// Waits until the process is no more.
fn dies(room: &Room, sent: Result<i32, i32>) -> Outcome {
    sent?;
    let stat = format!("/proc/{}/stat", room.victim.get());
    let over = |text: String| text.contains(") Z ") || text.contains(") X ");
    for _ in 0..500 {
        if std::fs::read_to_string(&stat).map_or(true, over) {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Err(libc::ETIMEDOUT)
}

fn mount_at(room: &Room) -> Outcome {
    let (kind, none) = (c"tmpfs".as_ptr(), std::ptr::null());
    call!(mount(kind, room.c("point").as_ptr(), kind, 0, none)).map(drop)
}

fn to_point(room: &Room, mount: i32) -> Outcome {
    let (at, to) = (libc::AT_FDCWD, room.c("point"));
    // MOVE_MOUNT_F_EMPTY_PATH
    call!(syscall(libc::SYS_move_mount, mount, c"".as_ptr(), at, to.as_ptr(), 4)).map(drop)
}

/// What it may mount there it may not unmount.
fn unmount(room: &Room, flags: i32) -> Outcome {
    in_mounts(|| {
        let (kind, none) = (c"tmpfs".as_ptr(), std::ptr::null());
        let at = room.c("work");
        call!(mount(kind, at.as_ptr(), kind, 0, none))?;
        call!(umount2(at.as_ptr(), flags)).map(drop)
    })
}
