//! The types of outputs, a file each; `channels.rs` opens them.

pub(crate) mod file;
mod lines;
pub(crate) mod stdout;
