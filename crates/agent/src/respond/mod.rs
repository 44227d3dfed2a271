//! Responses: what is done after an alert.
//!
//! `feed.rs` is the pipeline's side: it copies what responses read out of the event of a match, before anything is
//! rendered. `files.rs` reads response files.

mod feed;
mod files;

pub use feed::{HitSink, ResponseFeed, ResponseHit};
pub use files::{ResponseFilesError, response_files};
