//! The kinds of facts a trailer holds; `facts.rs` has their bytes.

use crate::argument::Argument;
use crate::program::{Program, Standing};

/// Flags of [`Origin`].
pub mod origin_flags {
    /// The call came through the 32-bit entry.
    pub const COMPAT: u16 = 1;
    /// The act was done by an `io_uring`.
    pub const IO_URING: u16 = 2;
    /// The file was opened only as a place (`O_PATH`): nothing can be read or written through it.
    pub const PLACE: u16 = 4;
}

/// Bits of [`Descriptor::role`].
pub mod roles {
    /// The process is the server.
    pub const SERVER: u8 = 1;
    /// The process is the client.
    pub const CLIENT: u8 = 2;
    /// It is connected.
    pub const CONNECTED: u8 = 4;
    /// The call took the other end away.
    pub const PARTED: u8 = 8;
    /// It is in another network namespace than whoever watches.
    pub const ELSEWHERE: u8 = 16;
}

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
    /// See [`Bound`].
    Bound(Bound<'a>),
    /// See [`Capabilities`].
    Capabilities(Capabilities),
    /// See [`Streams`].
    Streams(Streams),
    /// See [`Generation`].
    Generation(Generation),
    /// A thread or descriptor as `state` keeps it, behind a record of a first snapshot.
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
