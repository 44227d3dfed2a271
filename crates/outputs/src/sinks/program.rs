//! Alerts to the standard input of a program.

mod kept;
mod running;
mod start;

use std::time::{Duration, Instant};

use peregrine_config::{Delivery, Program as Keys};

use self::kept::Kept;
use self::running::{ended, line};
use self::start::Start;
use crate::error::SinkError;
use crate::output::{Fate, Output, Record, Report};

/// So often a program is given an alert with which it fails: some fail whenever there is nothing to do.
const ATTEMPTS: u32 = 3;

/// Opens `program_output`: a command as a shell reads it, which may take so long for one alert. Nothing is started
/// yet.
pub(crate) fn open(command: &str, limit: Duration, keep_alive: bool) -> Box<dyn Output> {
    of(Start::shell(command, limit), keep_alive)
}

/// An output of this type. Nothing is started yet.
///
/// # Errors
/// When the program or its user is not there.
pub(crate) fn open_channel(common: &Delivery, keys: &Keys) -> Result<Box<dyn Output>, SinkError> {
    Ok(of(Start::confined(keys, common.timeout.0)?, keys.keep_alive))
}

fn of(start: Start, keep_alive: bool) -> Box<dyn Output> {
    if keep_alive { Box::new(Kept::new(start)) } else { Box::new(ForEach { start, failures: 0 }) }
}

/// A program for each alert.
struct ForEach {
    start: Start,
    /// How often the program failed with the alert that comes next.
    failures: u32,
}

impl ForEach {
    fn give(&self, text: &str) -> Result<(), SinkError> {
        let end = Instant::now() + self.start.limit;
        let mut running = self.start.start()?;
        // It need not read; what became of that its end says.
        let _ = running.write(line(text).as_bytes(), end);
        match running.finish(end) {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(SinkError::Receiver(format!("the program {}", ended(status)))),
            Err(mut running) => {
                running.kill();
                Err(self.start.slow())
            }
        }
    }
}

impl Output for ForEach {
    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut report = Report { fates: Vec::new(), error: None, retry_after: None };
        for record in batch {
            match self.give(record.text) {
                Ok(()) => report.fates.push(Fate::Delivered),
                Err(error) if self.failures + 1 >= ATTEMPTS => {
                    report.fates.push(Fate::Refused(error));
                }
                Err(error) => {
                    self.failures += 1;
                    report.error = Some(error);
                    break;
                }
            }
            self.failures = 0;
        }
        report.fates.resize_with(batch.len(), || Fate::Again);
        report
    }
}

#[cfg(test)]
mod tests;
