//! The thread of one output: takes alerts from its queue, renders them and hands them to the output.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use peregrine_alert::{Alert, AlertId, Form, Priority, Sequence};
use serde_json::{Map, Value as Json};

use crate::notice::{Notify, OutputNotice};
use crate::output::{Batch, Fate, Output, Record};

/// The rule of alerts about alerts that an output lost.
pub(crate) const LOST: &str = "Peregrine internal: output loss";
/// How long it waits for an alert before it does what is due without any.
const TICK: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: AtomicU64,
    pub(crate) written: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) failed: AtomicU64,
    /// Bytes of the alerts that wait.
    pub(crate) waiting: AtomicUsize,
    /// The output is to be opened anew.
    pub(crate) reopen: AtomicBool,
}

impl Counts {
    pub(crate) fn lost(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed) + self.failed.load(Ordering::Relaxed)
    }
}

/// What lies in the queue.
pub(crate) enum Item {
    Alert(Arc<Alert>, usize),
    /// There is something to do beside alerts.
    Look,
}

/// An alert on its way out.
struct Pending {
    alert: Arc<Alert>,
    text: String,
    kind: Kind,
}

enum Kind {
    /// From the queue, where it took so many bytes of memory.
    Queued(usize),
    /// Says that so many were lost.
    Losses(u64),
}

pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) output: Box<dyn Output>,
    pub(crate) alerts: Receiver<Item>,
    pub(crate) form: Form,
    pub(crate) counts: Arc<Counts>,
    pub(crate) sequence: Arc<Sequence>,
    pub(crate) notify: Notify,
    /// How many losses the output itself has reported.
    pub(crate) reported: u64,
    pub(crate) failing: bool,
}

impl Worker {
    pub(crate) fn run(mut self) {
        let limits = self.output.batch();
        let mut last = None;
        let mut open = true;
        while open {
            let mut batch = Vec::new();
            open = self.fill(&mut batch, limits);
            if batch.is_empty() {
                // Why it cannot be done is seen by the next delivery.
                let _ = self.output.tick();
                continue;
            }
            last = batch.last().map(|pending| Arc::clone(&pending.alert));
            self.deliver(&batch);
        }
        if let Some(alert) = last
            && let Some(report) = self.loss_report(&alert)
        {
            // A failure here is only counted: the final report has it.
            self.deliver(&[report]);
        }
        let _ = self.output.tick();
    }

    /// Takes alerts until the batch is full, or none came in time. Whether more can come.
    fn fill(&mut self, batch: &mut Vec<Pending>, limits: Batch) -> bool {
        let mut end = Instant::now() + TICK;
        let mut bytes = 0;
        while batch.len() < limits.alerts.max(1) && bytes < limits.bytes {
            let item = match self.alerts.recv_deadline(end) {
                Ok(item) => item,
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            };
            if self.counts.reopen.swap(false, Ordering::Relaxed)
                && let Err(error) = self.output.reopen()
            {
                let (output, why) = (self.name.clone(), Arc::new(error));
                (self.notify)(&OutputNotice::NotReopened { output, why });
            }
            let Item::Alert(alert, weight) = item else { continue };
            if batch.is_empty() {
                end = Instant::now() + limits.wait;
            }
            // Whoever reads this output learns that something is missing before it goes on.
            if !self.failing {
                batch.extend(self.loss_report(&alert));
            }
            let text = alert.line(&self.form);
            bytes += text.len();
            batch.push(Pending { alert, text, kind: Kind::Queued(weight) });
        }
        true
    }

    fn deliver(&mut self, batch: &[Pending]) {
        let records: Vec<Record<'_>> = batch
            .iter()
            .map(|pending| Record { alert: &pending.alert, text: &pending.text })
            .collect();
        let report = self.output.deliver(&records);
        let mut why = report.error;
        for (pending, fate) in batch.iter().zip(report.fates) {
            let delivered = matches!(fate, Fate::Delivered);
            if let Fate::Refused(error) = fate {
                why.get_or_insert(error);
            }
            match pending.kind {
                Kind::Queued(weight) => {
                    self.counts.waiting.fetch_sub(weight, Ordering::Relaxed);
                    let counts = &self.counts;
                    let counter = if delivered { &counts.written } else { &counts.failed };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
                // The next report has them again.
                Kind::Losses(lost) if !delivered => self.reported -= lost,
                Kind::Losses(_) => {}
            }
        }
        let output = || self.name.clone();
        if let Some(error) = why {
            if !std::mem::replace(&mut self.failing, true) {
                let why = Arc::new(error);
                (self.notify)(&OutputNotice::Fails { output: output(), why });
            }
        } else if std::mem::take(&mut self.failing) {
            (self.notify)(&OutputNotice::WorksAgain { output: output() });
        }
    }

    /// How many alerts were lost here since that was said last; `beside`: the next one.
    fn loss_report(&mut self, beside: &Alert) -> Option<Pending> {
        let lost = self.counts.lost();
        let more = lost.checked_sub(self.reported).filter(|more| *more > 0)?;
        self.reported = lost;
        let id = AlertId { host: beside.id.host.clone(), sequence: self.sequence.next() };
        let alert = lost_alert(id, beside.time_ns, beside.utc_offset, &self.name, more);
        let text = alert.line(&self.form);
        Some(Pending { alert: Arc::new(alert), text, kind: Kind::Losses(more) })
    }
}
/// The alert that an output lost alerts.
fn lost_alert(id: AlertId, time_ns: u64, utc_offset: i32, output: &str, lost: u64) -> Alert {
    let fields: Map<String, Json> = [("output", Json::from(output)), ("lost", lost.into())]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect();
    let message = "Alerts were lost: the queue was full or writing failed.";
    Alert::internal(id, time_ns, utc_offset, Priority::Warning, LOST, message, fields)
}
