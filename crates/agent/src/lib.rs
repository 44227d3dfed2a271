//! The pipeline and everything around it: configuration, rules, the source of events, the account.
//!
//! In: a configuration file, `-o key=value`, rule files, events of this host. Out: alerts through
//! the outputs, and at the end a [`report::RunReport`] of what was seen, matched and lost.
//! Never: a half-loaded configuration or rule set; a loss that is not told.
//!
//! Begin at `pipeline.rs`: its body is the way of an event. [`live`] watches this host, [`capture`]
//! reads what was recorded, [`record`] writes it, [`scenario`] runs the tests of rules.

pub mod capture;
mod event_filter;
pub mod generation;
pub mod live;
pub mod metrics;
pub mod notice;
pub mod options;
pub mod pipeline;
mod poll_loop;
mod program_origin;
pub mod record;
pub mod report;
mod resolve_paths;
pub mod rules;
pub mod scenario;
pub mod signals;
pub mod source;
mod stream;
pub mod syscall_interest;

pub use event_filter::FilterError;
pub use peregrine_hostinfo::hostname;
pub use peregrine_scap::ScapError;
