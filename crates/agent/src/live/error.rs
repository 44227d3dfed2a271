//! Why this host cannot be monitored.

use std::io;
use std::path::PathBuf;

use peregrine_outputs::OutputError;
use peregrine_probe::ProbeError;

use crate::guard::GuardError;
use crate::web::WebError;

/// Why this host cannot be monitored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// The kernel side cannot be set up.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// An output cannot be opened.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The thread that writes the journal cannot be started.
    #[error("cannot start the thread that writes the journal")]
    Journal(#[source] io::Error),
    /// The journal's key lies where the journal is: whoever can change the one could sign it anew.
    #[error("journal.key is in {}, the folder of the journal: set it to a file elsewhere", path.display())]
    JournalKey {
        /// The folder.
        path: PathBuf,
    },
    /// The file of regular figures cannot be opened.
    #[error("cannot open {} (metrics.output_file)", path.display())]
    MetricsFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The thread that reports figures cannot be started.
    #[error("cannot start the thread that reports metrics")]
    MetricsThread(#[source] io::Error),
    /// The web server cannot be started.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The thread that writes notices cannot be started.
    #[error("cannot start the thread that writes notices")]
    Notices(#[source] io::Error),
    /// The thread that resolves host names cannot be started.
    #[error("cannot start the thread that resolves host names")]
    HostNames(#[source] io::Error),
    /// The thread that asks container engines cannot be started.
    #[error("cannot start the thread that asks container engines")]
    Containers(#[source] io::Error),
    /// Policies cannot take hold.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The thread that writes captures cannot be started.
    #[error("cannot start the thread that writes captures")]
    Captures(#[source] io::Error),
    /// Responses have mistakes.
    #[error(transparent)]
    Responses(#[from] crate::respond::ResponseFilesError),
    /// Nothing can be done after alerts: the store cannot be used.
    #[error("responses cannot be done: {0}")]
    Store(#[from] peregrine_act::ActError),
    /// The threads of responses cannot be started.
    #[error("cannot start the threads of responses")]
    ResponseThreads(#[source] io::Error),
    /// The thread that looks up the files that rules name by whole paths cannot be started.
    #[error("cannot start the thread that watches the files that rules name")]
    Files(#[source] io::Error),
}
