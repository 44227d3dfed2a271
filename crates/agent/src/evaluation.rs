//! The evaluation of one event: which rules match, and their alerts.

use std::sync::Arc;
use std::time::Instant;

use peregrine_alert::{Alert, AlertSink, Sequence, render};
use peregrine_fields::EventContext;

use crate::generation::Generation;
use crate::guard::Denials;
use crate::on_match::Feed;
use crate::respond::ResponseFeed;
use crate::stages::Stages;

/// The evaluation of one event.
pub(crate) struct Evaluation<'p> {
    pub(crate) sequence: &'p Sequence,
    pub(crate) alert_host: Option<&'p String>,
    /// Buffers.
    pub(crate) hits: &'p mut Vec<u32>,
    pub(crate) alerts: &'p mut Vec<Arc<Alert>>,
    pub(crate) captures: Option<&'p mut Feed>,
    pub(crate) denials: Option<&'p mut Denials>,
    pub(crate) responses: Option<&'p mut ResponseFeed>,
    pub(crate) stages: &'p mut Stages,
}

impl Evaluation<'_> {
    /// Asks the rules, and delivers an alert for each that matches.
    pub(crate) fn run(
        self,
        generation: &mut Generation,
        context: &EventContext<'_>,
        sink: &mut impl AlertSink,
    ) {
        let Self {
            sequence,
            alert_host,
            hits,
            alerts,
            mut captures,
            denials,
            mut responses,
            stages,
        } = self;
        hits.clear();
        generation.engine.evaluate(context, hits);
        if let Some(denials) = denials {
            denials.leave_out_reported(context, hits);
        }
        if hits.is_empty() {
            return;
        }
        // Rules are known by number and nothing is rendered yet.
        if let Some(captures) = &mut captures {
            captures.matched(context.event, generation, hits);
        }
        let begin = Instant::now();
        let mut context = *context;
        context.buffers = generation.buffers;
        let first = sequence.reserve(hits.len());
        if let Some(responses) = &mut responses {
            for (number, rule) in (first..).zip(generation.outputs(hits)) {
                responses.matched(number, alert_host, &rule, &context, captures.as_deref_mut());
            }
        }
        // Rendering copies values out of the event, the first allocation on this path where nothing responds.
        for (number, rule) in (first..).zip(generation.outputs(hits)) {
            let mut alert = render(number, &rule, &context);
            if let Some(host) = alert_host {
                alert.id.host.clone_from(host);
            }
            if let Some(responses) = &mut responses {
                responses.rendered(&alert);
            }
            alerts.push(Arc::new(alert));
        }
        for alert in alerts.drain(..) {
            sink.deliver(alert);
        }
        stages.delivered(begin);
    }
}
