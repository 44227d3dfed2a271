//! Decisions of policies, made alerts.

use std::sync::Arc;

use peregrine_alert::{AlertSink, Priority, RuleOutput, render};
use peregrine_enforce::Verdict;
use peregrine_event::Event;
use peregrine_state::HostInfo;

use super::Pipeline;
use crate::guard::act;
use crate::guard::denials::{Denials, Reported};

impl<H: HostInfo, S: AlertSink> Pipeline<H, S> {
    /// Has decisions of policies reported. Whoever does so calls [`Self::collect_verdicts`] before events are
    /// taken that may be of the same acts, and [`Self::report_verdicts`] before each.
    pub(crate) fn set_denials(&mut self, denials: Denials) {
        self.denials = Some(denials);
    }

    /// Takes what was decided.
    pub(crate) fn collect_verdicts(&mut self) {
        if let Some(denials) = &mut self.denials {
            denials.collect();
        }
    }

    /// Reports what was decided before a time, nanoseconds since the epoch: all events of before were taken.
    pub(crate) fn report_verdicts(&mut self, before: u64) {
        if !self.denials.as_ref().is_some_and(|denials| denials.is_due(before)) {
            return;
        }
        let Some(mut denials) = self.denials.take() else { return };
        while let Some(verdict) = denials.next(&self.generation, before) {
            self.report_verdict(&mut denials, &verdict);
        }
        self.denials = Some(denials);
    }

    fn report_verdict(&mut self, denials: &mut Denials, verdict: &Verdict) {
        let Self { stream, host, generation, texts, .. } = self;
        let thread = stream.state().thread(verdict.tid.into());
        let Some(record) = act::event(verdict, thread) else { return };
        let Ok(event) = Event::parse(stream.events(), &record) else { return };
        // As it would be had the act happened; the state itself knows that it did not.
        let mut state = stream.state().excerpt(&event).state;
        state.apply(&event, host);
        texts.clear();
        let mut context = stream.context_in(&event, &state, host).with_texts(texts);
        context.containers = self.containers;
        context.buffers = generation.buffers;
        let Some(reported) = denials.reported(verdict.policy, &context) else { return };
        let mut alert = match &reported {
            Reported::Rule(rule) => {
                let Some(rule) = generation.outputs(&[*rule]).next() else { return };
                render(self.sequence.next(), &rule, &context)
            }
            Reported::Policy(name, output) => {
                let rule = RuleOutput {
                    name,
                    priority: Priority::Warning,
                    source: "syscall",
                    tags: &[],
                    output,
                    extra_fields: &[],
                };
                render(self.sequence.next(), &rule, &context)
            }
        };
        if let Some(host) = &self.alert_host {
            alert.id.host.clone_from(host);
        }
        denials.complete(&mut alert, verdict);
        self.sink.deliver(Arc::new(alert));
    }
}
