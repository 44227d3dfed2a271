//! Why captures cannot be read.

use std::io;

use peregrine_event::ViewError;

/// Why a capture cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScapError {
    /// The file is not a capture.
    #[error("not a capture: {0}")]
    NotACapture(#[from] NotACapture),
    /// The file is truncated or damaged.
    #[error("the capture is damaged at byte {offset}: {damage}; everything before it was read")]
    Damaged {
        /// Offset in the uncompressed bytes.
        offset: u64,
        /// What is wrong there.
        damage: Damage,
    },
    /// Reading failed.
    #[error("the capture cannot be read at byte {offset}")]
    Io {
        /// Offset in the uncompressed bytes.
        offset: u64,
        /// The cause.
        source: io::Error,
    },
}

/// Why a file is not a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACapture {
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// Its first block is another one.
    #[error("it does not start with a section header")]
    NoSectionHeader,
    /// Its section header has another magic number.
    #[error("it has another byte order or format")]
    Foreign,
    /// Its section header has another version.
    #[error("the version of its section header is not 1")]
    Version,
    /// It holds packets of a network.
    #[error("it is a network capture (pcap-ng)")]
    Packets,
}

/// What is wrong at a place of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file ends within the header of a block.
    #[error("the header of a block is truncated")]
    Header,
    /// The length of a block is smaller than its header, or larger than any block.
    #[error("a block has a length of {bytes} bytes")]
    Length {
        /// The length, header and trailer included.
        bytes: usize,
    },
    /// The file ends within a block.
    #[error("the last block is truncated")]
    Block,
    /// The length in front of a block is not the length behind it.
    #[error("the two lengths of a block differ")]
    Lengths,
    /// The content of a block is not of its type.
    #[error("malformed content in a block of type {kind:#x}")]
    Content {
        /// The type.
        kind: u32,
    },
}

/// Why an event of an older schema cannot be converted to the current one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// It is not an event.
    #[error(transparent)]
    View(#[from] ViewError),
    /// There is no conversion.
    #[error("no conversion of {code} with {params} parameters to the current schema")]
    Unknown {
        /// Name of its code.
        code: &'static str,
        /// How many parameters it has.
        params: usize,
    },
    /// The conversions go on and on.
    #[error("the conversion of an event of code {code} does not end")]
    Endless {
        /// The code.
        code: u16,
    },
    /// The enter event before it is of another call.
    #[error("the exit {exit} follows the enter event {enter} of its thread")]
    Enter {
        /// Name of the code of the exit event.
        exit: &'static str,
        /// Name of the code of the enter event.
        enter: &'static str,
    },
    /// It lacks a parameter that its conversion uses.
    #[error("an event of code {code} has no parameter {index}")]
    Parameter {
        /// Name of its code.
        code: &'static str,
        /// Which, from 0.
        index: usize,
    },
}
