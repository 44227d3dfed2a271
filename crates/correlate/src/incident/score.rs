//! How bad an incident is, with the reasons in words, and what to look at next.

use std::collections::{BTreeMap, BTreeSet};

use peregrine_alert::Priority;

use super::{Incident, LinkKind};

/// How bad an incident is.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// From 0 to 100.
    pub points: f64,
    /// Why, the gravest first.
    pub reasons: Vec<String>,
}

/// The weight of a tactic whose gravest alert has a priority.
fn weight(priority: u8) -> f64 {
    match priority {
        p if p <= Priority::Critical as u8 => 0.5,
        p if p == Priority::Error as u8 => 0.35,
        p if p == Priority::Warning as u8 => 0.2,
        p if p == Priority::Notice as u8 => 0.1,
        _ => 0.05,
    }
}

/// The tactics of an incident, with the gravest priority of each.
fn tactics(incident: &Incident) -> BTreeMap<&str, u8> {
    let mut tactics = BTreeMap::new();
    for facts in &incident.alerts {
        for tactic in &facts.tactics {
            let worst = tactics.entry(tactic.as_str()).or_insert(facts.priority);
            *worst = facts.priority.min(*worst);
        }
    }
    tactics
}

pub(super) fn score(incident: &Incident) -> Score {
    let mut parts: Vec<(f64, String)> = Vec::new();
    for (tactic, priority) in tactics(incident) {
        let words = tactic.replace('_', " ");
        let rules: BTreeSet<&str> = incident
            .alerts
            .iter()
            .filter(|facts| facts.tactics.iter().any(|one| one == tactic))
            .map(|facts| facts.rule.as_str())
            .collect();
        let rules: Vec<&str> = rules.into_iter().take(3).collect();
        parts.push((weight(priority), format!("{words}: {}", rules.join(", "))));
    }
    let rarest = incident.alerts.iter().filter_map(|facts| {
        facts.rarity.map(|(with, of)| (with, of, facts.program.as_str(), facts.host.as_str()))
    });
    if let Some((with, of, program, host)) = rarest.min()
        && of >= 10
    {
        if with <= 1 {
            let why = format!("first time {program} ran on any of {of} hosts, on {host}");
            parts.push((0.3, why));
        } else if with * 20 <= of {
            parts.push((0.15, format!("{program} ran on {with} of {of} hosts only")));
        }
    }
    let reached: BTreeSet<&str> = incident
        .links
        .iter()
        .filter(|link| link.kind == LinkKind::Hop)
        .map(|link| link.to_host.as_str())
        .collect();
    for host in reached {
        parts.push((0.25, format!("{host} was reached from another host")));
    }
    for (title, priority) in &incident.findings {
        parts.push((weight(*priority), format!("found by the correlation {title}")));
    }
    parts.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let spared: f64 = parts.iter().map(|(weight, _)| 1.0 - weight).product();
    Score {
        points: 100.0 * (1.0 - spared),
        reasons: parts.into_iter().map(|(_, why)| why).collect(),
    }
}

/// What to look at next.
pub(super) fn steps(incident: &Incident) -> Vec<String> {
    let mut steps = Vec::new();
    for link in incident.links.iter().filter(|link| link.kind == LinkKind::Hop) {
        let is_silent = !incident.alerts.iter().any(|facts| facts.host == link.to_host);
        let what = if is_silent {
            "no alert there yet: list its processes since then"
        } else {
            "follow its session"
        };
        steps.push(format!("{}: reached from {}; {what}", link.to_host, link.from_host));
    }
    let tactics = tactics(incident);
    let has = |tactic: &str| tactics.contains_key(tactic);
    for (tactic, what) in [
        (
            "credential_access",
            "change the credentials that were read, and see where they were used",
        ),
        (
            "persistence",
            "compare start-up files, jobs, services and login keys with what they were",
        ),
        ("exfiltration", "see what was sent, and to whom; block the address"),
        ("impact", "cut the host off from the network before anything else"),
        ("defense_evasion", "trust the journal of the hub rather than logs of the host"),
        ("lateral_movement", "look for the same programs on the hosts that were reached"),
    ] {
        if has(tactic) {
            steps.push(what.to_owned());
        }
    }
    steps
}
