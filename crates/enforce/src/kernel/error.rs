//! What can go wrong between policies and the kernel.

use peregrine_guard::Act;
use peregrine_probe::{ProbeError, Refused};

/// Why policies are not in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnforceError {
    /// The kernel refused a program or a map.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The kernel refused something else.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A call failed.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Nothing here can decide about an act that policies are about.
    #[error("no program of this kernel can decide about the act '{}': {why}", act.name())]
    NoHook {
        /// The act.
        act: Act,
        /// What was looked for.
        why: String,
    },
    /// More than fits into a table.
    #[error("{what}: at most {most} fit, these are {asked}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        asked: usize,
        /// How many fit.
        most: usize,
    },
    /// The maps that were pinned are not those of this program.
    #[error("{0} is not a folder of pins of a guard: remove it with 'peregrine guard off'")]
    Pins(std::path::PathBuf),
}

/// A failed call, with what it was for.
pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> EnforceError {
    let what = what.into();
    move |source| EnforceError::Io { what, source }
}

/// That libbpf or the kernel refused.
pub(super) fn refused(what: impl Into<String>) -> impl FnOnce(libbpf_rs::Error) -> EnforceError {
    let what = what.into();
    move |error| peregrine_probe::object::refused(what, error).into()
}
