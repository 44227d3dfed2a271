//! Events of a container that was just seen wait for its metadata, so that already its first alert has
//! name, image and labels. Events of other processes do not wait; those of one container stay in order.
//!
//! The state has applied an event before it waits: it is kept with an excerpt of the state at that moment,
//! and evaluated as if nothing had happened since. How long, and how many bytes wait, is bounded; what does
//! not fit or waited too long is evaluated without the metadata, and counted.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use peregrine_containers::{Lookups, Report};
use peregrine_event::Event;
use peregrine_state::{Excerpt, SeenContainer, State, Thread};

use crate::container_requests::ContainerRequests;
use crate::metrics::{Metric, Metrics};

/// Bytes of all waiting events, and of those of one container.
const MOST_BYTES: usize = 32 << 20;
const MOST_BYTES_OF_ONE: usize = 4 << 20;

/// Where look-ups of containers are requested, and the events that wait for them.
#[derive(Debug)]
pub(crate) struct Parking {
    requests: ContainerRequests,
    max_wait: Duration,
    /// Containers that are looked up, by `container.id`.
    waiting: BTreeMap<String, Waiting>,
    bytes: usize,
    /// Described containers in which no thread ran at the last look.
    empty: BTreeSet<String>,
    parked: u64,
    without: u64,
}

#[derive(Debug)]
struct Waiting {
    until: Instant,
    events: Vec<ParkedEvent>,
    bytes: usize,
}

/// An event that waits.
#[derive(Debug)]
pub(crate) struct ParkedEvent {
    /// Its number.
    pub(crate) num: u64,
    /// Its CPU.
    pub(crate) cpu: u16,
    /// Its block and its trailer.
    pub(crate) record: Vec<u8>,
    /// The state at it.
    pub(crate) state: State,
    /// The generation of rules that evaluates it.
    pub(crate) generation: u64,
}

impl Parking {
    /// Events wait so long.
    pub(crate) fn new(lookups: Lookups, max_wait: Duration) -> Self {
        Self {
            requests: ContainerRequests::new(lookups),
            max_wait,
            waiting: BTreeMap::new(),
            bytes: 0,
            empty: BTreeSet::new(),
            parked: 0,
            without: 0,
        }
    }

    /// Has containers without a description looked up.
    pub(crate) fn request(&mut self, seen: Vec<SeenContainer>, now: Instant) {
        for id in self.requests.request(seen, now) {
            if !self.max_wait.is_zero() {
                let until = now + self.max_wait;
                let waiting = Waiting { until, events: Vec::new(), bytes: 0 };
                self.waiting.entry(id).or_insert(waiting);
            }
        }
    }

    /// Whether containers are looked up for which events wait.
    #[inline]
    pub(crate) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The container of a thread, where its events wait.
    pub(crate) fn container_of<'t>(&self, thread: &'t Thread) -> Option<&'t str> {
        let id = std::str::from_utf8(thread.cgroups.container()?.short_id()).ok()?;
        self.waiting.contains_key(id).then_some(id)
    }

    /// Lets an event of a container wait. Where too much waits already no event of that container waits
    /// any longer: they are returned, this one last.
    pub(crate) fn park(
        &mut self,
        id: &str,
        event: &Event<'_>,
        excerpt: Excerpt,
        generation: u64,
    ) -> Vec<ParkedEvent> {
        let Some(waiting) = self.waiting.get_mut(id) else { return Vec::new() };
        let record = [event.view.bytes(), event.trailer.bytes()].concat();
        let bytes = excerpt.bytes + record.len();
        let (num, cpu, state) = (event.num, event.cpu, excerpt.state);
        waiting.events.push(ParkedEvent { num, cpu, record, state, generation });
        waiting.bytes += bytes;
        self.bytes += bytes;
        self.parked += 1;
        if waiting.bytes <= MOST_BYTES_OF_ONE && self.bytes <= MOST_BYTES {
            return Vec::new();
        }
        let events = self.take(id);
        self.without += count(&events);
        events
    }

    /// From now on no event waits longer than this.
    pub(crate) fn hurry(&mut self, most: Duration) {
        self.max_wait = self.max_wait.min(most);
        let until = Instant::now() + most;
        for waiting in self.waiting.values_mut() {
            waiting.until = waiting.until.min(until);
        }
    }

    /// What engines said meanwhile.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.requests.lookups.reports().collect()
    }

    /// What they say next, where events wait for it.
    pub(crate) fn wait(&self, now: Instant) -> Option<Report> {
        let last = self.waiting.values().map(|waiting| waiting.until).max()?;
        self.requests.lookups.wait(last.saturating_duration_since(now))
    }

    /// The events that waited for a container, which is described now or will not be.
    pub(crate) fn answered(&mut self, id: &str, described: bool) -> Vec<ParkedEvent> {
        if described {
            self.requests.described(id);
        }
        let events = self.take(id);
        if !described {
            self.without += count(&events);
        }
        events
    }

    /// The events that waited too long.
    pub(crate) fn overdue(&mut self, now: Instant) -> Vec<ParkedEvent> {
        let late = self.waiting.iter().filter(|(_, waiting)| waiting.until <= now);
        let late: BTreeSet<_> = late.map(|(id, waiting)| (waiting.until, id.clone())).collect();
        let events: Vec<_> = late.into_iter().flat_map(|(_, id)| self.take(&id)).collect();
        self.without += count(&events);
        events
    }

    /// The events that wait for evaluation by rules of this generation.
    pub(crate) fn of_generation(&mut self, generation: u64) -> Vec<ParkedEvent> {
        let mut events = Vec::new();
        for waiting in self.waiting.values_mut() {
            let (these, others) = std::mem::take(&mut waiting.events)
                .into_iter()
                .partition(|event| event.generation == generation);
            events.extend::<Vec<_>>(these);
            waiting.events = others;
        }
        events.sort_by_key(|event: &ParkedEvent| event.num);
        self.without += count(&events);
        events
    }

    /// The number of the first event that waits.
    pub(crate) fn first(&self) -> Option<u64> {
        let events = self.waiting.values().filter_map(|waiting| waiting.events.first());
        events.map(|event| event.num).min()
    }

    /// The number of the first event that waits for a container.
    pub(crate) fn first_of(&self, id: &str) -> Option<u64> {
        Some(self.waiting.get(id)?.events.first()?.num)
    }

    /// Whether events wait for evaluation by rules of this generation.
    pub(crate) fn waits_for(&self, generation: u64) -> bool {
        let mut events = self.waiting.values().flat_map(|waiting| &waiting.events);
        events.any(|event| event.generation == generation)
    }

    /// Drops the descriptions of containers in which no thread ran at this look and the last.
    /// Returns their ids.
    pub(crate) fn forget_empty(&mut self, state: &mut State) -> Vec<String> {
        let mut looked = HashSet::new();
        let mut inhabited = BTreeSet::new();
        for thread in state.tids().filter_map(|tid| state.thread(tid)) {
            if looked.insert(Arc::as_ptr(&thread.cgroups))
                && let Some(found) = thread.cgroups.container()
            {
                inhabited.insert(String::from_utf8_lossy(found.short_id()).into_owned());
            }
        }
        let described = state.containers().map(|container| container.id.clone());
        let empty: BTreeSet<String> = described.filter(|id| !inhabited.contains(id)).collect();
        let forgotten: Vec<String> = empty.intersection(&self.empty).cloned().collect();
        for id in &forgotten {
            state.forget_container(id);
        }
        self.empty = empty;
        forgotten
    }

    /// Copies what is counted.
    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        let counts = self.requests.lookups.counts();
        metrics.set(Metric::ContainersDescribed, counts.found);
        metrics.set(Metric::ContainersUnknown, counts.unknown);
        metrics.set(Metric::ContainersRefused, counts.refused);
        metrics.set(Metric::ContainerEngineFailures, counts.failures);
        metrics.add_memory("parked events", self.bytes);
        metrics.set(Metric::EventsParked, self.parked);
        metrics.set(Metric::EventsWithoutMetadata, self.without);
    }

    fn take(&mut self, id: &str) -> Vec<ParkedEvent> {
        let Some(Waiting { events, bytes, .. }) = self.waiting.remove(id) else {
            return Vec::new();
        };
        self.bytes -= bytes;
        events
    }
}

fn count(events: &[ParkedEvent]) -> u64 {
    u64::try_from(events.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
