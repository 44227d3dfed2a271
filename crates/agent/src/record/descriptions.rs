//! Metadata of containers in a recording: a replay cannot ask engines, so the description of a container
//! stands before the first event of it. Until an engine has answered, or for a while, nothing is written.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use peregrine_config::model::ContainerEngines;
use peregrine_containers::{Lookups, Problem, Report};
use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_hostinfo::host_root;
use peregrine_state::{Container, SeenContainer};

use crate::container_requests::ContainerRequests;
use crate::live::engine_settings;

/// Bytes of events that wait; then they are written whatever is missing.
const MOST_BYTES: usize = 32 << 20;

/// Who is asked, and what waits for the answers.
#[derive(Debug)]
pub(super) struct Descriptions {
    requests: ContainerRequests,
    max_wait: Duration,
    held: Option<Held>,
}

/// Events that wait.
#[derive(Debug)]
pub(super) struct Held {
    until: Instant,
    /// Containers that are looked up.
    ids: BTreeSet<String>,
    /// The first one: its number, CPU and record; the state has applied it.
    pub(super) first: (u64, u16, Vec<u8>),
    /// The records behind it.
    pub(super) later: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Descriptions {
    /// # Errors
    /// When the thread that asks cannot be started.
    pub(super) fn start(engines: &ContainerEngines) -> std::io::Result<Self> {
        let lookups = Lookups::start(engine_settings(engines, host_root()))?;
        let max_wait = Duration::from_millis(u64::try_from(engines.max_wait.0).unwrap_or(0));
        Ok(Self { requests: ContainerRequests::new(lookups), max_wait, held: None })
    }

    /// Has containers looked up; whether this event, the first of one of them, waits for that.
    pub(super) fn request(&mut self, seen: Vec<SeenContainer>, event: &Event<'_>) -> bool {
        let now = Instant::now();
        let ids: BTreeSet<String> = self.requests.request(seen, now).into_iter().collect();
        if ids.is_empty() || self.max_wait.is_zero() {
            return false;
        }
        let record = [event.view.bytes(), event.trailer.bytes()].concat();
        let first = (event.num, event.cpu, record);
        let until = now + self.max_wait;
        self.held = Some(Held { until, ids, first, later: VecDeque::new(), bytes: 0 });
        true
    }

    /// Whether events wait: then this one does, too.
    pub(super) fn hold(&mut self, record: &[u8]) -> bool {
        let Some(held) = &mut self.held else { return false };
        held.bytes += record.len();
        held.later.push_back(record.to_vec());
        true
    }

    /// What engines said meanwhile: descriptions, and which engines fail.
    pub(super) fn take(&mut self) -> (Vec<Container>, Vec<Problem>) {
        let reports: Vec<_> = self.requests.lookups.reports().collect();
        let (mut described, mut problems) = (Vec::new(), Vec::new());
        for report in reports {
            match report {
                Report::Problem(problem) => problems.push(problem),
                Report::Answer(answer) => {
                    if let Some(held) = &mut self.held {
                        held.ids.remove(&answer.id);
                    }
                    if let Some(container) = answer.container {
                        self.requests.described(&container.id);
                        described.push(container);
                    }
                }
            }
        }
        (described, problems)
    }

    /// The events that wait, where they wait no longer.
    pub(super) fn due(&mut self) -> Option<Held> {
        let due = |held: &mut Held| {
            held.ids.is_empty() || held.bytes > MOST_BYTES || held.until <= Instant::now()
        };
        self.held.take_if(due)
    }

    /// From now on no event waits longer than this.
    pub(super) fn hurry(&mut self, most: Duration) {
        self.max_wait = self.max_wait.min(most);
        if let Some(held) = &mut self.held {
            held.until = held.until.min(Instant::now() + most);
        }
    }

    /// Whether events wait.
    pub(super) fn holds(&self) -> bool {
        self.held.is_some()
    }
}

/// The event that describes a container.
pub(crate) fn description(container: &Container, ts: u64) -> Vec<u8> {
    let event = EventBuilder::new(EventType::ASYNCEVENT_E, ts, -1).u32(0).str(b"container");
    event.str(container.event_text().as_bytes()).finish()
}
