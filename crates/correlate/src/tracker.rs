//! Alerts and findings of a stream become incidents: joins, rarity and incidents in one.

use std::collections::{BTreeMap, VecDeque};

use peregrine_alert::Alert;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json};

use crate::ends::{Connects, side};
use crate::finding::{Effect, FindingId};
use crate::incident::{Change, Facts, Incident, Incidents};
use crate::join::{Joins, Link, Role};
use crate::rarity::Rarity;
use crate::rule::Correlation;
use crate::window::Member;

/// How many alerts are remembered for the findings they become members of; of more the oldest go.
const MOST_FACTS: usize = 1 << 17;
/// How often what is old is looked for, nanoseconds.
const JOINS_EVERY: i64 = 1_000_000_000;
const INCIDENTS_EVERY: i64 = 3_600 * 1_000_000_000;

/// The state of the stream so far. Alerts come in order of time, each by these calls in turn:
/// [`Tracker::observe`], [`crate::Engine::push_with`], [`Tracker::remember`], [`Tracker::follow`].
#[derive(Debug, Default)]
pub struct Tracker {
    joins: Joins,
    connects: Connects,
    rarity: Rarity,
    incidents: Incidents,
    /// Alerts by host and number. None where two have one number: it says nothing.
    facts: FxHashMap<(String, u64), Option<Facts>>,
    order: VecDeque<(String, u64)>,
    /// The first alert of each finding that is open.
    open: BTreeMap<FindingId, Facts>,
    /// Incidents that ended, as they were then: they are forgotten elsewhere after some days.
    ended: BTreeMap<u64, Incident>,
    swept: Option<(i64, i64)>,
    without_process: u64,
    without_facts: u64,
}

impl Tracker {
    /// An alert that happened at a time, nanoseconds since the epoch. What the fleet knows of it is returned, for conditions
    /// ([`crate::InFleet`]).
    pub fn observe(&mut self, alert: &Alert, time: i64) -> Map<String, Json> {
        self.advance(time);
        let figures = self.rarity.observe(&alert.id.host, time, alert);
        let facts = Facts::of(alert, time, Some((&figures, self.rarity.hosts())));
        let Some(process) = facts.process.clone() else {
            self.without_process += u64::from(facts.session.is_none());
            self.change(|incidents, changes| incidents.alert(facts, changes));
            return figures;
        };
        self.change(|incidents, changes| incidents.alert(facts, changes));
        let mut links = Vec::new();
        if let Some(side) = side(alert, time, &process) {
            if side.role == Role::Connect {
                self.connects.insert(&side);
            }
            self.joins.push(side, &mut links);
        }
        links.extend(self.connects.session(alert, time, &process));
        self.link(&links);
        figures
    }

    /// Takes the engine's effects of an alert, or of the end; `name` gives the name of an agent, `correlations` are
    /// the engine's.
    pub fn follow<'e>(
        &mut self,
        effects: &[Effect],
        correlations: &[Correlation],
        name: impl Fn(u32) -> &'e str,
    ) {
        for effect in effects {
            match effect {
                Effect::Opened(finding) | Effect::Merged { into: finding, .. } => {
                    if let Effect::Merged { gone, .. } = effect {
                        self.open.remove(gone);
                    }
                    let members = self.members(&finding.members, &name);
                    if let Some(first) = members.first() {
                        self.open.insert(finding.id, first.clone());
                    }
                    self.find(correlations.get(finding.correlation), &members);
                }
                Effect::Grew { id, correlation, added, .. } => {
                    let mut members: Vec<Facts> = self.open.get(id).cloned().into_iter().collect();
                    members.extend(self.members(added, &name));
                    self.find(correlations.get(*correlation), &members);
                }
                Effect::Closed(finding) => {
                    self.open.remove(&finding.id);
                }
            }
        }
    }

    /// Remembers an alert by the number findings call it by: its own, or [`crate::Engine::unnumbered`] where it has
    /// none. Its host is the agent's name.
    pub fn remember(&mut self, alert: &Alert, time: i64, sequence: u64) {
        let facts = Facts::of(alert, time, None);
        let key = (alert.id.host.clone(), sequence);
        if let Some(known) = self.facts.get_mut(&key) {
            if known.as_ref() != Some(&facts) {
                *known = None;
            }
            return;
        }
        self.facts.insert(key.clone(), Some(facts));
        self.order.push_back(key);
        if self.order.len() > MOST_FACTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.facts.remove(&oldest);
        }
    }

    fn members<'e>(&mut self, members: &[Member], name: &impl Fn(u32) -> &'e str) -> Vec<Facts> {
        let mut found = Vec::new();
        for member in members {
            let host = name(member.agent);
            // Findings that are members of findings are no alerts.
            if host.starts_with('\0') {
                continue;
            }
            match self.facts.get(&(host.to_owned(), member.sequence)) {
                Some(Some(facts)) => found.push(facts.clone()),
                _ => self.without_facts += 1,
            }
        }
        found
    }

    fn find(&mut self, correlation: Option<&Correlation>, members: &[Facts]) {
        let Some(item) = correlation else { return };
        self.change(|incidents, changes| {
            incidents.finding(&item.title, item.level, members, changes);
        });
    }

    fn link(&mut self, links: &[Link]) {
        for link in links {
            self.change(|incidents, changes| incidents.link(link, changes));
        }
    }

    fn change(&mut self, work: impl FnOnce(&mut Incidents, &mut Vec<Change>)) {
        let mut changes = Vec::new();
        work(&mut self.incidents, &mut changes);
        for change in changes {
            match change {
                Change::Ended(id) => {
                    self.ended.extend(self.incidents.get(id).map(|incident| (id, incident)));
                }
                Change::Reopened(id) | Change::Merged { gone: id, .. } => {
                    self.ended.remove(&id);
                }
                Change::Opened(_) | Change::Grew(_) | Change::Related(..) => {}
            }
        }
    }

    fn advance(&mut self, now: i64) {
        let (joins, incidents) = self.swept.unwrap_or((now, now));
        let is_due = |last: i64, every: i64| now.saturating_sub(last) >= every;
        let mut swept = (joins, incidents);
        if is_due(joins, JOINS_EVERY) {
            swept.0 = now;
            let mut links = Vec::new();
            self.joins.advance(now, &mut links);
            self.link(&links);
        }
        if is_due(incidents, INCIDENTS_EVERY) {
            swept.1 = now;
            self.change(|incidents, changes| incidents.advance(now, changes));
        }
        self.swept = Some(swept);
    }

    /// No alert will come any more. All incidents in order of their first alert.
    pub fn finish(&mut self) -> Vec<Incident> {
        let mut links = Vec::new();
        self.joins.advance(i64::MAX, &mut links);
        self.link(&links);
        let ids: Vec<u64> = self.incidents.ids().collect();
        let mut all = self.ended.clone();
        all.extend(ids.into_iter().filter_map(|id| Some((id, self.incidents.get(id)?))));
        let mut all: Vec<Incident> = all.into_values().collect();
        all.sort_by_key(|incident| (incident.first, incident.id));
        all
    }

    /// How many alerts name no process and no session: they are in no incident.
    pub fn without_process(&self) -> u64 {
        self.without_process
    }

    /// How many members of findings are in no incident by them: too many alerts came since, or their number is not theirs
    /// alone.
    pub fn without_facts(&self) -> u64 {
        self.without_facts
    }
}
