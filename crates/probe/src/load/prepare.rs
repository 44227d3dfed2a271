//! Programs loaded before they are wanted.

use peregrine_event::SyscallSet;
use peregrine_kfilter::Pushdown;

use super::{Probe, REMEMBER_TASKS, WATCH};
use crate::error::ProbeError;
use crate::interest::InterestSet;
use crate::on_demand;
use crate::uring::{self, Uring};

impl Probe {
    /// Loads what these calls take that is not there yet, and starts none of it. The kernel's check of
    /// programs takes a while: whoever polls the rings between this and [`Self::set_filtered`] loses less.
    ///
    /// # Errors
    /// When the kernel refuses a program.
    pub fn prepare(&mut self, calls: &SyscallSet) -> Result<(), ProbeError> {
        let (with_canary, _) = self.with_canary(calls, &Pushdown::default());
        // Beside the others: most of the start is the kernel's check of programs.
        if Uring::does_any(calls) && self.uring.is_none() && self.loading.is_none() {
            self.programs.make_maps()?;
            let shared = self.programs.share(&uring::SHARED)?;
            if let Some(variables) = self.programs.variables().transpose()? {
                self.loading = Some(std::thread::spawn(move || Uring::load(&shared, &variables)));
            }
        }
        let look = self.remembers_tasks.then_some(REMEMBER_TASKS);
        let on_demand: Vec<&'static str> = on_demand::programs(calls).collect();
        let names = [&WATCH[..], look.as_slice(), &on_demand].concat();
        self.programs.need(&names, &InterestSet::new(&with_canary))
    }
}
