//! What rules cost, measured while events go by.
//!
//! A rule is evaluated alone, as if it were the only one: what several rules share when they are evaluated
//! together is paid by each here, so their sum is more than all of them cost together. Events are
//! sampled: all of the first ones, then every second, every fourth, so that long streams cost little
//! and every part of them counts for what it is.

use peregrine_event::EventType;
use peregrine_fields::EventContext;
use peregrine_rules::RuleSet;

use crate::{Engine, Matching};

/// How often a sampled event is asked in a row: the clock is read once before and once behind.
const IN_A_ROW: u64 = 8;
/// The fastest of so many rows counts: what else the machine did is left out.
const ROWS: usize = 3;
/// Samples until every other event is passed over.
const SAMPLES: u64 = 1024;

/// Tells nanoseconds since some beginning.
#[derive(Clone, Copy)]
pub struct Clock<'c> {
    now: &'c dyn Fn() -> u64,
    /// What reading it costs.
    own: u64,
}

impl std::fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("own", &self.own).finish_non_exhaustive()
    }
}

impl<'c> Clock<'c> {
    /// A clock, after a look at what reading it costs.
    pub fn new(now: &'c dyn Fn() -> u64) -> Self {
        let pair = |_| {
            let before = now();
            now().saturating_sub(before)
        };
        Self { now, own: (0..1000).map(pair).min().unwrap_or(0) }
    }

    fn time(&self, work: impl FnOnce()) -> u64 {
        let before = (self.now)();
        work();
        (self.now)().saturating_sub(before).saturating_sub(self.own)
    }
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// Events of the types that are looked at.
    pub events: u64,
    /// Hits.
    pub hits: u64,
    /// Nanoseconds an event takes, of all that are looked at.
    pub ns_per_event: f64,
}

impl Cost {
    /// What all of the events take, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    pub fn milliseconds(&self) -> f64 {
        self.ns_per_event * self.events as f64 / 1e6
    }
}

/// Measures one rule, or all of them together.
#[derive(Debug)]
pub struct Meter {
    engine: Engine,
    room: Vec<u32>,
    events: u64,
    hits: u64,
    samples: u64,
    /// Every so many events are sampled.
    stride: u64,
    /// For how many events the samples stand.
    weight: u64,
    /// What those would take, asked as often as each sample.
    ns: u64,
}

impl Meter {
    /// Of the rules that are enabled, asked together.
    pub fn new(rules: &RuleSet, matching: Matching) -> Self {
        Self {
            engine: Engine::new(rules, matching),
            room: Vec::new(),
            events: 0,
            hits: 0,
            samples: 0,
            stride: 1,
            weight: 0,
            ns: 0,
        }
    }

    /// Of one rule alone, be it enabled or not.
    pub fn of_rule(rules: &RuleSet, number: usize) -> Self {
        let mut rules: Vec<_> = rules.rules.get(number).cloned().into_iter().collect();
        for rule in &mut rules {
            rule.enabled = true;
        }
        Self::new(&RuleSet { rules }, Matching::All)
    }

    /// Whether events of a code are looked at.
    pub fn looks_at(&self, code: EventType) -> bool {
        self.engine.looks_at(code)
    }

    /// Asks about one event.
    pub fn ask(&mut self, context: &EventContext<'_>, clock: &Clock<'_>) {
        let Self { engine, room, .. } = self;
        room.clear();
        engine.evaluate(context, room);
        self.hits += room.len() as u64;
        self.events += 1;
        if !self.events.is_multiple_of(self.stride) {
            return;
        }
        let mut row = || {
            clock.time(|| {
                for _ in 0..IN_A_ROW {
                    room.clear();
                    engine.evaluate(context, room);
                }
            })
        };
        let fastest = (0..ROWS).map(|_| row()).min().unwrap_or(0);
        self.ns += fastest * self.stride;
        self.weight += self.stride;
        self.samples += 1;
        if self.samples.is_multiple_of(SAMPLES) {
            self.stride *= 2;
        }
    }

    /// What was measured so far.
    #[expect(clippy::cast_precision_loss, reason = "an average")]
    pub fn cost(&self) -> Cost {
        let asked = (self.weight * IN_A_ROW).max(1);
        Cost { events: self.events, hits: self.hits, ns_per_event: self.ns as f64 / asked as f64 }
    }
}
