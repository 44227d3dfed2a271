//! Alerts to the standard input of a program.

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};

/// So often a program is given an alert with which it fails: some fail whenever there is nothing to do.
const ATTEMPTS: u32 = 3;
/// How long the end of a program is waited for when nothing more is written to it.
const GOODBYE: Duration = Duration::from_secs(2);

/// How a program is started.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// As a shell reads it.
    pub(crate) program: String,
    /// How long it may take for one alert; then it is killed.
    pub(crate) limit: Duration,
}

/// Opens it; nothing is started yet.
pub(crate) fn open(start: Start, keep_alive: bool) -> Box<dyn Output> {
    if keep_alive {
        Box::new(Kept { start, running: None })
    } else {
        Box::new(ForEach { start, failures: 0 })
    }
}

/// A program that runs, in a process group of its own.
struct Running(Child);

impl Start {
    fn start(&self) -> Result<Running, SinkError> {
        let mut command = Command::new("/bin/sh");
        // As `popen`: standard output and error stay; all other descriptors are closed.
        command.arg0("sh").arg("-c").arg(&self.program).stdin(Stdio::piped()).process_group(0);
        let child = command.spawn().map_err(|source| SinkError::Exchange {
            what: "the program cannot be started".to_owned(),
            source: source.into(),
        })?;
        if let Some(input) = &child.stdin {
            rustix::io::ioctl_fionbio(input, true).map_err(io::Error::from)?;
        }
        Ok(Running(child))
    }

    fn slow(&self) -> SinkError {
        let limit = self.limit.as_secs_f64();
        SinkError::Receiver(format!("the program takes longer than {limit} s and was killed"))
    }
}

/// Waits until a descriptor is ready; whether it was in time.
fn ready(fd: impl std::os::fd::AsFd, flags: PollFlags, end: Instant) -> io::Result<bool> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let wait = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(&mut [PollFd::new(&fd, flags)], Some(&wait)) {
            Ok(count) => return Ok(count > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

impl Running {
    /// Writes all of it. Whether the program took it in time.
    fn write(&mut self, text: &[u8], end: Instant) -> io::Result<bool> {
        let Some(input) = &mut self.0.stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let mut rest = text;
        while !rest.is_empty() {
            match input.write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !ready(input.as_fd(), PollFlags::OUT, end)? {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Closes its input and waits for its end; none where that takes too long.
    fn finish(&mut self, end: Instant) -> io::Result<Option<ExitStatus>> {
        self.0.stdin = None;
        if let Some(status) = self.0.try_wait()? {
            return Ok(Some(status));
        }
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        let Some(pid) = pid else { return Ok(None) };
        let descriptor = pidfd_open(pid, PidfdFlags::empty()).map_err(io::Error::from)?;
        if !ready(&descriptor, PollFlags::IN, end)? {
            return Ok(None);
        }
        self.0.wait().map(Some)
    }

    /// Ends it and what it started.
    fn kill(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // It may have ended just now.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

fn line(text: &str) -> Vec<u8> {
    let mut line = text.as_bytes().to_vec();
    line.push(b'\n');
    line
}

/// A program for each alert.
struct ForEach {
    start: Start,
    /// How often the program failed with the alert that comes next.
    failures: u32,
}

impl ForEach {
    fn give(&mut self, text: &str) -> Result<(), SinkError> {
        let end = Instant::now() + self.start.limit;
        let mut running = self.start.start()?;
        let written = running.write(&line(text), end);
        let status = match written {
            // It need not read.
            Ok(true) | Err(_) => running.finish(end)?,
            Ok(false) => None,
        };
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(SinkError::Receiver(format!("the program {}", ended(status)))),
            None => {
                running.kill();
                Err(self.start.slow())
            }
        }
    }
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ends with status {code}"),
        (None, Some(signal)) => format!("is ended by signal {signal}"),
        (None, None) => "ends".to_owned(),
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

/// A program that stays.
struct Kept {
    start: Start,
    running: Option<Running>,
}

impl Kept {
    /// Gives it the text; where it has ended meanwhile it is started anew.
    fn give(&mut self, text: &[u8]) -> Result<(), SinkError> {
        let end = Instant::now() + self.start.limit;
        if let Some(running) = &mut self.running
            && running.0.try_wait()?.is_some()
        {
            self.running = None;
        }
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(self.start.start()?),
        };
        match running.write(text, end) {
            Ok(true) => Ok(()),
            Ok(false) => {
                running.kill();
                self.running = None;
                Err(self.start.slow())
            }
            Err(_) => {
                let status = running.finish(Instant::now() + GOODBYE)?;
                if status.is_none() {
                    running.kill();
                }
                self.running = None;
                let how = status.map_or_else(|| "closes its standard input".to_owned(), ended);
                Err(SinkError::Receiver(format!("the program {how} before it reads the alert")))
            }
        }
    }

    fn end(&mut self) {
        if let Some(mut running) = self.running.take()
            && matches!(running.finish(Instant::now() + GOODBYE), Ok(None))
        {
            // It still works on what it was given: it is left to end by itself.
            std::thread::spawn(move || running.0.wait());
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
            if let Err(error) = self.give(&line(record.text)) {
                return Report::part(done, batch.len(), Some(error));
            }
            done += 1;
        }
        Report::delivered(done)
    }

    fn reopen(&mut self) -> Result<(), SinkError> {
        self.end();
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::tests::alert;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn start(program: &str, limit: Duration) -> Start {
        Start { program: program.to_owned(), limit }
    }

    fn deliver(output: &mut dyn Output, texts: &[&str]) -> String {
        let alert = alert(1);
        let records: Vec<_> = texts.iter().map(|text| Record { alert: &alert, text }).collect();
        let report = output.deliver(&records);
        let fates: String = report
            .fates
            .iter()
            .map(|fate| match fate {
                Fate::Delivered => "d".to_owned(),
                Fate::Again => "a".to_owned(),
                Fate::Refused(why) => format!("r({why})"),
            })
            .collect();
        match report.error {
            Some(error) => format!("{fates} {error}"),
            None => fates,
        }
    }

    #[test]
    fn a_program_gets_each_alert_whole() {
        let folder = folder("program");
        let out = folder.join("out");
        let long = "文\u{1F600}\"%s$(x)".repeat(10_000);
        for keep_alive in [true, false] {
            let program = format!("cat >> {}", out.display());
            let mut output = open(start(&program, Duration::from_secs(20)), keep_alive);
            assert_eq!(deliver(&mut *output, &["one", &long]), "dd");
            drop(output);
            let text = std::fs::read_to_string(&out).unwrap();
            assert_eq!(text, format!("one\n{long}\n"));
            std::fs::remove_file(&out).unwrap();
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_failing_program_is_tried_again_but_not_for_ever() {
        let mut output = open(start("exit 3", Duration::from_secs(20)), false);
        let again = "aa the program ends with status 3";
        assert_eq!(deliver(&mut *output, &["one", "two"]), again);
        assert_eq!(deliver(&mut *output, &["one", "two"]), again);
        let refused = "r(the program ends with status 3)a the program ends with status 3";
        assert_eq!(deliver(&mut *output, &["one", "two"]), refused);
        let mut output = open(start("kill -9 $$", Duration::from_secs(20)), false);
        assert_eq!(deliver(&mut *output, &["one"]), "a the program is ended by signal 9");
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_what_it_started() {
        let folder = folder("hangs");
        let pids = folder.join("pids");
        for keep_alive in [true, false] {
            let program = format!("sleep 1000 & echo $! > {}; wait", pids.display());
            let mut output = open(start(&program, Duration::from_secs(3)), keep_alive);
            // More than a pipe holds.
            let long = "x".repeat(1 << 20);
            let text = deliver(&mut *output, &[&long]);
            assert_eq!(text, "a the program takes longer than 3 s and was killed");
            let pid = std::fs::read_to_string(&pids).unwrap();
            let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            while state().is_ok_and(|stat| !stat.contains(") Z ")) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_kept_program_that_ends_is_started_anew() {
        let folder = folder("kept");
        let out = folder.join("out");
        let program = format!("head -n 1 >> {0}; echo end >> {0}", out.display());
        let mut output = open(start(&program, Duration::from_secs(20)), true);
        let mut expected = Vec::new();
        for n in 0..3 {
            let text = format!("line {n}");
            assert_eq!(deliver(&mut *output, &[&text]), "d");
            expected.extend([text, "end".to_owned()]);
            while !std::fs::read_to_string(&out).is_ok_and(|read| read.lines().eq(&expected)) {
                std::thread::sleep(Duration::from_millis(5));
            }
            // It has written its last word, and ends.
            output.reopen().unwrap();
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
