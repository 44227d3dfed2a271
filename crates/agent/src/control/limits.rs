//! What connections may do, and what answers them.

use std::sync::Arc;
use std::time::Duration;

use peregrine_control::{Failure, Request};
use serde_json::Value as Json;

/// Answers a request. It is called on the thread of the connection and may wait there.
pub type Answer = Arc<dyn Fn(&Request) -> Result<Json, Failure> + Send + Sync>;

/// What clients may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at once.
    pub(super) connections: usize,
    /// How long a connection may be silent before a request begins.
    pub(super) idle: Duration,
    /// How long a request may take from its first byte to its newline, and an answer to be taken.
    pub(super) line: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 16, idle: Duration::from_secs(30), line: Duration::from_secs(5) }
    }
}
