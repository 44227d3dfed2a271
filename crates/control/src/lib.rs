//! The protocol of the control socket: requests to a running agent and its answers, one JSON object a line.
//!
//! In: bytes that somebody sent. Out: a [`Request`], or the answer as a line; what answers hold
//! ([`AgentStatus`], [`OutputStatus`]).
//! Never: I/O, a clock; a panic, whatever the bytes.
//!
//! A request is `{"version": 1, "request": "status"}`. The answer is `{"version": 1, "result": ...}`, or
//! `{"version": 1, "error": {"kind": "unknown_request", "message": "..."}}`.

mod activity;
mod answer;
mod guard;
mod reload;
mod request;
mod status;

pub use activity::{Activity, CallActivity, ContainerActivity, ProcessActivity, RuleActivity};
pub use answer::{AnswerError, Failure, FailureKind, answer_line, parse_answer};
pub use guard::{ActStatus, CanaryStatus, GuardAnswer, GuardStatus, LastDenial, PolicyStatus};
pub use reload::{CallAdded, ReloadAnswer, ReloadPlan, RuleChanges};
pub use request::{Request, parse_request, request_line};
pub use status::{
    AgentStatus, Flow, GuardSummary, JournalStatus, LastError, LostEvents, OutputCondition,
    OutputStatus, Reloads, RulesStatus, Sensor,
};

/// The version of the protocol.
pub const VERSION: u64 = 1;
/// Bytes of a request at most, with its newline.
pub const REQUEST_MAX: usize = 4096;
/// Bytes of an answer at most, with its newline.
pub const ANSWER_MAX: usize = 4 << 20;
