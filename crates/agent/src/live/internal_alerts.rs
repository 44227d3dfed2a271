//! Alerts about Peregrine itself, for readers of the outputs only.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertSink, Priority};
use peregrine_hostinfo::Host;
use peregrine_state::{Counters, HostInfo};
use serde_json::{Map, Value as Json};

use crate::live::sinks::Sinks;
use crate::notice::Notice;
use crate::pipeline::Pipeline;

/// Sends the alert of a notice to every output, where it has one.
pub(crate) fn send_alert<H: HostInfo, S: AlertSink>(
    pipeline: &mut Pipeline<H, S>,
    notice: &Notice,
) {
    let Some((rule, message)) = notice.alert() else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let host = pipeline.host();
    let (offset, id) = (host.utc_offset(now), pipeline.next_id());
    let alert = Alert::internal(id, now, offset, notice.level(), rule, &message, notice.fields());
    pipeline.sink_mut().deliver(Arc::new(alert));
}

/// Sends the figures of a moment, so many nanoseconds after the epoch, to every output, as Falco does.
pub(crate) fn send_snapshot(
    pipeline: &mut Pipeline<Host, Sinks>,
    at: u64,
    fields: Map<String, Json>,
) {
    let (rule, text) = ("Falco internal: metrics snapshot", "Falco metrics snapshot");
    let (offset, id) = (pipeline.host().utc_offset(at), pipeline.next_id());
    let level = Priority::Informational;
    let alert = Alert::internal(id, at, offset, level, rule, text, fields);
    pipeline.sink_mut().deliver(Arc::new(alert));
}

/// Reports what the state evicted or refused at the memory limit, each time it became more.
#[derive(Debug, Default)]
pub(crate) struct Evictions(Counters);

impl Evictions {
    pub(crate) fn look(&mut self, pipeline: &Pipeline<Host, Sinks>) -> Option<Notice> {
        let now = pipeline.state().counters();
        let before = std::mem::replace(&mut self.0, now);
        let counts = [
            ("threads_evicted", now.threads_shed, before.threads_shed),
            ("descriptors_evicted", now.fds_shed, before.fds_shed),
            ("threads_refused", now.threads_refused, before.threads_refused),
            ("descriptors_refused", now.fds_refused, before.fds_refused),
        ]
        .map(|(name, now, before)| (name, now.saturating_sub(before)));
        let any = counts.iter().any(|(_, count)| *count > 0);
        any.then_some(Notice::MemoryLimit(counts))
    }
}

/// Reports which receivers refuse alerts, to all outputs, each time one begins to.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<u64>);

impl Refusals {
    pub(crate) fn look(&mut self, pipeline: &mut Pipeline<Host, Sinks>) {
        let outputs = pipeline.sink().outputs();
        let now: Vec<(String, u64)> =
            outputs.refusals().map(|(name, count)| (name.to_owned(), count)).collect();
        self.0.resize(now.len(), 0);
        for ((output, now), before) in now.into_iter().zip(&mut self.0) {
            if std::mem::replace(before, now) < now {
                send_alert(pipeline, &Notice::AlertsRefused { output });
            }
        }
    }
}

/// Reports which outputs lost alerts, to all of them, each time it became more.
#[derive(Debug, Default)]
pub(crate) struct LostAlerts(Vec<u64>);

impl LostAlerts {
    pub(crate) fn look(&mut self, pipeline: &mut Pipeline<Host, Sinks>) {
        let lost: Vec<(String, u64)> =
            pipeline.sink().outputs().lost().map(|(name, lost)| (name.to_owned(), lost)).collect();
        self.0.resize(lost.len(), 0);
        // A single output reports its own losses once it works again.
        if lost.len() > 1 {
            for ((name, now), before) in lost.iter().zip(&self.0) {
                if now > before {
                    let notice = Notice::AlertsLost { output: name.clone(), lost: now - before };
                    send_alert(pipeline, &notice);
                }
            }
        }
        // Losses of these alerts themselves are not reported again.
        self.0 = pipeline.sink().outputs().lost().map(|(_, lost)| lost).collect();
    }
}
