//! The server as a client sees it.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod answers;
mod client;
mod lifecycle;
mod reports;
