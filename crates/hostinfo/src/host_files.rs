//! Where the host's files are: below `HOST_ROOT` for an agent in a container of its own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The pid namespace of the host: its inode number is fixed.
const HOST_PIDS: &str = "pid:[4026531836]";

/// The directory below which the host's files are: `HOST_ROOT`, else the root.
pub fn root() -> PathBuf {
    let root = std::env::var_os("HOST_ROOT").filter(|root| !root.is_empty());
    root.map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// The host's `/proc`: the one below `HOST_ROOT`, where there is one.
pub(crate) fn proc() -> &'static str {
    static PROC: OnceLock<String> = OnceLock::new();
    PROC.get_or_init(|| {
        let proc = root().join("proc").display().to_string();
        if Path::new(&proc).join("stat").exists() { proc } else { "/proc".to_owned() }
    })
}

/// Whether the host's `/proc` is another one than that of this process's pid namespace.
pub(crate) fn is_other_proc() -> bool {
    proc() != "/proc"
}

/// The number of this process on the host; `None` where not all processes of the host are in its `/proc`.
pub fn own_pid() -> Option<u32> {
    // `self` of a mounted `/proc` is the number in the namespace it was mounted from.
    let own = std::fs::read_link(format!("{}/self", proc())).ok()?;
    let own: u32 = own.to_str()?.parse().ok()?;
    let is_hosts = if is_other_proc() {
        // Only the host's has the kernel's own threads; process 1 may not be looked into.
        std::fs::read_to_string(format!("{}/2/comm", proc())).is_ok_and(|name| name == "kthreadd\n")
    } else {
        let namespace = std::fs::read_link("/proc/self/ns/pid");
        namespace.is_ok_and(|name| name.as_os_str() == HOST_PIDS) && own == std::process::id()
    };
    is_hosts.then_some(own)
}

/// Whether this process sees all others, in the host's `/proc`.
pub fn sees_all() -> bool {
    own_pid().is_some()
}
