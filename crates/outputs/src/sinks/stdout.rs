//! Lines on stdout.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use super::lines::{self, Lines};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};

/// By a descriptor of its own: what the standard library keeps of a write that failed would come out
/// in the middle of a later line.
struct Stdout {
    to: File,
    lines: Lines,
    batch: Batch,
}

/// Opens it. `buffered`: lines are written when many have come, instead of one by one.
pub(crate) fn open(buffered: bool) -> Result<Box<dyn Output>, SinkError> {
    let to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    Ok(Box::new(Stdout { to, lines: Lines::default(), batch: lines::batch(buffered) }))
}

impl Output for Stdout {
    fn batch(&self) -> Batch {
        self.batch
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut report = self.lines.deliver(batch, &mut self.to);
        let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        if matches!(&report.error, Some(SinkError::Write(error)) if closed(error)) {
            // Nobody reads it, and nobody ever will.
            report.error = None;
            for fate in report.fates.iter_mut().filter(|fate| matches!(fate, Fate::Again)) {
                *fate = Fate::Refused(io::Error::from(io::ErrorKind::BrokenPipe).into());
            }
        }
        report
    }
}
