//! What people do with incidents.

use std::collections::BTreeSet;

use super::{
    Change, Component, Facts, Incident, IncidentLink, Incidents, LinkKind, Record, Status, pair,
};

impl Incidents {
    /// A person takes an incident up, or says how it stands. What was closed is opened by any other status.
    pub fn set(&mut self, id: u64, status: Status, assignee: Option<String>) -> bool {
        if let Some(incident) = self.closed.get_mut(&id) {
            (incident.status, incident.assignee) = (status, assignee);
            if !matches!(status, Status::Closed(_)) {
                self.open_again(id);
            }
            return true;
        }
        let Some(record) = self.records.get_mut(&id) else { return false };
        (record.status, record.assignee) = (status, assignee);
        if matches!(status, Status::Closed(_))
            && let Some(incident) = self.get(id)
        {
            // What comes of its nodes later is another incident, related to this one.
            for node in &incident.nodes {
                if let Some(number) = self.of_node.remove(node) {
                    self.components.remove(&number);
                }
                self.closed_nodes.insert(node.clone(), id);
            }
            self.records.remove(&id);
            self.closed.insert(id, incident);
        }
        true
    }

    /// A closed incident goes on, with those of its nodes that no other has by now.
    fn open_again(&mut self, id: u64) {
        let Some(incident) = self.closed.remove(&id) else { return };
        let component = self.number();
        self.closed_nodes.retain(|_, closed| *closed != id);
        let free: Vec<String> = incident
            .nodes
            .iter()
            .filter(|node| !self.of_node.contains_key(*node))
            .cloned()
            .collect();
        for node in free {
            self.of_node.insert(node, component);
        }
        let Incident {
            status,
            assignee,
            related,
            alerts,
            links,
            findings,
            nodes,
            last,
            larger,
            ..
        } = incident;
        let hosts = alerts.iter().map(|facts| facts.host.clone()).collect();
        let incident = Some(id);
        let is_grave = true;
        self.components.insert(
            component,
            Component { nodes, hosts, alerts, links, findings, is_grave, incident, last, larger },
        );
        self.records.insert(id, Record { id, status, assignee, related, component });
    }

    /// A person says that two are one: the second becomes part of the first, whatever was decided about it.
    pub fn merge(&mut self, into: u64, gone: u64, changes: &mut Vec<Change>) -> bool {
        let find = |id: u64| self.records.get(&id).map(|record| record.component);
        let (Some(one), Some(other)) = (find(into), find(gone)) else { return false };
        if one == other {
            return false;
        }
        let node = |number: u64| self.components.get(&number)?.nodes.first().cloned();
        let (Some(from), Some(to)) = (node(one), node(other)) else { return false };
        if let Some(gone) = self.records.get_mut(&gone) {
            (gone.status, gone.assignee) = (Status::New, None);
        }
        self.cuts.remove(&pair(&from, &to));
        let host = |node: &str| node.split('/').next().unwrap_or_default().to_owned();
        let (from_host, to_host) = (host(&from), host(&to));
        let time = self.components.get(&one).map_or(0, |component| component.last);
        let was = self.records.get(&into).map(|one| (one.status, one.assignee.clone()));
        if let Some(incident) = self.records.get_mut(&into) {
            // So that it is the one that stays.
            incident.status = Status::Working;
        }
        let why = "a person said so".to_owned();
        let kind = LinkKind::Finding;
        let link = IncidentLink { kind, from, to, from_host, to_host, score: 1.0, why, time };
        self.join(link, changes);
        if let (Some(incident), Some((status, assignee))) = (self.records.get_mut(&into), was) {
            (incident.status, incident.assignee) = (status, assignee);
        }
        true
    }

    /// A person parts some nodes from an incident: they are one of their own, and the two stay apart.
    pub fn split(&mut self, id: u64, nodes: &BTreeSet<String>, changes: &mut Vec<Change>) -> bool {
        let Some(number) = self.records.get(&id).map(|record| record.component) else {
            return false;
        };
        let Some(mut rest) = self.components.remove(&number) else { return false };
        let is_parted = |node: &String| nodes.contains(node);
        let parted: BTreeSet<String> =
            rest.nodes.iter().filter(|node| is_parted(node)).cloned().collect();
        if parted.is_empty() || parted.len() == rest.nodes.len() {
            self.components.insert(number, rest);
            return false;
        }
        let of = |facts: &Facts| {
            facts.process.as_ref().or(facts.session.as_ref()).is_some_and(is_parted)
        };
        let (alerts, kept): (Vec<_>, Vec<_>) = rest.alerts.drain(..).partition(of);
        let mut links = Vec::new();
        let mut kept_links = Vec::new();
        for link in rest.links.drain(..) {
            match (is_parted(&link.from), is_parted(&link.to)) {
                (true, true) => links.push(link),
                (false, false) => kept_links.push(link),
                _ => {
                    self.cuts.insert(pair(&link.from, &link.to));
                }
            }
        }
        let last = |alerts: &[Facts]| alerts.last().map_or(rest.last, |facts| facts.time);
        let hosts = |alerts: &[Facts]| alerts.iter().map(|facts| facts.host.clone()).collect();
        let other = self.number();
        for node in &parted {
            self.of_node.insert(node.clone(), other);
        }
        let new = Component {
            last: last(&alerts),
            nodes: parted.clone(),
            hosts: hosts(&alerts),
            is_grave: alerts.iter().any(Facts::is_grave),
            alerts,
            links,
            ..Component::default()
        };
        rest.nodes.retain(|node| !parted.contains(node));
        rest.hosts = hosts(&kept);
        (rest.last, rest.alerts, rest.links) = (last(&kept), kept, kept_links);
        self.components.insert(number, rest);
        self.components.insert(other, new);
        self.touch(number, changes);
        self.touch(other, changes);
        true
    }
}
