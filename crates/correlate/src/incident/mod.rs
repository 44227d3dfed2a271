//! Incidents: alerts, links between hosts and findings that belong together.
//!
//! Processes, sessions and hashes are nodes; what joins them with a score of 0.6 or more makes them one
//! component. A component with an alert of at least Warning is an incident. What a person decided never changes
//! by itself: of two incidents that people work on neither is merged, and one that a person closed stays closed.

mod facts;
mod model;
mod people;
mod score;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use facts::Facts;
pub use model::{Change, Incident, IncidentLink, LinkKind, Outcome, Status};
pub use score::Score;

use crate::join::Link;

/// What joins two nodes at least this much makes them one.
const JOINS: f64 = 0.6;
/// An incident ends when nothing was added for so long, nanoseconds.
const QUIET: i64 = 24 * 3_600_000_000_000;
/// For so long behind its end an incident begins again with another alert of its nodes, nanoseconds.
const REMEMBERED: i64 = 7 * QUIET;
/// Files with one hash are one story only where they were seen within this time, nanoseconds.
const SAME_FILE: i64 = 3_600_000_000_000;
/// How many nodes and hosts an incident has at most; then it says that it is larger.
const MOST_NODES: usize = 5000;
const MOST_HOSTS: usize = 500;

/// What is kept of an incident beside its component.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    id: u64,
    status: Status,
    assignee: Option<String>,
    related: BTreeSet<u64>,
    component: u64,
}

impl Record {
    /// Whether a person decided something about it.
    fn is_decided(&self) -> bool {
        self.assignee.is_some() || !matches!(self.status, Status::New | Status::Quiet)
    }
}

/// A set of nodes that are joined.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Component {
    nodes: BTreeSet<String>,
    hosts: BTreeSet<String>,
    alerts: Vec<Facts>,
    links: Vec<IncidentLink>,
    findings: BTreeMap<String, u8>,
    is_grave: bool,
    incident: Option<u64>,
    last: i64,
    larger: bool,
}

/// All incidents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Incidents {
    /// The component of each node.
    of_node: BTreeMap<String, u64>,
    components: BTreeMap<u64, Component>,
    records: BTreeMap<u64, Record>,
    /// What a person closed, as it was then.
    closed: BTreeMap<u64, Incident>,
    /// Whose nodes they were: what comes of them is related.
    closed_nodes: BTreeMap<String, u64>,
    /// The node that had a file first and when, by its hash.
    files: BTreeMap<String, (String, i64)>,
    /// Pairs of nodes that a person parted.
    cuts: BTreeSet<(String, String)>,
    next: u64,
}

impl Incidents {
    /// The numbers of all incidents.
    pub fn ids(&self) -> impl Iterator<Item = u64> {
        self.records.keys().chain(self.closed.keys()).copied()
    }

    /// One by its number, as it is now.
    pub fn get(&self, id: u64) -> Option<Incident> {
        if let Some(closed) = self.closed.get(&id) {
            return Some(closed.clone());
        }
        let record = self.records.get(&id)?;
        let component = self.components.get(&record.component)?;
        Some(Incident {
            id,
            status: record.status,
            assignee: record.assignee.clone(),
            first: component.alerts.first().map_or(component.last, |facts| facts.time),
            last: component.last,
            alerts: component.alerts.clone(),
            links: component.links.clone(),
            findings: component.findings.clone(),
            nodes: component.nodes.clone(),
            related: record.related.clone(),
            larger: component.larger,
        })
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The component of a node, a new one where it has none.
    fn component(&mut self, node: &str) -> u64 {
        if let Some(number) = self.of_node.get(node) {
            return *number;
        }
        let number = self.number();
        self.of_node.insert(node.to_owned(), number);
        let nodes = BTreeSet::from([node.to_owned()]);
        self.components.insert(number, Component { nodes, last: i64::MIN, ..Component::default() });
        number
    }

    /// An alert arrives.
    pub fn alert(&mut self, facts: Facts, changes: &mut Vec<Change>) {
        let Some(node) = facts.process.clone().or_else(|| facts.session.clone()) else { return };
        let (host, time) = (facts.host.clone(), facts.time);
        let number = self.component(&node);
        let Some(component) = self.components.get_mut(&number) else { return };
        let known = |other: &Facts| (&other.host, other.sequence) == (&host, facts.sequence);
        if facts.sequence > 0 && component.alerts.iter().any(known) {
            return;
        }
        let place = component.alerts.partition_point(|other| {
            (other.time, &other.host, other.sequence) <= (time, &host, facts.sequence)
        });
        component.alerts.insert(place, facts.clone());
        component.last = component.last.max(time);
        component.is_grave |= facts.is_grave();
        component.hosts.insert(host.clone());
        self.touch(number, changes);
        let own = |kind, to: String, why: &str| IncidentLink {
            kind,
            from: node.clone(),
            to,
            from_host: host.clone(),
            to_host: host.clone(),
            score: 0.9,
            why: why.to_owned(),
            time,
        };
        if let Some(parent) = facts.parent.filter(|parent| *parent != node) {
            self.join(own(LinkKind::Parent, parent, "started by it"), changes);
        }
        if let Some(session) = facts.session.filter(|session| *session != node) {
            // A process whose session is its own number is its own session.
            let link = own(LinkKind::Session, format!("session {session}"), "in its session");
            self.join(link, changes);
        }
        if let Some(hash) = facts.hash {
            let first = self.files.entry(hash).or_insert_with(|| (node.clone(), time)).clone();
            if first.0 != node && first.1.abs_diff(time) <= SAME_FILE.unsigned_abs() {
                let link = own(LinkKind::SameFile, first.0, "the same program within an hour");
                self.join(link, changes);
            }
        }
    }

    /// Two ends of a connection were joined.
    pub fn link(&mut self, link: &Link, changes: &mut Vec<Change>) {
        let kind = LinkKind::Hop;
        self.join(
            IncidentLink {
                kind,
                from: link.from.process.clone(),
                to: link.to.process.clone(),
                from_host: link.from.host.clone(),
                to_host: link.to.host.clone(),
                score: link.evidence.score(),
                why: link.evidence.words().to_owned(),
                time: link.from.time,
            },
            changes,
        );
    }

    /// A correlation found some alerts: their processes belong together.
    pub fn finding(
        &mut self,
        title: &str,
        priority: peregrine_alert::Priority,
        members: &[Facts],
        changes: &mut Vec<Change>,
    ) {
        let node = |facts: &Facts| facts.process.clone().or_else(|| facts.session.clone());
        let with_node = members.iter().filter_map(|facts| Some((facts, node(facts)?)));
        let members: Vec<(&Facts, String)> = with_node.collect();
        for pair in members.windows(2) {
            let [(one, from), (other, to)] = pair else { continue };
            if from == to {
                continue;
            }
            let link = IncidentLink {
                kind: LinkKind::Finding,
                from: from.clone(),
                to: to.clone(),
                from_host: one.host.clone(),
                to_host: other.host.clone(),
                score: 0.8,
                why: title.to_owned(),
                time: other.time,
            };
            self.join(link, changes);
        }
        if let Some((_, node)) = members.first() {
            let number = self.component(node);
            if let Some(component) = self.components.get_mut(&number) {
                component.findings.insert(title.to_owned(), priority as u8);
                component.is_grave |= priority <= peregrine_alert::Priority::Warning;
            }
            self.touch(number, changes);
        }
    }

    /// Two nodes are joined, where the link is certain enough and nobody parted them.
    fn join(&mut self, link: IncidentLink, changes: &mut Vec<Change>) {
        let (one, other) = (self.component(&link.from), self.component(&link.to));
        let is_cut = self.cuts.contains(&pair(&link.from, &link.to));
        let add = |component: &mut Component, link: IncidentLink| {
            let same = |known: &IncidentLink| {
                (known.kind, &known.from, &known.to) == (link.kind, &link.from, &link.to)
            };
            if !component.links.iter().any(same) {
                let place = component.links.partition_point(|known| known.time <= link.time);
                component.links.insert(place, link);
            }
        };
        if link.score < JOINS || is_cut {
            return;
        }
        if one == other {
            if let Some(component) = self.components.get_mut(&one) {
                add(component, link);
            }
            self.touch(one, changes);
            return;
        }
        let incident = |number: u64| self.components.get(&number).and_then(|c| c.incident);
        let of = |id: Option<u64>| id.and_then(|id| self.records.get(&id));
        let (first, second) = (of(incident(one)), of(incident(other)));
        if let (Some(first), Some(second)) = (first, second)
            && first.is_decided()
            && second.is_decided()
        {
            self.relate(first.id, second.id, changes);
            return;
        }
        let size = |number: u64| self.components.get(&number).map_or(0, |c| c.nodes.len());
        let hosts = |number: u64| self.components.get(&number).map_or(0, |c| c.hosts.len());
        if size(one) + size(other) > MOST_NODES || hosts(one) + hosts(other) > MOST_HOSTS {
            for number in [one, other] {
                if let Some(component) = self.components.get_mut(&number) {
                    component.larger = true;
                }
                self.touch(number, changes);
            }
            return;
        }
        let (into, gone) = if size(one) >= size(other) { (one, other) } else { (other, one) };
        let stays = match (first, second) {
            // What a person decided about stays; else the older one.
            (Some(first), Some(second)) if second.is_decided() && !first.is_decided() => {
                Some((second.id, Some(first.id)))
            }
            (Some(first), Some(second)) if first.is_decided() => Some((first.id, Some(second.id))),
            (Some(first), Some(second)) => {
                Some((first.id.min(second.id), Some(first.id.max(second.id))))
            }
            (Some(only), None) | (None, Some(only)) => Some((only.id, None)),
            (None, None) => None,
        };
        let Some(small) = self.components.remove(&gone) else { return };
        for node in &small.nodes {
            self.of_node.insert(node.clone(), into);
        }
        let Some(large) = self.components.get_mut(&into) else { return };
        large.nodes.extend(small.nodes);
        large.hosts.extend(small.hosts);
        large.is_grave |= small.is_grave;
        large.alerts.extend(small.alerts);
        large
            .alerts
            .sort_by(|a, b| (a.time, &a.host, a.sequence).cmp(&(b.time, &b.host, b.sequence)));
        large.links.extend(small.links);
        large.links.sort_by_key(|link| link.time);
        large.findings.extend(small.findings);
        large.last = large.last.max(small.last);
        large.larger |= small.larger;
        add(large, link);
        large.incident = stays.map(|(stays, _)| stays);
        if let Some((into, Some(gone))) = stays {
            let gone_incident = self.records.remove(&gone);
            let related = gone_incident.map(|one| one.related).unwrap_or_default();
            if let Some(incident) = self.records.get_mut(&into) {
                incident.related.extend(related.into_iter().filter(|id| *id != into));
            }
            changes.push(Change::Merged { into, gone });
        }
        self.touch(into, changes);
    }

    fn relate(&mut self, one: u64, other: u64, changes: &mut Vec<Change>) {
        let mut is_new = false;
        for (id, related) in [(one, other), (other, one)] {
            let open = self.records.get_mut(&id).map(|record| &mut record.related);
            let of =
                open.or_else(|| self.closed.get_mut(&id).map(|incident| &mut incident.related));
            is_new |= of.is_some_and(|of| of.insert(related));
        }
        if is_new {
            changes.push(Change::Related(one.min(other), one.max(other)));
        }
    }

    /// A component has changed: its incident begins, grows, goes on.
    fn touch(&mut self, number: u64, changes: &mut Vec<Change>) {
        let Some(component) = self.components.get_mut(&number) else { return };
        let known = component.incident.filter(|id| self.records.contains_key(id));
        if known.is_none() && !component.is_grave {
            return;
        }
        let id = known.unwrap_or(self.next + 1);
        self.next = self.next.max(id);
        component.incident = Some(id);
        let mut closed = BTreeSet::new();
        if !self.closed_nodes.is_empty() {
            closed.extend(component.nodes.iter().filter_map(|node| self.closed_nodes.get(node)));
        }
        match self.records.get_mut(&id) {
            None => {
                let (status, assignee, related) = (Status::New, None, BTreeSet::new());
                let record = Record { id, status, assignee, related, component: number };
                self.records.insert(id, record);
                changes.push(Change::Opened(id));
            }
            Some(record) => {
                record.component = number;
                let is_quiet = record.status == Status::Quiet;
                if is_quiet {
                    record.status = Status::New;
                }
                let change = if is_quiet { Change::Reopened(id) } else { Change::Grew(id) };
                if changes.last() != Some(&change) {
                    changes.push(change);
                }
            }
        }
        for other in closed {
            self.relate(id, other, changes);
        }
    }

    /// The time goes on: incidents end, what is old is forgotten.
    pub fn advance(&mut self, now: i64, changes: &mut Vec<Change>) {
        let last = |components: &BTreeMap<u64, Component>, record: &Record| {
            components.get(&record.component).map_or(i64::MIN, |component| component.last)
        };
        for record in self.records.values_mut() {
            let is_over = last(&self.components, record).saturating_add(QUIET) < now;
            if record.status == Status::New && is_over {
                record.status = Status::Quiet;
                changes.push(Change::Ended(record.id));
            }
        }
        let is_old = |time: i64| time.saturating_add(REMEMBERED) < now;
        self.records.retain(|_, record| {
            record.status != Status::Quiet || !is_old(last(&self.components, record))
        });
        self.closed.retain(|_, incident| !is_old(incident.last));
        let (incidents, closed) = (&self.records, &self.closed);
        self.components.retain(|_, component| {
            !is_old(component.last)
                || component.incident.is_some_and(|id| incidents.contains_key(&id))
        });
        let components = &self.components;
        self.of_node.retain(|_, number| components.contains_key(number));
        self.closed_nodes.retain(|_, id| closed.contains_key(id));
        self.files.retain(|_, (_, time)| time.saturating_add(SAME_FILE) >= now);
    }

    /// The state as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        // Texts and numbers: they always can be written.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// The state of [`Self::snapshot`].
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn restore(bytes: &[u8]) -> Result<Self, crate::SnapshotError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

fn pair(one: &str, other: &str) -> (String, String) {
    let (one, other) = if one <= other { (one, other) } else { (other, one) };
    (one.to_owned(), other.to_owned())
}
