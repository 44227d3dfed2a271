//! What an output is: the row of its type, the trait it implements, and why one fails.

use std::io;
use std::path::PathBuf;

use peregrine_alert::Alert;
use peregrine_config::Config;

/// One alert on its way out.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// It in the form of this output, without a newline.
    pub line: &'a str,
}

/// Where one output delivers alerts to.
pub trait Sink: Send {
    /// How people know it: `stdout`, `file /var/log/alerts`.
    fn name(&self) -> String;

    /// Adds one alert to those that the next [`Sink::flush`] delivers, or delivers it at once.
    ///
    /// # Errors
    /// When it was not delivered. The next one is tried all the same.
    fn write(&mut self, record: Record<'_>) -> Result<(), SinkError>;

    /// Delivers all that was written since the last flush.
    ///
    /// # Errors
    /// When not all of it was delivered; none of it is tried again.
    fn flush(&mut self) -> Result<(), SinkError>;

    /// Closes the file it writes to and opens it anew: somebody moved it away.
    ///
    /// # Errors
    /// When it cannot be opened. The next alert tries again.
    fn reopen(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Outputs that were opened; none where the configuration turns none on.
pub(crate) type Opened = Result<Vec<Box<dyn Sink>>, SinkError>;

/// One type of output.
pub(crate) struct OutputType {
    /// As the configuration names it.
    pub(crate) name: &'static str,
    /// Opens those outputs of this type that a configuration turns on.
    pub(crate) open: fn(&Config) -> Opened,
}

/// Why a sink cannot be opened, or does not deliver.
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
    /// What the configuration says of it is wrong, as far as only the start can tell.
    #[error("{0}")]
    Configuration(String),
    /// The receiver cannot be reached, or the exchange with it fails: by the library that speaks its protocol.
    #[error("{what}")]
    Exchange {
        /// What failed.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
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
        /// Its type.
        output: &'static str,
        /// Why not.
        source: SinkError,
    },
    /// There is no thread for it.
    #[error("cannot start the thread of output {output}")]
    Thread {
        /// Its name.
        output: String,
        /// Why not.
        source: io::Error,
    },
}
