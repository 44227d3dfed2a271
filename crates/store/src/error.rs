//! Why the store cannot do what it was asked to.

use std::io;
use std::path::Path;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// `SQLite` refused.
    #[error("cannot {action} {file}: {source}")]
    Sqlite {
        /// What was to be done: `open`, `write to`.
        action: &'static str,
        /// The file.
        file: String,
        /// Why.
        source: rusqlite::Error,
    },
    /// A file or folder could not be used.
    #[error("cannot {action} {name}: {source}")]
    File {
        /// What was to be done.
        action: &'static str,
        /// The file or folder.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// A file of another version.
    #[error(
        "{file} has version {version} of the format, this program reads {known}: use the peregrine that wrote it"
    )]
    Version {
        /// The file.
        file: String,
        /// Its version.
        version: i64,
        /// The version there is.
        known: i64,
    },
    /// What a file holds is not what was written.
    #[error("{file} is damaged: {what}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// Another process writes the store.
    #[error("another peregrine hub writes {0}: stop it, or give another folder with --dir")]
    Locked(String),
}

impl StoreError {
    pub(crate) fn sqlite(
        action: &'static str,
        file: &Path,
    ) -> impl FnOnce(rusqlite::Error) -> Self {
        let file = file.display().to_string();
        move |source| Self::Sqlite { action, file, source }
    }

    pub(crate) fn file(action: &'static str, name: &Path) -> impl FnOnce(io::Error) -> Self {
        let name = name.display().to_string();
        move |source| Self::File { action, name, source }
    }

    /// Whether there was no room on the disk.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Sqlite { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Self::File { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}
