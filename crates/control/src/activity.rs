//! What happens on the host now: what the answer to [`Request::Activity`](crate::Request::Activity) holds.

use serde::{Deserialize, Serialize};

/// What was counted in one interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// How long the interval was.
    pub seconds: f64,
    /// Events in it.
    pub events: u64,
    /// By system call or other type of event, the most frequent first.
    pub calls: Vec<CallActivity>,
    /// Rules that matched, the most frequent first.
    pub rules: Vec<RuleActivity>,
    /// Processes that caused events, the most active first.
    pub processes: Vec<ProcessActivity>,
    /// Containers in which events happened, the most active first.
    pub containers: Vec<ContainerActivity>,
    /// Events of processes and containers that are not listed: there were too many.
    pub left_out: u64,
}

/// Events of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallActivity {
    /// As `evt.type` names it.
    pub name: String,
    /// How many.
    pub events: u64,
}

/// Matches of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleActivity {
    /// Its name.
    pub name: String,
    /// How many.
    pub matches: u64,
}

/// Events of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessActivity {
    /// Its number.
    pub pid: i64,
    /// What it is called.
    pub name: String,
    /// The container it is in; none on the host.
    pub container: Option<String>,
    /// How many.
    pub events: u64,
}

/// Events of the processes of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerActivity {
    /// Its id, as rules see it.
    pub id: String,
    /// Its name, where an engine said it.
    pub name: String,
    /// Its image, where an engine said it.
    pub image: String,
    /// How many.
    pub events: u64,
}
