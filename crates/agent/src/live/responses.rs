//! What responses did becomes alerts.

use std::sync::Arc;

use peregrine_alert::AlertSink as _;
use peregrine_state::HostInfo as _;

use super::Monitor;
use super::internal_alerts::wall_ns;
use crate::notice::{Notice, ResponseNotice};
use crate::respond::{Lane, Report, alert};

impl Monitor {
    /// Has alerts answered.
    pub(crate) fn respond(&mut self, lane: Option<Lane>) {
        if let Some(lane) = &lane {
            self.pipeline.set_responses(lane.feed());
            let (responses, acts) = (lane.responses.len(), lane.acts);
            self.report(&Notice::Response(ResponseNotice::On { responses, acts }));
        }
        self.lane = lane;
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
