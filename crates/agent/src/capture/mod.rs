//! Reading captures: `source.rs` reads their records, `host.rs` what they say about their host.
//! `cursor.rs` goes from event to event, [`replay`] evaluates rules, [`mod@print`] prints events,
//! [`subset`] writes some of them to another file, [`rule_cost`] measures what rules cost.

mod cursor;
mod error;
mod host;
pub mod print;
pub mod replay;
pub mod rule_cost;
mod source;
pub mod subset;
mod window;

pub use error::CaptureError;
pub use source::CaptureSource;
pub use window::{Moment, Window};
