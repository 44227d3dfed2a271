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
    /// Nothing can be pinned there.
    #[error(
        "{0} is on no BPF file system, which `fail: closed` needs: mount -t bpf bpf /sys/fs/bpf (guard.pins)"
    )]
    NoBpfFs(std::path::PathBuf),
    /// What is there was not pinned by a guard.
    #[error("{0} is on no BPF file system: there are no pins of a guard (guard.pins)")]
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
