//! Why an output cannot be started, and why it does not deliver.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

/// Why an output cannot be opened, or does not deliver.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The file cannot be opened.
    #[error("cannot append to {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A FIFO that nobody reads.
    #[error("cannot append to {}: nobody reads this FIFO: start its reader first", path.display())]
    NoReader {
        /// The FIFO.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// A socket in the place of the file.
    #[error("cannot append to {}: it is a socket, not a file", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The receiver answers a request with an error.
    #[error("the answer is {status}: {answer}")]
    Status {
        /// The status.
        status: u16,
        /// The begin of what it says.
        answer: String,
    },
    /// The receiver refuses, or answers what its protocol does not allow.
    #[error("{0}")]
    Answer(String),
    /// What the configuration says of it is wrong, as far as only the start shows.
    #[error("{0}")]
    Configuration(String),
    /// This program was built without the type of the output.
    #[error("this peregrine has no outputs of type {0}")]
    NotBuilt(&'static str),
    /// The receiver cannot be reached, or the exchange with it fails: by the library that speaks its protocol.
    #[error("{what}")]
    Exchange {
        /// What failed.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The receiver cannot be reached, or the exchange with it fails: who it is, what failed, what to do.
    #[error("{0}")]
    Receiver(String),
    /// What was opened takes nothing.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Why an output cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// What it writes to cannot be opened.
    #[error("output {output}")]
    Open {
        /// Its name.
        output: String,
        /// Why not.
        source: SinkError,
    },
    /// Two outputs have one name: they could not be told apart in metrics and in the journal.
    #[error("two outputs are called {0}: give the one in `outputs` another `name`")]
    SameName(String),
    /// There is no thread for it.
    #[error("cannot start the thread of output {output}")]
    Thread {
        /// Its name.
        output: String,
        /// Why not.
        source: io::Error,
    },
    /// There is no thread that looks at all of them.
    #[error("cannot start the thread that watches the outputs")]
    Watchdog(#[source] io::Error),
}

/// An error and what caused it, in one line.
pub(crate) fn with_sources(error: &SinkError) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        line = format!("{line}: {source}");
        next = source.source();
    }
    line
}
