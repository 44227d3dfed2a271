//! Which alerts an output gets, and what is sent of each.
//!
//! In: alerts in order. Out: those that go to this output, with an alert for every number of alerts that
//! were held back, and their text. Times are those of the alerts, so that what waited for a receiver is judged as
//! it would have been at its time.

mod held;
mod mute;
mod shared;
mod summary;
mod text;
mod window;

use std::sync::Arc;

use peregrine_alert::{Alert, AlertCondition, ConditionError, Form, Priority, Sequence, condition};
use peregrine_config::{Delivery, Format};
use peregrine_filter::reference::holds;

use mute::Mutes;
use shared::Shared;
use text::Writer;
use window::Windows;

pub(crate) use shared::Writers;
pub(crate) use text::Text;

/// What one output gets.
#[derive(Debug)]
pub(crate) struct Selection {
    when: Option<AlertCondition>,
    priority: Option<Priority>,
    mutes: Mutes,
    dedup: Option<Windows>,
    throttle: Option<Windows>,
    texts: Arc<Shared>,
    /// Alerts that were held back so far, all counted in summaries but those of open windows.
    held: u64,
}

impl Selection {
    /// What the configuration says; `usual` is the format of this type of output.
    ///
    /// # Errors
    /// When a condition is none: the configuration is checked when it is read, so only one made by hand.
    pub(crate) fn new(
        common: &Delivery,
        usual: Format,
        form: Form,
    ) -> Result<Self, ConditionError> {
        let when = common.when.0.trim();
        Ok(Self {
            when: (!when.is_empty()).then(|| condition(when)).transpose()?,
            priority: common.priority,
            mutes: Mutes::new(&common.mute)?,
            dedup: common.dedup.0.as_ref().map(|keys| {
                Windows::new("dedup", 1, keys.window.0, keys.by.iter().cloned().collect())
            }),
            throttle: common.throttle.0.as_ref().map(|keys| {
                let fields = keys.by.iter().cloned().collect();
                Windows::new("throttle", keys.alerts.size(), keys.per.0, fields)
            }),
            texts: Arc::new(Shared::new(Writer::new(
                common.format.unwrap_or(usual),
                &common.template.0,
                form,
            ))),
            held: 0,
        })
    }

    /// Takes the next alert. Puts what goes out into `out`: summaries of windows that ended before it, then
    /// itself unless it is held back or not wanted here. `sequence` numbers the summaries.
    pub(crate) fn take(
        &mut self,
        alert: &Arc<Alert>,
        sequence: &Sequence,
        out: &mut Vec<Arc<Alert>>,
    ) {
        self.due(alert.time_ns, sequence, out);
        if self.priority.is_some_and(|least| alert.priority > least)
            || self.when.as_ref().is_some_and(|when| !holds(&when.root, &**alert))
        {
            return;
        }
        let held = self.mutes.hold(alert)
            || self.dedup.as_mut().is_some_and(|windows| windows.hold(alert))
            || self.throttle.as_mut().is_some_and(|windows| windows.hold(alert));
        if held {
            self.held += 1;
        } else {
            out.push(Arc::clone(alert));
        }
    }

    /// Puts the summaries of what ended by this time into `out`. By the clock only while nothing waits: what
    /// waits may belong to a window of its time.
    pub(crate) fn due(&mut self, now_ns: u64, sequence: &Sequence, out: &mut Vec<Arc<Alert>>) {
        let mut ended = Vec::new();
        self.mutes.end(now_ns, &mut ended);
        for windows in self.dedup.iter_mut().chain(self.throttle.as_mut()) {
            windows.end(now_ns, &mut ended);
        }
        ended.sort_by_key(|held| (held.last_ns, held.first_ns));
        out.extend(ended.iter().map(|held| Arc::new(summary::summary(held, sequence.next()))));
    }

    /// Puts the summaries of all that is held back into `out`: there comes nothing more.
    pub(crate) fn close(&mut self, sequence: &Sequence, out: &mut Vec<Arc<Alert>>) {
        self.due(u64::MAX, sequence, out);
    }

    /// Goes on counting where another left off, in whose place this comes.
    pub(crate) fn after(self, former: &Self) -> Self {
        Self { held: former.held, ..self }
    }

    /// Alerts that were held back so far.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    /// Has this output share its texts with an earlier one that wants the same.
    pub(crate) fn share(&mut self, writers: &mut Writers) {
        self.texts = writers.known(&self.texts);
    }

    /// What is sent of an alert.
    pub(crate) fn text(&self, alert: &Alert) -> Arc<Text> {
        self.texts.text(alert)
    }
}

#[cfg(test)]
mod tests;
