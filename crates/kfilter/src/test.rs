//! What the kernel can test.

use std::net::IpAddr;

/// The test of a step.
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
    /// The kind of what was opened is one of these ([`kinds`]).
    Kind(u32),
    /// One of the file's names is one of these.
    Name(Vec<NameTest>),
    /// The requested name holds two dots in a row: known to be false, never known to be true.
    Dots,
    /// The descriptor is of one of these kinds: `SCAP_FD_*` as bits.
    FdKind(u32),
    /// It has one of these transport protocols: `SCAP_L4_*` as bits.
    Transport(u32),
    /// It is an internet socket without a peer.
    Unmet,
    /// A port of the connection is in this range.
    Port {
        /// The first.
        from: u16,
        /// The last.
        to: u16,
        /// Whichever end has it; otherwise the client's or the server's, and the kernel does not know
        /// which is which.
        either: bool,
    },
    /// An address of the connection is in this network.
    Net {
        /// An address of the network.
        net: IpAddr,
        /// The length of its prefix in bits.
        prefix: u8,
        /// As in [`Test::Port`].
        either: bool,
    },
    /// The name of the process, or of an ancestor, is one of these.
    ProcessName(Whose, Vec<Vec<u8>>),
    /// The effective user is in this range.
    Uid {
        /// The first.
        from: u32,
        /// The last.
        to: u32,
    },
    /// The process runs in a container.
    Container,
}

/// Which process [`Test::ProcessName`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The caller.
    Own,
    /// Its parent.
    Parent,
    /// Any ancestor.
    Above,
}

/// Bits of [`Test::Kind`].
pub mod kinds {
    pub use crate::layout::{
        KIND_DIRECTORY as DIRECTORY, KIND_FAILED as FAILED, KIND_FILE as FILE,
    };
}

/// A test of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameTest {
    /// It is equal.
    Exact(Vec<u8>),
    /// It begins with this.
    Prefix(Vec<u8>),
    /// The part before its last slash is this.
    Directory(Vec<u8>),
    /// The part behind its last slash is this.
    Filename(Vec<u8>),
    /// It ends with this.
    Suffix(Vec<u8>),
    /// It holds this, which is a part of a name that begins with a dot ("/."): known to be false where
    /// it has no such part, never known to be true.
    Hidden(Vec<u8>),
}
