//! What recording costs: files opened, read and closed, unrecorded and under `peregrine record` of
//! all calls that have an event, turn by turn, for each way to compress.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use super::Bench;
use super::agent::{cpu_of, interrupt};
use super::stats::{Spread, quantile, real64};
use super::work;

/// One way to compress.
#[derive(Debug, Serialize)]
pub(super) struct Recorded {
    pub(super) way: &'static str,
    /// Times as long as unrecorded.
    pub(super) ratio: Spread,
    pub(super) times: u64,
    pub(super) events: u64,
    pub(super) lost: u64,
    pub(super) bytes: u64,
    /// Seconds the recorder ran on a CPU.
    pub(super) cpu: f64,
}

const WAYS: [(&str, &str); 3] = [("plain", "scap"), ("gzip", "scap.gz"), ("zstd", "scap.zst")];

pub(super) fn run(bench: &Bench) -> Result<Vec<Recorded>> {
    let rounds = bench.either(2, 5);
    let turn = bench.either(Duration::from_millis(300), Duration::from_millis(600));
    let mut works = work::all(&bench.scene, turn)?;
    // The first: most events for the time it takes.
    let work = works.first_mut().context("no work")?;
    let mut all = Vec::new();
    for (way, end) in WAYS {
        bench.progress(&format!("record: {way}, {rounds} rounds"));
        let mut ratios = Vec::new();
        let mut of = Recorded {
            way,
            ratio: Spread::default(),
            times: 0,
            events: 0,
            lost: 0,
            bytes: 0,
            cpu: 0.0,
        };
        let file = bench.scene.file(&format!("load.{end}"));
        for _ in 0..rounds {
            let bare = work.turn()?;
            let mut recorder = Recorder::start(&bench.program, &file, &["--json"])?;
            let before = cpu_of(recorder.child.id())?;
            let turn = work.turn()?;
            of.cpu += cpu_of(recorder.child.id())?.saturating_sub(before).as_secs_f64();
            let reported: serde_json::Value = serde_json::from_str(&recorder.stop()?)?;
            let number = |key: &str| {
                reported[key]
                    .as_u64()
                    .with_context(|| format!("the report has no {key}: {reported}"))
            };
            of.events += number("events")?;
            of.lost += number("lost")?;
            of.bytes += number("bytes")?;
            of.times += turn.times;
            ratios.push(quantile(&turn.wall, 0.25) / quantile(&bare.wall, 0.25).max(1e-9));
            fs::remove_file(&file)?;
        }
        of.ratio = Spread::median(&ratios);
        all.push(of);
    }
    Ok(all)
}

impl Recorded {
    /// Bytes of a recorded event.
    pub(super) fn bytes_each(&self) -> f64 {
        real64(self.bytes) / real64(self.events.max(1))
    }

    /// Nanoseconds of the recorder for a recorded event.
    pub(super) fn cpu_each(&self) -> f64 {
        self.cpu * 1e9 / real64(self.events.max(1))
    }
}

/// `peregrine record`; it is ended with this value.
pub(super) struct Recorder {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Recorder {
    /// Starts it and waits until it records.
    pub(super) fn start(program: &Path, file: &Path, words: &[&str]) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["record", "--ring-size", "64MiB", "-w"])
            .arg(file)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let stderr = child.stderr.take().context("no stderr")?;
        let mut recorder = Self { child, stderr: BufReader::new(stderr) };
        let mut said = String::new();
        while !said.contains("recording to ") {
            let read = recorder.stderr.read_line(&mut said)?;
            ensure!(read > 0, "the recorder ended: {}", said.trim());
        }
        Ok(recorder)
    }

    /// Ends it as Ctrl-C would, and hands out what stands on its stdout.
    pub(super) fn stop(&mut self) -> Result<String> {
        interrupt(&self.child)?;
        let (mut account, mut said) = (String::new(), String::new());
        let stdout = self.child.stdout.take();
        stdout.context("no stdout")?.read_to_string(&mut account)?;
        self.stderr.read_to_string(&mut said)?;
        ensure!(self.child.wait()?.success(), "the recorder failed: {}", said.trim());
        Ok(account)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Nothing to do where it ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
