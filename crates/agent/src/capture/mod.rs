//! Captures being read: `source.rs` has their records, `host.rs` what else they know of their host.
//! `cursor.rs` goes from event to event, [`replay`] asks rules about them, [`mod@print`] shows them,
//! [`subset`] writes some of them to another file, [`mod@tree`] gathers their processes, [`rule_cost`] measures what rules cost on them.

mod cursor;
mod error;
mod host;
mod input;
pub mod print;
pub mod replay;
pub mod rule_cost;
mod source;
pub mod subset;
pub mod tree;
mod window;

pub use error::CaptureError;
pub use input::{Input, Progress};
pub use source::{CaptureSource, Times};
pub use window::{Moment, Span, Window};
