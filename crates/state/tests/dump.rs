//! A state that applies the dump of another is equal to it.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::net::Ipv4Addr;

use peregrine_event::{Descriptor, Event, EventBuilder, EventType as E, Origin, TrailerWriter};
use peregrine_state::{Limits, NoHostInfo, State};

fn dump(state: &mut State) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    state.dump(&mut |record| records.push(record.to_vec()));
    records
}

fn state_of(records: &[Vec<u8>]) -> State {
    let mut state = State::new(Limits::default());
    for record in records {
        state.apply(&Event::parse(0, record).unwrap(), &NoHostInfo);
    }
    state
}

/// A record with the process it is of.
fn of(pid: u32, block: EventBuilder) -> Vec<u8> {
    let origin = Origin { cpu: 0, flags: 0, pid };
    [block.finish(), TrailerWriter::default().origin(origin).finish()].concat()
}

/// An event with the given parameters by name, the others zero or empty.
fn event(code: E, ts: u64, tid: i64, values: &[(&str, &[u8])]) -> EventBuilder {
    let mut block = EventBuilder::new(code, ts, tid);
    for (index, param) in code.info().unwrap().params.iter().enumerate() {
        let given = values
            .iter()
            .find(|(name, _)| *name == param.name || (index == 0 && *name == "res"))
            .map(|(_, value)| value.to_vec());
        block = block.bytes(&given.unwrap_or_else(|| vec![0; param.ty.size().unwrap_or(0)]));
    }
    block
}

fn n(number: i64) -> [u8; 8] {
    number.to_le_bytes()
}

fn task(tid: i64, pid: u32, ptid: i32) -> Vec<u8> {
    let values: [(&str, &[u8]); 5] = [
        ("comm", b"name\0"),
        ("argv", b"prog\0-a\0b c\0"),
        ("env", b"A=1\0B=\0"),
        ("cwd", b"/home/x\0"),
        ("start_time", &n(77)),
    ];
    let mut block = EventBuilder::new(E::ITER_TASK_E, 0, tid).i32(ptid);
    for (index, param) in E::ITER_TASK_E.info().unwrap().params.iter().enumerate().skip(1) {
        let given = values.iter().find(|(name, _)| *name == param.name);
        block = match (given, param.ty.size(), index) {
            (Some((_, value)), _, _) => block.bytes(value),
            (None, Some(size), _) => block.bytes(&vec![u8::try_from(index).unwrap(); size]),
            (None, None, _) => block.bytes(b"cpu=/a\0"),
        };
    }
    of(pid, block)
}

fn tuple(client: ([u8; 4], u16), server: ([u8; 4], u16)) -> Vec<u8> {
    let end = |(ip, port): ([u8; 4], u16)| [&ip[..], &port.to_le_bytes()].concat();
    [&[2_u8][..], &end(client), &end(server)].concat()
}

/// Every way a descriptor can come to be, some with the kernel's word on them.
fn acts() -> Vec<Vec<u8>> {
    let local = Ipv4Addr::LOCALHOST.octets();
    let at = [&[2_u8][..], &local, &80_u16.to_le_bytes()].concat();
    let mut records = vec![
        // The child's number is smaller than its parent's: numbers wrap.
        task(900, 900, 1),
        task(5, 5, 900),
        task(6, 5, 900),
        task(1, 1, 0),
    ];
    let mut add = |code, values: &[(&str, &[u8])]| {
        records.push(of(5, event(code, 1000, 5, values)));
    };
    let flags = 4097_u32.to_le_bytes();
    add(
        E::SYSCALL_OPENAT_2_X,
        &[
            ("fd", &n(3)),
            ("dirfd", &n(-100)),
            ("name", b"../y/f\0"),
            ("flags", &flags),
            ("dev", &9_u32.to_le_bytes()),
            ("ino", &n(10)),
        ],
    );
    add(E::SYSCALL_DUP_1_X, &[("res", &n(4)), ("oldfd", &n(3))]);
    add(E::SYSCALL_PIPE2_X, &[("fd1", &n(7)), ("fd2", &n(8)), ("ino", &n(11))]);
    add(E::SYSCALL_EVENTFD2_X, &[("res", &n(9))]);
    add(E::SYSCALL_MEMFD_CREATE_X, &[("fd", &n(10)), ("name", b"m\0")]);
    add(E::SYSCALL_PIDFD_OPEN_X, &[("fd", &n(11)), ("pid", &n(5))]);
    add(
        E::SOCKET_SOCKET_X,
        &[("fd", &n(12)), ("domain", &2_u32.to_le_bytes()), ("type", &1_u32.to_le_bytes())],
    );
    add(E::SOCKET_SOCKET_X, &[("fd", &n(13)), ("domain", &16_u32.to_le_bytes())]);
    add(
        E::SOCKET_CONNECT_X,
        &[("tuple", &tuple((local, 5000), ([10, 0, 0, 1], 443))), ("fd", &n(12))],
    );
    add(E::SOCKET_BIND_X, &[("addr", &at), ("fd", &n(14))]);
    add(
        E::SOCKET_ACCEPT_5_X,
        &[("fd", &n(15)), ("tuple", &tuple(([10, 0, 0, 9], 999), (local, 80)))],
    );
    add(
        E::SOCKET_SOCKETPAIR_X,
        &[("fd1", &n(16)), ("fd2", &n(17)), ("source", &n(0x1234)), ("peer", &n(0x5678))],
    );
    add(E::SYSCALL_SETRESUID_X, &[("euid", &7_u32.to_le_bytes())]);
    let mut opened = event(
        E::SYSCALL_OPEN_X,
        2000,
        5,
        &[("fd", &n(20)), ("name", b"/link\0"), ("flags", &flags)],
    )
    .finish();
    let payload = b"/etc/target";
    let (dev, mnt, ino, open_flags) = (8, 30, 99, 4097);
    let descriptor = Descriptor { fd: 20, kind: 16, role: 0, open_flags, dev, mnt, ino, payload };
    let origin = Origin { cpu: 0, flags: 0, pid: 5 };
    opened.extend(TrailerWriter::default().origin(origin).descriptor(&descriptor).finish());
    records.push(opened);
    records
}

#[test]
fn a_state_that_applies_a_dump_is_equal() {
    let mut first = state_of(&acts());
    let records = dump(&mut first);
    let mut second = state_of(&records);
    let threads = [1, 5, 6, 900];
    assert_eq!((first.thread_count(), second.thread_count()), (4, 4));
    for tid in threads {
        assert_eq!(first.thread(tid), second.thread(tid));
        let [a, b] = [&first, &second].map(|state| {
            let process = state.process_of(state.thread(tid).unwrap()).unwrap();
            (process.cwd.clone(), process.fds.clone(), process.threads.clone())
        });
        assert_eq!(a, b, "{tid}");
    }
    let fds = &first.process_of(first.thread(5).unwrap()).unwrap().fds;
    assert_eq!(fds.len(), 14);
    assert_eq!(
        (&*fds.get(3).unwrap().name, &*fds.get(3).unwrap().name_raw),
        (&b"/home/y/f"[..], &b"../y/f"[..])
    );
    assert_eq!(fds.get(20).unwrap().resolved.as_deref(), Some(&b"/etc/target"[..]));
    assert_eq!(&*fds.get(12).unwrap().name, b"127.0.0.1:5000->10.0.0.1:443");
    assert_eq!(first.thread(5).unwrap().uid, 7);
    assert_eq!(first.thread(5).unwrap().start_ts, 77);
    // Told once more, it is the same to the byte.
    assert_eq!(dump(&mut second), records);
}

#[test]
fn what_the_last_event_ended_is_not_dumped() {
    let mut records = acts();
    records.push(of(5, event(E::SYSCALL_CLOSE_X, 3000, 5, &[("res", &n(0)), ("fd", &n(3))])));
    let mut first = state_of(&records);
    let second = state_of(&dump(&mut first));
    assert!(second.fd(5, 3).is_none() && second.fd(5, 4).is_some());
}

#[test]
fn a_parent_is_dumped_before_its_children() {
    let records = dump(&mut state_of(&acts()));
    let tids: Vec<i64> = records
        .iter()
        .map(|record| Event::parse(0, record).unwrap().view)
        .filter(|view| view.event_type() == E::ITER_TASK_E)
        .map(|view| view.tid())
        .collect();
    assert_eq!(tids, [1, 900, 5, 6]);
}
