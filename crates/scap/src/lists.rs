//! Reads the lists at the front of a capture: threads, descriptors, users, interfaces.

use std::collections::VecDeque;
use std::net::IpAddr;

use peregrine_event::{Descriptor, EventBuilder, EventType, Origin, TrailerWriter};

use crate::bytes::Bytes;
use crate::reader::{Item, UserEntry};
use crate::tail;

fn record(block: EventBuilder, pid: i64, device: Option<&Device>, rest: &Bytes<'_>) -> Vec<u8> {
    let mut bytes = block.finish();
    let pid = u32::try_from(pid).unwrap_or(0);
    let mut trailer = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid });
    if let Some(&Device { fd, dev, ino }) = device {
        trailer = trailer.descriptor(&Descriptor {
            fd: small(fd),
            kind: 0,
            role: 0,
            open_flags: 0,
            dev,
            mnt: 0,
            ino,
            payload: &[],
        });
    }
    let kept = tail::read(rest.0);
    if !kept.is_empty() {
        trailer = trailer.kept(kept);
    }
    bytes.extend(trailer.finish());
    bytes
}

/// The device of a descriptor's file, which the block of a first snapshot has no room for.
struct Device {
    fd: i64,
    dev: u32,
    ino: u64,
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(-1)
}

/// The threads of a process list of a version. `None` if an entry is truncated.
pub(crate) fn threads(body: &[u8], version: u8, out: &mut VecDeque<Item<'static>>) -> Option<()> {
    let mut rest = Bytes(body);
    while rest.0.len() >= 4 {
        let mut entry = if version >= 9 {
            // The length includes itself; what a later writer appended is skipped.
            let len = usize::try_from(rest.u32()?).ok()?.checked_sub(4)?;
            Bytes(rest.take(len)?)
        } else {
            rest
        };
        out.push_back(thread(&mut entry, version)?);
        if version < 9 {
            rest = entry;
        }
    }
    Some(())
}

fn thread(b: &mut Bytes<'_>, version: u8) -> Option<Item<'static>> {
    let since = |at: u8| version >= at;
    let (tid, pid, ptid) = (b.i64()?, b.i64()?, b.i64()?);
    let sid = if since(6) { b.i64()? } else { -1 };
    let vpgid = if since(8) { b.i64()? } else { -1 };
    let comm = b.text()?;
    let exe = b.text()?;
    let exepath = if since(7) { b.text()? } else { b"" };
    let (args, cwd) = (b.text()?, b.text()?);
    let fdlimit = b.i64()?;
    let _clone_flags = b.u32()?;
    let (uid, gid) = (b.u32()?, b.u32()?);
    let memory = if since(2) { (b.u32()?, b.u32()?, b.u32()?) } else { (0, 0, 0) };
    let faults = if since(2) { (b.u64()?, b.u64()?) } else { (0, 0) };
    let env = if since(3) { b.text()? } else { b"" };
    let (vtid, vpid) = if since(4) { (b.i64()?, b.i64()?) } else { (tid, pid) };
    let cgroups = if since(4) { b.text()? } else { b"" };
    let root = if since(5) { b.text()? } else { b"" };
    // An entry of version 9 may end at any point from here on; older ones have none of this.
    let mut nothing = Bytes(&[]);
    let b = if since(9) { b } else { &mut nothing };
    // The first writers lacked the first two of these: what followed were 29 bytes.
    let early = b.0.len() <= 29;
    let (namespace_start, tty) =
        if early { (0, 0) } else { (b.u64().unwrap_or(0), b.u32().unwrap_or(0)) };
    let loginuid = b.u32().unwrap_or(u32::MAX);
    let writable = b.u8().unwrap_or(0);
    let (inheritable, permitted, effective) =
        (b.u64().unwrap_or(0), b.u64().unwrap_or(0), b.u64().unwrap_or(0));
    let upper = b.u8().unwrap_or(0);
    let inode = (b.u64().unwrap_or(0), b.u64().unwrap_or(0), b.u64().unwrap_or(0));
    let memfd = b.u8().unwrap_or(0);
    let lower = b.u8().unwrap_or(0);
    let pgid = b.i64().unwrap_or(-1);
    let flag = |set: u8, bit: u32| if set == 0 { 0 } else { bit };
    let flags = flag(writable, 1) | flag(upper, 2) | flag(memfd, 4) | flag(lower, 8);
    let list = |bytes: &[u8]| -> Vec<u8> {
        let mut list = bytes.to_vec();
        if list.last().is_some_and(|last| *last != 0) {
            list.push(0);
        }
        list
    };
    let argv = [exe, b"\0", &list(args)].concat();
    let block = EventBuilder::new(EventType::ITER_TASK_E, 0, tid)
        .i32(small(ptid))
        .i32(small(pgid))
        .i32(small(vpgid))
        .i32(small(sid))
        .str(comm)
        .bytes(&argv)
        .str(exepath)
        .u32(flags)
        .bytes(&list(env))
        .str(cwd)
        .u64(fdlimit.cast_unsigned())
        .u32(uid)
        .u32(gid)
        .u64(permitted)
        .u64(effective)
        .u64(inheritable)
        .u64(inode.0)
        .u64(inode.1)
        .u64(inode.2)
        .u32(memory.0)
        .u32(memory.1)
        .u32(memory.2)
        .u64(faults.0)
        .u64(faults.1)
        .i32(small(vtid))
        .i32(small(vpid))
        .u64(namespace_start)
        .bytes(&list(cgroups))
        .str(root)
        .u64(0)
        .u32(tty)
        .u32(loginuid);
    Some(Item::Snapshot(record(block, pid, None, b).into()))
}

/// The descriptors of one thread's process.
pub(crate) fn descriptors(
    body: &[u8],
    version: u8,
    out: &mut VecDeque<Item<'static>>,
) -> Option<()> {
    let mut rest = Bytes(body);
    let tid = rest.i64()?;
    while rest.0.len() >= 4 {
        let mut entry = if version >= 2 {
            let len = usize::try_from(rest.u32()?).ok()?.checked_sub(4)?;
            Bytes(rest.take(len)?)
        } else {
            rest
        };
        if let Some(record) = descriptor(&mut entry, tid, version)? {
            out.push_back(Item::Snapshot(record.into()));
        }
        if version < 2 {
            rest = entry;
        }
    }
    Some(())
}

/// One descriptor; `Some(None)` for a kind that this version of the format does not have.
#[expect(clippy::option_option, reason = "cut off, or of no known kind")]
fn descriptor(b: &mut Bytes<'_>, tid: i64, version: u8) -> Option<Option<Vec<u8>>> {
    use EventType as E;
    let (fd, ino, kind) = (b.i64()?, b.u64()?, b.u8()?);
    let mut dev = 0;
    let block = |code| EventBuilder::new(code, 0, tid).i32(small(fd));
    let protocol = |l4: u8| match l4 {
        2 => 6_u16,
        3 => 17,
        4 => 1,
        5 => 255,
        _ => 0,
    };
    let socket = |code, l4: u8, ends: [&[u8]; 2], ports: [u16; 2]| {
        let kind = if l4 == 3 { 2 } else { 1 };
        let [local, remote] = ends;
        block(code)
            .u16(kind)
            .u16(protocol(l4))
            .bytes(local)
            .u16(ports[0])
            .bytes(remote)
            .u16(ports[1])
            .u64(ino)
    };
    let block = match kind {
        3 | 4 => {
            let width = if kind == 3 { 4 } else { 16 };
            let (from, to) = (b.take(width)?, b.take(width)?);
            let (sport, dport, l4) = (b.u16()?, b.u16()?, b.u8()?);
            let code = if kind == 3 {
                E::ITER_TASK_FILE_SOCKET_INET_E
            } else {
                E::ITER_TASK_FILE_SOCKET_INET6_E
            };
            socket(code, l4, [from, to], [sport, dport])
        }
        5 | 6 => {
            let width = if kind == 5 { 4 } else { 16 };
            let (ip, port, l4) = (b.take(width)?, b.u16()?, b.u8()?);
            let nobody = [0_u8; 16];
            let code = if kind == 5 {
                E::ITER_TASK_FILE_SOCKET_INET_E
            } else {
                E::ITER_TASK_FILE_SOCKET_INET6_E
            };
            socket(code, l4, [ip, nobody.get(..width)?], [port, 0])
        }
        8 => {
            let (source, _peer, name) = (b.u64()?, b.u64()?, b.text()?);
            block(E::ITER_TASK_FILE_SOCKET_UNIX_E).u16(1).u16(0).u64(source).str(name).u64(ino)
        }
        16 => {
            let (flags, name) = (b.u32()?, b.text()?);
            if version >= 2 {
                dev = b.u32().unwrap_or(0);
            }
            block(E::ITER_TASK_FILE_REGULAR_E).str(name).u32(flags).u32(0).u64(ino)
        }
        1 => block(E::ITER_TASK_FILE_REGULAR_E).str(b.text()?).u32(0).u32(0).u64(ino),
        2 => block(E::ITER_TASK_FILE_DIRECTORY_E).str(b.text()?).u64(ino),
        7 => block(E::ITER_TASK_FILE_PIPE_E).str(b.text()?).u64(ino),
        20 => block(E::ITER_TASK_FILE_MEMFD_E).str(b.text()?).u64(ino),
        9..=15 | 17..=19 | 21 => {
            block(E::ITER_TASK_FILE_ANON_INODE_E).u8(kind).str(b.text()?).u64(ino)
        }
        _ => return Some(None),
    };
    let device = (dev != 0).then_some(Device { fd, dev, ino });
    // Entries of old versions do not have a length.
    let rest = if version >= 2 { *b } else { Bytes(&[]) };
    Some(Some(record(block, tid, device.as_ref(), &rest)))
}

/// Users and groups.
pub(crate) fn accounts(body: &[u8], version: u8, out: &mut VecDeque<Item<'static>>) -> Option<()> {
    let mut rest = Bytes(body);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    while rest.0.len() >= 4 {
        let mut entry = if version >= 2 {
            let len = usize::try_from(rest.u32()?).ok()?.checked_sub(4)?;
            Bytes(rest.take(len)?)
        } else {
            rest
        };
        let account = match entry.u8()? {
            0 => UserEntry::User {
                uid: entry.u32()?,
                gid: entry.u32()?,
                name: text(entry.text()?),
                home: text(entry.text()?),
                shell: text(entry.text()?),
            },
            1 => UserEntry::Group { gid: entry.u32()?, name: text(entry.text()?) },
            _ => return None,
        };
        out.push_back(Item::UserEntry(account));
        if version < 2 {
            rest = entry;
        }
    }
    Some(())
}

/// The addresses of network interfaces.
pub(crate) fn interfaces(
    body: &[u8],
    version: u8,
    out: &mut VecDeque<Item<'static>>,
) -> Option<()> {
    let mut rest = Bytes(body);
    let mut all = Vec::new();
    while rest.0.len() >= 4 {
        // This length, unlike the others, does not include itself.
        let mut entry = if version >= 2 {
            let len = usize::try_from(rest.u32()?).ok()?;
            Bytes(rest.take(len)?)
        } else {
            rest
        };
        let (kind, name_len) = (entry.u16()?, usize::from(entry.u16()?));
        let (v4, has_speed) = match kind {
            1 => (true, true),
            2 => (false, true),
            3 => (true, false),
            4 => (false, false),
            _ => return None,
        };
        let mut ip = || -> Option<IpAddr> {
            let bytes = entry.take(if v4 { 4 } else { 16 })?;
            Some(match <[u8; 4]>::try_from(bytes) {
                Ok(octets) => IpAddr::from(octets),
                Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
            })
        };
        let (address, netmask, _broadcast) = (ip()?, ip()?, ip()?);
        all.push((address, netmask));
        if has_speed {
            entry.u64()?;
        }
        entry.take(name_len)?;
        if version < 2 {
            rest = entry;
        }
    }
    out.push_back(Item::Interfaces(all));
    Some(())
}
