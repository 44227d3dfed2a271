//! An incident for people, and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use peregrine_alert::{Priority, one_line};
use serde_json::{Value as Json, json};

use crate::incident::{Facts, Incident, IncidentLink, LinkKind};

fn time(ns: i64) -> String {
    let time = Timestamp::from_nanosecond(i128::from(ns)).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn priority(number: u8) -> &'static str {
    let all = [
        Priority::Emergency,
        Priority::Alert,
        Priority::Critical,
        Priority::Error,
        Priority::Warning,
        Priority::Notice,
        Priority::Informational,
    ];
    all.into_iter().find(|one| *one as u8 == number).unwrap_or(Priority::Debug).name()
}

fn kind(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Parent => "parent",
        LinkKind::Hop => "hop",
        LinkKind::Session => "session",
        LinkKind::SameFile => "same_file",
        LinkKind::Finding => "finding",
    }
}

fn node(facts: &Facts) -> Option<&str> {
    facts.process.as_deref().or(facts.session.as_deref())
}

/// What is known of the nodes of an incident.
struct Tree<'i> {
    programs: BTreeMap<&'i str, &'i str>,
    hosts: BTreeMap<&'i str, &'i str>,
    /// What a node started, and what it reached on other hosts.
    below: BTreeMap<&'i str, Vec<(&'i str, Option<&'i IncidentLink>)>>,
    roots: Vec<&'i str>,
}

/// The oldest ancestor of a node that the incident has.
fn oldest<'i>(parents: &BTreeMap<&'i str, &'i str>, node: &'i str) -> &'i str {
    let (mut node, mut seen) = (node, BTreeSet::from([node]));
    while let Some(parent) = parents.get(node).filter(|parent| seen.insert(parent)) {
        node = parent;
    }
    node
}

impl<'i> Tree<'i> {
    fn new(incident: &'i Incident) -> Self {
        let (mut programs, mut hosts) = (BTreeMap::new(), BTreeMap::new());
        let mut order: Vec<&str> = Vec::new();
        for facts in &incident.alerts {
            let Some(node) = node(facts) else { continue };
            order.push(node);
            hosts.insert(node, facts.host.as_str());
            if !facts.program.is_empty() {
                programs.entry(node).or_insert(facts.program.as_str());
            }
        }
        let parents: BTreeMap<&str, &str> = incident
            .links
            .iter()
            .filter(|link| link.kind == LinkKind::Parent)
            .map(|link| (link.from.as_str(), link.to.as_str()))
            .collect();
        let mut below: BTreeMap<&str, Vec<(&str, Option<&IncidentLink>)>> = BTreeMap::new();
        let mut is_below: BTreeSet<&str> = BTreeSet::new();
        for link in &incident.links {
            hosts.insert(&link.from, &link.from_host);
            hosts.insert(&link.to, &link.to_host);
            order.extend([link.from.as_str(), link.to.as_str()]);
            let (above, under, hop) = match link.kind {
                LinkKind::Parent => (link.to.as_str(), link.from.as_str(), None),
                LinkKind::Hop => (link.from.as_str(), oldest(&parents, &link.to), Some(link)),
                // They join nodes beside each other; the list of links has them.
                LinkKind::Session | LinkKind::SameFile | LinkKind::Finding => continue,
            };
            below.entry(above).or_default().push((under, hop));
            is_below.insert(under);
        }
        // Those in a circle of connections have no root: they follow, where none of them was reached.
        let (mut roots, rest): (Vec<&str>, Vec<&str>) = order
            .into_iter()
            .filter(|node| !node.starts_with("session "))
            .partition(|node| !is_below.contains(node));
        roots.extend(rest);
        Self { programs, hosts, below, roots }
    }

    fn label(&self, node: &str) -> String {
        let host = self.hosts.get(node).copied().unwrap_or_default();
        match self.programs.get(node) {
            Some(program) => one_line(format!("{program} ({node})")),
            None if node.starts_with(host) => one_line(node.to_owned()),
            None => one_line(format!("{node} on {host}")),
        }
    }

    /// Each node once, parents before children.
    fn walk(&self, take: &mut dyn FnMut(usize, &'i str, Option<&'i IncidentLink>)) {
        let mut seen = BTreeSet::new();
        let mut stack: Vec<(usize, &str, Option<&IncidentLink>)> =
            self.roots.iter().rev().map(|root| (0, *root, None)).collect();
        while let Some((depth, node, hop)) = stack.pop() {
            if !seen.insert(node) {
                continue;
            }
            take(depth, node, hop);
            let below = self.below.get(node).into_iter().flatten().rev();
            stack.extend(below.map(|(under, hop)| (depth + 1, *under, *hop)));
        }
    }
}

/// An incident in words, several lines: hosts, tactics, score and reasons, time line, processes, links, what to look at next.
/// `number` is what it is called.
pub fn incident_text(number: usize, incident: &Incident) -> String {
    let score = incident.score();
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    let hosts = one_line(incident.hosts().join(" -> "));
    line(format!("incident {number}: {hosts}, score {:.0} of 100", score.points));
    line(format!("  from {} to {}", time(incident.first), time(incident.last)));
    let tactics: Vec<String> = incident.tactics().iter().map(|one| one.replace('_', " ")).collect();
    if !tactics.is_empty() {
        line(format!("  tactics: {}", one_line(tactics.join(" -> "))));
    }
    if incident.larger {
        line("  it has more processes or hosts than are kept".to_owned());
    }
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            line(format!("  {title}:"));
            for text in lines {
                line(format!("    {text}"));
            }
        }
    };
    list("reasons", score.reasons.into_iter().map(one_line).collect());
    let alerts = incident.alerts.iter().map(|facts| {
        let (host, rule) = (&facts.host, &facts.rule);
        let label = node(facts).unwrap_or_default();
        let what =
            format!("{host}  {}  {rule}  {} ({label})", priority(facts.priority), facts.program);
        format!("{}  {}", time(facts.time), one_line(what))
    });
    list("time line", alerts.collect());
    let tree = Tree::new(incident);
    let mut lines = Vec::new();
    tree.walk(&mut |depth, node, hop| {
        let indent = "  ".repeat(depth);
        let label = tree.label(node);
        lines.push(match hop {
            Some(hop) => format!("{indent}=> {label}: {}, {:.2}", hop.why, hop.score),
            None => format!("{indent}{label}"),
        });
    });
    list("processes", lines);
    let beside = |link: &&IncidentLink| {
        matches!(link.kind, LinkKind::SameFile | LinkKind::Finding | LinkKind::Hop)
    };
    let links = incident.links.iter().filter(beside).map(|link| {
        let text = format!("{} -> {}: {}, {:.2}", link.from, link.to, link.why, link.score);
        format!("{}  {}", time(link.time), one_line(text))
    });
    list("links", links.collect());
    list("look next", incident.next_steps().into_iter().map(one_line).collect());
    out
}

/// The same as one object.
pub fn incident_json(number: usize, incident: &Incident) -> Json {
    let score = incident.score();
    let alerts = incident.alerts.iter().map(|facts| {
        json!({
            "time": time(facts.time), "host": facts.host, "sequence": facts.sequence.to_string(),
            "rule": facts.rule, "priority": priority(facts.priority), "tactics": facts.tactics,
            "techniques": facts.techniques, "process": node(facts), "program": facts.program,
            "hosts_with_exe": facts.rarity.map(|(with, _)| with),
            "hosts_seen": facts.rarity.map(|(_, of)| of),
        })
    });
    let links = incident.links.iter().map(|link| {
        json!({
            "kind": kind(link.kind), "time": time(link.time), "from": link.from, "to": link.to,
            "from_host": link.from_host, "to_host": link.to_host, "score": link.score,
            "why": link.why,
        })
    });
    let findings: BTreeMap<&str, &str> =
        incident.findings.iter().map(|(title, level)| (title.as_str(), priority(*level))).collect();
    json!({
        "incident": number, "score": (score.points * 10.0).round() / 10.0, "reasons": score.reasons,
        "hosts": incident.hosts(), "tactics": incident.tactics(), "findings": findings,
        "first_alert": time(incident.first), "last_alert": time(incident.last),
        "alerts": alerts.collect::<Vec<_>>(), "processes": incident.nodes,
        "links": links.collect::<Vec<_>>(), "next": incident.next_steps(),
        "larger": incident.larger,
    })
}
