//! What incidents need of an alert.

use peregrine_alert::{Alert, Priority};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// An alert as a part of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The host.
    pub host: String,
    /// The number the host gave it.
    pub sequence: u64,
    /// When it happened by the hub's clock, nanoseconds since the epoch.
    pub time: i64,
    /// The rule.
    pub rule: String,
    /// How bad: the lower the worse, as [`Priority`] orders them.
    pub priority: u8,
    /// ATT&CK tactics, of the tags `mitre_*`.
    pub tactics: Vec<String>,
    /// ATT&CK techniques, of the tags `T1234`.
    pub techniques: Vec<String>,
    /// The process, by an identity no other process has.
    pub process: Option<String>,
    /// Its parent.
    pub parent: Option<String>,
    /// The name of its program.
    pub program: String,
    /// The session it belongs to.
    pub session: Option<String>,
    /// The hash of its program.
    pub hash: Option<String>,
    /// On how many hosts its program was seen, and how many hosts there are.
    pub rarity: Option<(u64, u64)>,
}

/// Programs that start what has nothing in common but them.
const STARTERS: [&str; 9] = [
    "systemd",
    "init",
    "sshd",
    "cron",
    "crond",
    "containerd-shim",
    "dockerd",
    "conmon",
    "kthreadd",
];

fn text(alert: &Alert, field: &str) -> Option<String> {
    match alert.fields.get(field)? {
        Json::String(text) if !text.is_empty() && text != "<NA>" => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Facts {
    /// Those of an alert; `figures` are what [`crate::Rarity::observe`] said of it, and how many hosts there are.
    pub fn of(alert: &Alert, time: i64, figures: Option<(&Map<String, Json>, usize)>) -> Self {
        let host = alert.id.host.clone();
        // Names a process for good where the host says so; else until its number is used again.
        let of_host = |field: &str| text(alert, field).map(|number| format!("{host}/{number}"));
        let process = text(alert, "proc.guid").or_else(|| of_host("proc.pid"));
        let is_starter =
            text(alert, "proc.pname").is_none_or(|name| STARTERS.contains(&name.as_str()));
        let parent = text(alert, "proc.pguid").or_else(|| of_host("proc.ppid"));
        let of_tags = |fits: &dyn Fn(&str) -> Option<String>| -> Vec<String> {
            alert.tags.iter().filter_map(|tag| fits(tag)).collect()
        };
        let is_technique = |tag: &str| {
            let digits = tag.strip_prefix('T').unwrap_or_default();
            digits.len() >= 4 && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        let rarity = figures.and_then(|(figures, hosts)| {
            Some((figures.get("fleet.hosts_with_exe")?.as_u64()?, hosts as u64))
        });
        Self {
            sequence: alert.id.sequence,
            time,
            rule: alert.rule.clone(),
            priority: alert.priority as u8,
            tactics: of_tags(&|tag| tag.strip_prefix("mitre_").map(str::to_owned)),
            techniques: of_tags(&|tag| is_technique(tag).then(|| tag.to_owned())),
            process,
            parent: parent.filter(|_| !is_starter),
            program: text(alert, "proc.name").unwrap_or_default(),
            session: of_host("proc.sid"),
            hash: text(alert, "proc.hash.sha256"),
            rarity,
            host,
        }
    }

    /// Whether an incident may begin with it.
    pub(crate) fn is_grave(&self) -> bool {
        self.priority <= Priority::Warning as u8
    }
}
