//! Why a journal cannot be written or read.

use std::io;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file or folder could not be used.
    #[error("cannot {action} {name}: {source}")]
    Storage {
        /// What was to be done: `read`, `create`, `append to`.
        action: &'static str,
        /// The file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// Another program writes it.
    #[error(
        "another peregrine writes the journal in {0}: stop it, or set journal.path to another folder"
    )]
    Locked(String),
    /// A key is no key.
    #[error(
        "{0} is no key of a journal: put the right file back, or move it away to begin with a new key"
    )]
    Key(String),
    /// There is no public key to verify with.
    #[error("there is no public key {0}: the agent makes it when it first writes the journal")]
    NoKey(String),
    /// A segment of another version.
    #[error("{name} has version {version} of the format, this program reads {known}")]
    Version {
        /// The segment.
        name: String,
        /// Its version.
        version: u8,
        /// The version there is.
        known: u8,
    },
    /// An alert is longer than records may be.
    #[error("an alert of {0} bytes is longer than a record may be")]
    TooLong(usize),
    /// So much waits to be written that no more is taken.
    #[error("the journal cannot be written and no more is kept in memory")]
    Full,
}

impl JournalError {
    /// Says what was to be done with which file.
    pub(crate) fn storage(action: &'static str, name: &str) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_owned();
        move |source| Self::Storage { action, name, source }
    }
}
