//! How policies are doing.

use serde::{Deserialize, Serialize};

/// How the guard of a running agent is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardStatus {
    /// Why no policy denies anything now; none where policies do what they say.
    pub off: Option<String>,
    /// The policies that are not off, those that deny first.
    pub policies: Vec<PolicyStatus>,
    /// What is tried with an act of the agent's own, each second.
    pub canaries: Vec<CanaryStatus>,
    /// Openers that went on without a verdict, because it took too long.
    pub late: u64,
    /// Decisions that nobody was told of: there was no room for them.
    pub lost: u64,
}

/// How a policy is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStatus {
    /// Its name.
    pub name: String,
    /// What it does now: `enforce`, `shadow` or `off`.
    pub mode: String,
    /// What its file says.
    pub wanted: String,
    /// What follows where it matches: `deny`, `kill` or `kill_tree`.
    pub action: String,
    /// Until when it waits to be confirmed.
    pub confirm_until: Option<String>,
    /// The acts it decides about.
    pub acts: Vec<ActStatus>,
    /// Acts that it denied, since the start.
    pub denied: u64,
    /// Acts that it would have denied.
    pub would_deny: u64,
    /// The last of either.
    pub last: Option<LastDenial>,
}

/// How a policy decides about an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActStatus {
    /// The act.
    pub act: String,
    /// Its level: `P1` to `P4`, `K1`, `K2`, `D`.
    pub level: String,
    /// Whether an act of the agent's own showed that it works.
    pub proven: bool,
}

/// Something that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryStatus {
    /// What.
    pub hook: String,
    /// Its level.
    pub level: String,
    /// Whether it worked.
    pub proven: bool,
    /// Why not.
    pub why: Option<String>,
}

/// An act that was denied, or would have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDenial {
    /// When.
    pub time: String,
    /// The act.
    pub act: String,
    /// The name of the process.
    pub process: String,
    /// Its number.
    pub pid: u32,
    /// The object or address.
    pub what: String,
}

/// What became of a request that changes what policies do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardAnswer {
    /// The policies that it concerned.
    pub policies: Vec<String>,
}
