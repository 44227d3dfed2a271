//! Reconciles the table of threads with the host, where the kernel could not deliver every event.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use peregrine_event::Event;
use peregrine_hostinfo::Host;
use peregrine_probe::Losses;
use peregrine_state::StaleThreads;

use super::source::LiveSource;
use crate::live::sinks::Sinks;
use crate::pipeline::Pipeline;
use crate::source::Record;

/// The shortest time between two reconciliations, while events are lost or the table is full.
const MIN_INTERVAL: Duration = Duration::from_secs(5);
/// The longest time: threads that had exited before the start have no exit event.
const MAX_INTERVAL: Duration = Duration::from_mins(5);

/// Compares the table of threads with the threads of the host: after losses, when the table is nearly
/// full, and at intervals. Missing threads are added; stale ones are removed a moment later, when every
/// event of the time before was processed.
#[derive(Debug)]
pub(crate) struct Reconciler {
    lost: u64,
    last: Instant,
    stale: StaleThreads,
    requested: bool,
}

impl Reconciler {
    pub(crate) fn new() -> Self {
        Self { lost: 0, last: Instant::now(), stale: StaleThreads::default(), requested: false }
    }

    /// Requests a reconciliation soon: events are missing that no counter has.
    pub(crate) fn request(&mut self) {
        self.requested = true;
    }

    /// To be called about once a second, after the events in the rings.
    pub(crate) fn tick(
        &mut self,
        pipeline: &mut Pipeline<Host, Sinks>,
        source: &mut LiveSource,
        losses: &Losses,
    ) {
        if !self.stale.is_empty() {
            pipeline.remove_stale(&std::mem::take(&mut self.stale));
        }
        let since = self.last.elapsed();
        let lost = losses.of_threads();
        let wanted = lost > self.lost || self.requested || pipeline.state().is_pressed();
        if !(wanted && since >= MIN_INTERVAL || since >= MAX_INTERVAL) {
            return;
        }
        (self.lost, self.last, self.requested) = (lost, Instant::now(), false);
        let mut living = HashSet::new();
        let seen = source.threads(&mut |record| {
            if let Ok(event) = Event::parse(0, record) {
                living.insert(event.view.tid());
            }
            pipeline.take(Record::Snapshot(record));
        });
        if seen {
            self.stale = pipeline.state().stale_threads(|tid| living.contains(&tid));
        }
    }
}
