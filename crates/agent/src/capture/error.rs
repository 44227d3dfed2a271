//! Why a capture cannot be read, shown or written.

use std::io;
use std::path::PathBuf;

use peregrine_filter::TemplateError;
use peregrine_outputs::OutputError;
use peregrine_scap::{ConvertError, ScapError};

use crate::event_filter::FilterError;

/// Why a capture cannot be read, shown or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot open the capture {}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is not a capture, or damaged: everything before the damage was read.
    #[error("{}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: ScapError,
    },
    /// Events cannot be converted to the current schema; all others were read.
    #[error("{}: {count} events cannot be converted: {why}", file.display())]
    LeftOut {
        /// The file.
        file: PathBuf,
        /// How many.
        count: u64,
        /// Why, for the first of them.
        why: ConvertError,
    },
    /// The condition on events is invalid.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The format of lines is invalid.
    #[error("invalid format {format}: {error}")]
    Format {
        /// The format.
        format: String,
        /// What is wrong with it, and where.
        error: TemplateError,
    },
    /// The target is the capture that is read.
    #[error("{} cannot be read and written at once", .0.display())]
    SameFile(PathBuf),
    /// Of several captures one was to be made.
    #[error("{}: a part is taken of one capture, not of several", .0.display())]
    Several(PathBuf),
    /// The other capture cannot be written.
    #[error("cannot write {}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A time is counted from the end of input that can be read only once.
    #[error("{}: where it ends is known when it is read: a time before the end needs files", .0.display())]
    NoEnd(PathBuf),
    /// Lines cannot be written.
    #[error("cannot print the events")]
    Print(#[source] io::Error),
    /// An output cannot be opened.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The thread that writes captures on a match cannot be started.
    #[error("cannot start the thread that writes captures")]
    Captures(#[source] io::Error),
}
