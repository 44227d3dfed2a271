//! Why a recording cannot begin.

use std::io;
use std::path::PathBuf;

use peregrine_probe::ProbeError;

use crate::event_filter::FilterError;

/// Why a recording cannot begin, or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The condition on events is invalid.
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
    /// The thread that asks container engines cannot be started.
    #[error("cannot start the thread that asks container engines")]
    Containers(#[source] io::Error),
    /// The oldest file of the ring cannot be removed.
    #[error("cannot remove {}", file.display())]
    Remove {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The state of the host at the start leaves hardly any room in a file.
    #[error(
        "--max-size {max}: the state of this host takes {size} bytes of every file; set at least {}MB",
        (size * 4).div_ceil(1_000_000)
    )]
    TooSmall {
        /// The maximum size of a file in bytes.
        max: u64,
        /// The size of the state in bytes.
        size: u64,
    },
}
