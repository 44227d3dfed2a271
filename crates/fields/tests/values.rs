//! Values of fields of events, their threads and their paths.

#![expect(clippy::unwrap_used, reason = "tests")]

use peregrine_event::{Event, EventBuilder, EventType, Origin, TrailerWriter};
use peregrine_fields::{BufferFormat, Catalogue, EventContext, counts_as_first, value_text};
use peregrine_filter::{Scheme, Source};
use peregrine_state::{Limits, NoHostInfo, State};

/// A record of the first list, of process 7.
fn listed(record: EventBuilder) -> Vec<u8> {
    let origin = Origin { cpu: 0, flags: 0, pid: 7 };
    [record.finish(), TrailerWriter::default().origin(origin).finish()].concat()
}

/// A thread of the first list, its working folder `/home/x`.
fn thread(state: &mut State, tid: i64, ptid: i32, argv: &[&str], cgroups: &[&str]) {
    let words =
        |list: &[&str]| list.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    let (argv, cgroups) = (words(argv), words(cgroups));
    let mut block = EventBuilder::new(EventType::ITER_TASK_E, 1, tid)
        .i32(ptid)
        .i32(1)
        .i32(1)
        .i32(1)
        .str(b"sh")
        .strs(argv.iter().map(Vec::as_slice))
        .str(b"/bin/sh")
        .u32(0)
        .strs([&b"A=1"[..], format!("TID={tid}").as_bytes()])
        .str(b"/home/x");
    for _ in 10..27 {
        block = block.empty();
    }
    apply(state, &block.strs(cgroups.iter().map(Vec::as_slice)).finish());
}

fn apply(state: &mut State, block: &[u8]) {
    state.apply(&Event::parse(1, block).unwrap(), &NoHostInfo);
}

/// The text of a field of an event that has been taken in; none where it has no value.
fn text(state: &State, block: &[u8], field: &str, first_ts: u64) -> Option<String> {
    let (name, arg) = match field.split_once('[') {
        Some((name, arg)) => (name, arg.strip_suffix(']')),
        None => (field, None),
    };
    let catalogue = Catalogue::default();
    let field = catalogue.field(name, arg).unwrap();
    let event = Event::parse(1, block).unwrap();
    let mut context = EventContext::new(&event, state, &NoHostInfo);
    context.first_ts = first_ts;
    context.value(&field).map(|value| value_text(&value, field.format(), BufferFormat::Dotted))
}

/// Takes an event in and compares fields; `-` stands for no value.
fn check(state: &mut State, block: &[u8], expected: &[(&str, &str)]) {
    apply(state, block);
    for (field, expected) in expected {
        let got = text(state, block, field, 0);
        assert_eq!(got.as_deref().unwrap_or("-"), *expected, "{field}");
    }
}

fn host() -> State {
    let mut state = State::new(Limits::default());
    thread(&mut state, 1, 0, &["/sbin/init"], &[]);
    thread(&mut state, 2, 1, &["sshd", "-D"], &[]);
    thread(&mut state, 7, 2, &["sh", "-c", "x"], &["io=/a", "mem_cgroup=/b", "perf=/c", "cpu=/d"]);
    state
}

fn event(code: EventType) -> EventBuilder {
    EventBuilder::new(code, 1_700_000_000_500_000_000, 7)
}

#[test]
fn errors_are_counted_by_the_descriptor() {
    let open = |result: i64, name: &[u8]| {
        event(EventType::SYSCALL_OPEN_X).i64(result).str(name).u32(1).u32(0).u32(0).u64(0).finish()
    };
    let expected = |all, file, net, memory, other| {
        let names = ["", ".file", ".net", ".memory", ".other"];
        let names = names.map(|name| format!("evt.count.error{name}"));
        names.into_iter().zip([all, file, net, memory, other]).collect::<Vec<(String, &str)>>()
    };
    let brk = event(EventType::SYSCALL_BRK_4_X).u64(0).u32(1).u32(1).u32(0).u64(0).finish();
    let mkdir = event(EventType::SYSCALL_MKDIR_2_X).i64(-17).str(b"/tmp").u32(0).finish();
    let connect =
        event(EventType::SOCKET_CONNECT_X).i64(-111).bytes(b"").i64(99).bytes(b"").finish();
    let message = event(EventType::PROCINFO_E).u64(0).u64(0).finish();
    for (block, expected) in [
        (open(3, b"/etc/passwd"), expected("0", "0", "-", "-", "-")),
        (open(-2, b"/etc/nothing"), expected("1", "1", "-", "-", "-")),
        (brk, expected("0", "-", "-", "0", "-")),
        (mkdir, expected("1", "-", "-", "-", "1")),
        (connect, expected("1", "-", "1", "-", "-")),
        (message, expected("-", "-", "-", "-", "-")),
    ] {
        let expected: Vec<(&str, &str)> =
            expected.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        check(&mut host(), &block, &expected);
    }
}

#[test]
fn messages_about_the_host_are_asynchronous() {
    let mut state = host();
    let note = event(EventType::NOTIFICATION_E).str(b"id").str(b"text").finish();
    check(&mut state, &note, &[("evt.is_async", "true"), ("evt.asynctype", "notification")]);
    let procinfo = event(EventType::PROCINFO_E).u64(1).u64(2).finish();
    check(&mut state, &procinfo, &[("evt.is_async", "true"), ("evt.asynctype", "procinfo")]);
    let act = event(EventType::SYSCALL_SETSID_X).i64(7).finish();
    check(&mut state, &act, &[("evt.is_async", "false"), ("evt.asynctype", "-")]);
}

#[test]
fn relative_times_begin_at_the_first_act() {
    let mut state = host();
    let message = event(EventType::PROCINFO_E).u64(1).u64(2).finish();
    let act = event(EventType::SYSCALL_SETSID_X).i64(7).finish();
    assert!(!counts_as_first(&Event::parse(1, &message).unwrap()));
    assert!(counts_as_first(&Event::parse(1, &act).unwrap()));
    apply(&mut state, &act);
    let at = |field: &str, first: u64| text(&state, &act, field, first).unwrap();
    assert_eq!(at("evt.reltime", 0), "1700000000500000000", "before the first");
    assert_eq!(at("evt.reltime", 1_699_999_999_400_000_000), "1100000000");
    assert_eq!(at("evt.reltime.s", 1_699_999_999_400_000_000), "1");
    for field in ["evt.deltatime", "evt.deltatime.s"] {
        assert_eq!(at(field, 1), "0", "{field}: an event is its own predecessor");
    }
    assert_eq!(at("evt.datetime", 1), "2023-11-14 22:13:20.500000000");
    assert_eq!(at("evt.datetime.s", 1), "2023-11-14 22:13:20");
}

#[test]
fn times_among_arguments_are_dates() {
    let mut block = event(EventType::SYSCALL_EXECVE_19_X).i64(0).str(b"/bin/a").bytes(b"");
    for _ in 3..24 {
        block = block.empty();
    }
    let block = block.u64(1_795_455_190_000_000_000).u64(0).finish();
    check(
        &mut host(),
        &block,
        &[
            ("evt.arg[exe_ino_ctime]", "2026-11-23 17:33:10.000000000"),
            ("evt.arg[exe_ino_mtime]", "1970-01-01 00:00:00.000000000"),
        ],
    );
}

#[test]
fn fields_of_ancestors_without_a_number() {
    let act = event(EventType::SYSCALL_SETSID_X).i64(7).finish();
    check(
        &mut host(),
        &act,
        &[
            // Blanks stand once there is a text; the first ancestor has none.
            ("proc.aargs", "-D "),
            ("proc.apid", "7"),
            ("proc.aenv", "A=1 TID=7"),
            ("proc.apid[1]", "2"),
            ("proc.aenv[1]", "A=1 TID=2"),
        ],
    );
    let mut state = State::new(Limits::default());
    thread(&mut state, 1, 0, &["/sbin/init"], &[]);
    thread(&mut state, 7, 1, &["sh", "x"], &[]);
    check(&mut state, &act, &[("proc.aargs", "-"), ("proc.aargs[1]", "")]);
}

#[test]
fn control_groups_have_the_names_of_proc() {
    let act = event(EventType::SYSCALL_SETSID_X).i64(7).finish();
    check(
        &mut host(),
        &act,
        &[
            ("thread.cgroups", "blkio=/a memory=/b perf_event=/c cpu=/d"),
            ("thread.cgroup[blkio]", "/a"),
            ("thread.cgroup[memory]", "/b"),
            ("thread.cgroup[mem_cgroup]", "-"),
        ],
    );
    let other = EventBuilder::new(EventType::SYSCALL_SETSID_X, 1, 2).i64(2).finish();
    check(&mut host(), &other, &[("thread.cgroups", "-")]);
}

#[test]
fn time_on_a_cpu_is_none() {
    let act = event(EventType::SYSCALL_SETSID_X).i64(7).finish();
    let reported = event(EventType::PROCINFO_E).u64(17).u64(4).finish();
    let nobody = EventBuilder::new(EventType::SCHEDSWITCH_6_E, 1, 0).finish();
    for (block, share, total) in [(act, "-", "0"), (reported, "0.0", "0"), (nobody, "-", "-")] {
        check(
            &mut host(),
            &block,
            &[
                ("thread.exectime", "0"),
                ("thread.totexectime", total),
                ("thread.cpu", share),
                ("thread.cpu.user", share),
                ("thread.cpu.system", share),
            ],
        );
    }
}

#[test]
fn a_negative_number_is_no_process() {
    let failed = event(EventType::SYSCALL_SETSID_X).i64(-1).finish();
    check(&mut host(), &failed, &[("evt.args", "res=-1"), ("evt.arg[res]", "-1")]);
}

#[test]
fn paths_of_two_begin_at_the_working_folder_or_at_the_one_given() {
    let open = |name: &[u8], directory: bool| {
        if directory {
            let folder = EventBuilder::new(EventType::ITER_TASK_FILE_DIRECTORY_E, 1, 7);
            return listed(folder.i32(5).str(name).u64(1));
        }
        let file = EventBuilder::new(EventType::ITER_TASK_FILE_REGULAR_E, 1, 7);
        listed(file.i32(5).str(name).u32(0).u32(0).u64(1))
    };
    let rename =
        event(EventType::SYSCALL_RENAMEAT_X).i64(0).i64(5).str(b"a").i64(5).str(b"b").finish();
    let link = event(EventType::SYSCALL_LINKAT_2_X)
        .i64(0)
        .i64(5)
        .str(b"a")
        .i64(5)
        .str(b"b")
        .u32(0)
        .finish();
    let symlink = event(EventType::SYSCALL_SYMLINKAT_X).i64(0).str(b"a").i64(5).str(b"b").finish();
    let unlink = event(EventType::SYSCALL_UNLINKAT_2_X).i64(0).i64(5).str(b"a").u32(0).finish();
    let nothing = event(EventType::SYSCALL_UNLINKAT_2_X).i64(0).i64(5).str(b"").u32(0).finish();
    let stat = event(EventType::SYSCALL_NEWFSTATAT_X).i64(0).i64(5).str(b"a").u32(0).finish();
    for (directory, block, expected) in [
        (true, &rename, [("fs.path.source", "/home/x/a"), ("fs.path.target", "/opt/b")]),
        (true, &link, [("fs.path.source", "/opt/b"), ("fs.path.target", "/home/x/a")]),
        (true, &symlink, [("fs.path.source", "/opt/b"), ("fs.path.target", "<UNKNOWN>a")]),
        (false, &rename, [("fs.path.source", "/home/x/a"), ("fs.path.target", "<UNKNOWN>b")]),
        (true, &unlink, [("fs.path.name", "/opt/a"), ("fs.path.nameraw", "a")]),
        (false, &unlink, [("fs.path.name", "<UNKNOWN>a"), ("fs.path.nameraw", "a")]),
        (true, &nothing, [("fs.path.name", "-"), ("evt.num", "1")]),
        (true, &stat, [("fs.path.name", "-"), ("evt.abspath", "-")]),
    ] {
        let mut state = host();
        apply(&mut state, &open(b"/opt", directory));
        check(&mut state, block, &expected);
    }
}
