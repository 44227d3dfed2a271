//! The types of outputs, a file each; `channels.rs` opens them.

pub(crate) mod falco_http;
pub(crate) mod file;
mod lines;
pub(crate) mod program;
pub(crate) mod stdout;
pub(crate) mod syslog;
pub(crate) mod webhook;
