//! Responses: what is done after an alert.
//!
//! In: response files, and alerts with the values of their events ([`Occurrence`]). Out: the responses with the place
//! of each mistake ([`load`]), and for an alert what is to be done to whom ([`Plan`]): typed targets, no shell text.
//! Never: I/O, a clock (the time is an argument), an action: the crate `act` does those.
//!
//! `read.rs` reads files, `mistake.rs` says what is wrong with them, `action/` has the actions, a file for each kind,
//! `limits.rs` bounds how often a response acts, `plan.rs` puts all of it together.

mod action;
mod bytes;
mod duration;
mod kubernetes;
mod limits;
mod matching;
mod mistake;
mod occurrence;
mod plan;
mod read;
mod reader;
mod response;
mod task;
#[cfg(test)]
mod tests;
mod text;
mod values;

pub use action::{Action, Refusal};
pub use bytes::Bytes;
pub use duration::{parse_duration, shown_duration};
pub use kubernetes::{KubernetesTask, Pod};
pub use limits::{Admission, Ledger as LimitLedger};
pub use matching::Match;
pub use mistake::{Mistake, MistakeKind};
pub use occurrence::{Need, Occurrence};
pub use plan::{Plan, PlannedAction, Planner, need, need_of_all};
pub use read::{Loaded, load};
pub use response::{AfterCrash, Limits, OnFailure, Response};
pub use task::{
    Allowed, Direction, FileTarget, Process, Protocol, RemovedPart, Signal, Task, What,
};
