//! How long events take in the stages of the pipeline. One event in so many is measured: the clock is not read for
//! the others.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::metrics::{Histogram, Metric, Metrics};

/// One event in so many is measured.
pub(crate) const STRIDE: u32 = 64;

/// Times of stages.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    events: u32,
    state: Histogram,
    rules: Histogram,
    alerts: Histogram,
    /// From an event to the end of its evaluation.
    delay: Histogram,
}

impl Stages {
    /// When an event that is measured begins.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<Instant> {
        self.events = self.events.wrapping_add(1);
        self.events.is_multiple_of(STRIDE).then(Instant::now)
    }

    /// The state knows the event.
    #[inline]
    pub(crate) fn applied(&mut self, begin: Option<Instant>) -> Option<Instant> {
        begin.map(|begin| {
            let now = Instant::now();
            self.state.add(now.saturating_duration_since(begin));
            now
        })
    }

    /// The rules were asked. `at` is when the event happened, nanoseconds since the epoch, if it did just now.
    #[inline]
    pub(crate) fn evaluated(&mut self, applied: Option<Instant>, at: Option<u64>) {
        let Some(applied) = applied else { return };
        self.rules.add(applied.elapsed());
        if let Some(at) = at {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.delay.add(now.saturating_sub(Duration::from_nanos(at)));
        }
    }

    /// The alerts of an event were made and handed on, each such event is measured.
    pub(crate) fn delivered(&mut self, begin: Instant) {
        self.alerts.add(begin.elapsed());
    }

    pub(crate) fn read_metrics(&self, metrics: &mut Metrics) {
        let stages = [("state", &self.state), ("rules", &self.rules), ("alerts", &self.alerts)];
        let named = stages.map(|(name, times)| (vec![name.to_owned()], times.clone()));
        metrics.set_histograms(Metric::StageTimes, named.to_vec());
        metrics.set_histograms(Metric::EventDelays, vec![(Vec::new(), self.delay.clone())]);
    }
}
