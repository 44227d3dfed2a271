//! What an incident is, and what happens to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Facts, Score, score};

/// What joins two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LinkKind {
    /// One process started the other.
    Parent,
    /// A connection from host to host.
    Hop,
    /// One session of a person.
    Session,
    /// The same file on two hosts within an hour.
    SameFile,
    /// A correlation found both.
    Finding,
}

/// A line of an incident's graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentLink {
    /// What it is.
    pub kind: LinkKind,
    /// The nodes.
    pub from: String,
    /// Where it goes to.
    pub to: String,
    /// The host of the first.
    pub from_host: String,
    /// The host of the other.
    pub to_host: String,
    /// How certain it is, from 0 to 1.
    pub score: f64,
    /// Why, in words.
    pub why: String,
    /// When, nanoseconds since the epoch.
    pub time: i64,
}

/// What people do with an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Nobody looked at it.
    New,
    /// Somebody works on it.
    Working,
    /// Somebody waits for something.
    Waiting,
    /// Nothing was added for a day.
    Quiet,
    /// A person closed it.
    Closed(Outcome),
}

/// What an incident was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// An attack.
    TruePositive,
    /// Nothing.
    FalsePositive,
    /// What it says, and allowed.
    Benign,
}

/// Alerts that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number.
    pub id: u64,
    /// What people do with it.
    pub status: Status,
    /// Who works on it.
    pub assignee: Option<String>,
    /// When its first and last alert happened, nanoseconds since the epoch.
    pub first: i64,
    /// The last one.
    pub last: i64,
    /// Its alerts in order of time.
    pub alerts: Vec<Facts>,
    /// Its links in order of time.
    pub links: Vec<IncidentLink>,
    /// The correlations that found it, with the priority of their findings.
    pub findings: BTreeMap<String, u8>,
    /// The nodes: processes by host.
    pub nodes: BTreeSet<String>,
    /// Incidents that touch it and were not merged, because of what a person decided.
    pub related: BTreeSet<u64>,
    /// It has more than is kept.
    pub larger: bool,
}

impl Incident {
    /// How bad it is, and why.
    pub fn score(&self) -> Score {
        score::score(self)
    }

    /// What to look at next.
    pub fn next_steps(&self) -> Vec<String> {
        score::steps(self)
    }

    /// Its hosts in the order in which they became part of it.
    pub fn hosts(&self) -> Vec<&str> {
        let mut hosts: Vec<&str> = Vec::new();
        let mut seen: Vec<(i64, &str)> =
            self.alerts.iter().map(|facts| (facts.time, facts.host.as_str())).collect();
        let hops = self.links.iter().filter(|link| link.kind == LinkKind::Hop);
        seen.extend(hops.flat_map(|link| {
            [(link.time, link.from_host.as_str()), (link.time, link.to_host.as_str())]
        }));
        seen.sort_by_key(|(time, _)| *time);
        for (_, host) in seen {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }

    /// The tactics as they came, each once.
    pub fn tactics(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for tactic in self.alerts.iter().flat_map(|facts| &facts.tactics) {
            if !found.contains(&tactic.as_str()) {
                found.push(tactic);
            }
        }
        found
    }
}

/// What happened to incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One begins.
    Opened(u64),
    /// Something was added.
    Grew(u64),
    /// One became part of another.
    Merged {
        /// The one that stays.
        into: u64,
        /// The one that is gone.
        gone: u64,
    },
    /// Two touch each other, and what people decided keeps them apart.
    Related(u64, u64),
    /// Nothing was added for a day.
    Ended(u64),
    /// One that had ended goes on.
    Reopened(u64),
}
