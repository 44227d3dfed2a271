//! The files that are read: one capture, or several in order.

use std::cell::Cell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use peregrine_scap::Reader;

use super::error::CaptureError;

/// Stands for stdin.
const STDIN: &str = "-";

/// What is read.
#[derive(Clone, Default)]
pub struct Input<'p> {
    /// The captures, in order; `-` is stdin.
    pub files: Vec<PathBuf>,
    /// Told now and then how far reading came.
    pub progress: Option<&'p dyn Fn(&Progress)>,
}

impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("files", &self.files).finish_non_exhaustive()
    }
}

impl From<&Path> for Input<'_> {
    fn from(file: &Path) -> Self {
        Self { files: vec![file.to_owned()], progress: None }
    }
}

/// How far reading came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Events so far.
    pub events: u64,
    /// Bytes of the files so far.
    pub bytes: u64,
    /// Bytes of all files; 0 where their sizes are unknown.
    pub of: u64,
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let got = self.input.read(room)?;
        self.bytes.set(self.bytes.get() + got as u64);
        Ok(got)
    }
}

/// Whether it is stdin.
pub(super) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == STDIN
}

/// Opens a capture; what is read of it is added to `bytes`.
///
/// # Errors
/// When the file cannot be opened or is no capture.
pub(super) fn open(file: &Path, bytes: &Rc<Cell<u64>>) -> Result<Reader<'static>, CaptureError> {
    let bytes = Rc::clone(bytes);
    let reader = if is_stdin(file) {
        Reader::new(Counted { input: std::io::stdin(), bytes })
    } else {
        let input = File::open(file)
            .map_err(|source| CaptureError::Open { file: file.to_owned(), source })?;
        Reader::new(Counted { input, bytes })
    };
    reader.map_err(|source| CaptureError::Read { file: file.to_owned(), source })
}

/// Bytes of all files; 0 where one is no file.
pub(super) fn size(files: &[PathBuf]) -> u64 {
    let of = |file: &PathBuf| {
        file.metadata().ok().filter(std::fs::Metadata::is_file).map(|about| about.len())
    };
    files.iter().map(of).sum::<Option<u64>>().unwrap_or(0)
}
