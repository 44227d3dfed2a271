//! The thread of one output: takes alerts from its queue, encodes them and hands them to the sink.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::Receiver;
use peregrine_alert::{Alert, AlertId, Form, Priority, Sequence};
use serde_json::{Map, Value as Json};

use crate::notice::{Notify, OutputNotice};
use crate::sink::{Record, Sink, SinkError};

/// The rule of alerts about alerts that an output lost.
pub(crate) const LOST: &str = "Peregrine internal: output loss";

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: AtomicU64,
    pub(crate) written: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) failed: AtomicU64,
    /// Bytes of the alerts that wait.
    pub(crate) waiting: AtomicUsize,
    /// The sink is to be opened anew.
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

pub(crate) struct Worker {
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) alerts: Receiver<Item>,
    pub(crate) form: Form,
    pub(crate) buffered: bool,
    pub(crate) counts: Arc<Counts>,
    pub(crate) sequence: Arc<Sequence>,
    pub(crate) notify: Notify,
    /// How many losses the output itself has reported.
    pub(crate) reported: u64,
}

impl Worker {
    pub(crate) fn run(mut self) {
        let mut failing = false;
        // Lines given to the sink that no flush has confirmed yet.
        let mut unsure = 0_u64;
        // Losses whose report a flush has confirmed.
        let mut confirmed = self.reported;
        let mut last = None;
        while let Ok(item) = self.alerts.recv() {
            if self.counts.reopen.swap(false, Ordering::Relaxed)
                && let Err(error) = self.sink.reopen()
            {
                let (output, why) = (self.sink.name(), Arc::new(error));
                (self.notify)(&OutputNotice::NotReopened { output, why });
            }
            let mut done = Ok(());
            if let Item::Alert(alert, weight) = item {
                // Whoever reads this output learns that something is missing before it goes on.
                if !failing {
                    done = self.report_losses(&alert);
                }
                done = done.and_then(|()| self.deliver(&alert));
                self.counts.waiting.fetch_sub(weight, Ordering::Relaxed);
                unsure += 1;
                last = Some(alert);
            } else if unsure == 0 {
                continue;
            }
            // Unbuffered every line is out at once; buffered, when there is nothing more to do.
            let more = self.buffered && !self.alerts.is_empty();
            if done.is_ok() && !more {
                done = self.sink.flush();
            } else if done.is_ok() {
                continue;
            }
            match done {
                Ok(()) => {
                    self.counts.written.fetch_add(unsure, Ordering::Relaxed);
                    confirmed = self.reported;
                    if failing {
                        failing = false;
                        let output = self.sink.name();
                        (self.notify)(&OutputNotice::WorksAgain { output });
                    }
                }
                Err(error) => {
                    self.counts.failed.fetch_add(unsure, Ordering::Relaxed);
                    // The report may have gone with what was not flushed: rather twice than never.
                    self.reported = confirmed;
                    if !failing {
                        failing = true;
                        let (output, why) = (self.sink.name(), Arc::new(error));
                        (self.notify)(&OutputNotice::Fails { output, why });
                    }
                }
            }
            unsure = 0;
        }
        if let Some(alert) = last {
            // A failure here is only counted: the final report has it.
            let _ = self.report_losses(&alert);
            let done = self.sink.flush();
            let counter = if done.is_ok() { &self.counts.written } else { &self.counts.failed };
            counter.fetch_add(unsure, Ordering::Relaxed);
        }
    }

    fn deliver(&mut self, alert: &Alert) -> Result<(), SinkError> {
        let line = alert.line(&self.form);
        self.sink.write(Record { alert, line: &line })
    }

    /// Writes how many alerts were lost here since that was written last; `beside`: the next one.
    fn report_losses(&mut self, beside: &Alert) -> Result<(), SinkError> {
        let lost = self.counts.lost();
        let Some(more) = lost.checked_sub(self.reported).filter(|more| *more > 0) else {
            return Ok(());
        };
        let name = self.sink.name();
        let id = AlertId { host: beside.id.host.clone(), sequence: self.sequence.next() };
        let alert = lost_alert(id, beside.time_ns, beside.utc_offset, &name, more);
        self.deliver(&alert)?;
        self.reported = lost;
        Ok(())
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
