//! Calls that write into the memory of their caller, where that lays the result over what it asked with: reported
//! is what was asked.
//!
//! Every decoded call stands in one of the lists: those that may write over an argument that is reported have a row
//! that does it.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixDatagram;

use peregrine_event::syscalls;

use crate::call;
use crate::compat::{NOT_TAKEN, int80, low, taken, words};
use crate::watch::{Folder, Seen, Watch};

/// A call, and an act of it whose result lies over an argument. Gives back what was seen of it and says what
/// is expected.
struct Row(&'static str, fn(&mut Watch) -> Reported);

/// What was reported, and what was asked.
struct Reported {
    reported: Vec<u8>,
    asked: Vec<u8>,
}

const ROWS: &[Row] = &[
    Row("stat", |watch| {
        let mut memory = path("/dev/null");
        let at = memory.as_mut_ptr();
        one(watch, 1, b"/dev/null\0", || call!(SYS_stat, at, at))
    }),
    Row("lstat", |watch| {
        let mut memory = path("/dev/null");
        let at = memory.as_mut_ptr();
        one(watch, 1, b"/dev/null\0", || call!(SYS_lstat, at, at))
    }),
    Row("newfstatat", |watch| {
        let mut memory = path("/dev/null");
        let at = memory.as_mut_ptr();
        one(watch, 2, b"/dev/null\0", || call!(SYS_newfstatat, -100, at, at, 0))
    }),
    Row("prlimit64", |watch| {
        let mut own = [0_u64; 2];
        call!(SYS_prlimit64, 0, libc::RLIMIT_CORE, 0, own.as_mut_ptr());
        let mut limits = [u64::from(own[0] == 0), own[1].max(1)];
        let asked = limits[0].to_le_bytes();
        let at = limits.as_mut_ptr();
        let reported = one(watch, 1, &asked, || call!(SYS_prlimit64, 0, libc::RLIMIT_CORE, at, at));
        call!(SYS_prlimit64, 0, libc::RLIMIT_CORE, own.as_ptr(), 0);
        reported
    }),
    Row("nanosleep", |watch| {
        // A signal ends the sleep, and the rest of the time is written over all of it.
        let asked = 30_000_000_123_u64;
        let (_, seen) = watch.child(|| {
            let mut time = [30_i64, 123];
            let soon = [0_i64, 20_000, 0, 20_000];
            let nothing: extern "C" fn(i32) = {
                extern "C" fn nothing(_: i32) {}
                nothing
            };
            // SAFETY: the handler does nothing.
            unsafe { libc::signal(libc::SIGALRM, nothing as libc::sighandler_t) };
            call!(SYS_setitimer, libc::ITIMER_REAL, soon.as_ptr(), 0);
            call!(SYS_nanosleep, time.as_mut_ptr(), time.as_mut_ptr());
        });
        reported(&seen, 1, &asked.to_le_bytes())
    }),
    Row("ppoll", |watch| {
        let mut time = [0_i64, 2_000_000];
        let at = time.as_mut_ptr();
        one(watch, 2, &2_000_000_u64.to_le_bytes(), || call!(SYS_ppoll, 0, 0, at, 0, 8))
    }),
    Row("clone3", |watch| {
        // The number of the new process's descriptor is written over the flags that asked for it.
        let mut seen = watch.all(|| {
            let mut args = [0_u64; 11];
            let flags = 0x1000 | 0x0010_0000;
            (args[0], args[4]) = (flags, 17);
            (args[1], args[3]) = (args.as_ptr() as u64, args.as_ptr() as u64);
            let child = call!(SYS_clone3, args.as_mut_ptr(), 88);
            if child == 0 {
                call!(SYS_exit_group, 0);
            }
            crate::watch::end_of(child);
        });
        let me = i64::from(std::process::id());
        seen.retain(|seen| seen.pid == me && seen.name == "clone3");
        // PPM_CL_CLONE_PARENT_SETTID; of a descriptor of the child the format has no flag.
        reported(&seen, 15, &(1_u32 << 9).to_le_bytes())
    }),
    Row("readv", |watch| received(watch, 2, |fd, at, count| call!(SYS_readv, fd, at, count))),
    Row("preadv", |watch| {
        let folder = Folder::new("laid-preadv");
        std::fs::write(folder.path("f"), TEXT).unwrap();
        let file = std::fs::File::open(folder.path("f")).unwrap();
        let (mut pieces, fd) = (laid(), file.as_raw_fd());
        let at = lay(&mut pieces);
        one(watch, 2, TEXT, || call!(SYS_preadv, fd, at, 1, 0, 0))
    }),
    Row("process_vm_readv", |watch| {
        let mut pieces = laid();
        let at = lay(&mut pieces);
        let from = [TEXT.as_ptr() as u64, TEXT.len() as u64];
        let me = i64::from(std::process::id());
        one(watch, 2, TEXT, || call!(SYS_process_vm_readv, me, at, 1, from.as_ptr(), 1, 0))
    }),
    Row("process_vm_writev", |watch| {
        // Not by itself: see the loader.
        watch.want(&["process_vm_writev", "readv"]);
        let mut pieces = laid();
        let at = lay(&mut pieces);
        let text = TEXT.to_vec();
        pieces[0] = text.as_ptr() as u64;
        black_box(&pieces);
        let to = [at as u64, TEXT.len() as u64];
        let me = i64::from(std::process::id());
        one(watch, 2, TEXT, || call!(SYS_process_vm_writev, me, at, 1, to.as_ptr(), 1, 0))
    }),
    Row("recvmsg", |watch| {
        received(watch, 2, |fd, at, count| {
            let mut head = [0, 0, at as u64, count as u64, 0, 0, 0];
            call!(SYS_recvmsg, fd, head.as_mut_ptr(), 0)
        })
    }),
    Row("recvmsg", |watch| {
        // What is received lies over the first half of the message's own head, with its pieces; the kernel
        // writes lengths into the second.
        let (ends, mut head) = (UnixDatagram::pair().unwrap(), [0_u64; 7]);
        ends.0.send(TEXT).unwrap();
        let at = head.as_mut_ptr();
        let piece = [at as u64 + 16, 16];
        (head[2], head[3]) = (piece.as_ptr() as u64, 1);
        black_box(&head);
        let fd = ends.1.as_raw_fd();
        one(watch, 2, &TEXT[..16], || call!(SYS_recvmsg, fd, at, 0))
    }),
    Row("recvmmsg", |watch| {
        received(watch, 3, |fd, at, count| {
            let mut head = [0, 0, at as u64, count as u64, 0, 0, 0, 0];
            call!(SYS_recvmmsg, fd, head.as_mut_ptr(), 1, 0, 0)
        })
    }),
    Row("sendmmsg", |watch| {
        // How much went is written over the address it went to.
        let ends = ["127.0.0.1:0"; 2].map(|at| std::net::UdpSocket::bind(at).unwrap());
        let to = ends[1].local_addr().unwrap();
        let [high, low] = to.port().to_be_bytes();
        let piece = [TEXT.as_ptr() as u64, TEXT.len() as u64];
        let mut message = [0_u64; 9];
        let at = message.as_mut_ptr();
        message[..4].copy_from_slice(&[at as u64 + 56, 16, piece.as_ptr() as u64, 1]);
        message[7] = u64::from_ne_bytes([2, 0, high, low, 127, 0, 0, 1]);
        black_box(&message);
        let fd = ends[0].as_raw_fd();
        let here = crate::sockets::end(ends[0].local_addr().unwrap());
        let asked = [vec![2], here, crate::sockets::end(to)].concat();
        one(watch, 4, &asked, || call!(SYS_sendmmsg, fd, at, 1, 0))
    }),
    Row("quotactl", |watch| {
        // Nothing here has quotas: the call fails, and the path is reported all the same.
        let mut memory = path("/dev/null");
        let at = memory.as_mut_ptr();
        one(watch, 1, b"/dev/null\0", || {
            call!(SYS_quotactl, 0x8000_0700_u32.cast_signed(), at, 0, at)
        })
    }),
    Row("keyctl", |watch| {
        // No such key: as above.
        let mut memory = path("info");
        let at = memory.as_mut_ptr();
        one(watch, 4, b"\x01info\0", || call!(SYS_keyctl, 24, 1, 0, at, at))
    }),
];

/// Other calls, and why nothing of theirs can be laid over.
const OTHERS: &[(&str, &str)] = &[
    (
        "it writes nothing into the memory of its caller",
        "write open close creat link unlink chdir mknod chmod mount access kill rename mkdir \
         rmdir dup brk setpgid chroot dup2 setsid setrlimit symlink mmap munmap fchmod \
         mprotect init_module delete_module fchdir flock writev mlock munlock mlockall \
         munlockall capset lchown getuid getgid geteuid getegid setreuid setregid fchown \
         setresuid setresgid chown setuid setgid tkill futex epoll_create tgkill inotify_init \
         openat mkdirat mknodat fchownat unlinkat renameat linkat symlinkat fchmodat unshare \
         signalfd timerfd_create eventfd signalfd4 eventfd2 epoll_create1 dup3 inotify_init1 \
         pwritev setns socket bind connect listen sendto shutdown setsockopt sendmsg semop \
         semget mmap2 umount pwrite64 fork vfork setuid32 getuid32 setgid32 geteuid32 \
         getgid32 setresuid32 setresgid32 finit_module seccomp renameat2 userfaultfd openat2 \
         umount2 execve execveat open_by_handle_at io_uring_register mlock2 getegid32 \
         fsconfig memfd_create pidfd_getfd pidfd_open close_range send",
    ),
    (
        "what is reported of memory is its answer",
        "read lseek ptrace fstat pipe ioctl fcntl getdents select poll prctl getcwd getrlimit \
         getresuid getresgid epoll_wait pipe2 getdents64 accept getsockname getpeername \
         socketpair recvfrom getsockopt accept4 semctl ugetrlimit fstat64 fcntl64 _llseek \
         pread64 getresuid32 getresgid32 bpf clone io_uring_setup io_uring_enter recv",
    ),
    ("the position is reported as it is then", "sendfile splice sendfile64 copy_file_range"),
    ("32-bit programs only: see below", "stat64 lstat64"),
];

const TEXT: &[u8] = b"what was received lies here";

fn path(text: &str) -> Vec<u8> {
    let mut memory = text.as_bytes().to_vec();
    memory.resize(256, 0);
    memory
}

/// What a parameter of the only event reports.
fn reported(seen: &[Seen], param: usize, asked: &[u8]) -> Reported {
    assert_eq!(seen.len(), 1, "{seen:?}");
    Reported { reported: seen[0].params[param].clone(), asked: asked.to_vec() }
}

/// The same of a call this process makes.
fn one(watch: &mut Watch, param: usize, asked: &[u8], act: impl FnOnce() -> i64) -> Reported {
    let seen = watch.own(|| _ = act());
    reported(&seen, param, asked)
}

/// A piece of memory that begins with its own description, for [`TEXT`].
fn laid() -> [u64; 8] {
    [0, TEXT.len() as u64, 0, 0, 0, 0, 0, 0]
}

/// Has it describe itself, where it lies now.
fn lay(pieces: &mut [u64; 8]) -> *mut u64 {
    let at = pieces.as_mut_ptr();
    pieces[0] = at as u64;
    at
}

/// What is received into such a piece.
fn received(watch: &mut Watch, param: usize, take: fn(i32, *mut u64, usize) -> i64) -> Reported {
    let ends = UnixDatagram::pair().unwrap();
    ends.0.send(TEXT).unwrap();
    let mut pieces = laid();
    let (fd, at) = (ends.1.as_raw_fd(), lay(&mut pieces));
    let reported = one(watch, param, TEXT, || take(fd, at, 1));
    assert!(pieces[1] != TEXT.len() as u64, "it was laid over");
    reported
}

#[test]
fn what_was_asked_is_told_whatever_lies_over_it() {
    if !peregrine_testkit::root("what_was_asked_is_told_whatever_lies_over_it") {
        return;
    }
    let mut watch = Watch::new(&ROWS.iter().map(|row| row.0).collect::<Vec<_>>());
    for Row(call, act) in ROWS {
        watch.want(&[call]);
        let Reported { reported, asked } = act(&mut watch);
        assert_eq!(reported.escape_ascii().to_string(), asked.escape_ascii().to_string(), "{call}");
    }
}

#[test]
fn every_decoded_call_is_looked_at() {
    let all = syscalls::all().iter().filter(|call| !call.generic && !call.tracepoint);
    let decoded: BTreeSet<&str> =
        all.filter(|call| call.exit.is_some()).map(|call| call.name).collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.0).collect();
    let others = OTHERS.iter().flat_map(|(_, calls)| calls.split_whitespace());
    let all: Vec<&str> = rows.iter().copied().chain(others).collect();
    let once: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(once, decoded);
    assert_eq!(all.len(), once.len(), "a call stands in two lists");
}

#[test]
fn what_32_bit_programs_asked_is_told_whatever_lies_over_it() {
    const TEST: &str = "what_32_bit_programs_asked_is_told_whatever_lies_over_it";
    if !peregrine_testkit::root(TEST) {
        return;
    }
    if !taken() {
        peregrine_testkit::skipped(TEST, NOT_TAKEN);
        return;
    }
    let mut watch =
        Watch::new(&["stat64", "lstat64", "readv", "recvmsg", "recv", "recvfrom", "ppoll"]);
    for (number, call) in [(195, "stat64"), (196, "lstat64")] {
        let memory = low(&path("/dev/null"));
        let Reported { reported, asked } =
            one(&mut watch, 1, b"/dev/null\0", || int80(number, &[memory, memory]));
        assert_eq!(reported, asked, "{call}");
    }
    let ends = UnixDatagram::pair().unwrap();
    let fd = u32::try_from(ends.1.as_raw_fd()).unwrap();
    let len = u32::try_from(TEXT.len()).unwrap();
    // Pieces that describe themselves, and the arguments of a sub-call of socketcall.
    for (call, param, told_fd) in
        [("readv", 2, 3), ("recvmsg", 2, 5), ("recv", 1, 2), ("recvfrom", 1, 3)]
    {
        ends.0.send(TEXT).unwrap();
        let memory = low(&[0; 64]);
        let fill = |numbers: &[u32]| {
            let from = numbers.as_ptr().cast::<u8>();
            // SAFETY: the memory is this test's own and has room for 64 bytes.
            unsafe {
                std::ptr::copy_nonoverlapping(from, memory as usize as *mut u8, numbers.len() * 4);
            }
        };
        let seen = watch.own(|| match call {
            "readv" => {
                fill(&[memory, len]);
                int80(145, &[fd, memory, 1]);
            }
            "recvmsg" => {
                fill(&[memory, len]);
                let head = words(&[0, 0, memory, 1, 0, 0, 0]);
                int80(372, &[fd, head, 0]);
            }
            "recv" => {
                fill(&[fd, memory, len, 0]);
                int80(102, &[10, memory]);
            }
            _ => {
                fill(&[fd, memory, len, 0, 0, 0]);
                int80(102, &[12, memory]);
            }
        });
        assert_eq!((seen.len(), seen[0].name.as_str()), (1, call));
        assert_eq!(
            seen[0].params[param].escape_ascii().to_string(),
            TEXT.escape_ascii().to_string(),
            "{call}"
        );
        assert_eq!(seen[0].num(told_fd), i64::from(fd), "{call}");
    }
}
