//! Why an action was not done.

use std::io;

/// Why an action was not done. `Display` is a reason for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// The process ended.
    #[error("process {0} is gone")]
    Gone(i32),
    /// The number is another process's now.
    #[error("the number {0} is another process's now")]
    AnotherProcess(i32),
    /// Nothing is done to it, whatever a response says.
    #[error("{what} is never touched: {why}")]
    Protected {
        /// What.
        what: String,
        /// Why.
        why: &'static str,
    },
    /// The container is not the one of the event, or there is none.
    #[error("there is no process of the container {0}")]
    NoContainer(String),
    /// Some are left.
    #[error("{0} processes are left after {1} rounds")]
    Left(usize, usize),
    /// A symbolic link somebody else could have put there.
    #[error("{0} is a symbolic link that others may have put there")]
    Symlink(String),
    /// The file is not the one of the event.
    #[error("another file is at {0} now")]
    AnotherFile(String),
    /// Neither moved nor read.
    #[error("{0} is no regular file")]
    NotRegular(String),
    /// Somebody runs or has it open.
    #[error("{file} is in use by process {pid} ({how})")]
    InUse {
        /// The file.
        file: String,
        /// By whom.
        pid: i32,
        /// How.
        how: &'static str,
    },
    /// Something is where it is to be put back.
    #[error("something is at {0} already")]
    Occupied(String),
    /// What is in the store is not what was put there.
    #[error("the stored copy of {0} is damaged: its hash is another one")]
    Damaged(String),
    /// The folder of the store may be written by others.
    #[error("{0} must be a folder of root that nobody else may enter")]
    OpenStore(String),
    /// There is nothing to take back.
    #[error("{0}")]
    NothingToUndo(&'static str),
    /// Nobody has this number.
    #[error("no action has the number {0}")]
    NoRecord(u64),
    /// It is not what it was written as.
    #[error("{0} does not exist")]
    Missing(String),
    /// A program that does it failed.
    #[error("{program}: {said}")]
    Tool {
        /// Which.
        program: String,
        /// What it said, or how it ended.
        said: String,
    },
    /// The system refused.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// This build or host cannot do it.
    #[error("{0}")]
    Unable(String),
}

/// Says what was tried when the system refused.
pub(crate) fn tried<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> ActError {
    let what = what.into();
    move |source| ActError::System { what, source: source.into() }
}
