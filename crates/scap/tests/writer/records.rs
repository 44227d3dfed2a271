//! Records of a first snapshot as the reader makes them, and the blocks of a file.

use peregrine_event::{Descriptor, EventBuilder, EventType as E, Origin, TrailerWriter};
use peregrine_scap::{Item, Machine, Reader};

/// The blocks of a file: type and body with its padding; the two lengths agree.
pub(crate) fn blocks(mut file: &[u8]) -> Vec<(u32, &[u8])> {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let mut blocks = Vec::new();
    while !file.is_empty() {
        let total = usize::try_from(word(&file[4..8])).unwrap();
        assert!(total % 4 == 0 && word(&file[total - 4..total]) == word(&file[4..8]));
        blocks.push((word(&file[..4]), &file[8..total - 4]));
        file = &file[total..];
    }
    blocks
}

/// The record with its process behind it.
pub(crate) fn of_process(block: EventBuilder, pid: u32) -> Vec<u8> {
    let origin = Origin { cpu: 0, flags: 0, pid };
    [block.finish(), TrailerWriter::default().origin(origin).finish()].concat()
}

/// The record with its process and a device behind it.
pub(crate) fn device(block: EventBuilder, pid: u32, fd: i32, dev: u32, ino: u64) -> Vec<u8> {
    let descriptor =
        Descriptor { fd, kind: 0, role: 0, open_flags: 0, dev, mnt: 0, ino, payload: &[] };
    let trailer = TrailerWriter::default()
        .origin(Origin { cpu: 0, flags: 0, pid })
        .descriptor(&descriptor)
        .finish();
    [block.finish(), trailer].concat()
}

/// A thread with a number of its own in every place.
pub(crate) fn thread(tid: i64, pid: u32, argv: &[u8]) -> Vec<u8> {
    let seed = i32::try_from(tid % 1000).unwrap();
    let block = EventBuilder::new(E::ITER_TASK_E, 0, tid)
        .i32(seed + 1)
        .i32(seed + 2)
        .i32(seed + 3)
        .i32(-1)
        .str(b"comm")
        .bytes(argv)
        .str(b"/usr/bin/exe")
        .u32(u32::try_from(tid % 16).unwrap())
        .bytes(b"HOME=/\0TERM=\0\0")
        .str(b"/var/lib")
        .u64(u64::MAX)
        .u32(4)
        .u32(5)
        .u64(6)
        .u64(7)
        .u64(8)
        .u64(9)
        .u64(10)
        .u64(11)
        .u32(12)
        .u32(13)
        .u32(14)
        .u64(15)
        .u64(16)
        .i32(17)
        .i32(18)
        .u64(19)
        .bytes(if tid == 77 { b"" } else { b"cpu=/a\0memory=/b\0" })
        .str(b"/")
        .u64(0)
        .u32(20)
        .u32(u32::MAX);
    of_process(block, pid)
}

/// One descriptor of every kind, with names empty and long, ends known and not.
pub(crate) fn descriptors(tid: i64, first: i32) -> Vec<Vec<u8>> {
    let pid = u32::try_from(tid).unwrap_or(0);
    let long = vec![b'l'; 1023];
    let b = |code| EventBuilder::new(code, 0, tid).i32(first);
    let socket = |code: E, l4: u16, ends: [&[u8]; 2], ports: [u16; 2]| {
        b(code)
            .u16(if l4 == 17 { 2 } else { 1 })
            .u16(l4)
            .bytes(ends[0])
            .u16(ports[0])
            .bytes(ends[1])
            .u16(ports[1])
            .u64(3)
    };
    let mut all = vec![
        b(E::ITER_TASK_FILE_REGULAR_E).str(b"/etc/passwd").u32(4097).u32(0).u64(77),
        b(E::ITER_TASK_FILE_DIRECTORY_E).str(b"/etc").u64(2),
        b(E::ITER_TASK_FILE_REGULAR_E).str(&long).u32(0).u32(0).u64(u64::MAX),
        b(E::ITER_TASK_FILE_PIPE_E).str(b"").u64(8),
        b(E::ITER_TASK_FILE_MEMFD_E).str(b"memfd:x (deleted)").u64(9),
        b(E::ITER_TASK_FILE_SOCKET_UNIX_E).u16(1).u16(0).u64(u64::MAX).str(b"/run/x").u64(5),
        b(E::ITER_TASK_FILE_SOCKET_UNIX_E).u16(1).u16(0).u64(1).str(b"").u64(5),
    ];
    for kind in [9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 21] {
        for name in [&b""[..], b"[eventpoll]"] {
            all.push(b(E::ITER_TASK_FILE_ANON_INODE_E).u8(kind).str(name).u64(1));
        }
    }
    let (v4, v6) = (E::ITER_TASK_FILE_SOCKET_INET_E, E::ITER_TASK_FILE_SOCKET_INET6_E);
    for l4 in [0, 1, 6, 17, 255] {
        for ports in [[80, 0], [80, 4000], [0, 0], [0, 53]] {
            let far: &[u8] = if ports[1] == 0 { &[0; 16] } else { &[7; 16] };
            all.push(socket(v4, l4, [&[127, 0, 0, 1], &far[..4]], ports));
            all.push(socket(v6, l4, [&[1; 16], far], ports));
        }
        // An end without a port, and a port without an end.
        all.push(socket(v4, l4, [&[1; 4], &[2; 4]], [1, 0]));
        all.push(socket(v6, l4, [&[1; 16], &[0; 16]], [1, 2]));
    }
    let mut records: Vec<_> = all.into_iter().map(|block| of_process(block, pid)).collect();
    let file = b(E::ITER_TASK_FILE_REGULAR_E).str(b"/a").u32(1).u32(0).u64(77);
    records.push(device(file, pid, first, 0x0800_0010, 77));
    records
}

/// Everything a capture tells.
pub(crate) fn read(bytes: &[u8]) -> Vec<Item<'static>> {
    let mut reader = Reader::new(bytes).unwrap();
    std::iter::from_fn(|| reader.next_item().unwrap().map(Item::into_owned)).collect()
}

/// A machine.
pub(crate) fn machine() -> Machine {
    Machine { cpus: 4, hostname: "näme".into(), boot_ns: 1_700_000_000_000_000_000 }
}
