//! Why this host cannot be watched.

use std::io;
use std::path::PathBuf;

use peregrine_outputs::OutputError;
use peregrine_probe::ProbeError;

/// Why this host cannot be watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// The kernel side cannot be set up.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// An output cannot be opened.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// There is no thread that writes the journal.
    #[error("cannot write the journal")]
    Journal(#[source] io::Error),
    /// The journal's key lies where the journal is: whoever can change the one could sign it anew.
    #[error("journal.key is in {}, the folder of the journal: set it to a file elsewhere", path.display())]
    JournalKey {
        /// The folder.
        path: PathBuf,
    },
    /// There is no thread that resolves the names of hosts.
    #[error("cannot look for the addresses of hosts")]
    HostNames(#[source] io::Error),
    /// There is no thread that looks at the files rules name by whole paths.
    #[error("cannot look at the files that rules name")]
    Files(#[source] io::Error),
}
