//! Processes and threads of a capture, as fields: what Falco 0.44.1 shows of the same events.

#![expect(clippy::unwrap_used, reason = "tests")]

mod capture;

use peregrine_event::{EventBuilder, EventType};
use peregrine_state::clone_flags;

use crate::capture::{Capture, INIT, Listed, SHELL};

#[test]
fn setsid_changes_the_session_of_its_thread() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, clone_flags::THREAD);
    capture.event(EventType::SYSCALL_SETSID_X, 25, |block| block.i64(25));
    capture.check(25, &[("proc.sid", "25"), ("proc.tty", "34816"), ("proc.sname", "child")]);
    capture.check(24, &[("proc.sid", "24"), ("proc.tty", "34816")]);
    // One that failed changes nothing.
    capture.event(EventType::SYSCALL_SETSID_X, 24, |block| block.i64(-1));
    capture.check(24, &[("proc.sid", "24")]);
}

#[test]
fn a_failed_setsid_prints_its_number() {
    let capture = Capture::new(&[INIT, SHELL]);
    let setsid =
        |result| EventBuilder::new(EventType::SYSCALL_SETSID_X, 1, 24).i64(result).finish();
    capture.fields(&setsid(-1), &[("evt.res", "-1"), ("evt.args", "res=-1")]);
    capture.fields(&setsid(24), &[("evt.res", "SUCCESS")]);
}

#[test]
fn a_new_user_namespace_gives_all_capabilities() {
    let calls: [(EventType, u32, bool); 4] = [
        (EventType::SYSCALL_UNSHARE_X, clone_flags::NEWUSER, true),
        (EventType::SYSCALL_SETNS_X, clone_flags::NEWUSER, true),
        (EventType::SYSCALL_UNSHARE_X, clone_flags::NEWPID, false),
        (EventType::SYSCALL_SETNS_X, 0, false),
    ];
    for (code, flags, all) in calls {
        let mut capture = Capture::new(&[INIT, SHELL]);
        capture.event(code, 24, |block| match code {
            EventType::SYSCALL_SETNS_X => block.i64(0).i64(3).u32(flags),
            _ => block.i64(0).u32(flags),
        });
        let thread = capture.state.thread(24).unwrap();
        let sets = [thread.cap_effective, thread.cap_permitted, thread.cap_inheritable];
        assert_eq!(sets, [if all { 0x1ff_ffff_ffff } else { 0 }; 3], "{code:?} {flags:#x}");
    }
}

#[test]
fn control_characters_of_arguments_and_variables_are_replaced() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, 0);
    capture.check(
        25,
        &[
            ("proc.args", "x\u{fffd}y"),
            ("proc.args[0]", "x\u{fffd}y"),
            ("proc.cmdline", "child x\u{fffd}y"),
            ("proc.exeline", "/bin/child x\u{fffd}y"),
            ("proc.env", "HOME=/root TERM=a\u{fffd}b\u{fffd}"),
            ("proc.env[TERM]", "a\u{fffd}b\u{fffd}"),
        ],
    );
}

#[test]
fn a_clone_of_a_thread_tells_of_its_leader() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(0, 400, 399, 24, clone_flags::THREAD);
    let leader = [
        ("proc.pid", "399"),
        ("proc.vpid", "399"),
        ("proc.ppid", "24"),
        ("proc.name", "child"),
        ("proc.args", "x\u{fffd}y"),
        ("proc.cwd", ""),
        ("thread.ismain", "true"),
        ("proc.nthreads", "2"),
        ("proc.pid.ts", "<NA>"),
    ];
    capture.check(399, &leader);
    capture.check(400, &[("proc.pid", "399"), ("proc.pname", "bash"), ("proc.sid", "-1")]);
}

#[test]
fn leaders_are_looked_up_outside_of_pid_namespaces() {
    // In a namespace of its own: numbers there are not the host's.
    let inside = Listed { tid: 32, pid: 32, vtid: 2, sid: 24, vpgid: 31, ptid: 31, ..SHELL };
    let parent = Listed { tid: 31, pid: 31, vtid: 31, sid: 9, vpgid: 31, comm: "led", ..SHELL };
    let child = Listed { tid: 33, pid: 33, vtid: 33, sid: 24, vpgid: 31, ptid: 31, ..SHELL };
    let mut capture = Capture::new(&[INIT, SHELL, parent, inside, child]);
    capture.check(32, &[("proc.sname", ""), ("proc.vpgid.name", "led")]);
    capture.check(33, &[("proc.sname", "bash"), ("proc.vpgid.name", "led")]);
    // Whoever led is gone: the eldest ancestor of the group, not the process itself.
    capture.exit(24, 1);
    capture.check(33, &[("proc.sname", ""), ("proc.vpgid.exepath", "/bin/bash")]);
    capture.check(31, &[("proc.vpgid.name", "led"), ("proc.pgid.name", "led")]);
}

#[test]
fn a_login_shell_has_a_name_that_ends_in_sh() {
    let shell = |tid, ptid, comm| Listed { tid, pid: tid, ptid, comm, ..SHELL };
    let listed = [
        INIT,
        shell(50, 1, "login"),
        shell(51, 50, "xsh"),
        shell(52, 51, "zsh"),
        shell(53, 52, "cat"),
    ];
    let mut capture = Capture::new(&listed);
    capture.check(53, &[("proc.loginshellid", "51")]);
    capture.check(51, &[("proc.loginshellid", "51")]);
    capture.check(50, &[("proc.loginshellid", "<NA>")]);
}

#[test]
fn the_path_of_a_program_does_not_end_in_deleted() {
    let mut capture = Capture::new(&[INIT, Listed { exepath: "/bin/bash (deleted)", ..SHELL }]);
    capture.check(24, &[("proc.exepath", "/bin/bash")]);
    capture.exec(24, 24, 1, "/tmp/x y (deleted)");
    capture.check(24, &[("proc.exepath", "/tmp/x y")]);
}

#[test]
fn a_new_user_or_group_is_that_of_the_calling_thread() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, clone_flags::THREAD);
    capture.event(EventType::SYSCALL_SETUID_X, 25, |block| block.i64(0).u32(7));
    capture.event(EventType::SYSCALL_SETRESGID_X, 25, |block| block.i64(0).u32(1).u32(8).u32(3));
    capture.check(25, &[("user.uid", "7"), ("group.gid", "8")]);
    capture.check(24, &[("user.uid", "0"), ("group.gid", "0")]);
}

#[test]
fn of_a_thread_nobody_told_of_folder_and_parent_are_not_kept() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.chdir(500, "/somewhere");
    capture.open(500, 4, "rel");
    let unknown = [
        ("proc.pid", "-1"),
        ("proc.name", "<NA>"),
        ("proc.cwd", "./"),
        ("proc.fdopencount", "0"),
        ("proc.fdlimit", "0"),
        ("proc.fdusage", "0"),
        ("proc.is_pgid_leader", "true"),
        ("proc.ppid", "<NA>"),
        ("proc.aenv[1]", ""),
    ];
    capture.check(500, &unknown);
    assert_eq!(&*capture.state.fd(500, 4).unwrap().name, b"./rel");
    // Its first clone tells of it, and gives the child nothing.
    capture.clone(501, 500, 500, 24, 0);
    capture.check(500, &[("proc.pid", "500"), ("proc.ppid", "24"), ("proc.cwd", "")]);
    capture.check(501, &[("proc.ppid", "500"), ("proc.cwd", ""), ("proc.fdopencount", "0")]);
}

#[test]
fn a_thread_without_its_process_keeps_no_descriptors() {
    let thread = Listed { tid: 601, pid: 600, vtid: 601, ..SHELL };
    let mut capture = Capture::new(&[INIT, SHELL, thread]);
    capture.open(601, 4, "rel");
    let lost = [
        ("proc.pid", "600"),
        ("proc.ppid", "<NA>"),
        ("proc.pname", "<NA>"),
        ("proc.cwd", "./"),
        ("proc.env", ""),
        ("proc.fdopencount", "0"),
    ];
    capture.check(601, &lost);
    assert!(capture.state.fd(600, 4).is_none());
}

#[test]
fn a_thread_not_told_to_share_descriptors_has_its_own() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    // The return of clone3 in a new thread tells no flags.
    capture.clone(0, 25, 24, 1, 0);
    capture.open(24, 5, "/of-process");
    capture.open(25, 6, "/of-thread");
    let name = |capture: &Capture, tid: i64, fd| {
        let files = capture.state.thread(tid).unwrap().files();
        capture.state.fd(files, fd).map(|info| String::from_utf8_lossy(&info.name).into_owned())
    };
    assert_eq!(name(&capture, 25, 5), None);
    assert_eq!(name(&capture, 24, 6), None);
    assert_eq!(name(&capture, 25, 6).as_deref(), Some("/of-thread"));
    capture.check(25, &[("proc.pid", "24"), ("proc.fdopencount", "1"), ("proc.ppid", "1")]);
    capture.exit(25, 0);
    capture.check(24, &[("proc.fdopencount", "1")]);
    assert_eq!(capture.state.fd_count(), 1);
}

#[test]
fn a_thread_has_a_name_with_its_number() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, clone_flags::THREAD);
    capture.check(25, &[("thread.nametid", "child25")]);
}

#[test]
fn an_exit_comes_at_the_time_of_its_call() {
    let capture = Capture::new(&[INIT, SHELL]);
    let of = |code| EventBuilder::new(code, 1, 24).i64(0).finish();
    let expected = [
        ("evt.latency", "0"),
        ("evt.latency.s", "0"),
        ("evt.latency.quantized", "0"),
        ("evt.latency.human", "0ns"),
    ];
    capture.fields(&of(EventType::SYSCALL_SETSID_X), &expected);
    capture.fields(&of(EventType::SYSCALL_SETSID_X), &[("evt.wait_latency", "<NA>")]);
    capture.fields(&of(EventType::SYSCALL_EPOLLWAIT_X), &[("evt.wait_latency", "0")]);
}

#[test]
fn memory_follows_its_calls() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, clone_flags::THREAD);
    let memory = |block: EventBuilder| block.i64(0).u32(901).u32(902).u32(903);
    capture.event(EventType::SYSCALL_MUNMAP_X, 24, memory);
    capture.check(24, &[("proc.vmsize", "901"), ("proc.vmrss", "902"), ("proc.vmswap", "903")]);
    capture.check(24, &[("thread.vmsize", "901"), ("thread.vmrss", "902")]);
    capture.check(25, &[("proc.vmsize", "300"), ("thread.vmsize", "0"), ("thread.vmrss", "0")]);
    capture.event(EventType::SYSCALL_BRK_4_X, 25, |block| block.u64(0).u32(11).u32(12).u32(13));
    capture.check(25, &[("proc.vmsize", "11"), ("thread.vmsize", "0")]);
    // A thread that leaves its CPU tells its own faults and the memory of the process.
    capture.event(EventType::SCHEDSWITCH_6_E, 25, |block| {
        block.i64(24).u64(21).u64(22).u32(31).u32(32).u32(33)
    });
    capture.check(25, &[("proc.vmsize", "11"), ("thread.pfmajor", "21"), ("thread.pfminor", "22")]);
    capture.check(24, &[("proc.vmsize", "31"), ("thread.pfmajor", "0")]);
}

#[test]
fn a_limit_of_descriptors_is_that_of_the_process() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, clone_flags::THREAD);
    let limit = |current: i64, of: i64, resource: u8| {
        move |block: EventBuilder| {
            block.i64(0).i64(current).i64(66).i64(1).i64(2).i64(of).u8(resource)
        }
    };
    let steps = [(55, 0, 7, "55"), (56, 0, 3, "55"), (-1, 0, 7, "55"), (77, 24, 7, "77")];
    for (current, of, resource, expected) in steps {
        capture.event(EventType::SYSCALL_PRLIMIT_X, 25, limit(current, of, resource));
        capture.check(24, &[("proc.fdlimit", expected)]);
        capture.check(25, &[("proc.fdlimit", expected)]);
    }
}

#[test]
fn times_that_are_not_known_are_none() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    let unknown = [
        ("proc.pid.ts", "<NA>"),
        ("proc.duration", "<NA>"),
        ("proc.exe_ino.ctime", "<NA>"),
        ("proc.exe_ino.mtime", "<NA>"),
        ("proc.pidns_init_start_ts", "<NA>"),
        ("proc.exe_ino.ctime_duration_proc_start", "<NA>"),
        ("proc.exe_ino.ctime_duration_pidns_start", "<NA>"),
        ("proc.ppid.ts", "0"),
        ("proc.ppid.duration", "<NA>"),
    ];
    capture.check(24, &unknown);
    let start = capture.ts;
    capture.clone_as("in", [0, 25, 25, 24], clone_flags::CHILD_IN_PIDNS, [2, 2]);
    capture.exec(25, 25, 24, "/bin/prog");
    let (since, started) = ((start - 400).to_string(), start.to_string());
    let known = [
        ("proc.pid.ts", &*started),
        ("proc.exe_ino.ctime", "400"),
        ("proc.exe_ino.mtime", "500"),
        ("proc.pidns_init_start_ts", "77"),
        ("proc.exe_ino.ctime_duration_proc_start", &*since),
        ("proc.exe_ino.ctime_duration_pidns_start", "323"),
    ];
    capture.check(25, &known);
    // What is forked began later, its program did not; its namespace is told anew.
    capture.clone_as("in", [0, 26, 26, 25], clone_flags::CHILD_IN_PIDNS, [3, 3]);
    let forked = [
        ("proc.exe_ino.ctime_duration_proc_start", &*since),
        ("proc.exe_ino.ctime_duration_pidns_start", "<NA>"),
        ("proc.ppid.ts", &*started),
    ];
    capture.check(26, &forked);
}

#[test]
fn a_parent_is_the_thread_that_cloned() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    let thread = capture.ts.to_string();
    capture.clone_as("helper", [25, 24, 24, 1], clone_flags::THREAD, [24, 24]);
    capture.clone(26, 25, 24, 1, 0);
    let reported = [("proc.ppid", "24"), ("proc.pname", "bash"), ("proc.ppid.ts", &*thread)];
    capture.check(26, &reported);
    // Of a thread no environment is told.
    capture.check(26, &[("proc.env", ""), ("proc.aname[2]", "init")]);
    // It ends: the others of the process have the child, then whoever the end names.
    capture.exit(25, 0);
    capture.check(26, &[("proc.ppid", "24"), ("proc.ppid.ts", "0")]);
    capture.exit(24, 1);
    capture.check(26, &[("proc.ppid", "1"), ("proc.pname", "init")]);
}

#[test]
fn a_leader_that_ended_is_known_while_its_threads_live() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone(25, 24, 24, 1, clone_flags::THREAD);
    capture.exit(24, 0);
    capture.check(25, &[("proc.pid", "24"), ("proc.nthreads", "1"), ("proc.sname", "bash")]);
    // A thread that starts a program takes over its number.
    capture.exec(24, 24, 1, "/bin/prog");
    capture.check(24, &[("proc.name", "prog"), ("proc.sid", "24"), ("proc.nthreads", "1")]);
    capture.check(24, &[("proc.cwd", "/root/")]);
    capture.exit(24, 0);
    capture.check(24, &[("proc.pid", "-1"), ("proc.name", "<NA>")]);
}

#[test]
fn an_old_clone_is_another_thread() {
    let mut capture = Capture::new(&[INIT, SHELL]);
    capture.clone_as("first", [25, 24, 24, 1], 0, [24, 24]);
    capture.clone_as("late", [0, 25, 25, 24], 0, [25, 25]);
    capture.check(25, &[("proc.name", "first")]);
    capture.ts += 3_000_000_000;
    capture.clone_as("later", [0, 25, 25, 1], 0, [25, 25]);
    capture.check(25, &[("proc.name", "later"), ("proc.ppid", "1")]);
    // What the child told of itself its parent does not change.
    capture.clone_as("never", [25, 24, 24, 1], 0, [24, 24]);
    capture.check(25, &[("proc.name", "later")]);
}
