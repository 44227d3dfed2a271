//! What the agent takes from itself: rights and system calls that it does not need, so that who takes it over has
//! little of them.
//!
//! In: nothing. Out: a process with fewer rights. Never: a right that comes back; a call the agent itself makes that
//! is denied. Programs of outputs are its children and have no more than it: they start, read, write and connect, and
//! mount, trace and load nothing.

mod calls;

use std::io;

use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
};
use seccompiler::{apply_filter_all_threads, sock_filter};

/// Rights that are used as long as it runs: those of the systemd unit.
const CAPABILITIES: CapabilitySet = CapabilitySet::BPF
    .union(CapabilitySet::PERFMON)
    .union(CapabilitySet::SYS_PTRACE)
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::KILL);

/// Why the sandbox is not there, or not whole.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Rights cannot be given up.
    #[error("it keeps rights that it does not need: {0}")]
    Capabilities(Errno),
    /// The kernel takes no filter.
    #[error("it may make every system call: {0}")]
    Filter(String),
}

/// Gives up every right that is not among [`CAPABILITIES`], for this thread and those it starts, and for the programs
/// they start: to be called while there is one thread.
///
/// # Errors
/// When the kernel refuses. Some may be given up.
pub(crate) fn limit_capabilities() -> Result<(), SandboxError> {
    limit().map_err(SandboxError::Capabilities)
}

fn limit() -> Result<(), Errno> {
    let own = capabilities(None)?;
    for capability in CapabilitySet::all().difference(CAPABILITIES) {
        match capability_is_in_bounding_set(capability) {
            Ok(true) => match remove_capability_from_bounding_set(capability) {
                // Who is not root may not; its programs get no rights either.
                Err(Errno::PERM) if own.permitted.is_empty() || !is_root() => {}
                done => done?,
            },
            // The kernel does not know it.
            Ok(false) | Err(Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
    }
    // Those of programs that are started by somebody else than root.
    clear_ambient_capability_set()?;
    set_capabilities(
        None,
        CapabilitySets {
            effective: own.effective.intersection(CAPABILITIES),
            permitted: own.permitted.intersection(CAPABILITIES),
            inheritable: CapabilitySet::empty(),
        },
    )
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Denies all threads and the programs they start every system call that none of them needs, and new rights by
/// setuid programs. To be called once everything has started.
///
/// `marks`: files are still to be marked for fanotify, which a thread of the agent does.
///
/// # Errors
/// When the kernel takes no filter.
pub(crate) fn deny_calls(marks: bool) -> Result<(), SandboxError> {
    let filter = |error: &dyn std::fmt::Display| SandboxError::Filter(error.to_string());
    let programs = calls::filters(marks).map_err(|error| filter(&error))?;
    for program in programs {
        let program: Vec<sock_filter> = program;
        apply_filter_all_threads(&program).map_err(|error| filter(&why(error)))?;
    }
    Ok(())
}

/// The words of the system, where it said why.
fn why(error: seccompiler::Error) -> String {
    match error {
        seccompiler::Error::Seccomp(error) | seccompiler::Error::Prctl(error) => plain(&error),
        error => error.to_string(),
    }
}

fn plain(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(22) => "this kernel has no seccomp".to_owned(),
        _ => error.to_string(),
    }
}
