//! The way of an event: apply, resolve its paths, evaluate, render, deliver.

use std::collections::BTreeMap;
use std::sync::Arc;

use peregrine_alert::{Alert, AlertId, AlertSink, Sequence, render};
use peregrine_fields::Texts;
use peregrine_state::{HostInfo, Limits, State};

use crate::generation::Generation;
use crate::metrics::{Metric, Metrics, RuleKey};
use crate::resolve_paths::{led, makes_link};
use crate::source::{EventRecord, Record};
use crate::stream::{Stream, extend_trailer};

/// Events in, alerts out.
#[derive(Debug)]
pub struct Pipeline<O, S> {
    stream: Stream,
    generation: Generation,
    outside: O,
    sink: S,
    sequence: Arc<Sequence>,
    /// How often the rules of former generations matched.
    former_matches: BTreeMap<RuleKey, u64>,
    hits: Vec<u32>,
    alerts: Vec<Arc<Alert>>,
    texts: Texts,
    own_pid: Option<u32>,
    containers: bool,
    /// The host alerts name, where that is another than the events'.
    host: Option<String>,
    /// Facts of the event at hand, where user space adds to them.
    trailers: [Vec<u8>; 2],
}

impl<O: HostInfo, S: AlertSink> Pipeline<O, S> {
    /// A generation of rules before the first record.
    pub fn new(
        generation: Generation,
        limits: Limits,
        outside: O,
        sink: S,
        sequence: Arc<Sequence>,
    ) -> Self {
        let mut stream = Stream::new(limits);
        stream.state_mut().follow_names(generation.follow_names);
        Self {
            stream,
            generation,
            outside,
            sink,
            sequence,
            former_matches: BTreeMap::new(),
            hits: Vec::new(),
            alerts: Vec::new(),
            texts: Texts::default(),
            own_pid: None,
            containers: true,
            host: None,
            trailers: [Vec::new(), Vec::new()],
        }
    }

    /// Whether containers are looked at; they are unless this says no.
    #[must_use]
    pub fn with_containers(mut self, on: bool) -> Self {
        self.containers = on;
        self
    }

    /// Has alerts name this host instead of the one events come from.
    #[must_use]
    pub fn named(mut self, host: Option<String>) -> Self {
        self.host = host;
        self
    }

    /// Asks no rule about what this process does: an alert that is written would be an event of its
    /// own, without end.
    #[must_use]
    pub fn without(mut self, own_pid: Option<u32>) -> Self {
        self.own_pid = own_pid;
        self
    }

    /// The rules events are judged by.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// Judges events by other rules from now on. The state of the host and all counts go on.
    pub(crate) fn replace(&mut self, generation: Generation) {
        self.stream.state_mut().follow_names(generation.follow_names);
        let former = std::mem::replace(&mut self.generation, generation);
        former.add_matches(&mut self.former_matches);
    }

    /// Copies what the pipeline and the state count.
    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        let mut matches = self.former_matches.clone();
        self.generation.add_matches(&mut matches);
        metrics.read_rule_matches(matches);
        let enabled = self.generation.enabled();
        metrics.set(Metric::RulesEnabled, u64::try_from(enabled).unwrap_or(u64::MAX));
        metrics.set(Metric::Events, self.stream.events());
        metrics.set(Metric::MalformedRecords, self.stream.damaged());
        metrics.read_state(self.stream.state());
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
            Record::Snapshot(bytes) => self.stream.snapshot(bytes, &self.outside),
            Record::Event(event) => self.event(event),
        }
    }

    fn event(&mut self, record: EventRecord<'_>) {
        let Self { stream, generation, outside, hits, trailers: [trailer, longer], .. } = self;
        let Some(mut event) = stream.event(record, trailer, outside) else { return };
        let own = self.own_pid.is_some()
            && event.trailer.origin().map(|origin| origin.pid) == self.own_pid;
        let info = event.view.info();
        if own || record.state_only || !stream.is_for_rules(info) {
            return;
        }
        let looks = generation.engine.looks_at(info.event_type());
        let links = makes_link(info.event_type());
        if !looks && !links {
            return;
        }
        if links || generation.engine.asks_for_paths(info.event_type()) {
            let found = led(&event, stream.state(), outside);
            if !found.is_empty() {
                extend_trailer(&mut event, &found, longer);
            }
        }
        if !looks {
            return;
        }
        self.texts.clear();
        let mut context = stream.context(&event, outside).with_texts(&self.texts);
        context.containers = self.containers;
        hits.clear();
        generation.engine.evaluate(&context, hits);
        if hits.is_empty() {
            return;
        }
        // Whatever acts on hits acts here, on their numbers: nothing is rendered yet. Then values are
        // copied out of the event, the first allocation on its way.
        for rule in generation.outputs(hits) {
            let mut alert = render(&self.sequence, &rule, &context);
            if let Some(host) = &self.host {
                alert.id.host.clone_from(host);
            }
            self.alerts.push(Arc::new(alert));
        }
        for alert in self.alerts.drain(..) {
            self.sink.deliver(alert);
        }
    }

    /// The id of an alert that no event made.
    pub(crate) fn next_id(&self) -> AlertId {
        let host = self.host.clone().unwrap_or_else(|| self.outside.hostname());
        AlertId { host, sequence: self.sequence.next() }
    }

    /// Where alerts go.
    pub(crate) fn sink(&self) -> &S {
        &self.sink
    }

    pub(crate) fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Gives back where alerts went.
    pub fn into_sink(self) -> S {
        self.sink
    }
}
