//! Policies beside the rules.

use std::sync::Arc;

use peregrine_control::PolicyStatus;

use super::Monitor;
use crate::guard::{Denials, Guard};
use crate::metrics::{Metric, Metrics};
use crate::notice::Notice;

impl Monitor {
    /// Reports what policies decide, and what becomes of them.
    pub(super) fn report_of(&mut self, guard: Arc<Guard>, denials: Denials) {
        self.pipeline.set_denials(denials);
        self.guard = Some(guard);
        self.report_guard();
    }

    /// Reports what became of policies.
    pub(super) fn report_guard(&mut self) {
        let Some(guard) = self.guard.clone() else { return };
        for notice in guard.notices() {
            self.report(&Notice::Guard(notice));
        }
    }

    pub(super) fn read_guard(&self, metrics: &mut Metrics) {
        let Some(guard) = &self.guard else { return };
        let status = guard.shared().status();
        metrics.set(Metric::GuardLate, status.late);
        metrics.set(Metric::GuardVerdictsLost, status.lost);
        let policies = |count: fn(&PolicyStatus) -> u64| {
            let policies = status.policies.iter();
            policies.map(|policy| ([policy.name.clone()], count(policy))).collect::<Vec<_>>()
        };
        metrics.set_labelled(Metric::GuardDenied, policies(|policy| policy.denied));
        metrics.set_labelled(Metric::GuardWouldDeny, policies(|policy| policy.would_deny));
        let proven = status
            .canaries
            .iter()
            .map(|canary| ([canary.hook.clone(), canary.level.clone()], u64::from(canary.proven)));
        metrics.set_labelled(Metric::GuardProven, proven);
    }
}
