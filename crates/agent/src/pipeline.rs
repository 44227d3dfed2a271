//! What happens with an event: apply, resolve its paths, evaluate, render, deliver.

mod captures;
mod containers;
mod verdicts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use peregrine_alert::{Alert, AlertId, AlertSink, Sequence};
use peregrine_containers::Problem;
use peregrine_event::Event;
use peregrine_fields::{Texts, ask_accounts, only_looks};
use peregrine_state::{HostInfo, Limits, State, Thread};

use crate::evaluation::Evaluation;
use crate::event_filter::EventFilter;
use crate::generation::Generation;
use crate::guard::Denials;
use crate::metrics::{Metric, Metrics, RuleKey};
use crate::notice::Notice;
use crate::on_match::Feed;
use crate::parking::{ParkedEvent, Parking};
use crate::record::{LookedUp, RecordingHost};
use crate::resolve_paths::{makes_link, resolve_paths};
use crate::respond::ResponseFeed;
use crate::source::{EventRecord, Record};
use crate::stages::Stages;
use crate::stream::{Stream, extend_trailer};

/// How long events wait for the metadata of their container at the end.
pub(crate) const LAST_WAIT: Duration = Duration::from_secs(1);

/// Events in, alerts out.
#[derive(Debug)]
pub struct Pipeline<H, S> {
    stream: Stream,
    generation: Generation,
    host: H,
    sink: S,
    sequence: Arc<Sequence>,
    /// The number of the generation, and the one before while events wait that are its to evaluate.
    generations: u64,
    former: Option<Generation>,
    /// Generations that nothing needs any more. To free one takes milliseconds.
    retired: Vec<Generation>,
    /// How often the rules of former generations matched.
    former_matches: BTreeMap<RuleKey, u64>,
    /// How long those rules took, nanoseconds.
    former_times: BTreeMap<String, u64>,
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
    /// How long events take.
    stages: Stages,
    /// Events that wait for the metadata of their container, where engines are asked.
    parking: Option<Parking>,
    /// Takes what happens for captures on a match, where they are on.
    captures: Option<Feed>,
    /// Decisions of policies, where there are any.
    denials: Option<Denials>,
    /// Takes matches for responses, where there are any.
    responses: Option<ResponseFeed>,
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
            generations: 0,
            former: None,
            retired: Vec::new(),
            host,
            sink,
            sequence,
            former_matches: BTreeMap::new(),
            former_times: BTreeMap::new(),
            hits: Vec::new(),
            alerts: Vec::new(),
            texts: Texts::default(),
            own_pid: None,
            unseen: 0,
            containers: true,
            filter: None,
            alert_host: None,
            trailers: [Vec::new(), Vec::new()],
            parking: None,
            stages: Stages::default(),
            captures: None,
            denials: None,
            responses: None,
        }
    }

    /// Has engines asked about containers. Whoever does so calls [`Self::poll_containers`] often.
    #[must_use]
    pub(crate) fn with_parking(mut self, parking: Parking) -> Self {
        self.stream.state_mut().watch_containers();
        self.parking = Some(parking);
        self
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

    /// Evaluates other rules from now on. The state of the host and all counts stay.
    pub(crate) fn replace(&mut self, generation: Generation) {
        self.stream.state_mut().follow_names(generation.follow_names);
        if let Some(captures) = &mut self.captures {
            captures.follow_names(generation.follow_names);
        }
        if let Some(denials) = &mut self.denials {
            denials.forget_rules();
        }
        if let Some(responses) = &mut self.responses {
            responses.forget_rules();
        }
        // Of two former generations only the younger one waits for its events.
        if let Some(parking) = &mut self.parking
            && self.former.is_some()
        {
            let parked = parking.of_generation(self.generations - 1);
            self.evaluate_parked(parked);
        }
        self.retire_former();
        self.generations += 1;
        self.former = Some(std::mem::replace(&mut self.generation, generation));
        self.retire_idle_former();
    }

    /// Generations that nothing needs any more, to be freed where nobody waits for it.
    pub(crate) fn take_retired(&mut self) -> Vec<Generation> {
        std::mem::take(&mut self.retired)
    }

    /// Retires the former generation where none of its events waits.
    fn retire_idle_former(&mut self) {
        let number = self.generations.wrapping_sub(1);
        if !self.parking.as_ref().is_some_and(|parking| parking.waits_for(number)) {
            self.retire_former();
        }
    }

    fn retire_former(&mut self) {
        if let Some(former) = self.former.take() {
            if let Some(times) = &former.times {
                times.add_to(&mut self.former_times);
            }
            former.add_matches(&mut self.former_matches);
            // Rules that never matched leave nothing behind.
            self.former_matches.retain(|_, count| *count > 0);
            self.retired.push(former);
        }
    }

    /// Copies what the pipeline and the state count.
    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        let mut matches = self.former_matches.clone();
        for generation in self.former.iter().chain([&self.generation]) {
            generation.add_matches(&mut matches);
        }
        if let Some(parking) = &self.parking {
            parking.read_metrics(metrics);
            metrics.read_containers(self.stream.state());
        }
        Feed::read_metrics(self.captures.as_ref(), metrics);
        metrics.read_rule_matches(matches);
        if self.generation.times.is_some() {
            let mut times = self.former_times.clone();
            let generations = self.former.iter().chain([&self.generation]);
            generations.flat_map(|one| &one.times).for_each(|one| one.add_to(&mut times));
            metrics.read_rule_times(times);
        }
        metrics.read_files(&self.generation.files);
        self.stages.read_metrics(metrics);
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

    /// Nothing refers to the last event any more.
    pub(crate) fn settle(&mut self) {
        self.stream.state_mut().settle();
    }

    /// Events processed, and malformed records.
    pub fn counts(&self) -> (u64, u64) {
        (self.stream.events(), self.stream.damaged())
    }

    /// How often rules matched, of this generation and former ones.
    pub(crate) fn matches(&self) -> u64 {
        let gone: u64 = self.former_matches.values().sum();
        let generations = self.former.iter().chain([&self.generation]);
        gone + generations.flat_map(|one| one.engine.counts()).sum::<u64>()
    }

    /// The host, which answers what no event carries.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Processes a record: of the first snapshot, or an event.
    #[inline]
    pub fn take(&mut self, record: Record<'_>) {
        match record {
            Record::Snapshot(bytes) => self.snapshot(bytes),
            Record::Event(event) => self.event(event),
            Record::Restart => {
                self.stream.restart();
                self.stream.state_mut().follow_names(self.generation.follow_names);
                if let Some(captures) = &mut self.captures {
                    captures.restart();
                }
            }
        }
    }

    fn snapshot(&mut self, bytes: &[u8]) {
        let Self { stream, host, captures, trailers: [trailer, _], .. } = self;
        let Some(captures) = captures else {
            stream.snapshot(bytes, trailer, host);
            return;
        };
        let looked_up = captures.looked_up();
        let host = RecordingHost::new(host, &looked_up);
        if let Some(event) = stream.snapshot(bytes, trailer, &host) {
            captures.snapshot(&event, &host);
        }
    }

    #[inline]
    fn event(&mut self, record: EventRecord<'_>) {
        match self.captures.as_ref().map(Feed::looked_up) {
            None => self.event_of(record, None),
            Some(looked_up) => self.event_of(record, Some(&looked_up)),
        }
    }

    /// Two copies of it: where nothing is looked up for captures, the host is called without a table, and nothing asks
    /// whether it is.
    #[expect(clippy::inline_always, reason = "one copy costs a replay 2 % more instructions")]
    #[inline(always)]
    fn event_of(&mut self, record: EventRecord<'_>, looked_up: Option<&LookedUp>) {
        let Self { stream, generation, host, hits, filter, stages, .. } = self;
        let [trailer, longer] = &mut self.trailers;
        let begin = stages.begin();
        let recording;
        let host: &dyn HostInfo = match looked_up {
            None => host,
            Some(looked_up) => {
                recording = RecordingHost::new(host, looked_up);
                &recording
            }
        };
        let Some(mut event) = stream.event(record, trailer, host) else { return };
        let applied = stages.applied(begin);
        if let Some(parking) = &mut self.parking
            && stream.state().has_seen_containers()
        {
            parking.request(stream.state_mut().take_seen_containers(), Instant::now());
        }
        let pid = event.trailer.origin().map(|origin| origin.pid);
        let own = self.own_pid.is_some() && pid == self.own_pid
            || self.denials.as_ref().zip(pid).is_some_and(|(denials, pid)| {
                let thread = || stream.state().thread(i64::from(pid));
                denials.is_canary(pid, || Some(thread()?.ptid))
            });
        let info = event.view.info();
        let code = info.event_type();
        let shown = !own && !record.state_only;
        let for_rules = shown && stream.is_for_rules(info);
        let looks = for_rules && generation.engine.looks_at(code);
        let links = for_rules && makes_link(code);
        let asked = links || looks && generation.engine.asks_for_paths(code);
        // In a capture neither paths nor accounts can be looked up later.
        if asked || looked_up.is_some() && shown && !only_looks(&event) {
            let found = resolve_paths(&event, stream.state(), host);
            if !found.is_empty() {
                extend_trailer(&mut event, &found, longer);
            }
        }
        if let (Some(captures), Some(looked_up)) = (&mut self.captures, looked_up) {
            let context = stream.context(&event, host);
            let due = |thread: &Thread| looked_up.accounts.are_due(thread, event.view.ts());
            if shown && context.thread().is_some_and(due) {
                ask_accounts(&context);
            }
            captures.event(&event, !shown, host);
        }
        if !for_rules {
            self.unseen += 1;
            return;
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
        if let Some(parking) = &mut self.parking
            && parking.waits()
            && generation.engine.asks_for_containers(code)
            && let Some(id) = context.thread().and_then(|thread| parking.container_of(thread))
        {
            // The container's own accounts may be gone by then.
            ask_accounts(&context);
            let excerpt = stream.state().excerpt(&event);
            let too_many = parking.park(id, &event, excerpt, self.generations);
            self.evaluate_parked(too_many);
            return;
        }
        let evaluation = Evaluation {
            sequence: &self.sequence,
            alert_host: self.alert_host.as_ref(),
            hits,
            alerts: &mut self.alerts,
            captures: self.captures.as_mut(),
            denials: self.denials.as_mut(),
            responses: self.responses.as_mut(),
            stages,
        };
        evaluation.run(generation, &context, &mut self.sink);
        stages.evaluated(applied, record.cpu.is_none().then(|| event.view.ts()));
        if applied.is_some()
            && let Some(times) = &mut generation.times
        {
            times.measure(&context);
        }
    }

    /// Takes what engines said of containers, and evaluates the events that waited for it, and those that
    /// waited too long. Returns which engines fail.
    pub(crate) fn poll_containers(&mut self) -> Vec<Problem> {
        let Self { stream, parking: Some(parking), .. } = self else { return Vec::new() };
        let now = Instant::now();
        if stream.state().has_seen_containers() {
            parking.request(stream.state_mut().take_seen_containers(), now);
        }
        let reports = parking.reports();
        let problems = reports.into_iter().filter_map(|report| self.take_report(report)).collect();
        if let Some(parking) = self.parking.as_mut().filter(|parking| parking.waits()) {
            let late = parking.overdue(now);
            self.evaluate_parked(late);
        }
        if self.former.is_some() {
            self.retire_idle_former();
        }
        problems
    }

    /// Evaluates events that waited, by the generation that was there when they happened.
    fn evaluate_parked(&mut self, parked: impl IntoIterator<Item = ParkedEvent>) {
        for ParkedEvent { num, cpu, record, mut state, generation } in parked {
            let Self { stream, host, hits, filter, texts, .. } = self;
            let Ok(mut event) = Event::parse(num, &record) else { continue };
            event.cpu = cpu;
            state.share_containers(stream.state());
            texts.clear();
            let mut context = stream.context_in(&event, &state, host).with_texts(texts);
            context.containers = self.containers;
            if filter.as_mut().is_some_and(|filter| !filter.fits(&context)) {
                continue;
            }
            let rules = if generation == self.generations {
                Some(&mut self.generation)
            } else {
                self.former.as_mut()
            };
            let evaluation = Evaluation {
                sequence: &self.sequence,
                alert_host: self.alert_host.as_ref(),
                hits,
                alerts: &mut self.alerts,
                captures: self.captures.as_mut(),
                denials: self.denials.as_mut(),
                responses: self.responses.as_mut(),
                stages: &mut self.stages,
            };
            if let Some(rules) = rules {
                evaluation.run(rules, &context, &mut self.sink);
            }
        }
    }

    /// The id of an alert without an event.
    pub(crate) fn next_id(&self) -> AlertId {
        let host = self.alert_host.clone().unwrap_or_else(|| self.host.hostname());
        AlertId { host, sequence: self.sequence.next() }
    }

    /// Sends the alert of a notice to every output, where it has one.
    pub(crate) fn send_notice(&mut self, notice: &Notice, time_ns: u64) {
        let Some((rule, message)) = notice.alert() else { return };
        let (id, offset, level) = (self.next_id(), self.host.utc_offset(time_ns), notice.level());
        let alert = Alert::internal(id, time_ns, offset, level, rule, &message, notice.fields());
        self.sink.deliver(Arc::new(alert));
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
