//! Lines on stdout.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use crate::lane::Channel;
use crate::lines::Lines;

/// By a descriptor of its own: what the standard library keeps of a write that failed would come out
/// in the middle of a later line.
pub(crate) struct Stdout {
    to: File,
    lines: Lines,
}

impl Stdout {
    pub(crate) fn new() -> io::Result<Self> {
        let to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self { to, lines: Lines::default() })
    }
}

impl Channel for Stdout {
    fn name(&self) -> String {
        "stdout".to_owned()
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.lines.push(line, &mut self.to)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.pass(&mut self.to)
    }
}
