//! Calls that make, change and end processes. What changes a process is done in a child.

use std::os::unix::fs::MetadataExt;

use super::Row;
use super::identity::result;
use crate::call;
use crate::watch::{Expected, Folder, P, Seen, Watch, c, end_of, fork};

pub const ROWS: &[Row] = &[
    Row("clone", clone),
    Row("clone3", clone3),
    Row("fork", forked),
    Row("vfork", vfork),
    Row("execve", execve),
    Row("execveat", execveat),
    Row("prctl", prctl),
    Row("ptrace", ptrace),
    Row("setsid", setsid),
    Row("setpgid", setpgid),
    Row("chroot", chroot),
    Row("unshare", unshare),
    Row("setns", setns),
    Row("capset", capset),
    Row("pidfd_open", pidfd_open),
    Row("pidfd_getfd", pidfd_getfd),
];

const NOBODY: i64 = 1 << 22;

fn list(words: &[impl AsRef<[u8]>]) -> P {
    let mut bytes = Vec::new();
    for word in words {
        bytes.extend_from_slice(word.as_ref());
        bytes.push(0);
    }
    P::Bytes(bytes)
}

/// Program name and arguments of this process.
fn own_arguments() -> [P; 2] {
    let line = std::fs::read("/proc/self/cmdline").unwrap();
    let end = line.iter().position(|byte| *byte == 0).unwrap() + 1;
    [P::Bytes(line[..end].to_vec()), P::Bytes(line[end..].to_vec())]
}

/// Parameters 3 to 14 of clone and execve: numbers, folder, limit, memory, name, control groups.
fn task(tid: i64, pid: i64, parent: i64, name: &str) -> Vec<P> {
    let [files, _] = super::limits::limits(7);
    vec![
        P::I64(tid),
        P::I64(pid),
        P::I64(parent),
        P::text(std::env::current_dir().unwrap()),
        P::U64(files),
        // Page faults and memory change while they are asked for, and not every control group of
        // a task has a folder of its own.
        P::Any,
        P::Any,
        P::Any,
        P::Any,
        P::Any,
        P::text(name),
        P::Any,
    ]
}

fn own_name() -> String {
    std::fs::read_to_string("/proc/thread-self/comm").unwrap().trim_end().to_owned()
}

/// A call that makes a process, reported on either side of it.
fn born(name: &'static str, res: i64, tid: i64, pid: i64, parent: i64, flags: u32) -> Expected {
    let mut params = vec![P::I64(res)];
    params.extend(own_arguments());
    params.extend(task(tid, pid, parent, &own_name()));
    // Nothing shows when the first process of this namespace began, to the nanosecond.
    let numbers = [P::I64(tid), P::I64(pid), P::Any];
    params.extend([P::U32(flags), P::U32(0), P::U32(0)]);
    params.extend(numbers);
    Expected(name, params)
}

/// Compares both sides, in whichever order they came.
fn both_sides(watch: &mut Watch, mut seen: Vec<Seen>, name: &'static str, child: i64, flags: u32) {
    let (me, thread) = (call!(SYS_getpid), call!(SYS_gettid));
    seen.retain(|seen| seen.name == name && (seen.pid == me || seen.pid == child));
    seen.sort_by_key(|seen| seen.pid == child);
    let parent = born(name, child, thread, me, call!(SYS_getppid), flags);
    watch.compare(&seen, &[parent, born(name, 0, child, child, me, flags)]);
}

fn clone(watch: &mut Watch) {
    for (asked, reported) in
        [(0, 0), (libc::CLONE_NEWUTS | libc::CLONE_NEWIPC | libc::CLONE_FS, 128 | 8 | 2)]
    {
        let mut child = 0;
        let seen = watch.all(|| {
            child = call!(SYS_clone, asked | libc::SIGCHLD, 0, 0, 0, 0);
            if child == 0 {
                call!(SYS_exit_group, 0);
            }
            end_of(child);
        });
        both_sides(watch, seen, "clone", child, reported);
    }
    // A user namespace of its own and a shared folder cannot be both.
    let wrong = libc::CLONE_NEWUSER | libc::CLONE_FS;
    let (me, thread) = (call!(SYS_getpid), call!(SYS_gettid));
    let parent = call!(SYS_getppid);
    watch.check(
        || _ = call!(SYS_clone, wrong, 0, 0, 0, 0),
        &[born("clone", -22, thread, me, parent, 1_048_576 | 2)],
    );
}

fn clone3(watch: &mut Watch) {
    let mut asked = [0_u64; 8];
    asked[0] = u64::try_from(libc::CLONE_FILES).unwrap();
    asked[4] = u64::try_from(libc::SIGCHLD).unwrap();
    let mut child = 0;
    let seen = watch.all(|| {
        child = call!(SYS_clone3, asked.as_ptr(), 64);
        if child == 0 {
            call!(SYS_exit_group, 0);
        }
        end_of(child);
    });
    both_sides(watch, seen, "clone3", child, 1);
    let (me, thread) = (call!(SYS_getpid), call!(SYS_gettid));
    let parent = call!(SYS_getppid);
    watch.check(
        || _ = call!(SYS_clone3, asked.as_ptr(), 1),
        &[born("clone3", -22, thread, me, parent, 1)],
    );
}

fn forked(watch: &mut Watch) {
    let mut child = 0;
    let seen = watch.all(|| {
        child = call!(SYS_fork);
        if child == 0 {
            call!(SYS_exit_group, 0);
        }
        end_of(child);
    });
    both_sides(watch, seen, "fork", child, 0);
}

fn vfork(watch: &mut Watch) {
    let mut child: i64 = libc::SYS_vfork;
    let seen = watch.all(|| {
        // SAFETY: parent and child share the stack, so the child ends inside of this block.
        unsafe {
            std::arch::asm!(
                "syscall",
                "test rax, rax",
                "jnz 2f",
                "mov eax, 231",
                "xor edi, edi",
                "syscall",
                "2:",
                inlateout("rax") child, out("rdi") _, lateout("rcx") _, lateout("r11") _,
            );
        }
        end_of(child);
    });
    both_sides(watch, seen, "vfork", child, 0);
}

/// Whether a file lies in an overlay.
fn in_overlay(path: &std::path::Path) -> bool {
    // SAFETY: zeros are a valid `statfs`, and the call fills it in.
    unsafe {
        let mut reported: libc::statfs = std::mem::zeroed();
        assert_eq!(libc::statfs(c(path).as_ptr(), &raw mut reported), 0);
        reported.f_type == 0x794c_7630
    }
}

/// Parameters 15 to 29 of execve: environment, terminal, identity, program.
fn program(environment: P, path: &std::path::Path, flags: P) -> Vec<P> {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let terminal: i32 =
        stat.rsplit_once(')').unwrap().1.split_whitespace().nth(4).unwrap().parse().unwrap();
    let login = std::fs::read_to_string("/proc/self/loginuid");
    let login = login.map_or(u32::MAX, |login| login.trim().parse().unwrap());
    let meta = std::fs::metadata(path).unwrap();
    let ns = |secs: i64, ns: i64| P::I64(secs * 1_000_000_000 + ns);
    let group = P::I64(call!(SYS_getpgid, 0));
    let mut params =
        vec![environment, P::U32(terminal.cast_unsigned()), group.clone(), P::U32(login), flags];
    params.extend(capabilities().map(P::U64));
    params.extend([
        P::U64(meta.ino()),
        ns(meta.ctime(), meta.ctime_nsec()),
        ns(meta.mtime(), meta.mtime_nsec()),
        P::U32(0),
        P::text(path),
        group,
        P::U32(0),
    ]);
    params
}

/// Inheritable, permitted, effective.
fn capabilities() -> [u64; 3] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    ["CapInh:", "CapPrm:", "CapEff:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    })
}

fn execve(watch: &mut Watch) {
    let folder = Folder::new("execve");
    let path = folder.path("a program");
    std::fs::copy("/bin/true", &path).unwrap();
    let asked = c(&path);
    let (zero, one, env) = (c("zero"), c("-x y"), c("K=v"));
    let argv = [zero.as_ptr(), one.as_ptr(), std::ptr::null()];
    let envp = [env.as_ptr(), std::ptr::null()];
    let (child, seen) = watch.child(|| {
        call!(SYS_execve, &asked, argv.as_ptr(), envp.as_ptr());
    });
    let me = call!(SYS_getpid);
    // Root may write every file; in an overlay a new file lies in the upper layer.
    let flags = P::U32(1 | if in_overlay(&path) { 2 } else { 0 });
    let mut params = vec![P::I64(0), P::text("zero"), list(&["-x y"])];
    params.extend(task(child, child, me, "a program"));
    params.extend(program(list(&["K=v"]), &path, flags));
    params.push(P::text(&path));
    watch.compare(&seen, &[Expected("execve", params)]);

    let own = std::fs::canonicalize("/proc/self/exe").unwrap();
    let missing = folder.path("missing");
    let asked = c(&missing);
    let mut params = vec![P::I64(-2), P::text("zero"), list(&["-x y"])];
    params.extend(task(call!(SYS_gettid), me, call!(SYS_getppid), &own_name()));
    params.extend(program(list(&["K=v"]), &own, own_flags(&own)));
    params.push(P::text(&missing));
    watch.check(
        || _ = call!(SYS_execve, &asked, argv.as_ptr(), envp.as_ptr()),
        &[Expected("execve", params)],
    );
}

/// Of a program in an overlay it is not known from outside in which layer it lies.
fn own_flags(path: &std::path::Path) -> P {
    if in_overlay(path) { P::Any } else { P::U32(1) }
}

fn execveat(watch: &mut Watch) {
    let own = std::fs::canonicalize("/proc/self/exe").unwrap();
    let (missing, zero, env) = (c("missing"), c("zero"), c("K=v"));
    let argv = [zero.as_ptr(), std::ptr::null()];
    let envp = [env.as_ptr(), env.as_ptr(), std::ptr::null()];
    let mut params = vec![P::I64(-9), P::text("zero"), P::Nothing];
    let me = call!(SYS_getpid);
    params.extend(task(call!(SYS_gettid), me, call!(SYS_getppid), &own_name()));
    params.extend(program(list(&["K=v", "K=v"]), &own, own_flags(&own)));
    watch.check(
        || _ = call!(SYS_execveat, 12345, &missing, argv.as_ptr(), envp.as_ptr(), 0),
        &[Expected("execveat", params)],
    );
    // One that succeeds is reported as execve: the kernel writes that number into the new registers.
    watch.want(&["execve", "execveat"]);
    let (program, empty) = (c("/bin/true"), c(""));
    let fd = call!(SYS_open, &program, libc::O_RDONLY);
    let (_, seen) = watch.child(|| {
        call!(SYS_execveat, fd, &empty, argv.as_ptr(), envp.as_ptr(), libc::AT_EMPTY_PATH);
    });
    assert_eq!((seen.len(), seen[0].name.as_str(), seen[0].num(0)), (1, "execve", 0));
    assert_eq!(seen[0].text(27), std::fs::canonicalize("/bin/true").unwrap().to_str().unwrap());
    call!(SYS_close, fd);
}

fn prctl(watch: &mut Watch) {
    let (name, mut is) = (c("another name"), [-1_i32]);
    let reported = |res, option, text, number| {
        Expected("prctl", vec![P::I64(res), P::U32(option), text, P::I64(number)])
    };
    watch.check_child(
        || {
            call!(SYS_prctl, libc::PR_SET_NAME, &name);
            call!(SYS_prctl, libc::PR_SET_CHILD_SUBREAPER, 1);
            call!(SYS_prctl, libc::PR_GET_CHILD_SUBREAPER, is.as_mut_ptr());
            call!(SYS_prctl, libc::PR_SET_DUMPABLE, 77);
            call!(SYS_prctl, libc::PR_SET_NAME, 1);
            call!(SYS_prctl, 999_999, -8);
        },
        &[
            reported(0, 15, P::text("another name"), 0),
            reported(0, 36, P::Nothing, 1),
            reported(0, 37, P::Nothing, 1),
            reported(-22, 4, P::Nothing, 77),
            reported(-14, 15, P::Nothing, 0),
            reported(-22, 999_999, P::Nothing, -8),
        ],
    );
}

fn ptrace(watch: &mut Watch) {
    let secret = [0x1122_3344_5566_7788_u64];
    let mut found = [0_u64];
    let child = fork(|| {
        call!(SYS_ptrace, 0, 0, 0, 0);
        let me = call!(SYS_getpid);
        call!(SYS_kill, me, libc::SIGSTOP);
    });
    end_of(child);
    let seen = watch.own(|| {
        call!(SYS_ptrace, 2, child, secret.as_ptr(), found.as_mut_ptr());
        call!(SYS_ptrace, 2, child, 1, found.as_mut_ptr());
        call!(SYS_ptrace, 5, child, secret.as_ptr(), 99);
        call!(SYS_ptrace, 7, child, 1, 0);
        call!(SYS_ptrace, 16, NOBODY, 0, 0);
        call!(SYS_ptrace, 9999, child, 0, 0);
    });
    end_of(child);
    let number = |number: u64| P::Bytes([vec![0], number.to_le_bytes().to_vec()].concat());
    let reported = |res, at, data, request, pid| {
        Expected("ptrace", vec![P::I64(res), at, data, P::U16(request), P::I64(pid)])
    };
    let failed = |res, request, pid| reported(res, P::Nothing, P::Nothing, request, pid);
    let address = number(secret.as_ptr() as u64);
    watch.compare(
        &seen,
        &[
            reported(0, address.clone(), number(secret[0]), 3, child),
            failed(-5, 3, child),
            reported(0, address, number(99), 6, child),
            // A signal to go on with: none.
            reported(0, number(1), P::Bytes(vec![1, 0]), 8, child),
            failed(-3, 11, NOBODY),
            failed(-3, 0, child),
        ],
    );
    assert_eq!(found, secret);
}

fn setsid(watch: &mut Watch) {
    let (child, seen) = watch.child(|| {
        call!(SYS_setsid);
        call!(SYS_setsid);
    });
    watch.compare(&seen, &[result("setsid", child, &[]), result("setsid", -1, &[])]);
}

fn setpgid(watch: &mut Watch) {
    let reported =
        |res, pid, group| Expected("setpgid", vec![P::I64(res), P::I64(pid), P::I64(group)]);
    watch.check_child(
        || {
            call!(SYS_setpgid, 0, 0);
            call!(SYS_setpgid, NOBODY, 5);
            call!(SYS_setpgid, 0, -1);
        },
        &[reported(0, 0, 0), reported(-3, NOBODY, 5), reported(-22, 0, -1)],
    );
}

fn chroot(watch: &mut Watch) {
    let folder = Folder::new("chroot");
    let (path, missing) = (c(&folder.0), c("/missing"));
    let reported = |res, path| Expected("chroot", vec![P::I64(res), path]);
    watch.check_child(
        || {
            call!(SYS_chroot, &missing);
            call!(SYS_chroot, &path);
            call!(SYS_chroot, 1);
        },
        &[
            reported(-2, P::text("/missing")),
            reported(0, P::text(&folder.0)),
            reported(-14, P::Nothing),
        ],
    );
}

fn unshare(watch: &mut Watch) {
    watch.check_child(
        || {
            call!(SYS_unshare, libc::CLONE_NEWUTS | libc::CLONE_NEWIPC | libc::CLONE_NEWNS);
            call!(SYS_unshare, libc::CLONE_NEWCGROUP);
            call!(SYS_unshare, 1);
        },
        &[
            result("unshare", 0, &[128 | 8 | 32]),
            result("unshare", 0, &[268_435_456]),
            result("unshare", -22, &[0]),
        ],
    );
}

fn setns(watch: &mut Watch) {
    let fd = call!(SYS_open, &c("/proc/self/ns/uts"), libc::O_RDONLY);
    let reported = |res, fd, kind| Expected("setns", vec![P::I64(res), P::I64(fd), P::U32(kind)]);
    let (_, seen) = watch.child(|| {
        call!(SYS_setns, fd, libc::CLONE_NEWUTS);
        call!(SYS_setns, fd, libc::CLONE_NEWNET);
        call!(SYS_setns, -1, 0);
    });
    watch.compare(&seen, &[reported(0, fd, 128), reported(-22, fd, 16), reported(-9, -1, 0)]);
    assert!(seen[0].trailer().descriptor(fd).is_some());
    call!(SYS_close, fd);
}

fn capset(watch: &mut Watch) {
    let head = [0x2008_0522_u32, 0];
    let wrong = [1_u32, 0];
    // Effective, permitted, inheritable; first the low halves, then the high ones.
    let sets = [1_u32 << 10, 1 << 10 | 1 << 5, 1 << 5, 0, 1 << 2, 0];
    let reported = |res, sets: [u64; 3]| {
        let sets = sets.map(P::U64);
        Expected("capset", std::iter::once(P::I64(res)).chain(sets).collect())
    };
    let now = [1 << 5, 1 << 34 | 1 << 10 | 1 << 5, 1 << 10];
    watch.check_child(
        || {
            call!(SYS_capset, wrong.as_ptr(), sets.as_ptr());
            call!(SYS_capset, head.as_ptr(), sets.as_ptr());
            call!(SYS_capset, head.as_ptr(), 1);
        },
        &[reported(-22, capabilities()), reported(0, now), reported(-14, now)],
    );
}

fn pidfd_open(watch: &mut Watch) {
    let me = call!(SYS_getpid);
    let mut fds = [0; 2];
    let seen = watch.own(|| {
        fds[0] = call!(SYS_pidfd_open, me, 0);
        fds[1] = call!(SYS_pidfd_open, me, libc::O_NONBLOCK);
        call!(SYS_pidfd_open, NOBODY, 0);
        call!(SYS_pidfd_open, -1, 0);
    });
    let reported =
        |res, pid, flags| Expected("pidfd_open", vec![P::I64(res), P::I64(pid), P::U32(flags)]);
    let expected = [
        reported(fds[0], me, 0),
        reported(fds[1], me, 1),
        reported(-3, NOBODY, 0),
        reported(-22, -1, 0),
    ];
    watch.compare(&seen, &expected);
    for (seen, fd) in seen.iter().zip(fds) {
        assert!(seen.trailer().descriptor(fd).is_some());
        call!(SYS_close, fd);
    }
}

fn pidfd_getfd(watch: &mut Watch) {
    let me = call!(SYS_getpid);
    let process = call!(SYS_pidfd_open, me, 0);
    let target = call!(SYS_memfd_create, &c("taken"), 0);
    let mut fd = 0;
    let seen = watch.own(|| {
        fd = call!(SYS_pidfd_getfd, process, target, 0);
        call!(SYS_pidfd_getfd, process, 12345, 0);
        call!(SYS_pidfd_getfd, -1, target, 7);
    });
    let reported = |res, process, target, flags| {
        let params = [P::I64(res), P::I64(process), P::I64(target), P::U32(flags)];
        Expected("pidfd_getfd", params.to_vec())
    };
    let expected = [
        reported(fd, process, target, 0),
        reported(-9, process, 12345, 0),
        reported(-22, -1, target, 7),
    ];
    watch.compare(&seen, &expected);
    assert_eq!(seen[0].trailer().descriptor(fd).unwrap().payload, b"memfd:taken");
    for fd in [process, target, fd] {
        call!(SYS_close, fd);
    }
}
