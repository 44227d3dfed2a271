//! The engine: alerts in, findings out.

use std::collections::VecDeque;

use peregrine_alert::{Alert, AlertField, AlertId};
use peregrine_filter::Source;
use serde_json::{Map, Value as Json};

use crate::agents::Agents;
use crate::finding::Effect;
use crate::group::{Chained, Context};
use crate::key;
use crate::matching::{Matching, Target};
use crate::rule::{Correlation, Correlations, Kind, Mode, Step};
use crate::table::{Table, round_down};
use crate::window::Entry;

const SECOND: i64 = 1_000_000_000;
/// The agent findings of other correlations come from.
const CHAIN: &str = "\u{0}findings";

/// How the engine treats time and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How late an alert may come: what happened earlier before the clock is not counted, nanoseconds.
    pub lateness: i64,
    /// By how much alerts of one agent may come in another order than they happened in, nanoseconds.
    pub disorder: i64,
    /// An agent that is silent for so long holds nobody up any more, nanoseconds.
    pub silent_after: i64,
    /// What the state of all groups may take, bytes.
    pub memory: usize,
    /// How many agents are known at most; of more those that were silent for longest are forgotten, and what they
    /// send again is new.
    pub agents: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lateness: 600 * SECOND,
            disorder: 5 * SECOND,
            silent_after: 30 * SECOND,
            memory: 256 << 20,
            agents: 100_000,
        }
    }
}

/// An alert as it arrives.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Who sent it.
    pub agent: &'a str,
    /// The number the agent gave it; none: it is no repetition of another.
    pub sequence: Option<u64>,
    /// When it happened by the hub's clock, nanoseconds since the epoch.
    pub time: i64,
    /// The alert.
    pub alert: &'a Alert,
}

/// What the engine counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Alerts that arrived.
    pub alerts: u64,
    /// Alerts that had arrived before.
    pub repeated: u64,
    /// Alerts that came later than any correlation takes.
    pub too_late: u64,
    /// How often an alert was later than one correlation takes, which had evaluated its window.
    pub settled_before: u64,
    /// Alerts that counted for some correlation.
    pub matched: u64,
    /// Findings that were not reported because of `suppress`.
    pub suppressed: u64,
}

/// The state of all correlations.
#[derive(Debug)]
pub struct Engine {
    pub(crate) correlations: Correlations,
    pub(crate) settings: Settings,
    pub(crate) matching: Matching,
    pub(crate) tables: Vec<Table>,
    /// Up to when each correlation was evaluated.
    pub(crate) evaluated: Vec<i64>,
    /// The correlations that each one references.
    feeders: Vec<Vec<usize>>,
    pub(crate) agents: Agents,
    pub(crate) clock: i64,
    pub(crate) watermark: i64,
    /// The clock when everything was evaluated last, rounded.
    pub(crate) evaluated_at: i64,
    pub(crate) serial: u64,
    pub(crate) unnumbered: u64,
    pub(crate) counts: Counts,
    targets: Vec<Target>,
    key: Vec<u8>,
}

/// The value of an alert at a step, as its correlation counts it; none where it has none.
fn value_of(correlation: &Correlation, step: &Step, alert: &Alert) -> Option<u64> {
    match correlation.kind {
        Kind::ValueCount => key::hash(alert, &step.value),
        kind if kind.is_numeric() => {
            step.value.first().and_then(|field| key::number(alert, field)).map(f64::to_bits)
        }
        _ => Some(0),
    }
}

impl Engine {
    /// An engine for some correlations that has seen nothing.
    pub fn new(correlations: Correlations, settings: Settings) -> Self {
        let matching = Matching::new(&correlations);
        let count = correlations.items.len();
        let mut feeders = vec![Vec::new(); count];
        for (feeder, targets) in matching.by_correlation.iter().enumerate() {
            for target in targets {
                feeders.get_mut(target.correlation).into_iter().for_each(|of| of.push(feeder));
            }
        }
        Self {
            matching,
            tables: (0..count).map(|_| Table::default()).collect(),
            evaluated: vec![i64::MIN; count],
            feeders,
            agents: Agents::default(),
            clock: i64::MIN,
            watermark: i64::MIN,
            evaluated_at: i64::MIN,
            serial: 0,
            unnumbered: 0,
            counts: Counts::default(),
            targets: Vec::new(),
            key: Vec::new(),
            correlations,
            settings,
        }
    }

    /// The correlations it evaluates.
    pub fn correlations(&self) -> &[Correlation] {
        &self.correlations.items
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The name of an agent by its number in a [`crate::Member`].
    pub fn agent(&self, number: u32) -> &str {
        self.agents.name(number)
    }

    /// The number members of findings have of the last alert that came without one.
    pub fn unnumbered(&self) -> u64 {
        self.unnumbered
    }

    /// The groups that are open, of all correlations.
    pub fn groups(&self) -> usize {
        self.tables.iter().map(Table::len).sum()
    }

    /// What the state of all groups takes, bytes.
    pub fn memory(&self) -> usize {
        self.tables.iter().map(|table| table.bytes).sum()
    }

    /// What the table of agents takes, beside [`Self::memory`], about, bytes.
    pub fn agents_memory(&self) -> usize {
        self.agents.bytes()
    }

    /// How many agents were forgotten because there were too many.
    pub fn agents_dropped(&self) -> u64 {
        self.agents.dropped()
    }

    /// How many groups of each correlation were dropped because memory was short.
    pub fn dropped(&self) -> impl Iterator<Item = u64> {
        self.tables.iter().map(|table| table.dropped)
    }

    /// Up to when every agent that is heard has sent all its alerts.
    pub fn watermark(&self) -> i64 {
        self.watermark
    }

    /// What alerts must be newer than to count at all.
    fn horizon(&self) -> i64 {
        self.clock.saturating_sub(self.settings.lateness)
    }

    /// An alert arrives. What follows is appended to `effects`.
    pub fn push(&mut self, arrival: Arrival<'_>, effects: &mut Vec<Effect>) {
        self.push_with(arrival, arrival.alert, effects);
    }

    /// The same, its values and others of the alert, as of the fleet, taken from `source` where conditions
    /// name them.
    pub fn push_with(
        &mut self,
        arrival: Arrival<'_>,
        source: &impl Source<AlertField>,
        effects: &mut Vec<Effect>,
    ) {
        let Arrival { agent, sequence, time, alert } = arrival;
        self.counts.alerts += 1;
        let agent = self.agents.number(agent, self.settings.agents);
        let sequence = match sequence {
            Some(sequence) if self.agents.is_first(agent, sequence) => sequence,
            Some(_) => {
                self.counts.repeated += 1;
                return;
            }
            None => {
                self.unnumbered += 1;
                self.unnumbered
            }
        };
        let is_slowest = self.agents.hear(agent, time, self.clock);
        if time < self.horizon() {
            self.counts.too_late += 1;
        } else {
            let mut targets = std::mem::take(&mut self.targets);
            self.matching.targets(&self.correlations, alert, source, &mut targets);
            self.counts.matched += u64::from(!targets.is_empty());
            self.apply(alert, (time, agent, sequence), &targets, effects);
            self.targets = targets;
        }
        // Only the one that holds the others up can let them go on.
        if is_slowest {
            self.advance(effects);
        }
    }

    /// The time goes on: `now` is that of the hub, nanoseconds since the epoch.
    pub fn tick(&mut self, now: i64, effects: &mut Vec<Effect>) {
        self.clock = self.clock.max(now);
        self.advance(effects);
    }

    /// No alert will come any more: everything is evaluated and ends.
    pub fn finish(&mut self, effects: &mut Vec<Effect>) {
        self.watermark = i64::MAX;
        self.clock = i64::MAX;
        self.evaluate(effects);
    }

    /// Adds an alert to the groups of the steps it matched.
    fn apply(
        &mut self,
        alert: &Alert,
        (time, agent, sequence): (i64, u32, u64),
        targets: &[Target],
        effects: &mut Vec<Effect>,
    ) {
        let mut rest = targets;
        while let Some(first) = rest.first() {
            let same = rest.partition_point(|target| {
                (target.correlation, target.absent) == (first.correlation, first.absent)
            });
            let (of_one, behind) = rest.split_at(same.max(1));
            rest = behind;
            let number = first.correlation;
            let Some(item) = self.correlations.items.get(number) else { continue };
            let evaluated = self.evaluated.get(number).copied().unwrap_or(i64::MIN);
            let is_settled = item.mode != Mode::AtOnce && time <= evaluated;
            if is_settled {
                self.counts.settled_before += 1;
                continue;
            }
            // Steps of one group are one alert; through aliases they may be of several.
            let mut done: Vec<Vec<u8>> = Vec::new();
            for (at, target) in of_one.iter().enumerate() {
                let Some(item) = self.correlations.items.get(number) else { continue };
                let step_of = |target: &Target| match (target.absent, &item.absent) {
                    (true, Some(absent)) => absent.steps.get(target.step),
                    _ => item.steps.get(target.step),
                };
                let Some(step) = step_of(target) else { continue };
                let mut key = std::mem::take(&mut self.key);
                let has_key = key::write(&mut key, alert, &step.group);
                if !has_key || done.contains(&key) {
                    self.key = key;
                    continue;
                }
                let mut steps = 0;
                let mut other = Vec::new();
                for target in of_one.get(at..).unwrap_or_default() {
                    let same = of_one.len() == 1
                        || step_of(target).is_some_and(|step| {
                            key::write(&mut other, alert, &step.group) && other == key
                        });
                    // Counts need no steps, and may have more rules than there are bits.
                    let bit =
                        u32::try_from(target.step).ok().and_then(|step| 1_u16.checked_shl(step));
                    steps |= bit.filter(|_| same).unwrap_or(0);
                }
                if of_one.len() > 1 {
                    done.push(key.clone());
                }
                let value = if first.absent { Some(0) } else { value_of(item, step, alert) };
                if let Some(value) = value {
                    let entry = Entry {
                        time,
                        sequence,
                        value,
                        agent,
                        weight: 1,
                        steps: if item.kind.is_temporal() { steps } else { 1 },
                        fires: false,
                        is_member: false,
                        is_settled: false,
                    };
                    self.insert(number, &key, entry, first.absent, effects);
                }
                self.key = key;
            }
        }
    }

    fn insert(
        &mut self,
        number: usize,
        key: &[u8],
        entry: Entry,
        absent: bool,
        effects: &mut Vec<Effect>,
    ) {
        let late = entry.time < self.watermark;
        let mut chained = Vec::new();
        self.with_table(number, late, effects, &mut chained, |table, context| {
            let (place, mut group) = table.take(key);
            if absent {
                group.see_absent(entry.time);
            } else {
                group.insert(entry, context);
            }
            let due = group.due(context.correlation);
            table.put(place, group, due, true);
        });
        self.make_room();
    }

    /// Works with the groups of a correlation and everything they need.
    fn with_table<T>(
        &mut self,
        number: usize,
        late: bool,
        effects: &mut Vec<Effect>,
        chained: &mut Vec<Chained>,
        work: impl FnOnce(&mut Table, &mut Context<'_>) -> T,
    ) -> Option<T> {
        let correlation = self.correlations.items.get(number)?;
        let table = self.tables.get_mut(number)?;
        let is_referenced =
            self.matching.by_correlation.get(number).is_some_and(|of| !of.is_empty());
        let mut context = Context {
            number,
            correlation,
            agents: &self.agents,
            is_referenced,
            late,
            serial: &mut self.serial,
            suppressed: &mut self.counts.suppressed,
            effects,
            chained,
        };
        Some(work(table, &mut context))
    }

    /// Drops groups until the state fits: of the correlation that has most, the one touched least recently.
    fn make_room(&mut self) {
        if self.memory() <= self.settings.memory {
            return;
        }
        while self.memory() > self.settings.memory {
            let largest = self.tables.iter_mut().max_by_key(|table| table.bytes);
            if !largest.is_some_and(Table::drop_oldest) {
                return;
            }
        }
    }

    /// Evaluates what the clock and the agents allow.
    fn advance(&mut self, effects: &mut Vec<Effect>) {
        if self.clock == i64::MIN {
            return;
        }
        let since = self.clock.saturating_sub(self.settings.silent_after);
        // Who is not heard may send what happened a moment ago.
        let slowest = self.agents.slowest(since).unwrap_or(i64::MAX).min(self.clock);
        let slowest = slowest.saturating_sub(self.settings.disorder);
        let watermark = round_down(slowest.max(self.horizon())).max(self.watermark);
        let seen = (watermark, round_down(self.clock));
        if seen != (self.watermark, self.evaluated_at) {
            (self.watermark, self.evaluated_at) = seen;
            self.evaluate(effects);
        }
    }

    /// Up to when a correlation can be evaluated.
    fn limit(&self, number: usize) -> i64 {
        let Some(item) = self.correlations.items.get(number) else { return i64::MIN };
        if self.clock == i64::MAX {
            return i64::MAX;
        }
        let own = match (item.mode, item.lateness) {
            (Mode::AtOnce, _) => self.horizon(),
            (_, Some(lateness)) => self.clock.saturating_sub(lateness),
            (_, None) => self.watermark,
        };
        let feeders = self.feeders.get(number).into_iter().flatten();
        let evaluated = feeders.filter_map(|feeder| self.evaluated.get(*feeder).copied());
        // Late alerts of what evaluates at once may come until the horizon, whatever its feeders did.
        round_down(evaluated.fold(own, i64::min))
    }

    /// Evaluates every correlation as far as it can be, each behind those it references.
    fn evaluate(&mut self, effects: &mut Vec<Effect>) {
        for number in 0..self.correlations.items.len() {
            let limit = self.limit(number);
            if self.evaluated.get(number).is_none_or(|done| *done >= limit) {
                continue;
            }
            // The order in which groups are due says nothing: what follows is sorted by their keys.
            let mut of_groups: Vec<(Box<[u8]>, Vec<Effect>)> = Vec::new();
            let (mut own, mut chained) = (Vec::new(), Vec::new());
            self.with_table(number, false, &mut own, &mut chained, |table, context| {
                while let Some((place, mut group)) = table.next_due(limit) {
                    let is_gone = group.advance(limit, context);
                    if !context.effects.is_empty() {
                        of_groups.push((group.key.clone(), std::mem::take(context.effects)));
                    }
                    if is_gone {
                        table.remove(place, group);
                    } else {
                        let due = group.due(context.correlation);
                        let due = due.map(|due| due.max(limit.saturating_add(1)));
                        table.put(place, group, due, false);
                    }
                }
            });
            of_groups.sort_by(|(one, _), (other, _)| one.cmp(other));
            effects.extend(of_groups.into_iter().flat_map(|(_, of_group)| of_group));
            if let Some(done) = self.evaluated.get_mut(number) {
                *done = limit;
            }
            chained.sort_by(|one, other| (one.time, &one.group).cmp(&(other.time, &other.group)));
            self.chain(VecDeque::from(chained), effects);
        }
    }

    /// Findings become alerts of the correlations that reference theirs.
    fn chain(&mut self, mut chained: VecDeque<Chained>, effects: &mut Vec<Effect>) {
        let agent = self.agents.number(CHAIN, self.settings.agents);
        while let Some(one) = chained.pop_front() {
            let Some(alert) = self.alert_of(&one) else { continue };
            let targets = self.matching.by_correlation.get(one.correlation);
            let mut targets = targets.cloned().unwrap_or_default();
            targets.sort_unstable();
            let first = one.id.0.first_chunk().copied().unwrap_or_default();
            self.apply(&alert, (one.time, agent, u64::from_be_bytes(first)), &targets, effects);
        }
    }

    /// A finding as an alert: its rule is the correlation, its values are those of the group.
    fn alert_of(&self, one: &Chained) -> Option<Alert> {
        let item = self.correlations.items.get(one.correlation)?;
        let mut fields = Map::new();
        let mut host = String::new();
        // By the names the correlation uses, and by those of the fields they stand for.
        for (at, (name, value)) in item.group_by.iter().zip(&one.group).enumerate() {
            fields.insert(name.clone(), Json::from(value.clone()));
            for field in item.steps.iter().filter_map(|step| step.group.get(at)) {
                if *field == AlertField::Hostname {
                    host.clone_from(value);
                }
                fields.insert(field.to_string(), Json::from(value.clone()));
            }
        }
        Some(Alert {
            id: AlertId { host, sequence: 0 },
            time_ns: u64::try_from(one.time).unwrap_or(0),
            utc_offset: 0,
            rule: item.title.clone(),
            priority: item.level,
            source: "correlation".to_owned(),
            tags: item.tags.clone(),
            message: item.title.clone(),
            fields,
        })
    }
}
