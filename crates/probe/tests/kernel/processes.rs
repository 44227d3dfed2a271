//! Life of processes: start, program, identity, end.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::call;
use crate::watch::{Expected, Folder, P, Seen, Watch, c};

#[test]
fn programs() {
    if !peregrine_testkit::root("programs") {
        return;
    }
    let folder = Folder::new("programs");
    let mut watch = Watch::new(&["execve", "execveat", "clone", "clone3", "vfork", "fork"]);
    let mut child = Command::new("/bin/sh")
        .arg0("arg zero")
        .args(["-c", "exit 7", "", "last argument"])
        .env_clear()
        .env("ONE", "1")
        .env("TWO", "two words")
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let pid = i64::from(child.id());
    let me = i64::from(std::process::id());
    child.wait().unwrap();
    let born = watch.wait(|seen| {
        let born = seen.name.contains("clone") || seen.name == "vfork";
        born && seen.tid == pid && seen.num(0) == 0
    });
    assert_eq!((born.num(3), born.num(4), born.num(5)), (pid, pid, me));
    assert_eq!((born.num(18), born.num(19)), (pid, pid));
    let seen = watch.wait(|seen| seen.tid == pid && seen.name == "execve");
    assert_eq!(seen.params.len(), 31);
    assert_eq!((seen.num(0), seen.text(1).as_str()), (0, "arg zero"));
    assert_eq!(seen.list(2), ["-c", "exit 7", "", "last argument"]);
    assert_eq!((seen.num(3), seen.num(4), seen.num(5)), (pid, pid, me));
    assert_eq!(seen.text(6), folder.0.to_str().unwrap());
    assert_eq!(seen.text(13), "sh");
    assert!(seen.list(14).iter().any(|group| group.starts_with("memory=/")), "{:?}", seen.list(14));
    let mut environment = seen.list(15);
    environment.sort();
    assert_eq!(environment, ["ONE=1", "TWO=two words"]);
    let shell = std::fs::canonicalize("/bin/sh").unwrap();
    let meta = std::fs::metadata(&shell).unwrap();
    assert_eq!(seen.num(23), meta.ino().cast_signed());
    let ns = |secs: i64, ns: i64| secs * 1_000_000_000 + ns;
    assert_eq!(seen.num(24), ns(meta.ctime(), meta.ctime_nsec()));
    assert_eq!(seen.num(25), ns(meta.mtime(), meta.mtime_nsec()));
    assert_eq!((seen.num(26), seen.num(29)), (0, 0));
    assert_eq!(seen.text(27), shell.to_str().unwrap());
    assert_eq!(seen.text(30), "/bin/sh");
    // SAFETY: asks for a number.
    let group = unsafe { libc::getpgrp() };
    assert_eq!((seen.num(17), seen.num(28)), (group.into(), group.into()));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    let effective = i64::from_str_radix(effective.trim(), 16).unwrap();
    assert_eq!(seen.num(22), effective);
    let seen = watch.wait(|seen| seen.tid == pid && seen.name == "procexit");
    Expected("procexit", vec![P::I64(7 << 8), P::I64(7), P::U8(0), P::U8(0), P::I64(0)])
        .check(&seen);
}

#[test]
fn failed_programs_tell_what_was_asked() {
    if !peregrine_testkit::root("failed_programs_tell_what_was_asked") {
        return;
    }
    let mut watch = Watch::new(&["execve", "execveat"]);
    let (path, one, two, env) = (c("/no/such program"), c("zero"), c("second one"), c("A=b"));
    let empty = c("");
    let argv = [one.as_ptr(), two.as_ptr(), empty.as_ptr(), one.as_ptr(), std::ptr::null()];
    let envp = [env.as_ptr(), std::ptr::null()];
    let seen = watch.own(|| {
        call!(SYS_execve, &path, argv.as_ptr(), envp.as_ptr());
        call!(SYS_execveat, -100, &path, argv.as_ptr(), envp.as_ptr(), 0);
        call!(SYS_execve, &path, 0, 0);
    });
    for (seen, name) in seen.iter().zip(["execve", "execveat"]) {
        assert_eq!((seen.name.as_str(), seen.num(0), seen.text(1)), (name, -2, "zero".to_owned()));
        assert_eq!(
            (seen.list(2), seen.list(15)),
            (
                vec!["second one".to_owned(), String::new(), "zero".to_owned()],
                vec!["A=b".to_owned()]
            )
        );
        let me = std::fs::canonicalize("/proc/self/exe").unwrap();
        assert_eq!(seen.text(27), me.to_str().unwrap(), "still the old program");
    }
    assert_eq!(seen[0].text(30), "/no/such program");
    assert_eq!((seen[2].params[1].len(), seen[2].params[2].len()), (0, 0));
}

#[test]
fn programs_from_memory() {
    if !peregrine_testkit::root("programs_from_memory") {
        return;
    }
    let mut watch = Watch::new(&["execve", "execveat"]);
    let fd = call!(SYS_memfd_create, &c("quiet"), 0);
    let program = std::fs::read("/bin/true").unwrap();
    std::fs::write(format!("/proc/self/fd/{fd}"), program).unwrap();
    // SAFETY: the child only calls the kernel before it is another program or ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let (empty, argv) = (c(""), [c"x".as_ptr(), std::ptr::null()]);
        call!(SYS_execveat, fd, &empty, argv.as_ptr(), argv[1..].as_ptr(), libc::AT_EMPTY_PATH);
        call!(SYS_exit_group, 1);
    }
    // A successful execveat is reported as execve: the kernel writes that number into the new registers.
    let seen = watch.wait(|seen| seen.tid == i64::from(child) && seen.name.starts_with("execve"));
    assert_eq!((seen.num(0), seen.text(27)), (0, "memfd:quiet".to_owned()));
    assert_eq!(seen.num(19) & 4, 4, "from memory");
    let mut status = 0;
    // SAFETY: waits for our own child; `status` is a place for one number.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
}

#[test]
fn ends() {
    if !peregrine_testkit::root("ends") {
        return;
    }
    let mut watch = Watch::new(&[]);
    let check = |watch: &mut Watch, act: fn(), status: i64, ret: i64, signal: u8| {
        // SAFETY: the child only calls the kernel and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            act();
        }
        let seen = watch.wait(|seen| seen.tid == i64::from(child) && seen.name == "procexit");
        let expected = [P::I64(status), P::I64(ret), P::U8(signal), P::U8(0), P::I64(0)];
        Expected("procexit", expected.to_vec()).check(&seen);
        let mut status = 0;
        // SAFETY: waits for our own child; `status` is a place for one number.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
    };
    check(&mut watch, || _ = call!(SYS_exit_group, 0), 0, 0, 0);
    check(&mut watch, || _ = call!(SYS_exit_group, 255), 255 << 8, 255, 0);
    let kill = || {
        let me = call!(SYS_getpid);
        call!(SYS_kill, me, libc::SIGKILL);
    };
    check(&mut watch, kill, 9, 0, 9);
}

#[test]
fn children_get_a_new_parent() {
    if !peregrine_testkit::root("children_get_a_new_parent") {
        return;
    }
    let mut watch = Watch::new(&[]);
    // SAFETY: changes an attribute of this process only.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) };
    let mut shell = Command::new("/bin/sh").args(["-c", "sleep 0.3 & exit 3"]).spawn().unwrap();
    let pid = i64::from(shell.id());
    let seen = watch.wait(|seen| seen.tid == pid && seen.name == "procexit");
    assert_eq!((seen.num(1), seen.num(4)), (3, std::process::id().into()));
    shell.wait().unwrap();
}

#[test]
fn identity() {
    if !peregrine_testkit::root("identity") {
        return;
    }
    let mut watch =
        Watch::new(&["setuid", "setgid", "setresuid", "prctl", "ptrace", "getppid", "setsid"]);
    watch.check(
        || {
            call!(SYS_setuid, 0);
            call!(SYS_setgid, 0);
            call!(SYS_setresuid, -1, 0, -1);
            call!(SYS_prctl, 15, &c("a name"));
            call!(SYS_ptrace, libc::PTRACE_PEEKDATA.cast_signed(), 1 << 22, 0x1000, 0x2000);
            call!(SYS_getppid);
        },
        &[
            Expected("setuid", vec![P::I64(0), P::U32(0)]),
            Expected("setgid", vec![P::I64(0), P::U32(0)]),
            Expected("setresuid", vec![P::I64(0), P::U32(u32::MAX), P::U32(0), P::U32(u32::MAX)]),
            Expected("prctl", vec![P::I64(0), P::U32(15), P::text("a name"), P::I64(0)]),
            Expected(
                "ptrace",
                vec![P::I64(-3), P::Nothing, P::Nothing, P::U16(3), P::I64(1 << 22)],
            ),
            Expected(
                "syscall",
                vec![
                    P::U16(peregrine_event::syscalls::by_name("getppid").unwrap().id),
                    P::U16(110),
                ],
            ),
        ],
    );
    let mut child = Command::new("sleep").arg("10").spawn().unwrap();
    let pid = i64::from(child.id());
    watch.check(
        || {
            call!(SYS_ptrace, 0x4206, pid, 0, 0x20);
            call!(SYS_ptrace, 0x4206, pid, 0, 0);
        },
        &[
            Expected(
                "ptrace",
                vec![
                    P::I64(0),
                    P::Bytes([[0].to_vec(), vec![0; 8]].concat()),
                    P::Bytes(vec![0, 0x20, 0, 0, 0, 0, 0, 0, 0]),
                    P::U16(20),
                    P::I64(pid),
                ],
            ),
            Expected("ptrace", vec![P::I64(-1), P::Nothing, P::Nothing, P::U16(20), P::I64(pid)]),
        ],
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn threads_and_namespaces() {
    if !peregrine_testkit::root("threads_and_namespaces") {
        return;
    }
    let mut watch = Watch::new(&["clone", "clone3", "fork", "vfork"]);
    let me = i64::from(std::process::id());
    // With its end.
    let mut seen = watch.all(|| std::thread::spawn(|| ()).join().unwrap());
    seen.retain(|seen| seen.pid == me);
    let parent =
        seen.iter().find(|seen| seen.num(0) > 0 && seen.name.starts_with("clone")).unwrap();
    let child =
        seen.iter().find(|seen| seen.num(0) == 0 && seen.name.starts_with("clone")).unwrap();
    assert_eq!((parent.num(0), parent.num(3), parent.num(4)), (child.num(3), parent.tid, me));
    assert_eq!(child.num(4), me, "a thread of the same process");
    // CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM and the rest a thread library asks for.
    let thread = 32768 | 2 | 1 | 2048 | 8192 | 4096;
    assert_eq!(parent.num(15) & thread, thread);
    assert_eq!(parent.num(15) & (1 << 29), 0);
    // Whoever waits for a thread learns of its end before the thread has ended.
    let ended = |seen: &Seen| seen.name == "procexit" && seen.tid == child.tid;
    if !seen.iter().any(ended) {
        watch.wait(ended);
    }

    // The first process of a new pid namespace.
    let flags = i64::from(libc::CLONE_NEWPID | libc::SIGCHLD);
    let mut pid = 0;
    let seen = watch.all(|| {
        pid = call!(SYS_clone, flags, 0, 0, 0, 0);
        if pid == 0 {
            call!(SYS_exit_group, 0);
        }
        let mut status = 0;
        // SAFETY: waits for our own child; `status` is a place for one number.
        unsafe { libc::waitpid(i32::try_from(pid).unwrap(), &raw mut status, 0) };
    });
    let child = seen.iter().find(|seen| seen.tid == pid && seen.name == "clone").unwrap();
    assert_eq!((child.num(18), child.num(19), child.num(0)), (1, 1, 0));
    assert_eq!(child.num(15) & (1 << 29 | 64), 1 << 29 | 64);
    assert!(child.num(20) > 1_600_000_000_000_000_000, "when the namespace began");
}
