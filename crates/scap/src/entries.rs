//! Writes the entries of a capture's lists, which `lists` reads.
//!
//! Texts are truncated to the limits of Falco's reader, which rejects the whole file for one longer
//! text.

use std::net::IpAddr;

use peregrine_event::{Event, EventType, EventView};

use crate::reader::UserEntry;
use crate::tail;

/// A path or name of a thread.
const MOST_OF_PATH: usize = 1024;
/// Arguments, environment, control groups: each list with its NULs.
const MOST_OF_LIST: usize = 4096;
/// The name of a descriptor, with room for a NUL.
const MOST_OF_FD_NAME: usize = 1023;
/// A name, home directory or shell, with room for a NUL.
const MOST_OF_ACCOUNT: usize = 255;

/// Clone flags of a thread. Readers look for the descriptors of a thread in its process only if it
/// shares them.
const SHARES_FILES: u32 = 1;
const IS_THREAD: u32 = 8192;

/// Bytes being written.
#[derive(Debug, Default)]
pub(crate) struct Body(pub(crate) Vec<u8>);

impl Body {
    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// A text behind its length, without NUL.
    fn text(&mut self, value: &[u8], most: usize) -> &mut Self {
        let value = value.get(..most).unwrap_or(value);
        self.u16(u16::try_from(value.len()).unwrap_or(u16::MAX)).bytes(value)
    }

    /// Texts behind their total length, each with its NUL.
    fn list(&mut self, value: &[u8]) -> &mut Self {
        // The last one may lack its NUL: there must be room for it.
        let most = MOST_OF_LIST - usize::from(value.get(MOST_OF_LIST - 1) != Some(&0));
        let value = value.get(..most).unwrap_or(value);
        let open = value.last().is_some_and(|last| *last != 0);
        let len = value.len() + usize::from(open);
        self.u16(u16::try_from(len).unwrap_or(u16::MAX)).bytes(value);
        if open { self.u8(0) } else { self }
    }

    /// What `state` stores of a thread or descriptor beyond the format, at the end of the entry.
    fn tail(&mut self, event: &Event<'_>) -> &mut Self {
        let kept = event.trailer.kept().unwrap_or_default();
        if kept.is_empty() { self } else { self.bytes(&tail::head(kept.len())).bytes(kept) }
    }

    /// An entry behind its length, which includes itself or not.
    fn entry(&mut self, counts_itself: bool, write: impl FnOnce(&mut Self)) {
        let at = self.0.len();
        self.u32(0);
        let from = if counts_itself { at } else { self.0.len() };
        write(self);
        let len = u32::try_from(self.0.len() - from).unwrap_or(u32::MAX);
        if let Some(place) = self.0.get_mut(at..at + 4) {
            place.copy_from_slice(&len.to_le_bytes());
        }
    }
}

/// A text parameter without its final NUL.
fn text<'a>(view: &EventView<'a>, index: usize) -> &'a [u8] {
    let bytes = view.param(index).unwrap_or_default();
    bytes.strip_suffix(b"\0").unwrap_or(bytes)
}

/// The entry of a thread, from its record.
pub(crate) fn thread(event: &Event<'_>, out: &mut Body) {
    let view = &event.view;
    let tid = view.tid();
    let pid = event.trailer.origin().map_or(tid, |origin| i64::from(origin.pid));
    let id = |index| view.i32(index).map_or(-1, i64::from);
    let (half, whole) = (|at| view.u32(at).unwrap_or(0), |at| view.u64(at).unwrap_or(0));
    let path = |index| text(view, index);
    let bytes = |index| view.param(index).unwrap_or_default();
    let argv = bytes(5);
    let end = argv.iter().position(|byte| *byte == 0).unwrap_or(argv.len());
    let (exe, args) = argv.split_at_checked(end).unwrap_or_default();
    // A kernel thread has no arguments: readers of its record take its name for the program.
    let exe = if argv.is_empty() { path(4) } else { exe };
    let args = args.get(1..).unwrap_or_default();
    let has = |bit: u32| u8::from(half(7) & bit != 0);
    out.entry(true, |entry| {
        entry
            .i64(tid)
            .i64(pid)
            .i64(id(0))
            .i64(id(3))
            .i64(id(2))
            .text(path(4), MOST_OF_PATH)
            .text(exe, MOST_OF_PATH)
            .text(path(6), MOST_OF_PATH)
            .list(args)
            .text(path(9), MOST_OF_PATH)
            .u64(whole(10))
            .u32(if tid == pid { 0 } else { SHARES_FILES | IS_THREAD })
            .u32(view.u32(11).unwrap_or(u32::MAX))
            .u32(view.u32(12).unwrap_or(u32::MAX))
            .u32(half(19))
            .u32(half(20))
            .u32(half(21))
            .u64(whole(22))
            .u64(whole(23))
            .list(bytes(8))
            .i64(id(24))
            .i64(id(25))
            .list(whole_groups(bytes(27)))
            .text(path(28), MOST_OF_PATH)
            .u64(whole(26))
            .u32(half(30))
            .u32(view.u32(31).unwrap_or(u32::MAX))
            .u8(has(1))
            .u64(whole(15))
            .u64(whole(13))
            .u64(whole(14))
            .u8(has(2))
            .u64(whole(16))
            .u64(whole(17))
            .u64(whole(18))
            .u8(has(4))
            .u8(has(8))
            .i64(id(1))
            .tail(event);
    });
}

/// As many whole control groups as fit: a truncated path would name another group.
fn whole_groups(groups: &[u8]) -> &[u8] {
    if groups.len() < MOST_OF_LIST {
        return groups;
    }
    let front = groups.get(..MOST_OF_LIST).unwrap_or(groups);
    let end = front.iter().rposition(|byte| *byte == 0).map_or(0, |nul| nul + 1);
    front.get(..end).unwrap_or_default()
}

/// The entry of a descriptor, from its record; `None` for other records.
pub(crate) fn descriptor(event: &Event<'_>) -> Option<Vec<u8>> {
    use EventType as E;
    let view = &event.view;
    let fd = i64::from(view.i32(0)?);
    let path = |index| text(view, index);
    let number = |index| view.u64(index).unwrap_or(0);
    let mut out = Body::default();
    let named = |out: &mut Body, kind: u8, name: &[u8], ino: u64| {
        out.entry(true, |entry| {
            entry.i64(fd).u64(ino).u8(kind).text(name, MOST_OF_FD_NAME).tail(event);
        });
    };
    match view.event_type() {
        E::ITER_TASK_FILE_REGULAR_E => {
            let dev = event.trailer.descriptor(fd).map_or(0, |reported| reported.dev);
            let flags = view.u32(2).unwrap_or(0);
            out.entry(true, |entry| {
                entry.i64(fd).u64(number(4)).u8(16).u32(flags);
                entry.text(path(1), MOST_OF_FD_NAME).u32(dev).tail(event);
            });
        }
        E::ITER_TASK_FILE_DIRECTORY_E => named(&mut out, 2, path(1), number(2)),
        E::ITER_TASK_FILE_PIPE_E => named(&mut out, 7, path(1), number(2)),
        E::ITER_TASK_FILE_MEMFD_E => named(&mut out, 20, path(1), number(2)),
        E::ITER_TASK_FILE_SOCKET_NETLINK_E => named(&mut out, 15, b"", number(3)),
        E::ITER_TASK_FILE_ANON_INODE_E => {
            // 10 is the unsupported kind.
            let kind = view.u8(1).filter(|kind| matches!(kind, 9..=15 | 17..=19 | 21));
            named(&mut out, kind.unwrap_or(10), path(2), number(3));
        }
        E::ITER_TASK_FILE_SOCKET_UNIX_E => out.entry(true, |entry| {
            // The record does not have the peer.
            entry.i64(fd).u64(number(5)).u8(8).u64(number(3)).u64(0);
            entry.text(path(4), MOST_OF_FD_NAME).tail(event);
        }),
        E::ITER_TASK_FILE_SOCKET_INET_E => socket(event, fd, 4, 3, &mut out),
        E::ITER_TASK_FILE_SOCKET_INET6_E => socket(event, fd, 16, 4, &mut out),
        _ => return None,
    }
    Some(out.0)
}

/// A socket with `width` bytes of address; `kind` is that of a connected one.
fn socket(event: &Event<'_>, fd: i64, width: usize, kind: u8, out: &mut Body) {
    const NOBODY: [u8; 16] = [0; 16];
    let view = &event.view;
    let nobody = NOBODY.get(..width).unwrap_or(&NOBODY);
    let ip = |index| view.param(index).filter(|ip| ip.len() == width).unwrap_or(nobody);
    let port = |index| view.u16(index).unwrap_or(0);
    let l4 = match view.u16(2).unwrap_or(0) {
        0 => 0,
        6 => 2,
        17 => 3,
        1 | 58 => 4,
        _ => 5,
    };
    let (from, to) = ((ip(3), port(4)), (ip(5), port(6)));
    out.entry(true, |entry| {
        entry.i64(fd).u64(view.u64(7).unwrap_or(0));
        if to == (nobody, 0) {
            // Without a peer it has a kind of its own.
            entry.u8(kind + 2).bytes(from.0).u16(from.1).u8(l4);
        } else {
            entry.u8(kind).bytes(from.0).bytes(to.0).u16(from.1).u16(to.1).u8(l4);
        }
        entry.tail(event);
    });
}

/// The entry of a user or group.
pub(crate) fn account(account: &UserEntry, out: &mut Body) {
    // UTF-8 characters stay whole.
    let cut = |text: &str| text.floor_char_boundary(MOST_OF_ACCOUNT);
    out.entry(true, |entry| match account {
        UserEntry::User { uid, gid, name, home, shell } => {
            entry.u8(0).u32(*uid).u32(*gid);
            for value in [name, home, shell] {
                entry.text(value.as_bytes(), cut(value));
            }
        }
        UserEntry::Group { gid, name } => {
            entry.u8(1).u32(*gid).text(name.as_bytes(), cut(name));
        }
    });
}

/// The entry of an address; `None` if the families of address and netmask differ.
pub(crate) fn interface(address: IpAddr, netmask: IpAddr, out: &mut Body) -> Option<()> {
    let (kind, octets) = match (address, netmask) {
        (IpAddr::V4(address), IpAddr::V4(netmask)) => {
            let broadcast = address | !netmask;
            (1, [address, netmask, broadcast].map(|ip| ip.octets().to_vec()).concat())
        }
        (IpAddr::V6(address), IpAddr::V6(netmask)) => {
            let broadcast = address | !netmask;
            (2, [address, netmask, broadcast].map(|ip| ip.octets().to_vec()).concat())
        }
        _ => return None,
    };
    // This length, unlike the others, does not include itself. Name and speed are empty.
    out.entry(false, |entry| {
        entry.u16(kind).u16(0).bytes(&octets).u64(0);
    });
    Some(())
}
