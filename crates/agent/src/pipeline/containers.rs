//! What engines say of containers, and the events that wait for it.

use std::time::Instant;

use peregrine_alert::AlertSink;
use peregrine_containers::{Problem, Report};
use peregrine_state::HostInfo;

use super::{LAST_WAIT, Pipeline};
use crate::record::now;

impl<H: HostInfo, S: AlertSink> Pipeline<H, S> {
    /// Waits for engines a last time, and evaluates the events that wait for them.
    pub(crate) fn finish_containers(&mut self) {
        self.poll_containers();
        if let Some(parking) = &mut self.parking {
            parking.hurry(LAST_WAIT);
        }
        while let Some(parking) = &self.parking
            && parking.waits()
        {
            if let Some(report) = parking.wait(Instant::now()) {
                self.take_report(report);
            }
            self.poll_containers();
        }
    }

    /// Drops the descriptions of containers that are gone.
    pub(crate) fn forget_containers(&mut self) {
        if let Some(parking) = &mut self.parking {
            let forgotten = parking.forget_empty(self.stream.state_mut());
            if let Some(captures) = &mut self.captures {
                captures.forgotten(forgotten);
            }
        }
    }

    /// Takes one thing that engines said; the problem, where it is one.
    pub(super) fn take_report(&mut self, report: Report) -> Option<Problem> {
        match report {
            Report::Problem(problem) => Some(problem),
            Report::Answer(answer) => {
                let described = answer.container.is_some();
                let parking = self.parking.as_mut()?;
                if let Some(container) = answer.container {
                    if let Some(captures) = &mut self.captures {
                        captures.described(&container, parking.first_of(&answer.id), now());
                    }
                    self.stream.state_mut().describe_container(container);
                }
                let parked = parking.answered(&answer.id, described);
                self.evaluate_parked(parked);
                None
            }
        }
    }
}
