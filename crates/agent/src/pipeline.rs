//! The way of an event.

use std::sync::Arc;

use peregrine_alert::{About, render};
use peregrine_engine::{Engine, Matching};
use peregrine_fields::Texts;
use peregrine_outputs::Outputs;
use peregrine_rules::RuleSet;
use peregrine_state::{HostInfo, Limits, State};

use crate::resolve_paths::{led, makes_link};
use crate::source::{EventRecord, Record};
use crate::stream::{Stream, add_facts};

/// Events in, alerts out.
#[derive(Debug)]
pub struct Pipeline<O> {
    stream: Stream,
    engine: Engine,
    rules: RuleSet,
    /// Tags of each rule, as alerts carry them.
    tags: Vec<Vec<String>>,
    outside: O,
    outputs: Outputs,
    hits: Vec<u32>,
    texts: Texts,
    own_pid: Option<u32>,
    containers: bool,
    /// Facts of the event at hand, where user space adds to them.
    trailers: [Vec<u8>; 2],
}

impl<O: HostInfo> Pipeline<O> {
    /// Rules, ready to be asked, before the first record.
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
            stream: Stream::new(limits),
            engine,
            rules,
            tags,
            outside,
            outputs,
            hits: Vec::new(),
            texts: Texts::default(),
            own_pid: None,
            containers: true,
            trailers: [Vec::new(), Vec::new()],
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

    /// The state of the host.
    pub fn state(&self) -> &State {
        self.stream.state()
    }

    pub(crate) fn state_mut(&mut self) -> &mut State {
        self.stream.state_mut()
    }

    /// Events taken in, and records that were none.
    pub fn counts(&self) -> (u64, u64) {
        (self.stream.events(), self.stream.damaged())
    }

    /// What the pure layers are answered from.
    pub fn outside(&self) -> &O {
        &self.outside
    }

    /// Takes a record: of the first snapshot, or an event.
    pub fn take(&mut self, record: Record<'_>) {
        match record {
            Record::Snapshot(bytes) => self.snapshot(bytes),
            Record::Event(event) => self.event(event),
        }
    }

    /// Takes a record of the first snapshot.
    pub fn snapshot(&mut self, bytes: &[u8]) {
        self.stream.snapshot(bytes, &self.outside);
    }

    /// One event: state, rules, alerts, outputs.
    fn event(&mut self, record: EventRecord<'_>) {
        let Self { stream, engine, outside, hits, texts, trailers: [trailer, longer], .. } = self;
        let Some(mut event) = stream.event(record, trailer, outside) else { return };
        let own =
            self.own_pid.is_some() && event.facts.origin().map(|origin| origin.pid) == self.own_pid;
        let info = event.view.info();
        if own || record.state_only || !stream.is_for_rules(info) {
            return;
        }
        let looks = engine.looks_at(info.event_type());
        let links = makes_link(info.event_type());
        if !looks && !links {
            return;
        }
        if links || engine.asks_for_paths(info.event_type()) {
            let found = led(&event, stream.state(), outside);
            if !found.is_empty() {
                add_facts(&mut event, &found, longer);
            }
        }
        if !looks {
            return;
        }
        texts.clear();
        let mut context = stream.context(&event, outside).with_texts(texts);
        context.containers = self.containers;
        hits.clear();
        engine.evaluate(&context, hits);
        for hit in hits {
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
