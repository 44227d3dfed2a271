//! One output: the queue in memory of what waits for its worker, within bounds, and the worker itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded, unbounded};
use peregrine_alert::{Alert, INTERNAL, Sequence};
use peregrine_journal::{Subscription, Watch};

use crate::channels::Opened;
use crate::dead_letters::SharedDeadLetters;
use crate::error::OutputError;
use crate::feed::{Feed, Item};
use crate::notice::{Notify, OutputNotice};
use crate::options::Options;
use crate::status::{OutputStats, Source, Status};
use crate::worker::{Requests, Worker};

/// What all outputs have in common.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) sequence: Arc<Sequence>,
    pub(crate) notify: Notify,
    pub(crate) dead_letters: Option<SharedDeadLetters>,
}

pub(crate) struct Queue {
    name: String,
    /// None where the worker reads the journal.
    alerts: Option<Sender<Item>>,
    watch: Option<Watch>,
    status: Arc<Status>,
    requests: Arc<Requests>,
    bytes: usize,
    thread: JoinHandle<()>,
    notify: Notify,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Queue {
    /// Starts the worker of an output. It has its alerts from the journal where there is a `subscription`.
    pub(crate) fn start(
        opened: Opened,
        shared: &Shared,
        subscription: Option<Subscription>,
    ) -> Result<Self, OutputError> {
        let Opened { name, output, retry, batch, selection } = opened;
        let options = &shared.options;
        let watch = subscription.as_ref().map(Subscription::watch);
        let (alerts, feed) = if let Some(subscription) = subscription {
            (None, Feed::Journal(subscription))
        } else {
            let capacity = options.capacity;
            let (sender, alerts) = if capacity == 0 { unbounded() } else { bounded(capacity) };
            (Some(sender), Feed::Queue(alerts))
        };
        let (status, requests) = (Arc::new(Status::default()), Arc::new(Requests::default()));
        let mut limits = output.batch();
        limits.alerts = limits.alerts.min(batch.unwrap_or(usize::MAX)).max(1);
        let worker = Worker {
            name: name.clone(),
            output,
            limits,
            feed,
            watch: watch.clone(),
            selection,
            retry,
            dead_letters: shared.dead_letters.clone(),
            status: Arc::clone(&status),
            requests: Arc::clone(&requests),
            sequence: Arc::clone(&shared.sequence),
            notify: Arc::clone(&shared.notify),
        };
        let thread = std::thread::Builder::new()
            .name(format!("out {name}"))
            .spawn(move || worker.run())
            .map_err(|source| OutputError::Thread { output: name.clone(), source })?;
        let (bytes, notify) = (options.bytes, Arc::clone(&shared.notify));
        Ok(Self { name, alerts, watch, status, requests, bytes, thread, notify })
    }

    /// `weight`: about how many bytes the alert takes. What comes by way of the journal is not sent here.
    pub(crate) fn send(&self, alert: &Arc<Alert>, weight: usize) {
        let Some(alerts) = &self.alerts else { return };
        let status = &self.status;
        // One fits always, however large; so do the few small ones about Peregrine itself, which say what
        // was lost just when there is most to wait for.
        let before = status.waiting.fetch_add(weight, Ordering::Relaxed);
        let always = before == 0 || alert.source == INTERNAL;
        let fits = always || before.saturating_add(weight) <= self.bytes;
        if fits && alerts.try_send(Item::Alert(Arc::clone(alert), weight)).is_ok() {
            status.sent.fetch_add(1, Ordering::Relaxed);
            return;
        }
        status.waiting.fetch_sub(weight, Ordering::Relaxed);
        if status.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            (self.notify)(&OutputNotice::QueueFull { output: self.name.clone() });
        }
    }

    pub(crate) fn reopen(&self) {
        self.requests.reopen.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Has the worker look what is asked of it.
    fn wake(&self) {
        if let Some(alerts) = &self.alerts {
            // A full queue is looked at anyway.
            let _ = alerts.try_send(Item::Look);
        }
        if let Some(watch) = &self.watch {
            watch.wake();
        }
        self.thread.thread().unpark();
    }

    /// How many alerts this output lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.status.lost(self.watch.as_ref())
    }

    /// How often its receiver began to refuse alerts.
    pub(crate) fn refusals(&self) -> u64 {
        self.status.refusals.load(Ordering::Relaxed)
    }

    /// What became of the alerts given to this output so far.
    pub(crate) fn stats(&self) -> OutputStats {
        self.status.stats(&self.name, self.watch.as_ref())
    }

    /// Its name, and what its worker counts.
    pub(crate) fn status(&self) -> (String, Arc<Status>) {
        (self.name.clone(), Arc::clone(&self.status))
    }

    /// Where its figures are.
    pub(crate) fn source(&self) -> Source {
        let (status, watch) = (Arc::clone(&self.status), self.watch.clone());
        Source { name: self.name.clone(), status, watch }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Nothing more comes; the worker delivers what waits until `end` at the latest.
    pub(crate) fn hang_up(mut self, end: Instant) -> Closing {
        let _ = self.requests.end.set(end);
        self.wake();
        self.alerts = None;
        let Self { name, watch, status, thread, .. } = self;
        Closing { name, watch, status, thread, end }
    }
}

/// An output that gets nothing more.
pub(crate) struct Closing {
    name: String,
    watch: Option<Watch>,
    status: Arc<Status>,
    thread: JoinHandle<()>,
    end: Instant,
}

impl Closing {
    pub(crate) fn finish(self) -> OutputStats {
        while !self.thread.is_finished() && Instant::now() < self.end {
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.thread.is_finished() {
            // Of a thread that panicked the alerts show as queued below.
            let _ = self.thread.join();
        }
        self.status.stats(&self.name, self.watch.as_ref())
    }
}

#[cfg(test)]
mod tests;
