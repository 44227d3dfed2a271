//! The encoding of a thread or descriptor behind its record of a first snapshot (`Fact::Kept`): what
//! the blocks of a snapshot have no room for. A reader of the blocks alone is not misled.
//!
//! | what | bytes, little-endian |
//! |---|---|
//! | both | `version u8` = 2; other versions are ignored |
//! | thread | `start u64, program's start u64, clone flags u32`, then the program's `ctime to start u64, namespace's start to ctime u64` where a writer knew of them |
//! | descriptor | `has u16, kind i8, role u8, open_flags u32, dev u32, mnt u32, ino u64`, the name, then what `has` says, in the order of its bits |
//!
//! A text is its length (u16) and its bytes; endpoints are as in memory (`endpoints.rs`).

use std::net::IpAddr;
use std::sync::Arc;

use crate::endpoints::Ends;
use crate::fd::{FdInfo, Role, Socket};
use crate::thread::Thread;

const VERSION: u8 = 2;

const RAW_NAME: u16 = 1;
const RESOLVED: u16 = 1 << 1;
const ENDS: u16 = 1 << 2;
const UNIX: u16 = 1 << 4;
const FS_PATH: u16 = 1 << 5;
const OVERLAY_LOWER: u16 = 1 << 6;
const BOUND: u16 = 1 << 7;
// Nothing follows for these.
const CONNECTED: u16 = 1 << 9;
const UPPER_LAYER: u16 = 1 << 10;
const LOWER_LAYER: u16 = 1 << 11;
// An address.
const ELSEWHERE: u16 = 1 << 13;

/// Encodes what a thread's record has no room for.
pub(crate) fn thread_bytes(thread: &Thread) -> Vec<u8> {
    let mut out = vec![VERSION];
    out.extend(thread.start_ts.to_le_bytes());
    out.extend(thread.image.exec_ts.to_le_bytes());
    out.extend(thread.flags.to_le_bytes());
    out.extend(thread.image.ctime_to_start.to_le_bytes());
    out.extend(thread.image.pidns_to_ctime.to_le_bytes());
    out
}

/// What a thread's record has no room for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThreadExtra {
    pub(crate) start_ts: u64,
    pub(crate) exec_ts: u64,
    pub(crate) flags: u32,
    pub(crate) ctime_to_start: u64,
    pub(crate) pidns_to_ctime: u64,
}

/// Decodes a thread.
pub(crate) fn thread(bytes: &[u8]) -> Option<ThreadExtra> {
    let mut from = From::new(bytes)?;
    Some(ThreadExtra {
        start_ts: from.u64()?,
        exec_ts: from.u64()?,
        flags: from.u32()?,
        ctime_to_start: from.u64().unwrap_or(0),
        pidns_to_ctime: from.u64().unwrap_or(0),
    })
}

/// Encodes a whole descriptor; `None` where a text is longer than any path.
pub(crate) fn descriptor_bytes(info: &FdInfo) -> Option<Vec<u8>> {
    let socket = info.socket;
    let bit = |there: bool, bit: u16| if there { bit } else { 0 };
    let has = bit(info.name_raw != info.name, RAW_NAME)
        | bit(info.resolved.is_some(), RESOLVED)
        | bit(socket.ends != Ends::default(), ENDS)
        | bit(info.unix.is_some(), UNIX)
        | bit(info.fs_path.is_some(), FS_PATH)
        | bit(info.overlay_lower.is_some(), OVERLAY_LOWER)
        | bit(info.bound.is_some(), BOUND)
        | bit(socket.elsewhere.is_some(), ELSEWHERE)
        | bit(socket.connected, CONNECTED)
        | bit(info.upper_layer, UPPER_LAYER)
        | bit(info.lower_layer, LOWER_LAYER);
    let role = match socket.role {
        Role::Unknown => 0,
        Role::Client => 1,
        Role::Server => 2,
        Role::Both => 3,
    };
    let mut out = vec![VERSION];
    out.extend(has.to_le_bytes());
    out.extend([info.kind.cast_unsigned(), role]);
    for number in [info.open_flags, info.dev, info.mnt] {
        out.extend(number.to_le_bytes());
    }
    out.extend(info.ino.to_le_bytes());
    let raw = (has & RAW_NAME != 0).then_some(&info.name_raw);
    for text in [Some(&info.name), raw, info.resolved.as_ref()].into_iter().flatten() {
        out.extend(u16::try_from(text.len()).ok()?.to_le_bytes());
        out.extend_from_slice(text);
    }
    if has & ENDS != 0 {
        out.extend(socket.ends.0);
    }
    if let Some((own, peer)) = info.unix {
        out.extend(own.to_le_bytes());
        out.extend(peer.to_le_bytes());
    }
    if let Some(fs_path) = &info.fs_path {
        out.extend(u16::try_from(fs_path.len()).ok()?.to_le_bytes());
        out.extend_from_slice(fs_path);
    }
    if let Some((dev, ino)) = info.overlay_lower {
        out.extend(dev.to_le_bytes());
        out.extend(ino.to_le_bytes());
    }
    if let Some(bound) = &info.bound {
        out.extend(u16::try_from(bound.len()).ok()?.to_le_bytes());
        out.extend_from_slice(bound);
    }
    if let Some(ip) = socket.elsewhere {
        push_address(&mut out, ip);
    }
    // The length of an item is 16 bits.
    u16::try_from(out.len()).is_ok().then_some(out)
}

fn push_address(out: &mut Vec<u8>, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            out.push(4);
            out.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(6);
            out.extend(ip.octets());
        }
    }
}

/// Decodes a descriptor.
pub(crate) fn descriptor(bytes: &[u8]) -> Option<FdInfo> {
    let mut from = From::new(bytes)?;
    let has = from.u16()?;
    let kind = from.u8()?.cast_signed();
    let role = match from.u8()? {
        1 => Role::Client,
        2 => Role::Server,
        3 => Role::Both,
        _ => Role::Unknown,
    };
    let (open_flags, dev, mnt, ino) = (from.u32()?, from.u32()?, from.u32()?, from.u64()?);
    let name = from.text()?;
    let name_raw = if has & RAW_NAME != 0 { from.text()? } else { Arc::clone(&name) };
    let resolved = if has & RESOLVED != 0 { Some(from.text()?) } else { None };
    let ends = if has & ENDS != 0 { Ends(from.take()?) } else { Ends::default() };
    let unix = if has & UNIX != 0 { Some((from.u64()?, from.u64()?)) } else { None };
    let fs_path = if has & FS_PATH != 0 { Some(from.text()?) } else { None };
    let overlay_lower =
        if has & OVERLAY_LOWER != 0 { Some((from.u32()?, from.u64()?)) } else { None };
    let bound = if has & BOUND != 0 { Some(from.text()?) } else { None };
    let elsewhere = if has & ELSEWHERE != 0 { Some(from.address()?) } else { None };
    let connected = has & CONNECTED != 0;
    let socket = Socket { ends, role, connected, elsewhere };
    Some(FdInfo {
        kind,
        name,
        name_raw,
        resolved,
        fs_path,
        overlay_lower,
        bound,
        open_flags,
        dev,
        mnt,
        ino,
        socket,
        unix,
        upper_layer: has & UPPER_LAYER != 0,
        lower_layer: has & LOWER_LAYER != 0,
    })
}

/// A reader of bytes.
struct From<'b>(&'b [u8]);

impl<'b> From<'b> {
    /// Behind the version, if it is the known one.
    fn new(bytes: &'b [u8]) -> Option<Self> {
        bytes.strip_prefix(&[VERSION]).map(Self)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|bytes| bytes[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Option<Arc<[u8]>> {
        let len = usize::from(self.u16()?);
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(Arc::from(text))
    }

    fn address(&mut self) -> Option<IpAddr> {
        Some(match self.u8()? {
            4 => IpAddr::from(self.take::<4>()?),
            6 => IpAddr::from(self.take::<16>()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = Arc<[u8]>> {
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Arc::from)
    }

    fn socket() -> impl Strategy<Value = Socket> {
        let roles = vec![Role::Unknown, Role::Client, Role::Server, Role::Both];
        let role = prop::sample::select(roles);
        let ends = prop::option::of(any::<([u8; 32], [u8; 5])>());
        let elsewhere = any::<Option<IpAddr>>();
        (ends, role, any::<bool>(), elsewhere).prop_map(|(ends, role, connected, elsewhere)| {
            let ends = ends.map_or_else(Ends::default, |(front, back)| {
                let mut ends = Ends::default();
                ends.0.iter_mut().zip(front.into_iter().chain(back)).for_each(|(to, b)| *to = b);
                ends
            });
            Socket { ends, role, connected, elsewhere }
        })
    }

    proptest! {
        #[test]
        fn a_descriptor_survives_encoding(
            kind in any::<i8>(),
            name in text(),
            raw in prop::option::of(text()),
            resolved in prop::option::of(text()),
            fs_path in prop::option::of(text()),
            overlay_lower in any::<Option<(u32, u64)>>(),
            bound in prop::option::of(text()),
            numbers in any::<(u32, u32, u32, u64)>(),
            socket in socket(),
            unix in any::<Option<(u64, u64)>>(),
            bits in any::<(bool, bool)>(),
        ) {
            let (open_flags, dev, mnt, ino) = numbers;
            let info = FdInfo {
                kind,
                name_raw: raw.unwrap_or_else(|| Arc::clone(&name)),
                name,
                resolved,
                fs_path,
                overlay_lower,
                bound,
                open_flags,
                dev,
                mnt,
                ino,
                socket,
                unix,
                upper_layer: bits.0,
                lower_layer: bits.1,
            };
            let bytes = descriptor_bytes(&info).unwrap();
            prop_assert_eq!(descriptor(&bytes), Some(info));
            for end in 0..bytes.len() {
                prop_assert_eq!(descriptor(&bytes[..end]), None);
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let ours = [&[VERSION][..], &bytes].concat();
            for bytes in [&bytes, &ours] {
                let _ = (thread(bytes), descriptor(bytes));
            }
        }
    }

    #[test]
    fn a_descriptor_too_long_for_a_trailer_is_in_the_record_only() {
        let name = |len: usize| FdInfo::new(1, vec![b'x'; len]);
        assert!(descriptor_bytes(&name(65_000)).is_some());
        assert_eq!(descriptor_bytes(&name(65_535)), None);
        assert_eq!(descriptor_bytes(&name(70_000)), None);
    }
}
