//! Keeps the picture of threads true where the kernel could not tell everything.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use peregrine_event::Event;
use peregrine_hostinfo::Host;
use peregrine_outputs::Outputs;
use peregrine_probe::Losses;
use peregrine_state::StaleThreads;

use super::source::LiveSource;
use crate::pipeline::Pipeline;
use crate::source::Record;

/// Between two looks at all threads lies at least this, while events are lost or the table is full.
const MIN_INTERVAL: Duration = Duration::from_secs(5);
/// And at most this: some ends nobody tells, those of threads that had ended before the start.
const MAX_INTERVAL: Duration = Duration::from_mins(5);

/// Looks at all threads of the host again: after losses, when the table is nearly full, and now and
/// then. What was missed is learned; what is gone is taken away a moment later, when every event of
/// the time before has come.
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

    /// Something was missed that nobody counted: look soon.
    pub(crate) fn request(&mut self) {
        self.requested = true;
    }

    /// To be called about once a second, after the events that were there.
    pub(crate) fn tick(
        &mut self,
        pipeline: &mut Pipeline<Host, Outputs>,
        source: &LiveSource,
        losses: &Losses,
    ) {
        if !self.stale.is_empty() {
            pipeline.state_mut().remove_stale(&std::mem::take(&mut self.stale));
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
