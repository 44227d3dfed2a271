//! The files of a recording: one, or a ring of them.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::error::RecordError;
use super::target::{Packing, Target};

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
}

/// The files of a recording and the name of the next one.
#[derive(Debug)]
pub(crate) struct Files {
    path: PathBuf,
    packing: Packing,
    /// The maximum number of files; without it there is one, under the given name.
    most: Option<usize>,
    /// Files begun so far.
    begun: u64,
    there: VecDeque<Written>,
    removed: u64,
}

impl Files {
    pub(crate) fn new(path: PathBuf, packing: Packing, most: Option<usize>) -> Self {
        Self { path, packing, most, begun: 0, there: VecDeque::new(), removed: 0 }
    }

    /// Whether another file may follow the current one.
    pub(crate) fn rotates(&self) -> bool {
        self.most.is_some()
    }

    /// Begins the next file; where the ring is full it replaces the oldest.
    pub(crate) fn next(&mut self) -> Result<Target, RecordError> {
        while self.most.is_some_and(|most| self.there.len() >= most.max(1)) {
            let Some(oldest) = self.there.pop_front() else { break };
            match std::fs::remove_file(&oldest.path) {
                // It is removed already.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(RecordError::Remove { file: oldest.path, source: error });
                }
                _ => self.removed += 1,
            }
        }
        self.begun += 1;
        let path = match self.most {
            Some(_) => numbered(&self.path, self.begun),
            None => self.path.clone(),
        };
        let target = Target::create(&path, self.packing)
            .map_err(|source| RecordError::Write { file: path.clone(), source })?;
        self.there.push_back(Written { path, bytes: 0 });
        Ok(target)
    }

    /// Removes the current file, which holds nothing. What is not a plain file stays.
    pub(crate) fn discard(&self) {
        let path = self.current();
        if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// The current file.
    pub(crate) fn current(&self) -> &Path {
        self.there.back().map_or(&self.path, |written| &written.path)
    }

    /// The error of the current file.
    pub(crate) fn failed(&self, source: io::Error) -> RecordError {
        RecordError::Write { file: self.current().to_owned(), source }
    }

    /// Stores the size of the current file.
    pub(crate) fn grown(&mut self, bytes: u64) {
        if let Some(current) = self.there.back_mut() {
            current.bytes = bytes;
        }
    }

    /// The files that are there, oldest first, and how many were removed.
    pub(crate) fn into_written(self) -> (Vec<Written>, u64) {
        (self.there.into(), self.removed)
    }
}

/// `trace.scap.gz` with a number: `trace.0007.scap.gz`.
fn numbered(path: &Path, number: u64) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    let (mut stem, mut endings) = (name, OsString::new());
    for known in ["gz", "zst", "scap"] {
        let bare = Path::new(stem);
        if bare.extension() == Some(OsStr::new(known))
            && let Some(front) = bare.file_stem()
        {
            let mut longer = OsString::from(".");
            longer.push(known);
            longer.push(&endings);
            (stem, endings) = (front, longer);
        }
    }
    let mut whole = stem.to_owned();
    whole.push(format!(".{number:04}"));
    whole.push(endings);
    path.with_file_name(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_before_the_endings() {
        for (name, expected) in [
            ("trace.scap", "trace.0007.scap"),
            ("/var/a.b/trace.scap.gz", "/var/a.b/trace.0007.scap.gz"),
            ("trace.zst", "trace.0007.zst"),
            ("trace", "trace.0007"),
            ("trace.log", "trace.log.0007"),
            (".scap", ".scap.0007"),
        ] {
            assert_eq!(numbered(Path::new(name), 7), Path::new(expected), "{name}");
        }
        assert_eq!(numbered(Path::new("t.scap"), 12_345), Path::new("t.12345.scap"));
    }
}
