//! Alerts about Peregrine itself: whoever reads only the outputs learns what could not be seen.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use peregrine_alert::{Alert, AlertSink as _, Priority};
use peregrine_hostinfo::Host;
use peregrine_outputs::Outputs;
use peregrine_probe::{Damage, Losses};
use peregrine_state::{Counters, HostInfo as _};
use serde_json::{Map, Value as Json};

use crate::pipeline::Pipeline;

/// The rule under which Falco reports that events were lost.
const DROPS: &str = "Falco internal: syscall event drop";

/// Sends an alert about Peregrine itself to every output.
pub(crate) fn raise(
    pipeline: &mut Pipeline<Host, Outputs>,
    priority: Priority,
    rule: &str,
    message: &str,
    fields: Map<String, Json>,
) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let host = pipeline.outside();
    let (offset, id) = (host.utc_offset(now), pipeline.next_id());
    let alert = Alert::internal(id, now, offset, priority, rule, message, fields);
    pipeline.sink_mut().deliver(Arc::new(alert));
}

/// Sends the alert that events were lost since `before`.
pub(crate) fn raise_losses(pipeline: &mut Pipeline<Host, Outputs>, before: &Losses, now: &Losses) {
    let lost = now.total() - before.total();
    let mut fields = Map::new();
    let mut put = |key: String, count: u64| fields.insert(key, Json::from(count.to_string()));
    put("n_evts".to_owned(), pipeline.counts().0);
    put("n_drops".to_owned(), lost);
    let mut full = 0;
    for ((class, now), (_, before)) in now.by_class().zip(before.by_class()) {
        let count = now.saturating_sub(before);
        match class {
            "scratch" => _ = put("n_drops_scratch_map".to_owned(), count),
            "too_large" => _ = put("n_drops_too_large".to_owned(), count),
            _ => {
                full += count;
                put(format!("n_drops_buffer_{class}"), count);
            }
        }
    }
    put("n_drops_buffer_total".to_owned(), full);
    let message = format!("{lost} system calls dropped in last second.");
    raise(pipeline, Priority::Critical, DROPS, &message, fields);
}

/// Sends the alert that somebody damaged what Peregrine has in the kernel, and gives it in words.
pub(crate) fn raise_damage(pipeline: &mut Pipeline<Host, Outputs>, damage: &Damage) -> String {
    let (what, left) = (&damage.what, &damage.left);
    let message = match left {
        None => format!("{what}: it was put back"),
        Some(why) => format!("{what}: it could not be put back: {why}"),
    };
    let fields = [("what", Json::from(&**what)), ("mended", left.is_none().into())];
    let fields = fields.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    let rule = "Peregrine internal: sensor damaged";
    raise(pipeline, Priority::Critical, rule, &format!("{message}."), fields);
    message
}

/// Says what the picture of the host dropped or refused at the memory limit, each time it became
/// more.
#[derive(Debug, Default)]
pub(crate) struct Shed(Counters);

impl Shed {
    pub(crate) fn look(&mut self, pipeline: &mut Pipeline<Host, Outputs>) -> Option<String> {
        let now = pipeline.state().counters();
        let before = std::mem::replace(&mut self.0, now);
        let counts = [
            ("threads_shed", now.threads_shed, before.threads_shed),
            ("descriptors_shed", now.fds_shed, before.fds_shed),
            ("threads_refused", now.threads_refused, before.threads_refused),
            ("descriptors_refused", now.fds_refused, before.fds_refused),
        ]
        .map(|(name, now, before)| (name.to_owned(), now.saturating_sub(before)));
        if counts.iter().all(|(_, count)| *count == 0) {
            return None;
        }
        let told: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{count} {}", name.replace('_', " ")))
            .collect();
        let message =
            format!("memory is bounded: {} in the last second, oldest first", told.join(", "));
        let fields = counts.into_iter().map(|(name, count)| (name, Json::from(count))).collect();
        let rule = "Peregrine internal: memory limit";
        raise(pipeline, Priority::Warning, rule, &format!("{message}."), fields);
        Some(message)
    }
}

/// Says which outputs lost alerts, to all of them, each time it became more.
#[derive(Debug, Default)]
pub(crate) struct LostAlerts(Vec<u64>);

impl LostAlerts {
    pub(crate) fn look(&mut self, pipeline: &mut Pipeline<Host, Outputs>) {
        let lost: Vec<(String, u64)> =
            pipeline.sink().lost().map(|(name, lost)| (name.to_owned(), lost)).collect();
        self.0.resize(lost.len(), 0);
        // One output alone says it itself once it can.
        if lost.len() > 1 {
            for ((name, now), before) in lost.iter().zip(&self.0) {
                if now > before {
                    let fields = [("output", Json::from(&**name)), ("lost", (now - before).into())];
                    let fields = fields.map(|(key, value)| (key.to_owned(), value));
                    let message = "Alerts were lost: the queue was full or writing failed.";
                    let rule = "Peregrine internal: output loss";
                    raise(pipeline, Priority::Warning, rule, message, fields.into_iter().collect());
                }
            }
        }
        // What was lost of these alerts themselves is told no more.
        self.0 = pipeline.sink().lost().map(|(_, lost)| lost).collect();
    }
}
