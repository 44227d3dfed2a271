//! Why a hub does not start.

use std::io;
use std::net::SocketAddr;

use peregrine_journal::JournalError;
use peregrine_store::StoreError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The log cannot be used.
    #[error("the log of the hub: {0}")]
    Log(#[from] JournalError),
    /// The store cannot be used.
    #[error("the store of the hub: {0}")]
    Store(#[from] StoreError),
    /// A folder cannot be made.
    #[error("cannot create {folder}: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: io::Error,
    },
    /// The store has more than the log.
    #[error(
        "{folder} has a store that was written from record {indexed} of a log, and a log that ends with {last}: put the log back, or move the folder away to begin anew"
    )]
    LogIsOlder {
        /// The folder of both.
        folder: String,
        /// What the store was written from.
        indexed: u64,
        /// Where the log ends.
        last: u64,
    },
    /// An address that others can reach.
    #[error(
        "{flag} {address}: others can reach this address, and this version has neither a login nor TLS. Listen on 127.0.0.1 or [::1]{or}"
    )]
    NotLoopback {
        /// The flag.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// What else can be done.
        or: &'static str,
    },
    /// A port that cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A thread or the runtime does not start.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}
