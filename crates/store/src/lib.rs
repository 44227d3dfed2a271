//! Alerts of many hosts: kept in files of `SQLite`, found by condition.
//!
//! In: alerts as Falco writes them (JSON, kept byte for byte), with the place of the log they were read from; questions.
//! Out: pages of alerts, newest first; bars over time; facets. Each answer says whether it is exact and whether it is
//! all of it.
//! Never: HTTP, an alert that its condition does not hold for, a question without a bound of time.
//!
//! A search over-approximates and checks: `plan.rs` derives from a condition which terms each match must
//! have, the index of a file lists the alerts with these, and the evaluator of the language decides about each
//! (`terms.rs` has what is indexed). One file has the alerts that were received on one day, or two millions of them;
//! [`Store`] has the files, [`Writer`] writes the newest.

mod answer;
mod bars;
mod codec;
mod document;
mod error;
mod facet;
mod issue;
mod page;
mod plan;
mod prepare;
mod query;
mod retention;
mod sqlite;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod text;
mod writer;

pub use answer::{Bars, Budget, Exactness, FacetValue, Facets, Hit, Page, Window};
pub use bars::BarsRequest;
pub use document::{Document, MAX_DEPTH, Refused};
pub use error::StoreError;
pub use facet::FacetKind;
pub use page::PageRequest;
pub use prepare::{Prepared, Received, Stored};
pub use query::{Query, QueryError, stored_alert};
pub use retention::{Keep, Retired};
pub use sqlite::state::State;
pub use store::{FileInfo, Options, Store};
pub use writer::Writer;
