//! What connections may do, and what answers them.

use std::sync::Arc;
use std::time::Duration;

/// Answers a path; none where there is no page. It may wait.
pub type Answer = Arc<dyn Fn(&str) -> Option<Page> + Send + Sync>;

/// What a path answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The status of HTTP.
    pub status: u16,
    /// The media type.
    pub media_type: &'static str,
    /// What it says.
    pub text: String,
}

impl Page {
    /// A page of JSON that says that all is well.
    pub fn json(text: String) -> Self {
        Self { status: 200, media_type: "application/json", text }
    }
}

/// What clients may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at once. One more ends the oldest.
    pub(super) connections: usize,
    /// How long a client may take for a handshake of TLS, and for a request; a connection may be silent as long.
    pub(super) request: Duration,
    /// How long a connection may be used.
    pub(super) connection: Duration,
    /// Bytes of a request's head.
    pub(super) head: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            request: Duration::from_secs(5),
            connection: Duration::from_mins(1),
            head: 16 << 10,
        }
    }
}
