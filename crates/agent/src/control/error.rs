//! Why there is no control socket.

use std::io;
use std::path::PathBuf;

/// Why the agent cannot listen at the path of its control socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Another agent listens there.
    #[error("another agent listens at {}", path.display())]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// Something lies there that no agent left.
    #[error("{} is there and no socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot {what} {}: {source}", path.display())]
    System {
        /// What was tried.
        what: &'static str,
        /// With which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There can be no thread for it.
    #[error("cannot start the thread of {}: {source}", path.display())]
    Thread {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
