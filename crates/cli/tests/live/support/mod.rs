//! What live tests share: the agent beside the test, and programs that act.

pub(crate) mod act;
pub(crate) mod agent;

use std::process::Command;

/// Sends a signal by its name: `HUP`.
pub(crate) fn signal(pid: u32, name: &str) {
    let done = Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap();
    assert!(done.success(), "{name}");
}
