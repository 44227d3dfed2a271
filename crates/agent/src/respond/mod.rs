//! Responses: what is done after an alert.
//!
//! `feed.rs` is the pipeline's side: it copies what responses read out of the event of a match, before anything is
//! rendered. `lane.rs` has the threads that act: one for what is done within milliseconds, one for what takes longer.
//! `slow.rs` is the second one, `host.rs` opens what they act on. `account.rs` makes alerts of what was done; `files.rs` reads response files.

mod account;
mod feed;
mod files;
mod host;
mod lane;
mod slow;

pub(crate) use account::alert;
pub use feed::{HitSink, ResponseFeed, ResponseHit};
pub use files::{ResponseFilesError, response_files, watched_responses};
pub use host::open_host;
pub(crate) use lane::{Lane, Report, ResponseSet};
