//! Captures being read: `source.rs` has their records, `host.rs` what else they know of their host.
//! `cursor.rs` goes from event to event, [`replay`] asks rules about them, [`mod@print`] shows them,
//! [`subset`] writes some of them to another file, [`rule_cost`] measures what rules cost on them.

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
