//! `peregrine run` as a process of its own, and what the kernel says of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

/// A running agent; it is ended with this value.
#[derive(Debug)]
pub(super) struct Agent {
    child: Child,
    stderr: BufReader<ChildStderr>,
    begin: Instant,
}

/// What an agent reported at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Reported {
    /// Events that reached it.
    pub(super) events: u64,
    /// Events the kernel left out.
    pub(super) filtered: u64,
    /// Events the kernel could not deliver.
    pub(super) lost: u64,
    /// Rules that hit.
    pub(super) alerts: u64,
    /// Alerts its outputs did not write.
    pub(super) unwritten: u64,
}

impl std::ops::AddAssign for Reported {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.filtered += other.filtered;
        self.lost += other.lost;
        self.alerts += other.alerts;
        self.unwritten += other.unwritten;
    }
}

impl Agent {
    /// Starts it; without rules it has those we ship. The machine's own configuration is left aside.
    pub(super) fn spawn(program: &Path, rules: &[PathBuf], stdout: Stdio) -> Result<Self> {
        let begin = Instant::now();
        let mut child = Command::new(program)
            .args(["run", "-c", "/dev/null", "-o", "control.enabled=false"])
            .args(rules.iter().flat_map(|file| ["-r".as_ref(), file.as_os_str()]))
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let stderr = child.stderr.take().context("no stderr")?;
        Ok(Self { child, stderr: BufReader::new(stderr), begin })
    }

    /// Starts it and waits until it watches.
    pub(super) fn start(program: &Path, rules: &[PathBuf], stdout: Stdio) -> Result<Self> {
        let mut agent = Self::spawn(program, rules, stdout)?;
        agent.watching()?;
        Ok(agent)
    }

    /// Waits until it watches, and says how long that took from its start.
    pub(super) fn watching(&mut self) -> Result<Duration> {
        let mut said = String::new();
        loop {
            let before = said.len();
            let read = self.stderr.read_line(&mut said)?;
            ensure!(read > 0, "peregrine ended before it watched: {}", said.trim());
            if said.get(before..).is_some_and(|line| line.contains("monitoring: ")) {
                return Ok(self.begin.elapsed());
            }
        }
    }

    /// When it was started.
    pub(super) fn begin(&self) -> Instant {
        self.begin
    }

    /// Its output, where it is a pipe.
    pub(super) fn stdout(&mut self) -> Result<ChildStdout> {
        self.child.stdout.take().context("its output is no pipe")
    }

    /// How long its threads ran so far.
    pub(super) fn cpu(&self) -> Result<Duration> {
        cpu_of(self.child.id())
    }

    /// Its memory without files and rings, in KiB.
    pub(super) fn memory(&self) -> Result<u64> {
        memory_of(self.child.id())
    }

    /// Bytes of its rings. The kernel shows one as a page, to write to, and behind it, to read, a
    /// page and its bytes twice in a row.
    pub(super) fn rings(&self) -> Result<u64> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.child.id()))?;
        let mut bytes = 0;
        for line in maps.lines().filter(|line| line.ends_with("anon_inode:bpf-map")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [range, access, offset, ..] = words.as_slice() else { continue };
            let page = u64::from_str_radix(offset, 16)?;
            if *access != "r--s" || page == 0 {
                continue;
            }
            let (from, to) = range.split_once('-').context("a range in maps")?;
            let (from, to) = (u64::from_str_radix(from, 16)?, u64::from_str_radix(to, 16)?);
            bytes += (to - from).saturating_sub(page) / 2;
        }
        Ok(bytes)
    }

    /// Ends it as Ctrl-C would, and hands out what it reported.
    pub(super) fn stop(mut self) -> Result<Reported> {
        interrupt(&self.child)?;
        let mut account = String::new();
        self.stderr.read_to_string(&mut account)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "peregrine failed: {}", account.trim());
        reported(&account)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Nothing to do where it ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Memory of a process without files and rings, in KiB.
pub(super) fn memory_of(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number.context("this kernel does not report RssAnon")
}

/// How long the threads of a process ran so far.
pub(super) fn cpu_of(pid: u32) -> Result<Duration> {
    let mut ns = 0_u64;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let file = thread?.path().join("schedstat");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let first = text.split_whitespace().next().unwrap_or_default();
        ns += first.parse::<u64>().context("schedstat begins with no number")?;
    }
    Ok(Duration::from_nanos(ns))
}

/// Ctrl-C for a child.
pub(super) fn interrupt(child: &Child) -> Result<()> {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().context("kill")?;
    if !sent.success() {
        bail!("no signal could be sent to process {pid}");
    }
    Ok(())
}

/// Reads the account.
pub(super) fn reported(account: &str) -> Result<Reported> {
    let line =
        account.lines().find(|line| line.starts_with("peregrine:") && line.ends_with(" lost"));
    let line = line.with_context(|| format!("this is no account: {}", account.trim()))?;
    let before = |what: &str| {
        // One of them is written "1 alert".
        let one = what.strip_suffix('s').unwrap_or(what);
        let number = line
            .split(", ")
            .find_map(|part| part.strip_suffix(what).or_else(|| part.strip_suffix(one)));
        let number = number.and_then(|number| number.trim().parse::<u64>().ok());
        number.with_context(|| format!("the report lacks the number of{what}: {line}"))
    };
    let mut reported = Reported {
        events: before(" events")?,
        alerts: before(" alerts")?,
        lost: before(" lost")?,
        ..Reported::default()
    };
    for line in account.lines() {
        if let Some((_, calls)) = line.split_once("left out in the kernel, no rule can match: ") {
            let counts =
                calls.split(", ").filter_map(|call| call.rsplit(' ').next()?.parse::<u64>().ok());
            reported.filtered = counts.sum();
        } else if let Some(rest) = line.trim().strip_prefix("stdout: ") {
            let ways = rest.split(", ").filter(|way| !way.ends_with(" written"));
            let counts = ways.filter_map(|way| way.split(' ').next()?.parse::<u64>().ok());
            reported.unwritten = counts.sum();
        }
    }
    Ok(reported)
}

#[cfg(test)]
mod tests {
    use super::{Reported, reported};

    #[test]
    fn an_account_is_read() {
        let text = "peregrine: 2.3 s monitored, 3043 events, 88 alerts, 7 lost\n  Rule: a  88\n  \
                    left out in the kernel, no rule can match: openat 12, close 30\n  lost in the \
                    kernel: 7 of files\n  stdout: 80 written, 5 dropped (queue full), 3 failed\n";
        let known = Reported { events: 3043, filtered: 42, lost: 7, alerts: 88, unwritten: 8 };
        assert_eq!(reported(text).unwrap(), known);
        let one = Reported { events: 1, alerts: 1, ..Reported::default() };
        assert_eq!(
            reported("peregrine: 0.1 s monitored, 1 event, 1 alert, 0 lost\n").unwrap(),
            one
        );
        assert!(reported("peregrine: hm").is_err());
    }
}
