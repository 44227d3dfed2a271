//! Lines on stdout.

use std::io::{self, BufWriter, Write as _};

use crate::lane::Channel;

pub(crate) struct Stdout(BufWriter<io::Stdout>);

impl Stdout {
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(io::stdout()))
    }
}

impl Channel for Stdout {
    fn name(&self) -> String {
        "stdout".to_owned()
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(line.as_bytes())?;
        self.0.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
