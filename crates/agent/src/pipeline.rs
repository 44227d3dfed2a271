//! The way of an event.

use std::sync::Arc;

use peregrine_alert::{About, render};
use peregrine_engine::{Engine, Matching};
use peregrine_event::{Category, Event, EventInfo, Facts};
use peregrine_fields::{EventContext, Texts, counts_as_first};
use peregrine_outputs::Outputs;
use peregrine_rules::RuleSet;
use peregrine_state::{Limits, Outside, State};

use crate::program_origin::standing;
use crate::resolve_paths::{led, makes_link};

/// Says which events rules are asked about. Two kinds only make the picture: users and containers
/// told before the first thing that happened, and the enter events of calls, whose exits tell the
/// same and more.
#[derive(Debug, Default)]
pub(crate) struct ForRules {
    begun: bool,
}

impl ForRules {
    pub(crate) fn takes(&mut self, info: &EventInfo) -> bool {
        let told = info.is(Category::Metaevent) && info.is(Category::Process);
        self.begun |= !told;
        self.begun && (info.event_type().is_exit() || !info.is(Category::Syscall))
    }
}

/// Events in, alerts out.
#[derive(Debug)]
pub struct Pipeline<O> {
    state: State,
    engine: Engine,
    rules: RuleSet,
    /// Tags of each rule, as alerts carry them.
    tags: Vec<Vec<String>>,
    outside: O,
    outputs: Outputs,
    hits: Vec<u32>,
    texts: Texts,
    for_rules: ForRules,
    own_pid: Option<u32>,
    containers: bool,
    events: u64,
    damaged: u64,
    first_ts: u64,
}

impl<O: Outside> Pipeline<O> {
    /// Rules, ready to be asked, before an empty picture.
    pub fn new(
        rules: RuleSet,
        matching: Matching,
        limits: Limits,
        outside: O,
        outputs: Outputs,
    ) -> Self {
        let engine = Engine::new(&rules, matching);
        let tags = rules.rules.iter().map(|rule| rule.tags.iter().cloned().collect()).collect();
        Self {
            state: State::new(limits),
            engine,
            rules,
            tags,
            outside,
            outputs,
            hits: Vec::new(),
            texts: Texts::default(),
            for_rules: ForRules::default(),
            own_pid: None,
            containers: true,
            events: 0,
            damaged: 0,
            first_ts: 0,
        }
    }

    /// Whether containers are looked at; they are unless this says no.
    #[must_use]
    pub fn with_containers(mut self, on: bool) -> Self {
        self.containers = on;
        self
    }

    /// Asks no rule about what this process does: an alert that is written would be an event of its
    /// own, without end.
    #[must_use]
    pub fn without(mut self, own_pid: Option<u32>) -> Self {
        self.own_pid = own_pid;
        self
    }

    /// The compiled rules.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The rules, in the order of [`Engine::counts`].
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The picture of the host.
    pub fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Events taken in, and records that were none.
    pub fn counts(&self) -> (u64, u64) {
        (self.events, self.damaged)
    }

    /// Takes a record of the first snapshot into the picture.
    pub fn snapshot(&mut self, record: &[u8]) {
        let Ok(mut event) = Event::parse(0, record) else {
            self.damaged += 1;
            return;
        };
        let longer;
        if let Some(found) = standing(&event, &self.outside) {
            longer = [event.facts.bytes(), &found].concat();
            event.facts = Facts::new(&longer);
        }
        self.state.apply(&event, &self.outside);
    }

    /// Takes an event into the picture that no rule is asked about; it counts.
    pub fn state_only(&mut self, record: &[u8]) {
        self.events += 1;
        self.snapshot(record);
    }

    /// What the pure layers are answered from.
    pub fn outside(&self) -> &O {
        &self.outside
    }

    /// One record: view, picture, rules, alerts, outputs.
    pub fn event(&mut self, record: &[u8]) {
        self.event_on(None, record);
    }

    /// One record of a source that tells the CPU beside it.
    pub fn event_on(&mut self, cpu: Option<u16>, record: &[u8]) {
        let Ok(mut event) = Event::parse(self.events + 1, record) else {
            self.damaged += 1;
            return;
        };
        event.cpu = cpu.unwrap_or(event.cpu);
        self.events += 1;
        let ts = event.view.ts();
        if self.first_ts == 0 && counts_as_first(&event) {
            self.first_ts = ts;
        }
        let with_program;
        if let Some(found) = standing(&event, &self.outside) {
            with_program = [event.facts.bytes(), &found].concat();
            event.facts = Facts::new(&with_program);
        }
        self.state.apply(&event, &self.outside);
        let own =
            self.own_pid.is_some() && event.facts.origin().map(|origin| origin.pid) == self.own_pid;
        let info = event.view.info();
        if own || !self.for_rules.takes(info) {
            return;
        }
        let looks = self.engine.looks_at(info.event_type());
        let links = makes_link(info.event_type());
        if !looks && !links {
            return;
        }
        let longer;
        if links || self.engine.asks_for_paths(info.event_type()) {
            let more = led(&event, &self.state, &self.outside);
            if !more.is_empty() {
                longer = [event.facts.bytes(), &more].concat();
                event.facts = Facts::new(&longer);
            }
        }
        if !looks {
            return;
        }
        self.texts.clear();
        let mut context =
            EventContext::new(&event, &self.state, &self.outside).with_texts(&self.texts);
        context.first_ts = self.first_ts;
        context.containers = self.containers;
        self.hits.clear();
        self.engine.evaluate(&context, &mut self.hits);
        for hit in &self.hits {
            let place = *hit as usize;
            let (Some(rule), Some(tags)) = (self.rules.rules.get(place), self.tags.get(place))
            else {
                continue;
            };
            let about = About {
                rule: &rule.name,
                priority: rule.priority,
                source: &rule.source,
                tags,
                extra_fields: &rule.extra_fields,
            };
            self.outputs.send(&Arc::new(render(&about, &rule.output, &context)));
        }
    }

    /// Where alerts go.
    pub(crate) fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// Gives the outputs back, to be closed.
    pub fn into_outputs(self) -> Outputs {
        self.outputs
    }
}
