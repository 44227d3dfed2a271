//! Event blocks: what is built is what is read, and no bytes make the reader panic.

use peregrine_event::{
    Alias, CodeSet, Descriptor, Event, EventBuilder, EventType, EventView, Origin, ParamType,
    Priority, ResolvedPath, Root, SyscallSet, Trailer, TrailerItem, TrailerWriter, ViewError,
    names, syscalls,
};
use proptest::prelude::*;

#[test]
fn what_is_built_is_what_is_read() {
    let block = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, 1_700_000_000_000_000_001, 42)
        .i64(3)
        .i64(-100)
        .str(b"/etc/shadow")
        .u32(1)
        .u32(0)
        .u32(0x801)
        .u64(77)
        .finish();
    let (view, rest) = EventView::parse(&block).unwrap();
    assert_eq!(rest, b"");
    assert_eq!(view.ts(), 1_700_000_000_000_000_001);
    assert_eq!(view.tid(), 42);
    assert_eq!(view.info().name, "openat");
    assert_eq!(view.nparams(), 7);
    assert_eq!((view.i64(0), view.i64(1)), (Some(3), Some(-100)));
    assert_eq!(view.str(2), Some(&b"/etc/shadow"[..]));
    assert_eq!(view.named("ino").map(<[u8]>::len), Some(8));
    assert_eq!(view.u64(6), Some(77));
    assert_eq!(view.u32(6), None, "a width that is not the parameter's");
    assert_eq!(view.param(7), None);
}

#[test]
fn large_payloads_have_wide_lengths() {
    let long = vec![7_u8; 100_000];
    let block = EventBuilder::new(EventType::PLUGINEVENT_E, 1, 1).u32(9).bytes(&long).finish();
    let (view, _) = EventView::parse(&block).unwrap();
    assert_eq!(view.u32(0), Some(9));
    assert_eq!(view.param(1).map(<[u8]>::len), Some(100_000));
}

#[test]
fn lists_are_split_at_their_nuls() {
    let block = EventBuilder::new(EventType::ITER_TASK_E, 1, 1)
        .i32(1)
        .i32(1)
        .i32(1)
        .i32(1)
        .str(b"c")
        .strs([&b"a"[..], b"", b"bc"])
        .finish();
    let (view, _) = EventView::parse(&block).unwrap();
    let list: Vec<&[u8]> = view.strs(5).collect();
    assert_eq!(list, [&b"a"[..], b"", b"bc"]);
}

#[test]
fn damaged_blocks_say_what_is_wrong() {
    let block = EventBuilder::new(EventType::SYSCALL_CLOSE_X, 1, 1).i64(0).i64(3).finish();
    let check = |bytes: &[u8], expected: ViewError| {
        assert_eq!(EventView::parse(bytes).unwrap_err(), expected);
    };
    check(&block[..10], ViewError::NoHeader(10));
    check(&block[..40], ViewError::Length { said: 46, there: 40 });
    let mut bad = block.clone();
    bad[20..22].copy_from_slice(&9999_u16.to_le_bytes());
    check(&bad, ViewError::Code(9999));
    let mut bad = block.clone();
    bad[22..26].copy_from_slice(&u32::MAX.to_le_bytes());
    check(
        &bad,
        ViewError::Params { code: EventType::SYSCALL_CLOSE_X.0, nparams: u32::MAX, len: 46 },
    );
    let mut bad = block;
    bad[26] = 200;
    check(&bad, ViewError::Params { code: EventType::SYSCALL_CLOSE_X.0, nparams: 2, len: 46 });
}

#[test]
fn trailers_are_read_back() {
    let trailer = TrailerWriter::default()
        .origin(Origin { cpu: 3, flags: 1, pid: 77 })
        .descriptor(&Descriptor {
            fd: 5,
            kind: 1,
            role: 0,
            open_flags: 3,
            dev: 9,
            mnt: 20,
            ino: 1 << 40,
            payload: b"/etc/passwd",
        })
        .resolved_path(&ResolvedPath { param: 2, path: b"/x" })
        .root(&Root { mnt: 21, ino: 1 << 33, path: b"/jail" })
        .alias(&Alias { param: 2, path: b"/y" })
        .finish();
    let mut record = EventBuilder::new(EventType::SYSCALL_CLOSE_X, 1, 1).i64(0).i64(5).finish();
    record.extend_from_slice(&trailer);
    let event = Event::parse(1, &record).unwrap();
    assert_eq!(event.cpu, 3);
    assert_eq!(event.trailer.origin(), Some(Origin { cpu: 3, flags: 1, pid: 77 }));
    let descriptor = event.trailer.descriptor(5).unwrap();
    assert_eq!((descriptor.ino, descriptor.open_flags), (1 << 40, 3));
    assert_eq!(descriptor.payload, b"/etc/passwd");
    assert_eq!(event.trailer.resolved_path(2).unwrap().path, b"/x");
    assert_eq!(event.trailer.root(), Some(Root { mnt: 21, ino: 1 << 33, path: b"/jail" }));
    let known = TrailerItem::Alias(Alias { param: 2, path: b"/y" });
    assert!(event.trailer.iter().any(|item| item == known));
    assert_eq!(event.trailer.descriptor(6), None);
}

#[test]
fn tables_agree_with_themselves() {
    assert_eq!(EventType::all().count(), EventType::COUNT);
    for code in EventType::all() {
        let info = code.info().unwrap();
        assert_eq!(info.event_type(), code);
        assert!(info.params.len() <= 32, "{}", info.code);
        for param in info.params {
            assert_eq!(
                param.dynamic.is_some(),
                param.ty == ParamType::Dyn,
                "{}.{}",
                info.code,
                param.name
            );
        }
    }
    assert_eq!(EventType::newest("openat", true), Some(EventType::SYSCALL_OPENAT_2_X));
    assert_eq!(EventType::newest("execve", true), Some(EventType::SYSCALL_EXECVE_19_X));
    for row in syscalls::all() {
        assert_eq!(syscalls::by_id(row.id).map(|found| found.name), Some(row.name));
    }
    assert_eq!(syscalls::by_x86_64(257).map(|row| row.name), Some("openat"));
    assert!(syscalls::state().contains(syscalls::by_name("openat").unwrap().id));
    assert_eq!(names::errno_name(-2), Some("ENOENT"));
    assert_eq!(names::signal_name(9), Some("SIGKILL"));
    assert_eq!(names::constant("PPM_O_CREAT"), Some(4));
    assert_eq!(
        names::capability_names(0b101).collect::<Vec<_>>(),
        ["CAP_CHOWN", "CAP_DAC_READ_SEARCH"]
    );
}

#[test]
fn priorities_are_read_in_any_case() {
    assert_eq!("INFO".parse(), Ok(Priority::Informational));
    assert_eq!("warning".parse(), Ok(Priority::Warning));
    assert!("loud".parse::<Priority>().is_err());
}

#[test]
fn sets_and_names() {
    let mut set = CodeSet::new();
    set.insert(EventType(453));
    set.insert(EventType(454));
    assert_eq!(set.iter().collect::<Vec<_>>(), [EventType(453)]);
    assert_eq!(set.complement().len(), 453);
    assert_eq!(set.union(&set.complement()), CodeSet::all());
    assert!(SyscallSet::all().contains(0));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), code in 0_u16..460, nparams in 0_u32..40) {
        let mut bytes = bytes;
        if bytes.len() > 26 {
            let len = u32::try_from(bytes.len()).unwrap();
            bytes[16..20].copy_from_slice(&len.to_le_bytes());
            bytes[20..22].copy_from_slice(&code.to_le_bytes());
            bytes[22..26].copy_from_slice(&nparams.to_le_bytes());
        }
        if let Ok(event) = Event::parse(1, &bytes) {
            for index in 0..40 {
                let _ = (event.view.param(index), event.view.str(index), event.view.strs(index).count());
            }
        }
        let _ = Trailer::new(&bytes).iter().count();
    }
}
