//! The bytes of keys, values and records, as `bpf/guard/shared.h` has them.

use peregrine_guard::layout::{self, CommMarks, PathMarks};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// Generations side by side.
pub(super) const SLOTS: u32 = 2;
/// Bytes of a name that stand in its key; of those behind it a number.
pub(super) const NAME_BYTES: usize = 24;
/// Bytes of a path in a record.
pub(super) const PATH_BYTES: usize = 1024;

/// A name in a folder; with no folder, the last component of any path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub(super) struct Name {
    pub dev: u32,
    pub len: u32,
    pub parent: u64,
    pub begin: [u8; NAME_BYTES],
    pub rest: u64,
}

impl Name {
    /// The name in a folder.
    pub(super) fn new(folder: Inode, name: &[u8]) -> Self {
        let mut key = Self {
            dev: folder.dev,
            len: u32::try_from(name.len()).unwrap_or(u32::MAX),
            parent: folder.ino,
            begin: [0; NAME_BYTES],
            rest: 0,
        };
        for (to, from) in key.begin.iter_mut().zip(name) {
            *to = *from;
        }
        if let Some(rest) = name.get(NAME_BYTES..).filter(|rest| !rest.is_empty()) {
            key.rest = number(rest);
        }
        key
    }
}

/// Bytes as one number, as `guard_rest` has it.
fn number(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |rest: u64, chunk| {
        let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let rest = (rest ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        rest ^ rest >> 29
    })
}

/// An inode, with the device's number as the kernel has it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, FromZeros, Immutable, IntoBytes,
)]
#[repr(C)]
pub(super) struct Inode {
    pub ino: u64,
    pub dev: u32,
    pub pad: u32,
}

/// Sets of what is at a name, of what lies in it and of all below it.
#[derive(Debug, Clone, Copy, Default, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub(super) struct NameMarks {
    pub itself: PathMarks,
    pub children: PathMarks,
    pub below: PathMarks,
}

/// Sets of what lies in a folder, and of all below it.
#[derive(Debug, Clone, Copy, Default, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub(super) struct DirMarks {
    pub has_names: u32,
    pub pad: u32,
    pub children: PathMarks,
    pub below: PathMarks,
}

/// Sets of an inode.
#[derive(Debug, Clone, Copy, Default, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub(super) struct InodeMarks {
    pub generation: u32,
    pub pad: u32,
    pub itself: PathMarks,
}

/// What a number of [`Id`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdKind {
    Uid,
    Loginuid,
    Gid,
    Cgroup,
}

/// A user, group or control group.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub(super) struct Id {
    pub number: u64,
    pub kind: u32,
    pub pad: u32,
}

/// A network: addresses of IPv4 as those of IPv6 that stand for them.
#[derive(Debug, Clone, Copy, FromZeros, Immutable, IntoBytes)]
#[repr(C)]
pub(super) struct NetworkKey {
    pub bits: u32,
    pub address: [u8; 16],
}

/// What decides now.
#[derive(Debug, Clone, Copy, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub(super) struct Config {
    pub current: u32,
    pub known: u32,
    pub generation: [u32; SLOTS as usize],
    pub agent: u32,
    pub agent_gone: u32,
    pub preparing: u32,
    pub canary: u32,
    pub canary_act: u32,
    pub canary_hits: u32,
}

/// How often a policy was met.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Hits {
    /// Acts that were denied.
    pub denied: u64,
    /// Acts that would have been.
    pub would: u64,
    /// When last, in nanoseconds since the host started.
    pub last: u64,
}

/// What did not fit, by kind.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Losses {
    /// Records that did not fit into the ring.
    pub records: u64,
    /// Processes that did not fit into the table: what they are is not known.
    pub processes: u64,
    /// Objects below more folders than are followed: they count as in every set.
    pub deep: u64,
    /// Inodes that could not be remembered: hard links to them made later are not known.
    pub inodes: u64,
}

/// A record of the ring.
#[derive(Debug, Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub(super) struct Record {
    pub time: u64,
    pub cgroup: u64,
    pub ino: u64,
    pub flags: u64,
    pub policy: u32,
    pub tgid: u32,
    pub pid: u32,
    pub uid: u32,
    pub dev: u32,
    pub act: u8,
    pub action: u8,
    pub mode: u8,
    pub level: u8,
    pub family: u16,
    pub port: u16,
    pub path_at: u32,
    pub address: [u8; 16],
    pub comm: [u8; layout::COMM],
    pub path: [u8; PATH_BYTES + 256],
}

// As the other compiler has it.
const _: () = {
    assert!(size_of::<Name>() == 48);
    assert!(size_of::<Inode>() == 16);
    assert!(size_of::<NameMarks>() == 264);
    assert!(size_of::<DirMarks>() == 184);
    assert!(size_of::<InodeMarks>() == 96);
    assert!(size_of::<Id>() == 16);
    assert!(size_of::<NetworkKey>() == 20);
    assert!(size_of::<Config>() == 40);
    assert!(size_of::<Hits>() == 24);
    assert!(size_of::<Losses>() == 32);
    assert!(size_of::<Record>() == 1376);
    assert!(size_of::<CommMarks>() == 56);
};
