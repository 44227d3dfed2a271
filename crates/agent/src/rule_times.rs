//! How long each rule takes while events go by, where the configuration asks for metrics of rules.
//!
//! A rule is evaluated alone, as if it were the only one: what several share when they are evaluated together is
//! counted for each. One event in so many is measured and stands for the others.

use std::collections::BTreeMap;
use std::time::Instant;

use peregrine_engine::{Engine, Matching};
use peregrine_fields::{EventContext, Texts};
use peregrine_rules::{Rule, RuleSet};

use crate::stages;

/// One in so many of the events whose stages are measured.
const STRIDE: u64 = 16;
/// For how many events one that is measured stands.
const WEIGHT: u64 = STRIDE * stages::STRIDE as u64;
/// How often the clock is read to know what that costs.
const READS: u32 = 1000;

/// Measures each rule.
#[derive(Debug)]
pub(crate) struct RuleTimes {
    rules: Vec<Timed>,
    texts: Texts,
    hits: Vec<u32>,
    events: u64,
    /// What reading the clock takes, nanoseconds.
    clock: u64,
}

/// One rule, alone.
#[derive(Debug)]
struct Timed {
    name: String,
    engine: Engine,
    ns: u64,
}

impl RuleTimes {
    /// Of the rules that are enabled.
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let timed = |rule: &Rule| {
            let alone = RuleSet { rules: vec![rule.clone()] };
            Timed { name: rule.name.clone(), engine: Engine::new(&alone, Matching::All), ns: 0 }
        };
        let rules = rules.rules.iter().filter(|rule| rule.enabled).map(timed).collect();
        let read = |_| nanoseconds(Instant::now());
        let clock = (0..READS).map(read).min().unwrap_or(0);
        Self { rules, texts: Texts::default(), hits: Vec::new(), events: 0, clock }
    }

    /// Measures an event, if it is its turn: one whose stages are measured and that rules look at.
    pub(crate) fn measure(&mut self, context: &EventContext<'_>) {
        self.events += 1;
        if !self.events.is_multiple_of(STRIDE) {
            return;
        }
        let code = context.event.view.event_type();
        let Self { rules, texts, hits, clock, .. } = self;
        for rule in rules.iter_mut().filter(|rule| rule.engine.looks_at(code)) {
            texts.clear();
            hits.clear();
            let context = context.with_texts(texts);
            let begin = Instant::now();
            rule.engine.evaluate(&context, hits);
            rule.ns += nanoseconds(begin).saturating_sub(*clock) * WEIGHT;
        }
    }

    /// Adds how long each rule took, nanoseconds.
    pub(crate) fn add_to(&self, times: &mut BTreeMap<String, u64>) {
        for Timed { name, ns, .. } in &self.rules {
            *times.entry(name.clone()).or_default() += ns;
        }
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
