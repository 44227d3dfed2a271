//! The hub: alerts of many hosts in one place.
//!
//! In: alerts over HTTP, as Falco, falcosidekick and its senders send them. Out: an acknowledgement once an alert is on
//! the disk for good; what is searched for.
//! Never: an acknowledged alert that is lost or twice in the store, a request without a limit, a refusal without its
//! reason.
//!
//! What is received is appended to a log (the crate `journal`), made durable in groups and then acknowledged. The
//! indexer reads the log and writes the store (the crate `store`); how far it has come is in the transaction of what
//! it wrote. `log.rs` is the one side, `indexer.rs` the other.

mod api;
mod clock;
mod compat;
mod counts;
mod disk;
mod error;
mod hub;
mod indexer;
mod ingest;
mod item;
mod limits;
mod live;
mod log;
mod problem;
mod reader;
mod serve;
#[cfg(test)]
mod tests;

pub use error::HubError;
pub use hub::{Hub, Options};
pub use peregrine_store::Keep;
