//! What the probe knows beside the event block: written behind it in the ring. Captures of ours keep
//! it (`crates/scap`); other tools do not see it.
//!
//! The trailer is a run of `{kind u16, len u16, bytes[len]}`, little-endian, unaligned. A reader
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
//! | 20 streams | `open u8` |
//! | 21 generation | `fd i32, generation u32` |
//! | 16 kept | a thread or descriptor as `state` keeps it (`crates/state/src/kept.rs`) |
//!
//! A descriptor's payload: sockets `l4proto u8` and the socket tuple as captures encode it; files
//! the walked path, `/etc/passwd`; what lies in no folder its name there, `memfd:x`, `[eventfd]`.
//! The path inside the file system is told where it can differ: a mount shows only a part of the file
//! system, or the process lives below a folder (`chroot`).
//! Of files that a mount shows somewhere else than their kernel file system usually lies (`/host/proc`), that is the path
//! below the usual mount point. Folders that relative paths begin at are told as descriptors, also the current
//! one by the number -100 where a path leads through `/proc/self/cwd`.
//! An inode's number is used again once its file is gone; its generation, where the file system has one, tells the
//! files apart. With a program's start comes which of descriptors 0 to 2 are open (bit 0 to 2), and each of them.
//! The root is told with paths of calls that leave nothing open; `ino` is 0 where it is the top of its
//! mount, and no path is told then. Where such a path led is walked in user space, and told as `walked` and `known as`.
//! Below an overlay's file is the one in a layer that it shows, told where it was opened.
//! No path ends in a NUL; one the kernel could not walk to its end is empty.

/// Flags of [`Origin`].
pub mod origin_flags {
    /// The call came through the 32-bit entry.
    pub const COMPAT: u16 = 1;
    /// The act was done by an `io_uring`.
    pub const IO_URING: u16 = 2;
}

/// The kind number of [`Origin`].
const ORIGIN: u16 = 1;
/// The kind number of [`Descriptor`].
const DESCRIPTOR: u16 = 2;
/// The kind number of [`Walked`].
const WALKED: u16 = 3;
/// The kind number of [`Fact::Kept`]. The kernel programs never write it.
const KEPT: u16 = 16;
/// The kind number of [`Below`].
const BELOW: u16 = 5;
/// The kind number of [`Root`].
const ROOT: u16 = 6;
/// The kind number of [`KnownAs`]. The kernel programs never write it.
const KNOWN_AS: u16 = 7;
/// The kind number of [`Streams`].
const STREAMS: u16 = 20;
/// The kind number of [`Generation`].
const GENERATION: u16 = 21;
/// The kind number of [`Inside`].
const INSIDE: u16 = 4;
const ORIGIN_LEN: usize = 8;
const DESCRIPTOR_LEN: usize = 28;
const ROOT_LEN: usize = 12;

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

/// What a descriptor of the event is, as the kernel says at the time of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor<'a> {
    /// The number in the process.
    pub fd: i32,
    /// `SCAP_FD_*` ([`crate::name_tables::FD_KINDS`]).
    pub kind: u8,
    /// Sockets: bit 0 the process is the server, bit 1 the client, bit 2 connected.
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
pub struct Walked<'a> {
    /// Which parameter of the event.
    pub param: u8,
    /// The path.
    pub path: &'a [u8],
}

/// Where a descriptor's file lies in its file system, whatever part of that a mount shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside<'a> {
    /// The number in the process.
    pub fd: i32,
    /// The path from the file system's own root.
    pub path: &'a [u8],
}

/// The file of a layer that a descriptor of an overlay's file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Below {
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
    /// Its own path, from the top of all mounts on; empty: not told.
    pub path: &'a [u8],
}

/// Another name of the file that a path parameter names: inside its file system, or by its inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAs<'a> {
    /// Which parameter of the event.
    pub param: u8,
    /// The path.
    pub path: &'a [u8],
}

/// One fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact<'a> {
    /// See [`Origin`].
    Origin(Origin),
    /// See [`Descriptor`].
    Descriptor(Descriptor<'a>),
    /// See [`Walked`].
    Walked(Walked<'a>),
    /// See [`Inside`].
    Inside(Inside<'a>),
    /// See [`Below`].
    Below(Below),
    /// See [`Root`].
    Root(Root<'a>),
    /// See [`KnownAs`].
    KnownAs(KnownAs<'a>),
    /// See [`Streams`].
    Streams(Streams),
    /// See [`Generation`].
    Generation(Generation),
    /// A thread or descriptor as `state` keeps it, behind a record of a first snapshot.
    Kept(&'a [u8]),
}

/// The facts behind one event block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a>(&'a [u8]);

impl<'a> Facts<'a> {
    /// The trailer `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The trailer as it stands.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Every fact that can be read; ends at the first that cannot.
    pub fn iter(self) -> impl Iterator<Item = Fact<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            loop {
                let (kind, bytes, behind) = split(rest)?;
                rest = behind;
                if let Some(fact) = read(kind, bytes) {
                    return Some(fact);
                }
            }
        })
    }

    /// The origin, where there is one.
    pub fn origin(self) -> Option<Origin> {
        self.iter()
            .find_map(|fact| if let Fact::Origin(origin) = fact { Some(origin) } else { None })
    }

    /// What the kernel says of descriptor `fd`.
    pub fn descriptor(self, fd: i64) -> Option<Descriptor<'a>> {
        self.iter().find_map(|fact| match fact {
            Fact::Descriptor(descriptor) if i64::from(descriptor.fd) == fd => Some(descriptor),
            _ => None,
        })
    }

    /// A thread or descriptor as `state` keeps it.
    pub fn kept(self) -> Option<&'a [u8]> {
        self.iter().find_map(|fact| if let Fact::Kept(bytes) = fact { Some(bytes) } else { None })
    }

    /// The walked path of parameter `param`.
    pub fn walked(self, param: u8) -> Option<Walked<'a>> {
        self.iter().find_map(|fact| match fact {
            Fact::Walked(walked) if walked.param == param => Some(walked),
            _ => None,
        })
    }

    /// The folder below which the process lives.
    pub fn root(self) -> Option<Root<'a>> {
        self.iter().find_map(|fact| if let Fact::Root(root) = fact { Some(root) } else { None })
    }

    /// The file of a layer that descriptor `fd` shows.
    pub fn below(self, fd: i64) -> Option<Below> {
        self.iter().find_map(|fact| match fact {
            Fact::Below(below) if i64::from(below.fd) == fd => Some(below),
            _ => None,
        })
    }

    /// The generation of descriptor `fd`'s inode; 0 where it is not told.
    pub fn generation(self, fd: i64) -> u32 {
        let found = self.iter().find_map(|fact| match fact {
            Fact::Generation(one) if i64::from(one.fd) == fd => Some(one.generation),
            _ => None,
        });
        found.unwrap_or(0)
    }

    /// Which of its first three descriptors a program starts with, where that is told.
    pub fn streams(self) -> Option<Streams> {
        self.iter().find_map(|fact| if let Fact::Streams(one) = fact { Some(one) } else { None })
    }

    /// The path inside its file system of descriptor `fd`, where it can differ from the walked one.
    pub fn inside(self, fd: i64) -> Option<&'a [u8]> {
        self.iter().find_map(|fact| match fact {
            Fact::Inside(inside) if i64::from(inside.fd) == fd => Some(inside.path),
            _ => None,
        })
    }
}

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

fn read(kind: u16, bytes: &[u8]) -> Option<Fact<'_>> {
    match kind {
        ORIGIN => Some(Fact::Origin(Origin {
            cpu: u16::from_le_bytes(bytes.get(0..2)?.try_into().ok()?),
            flags: u16::from_le_bytes(bytes.get(2..4)?.try_into().ok()?),
            pid: u32_at(bytes, 4)?,
        })),
        DESCRIPTOR => {
            let (fixed, payload) = bytes.split_at_checked(DESCRIPTOR_LEN)?;
            Some(Fact::Descriptor(Descriptor {
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
            Some(Fact::Walked(Walked { param: *param, path }))
        }
        BELOW => Some(Fact::Below(Below {
            fd: u32_at(bytes, 0)?.cast_signed(),
            dev: u32_at(bytes, 4)?,
            ino: u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?),
            generation: u32_at(bytes, 16).unwrap_or(0),
        })),
        STREAMS => Some(Fact::Streams(Streams { open: *bytes.first()? })),
        GENERATION => Some(Fact::Generation(Generation {
            fd: u32_at(bytes, 0)?.cast_signed(),
            generation: u32_at(bytes, 4)?,
        })),
        INSIDE => {
            let (fd, path) = bytes.split_at_checked(4)?;
            Some(Fact::Inside(Inside { fd: u32_at(fd, 0)?.cast_signed(), path }))
        }
        ROOT => {
            let (fixed, path) = bytes.split_at_checked(ROOT_LEN)?;
            Some(Fact::Root(Root {
                mnt: u32_at(fixed, 0)?,
                ino: u64::from_le_bytes(fixed.get(4..12)?.try_into().ok()?),
                path,
            }))
        }
        KNOWN_AS => {
            let (param, path) = bytes.split_first()?;
            Some(Fact::KnownAs(KnownAs { param: *param, path }))
        }
        KEPT => Some(Fact::Kept(bytes)),
        _ => None,
    }
}

/// Writes a trailer the way the probe does: for tests and for sources in user space.
#[derive(Debug, Clone, Default)]
pub struct FactsWriter(Vec<u8>);

impl FactsWriter {
    fn push(mut self, kind: u16, parts: &[&[u8]]) -> Self {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        self.0.extend_from_slice(&kind.to_le_bytes());
        self.0.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes());
        for part in parts {
            self.0.extend_from_slice(part);
        }
        self
    }

    /// Adds an origin.
    #[must_use]
    pub fn origin(self, origin: Origin) -> Self {
        let mut bytes = [0_u8; ORIGIN_LEN];
        bytes[0..2].copy_from_slice(&origin.cpu.to_le_bytes());
        bytes[2..4].copy_from_slice(&origin.flags.to_le_bytes());
        bytes[4..8].copy_from_slice(&origin.pid.to_le_bytes());
        self.push(ORIGIN, &[&bytes])
    }

    /// Adds a descriptor.
    #[must_use]
    pub fn descriptor(self, descriptor: &Descriptor<'_>) -> Self {
        let mut bytes = [0_u8; DESCRIPTOR_LEN];
        bytes[0..4].copy_from_slice(&descriptor.fd.to_le_bytes());
        bytes[4] = descriptor.kind;
        bytes[5] = descriptor.role;
        bytes[8..12].copy_from_slice(&descriptor.open_flags.to_le_bytes());
        bytes[12..16].copy_from_slice(&descriptor.dev.to_le_bytes());
        bytes[16..20].copy_from_slice(&descriptor.mnt.to_le_bytes());
        bytes[20..28].copy_from_slice(&descriptor.ino.to_le_bytes());
        self.push(DESCRIPTOR, &[&bytes, descriptor.payload])
    }

    /// Adds a walked path.
    #[must_use]
    pub fn walked(self, walked: &Walked<'_>) -> Self {
        self.push(WALKED, &[&[walked.param], walked.path])
    }

    /// Adds what `state` keeps of a thread or descriptor.
    #[must_use]
    pub fn kept(self, bytes: &[u8]) -> Self {
        self.push(KEPT, &[bytes])
    }

    /// Adds the file of a layer.
    #[must_use]
    pub fn below(self, below: Below) -> Self {
        let (fd, dev) = (below.fd.to_le_bytes(), below.dev.to_le_bytes());
        self.push(BELOW, &[&fd, &dev, &below.ino.to_le_bytes(), &below.generation.to_le_bytes()])
    }

    /// Adds which of its first three descriptors a program starts with.
    #[must_use]
    pub fn streams(self, streams: Streams) -> Self {
        self.push(STREAMS, &[&[streams.open]])
    }

    /// Adds the generation of a descriptor's inode.
    #[must_use]
    pub fn generation(self, one: Generation) -> Self {
        self.push(GENERATION, &[&one.fd.to_le_bytes(), &one.generation.to_le_bytes()])
    }

    /// Adds the folder below which the process lives.
    #[must_use]
    pub fn root(self, root: &Root<'_>) -> Self {
        self.push(ROOT, &[&root.mnt.to_le_bytes(), &root.ino.to_le_bytes(), root.path])
    }

    /// Adds another name of a path parameter's file.
    #[must_use]
    pub fn known_as(self, known: &KnownAs<'_>) -> Self {
        self.push(KNOWN_AS, &[&[known.param], known.path])
    }

    /// Adds a path inside a file system.
    #[must_use]
    pub fn inside(self, inside: &Inside<'_>) -> Self {
        self.push(INSIDE, &[&inside.fd.to_le_bytes(), inside.path])
    }

    /// Goes on behind what stands there.
    pub fn behind(facts: Facts<'_>) -> Self {
        Self(facts.bytes().to_vec())
    }

    /// The trailer.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
