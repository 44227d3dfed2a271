//! Lines into a file, a pipe or a terminal: each begins at the start of a line, also where the one
//! before it was torn.

use std::io::{self, Write};
use std::time::Duration;

/// So many bytes wait at most until somebody says flush.
const MOST: usize = 64 << 10;
/// How long to wait where a pipe takes nothing now and says so instead of waiting.
const MOMENT: Duration = Duration::from_millis(5);

/// Lines that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Lines {
    waiting: Vec<u8>,
    /// What was written last does not end in a newline: a full disk took half a line.
    torn: bool,
}

impl Lines {
    /// Says whether what stands at the end of the file is no whole line.
    pub(super) fn set_torn(&mut self, torn: bool) {
        self.torn = torn;
    }

    /// Adds a line. Writes what waits where that is much.
    pub(super) fn push(&mut self, line: &str, to: &mut impl Write) -> io::Result<()> {
        self.waiting.extend_from_slice(line.as_bytes());
        self.waiting.push(b'\n');
        if self.waiting.len() >= MOST { self.pass(to) } else { Ok(()) }
    }

    /// Writes what waits. Where that fails none of it waits any longer.
    pub(super) fn pass(&mut self, to: &mut impl Write) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if self.torn {
            self.waiting.insert(0, b'\n');
        }
        let (done, result) = write(to, &self.waiting);
        if let Some(last) = done.checked_sub(1).and_then(|last| self.waiting.get(last)) {
            self.torn = *last != b'\n';
        }
        self.waiting.clear();
        result
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
        for room in 0..12 {
            let mut disk = Disk { room, has: Vec::new(), busy: false };
            let mut lines = Lines::default();
            let mut say = |line: &str, disk: &mut Disk| {
                lines.push(line, disk).and_then(|()| lines.pass(disk)).is_ok()
            };
            let whole = [say("one", &mut disk), say("two", &mut disk)];
            disk.room = 100;
            assert!(say("three", &mut disk) && say("four", &mut disk));
            let has = String::from_utf8(disk.has).unwrap();
            let lines: Vec<&str> = has.lines().collect();
            assert!(has.ends_with("\nthree\nfour\n") || has == "three\nfour\n", "{room}: {has:?}");
            for (line, whole) in ["one", "two"].into_iter().zip(whole) {
                // Only its newline may be missing of one that failed.
                assert!(!whole || lines.contains(&line), "{room}: {has:?}");
            }
            assert!(!lines.contains(&""), "{room}: {has:?}");
        }
    }
}
