//! Lines into a file, a pipe or a terminal: each begins at the start of a line, also where the one
//! before it was torn.

use std::io::{self, Write};
use std::time::Duration;

use crate::error::SinkError;
use crate::output::{Batch, Record, Report};

/// How long to wait where a pipe takes nothing now and says so instead of waiting.
const MOMENT: Duration = Duration::from_millis(5);

/// How many lines are written at once. `buffered`: when many have come, instead of one by one.
pub(super) const fn batch(buffered: bool) -> Batch {
    let many = Batch { alerts: 1000, bytes: 64 << 10, wait: Duration::ZERO };
    if buffered { many } else { Batch::ONE }
}

/// Writes lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// What was written last does not end in a newline: a full disk took half a line.
    torn: bool,
}

impl Lines {
    /// Says whether what stands at the end of the file is no whole line.
    pub(super) fn set_torn(&mut self, torn: bool) {
        self.torn = torn;
    }

    /// Writes the texts of a batch, a line each. A line of which a part was written is written again.
    pub(super) fn deliver(&mut self, batch: &[Record<'_>], to: &mut impl Write) -> Report {
        self.bytes.clear();
        if self.torn {
            self.bytes.push(b'\n');
        }
        let mut ends = Vec::with_capacity(batch.len());
        for record in batch {
            self.bytes.extend_from_slice(record.text.as_bytes());
            self.bytes.push(b'\n');
            ends.push(self.bytes.len());
        }
        let (done, result) = write(to, &self.bytes);
        if let Some(last) = done.checked_sub(1).and_then(|last| self.bytes.get(last)) {
            self.torn = *last != b'\n';
        }
        let whole = ends.iter().take_while(|end| **end <= done).count();
        Report::part(whole, batch.len(), result.err().map(SinkError::Write))
    }
}

/// Writes all bytes, or says how many were written before it failed.
fn write(to: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match to.write(rest) {
            Ok(0) => return (done, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => done += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(MOMENT),
            Err(error) => return (done, Err(error)),
        }
    }
    (done, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Fate;

    /// A disk with room for so many bytes, taken a few at a time.
    struct Disk {
        room: usize,
        has: Vec<u8>,
        busy: bool,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.busy = !self.busy;
            if self.busy {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.room).min(3);
            self.room -= taken;
            self.has.extend(bytes.iter().take(taken));
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_torn_line_is_ended_before_the_next() {
        let alert = crate::tests::alert(1);
        for room in 0..12 {
            let mut disk = Disk { room, has: Vec::new(), busy: false };
            let mut lines = Lines::default();
            let mut say = |texts: &[&str], disk: &mut Disk| {
                let batch: Vec<_> =
                    texts.iter().map(|text| Record { alert: &alert, text }).collect();
                lines.deliver(&batch, disk)
            };
            let report = say(&["one", "two"], &mut disk);
            assert_eq!(report.error.is_none(), room >= 8, "{room}");
            disk.room = 100;
            let rest = say(&["three", "four"], &mut disk);
            assert!(rest.error.is_none() && rest.fates.len() == 2, "{rest:?}");
            let has = String::from_utf8(disk.has).unwrap();
            let lines: Vec<&str> = has.lines().collect();
            assert!(has.ends_with("\nthree\nfour\n") || has == "three\nfour\n", "{room}: {has:?}");
            for (line, fate) in ["one", "two"].into_iter().zip(&report.fates) {
                let delivered = matches!(fate, Fate::Delivered);
                // Only its newline may be missing of one that failed.
                assert!(!delivered || lines.contains(&line), "{room}: {has:?}");
            }
            assert_eq!(room >= 4, matches!(report.fates[0], Fate::Delivered), "{room}");
            assert!(!lines.contains(&""), "{room}: {has:?}");
        }
    }
}
