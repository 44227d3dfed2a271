//! Why a recording cannot begin.

use std::io;
use std::path::PathBuf;

use peregrine_probe::ProbeError;

use crate::event_filter::FilterError;

/// Why a recording cannot begin, or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The condition on events is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The kernel side cannot be set up.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The file cannot be opened or written.
    #[error("cannot write {}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The oldest file of the ring cannot be removed.
    #[error("cannot remove {}", file.display())]
    Remove {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file has hardly room for more than the host as it was before the first event.
    #[error(
        "--max-size {max}: what is on this host before the first event takes {size} bytes of every file; give at least {}MB",
        (size * 4).div_ceil(1_000_000)
    )]
    TooSmall {
        /// Bytes a file may have.
        max: u64,
        /// Bytes the host takes.
        size: u64,
    },
}
