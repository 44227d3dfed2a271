//! What no response ever touches.

use std::collections::BTreeSet;

use crate::error::ActError;
use crate::process_table::{Entry, identity, program};

/// The way in, and what a host cannot be without: by the file, not by a name that anybody can take.
const PROGRAMS: &[&str] = &[
    "/usr/sbin/sshd",
    "/usr/lib/openssh/sshd-session",
    "/usr/lib/openssh/sshd-auth",
    "/usr/libexec/openssh/sshd-session",
    "/usr/libexec/openssh/sshd-auth",
    "/usr/bin/login",
    "/bin/login",
    "/usr/sbin/agetty",
    "/sbin/agetty",
    "/usr/lib/systemd/systemd",
    "/usr/lib/systemd/systemd-logind",
    "/usr/lib/systemd/systemd-journald",
    "/usr/lib/systemd/systemd-udevd",
    "/usr/bin/dbus-daemon",
    "/usr/bin/dbus-broker",
];

/// What no response ever touches.
#[derive(Debug)]
pub(crate) struct Protection {
    own: i32,
    /// The programs of the agent.
    agent: Option<(u64, u64)>,
    programs: BTreeSet<(u64, u64)>,
}

impl Protection {
    pub(crate) fn new() -> Self {
        Self {
            own: std::process::id().cast_signed(),
            agent: program(std::process::id().cast_signed()),
            programs: PROGRAMS.iter().filter_map(identity).collect(),
        }
    }

    /// Why a process is never touched.
    pub(crate) fn of(&self, entry: &Entry) -> Option<&'static str> {
        if entry.pid == 1 {
            return Some("it is the first process");
        }
        if entry.is_kernel_thread() {
            return Some("it is a thread of the kernel");
        }
        if entry.pid == self.own {
            return Some("it is the agent");
        }
        let runs = program(entry.pid)?;
        if Some(runs) == self.agent {
            return Some("it is the agent");
        }
        self.programs.contains(&runs).then_some("it is the way in, or what the host runs on")
    }

    /// The same as an error.
    pub(crate) fn check(&self, entry: &Entry) -> Result<(), ActError> {
        match self.of(entry) {
            Some(why) => Err(ActError::Protected { what: format!("process {}", entry.pid), why }),
            None => Ok(()),
        }
    }

    /// Whether a file is the agent's program.
    pub(crate) fn is_agent(&self, file: (u64, u64)) -> bool {
        Some(file) == self.agent
    }
}
