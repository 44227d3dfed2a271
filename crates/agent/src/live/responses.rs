//! What responses did becomes alerts.

use std::sync::Arc;
use std::time::Duration;

use peregrine_alert::AlertSink as _;
use peregrine_state::HostInfo as _;

use super::Monitor;
use super::internal_alerts::wall_ns;
use crate::notice::{Notice, ResponseNotice};
use crate::poll_loop::{IDLE, PROMPT};
use crate::respond::{Lane, Report, ResponseSet, alert};

impl Monitor {
    /// Has alerts answered.
    pub(crate) fn respond(&mut self, lane: Option<Lane>) {
        if let Some(lane) = &lane {
            self.pipeline.set_responses(lane.feed());
            let (responses, acts) = (lane.set.responses.len(), lane.set.acts);
            self.report(&Notice::Response(ResponseNotice::On { responses, acts }));
        }
        self.lane = lane;
    }

    /// Answers alerts with other responses from now on.
    pub(super) fn replace_responses(&mut self, next: ResponseSet) {
        let Some(lane) = &mut self.lane else { return };
        lane.replace(next);
        self.pipeline.set_responses(lane.feed());
        let (responses, acts) = (lane.set.responses.len(), lane.set.acts);
        self.report(&Notice::Response(ResponseNotice::On { responses, acts }));
    }

    /// Whether alerts are answered, or may be once there are responses.
    pub(super) fn has_lane(&self) -> bool {
        self.lane.is_some()
    }

    /// How long no event may be taken: little while something is to be killed as soon as it did something.
    pub(crate) fn longest_sleep(&self) -> Duration {
        if self.lane.as_ref().is_some_and(|lane| lane.set.is_fast()) { PROMPT } else { IDLE }
    }

    /// Delivers what responses did since the last time.
    pub(super) fn report_responses(&mut self) {
        let Some(lane) = &self.lane else { return };
        let (reports, failures, missed) = (lane.reports(), lane.failures(), lane.missed());
        self.deliver_responses(reports);
        for why in failures {
            self.report(&Notice::Response(ResponseNotice::Unwritten { why }));
        }
        if missed > 0 {
            self.report(&Notice::Response(ResponseNotice::Missed { missed }));
        }
    }

    /// Waits for what is being done within milliseconds.
    pub(super) fn finish_responses(&mut self) {
        self.pipeline.set_responses(None);
        let reports = self.lane.as_mut().map(Lane::finish).unwrap_or_default();
        self.deliver_responses(reports);
        self.report_responses();
        self.lane = None;
    }

    fn deliver_responses(&mut self, reports: Vec<Report>) {
        for report in reports {
            let now = wall_ns();
            let offset = self.pipeline.host().utc_offset(now);
            let alert = alert(self.pipeline.next_id(), offset, now, &report);
            self.pipeline.sink_mut().deliver(Arc::new(alert));
        }
    }
}
