//! A program that stays and reads alert after alert. What it had not read when it ended is given to the next.

use std::collections::VecDeque;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::running::{Running, Written, ended, line};
use super::start::Start;
use crate::error::SinkError;
use crate::output::{Batch, Output, Record, Report};

/// How long the end of a program is waited for when nothing more is written to it.
const GOODBYE: Duration = Duration::from_secs(2);
/// A program that ends is started anew after this; it doubles with each end,
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// One that ran for so long was well.
const WELL: Duration = Duration::from_secs(10);

pub(super) struct Kept {
    start: Start,
    running: Option<Running>,
    /// Lines that were written and may not be read yet.
    given: VecDeque<String>,
    /// Bytes of these.
    given_bytes: usize,
    /// Lines that a program that has ended did not read: they come first.
    again: VecDeque<String>,
    first_pause: Duration,
    /// How often it ended too soon, one time after another.
    ends: u32,
    /// Why it is not started before then.
    pause: Option<(Instant, String)>,
}

impl Kept {
    pub(super) fn new(start: Start) -> Self {
        Self {
            start,
            running: None,
            given: VecDeque::new(),
            given_bytes: 0,
            again: VecDeque::new(),
            first_pause: FIRST_PAUSE,
            ends: 0,
            pause: None,
        }
    }

    /// Gives it the text, and before it what an earlier one did not read.
    fn give(&mut self, text: Option<String>) -> Result<(), SinkError> {
        let end = Instant::now() + self.start.limit;
        self.look();
        if let Some((until, why)) = &self.pause {
            if Instant::now() < *until {
                return Err(SinkError::Receiver(why.clone()));
            }
            self.pause = None;
        }
        if self.running.is_none() {
            self.running = Some(self.start.start()?);
        }
        while let Some(line) = self.again.pop_front() {
            self.write(line, true, end)?;
        }
        text.map_or(Ok(()), |text| self.write(text, false, end))
    }

    /// Writes a line; one that is given again stays first where that fails.
    fn write(&mut self, line: String, is_again: bool, end: Instant) -> Result<(), SinkError> {
        let Some(running) = &mut self.running else { return Ok(()) };
        let written = running.write(line.as_bytes(), end);
        if matches!(written, Ok(Written::All)) {
            self.remember(line);
            return Ok(());
        }
        if is_again {
            self.again.push_front(line);
        }
        let (begun, slow) = match written? {
            Written::All => return Ok(()),
            Written::Ended(begun) => (begun, false),
            Written::Slow(begun) => (begun, true),
        };
        // One that does not end has only closed its standard input.
        let by_itself = !slow && running.ends_by(Instant::now() + GOODBYE)?;
        let status = self.take_back(begun);
        let why = if slow {
            self.start.slow().to_string()
        } else {
            let closed = || "closes its standard input".to_owned();
            let how = status.filter(|_| by_itself).map_or_else(closed, ended);
            format!("the program {how} before it reads the alert")
        };
        self.pause(why.clone());
        Err(SinkError::Receiver(why))
    }

    /// Adds a line that was written to those that may not be read yet.
    fn remember(&mut self, line: String) {
        self.given_bytes += line.len();
        self.given.push_back(line);
        let unread = self.running.as_ref().map_or(0, Running::unread);
        while let Some(first) = self.given.front() {
            if self.given_bytes - first.len() < unread {
                break;
            }
            self.given_bytes -= first.len();
            self.given.pop_front();
        }
    }

    /// Looks whether the program has ended meanwhile.
    fn look(&mut self) {
        let Some(running) = &self.running else { return };
        if !matches!(running.ends_by(Instant::now()), Ok(true)) {
            return;
        }
        if running.since.elapsed() >= WELL {
            self.ends = 0;
        }
        let Some(status) = self.take_back(0) else { return };
        // One that has read everything and says that all is well is started with the next alert.
        if !status.success() || !self.again.is_empty() {
            self.pause(format!("the program {}: it is started anew", ended(status)));
        }
    }

    fn pause(&mut self, why: String) {
        let pause = self.first_pause.saturating_mul(1 << self.ends.min(16)).min(LONGEST_PAUSE);
        self.ends += 1;
        self.pause = Some((Instant::now() + pause, why));
    }

    /// Lets go of a program, which is killed where it has not ended, and takes back what it did not read but the last
    /// `begun` bytes, which are of a line that was not written whole. How it ended.
    fn take_back(&mut self, begun: usize) -> Option<ExitStatus> {
        let mut running = self.running.take()?;
        let has_ended = matches!(running.ends_by(Instant::now()), Ok(true));
        let status = running.reap(self.start.is_confined() || !has_ended).ok();
        // The system keeps that as long as this end of the pipe is open.
        let mut unread = running.unread().saturating_sub(begun);
        while unread > 0
            && let Some(line) = self.given.pop_back()
        {
            unread = unread.saturating_sub(line.len());
            self.again.push_front(line);
        }
        (self.given, self.given_bytes) = (VecDeque::new(), 0);
        status
    }

    fn end(&mut self) {
        let Some(running) = self.running.take() else { return };
        (self.given, self.given_bytes) = (VecDeque::new(), 0);
        if self.start.is_confined() {
            running.stop(GOODBYE);
        } else if let Err(mut running) = running.finish(Instant::now() + GOODBYE) {
            // It still works on what it was given: it is left to end by itself.
            std::thread::spawn(move || running.reap(false));
        }
    }
}

impl Output for Kept {
    fn batch(&self) -> Batch {
        Batch { alerts: 100, bytes: 1 << 16, wait: Duration::ZERO }
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut done = 0;
        for record in batch {
            if let Err(error) = self.give(Some(line(record.text))) {
                let wait = self.pause.as_ref();
                let wait = wait.map(|(until, _)| until.saturating_duration_since(Instant::now()));
                let report = Report::part(done, batch.len(), Some(error));
                return Report { retry_after: wait, ..report };
            }
            done += 1;
        }
        Report::delivered(done)
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.look();
        self.end();
        Ok(())
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        self.look();
        if self.again.is_empty() { Ok(()) } else { self.give(None) }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.look();
        if !self.again.is_empty() {
            // The last that can be done for what an earlier one did not read.
            self.pause = None;
            let _ = self.give(None);
        }
        self.end();
    }
}

#[cfg(test)]
impl Kept {
    /// One that is started anew almost at once.
    pub(super) fn hurried(start: Start) -> Self {
        let mut kept = Self::new(start);
        kept.first_pause = Duration::from_micros(1);
        kept
    }
}
