//! A test's events, judged by its rules.

use std::sync::Arc;

use peregrine_alert::{Alert, Sequence};
use peregrine_config::Config;
use peregrine_engine::Matching;
use peregrine_event::Event;
use peregrine_rules::{Rule, RuleSet};
use peregrine_state::Limits;
use peregrine_yaml::Node;

use super::condition_tree::ConditionTree;
use super::event;
use super::node::{Wrong, wrong};
use super::process::{BEGIN, Cast};
use crate::generation::Generation;
use crate::pipeline::Pipeline;
use crate::source::{EventRecord, Record};
use crate::stream::Stream;

/// So many conditions explain one failure.
const MOST_TREES: usize = 3;

/// What happens in a test.
pub(crate) struct Scene<'t> {
    pub(crate) rules: &'t RuleSet,
    pub(crate) matching: Matching,
    cast: Cast,
    events: Vec<Vec<u8>>,
}

/// An alert, and the place of its event, from 1.
pub(crate) struct Raised {
    pub(crate) event: usize,
    pub(crate) alert: Arc<Alert>,
}

impl<'t> Scene<'t> {
    /// Reads the process and the events.
    pub(crate) fn new(
        rules: &'t RuleSet,
        matching: Matching,
        process: Option<&Node>,
        events: &[Node],
    ) -> Result<Self, Wrong> {
        let cast = Cast::new(process)?;
        // One event a millisecond, from a recognisable time.
        let at = |num: u64| BEGIN + num * 1_000_000;
        let records = (1..).zip(events).map(|(num, node)| {
            let record = event::event(node, at(num), &cast)?;
            match Event::parse(num, &record) {
                Ok(_) => Ok(record),
                Err(_) => wrong(node, "the event cannot be built: please report this"),
            }
        });
        let events = records.collect::<Result<_, _>>()?;
        Ok(Self { rules, matching, cast, events })
    }

    /// The alerts, in order.
    pub(crate) fn play(&self) -> Vec<Raised> {
        let mut config = Config { rule_matching: self.matching, ..Config::default() };
        config.engine.modern_ebpf.pushdown = false;
        let generation = Generation::new(&config, self.rules.clone());
        let sequence = Arc::new(Sequence::new(1));
        let mut pipeline = Pipeline::new(
            generation,
            Limits::default(),
            self.cast.accounts().clone(),
            Vec::new(),
            sequence,
        );
        for record in &self.cast.snapshot() {
            pipeline.take(Record::Snapshot(record));
        }
        let mut events = Vec::new();
        for (num, record) in (1..).zip(&self.events) {
            pipeline.take(Record::live(record));
            events.resize(pipeline.sink().len(), num);
        }
        let alerts = pipeline.into_sink().into_iter();
        events.into_iter().zip(alerts).map(|(event, alert)| Raised { event, alert }).collect()
    }

    /// The conditions of rules for events: `wanted` says which of them, by the place of the event.
    pub(crate) fn conditions(&self, wanted: impl Fn(usize, &Rule) -> bool) -> Vec<ConditionTree> {
        let mut trees = Vec::new();
        let mut stream = Stream::new(Limits::default());
        let host = self.cast.accounts();
        for record in &self.cast.snapshot() {
            stream.snapshot(record, &mut Vec::new(), host);
        }
        for (num, bytes) in (1..).zip(&self.events) {
            let record = EventRecord { bytes, cpu: None, state_only: false };
            let mut trailer = Vec::new();
            let Some(event) = stream.event(record, &mut trailer, host) else { continue };
            let context = stream.context(&event, host);
            let rules = self.rules.rules.iter().filter(|rule| rule.enabled && wanted(num, rule));
            trees.extend(rules.map(|rule| ConditionTree::new(rule, num, &context)));
        }
        trees
    }

    /// Why a rule raised no alert: its condition for the events of its types, or for all where none is.
    pub(crate) fn why_silent(&self, name: &str) -> Vec<ConditionTree> {
        let codes: Vec<u16> = self
            .events
            .iter()
            .filter_map(|record| Some(Event::parse(1, record).ok()?.view.event_type().0))
            .collect();
        let looks = |rule: &Rule, num: usize| {
            let code = num.checked_sub(1).and_then(|place| codes.get(place));
            code.is_some_and(|code| rule.condition.kinds.contains(*code))
        };
        let any = self
            .rules
            .rules
            .iter()
            .any(|rule| rule.name == name && (1..=codes.len()).any(|num| looks(rule, num)));
        let mut trees =
            self.conditions(|num, rule| rule.name == name && (!any || looks(rule, num)));
        // Where it is true something else is the reason: that is what to show.
        trees.sort_by_key(|tree| !tree.holds());
        trees.truncate(MOST_TREES);
        trees
    }

    /// Why no rule is true for an event: the conditions of those of its type, or of all.
    pub(crate) fn why_none(&self) -> Vec<ConditionTree> {
        let enabled = || self.rules.rules.iter().filter(|rule| rule.enabled);
        let code = self.events.first().and_then(|record| Event::parse(1, record).ok());
        let code = code.map_or(0, |event| event.view.event_type().0);
        let looks = |rule: &Rule| rule.condition.kinds.contains(code);
        let any = enabled().any(looks);
        let mut trees = self.conditions(|_, rule| !any || looks(rule));
        trees.truncate(MOST_TREES);
        trees
    }

    /// Why a rule raised an alert.
    pub(crate) fn why_raised(&self, raised: &Raised) -> Vec<ConditionTree> {
        self.conditions(|num, rule| num == raised.event && rule.name == raised.alert.rule)
    }
}
