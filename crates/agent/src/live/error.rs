//! Why this host cannot be watched.

use std::io;

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
    /// There is no thread that resolves the names of hosts.
    #[error("cannot look for the addresses of hosts")]
    HostNames(#[source] io::Error),
    /// There is no thread that looks at the files rules name by whole paths.
    #[error("cannot look at the files that rules name")]
    Files(#[source] io::Error),
}
