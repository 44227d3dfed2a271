//! Programs loaded before they are wanted.

use peregrine_event::SyscallSet;
use peregrine_kfilter::Pushdown;

use super::intact::with_canary;
use super::{Probe, REMEMBER_TASKS, WATCH};
use crate::error::ProbeError;
use crate::interest::InterestSet;
use crate::on_demand;
use crate::uring::{self, Uring};

impl Probe {
    /// Loads what these calls take that is not there yet, and starts none of it.
    ///
    /// # Errors
    /// When the kernel refuses a program.
    pub(super) fn prepare(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        let (with_own, _) = with_canary(calls, &Pushdown::default());
        // Beside the others: most of the start is the kernel's check of programs.
        if Uring::does_any(calls) && self.uring.is_none() && self.loading.is_none() {
            self.programs.make_maps()?;
            let shared = self.programs.share(&uring::SHARED)?;
            if let Some(variables) = self.programs.variables().transpose()? {
                self.loading = Some(std::thread::spawn(move || Uring::load(&shared, &variables)));
            }
        }
        let names = programs(calls, self.remembers_tasks);
        self.programs.need(&names, &InterestSet::new(&with_own))
    }
}

/// The programs that monitor these calls, beside those of the calls themselves.
pub(super) fn programs(calls: &SyscallSet, remembers_tasks: bool) -> Vec<&'static str> {
    let look = remembers_tasks.then_some(REMEMBER_TASKS);
    WATCH.into_iter().chain(look).chain(on_demand::programs(calls)).collect()
}
