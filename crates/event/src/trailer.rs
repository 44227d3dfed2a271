//! The trailer of a record: what the probe knows beside the event block, written behind it in the ring.
//! Captures of Peregrine keep it (`crates/scap`); other tools do not see it.
//!
//! A trailer is a run of items `{kind u16, len u16, bytes[len]}`, little-endian, unaligned. A reader
//! skips kinds it does not know; a trailer that does not add up ends where it stops adding up.
//!
//! | kind | bytes |
//! |---|---|
//! | 1 origin | `cpu u16, flags u16, pid u32` |
//! | 2 descriptor | `fd i32, kind u8, role u8, pad u16, open_flags u32, dev u32, mnt u32, ino u64`, then the payload |
//! | 3 walked | `param u8`, then the path |
//! | 4 inside | `fd i32`, then the path inside the file system |
//! | 5 below | `fd i32, dev u32, ino u64, generation u32` |
//! | 6 root | `mnt u32, ino u64`, then the path of the root itself |
//! | 7 known as | `param u8`, then the path |
//! | 8 bound | `fd i32`, then the path |
//! | 9 capabilities | `inheritable u64, permitted u64, effective u64` |
//! | 20 streams | `open u8` |
//! | 21 generation | `fd i32, generation u32` |
//! | 16 kept | a thread or descriptor as `state` stores it (`crates/state/src/snapshot_codec.rs`) |
//! | 24 program | `flags u32, dev u32, uid u32`, then its path inside the file system |
//! | 25 argument | `which u8` ([`crate::arguments`]), then a text or `i64` |
//! | 26 process folder | `fd i32, pid i32` |
//! | 27 standing | `whose u8, bits u8`, then a path |
//!
//! A descriptor's payload: sockets `l4proto u8` and the socket tuple as captures encode it; files
//! the walked path, `/etc/passwd`; what lies in no folder its name there, `memfd:x`, `[eventfd]`.
//! The path inside the file system is reported where it can differ: a mount shows only a part of the file
//! system, or the process lives below a folder (`chroot`).
//! Of files that a mount shows somewhere else than their kernel file system usually lies (`/host/proc`), that is the path
//! below the usual mount point. Folders that relative paths begin at are reported as descriptors, also the current
//! one by the number -100 where a path leads through `/proc/self/cwd`.
//! An inode's number is used again once its file is gone; its generation, where the file system has one, tells the
//! files apart. With a program's start comes which of descriptors 0 to 2 are open (bit 0 to 2), and each of them.
//! The root is reported with paths of calls that leave nothing open; `ino` is 0 where it is the top of its
//! mount, and its path is then left out. User space resolves such paths and adds them as `walked` and `known as`.
//! Below an overlay's file is the one in a layer that it shows, reported where it was opened; below a unix socket
//! the file it, or the socket it speaks with, is bound to, whose path is reported as bound.
//! A program's file is reported with the program; what was found of it in user space is its standing. Arguments are
//! those of calls without an event of their own. A process folder is that of `/proc` which a descriptor's file lies in.
//! No path ends in a NUL; one the kernel could not walk to its end is empty.

use crate::argument::Argument;
use crate::kernel::trailer_len;
use crate::program::{Program, Standing, Whose};

pub(crate) use crate::kernel::trailer::*;
pub use crate::kernel::{origin_flags, roles};

pub(crate) const REMOVED: u8 = 1;
pub(crate) const RAISED: u8 = 2;
pub(crate) const PROGRAM_LEN: usize = trailer_len::PROGRAM;
pub(crate) const ORIGIN_LEN: usize = trailer_len::ORIGIN;
pub(crate) const DESCRIPTOR_LEN: usize = trailer_len::DESCRIPTOR;
pub(crate) const ROOT_LEN: usize = trailer_len::ROOT;

/// Where and by whom an event was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The CPU.
    pub cpu: u16,
    /// Bits of [`origin_flags`].
    pub flags: u16,
    /// The process (thread group), in the host's numbers.
    pub pid: u32,
}

/// What a descriptor of the event is, as the kernel reports it at the time of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor<'a> {
    /// The number in the process.
    pub fd: i32,
    /// `SCAP_FD_*` ([`crate::name_tables::FD_KINDS`]).
    pub kind: u8,
    /// Sockets: bits of [`roles`].
    pub role: u8,
    /// Flags of the open file, in the capture format's numbers (`PPM_O_*`).
    pub open_flags: u32,
    /// Device of the inode, as captures encode it.
    pub dev: u32,
    /// Mount the file was opened through.
    pub mnt: u32,
    /// The inode.
    pub ino: u64,
    /// Sockets: `l4proto u8` + socket tuple; files: the walked path.
    pub payload: &'a [u8],
}

/// The path the kernel walked for a path parameter, through mounts, relative to the process's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedPath<'a> {
    /// Which parameter of the event.
    pub param: u8,
    /// The path.
    pub path: &'a [u8],
}

/// Where a descriptor's file lies in its file system, whatever part of that a mount shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FsPath<'a> {
    /// The number in the process.
    pub fd: i32,
    /// The path from the file system's own root.
    pub path: &'a [u8],
}

/// The file of a layer that a descriptor of an overlay's file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverlayLower {
    /// The number in the process.
    pub fd: i32,
    /// Device of the inode, as captures encode it.
    pub dev: u32,
    /// The inode.
    pub ino: u64,
    /// The inode's generation; 0 where the file system has none.
    pub generation: u32,
}

/// Which of its first three descriptors a program starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    /// Bit 0: standard input is open; bit 1: output; bit 2: errors.
    pub open: u8,
}

/// Which of the files that had the number of a descriptor's inode it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// The number in the process.
    pub fd: i32,
    /// The inode's generation.
    pub generation: u32,
}

/// The folder below which a process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root<'a> {
    /// Its mount.
    pub mnt: u32,
    /// Its inode; 0: the top of the mount.
    pub ino: u64,
    /// Its own path, from the top of all mounts on; empty: not reported.
    pub path: &'a [u8],
}

/// Another name of the file that a path parameter names: inside its file system, or by its inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias<'a> {
    /// Which parameter of the event.
    pub param: u8,
    /// The path.
    pub path: &'a [u8],
}

/// The file that a unix socket, or the one it speaks with, is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound<'a> {
    /// The number in the process.
    pub fd: i32,
    /// The path, through the mounts it was bound through.
    pub path: &'a [u8],
}

/// What a thread may do after a call that changed it, in the capture format's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Kept by programs it starts.
    pub inheritable: u64,
    /// It may switch on.
    pub permitted: u64,
    /// Switched on.
    pub effective: u64,
}

/// One item of a trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrailerItem<'a> {
    /// See [`Origin`].
    Origin(Origin),
    /// See [`Descriptor`].
    Descriptor(Descriptor<'a>),
    /// See [`ResolvedPath`].
    ResolvedPath(ResolvedPath<'a>),
    /// See [`FsPath`].
    FsPath(FsPath<'a>),
    /// See [`OverlayLower`].
    OverlayLower(OverlayLower),
    /// See [`Root`].
    Root(Root<'a>),
    /// See [`Alias`].
    Alias(Alias<'a>),
    /// See [`Bound`].
    Bound(Bound<'a>),
    /// See [`Capabilities`].
    Capabilities(Capabilities),
    /// See [`Streams`].
    Streams(Streams),
    /// See [`Generation`].
    Generation(Generation),
    /// A thread or descriptor as `state` stores it, behind a record of a first snapshot.
    Kept(&'a [u8]),
    /// See [`Program`].
    Program(Program<'a>),
    /// See [`Argument`].
    Argument(Argument<'a>),
    /// The process (host's number) in whose folder of `/proc` the file of a descriptor lies.
    ProcessFolder {
        /// The number in the process.
        fd: i32,
        /// The process.
        pid: i32,
    },
    /// See [`Standing`].
    Standing(Standing<'a>),
}

/// The trailer of one event: items behind its block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trailer<'a>(&'a [u8]);

impl<'a> Trailer<'a> {
    /// The trailer `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes of the trailer.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Every item that can be read; ends at the first that cannot.
    pub fn iter(self) -> impl Iterator<Item = TrailerItem<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            loop {
                let (kind, bytes, behind) = split(rest)?;
                rest = behind;
                if let Some(item) = read(kind, bytes) {
                    return Some(item);
                }
            }
        })
    }

    /// The origin, where there is one. It is read several times per event: the probe writes it first.
    #[inline]
    pub fn origin(self) -> Option<Origin> {
        match split(self.0) {
            Some((ORIGIN, bytes, _)) => origin(bytes),
            _ => self.origin_behind(),
        }
    }

    #[cold]
    fn origin_behind(self) -> Option<Origin> {
        self.iter().find_map(|item| {
            if let TrailerItem::Origin(origin) = item { Some(origin) } else { None }
        })
    }

    /// What the kernel reports of descriptor `fd`.
    pub fn descriptor(self, fd: i64) -> Option<Descriptor<'a>> {
        self.iter().find_map(|item| match item {
            TrailerItem::Descriptor(descriptor) if i64::from(descriptor.fd) == fd => {
                Some(descriptor)
            }
            _ => None,
        })
    }

    /// A thread or descriptor as `state` stores it.
    pub fn kept(self) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|item| if let TrailerItem::Kept(bytes) = item { Some(bytes) } else { None })
    }

    /// What the kernel reports of a program's file.
    pub fn program(self) -> Option<Program<'a>> {
        self.iter()
            .find_map(|item| if let TrailerItem::Program(it) = item { Some(it) } else { None })
    }

    /// What was found of a program's file.
    pub fn standing(self) -> Option<Standing<'a>> {
        self.iter()
            .find_map(|item| if let TrailerItem::Standing(it) = item { Some(it) } else { None })
    }

    /// A text a call without an event of its own was given.
    pub fn argument(self, which: u8) -> Option<&'a [u8]> {
        self.iter().find_map(|item| match item {
            TrailerItem::Argument(one) if one.which == which => Some(one.bytes),
            _ => None,
        })
    }

    /// A number a call without an event of its own was given.
    pub fn number(self, which: u8) -> Option<i64> {
        self.argument(which)?.try_into().ok().map(i64::from_le_bytes)
    }

    /// The walked path of parameter `param`.
    pub fn resolved_path(self, param: u8) -> Option<ResolvedPath<'a>> {
        self.iter().find_map(|item| match item {
            TrailerItem::ResolvedPath(walked) if walked.param == param => Some(walked),
            _ => None,
        })
    }

    /// The folder below which the process lives.
    pub fn root(self) -> Option<Root<'a>> {
        self.iter()
            .find_map(|item| if let TrailerItem::Root(root) = item { Some(root) } else { None })
    }

    /// The file of a layer that descriptor `fd` shows.
    pub fn overlay_lower(self, fd: i64) -> Option<OverlayLower> {
        self.iter().find_map(|item| match item {
            TrailerItem::OverlayLower(below) if i64::from(below.fd) == fd => Some(below),
            _ => None,
        })
    }

    /// What the thread may do now, where the call may have changed that.
    pub fn capabilities(self) -> Option<Capabilities> {
        self.iter().find_map(|item| {
            if let TrailerItem::Capabilities(all) = item { Some(all) } else { None }
        })
    }

    /// The path of the file that the unix socket `fd`, or the one it speaks with, is bound to.
    pub fn bound(self, fd: i64) -> Option<&'a [u8]> {
        self.iter().find_map(|item| match item {
            TrailerItem::Bound(bound) if i64::from(bound.fd) == fd => Some(bound.path),
            _ => None,
        })
    }

    /// The generation of descriptor `fd`'s inode; 0 where it is not reported.
    pub fn generation(self, fd: i64) -> u32 {
        let found = self.iter().find_map(|item| match item {
            TrailerItem::Generation(one) if i64::from(one.fd) == fd => Some(one.generation),
            _ => None,
        });
        found.unwrap_or(0)
    }

    /// Which of its first three descriptors a program starts with, where that is reported.
    pub fn streams(self) -> Option<Streams> {
        self.iter()
            .find_map(|item| if let TrailerItem::Streams(one) = item { Some(one) } else { None })
    }

    /// The path inside its file system of descriptor `fd`, where it can differ from the walked one.
    pub fn fs_path(self, fd: i64) -> Option<&'a [u8]> {
        self.iter().find_map(|item| match item {
            TrailerItem::FsPath(inside) if i64::from(inside.fd) == fd => Some(inside.path),
            _ => None,
        })
    }
}

#[inline]
fn split(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(4)?;
    let kind = u16::from_le_bytes([head[0], head[1]]);
    let len = usize::from(u16::from_le_bytes([head[2], head[3]]));
    let (bytes, behind) = rest.split_at_checked(len)?;
    Some((kind, bytes, behind))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[inline]
fn origin(bytes: &[u8]) -> Option<Origin> {
    let fixed: &[u8; 8] = bytes.first_chunk()?;
    Some(Origin {
        cpu: u16::from_le_bytes([fixed[0], fixed[1]]),
        flags: u16::from_le_bytes([fixed[2], fixed[3]]),
        pid: u32::from_le_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
    })
}

fn read(kind: u16, bytes: &[u8]) -> Option<TrailerItem<'_>> {
    match kind {
        ORIGIN => origin(bytes).map(TrailerItem::Origin),
        DESCRIPTOR => {
            let (fixed, payload) = bytes.split_at_checked(DESCRIPTOR_LEN)?;
            Some(TrailerItem::Descriptor(Descriptor {
                fd: u32_at(fixed, 0)?.cast_signed(),
                kind: fixed[4],
                role: fixed[5],
                open_flags: u32_at(fixed, 8)?,
                dev: u32_at(fixed, 12)?,
                mnt: u32_at(fixed, 16)?,
                ino: u64::from_le_bytes(fixed.get(20..28)?.try_into().ok()?),
                payload,
            }))
        }
        WALKED => {
            let (param, path) = bytes.split_first()?;
            Some(TrailerItem::ResolvedPath(ResolvedPath { param: *param, path }))
        }
        BELOW => Some(TrailerItem::OverlayLower(OverlayLower {
            fd: u32_at(bytes, 0)?.cast_signed(),
            dev: u32_at(bytes, 4)?,
            ino: u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?),
            generation: u32_at(bytes, 16).unwrap_or(0),
        })),
        STREAMS => Some(TrailerItem::Streams(Streams { open: *bytes.first()? })),
        GENERATION => Some(TrailerItem::Generation(Generation {
            fd: u32_at(bytes, 0)?.cast_signed(),
            generation: u32_at(bytes, 4)?,
        })),
        INSIDE => {
            let (fd, path) = bytes.split_at_checked(4)?;
            Some(TrailerItem::FsPath(FsPath { fd: u32_at(fd, 0)?.cast_signed(), path }))
        }
        ROOT => {
            let (fixed, path) = bytes.split_at_checked(ROOT_LEN)?;
            Some(TrailerItem::Root(Root {
                mnt: u32_at(fixed, 0)?,
                ino: u64::from_le_bytes(fixed.get(4..12)?.try_into().ok()?),
                path,
            }))
        }
        KNOWN_AS => {
            let (param, path) = bytes.split_first()?;
            Some(TrailerItem::Alias(Alias { param: *param, path }))
        }
        BOUND => {
            let (fd, path) = bytes.split_at_checked(4)?;
            Some(TrailerItem::Bound(Bound { fd: u32_at(fd, 0)?.cast_signed(), path }))
        }
        CAPABILITIES => {
            let number = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
            let (inheritable, permitted, effective) = (number(0)?, number(8)?, number(16)?);
            Some(TrailerItem::Capabilities(Capabilities { inheritable, permitted, effective }))
        }
        KEPT => Some(TrailerItem::Kept(bytes)),
        PROGRAM => {
            let (fixed, inside) = bytes.split_at_checked(PROGRAM_LEN)?;
            let (flags, dev) = (u32_at(fixed, 0)?, u32_at(fixed, 4)?);
            Some(TrailerItem::Program(Program { flags, dev, uid: u32_at(fixed, 8)?, inside }))
        }
        ARGUMENT => {
            let (which, bytes) = bytes.split_first()?;
            Some(TrailerItem::Argument(Argument { which: *which, bytes }))
        }
        PROCESS_FOLDER => Some(TrailerItem::ProcessFolder {
            fd: u32_at(bytes, 0)?.cast_signed(),
            pid: u32_at(bytes, 4)?.cast_signed(),
        }),
        STANDING => {
            let ([whose, bits], known_as) = bytes.split_first_chunk::<2>()?;
            Some(TrailerItem::Standing(Standing {
                whose: Whose::from_number(*whose),
                removed: bits & REMOVED != 0,
                raised: bits & RAISED != 0,
                known_as,
            }))
        }
        _ => None,
    }
}
