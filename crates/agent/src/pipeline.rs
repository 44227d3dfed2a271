//! What happens with an event: apply, resolve its paths, evaluate, render, deliver.

use std::collections::BTreeMap;
use std::sync::Arc;

use peregrine_alert::{Alert, AlertId, AlertSink, Sequence, render};
use peregrine_fields::Texts;
use peregrine_state::{HostInfo, Limits, State};

use crate::event_filter::EventFilter;
use crate::generation::Generation;
use crate::metrics::{Metric, Metrics, RuleKey};
use crate::resolve_paths::{makes_link, resolve_paths};
use crate::source::{EventRecord, Record};
use crate::stream::{Stream, extend_trailer};

/// Events in, alerts out.
#[derive(Debug)]
pub struct Pipeline<H, S> {
    stream: Stream,
    generation: Generation,
    host: H,
    sink: S,
    sequence: Arc<Sequence>,
    /// How often the rules of former generations matched.
    former_matches: BTreeMap<RuleKey, u64>,
    hits: Vec<u32>,
    alerts: Vec<Arc<Alert>>,
    texts: Texts,
    own_pid: Option<u32>,
    /// Events that no rule was to see.
    unseen: u64,
    containers: bool,
    /// Rules are evaluated on events for which it is true.
    filter: Option<EventFilter>,
    /// The host name in alerts, where it is not the one of the events.
    alert_host: Option<String>,
    /// Buffers for the trailer of the event, where user space extends it.
    trailers: [Vec<u8>; 2],
}

impl<H: HostInfo, S: AlertSink> Pipeline<H, S> {
    /// A generation of rules before the first record.
    pub fn new(
        generation: Generation,
        limits: Limits,
        host: H,
        sink: S,
        sequence: Arc<Sequence>,
    ) -> Self {
        let mut stream = Stream::new(limits);
        stream.state_mut().follow_names(generation.follow_names);
        Self {
            stream,
            generation,
            host,
            sink,
            sequence,
            former_matches: BTreeMap::new(),
            hits: Vec::new(),
            alerts: Vec::new(),
            texts: Texts::default(),
            own_pid: None,
            unseen: 0,
            containers: true,
            filter: None,
            alert_host: None,
            trailers: [Vec::new(), Vec::new()],
        }
    }

    /// Whether rules see containers; on by default.
    #[must_use]
    pub fn with_containers(mut self, on: bool) -> Self {
        self.containers = on;
        self
    }

    /// Asks rules only about events for which a condition is true.
    #[must_use]
    pub(crate) fn with_filter(mut self, filter: Option<EventFilter>) -> Self {
        self.filter = filter;
        self
    }

    /// Sets the host name in alerts; without it that of the events is used.
    #[must_use]
    pub fn named(mut self, host: Option<String>) -> Self {
        self.alert_host = host;
        self
    }

    /// Evaluates no rule for events of this process: an alert that is written would raise another,
    /// without end.
    #[must_use]
    pub fn without(mut self, own_pid: Option<u32>) -> Self {
        self.own_pid = own_pid;
        self
    }

    /// The rules that are evaluated.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// Evaluates other rules from now on. The state of the host and all counts stay. Returns the former ones.
    pub(crate) fn replace(&mut self, generation: Generation) -> Generation {
        self.stream.state_mut().follow_names(generation.follow_names);
        let former = std::mem::replace(&mut self.generation, generation);
        former.add_matches(&mut self.former_matches);
        former
    }

    /// Copies what the pipeline and the state count.
    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        let mut matches = self.former_matches.clone();
        self.generation.add_matches(&mut matches);
        metrics.read_rule_matches(matches);
        let enabled = self.generation.enabled();
        metrics.set(Metric::RulesEnabled, u64::try_from(enabled).unwrap_or(u64::MAX));
        metrics.set(Metric::Events, self.stream.events());
        metrics.set(Metric::EventsForRules, self.stream.events() - self.unseen);
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

    /// Events processed, and malformed records.
    pub fn counts(&self) -> (u64, u64) {
        (self.stream.events(), self.stream.damaged())
    }

    /// How often rules matched, of this generation and former ones.
    pub(crate) fn matches(&self) -> u64 {
        let former: u64 = self.former_matches.values().sum();
        former + self.generation.engine.counts().iter().sum::<u64>()
    }

    /// The host, which answers what no event carries.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Processes a record: of the first snapshot, or an event.
    pub fn take(&mut self, record: Record<'_>) {
        match record {
            Record::Snapshot(bytes) => self.stream.snapshot(bytes, &self.host),
            Record::Event(event) => self.event(event),
            Record::Restart => {
                self.stream.restart();
                self.stream.state_mut().follow_names(self.generation.follow_names);
            }
        }
    }

    fn event(&mut self, record: EventRecord<'_>) {
        let Self { stream, generation, host, hits, filter, trailers: [trailer, longer], .. } = self;
        let Some(mut event) = stream.event(record, trailer, host) else { return };
        let own = self.own_pid.is_some()
            && event.trailer.origin().map(|origin| origin.pid) == self.own_pid;
        let info = event.view.info();
        if own || record.state_only || !stream.is_for_rules(info) {
            self.unseen += 1;
            return;
        }
        let looks = generation.engine.looks_at(info.event_type());
        let links = makes_link(info.event_type());
        if !looks && !links {
            return;
        }
        if links || generation.engine.asks_for_paths(info.event_type()) {
            let found = resolve_paths(&event, stream.state(), host);
            if !found.is_empty() {
                extend_trailer(&mut event, &found, longer);
            }
        }
        if !looks {
            return;
        }
        self.texts.clear();
        let mut context = stream.context(&event, host).with_texts(&self.texts);
        context.containers = self.containers;
        if filter.as_mut().is_some_and(|filter| !filter.fits(&context)) {
            return;
        }
        hits.clear();
        generation.engine.evaluate(&context, hits);
        if hits.is_empty() {
            return;
        }
        // Actions on matches belong here: rules are known by number and nothing is rendered yet.
        context.buffers = generation.buffers;
        // Rendering copies values out of the event, the first allocation on this path.
        for rule in generation.outputs(hits) {
            let mut alert = render(&self.sequence, &rule, &context);
            if let Some(host) = &self.alert_host {
                alert.id.host.clone_from(host);
            }
            self.alerts.push(Arc::new(alert));
        }
        for alert in self.alerts.drain(..) {
            self.sink.deliver(alert);
        }
    }

    /// The id of an alert without an event.
    pub(crate) fn next_id(&self) -> AlertId {
        let host = self.alert_host.clone().unwrap_or_else(|| self.host.hostname());
        AlertId { host, sequence: self.sequence.next() }
    }

    /// Where alerts go.
    pub(crate) fn sink(&self) -> &S {
        &self.sink
    }

    pub(crate) fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Returns the sink.
    pub fn into_sink(self) -> S {
        self.sink
    }
}
