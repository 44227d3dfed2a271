//! What answers hold. Times are in ISO 8601, UTC.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a running agent is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentStatus {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// When it began to monitor.
    pub started: String,
    /// How long ago that was.
    pub uptime_seconds: f64,
    /// How long ago the pipeline counted what stands below: more than a second where it hangs.
    pub age_seconds: f64,
    /// Where events come from.
    pub sensor: Sensor,
    /// The rules.
    pub rules: RulesStatus,
    /// Reloads since the start.
    pub reloads: Reloads,
    /// Events that the pipeline processed.
    pub events: Flow,
    /// Events that the kernel's filter dropped, because no rule can match them.
    pub filtered: u64,
    /// Alerts of rules.
    pub alerts: Flow,
    /// Events that the kernel could not deliver.
    pub lost: LostEvents,
    /// The outputs, in the order they get alerts.
    pub outputs: Vec<OutputStatus>,
    /// The journal; none where it is off.
    pub journal: Option<JournalStatus>,
    /// The policies; none where there are none.
    #[serde(default)]
    pub guard: Option<GuardSummary>,
    /// Memory that the agent has now, in bytes.
    pub rss_bytes: Option<u64>,
    /// Within how many seconds after they happened 99 of 100 events were evaluated; none where none was measured.
    #[serde(default)]
    pub delay_seconds: Option<f64>,
}

/// Where events come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sensor {
    /// As `engine.kind` names it.
    pub engine: String,
    /// The kernel's release.
    pub kernel: String,
    /// System calls that are watched, for rules and for the state of the host.
    pub syscalls: u64,
    /// Programs that run in the kernel.
    pub programs: u64,
    /// Threads that the state has.
    pub threads: u64,
}

/// The rules of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesStatus {
    /// Rules that are loaded.
    pub loaded: u64,
    /// Those of them that are enabled.
    pub enabled: u64,
    /// Since when they are evaluated.
    pub since: String,
}

/// What became of reloads of rules and configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reloads {
    /// How many took hold.
    pub applied: u64,
    /// How many were rejected: everything stayed as it was.
    pub rejected: u64,
    /// How long the last one that took hold took; none where none did.
    pub took_seconds: Option<f64>,
    /// The longest time that it kept events from being evaluated.
    pub pause_seconds: Option<f64>,
    /// Why the last one was rejected, and when; none where the last one took hold.
    pub error: Option<LastError>,
}

/// What comes by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Since the start.
    pub total: u64,
    /// In each second, as a mean of the last minute at most.
    pub per_second: f64,
}

/// Events that the kernel could not deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostEvents {
    /// All of them.
    pub total: u64,
    /// By what was lost, those classes that are not 0.
    pub classes: BTreeMap<String, u64>,
}

/// Alerts in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStatus {
    /// Its folder.
    pub path: String,
    /// Written since the start.
    pub written: u64,
    /// Lost: it could not be written, or not fast enough.
    pub lost: u64,
    /// Waiting to be written.
    pub queued: u64,
}

/// The policies in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardSummary {
    /// Those that deny.
    pub enforcing: u64,
    /// Those that report what they would deny.
    pub shadowing: u64,
    /// Those that wait to be confirmed.
    pub unconfirmed: u64,
    /// Acts that were denied.
    pub denied: u64,
    /// Acts that would have been.
    pub would_deny: u64,
    /// Why nothing is denied now.
    pub off: Option<String>,
    /// What does not work, of what was tried.
    pub unproven: Vec<String>,
}

/// How an output is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputStatus {
    /// Its name.
    pub name: String,
    /// Whether it delivers.
    pub state: OutputCondition,
    /// Where it waits to try again: for how long.
    pub retry_in_seconds: Option<f64>,
    /// Alerts that wait for it; with a journal records that it has not come to.
    pub queued: u64,
    /// How long ago the oldest of them happened.
    pub lag_seconds: f64,
    /// Whether they wait in the journal, where the end of the agent does not take them.
    pub in_journal: bool,
    /// Delivered.
    pub delivered: u64,
    /// How often alerts were sent again.
    pub retries: u64,
    /// Refused by the receiver for good.
    pub refused: u64,
    /// Given up: they could not be delivered for too long.
    pub given_up: u64,
    /// Of those that were refused or given up, the ones that are kept.
    pub dead_letters: u64,
    /// Dropped: there was no room for them.
    pub dropped: u64,
    /// Not meant for this output, or held back there.
    pub left_out: u64,
    /// Of these, what `throttle`, `dedup` and `mute` held back.
    pub held_back: u64,
    /// Delivered shortened: the receiver takes no text that is as long.
    pub truncated: u64,
    /// Why an attempt failed last; it may have succeeded since.
    pub last_error: Option<LastError>,
}

/// Whether an output delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputCondition {
    /// Nothing was sent yet.
    Idle,
    /// The receiver took what it was sent last.
    Delivering,
    /// The receiver refused what it was sent last.
    Refusing,
    /// The last attempt failed; it waits before the next.
    CircuitOpen,
    /// The last attempt failed; it tries a batch now.
    Retrying,
    /// One of a later agent.
    #[serde(other)]
    Other,
}

impl OutputCondition {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Delivering => "delivering",
            Self::Refusing => "refusing",
            Self::CircuitOpen => "circuit open",
            Self::Retrying => "retrying",
            Self::Other => "unknown",
        }
    }
}

/// An error, and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// What went wrong.
    pub message: String,
    /// When.
    pub time: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_a_later_agent_is_read() {
        let read = |text: &str| serde_json::from_str::<OutputCondition>(text).unwrap();
        assert_eq!(read("\"circuit_open\""), OutputCondition::CircuitOpen);
        assert_eq!(read("\"dreaming\""), OutputCondition::Other);
    }
}
