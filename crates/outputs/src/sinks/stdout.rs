//! Lines on stdout.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use super::lines::Lines;
use crate::sink::{OutputType, Record, Sink, SinkError};

/// `stdout_output`.
pub(super) const TYPE: OutputType = OutputType {
    name: "stdout",
    open: |config| {
        let mut sinks = Vec::<Box<dyn Sink>>::new();
        if config.stdout_output.enabled {
            sinks.push(Box::new(Stdout::new()?));
        }
        Ok(sinks)
    },
};

/// By a descriptor of its own: what the standard library keeps of a write that failed would come out
/// in the middle of a later line.
struct Stdout {
    to: File,
    lines: Lines,
}

impl Stdout {
    fn new() -> io::Result<Self> {
        let to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self { to, lines: Lines::default() })
    }
}

impl Sink for Stdout {
    fn name(&self) -> String {
        "stdout".to_owned()
    }

    fn write(&mut self, record: Record<'_>) -> Result<(), SinkError> {
        Ok(self.lines.push(record.line, &mut self.to)?)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(self.lines.pass(&mut self.to)?)
    }
}
