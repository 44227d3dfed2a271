//! Descriptors of live events: the probe's word goes before what an event alone would say.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::rc::Rc;

use peregrine_event::{
    Descriptor, Event, EventBuilder, EventType, Origin, ResolvedPath, Streams, TrailerWriter,
};
use peregrine_state::{
    Group, HostInfo, Interface, Limits, NoHostInfo, Role, SeenFile, State, User,
};

const PID: u32 = 7;
const BPF: i8 = 17;

fn origin() -> TrailerWriter {
    TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: PID })
}

fn file(fd: i32, kind: u8, name: &'static [u8]) -> Descriptor<'static> {
    Descriptor { fd, kind, role: 0, open_flags: 3, dev: 0, mnt: 0, ino: 1, payload: name }
}

/// The kinds of descriptors 0 and 4 after standard input was opened and `bpf` returned `result`.
fn after_bpf(result: i64, trailer: Option<TrailerWriter>) -> [Option<i8>; 2] {
    let mut state = State::new(Limits::default());
    let mut apply = |mut block: Vec<u8>, trailer: Option<TrailerWriter>| {
        block.extend(trailer.map(TrailerWriter::finish).unwrap_or_default());
        state.apply(&Event::parse(1, &block).unwrap(), &NoHostInfo);
    };
    let input = EventBuilder::new(EventType::SYSCALL_OPEN_X, 1, i64::from(PID));
    let input = input.i64(0).str(b"/dev/null").u32(1).u32(0).u32(0).u64(0);
    apply(input.finish(), None);
    let bpf = EventBuilder::new(EventType::SYSCALL_BPF_2_X, 2, i64::from(PID));
    apply(bpf.i64(result).i32(16).finish(), trailer);
    [0, 4].map(|fd| state.fd(i64::from(PID), fd).map(|info| info.kind))
}

#[test]
fn only_some_results_of_bpf_are_descriptors() {
    let file_kind = after_bpf(-1, None)[0];
    assert!(file_kind.is_some() && file_kind != Some(BPF));
    assert_eq!(after_bpf(0, Some(origin())), [file_kind, None], "a query that went well");
    let made = origin().descriptor(&file(4, 10, b"bpf-map"));
    assert_eq!(after_bpf(4, Some(made)), [file_kind, Some(BPF)]);
    assert_eq!(after_bpf(0, None), [Some(BPF), None], "a capture does not say");
}

/// What an event tells of descriptor 4.
fn reported(kind: u8, ino: u64, payload: &[u8]) -> TrailerWriter {
    let origin = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: PID });
    origin.descriptor(&Descriptor {
        fd: 4,
        kind,
        role: 0,
        open_flags: 3,
        dev: 9,
        mnt: 0,
        ino,
        payload,
    })
}

/// Two ends as the probe tells them: family, then address and port of each.
fn ends(from: u16, to: u16) -> Vec<u8> {
    let end = |port: u16| {
        let ip = if port == 0 { [0; 4] } else { [127, 0, 0, 1] };
        [&ip[..], &port.to_le_bytes()].concat()
    };
    [vec![2], end(from), end(to)].concat()
}

fn apply(state: &mut State, event: EventBuilder, trailer: TrailerWriter) {
    let block = [event.finish(), trailer.finish()].concat();
    state.apply(&Event::parse(1, &block).unwrap(), &NoHostInfo);
}

/// The kind of descriptor 4 after it was opened and a `write` to it failed with this error.
fn after_failure(error: i64, trailer: Option<TrailerWriter>) -> Option<i8> {
    let mut state = State::new(Limits::default());
    let open = EventBuilder::new(EventType::SYSCALL_OPEN_X, 1, i64::from(PID));
    let open = open.i64(4).str(b"/srv/x").u32(1).u32(0).u32(0).u64(0);
    apply(&mut state, open, reported(16, 5, b"/srv/x"));
    let write = EventBuilder::new(EventType::SYSCALL_WRITE_X, 2, i64::from(PID));
    let trailer = trailer.map(TrailerWriter::finish).unwrap_or_default();
    let block = [write.i64(-error).bytes(b"x").i64(4).u32(1).finish(), trailer].concat();
    state.apply(&Event::parse(2, &block).unwrap(), &NoHostInfo);
    state.fd(i64::from(PID), 4).map(|info| info.kind)
}

#[test]
fn ebadf_removes_a_stale_descriptor() {
    assert_eq!(after_failure(9, Some(origin())), None);
    assert_eq!(after_failure(11, Some(origin())), Some(16), "no word on it, but it is there");
    // Not open for writing.
    assert_eq!(after_failure(9, Some(reported(16, 5, b"/srv/x"))), Some(16));
    assert_eq!(after_failure(9, None), Some(16), "a capture has its closes");
}

/// The name of what a failed open below descriptor 4 asked for, which is of this kind.
fn asked_below(kind: u8, error: i64, live: bool) -> String {
    let mut state = State::new(Limits::default());
    let open = EventBuilder::new(EventType::SYSCALL_OPEN_X, 1, i64::from(PID));
    let open = open.i64(4).str(b"/srv/x").u32(1).u32(0).u32(0).u64(0);
    apply(&mut state, open, reported(kind, 5, b"/srv/x"));
    let below = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, 2, i64::from(PID));
    let below = below.i64(-error).i64(4).str(b"y").u32(1).u32(0).u32(0).u64(0).finish();
    let trailer = if live { origin().finish() } else { Vec::new() };
    let block = [below, trailer].concat();
    let event = Event::parse(2, &block).unwrap();
    state.apply(&event, &NoHostInfo);
    String::from_utf8(state.event_fd(&event).unwrap().name.to_vec()).unwrap()
}

#[test]
fn only_a_directory_is_the_base_of_a_path() {
    assert_eq!(asked_below(2, 2, true), "/srv/x/y");
    assert_eq!(asked_below(16, 20, true), "<UNKNOWN>/y", "it is a file");
    assert_eq!(asked_below(2, 9, true), "<UNKNOWN>/y", "it is not there any more");
    assert_eq!(asked_below(16, 20, false), "/srv/x/y", "a capture tells every open");
}

/// `write` on descriptor 4, of an object the kernel names.
fn write(state: &mut State, trailer: TrailerWriter) -> String {
    let event = EventBuilder::new(EventType::SYSCALL_WRITE_X, 1, i64::from(PID));
    apply(state, event.i64(1).bytes(b"x").i64(4).u32(1), trailer);
    let info = state.fd(i64::from(PID), 4).unwrap();
    String::from_utf8(info.name.to_vec()).unwrap()
}

#[test]
fn a_reused_fd_has_the_name_of_its_new_object() {
    const FIFO: u8 = 7;
    const FILE: u8 = 16;
    let mut state = State::new(Limits::default());
    assert_eq!(write(&mut state, reported(FIFO, 1, b"pipe:[1]")), "pipe:[1]");
    assert_eq!(write(&mut state, reported(FILE, 2, b"/a")), "/a");
    assert_eq!(write(&mut state, reported(FILE, 3, b"/b")), "/b");
    assert_eq!(write(&mut state, reported(FIFO, 4, b"pipe:[4]")), "pipe:[4]");
}

#[test]
fn the_smaller_port_of_an_unknown_socket_is_the_servers() {
    let mut state = State::new(Limits::default());
    let socket = |ino, from, to| reported(3, ino, &[vec![2], ends(from, to)].concat());
    let role = |state: &State| state.fd(i64::from(PID), 4).unwrap().socket.role;
    let name = write(&mut state, socket(1, 80, 50_000));
    assert_eq!(name, "127.0.0.1:50000->127.0.0.1:80");
    assert_eq!(role(&state), Role::Server);
    // Another one under the same number.
    assert_eq!(write(&mut state, socket(2, 40_000, 80)), "127.0.0.1:40000->127.0.0.1:80");
    assert_eq!(role(&state), Role::Client);
}

#[test]
fn a_datagram_sets_the_peer() {
    let mut state = State::new(Limits::default());
    let socket = || reported(3, 1, &[vec![3], ends(6000, 0)].concat());
    let mut send = |to| {
        let event = EventBuilder::new(EventType::SOCKET_SENDTO_X, 1, i64::from(PID));
        let event = event.i64(1).bytes(b"x").i64(4).u32(1).bytes(&ends(6000, to));
        apply(&mut state, event, socket());
        let info = state.fd(i64::from(PID), 4).unwrap();
        (String::from_utf8(info.name.to_vec()).unwrap(), info.socket.role)
    };
    assert_eq!(send(53), ("127.0.0.1:6000->127.0.0.1:53".to_owned(), Role::Client));
    assert_eq!(send(54), ("127.0.0.1:6000->127.0.0.1:54".to_owned(), Role::Client));
    // To nobody: what was known stays.
    assert_eq!(send(0).0, "127.0.0.1:6000->127.0.0.1:54");
}

#[test]
fn a_closed_descriptor_is_known_during_its_event() {
    let mut state = State::new(Limits::default());
    let mut apply = |code: EventType, trailer: TrailerWriter| {
        let mut block = EventBuilder::new(code, 1, i64::from(PID)).i64(0).i64(4).finish();
        block.extend(trailer.finish());
        state.apply(&Event::parse(1, &block).unwrap(), &NoHostInfo);
        state.fd(i64::from(PID), 4).map(|info| info.name.to_vec())
    };
    let closed = origin().descriptor(&file(4, 16, b"/never/seen/opened"));
    let name = apply(EventType::SYSCALL_CLOSE_X, closed);
    assert_eq!(name.as_deref(), Some(&b"/never/seen/opened"[..]));
    assert_eq!(apply(EventType::SYSCALL_FCHDIR_X, origin()), None);
}

/// The folder rules know: as asked, but where only the kernel's name says which one it is.
#[test]
fn the_working_directory_is_as_requested() {
    let mut state = State::new(Limits::default());
    for (target, walked, cwd) in [
        ("/var", "/var", "/var"),
        // Through a link of the same name, the filter of the probe takes it for a folder's own.
        ("run", "/run", "/run"),
        ("/var/run", "/run", "/var/run"),
        ("lock", "/run/lock", "/var/run/lock"),
        ("..", "/run", "/var/run"),
        ("docker", "/data/docker-1", "/var/run/docker"),
    ] {
        let event = EventBuilder::new(EventType::SYSCALL_CHDIR_X, 1, i64::from(PID)).i64(0);
        let mut block = event.bytes(&[target.as_bytes(), b"\0"].concat()).finish();
        block.extend(
            origin().resolved_path(&ResolvedPath { param: 1, path: walked.as_bytes() }).finish(),
        );
        state.apply(&Event::parse(1, &block).unwrap(), &NoHostInfo);
        let known = state.base_of(i64::from(PID), -100).unwrap();
        assert_eq!(String::from_utf8_lossy(&known), cwd, "{target}");
    }
}

/// Knows where descriptor 4 lies, if it is inode 6.
struct Finds;

impl HostInfo for Finds {
    fn user(&self, _: u32) -> Option<User> {
        None
    }
    fn group(&self, _: u32) -> Option<Group> {
        None
    }
    fn hostname(&self) -> String {
        String::new()
    }
    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::default()
    }
    fn utc_offset(&self, _: u64) -> i32 {
        0
    }
    fn thread(&self, _: i64, _: &mut dyn FnMut(&[u8])) {}
    fn descriptor_path(&self, _: i64, fd: i64, file: &SeenFile) -> Option<Vec<u8>> {
        ((fd, file.ino) == (4, 6)).then(|| b"/far/down".to_vec())
    }
    fn program_path(&self, _: i64) -> Option<Vec<u8>> {
        Some(b"/far/down/tool".to_vec())
    }
}

/// The name of what is opened as `x` below descriptor 4, which was `/a` before.
fn below(trailer: TrailerWriter, outside: &dyn HostInfo) -> (String, u64) {
    let mut state = State::new(Limits::default());
    let mut apply = |event: EventBuilder, trailer: TrailerWriter| {
        let block = [event.finish(), trailer.finish()].concat();
        state.apply(&Event::parse(1, &block).unwrap(), outside);
    };
    let open = EventBuilder::new(EventType::SYSCALL_OPEN_X, 1, i64::from(PID));
    apply(open.i64(4).str(b"/link").u32(1024).u32(0).u32(9).u64(5), reported(2, 5, b"/a"));
    let open = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, 2, i64::from(PID));
    let open = open.i64(5).i64(4).str(b"x").u32(1).u32(0).u32(9).u64(7);
    apply(open, trailer);
    let name = state.fd(i64::from(PID), 5).unwrap().name.to_vec();
    (String::from_utf8(name).unwrap(), state.counters().paths_unresolved)
}

#[test]
fn a_path_below_a_directory_starts_with_its_name() {
    let of = |text: &str, untold| (text.to_owned(), untold);
    // The same folder keeps the name it was opened by; another one, or the same renamed, has its own.
    assert_eq!(below(reported(2, 5, b"/a"), &NoHostInfo), of("/link/x", 0));
    assert_eq!(below(reported(2, 5, b"/b"), &NoHostInfo), of("/b/x", 0));
    assert_eq!(below(reported(2, 6, b"/c"), &NoHostInfo), of("/c/x", 0));
    // Too deep for the kernel: what user space finds, or nothing, never what the number was before.
    assert_eq!(below(reported(2, 6, b""), &Finds), of("/far/down/x", 0));
    assert_eq!(below(reported(2, 6, b""), &NoHostInfo), of("<UNKNOWN>/x", 1));
    assert_eq!(below(reported(2, 5, b""), &NoHostInfo), of("/link/x", 1));
    // No folder at all, or none that is told.
    assert_eq!(below(reported(16, 6, b"/c"), &NoHostInfo), of("<UNKNOWN>/x", 0));
}

#[test]
fn exec_sets_the_reported_standard_streams() {
    let streams = |trailer: TrailerWriter| {
        let mut state = State::new(Limits::default());
        for fd in [0, 1, 4] {
            let open = EventBuilder::new(EventType::SYSCALL_OPEN_X, 1, i64::from(PID));
            apply(&mut state, open.i64(fd).str(b"/old").u32(1).u32(0).u32(9).u64(5), origin());
        }
        let mut block = EventBuilder::new(EventType::SYSCALL_EXECVE_19_X, 2, i64::from(PID));
        for param in 0..31 {
            block = match param {
                0 => block.i64(0),
                4 => block.i64(i64::from(PID)),
                _ => block.bytes(b""),
            };
        }
        apply(&mut state, block, trailer);
        [0, 1, 2].map(|fd| {
            let info = state.fd(i64::from(PID), fd)?;
            Some((info.kind, String::from_utf8_lossy(&info.name).into_owned()))
        })
    };
    let file = |name: &str| Some((16_i8, name.to_owned()));
    let pipe = Descriptor { kind: 7, ino: 9, payload: b"", ..file_of(1) };
    assert_eq!(streams(origin()), [file("/old"), file("/old"), None], "a probe of before");
    let reported = origin().streams(Streams { open: 2 }).descriptor(&pipe);
    assert_eq!(streams(reported), [None, Some((7, String::new())), None]);
    let reported = origin().streams(Streams { open: 5 }).descriptor(&file_of(2));
    assert_eq!(streams(reported), [file("/old"), None, file("/new")], "no room to tell the first");
}

fn file_of(fd: i32) -> Descriptor<'static> {
    file(fd, 16, b"/new")
}
