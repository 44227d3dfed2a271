//! Reading captures: `source.rs` reads their records, `host.rs` what they say about their host.
//! `cursor.rs` goes from event to event, [`replay`] evaluates rules, [`mod@print`] prints events,
//! [`subset`] writes some of them to another file, [`mod@tree`] collects their
//! processes, [`rule_cost`] measures what rules cost, [`rehearse`] asks what policies would have denied.

mod cursor;
mod error;
mod host;
mod input;
pub mod print;
pub mod rehearse;
pub mod replay;
pub mod rule_cost;
mod source;
pub mod subset;
pub mod tree;
mod window;

pub use error::CaptureError;
pub use input::{Input, Progress};
pub use source::{CaptureSource, Times};
pub use window::{Known, Moment, Span, Window};
