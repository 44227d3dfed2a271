//! The pipeline and everything around it: rules, the source of events, recordings, reports.
//!
//! In: a configuration, rule files, events of this host or of a capture. Out: alerts through the
//! outputs, and at the end a [`report::RunReport`] of what was processed, matched and lost.
//! Never: a half-loaded configuration or rule set; a loss that is not reported.
//!
//! Begin at `pipeline.rs`: its body is what happens with an event. [`live`] monitors this host, [`reload`] gives it other rules,
//! [`capture`] reads captures, [`record`] writes them, [`scenario`] runs the tests of rules.

pub mod capture;
mod container_requests;
pub mod control;
mod drops;
mod evaluation;
mod event_filter;
pub mod generation;
pub mod guard;
pub mod live;
pub mod metrics;
pub mod notice;
mod notice_thread;
mod on_match;
pub mod options;
mod parking;
pub mod pipeline;
mod poll_loop;
mod program_origin;
pub mod record;
pub mod reload;
pub mod report;
mod resolve_paths;
pub mod respond;
mod rule_times;
pub mod rules;
pub mod sandbox;
pub mod scenario;
pub mod service;
pub mod signals;
pub mod source;
mod stages;
mod stream;
pub mod syscall_interest;
pub mod web;

pub use event_filter::FilterError;
pub use peregrine_hostinfo::hostname;
pub use peregrine_outputs::OpenOutputs;
pub use peregrine_scap::ScapError;
