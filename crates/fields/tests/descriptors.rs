//! Descriptors of captures, as fields: of calls that failed, of those nobody knows, of all of a process.

#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use peregrine_event::EventType as E;
use support::{Host, block, connect};

fn openat(result: i64, dirfd: i64, name: &str, flags: u32) -> Vec<u8> {
    let event = block(E::SYSCALL_OPENAT_2_X).i64(result).i64(dirfd).str(name.as_bytes());
    event.u32(flags).u32(0).u32(0xfe00).u64(77).finish()
}

fn open(result: i64, name: &str) -> Vec<u8> {
    let event = block(E::SYSCALL_OPEN_X).i64(result).str(name.as_bytes());
    event.u32(1).u32(0).u32(0).u64(0).finish()
}

fn chdir(path: &str) -> Vec<u8> {
    block(E::SYSCALL_CHDIR_X).i64(0).str(path.as_bytes()).finish()
}

fn check(events: &[Vec<u8>], expected: &[(&str, &str)]) {
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    let got = Host::new(&[]).after(events, &names);
    let got: Vec<(&str, &str)> =
        names.iter().copied().zip(got.iter().map(String::as_str)).collect();
    assert_eq!(got, expected);
}

/// What only an open descriptor has.
const OF_OPEN: [&str; 9] = [
    "fd.type",
    "fd.filename",
    "fd.dev",
    "fd.ino",
    "fd.is_upper_layer",
    "fd.is_server",
    "fd.l4proto",
    "fd.connected",
    "fd.name_changed",
];

#[test]
fn an_open_that_failed_has_a_name_and_nothing_else() {
    let failed = |event: Vec<u8>, letter: &str, name: &str, raw: &str, folder: &str| {
        let (container, in_container) = (format!(":{name}"), format!(":{folder}"));
        let mut expected = vec![
            ("fd.num", "-1"),
            ("fd.uid", "7-1"),
            ("fd.typechar", letter),
            ("fd.name", name),
            ("fd.nameraw", raw),
            ("fd.directory", folder),
            ("fd.containername", &container),
            ("fd.containerdirectory", &in_container),
        ];
        expected.extend(OF_OPEN.map(|field| (field, "<none>")));
        check(&[chdir("/srv"), event], &expected);
    };
    failed(openat(-2, -100, "a/../b", 1), "f", "/srv/b", "a/../b", "/srv");
    failed(openat(-2, -100, "/etc//x/../y", 1), "f", "/etc/y", "/etc/x/../y", "/etc");
    failed(openat(-2, 9, "b", 1), "f", "<UNKNOWN>/b", "b", "<UNKNOWN>");
    // These keep an absolute path as it was written.
    failed(open(-2, "/etc//x/../y"), "o", "/etc//x/../y", "/etc/x/../y", "/etc//x/..");
    failed(open(-13, "b"), "o", "/srv/b", "/srv/b", "/srv");
    failed(open(-13, "/y"), "o", "/y", "/y", "/");
}

#[test]
fn a_handle_without_a_path_has_no_name() {
    let by_handle = |result: i64, path: &str| {
        let event = block(E::SYSCALL_OPEN_BY_HANDLE_AT_X).i64(result).i64(3).u32(1);
        event.str(path.as_bytes()).u32(0).u64(0).finish()
    };
    check(&[by_handle(-2, "")], &[("fd.name", "<none>"), ("fd.nameraw", "<none>")]);
    check(&[by_handle(-2, "/a")], &[("fd.name", "/a"), ("fd.num", "-1")]);
    check(&[by_handle(5, "/a/b")], &[("fd.name", "/a/b"), ("fd.num", "5"), ("fd.filename", "b")]);
}

#[test]
fn a_call_told_without_parameters_has_an_empty_name() {
    for code in [E::SOCKET_SENDMMSG_X, E::SOCKET_RECVMMSG_X] {
        let mut event = block(code);
        for _ in 0..5 {
            event = event.empty();
        }
        check(&[event.finish()], &[("fd.name", ""), ("fd.num", "-1"), ("fd.type", "<none>")]);
    }
}

#[test]
fn of_a_descriptor_nobody_knows_there_is_a_number() {
    let read = block(E::SYSCALL_READ_X).i64(1).bytes(b"x").i64(8).u32(1).finish();
    let mut expected = vec![
        ("fd.num", "8"),
        ("fd.uid", "78"),
        ("fd.typechar", "o"),
        ("fd.name", ""),
        ("fd.nameraw", ""),
        ("fd.directory", "/"),
        ("fd.containername", ":"),
        ("fd.containerdirectory", ":/"),
    ];
    expected.extend(OF_OPEN.map(|field| (field, "<none>")));
    check(&[read], &expected);
    // No descriptor at all.
    let other = block(E::SYSCALL_CHDIR_X).i64(0).str(b"/").finish();
    check(&[other], &[("fd.num", "<none>"), ("fd.name", "<none>"), ("fd.types", "<none>")]);
    let accept = block(E::SOCKET_ACCEPT4_6_X).i64(-11).empty();
    let accept = accept.u8(0).u32(0).u32(0).i32(0).finish();
    check(&[accept], &[("fd.name", "NULL"), ("fd.typechar", "4"), ("fd.num", "-1")]);
}

#[test]
fn splice_speaks_of_where_data_goes() {
    let splice = block(E::SYSCALL_SPLICE_X).i64(1).i64(3).i64(4).u64(1).u32(0).finish();
    let events = [openat(3, -100, "/from", 1), openat(4, -100, "/to", 1), splice];
    check(&events, &[("fd.num", "4"), ("fd.name", "/to")]);
}

#[test]
fn what_was_opened_has_its_device_and_a_new_name() {
    check(
        &[chdir("/srv"), openat(3, -100, "a//b", 1)],
        &[
            ("fd.name", "/srv/a/b"),
            ("fd.nameraw", "a/b"),
            ("fd.name_changed", "true"),
            ("fd.dev.major", "254"),
            ("fd.dev.minor", "0"),
            ("fd.ino", "77"),
            ("fd.connected", "false"),
        ],
    );
    let read = block(E::SYSCALL_READ_X).i64(1).bytes(b"x").i64(3).u32(1).finish();
    check(&[openat(3, -100, "/a", 1), read], &[("fd.name_changed", "false")]);
    let dup = block(E::SYSCALL_DUP2_X).i64(5).i64(3).i64(5).finish();
    check(
        &[openat(3, -100, "/a", 1), dup],
        &[("fd.name_changed", "false"), ("fd.num", "5"), ("fd.nameraw", "/a")],
    );
    // Of one that was listed nobody saw who asked for it.
    let listed = block(E::ITER_TASK_FILE_REGULAR_E).i32(3).str(b"/a").u32(1).u32(0).u64(4);
    let read = block(E::SYSCALL_READ_X).i64(1).bytes(b"x").i64(3).u32(1).finish();
    check(&[support::listed(listed), read], &[("fd.name", "/a"), ("fd.nameraw", "")]);
    let names = [("/", "/", "/"), ("/x", "/", "x"), ("/x/y", "/x", "y")];
    for (path, folder, file) in names {
        check(&[openat(3, -100, path, 1)], &[("fd.directory", folder), ("fd.filename", file)]);
    }
    check(
        &[openat(3, -100, "/x/y", 1 | 1024)],
        &[("fd.directory", "/x/y"), ("fd.filename", "<none>"), ("fd.type", "directory")],
    );
}

#[test]
fn a_call_that_makes_nothing_under_a_name_leaves_an_entry() {
    let failed = block(E::SYSCALL_MEMFD_CREATE_X).i64(-38).str(b"x").u32(1).finish();
    check(
        &[failed],
        &[
            ("fd.num", "-38"),
            ("fd.type", "<NA>"),
            ("fd.typechar", "?"),
            ("fd.name", ""),
            ("fd.types", "(<NA>)"),
        ],
    );
    let made = block(E::SYSCALL_MEMFD_CREATE_X).i64(3).str(b"x").u32(1).finish();
    check(&[made], &[("fd.name", "x"), ("fd.name_changed", "true"), ("fd.types", "(memfd)")]);
}

#[test]
fn the_kinds_of_a_process_come_in_the_order_of_its_table() {
    let socket = |fd: i64, domain: u32| {
        block(E::SOCKET_SOCKET_X).i64(fd).u32(domain).u32(1).u32(0).u32(0).finish()
    };
    let pipe = |a: i64, b: i64| block(E::SYSCALL_PIPE_X).i64(0).i64(a).i64(b).u64(1).finish();
    let events = [openat(0, -100, "/a", 1), pipe(1, 2), socket(3, 2), socket(4, 1)];
    // Lists are shown with their parts in parentheses.
    let types = |events: &[Vec<u8>], expected: &str| {
        let got = Host::new(&[]).after(events, &["fd.types"]);
        assert_eq!(got[0].trim_matches(['(', ')']).replace(", ", ","), expected);
    };
    types(&events, "unix,ipv4,pipe,file");
    // One of the same bucket comes before it: 17 is 4 past 13.
    types(&[&events[..], &[openat(17, -100, "/b", 1)]].concat(), "file,unix,ipv4,pipe");
    types(&[&events[..], &[openat(13, -100, "/b", 1)]].concat(), "unix,ipv4,pipe,file");
    check(&events, &[("fd.types[1]", "(pipe)"), ("fd.types[9]", "<none>")]);
}

#[test]
fn what_closes_with_the_program_is_gone() {
    const CLOSES: u32 = 4096;
    let execve = || {
        let mut event = block(E::SYSCALL_EXECVE_19_X).i64(0).str(b"x").empty().i64(7).i64(7).i64(1);
        for _ in 6..30 {
            event = event.empty();
        }
        event.finish()
    };
    let read = |fd: i64| block(E::SYSCALL_READ_X).i64(1).bytes(b"x").i64(fd).u32(1).finish();
    let eventfd = |flags: u16| block(E::SYSCALL_EVENTFD2_X).i64(3).u16(flags).u64(0).finish();
    let pipe2 =
        |flags: u32| block(E::SYSCALL_PIPE2_X).i64(0).i64(4).i64(3).u64(1).u32(flags).finish();
    let epoll = |flags: u32| block(E::SYSCALL_EPOLL_CREATE1_X).i64(3).u32(flags).finish();
    let memfd = |flags: u32| block(E::SYSCALL_MEMFD_CREATE_X).i64(3).str(b"m").u32(flags).finish();
    for (made, kind) in [
        (eventfd(4096), "<none>"),
        (eventfd(0), "event"),
        (pipe2(CLOSES), "<none>"),
        (pipe2(0), "pipe"),
        (epoll(1), "<none>"),
        (epoll(0), "eventpoll"),
        (memfd(1), "<none>"),
        (memfd(2), "memfd"),
        (openat(3, -100, "/a", CLOSES), "<none>"),
        (openat(3, -100, "/a", 1), "file"),
    ] {
        check(&[made, execve(), read(3)], &[("fd.type", kind)]);
    }
}

#[test]
fn a_list_of_descriptors_says_of_each_what_is_known() {
    let poll = |fds: &[i64]| {
        let mut list = u16::try_from(fds.len()).unwrap().to_le_bytes().to_vec();
        for fd in fds {
            list.extend(fd.to_le_bytes());
            list.extend([1, 0]);
        }
        block(E::SYSCALL_POLL_X).i64(1).bytes(&list).i64(0).finish()
    };
    let socket = |fd: i64, domain: u32| {
        block(E::SOCKET_SOCKET_X).i64(fd).u32(domain).u32(1).u32(6).u32(0).finish()
    };
    check(
        &[poll(&[])],
        &[("fdlist.nums", "<none>"), ("fdlist.names", "<none>"), ("fdlist.cips", "<none>")],
    );
    let bind = |address: &[u8]| block(E::SOCKET_BIND_X).i64(0).bytes(address).i64(5).finish();
    let waits_v6 = [&[10, 0x20, 0x01, 0x0d, 0xb8][..], &[0; 12], &80_u16.to_le_bytes()].concat();
    let events = |list: Vec<u8>| {
        vec![
            openat(4, -100, "/a", 1),
            socket(3, 2),
            connect(0, ("10.0.0.1:9", "10.0.0.2:80")),
            socket(5, 10),
            bind(&waits_v6),
            socket(6, 2),
            list,
        ]
    };
    check(
        &events(poll(&[8, 4])),
        &[
            ("fdlist.nums", "8,4"),
            ("fdlist.names", "<NA>,/a"),
            ("fdlist.cips", "<none>"),
            ("fdlist.sips", "<none>"),
            ("fdlist.cports", "<none>"),
            ("fdlist.sports", "<none>"),
        ],
    );
    check(
        &events(poll(&[3, 5, 6])),
        &[
            ("fdlist.names", "10.0.0.1:9->10.0.0.2:80,2001:db8:::80,<NA>"),
            ("fdlist.cips", "10.0.0.1,0.0.0.0"),
            ("fdlist.sips", "10.0.0.2,32.1.13.184,0.0.0.0"),
            ("fdlist.cports", "9,0"),
            ("fdlist.sports", "80,0"),
        ],
    );
}
