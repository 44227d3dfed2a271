//! The clock of the programs, kept that of the machine.

use std::os::fd::AsFd as _;

use crate::clock::SharedOffset;
use crate::error::{ProbeError, Refused};
use crate::load::Probe;

impl Probe {
    /// Shares the memory that the programs read the offset from.
    pub(super) fn share_clock(&mut self) -> Result<(), ProbeError> {
        if let Some(variables) = self.programs.variables().transpose()? {
            let shared = SharedOffset::map(variables.as_fd());
            self.shared = Some(shared.map_err(|error| Refused::new("share the clock", error))?);
        }
        Ok(())
    }

    /// Has the programs stamp events with another offset where somebody set the clock.
    pub(super) fn check_clock(&mut self, now: u64) {
        if let Some(offset) = self.clock.moved(self.rings.offsets.now()) {
            self.set_offset(offset, now);
        }
        self.rings.offsets.forget(now);
    }

    fn set_offset(&mut self, offset: u64, now: u64) {
        let Some(shared) = &self.shared else { return };
        let by = offset.wrapping_sub(self.rings.offsets.now()).cast_signed();
        self.moved = self.moved.wrapping_add(by);
        self.rings.offsets.moved(offset, now);
        self.programs.set_offset(offset);
        shared.set(offset);
    }

    /// What somebody set the clock forward by since this was asked last, nanoseconds; below zero: back. The
    /// times of events that come now are of the clock as it is now.
    pub fn clock_moved(&mut self) -> Option<i64> {
        Some(std::mem::take(&mut self.moved)).filter(|by| *by != 0)
    }
}
