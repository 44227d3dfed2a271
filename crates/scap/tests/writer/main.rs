//! Captures written and read again.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod captures;
mod records;
mod trailers;

use std::borrow::Cow;
use std::io::{self, Write};
use std::net::IpAddr;

use peregrine_event::{
    Event, EventBuilder, EventFlags, EventType, EventView, ResolvedPath, Trailer, TrailerWriter,
};
use peregrine_scap::{Item, Machine, UserEntry, Writer};
use proptest::prelude::*;
use records::{blocks, descriptors, device, machine, of_process, read, thread};

/// A capture with nothing in front but the machine.
fn plain() -> Writer<Vec<u8>> {
    Writer::new(Vec::new(), &machine(), &[], &[]).unwrap()
}

fn known_item(record: Vec<u8>) -> Item<'static> {
    Item::Snapshot(record.into())
}

/// What comes back of records known before the first event.
fn known_again(records: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut writer = plain();
    for record in records {
        writer.snapshot(record).unwrap();
    }
    let items = read(&writer.finish().unwrap());
    let known = |item| if let Item::Snapshot(record) = item { Some(record.into()) } else { None };
    items.into_iter().filter_map(known).collect()
}

fn close(fd: i64) -> Vec<u8> {
    EventBuilder::new(EventType::SYSCALL_CLOSE_X, 7, 42).i64(0).i64(fd).finish()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_machine_its_addresses_and_accounts_come_back() {
    let interfaces = vec![
        (ip("192.168.1.7"), ip("255.255.255.0")),
        (ip("fe80::1"), ip("ffff:ffff:ffff:ffff::")),
        (ip("0.0.0.0"), ip("0.0.0.0")),
    ];
    let user = |name: &str, home: &str| UserEntry::User {
        uid: 1000,
        gid: u32::MAX,
        name: name.into(),
        home: home.into(),
        shell: "/bin/sh".into(),
    };
    let accounts = [
        user("ada", "/home/ada"),
        UserEntry::Group { gid: 0, name: "root".into() },
        user("", ""),
        UserEntry::Group { gid: 7, name: String::new() },
    ];
    let written = Writer::new(Vec::new(), &machine(), &interfaces, &accounts).unwrap();
    let mut expected = vec![Item::Machine(machine()), Item::Interfaces(interfaces)];
    expected.extend(accounts.map(Item::UserEntry));
    assert_eq!(read(&written.finish().unwrap()), expected);
}

#[test]
fn what_is_too_long_for_readers_is_cut_between_characters() {
    let machine = Machine { hostname: "ä".repeat(100), ..machine() };
    let accounts = [UserEntry::Group { gid: 1, name: "ö".repeat(200) }];
    let written = Writer::new(Vec::new(), &machine, &[], &accounts).unwrap().finish().unwrap();
    let items = read(&written);
    let machine = Machine { hostname: "ä".repeat(63), ..machine };
    assert_eq!(items[0], Item::Machine(machine));
    assert_eq!(items[2], Item::UserEntry(UserEntry::Group { gid: 1, name: "ö".repeat(127) }));
}

#[test]
fn blocks_stand_in_the_order_readers_expect() {
    let mut writer =
        Writer::new(Vec::new(), &machine(), &[(ip("10.0.0.1"), ip("255.0.0.0"))], &[]).unwrap();
    let [file, directory] = [0, 1].map(|index| descriptors(5, 3)[index].clone());
    // Descriptors of two processes, in turns, before any thread.
    for record in
        [file, descriptors(9, 3)[0].clone(), directory, thread(5, 5, b"a\0"), thread(9, 9, b"b\0")]
    {
        writer.snapshot(&record).unwrap();
    }
    let mut with_flags = close(1);
    with_flags.extend(
        TrailerWriter::default().resolved_path(&ResolvedPath { param: 1, path: b"/x" }).finish(),
    );
    writer.event(3, true, &with_flags).unwrap();
    writer.event(3, false, &with_flags).unwrap();
    let written = writer.finish().unwrap();
    let blocks = blocks(&written);
    let kinds: Vec<u32> = blocks.iter().map(|(kind, _)| *kind).collect();
    let expected =
        [0x0a0d_0d0a, 0x201, 0x219, 0x220, 0x215, 0x218, 0x218, 0x217, 0x216].map(u32::from_le);
    assert_eq!(kinds, expected);
    let body = |index: usize| blocks[index].1;
    assert_eq!(body(0), b"\x4d\x3c\x2b\x1a\x01\0\x02\0\xff\xff\xff\xff\xff\xff\xff\xff");
    assert_eq!(body(1).len(), 180);
    // The length does not count itself: type, length of the name, three addresses, speed.
    assert_eq!(body(2)[..8], [24, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(body(2)[8..20], [10, 0, 0, 1, 255, 0, 0, 0, 10, 255, 255, 255]);
    assert_eq!(body(2).len(), 28);
    assert_eq!((body(5)[0], body(6)[0]), (5, 9));
    assert_eq!(body(7)[..6], [3, 0, 1, 0, 0, 0]);
    assert_eq!(&body(7)[6..6 + close(1).len()], close(1));
    assert_eq!(&body(8)[2..2 + close(1).len()], close(1));
}

#[test]
fn threads_come_back() {
    let long = [b"/bin/long\0".repeat(300), vec![0]].concat();
    for (tid, pid, argv) in [
        (1, 1, &b"/sbin/init\0splash\0"[..]),
        (1000, 1, b"/sbin/init\0"),
        (77, 77, b"\0"),
        (77, 77, b"x\0\0\0"),
        (i64::from(u32::MAX), 2, b"a b\0c d\0"),
        (3, 3, &long),
    ] {
        let record = thread(tid, pid, argv);
        assert_eq!(known_again(std::slice::from_ref(&record)), [record], "{argv:?}");
    }
}

#[test]
fn other_readers_are_told_that_a_thread_shares_the_descriptors_of_its_process() {
    for (tid, pid, flags) in [(7, 7, 0_u32), (8, 7, 8193)] {
        let mut writer = plain();
        writer.snapshot(&thread(tid, pid, b"exe\0arg\0")).unwrap();
        let written = writer.finish().unwrap();
        // Length, five numbers, "comm", "exe", the program's path, "arg", the folder, a number.
        let at = 4 + 5 * 8 + 6 + 5 + 14 + 6 + 10 + 8;
        assert_eq!(blocks(&written)[4].1[at..at + 4], flags.to_le_bytes(), "{tid}");
    }
}

#[test]
fn what_a_list_of_threads_cannot_hold_comes_back_plainly() {
    // Written by the kernel side: without a value, with a start, the last argument open.
    let built = |argv: &[u8], start: u64| {
        let mut block = EventBuilder::new(EventType::ITER_TASK_E, 99, 8);
        for (index, param) in EventType::ITER_TASK_E.info().unwrap().params.iter().enumerate() {
            block = match (index, param.ty.size()) {
                (4, _) => block.str(b"kworker/0:1"),
                (5, _) => block.bytes(argv),
                (29, _) => block.u64(start),
                (_, Some(size)) => block.bytes(&vec![0; size]),
                _ => block.empty(),
            };
        }
        block.finish()
    };
    let again = |record| known_again(&[record]).remove(0);
    let argv = |record: &[u8]| EventView::parse(record).unwrap().0.param(5).unwrap().to_vec();
    // The thread of a kernel is its own program; a program without arguments keeps its name.
    assert_eq!(argv(&again(built(b"", 5))), b"kworker/0:1\0");
    assert_eq!(argv(&again(built(b"open", 5))), b"open\0");
    assert_eq!(argv(&again(built(b"open\0last", 5))), b"open\0last\0");
    let record = again(built(b"x\0", 5));
    let (view, rest) = EventView::parse(&record).unwrap();
    assert_eq!((view.ts(), view.u64(29)), (0, Some(0)));
    assert_eq!(Trailer::new(rest).origin().unwrap().pid, 8);
    // Whatever the sizes, the file stays readable, and other tools' limits are kept.
    for len in [0, 1, 1023, 1024, 1025, 4094, 4095, 4096, 4097, 9000] {
        let path = vec![b'p'; len];
        let mut block = EventBuilder::new(EventType::ITER_TASK_E, 0, 8);
        for param in EventType::ITER_TASK_E.info().unwrap().params {
            block = match (param.name, param.ty.size()) {
                ("argv" | "env", _) => block.bytes(&[b"exe\0", &path[..]].concat()),
                ("cgroups", _) => block.bytes(&[b"cpu=/a\0", &path[..], b"\0"].concat()),
                (_, Some(size)) => block.bytes(&vec![1; size]),
                _ => block.str(&path),
            };
        }
        let record = again(block.finish());
        let view = EventView::parse(&record).unwrap().0;
        for text in [4, 6, 9, 28] {
            assert_eq!(view.str(text).unwrap().len(), len.min(1024));
        }
        let args = if len == 0 { 4 } else { 4 + (len + 1).min(4096) };
        assert_eq!(view.param(5).unwrap().len(), args, "{len}");
        assert_eq!(view.param(8).unwrap().len(), (4 + len + usize::from(len > 0)).min(4096));
        let groups: Vec<&[u8]> = view.strs(27).collect();
        let all = [b"cpu=/a", &path[..]];
        assert_eq!(groups, if len + 8 > 4096 { &all[..1] } else { &all[..] }, "{len}");
    }
}

#[test]
fn every_kind_of_descriptor_comes_back() {
    for record in descriptors(4321, 5).chunks(1) {
        assert_eq!(known_again(record), record, "{:?}", EventView::parse(&record[0]));
    }
    // All at once, of two processes: by process.
    let all = [descriptors(-1, 0), descriptors(8, i32::MAX)];
    assert_eq!(known_again(&all.concat()), all.concat());
    let turns: Vec<Vec<u8>> =
        all[0].iter().zip(&all[1]).flat_map(|(a, b)| [a, b]).cloned().collect();
    assert_eq!(known_again(&turns), all.concat());
}

#[test]
fn what_a_list_of_descriptors_cannot_hold_comes_back_plainly() {
    use EventType as E;
    let build = |code| EventBuilder::new(code, 9, 6).i32(4);
    let anon = |kind, name: &[u8], ino| {
        of_process(build(E::ITER_TASK_FILE_ANON_INODE_E).u8(kind).str(name).u64(ino), 6)
    };
    let inet = |kind: u16, protocol: u16| {
        let block = build(E::ITER_TASK_FILE_SOCKET_INET_E).u16(kind).u16(protocol);
        block.bytes(&[1, 2, 3, 4]).u16(80).bytes(&[0; 4]).u16(0).u64(1)
    };
    let unix = |kind: u16, path: &[u8]| {
        build(E::ITER_TASK_FILE_SOCKET_UNIX_E).u16(kind).u16(2).u64(0xffff).str(path).u64(1)
    };
    let file = |path: &[u8], mount: u32| {
        build(E::ITER_TASK_FILE_REGULAR_E).str(path).u32(1).u32(mount).u64(2)
    };
    let netlink = build(E::ITER_TASK_FILE_SOCKET_NETLINK_E).u16(3).u16(15).u64(12);
    let [long, cut] = [5000, 1023].map(|len| vec![b'n'; len]);
    for (given, expected) in [
        (netlink.finish(), anon(15, b"", 12)),
        (build(E::ITER_TASK_FILE_ANON_INODE_E).u8(0).str(b"x").u64(1).finish(), anon(10, b"x", 1)),
        (build(E::ITER_TASK_FILE_ANON_INODE_E).u8(16).str(b"x").u64(1).finish(), anon(10, b"x", 1)),
        (inet(3, 1).finish(), of_process(inet(1, 1), 6)),
        (inet(1, 58).finish(), of_process(inet(1, 1), 6)),
        (inet(3, 132).finish(), of_process(inet(1, 255), 6)),
        (of_process(inet(5, 17), 1), of_process(inet(2, 17), 6)),
        (device(file(b"/a", 31), 6, 4, 5, 2), device(file(b"/a", 0), 6, 4, 5, 2)),
        (file(&long, 0).finish(), of_process(file(&cut, 0), 6)),
        (file(b"/a\0b", 0).finish(), of_process(file(b"/a\0b", 0), 6)),
    ] {
        let expected = untimed(expected);
        assert_eq!(known_again(&[given]), [expected]);
    }
    let again = known_again(&[unix(2, b"/run/x").finish()]).remove(0);
    let event = Event::parse(0, &again).unwrap();
    assert_eq!((event.view.u16(1), event.view.u16(2)), (Some(1), Some(0)));
    assert_eq!((event.view.u64(3), event.view.str(4)), (Some(0xffff), Some(&b"/run/x"[..])));
}

/// The record with time 0.
fn untimed(mut record: Vec<u8>) -> Vec<u8> {
    record[..8].fill(0);
    record
}

#[test]
fn events_come_back() {
    let large = |len: usize| {
        let data = vec![0xab; len];
        EventBuilder::new(EventType::PLUGINEVENT_E, 3, -1).u32(9).bytes(&data).finish()
    };
    let wide = |len: usize| {
        let text = vec![b'x'; len];
        let mut block = EventBuilder::new(EventType::SYSCALL_MOUNT_X, 3, 1).i64(0);
        for param in &EventType::SYSCALL_MOUNT_X.info().unwrap().params[1..] {
            block = match param.ty.size() {
                Some(size) => block.bytes(&vec![1; size]),
                None => block.bytes(&text),
            };
        }
        block.finish()
    };
    // The kind of the block tells readers how much room it takes.
    for (record, small) in [
        (close(1), true),
        (large(0), false),
        (large(1), false),
        (large(300_000), false),
        (wide(20_000), true),
        (wide(30_000), false),
    ] {
        for state_only in [false, true] {
            for cpu in [0, u16::MAX] {
                let mut writer = plain();
                writer.event(cpu, state_only, &record).unwrap();
                let written = writer.finish().unwrap();
                let kind = match (state_only, small) {
                    (false, true) => 0x216,
                    (true, true) => 0x217,
                    (false, false) => 0x221,
                    (true, false) => 0x222,
                };
                let blocks = blocks(&written);
                let (last, body) = blocks.last().unwrap();
                assert_eq!(*last, kind);
                assert!(!small || body.len() + 4 <= 65_536);
                let event = Item::Event { cpu, state_only, record: record.clone().into() };
                assert_eq!(read(&written).last(), Some(&event));
            }
        }
    }
}

#[test]
fn what_is_no_event_and_no_record_of_a_snapshot_is_refused_and_not_written() {
    let mut writer = plain();
    let nobody = EventBuilder::new(EventType::ITER_TASK_FILE_PIPE_E, 0, 1).finish();
    for record in [&b""[..], b"short", &close(1)[..30], &[0xff; 64]] {
        for error in [writer.snapshot(record), writer.event(0, false, record)] {
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }
    for record in [&close(1), &nobody] {
        let error = writer.snapshot(record).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
    }
    assert_eq!(writer.finish().unwrap(), plain().finish().unwrap());
    let mixed = [(ip("10.0.0.1"), ip("ffff::"))];
    let error = Writer::new(Vec::new(), &machine(), &mixed, &[]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
}

/// Takes so many bytes, then fails.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_fails_is_told_wherever_it_fails() {
    let write = |room: usize| -> io::Result<()> {
        let mut writer = Writer::new(Full(room), &machine(), &[], &[])?;
        writer.snapshot(&thread(5, 5, b"a\0"))?;
        writer.event(0, false, &close(1))?;
        writer.snapshot(&descriptors(5, 3)[0])?;
        writer.finish().map(drop)
    };
    let whole = (0..5000).find(|room| write(*room).is_ok()).unwrap();
    for room in 0..whole {
        assert_eq!(write(room).unwrap_err().kind(), io::ErrorKind::StorageFull, "{room}");
    }
    assert!((500..1000).contains(&whole), "{whole}");
}

#[test]
fn the_snapshot_is_told_once_before_the_first_event_and_at_once_after_it() {
    let mut writer = plain();
    let [pipe, file, folder] = [3, 0, 1].map(|kind| descriptors(5, 3)[kind].clone());
    let first = [thread(5, 5, b"a\0"), pipe];
    let late = [thread(6, 5, b"b\0"), file, folder];
    let event = |fd| Item::Event { cpu: 1, state_only: false, record: close(fd).into() };
    for record in &first {
        writer.snapshot(record).unwrap();
    }
    writer.event(1, false, &close(1)).unwrap();
    writer.event(1, false, &close(2)).unwrap();
    for record in &late {
        writer.snapshot(record).unwrap();
    }
    writer.event(1, false, &close(3)).unwrap();
    let written = writer.finish().unwrap();
    let mut expected: Vec<Item<'_>> = first.map(known_item).into();
    expected.extend([event(1), event(2)]);
    expected.extend(late.map(known_item));
    expected.push(event(3));
    assert_eq!(read(&written)[2..], expected);
    let kinds: Vec<u32> = blocks(&written).iter().map(|(kind, _)| *kind).collect();
    // No list may follow an event.
    assert_eq!(kinds[4..], [0x215, 0x218, 0x216, 0x216, 0x217, 0x217, 0x217, 0x216]);
}

#[test]
fn a_large_snapshot_is_not_kept_whole() {
    let mut writer = plain();
    let argv = [b"exe\0", &vec![b'x'; 4000][..], b"\0"].concat();
    let records: Vec<Vec<u8>> = (1..6000).map(|tid| thread(i64::from(tid), tid, &argv)).collect();
    for record in &records {
        writer.snapshot(record).unwrap();
    }
    let written = writer.finish().unwrap();
    let lists: Vec<usize> = blocks(&written)
        .iter()
        .filter(|(kind, _)| *kind == 0x215)
        .map(|(_, body)| body.len())
        .collect();
    assert!(lists.len() == 2 && lists.iter().all(|len| *len < 17 << 20), "{lists:?}");
    let items = read(&written);
    assert!(items[2..].iter().eq(&records.into_iter().map(known_item).collect::<Vec<_>>()));
}

/// Codes that are written today.
fn codes() -> Vec<EventType> {
    let old = |code: &EventType| {
        let flags = code.info().unwrap().flags;
        flags.has(EventFlags::OLD_VERSION) || flags.has(EventFlags::UNUSED)
    };
    EventType::all().filter(|code| !old(code)).collect()
}

/// An event of a code with all its parameters, each with the first bytes of a value or empty.
fn event_of(code: EventType, ts: u64, tid: i64, values: &[Vec<u8>]) -> Vec<u8> {
    let params = code.info().unwrap().params;
    let mut values = values.iter().cycle();
    let mut block = EventBuilder::new(code, ts, tid);
    for param in params {
        let mut value = values.next().cloned().unwrap_or_default();
        if let (Some(size), false) = (param.ty.size(), value.is_empty()) {
            value.resize(size, 0x5a);
        }
        block = block.bytes(&value);
    }
    block.finish()
}

type Given = (u16, bool, Vec<u8>);

fn events_again(events: &[Given]) -> Vec<Item<'static>> {
    let mut writer = plain();
    for (cpu, state_only, record) in events {
        writer.event(*cpu, *state_only, record).unwrap();
    }
    read(&writer.finish().unwrap()).split_off(2)
}

fn as_items(events: impl IntoIterator<Item = Given>) -> Vec<Item<'static>> {
    // What the snapshot is made of is told as such wherever it stands.
    let item = |(cpu, state_only, record): Given| {
        let iter = EventView::parse(&record).unwrap().0.info().is(peregrine_event::Category::Iter);
        let record = Cow::Owned(record);
        if iter { Item::Snapshot(record) } else { Item::Event { cpu, state_only, record } }
    };
    events.into_iter().map(item).collect()
}

#[test]
fn an_event_of_every_code_of_today_comes_back() {
    for code in codes() {
        for value in [vec![], vec![1; 9]] {
            let events = [(0, false, event_of(code, 1, 2, &[value]))];
            assert_eq!(events_again(&events), as_items(events), "{code:?}");
        }
    }
}

proptest! {
    #[test]
    fn random_events_come_back(
        events in prop::collection::vec(
            (
                prop::sample::select(codes()),
                any::<(u64, i64, u16, bool)>(),
                prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..12),
                any::<bool>(),
            ),
            1..40,
        ),
    ) {
        let mut given = Vec::new();
        for (code, (ts, tid, cpu, state_only), values, trailer) in events {
            let mut record = event_of(code, ts, tid, &values);
            if trailer {
                let walked = ResolvedPath { param: 1, path: b"/etc/passwd" };
                record.extend(TrailerWriter::default().resolved_path(&walked).finish());
            }
            given.push((cpu, state_only, record));
        }
        prop_assert_eq!(events_again(&given), as_items(given));
    }

    #[test]
    fn random_records_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        code in 430_u16..450,
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..12),
    ) {
        let mut writer = plain();
        let _ = writer.snapshot(&bytes);
        let _ = writer.event(0, false, &bytes);
        let record = event_of(EventType(code), 0, 5, &values);
        let _ = writer.snapshot(&[&record[..], &bytes].concat());
        let _ = writer.event(0, true, &[&record[..], &bytes].concat());
        read(&writer.finish().unwrap());
    }
}
