//! One output: the queue in memory of what waits for its worker, within bounds, and the worker itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded, unbounded};
use peregrine_alert::{Alert, INTERNAL, Sequence};
use peregrine_journal::{Subscription, Watch};

use crate::channels::{Opened, Settings};
use crate::dead_letters::SharedDeadLetters;
use crate::error::OutputError;
use crate::feed::{Feed, Item};
use crate::notice::{Notify, OutputNotice};
use crate::options::Options;
use crate::requests::{Replacement, Requests};
use crate::status::{OutputStats, Source, Status};
use crate::worker::Worker;

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
    settings: Arc<Settings>,
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
        let settings = Arc::new(opened.settings.clone());
        let name = opened.name.clone();
        let Replacement { output, limits, selection, retry } = opened.into_replacement();
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
        Ok(Self { name, settings, alerts, watch, status, requests, bytes, thread, notify })
    }

    /// What it was opened with.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings)
    }

    /// Has another output take the place of this one; what waits and what is counted stays.
    pub(crate) fn replace(&mut self, by: Opened) {
        self.settings = Arc::new(by.settings.clone());
        self.requests.replace(by.into_replacement());
        self.wake();
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

    /// It is in the configuration no more: it gets alerts of lower numbers than `from`, until `end` at the latest.
    pub(crate) fn remove(self, from: u64, end: Instant) -> Removed {
        let _ = self.requests.removed.set(from);
        let last = self.watch.as_ref().map(Watch::last);
        Removed { last, closing: self.hang_up(end) }
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

/// An output that is in the configuration no more.
pub(crate) struct Removed {
    /// The last record of the journal when it was removed, where it reads that.
    last: Option<u64>,
    closing: Closing,
}

impl Removed {
    /// Waits until it has had what was for it. Its name, and how many alerts it did not get.
    pub(crate) fn finish(self) -> (String, u64) {
        let Self { last, closing } = self;
        let watch = closing.watch.clone();
        let stats = closing.finish();
        let behind = last.zip(watch).map(|(last, watch)| last.saturating_sub(watch.cursor()));
        (stats.name, behind.unwrap_or(stats.queued))
    }
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
