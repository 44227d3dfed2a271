//! Correlation: alerts of many hosts -> findings, links between hosts, incidents.
//!
//! In: files of correlations (Sigma's, with more), alerts with the time by the hub's clock, both ends of
//! connections. Out: findings that begin, grow and end ([`Engine`]), hops from host to host, incidents; every mistake of a
//! file with its place ([`load`]).
//! Never: I/O, a clock: time comes with alerts and with [`Engine::tick`].

mod agents;
mod detection;
mod duration;
mod ends;
mod engine;
mod explain;
mod expression;
mod finding;
mod fingerprint;
mod group;
mod incident;
mod join;
mod key;
mod matching;
mod mistake;
mod order;
mod parse;
mod rarity;
mod reader;
mod received;
mod report;
mod resolve;
mod rule;
mod scenario;
mod shipped;
mod snapshot;
mod table;
#[cfg(test)]
mod tests;
mod tracker;
mod window;

pub use engine::{Arrival, Counts, Engine, Settings};
pub use explain::explain;
pub use expression::Expression;
pub use finding::{Effect, Finding, FindingId, KEPT_MEMBERS};
pub use incident::{
    Change, Facts, Incident, IncidentLink, Incidents, LinkKind, Outcome, Score, Status,
};
pub use join::{Evidence, Joins, Link, Role, Side};
pub use mistake::{Mistake, MistakeKind};
pub use rarity::{InFleet, Rarity};
pub use received::{ReceivedError, received};
pub use report::{incident_json, incident_text};
pub use resolve::{Loaded, SourceText, load};
pub use rule::{
    Absent, Comparison, Correlation, Correlations, Kind, MAX_CHAIN, MAX_COUNTED_RULES, MAX_STEPS,
    Mode, NamedCondition, Step, Test, What,
};
pub use scenario::{Failure, Read, Verdict, run_tests};
pub use shipped::SHIPPED_FILES;
pub use snapshot::SnapshotError;
pub use tracker::Tracker;
pub use window::Member;
