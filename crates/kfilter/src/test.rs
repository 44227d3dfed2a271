//! What the kernel can test.

use std::net::IpAddr;

/// What a step asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// The result is below this number.
    ResultBelow(i64),
    /// The result is this number.
    ResultIs(i64),
    /// One of these bits is among the flags of the open, in the capture format's numbers.
    Flags(u32),
    /// One of these bits is in the mode of the open.
    Mode(u32),
    /// What was opened is one of these ([`kinds`]).
    Kind(u32),
    /// The name is one of these, whichever of the file's names is looked at.
    Name(Vec<NameTest>),
    /// The name as asked holds two dots in a row: known to be false, never known to be true.
    Dots,
    /// The descriptor is of one of these kinds: `SCAP_FD_*` as bits.
    FdKind(u32),
    /// It has one of these transport protocols: `SCAP_L4_*` as bits.
    Transport(u32),
    /// It is an internet socket without another end.
    Unmet,
    /// A port of the connection lies between these, both included.
    Port {
        /// The first.
        from: u16,
        /// The last.
        to: u16,
        /// Whichever end has it; else one of the two, and which of them is not known here.
        either: bool,
    },
    /// An address of the connection lies in this network.
    Net {
        /// An address of it.
        net: IpAddr,
        /// How many of its bits count.
        prefix: u8,
        /// As in [`Test::Port`].
        either: bool,
    },
    /// The name of the process, or of one above it, is one of these.
    ProcessName(Whose, Vec<Vec<u8>>),
    /// The effective user lies between these, both included.
    Uid {
        /// The first.
        from: u32,
        /// The last.
        to: u32,
    },
    /// The process runs in a container.
    Container,
}

/// Whose name [`Test::ProcessName`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// Its parent's.
    Parent,
    /// That of any process above it.
    Above,
}

/// Bits of [`Test::Kind`].
pub mod kinds {
    pub use crate::layout::{
        KIND_DIRECTORY as DIRECTORY, KIND_FAILED as FAILED, KIND_FILE as FILE,
    };
}

/// What is asked of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameTest {
    /// It is this.
    Exact(Vec<u8>),
    /// It begins so.
    Prefix(Vec<u8>),
    /// The part before its last slash is this.
    Directory(Vec<u8>),
    /// The part behind its last slash is this.
    Filename(Vec<u8>),
    /// It ends so.
    Suffix(Vec<u8>),
    /// It holds this, which is a name's part with a dot in front ("/."): known to be false where it has
    /// no such part, never known to be true.
    Hidden(Vec<u8>),
}
