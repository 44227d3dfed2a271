//! What reading a capture costs: one thread reads, takes in and evaluates, and its time on a CPU
//! counts. The same without rules shows what evaluation costs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use peregrine_agent::capture::replay::{Replay, replay};
use peregrine_agent::capture::{Moment, Window};
use peregrine_agent::generation::Generation;
use peregrine_agent::metrics::Metric;
use peregrine_agent::rules::load_rules;
use peregrine_config::Config;
use peregrine_rules::RuleSet;
use peregrine_testkit::clock::thread_time;
use serde::Serialize;

use super::Bench;
use super::record::Recorder;
use super::stats::real64;
use super::work;

/// Calls that move data or ask what a file is: Falco leaves them out unless it is configured otherwise.
const MANY: &str = "read, readv, pread, preadv, write, writev, pwrite, pwritev, recv, recvfrom, recvmsg, \
    recvmmsg, send, sendto, sendmsg, sendmmsg, sendfile, splice, stat, lstat, fstat, \
    newfstatat, access, lseek, llseek, getdents, getdents64, poll, ppoll, select, futex, \
    nanosleep, mmap, munmap, brk, fcntl, getcwd, getrlimit, setrlimit, prlimit, switch";

/// How the two recorded ones are known.
pub(super) const DEFAULT: &str = "recorded, default calls";
pub(super) const ALL: &str = "recorded, all calls";

/// A capture and how it is known.
#[derive(Debug)]
pub(super) struct Capture {
    pub(super) name: String,
    pub(super) file: PathBuf,
}

/// What an event of a capture costs with a set of rules.
#[derive(Debug, Serialize)]
pub(super) struct Replayed {
    pub(super) capture: String,
    pub(super) rules: String,
    pub(super) enabled: usize,
    pub(super) events: u64,
    pub(super) alerts: u64,
    /// Nanoseconds an event costs in all, and of that evaluation and alerts.
    pub(super) event_ns: f64,
    pub(super) evaluation_ns: f64,
    /// Events a CPU second.
    pub(super) rate: f64,
}

/// Those that were given, or two that are recorded: all calls, and those Falco takes by default.
pub(super) fn captures(bench: &Bench) -> Result<Vec<Capture>> {
    if !bench.captures.is_empty() {
        let named = |file: &PathBuf| {
            let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
            Capture { name, file: file.clone() }
        };
        return Ok(bench.captures.iter().map(named).collect());
    }
    let filter = format!("not evt.type in ({MANY})");
    Ok(vec![
        record(bench, DEFAULT, "default.scap", &["--filter", &filter])?,
        record(bench, ALL, "all.scap", &["--all-syscalls"])?,
    ])
}

/// Records all kinds of work, each in its turn, always as often.
fn record(bench: &Bench, name: &str, file: &str, words: &[&str]) -> Result<Capture> {
    let times = bench.either(10, 40);
    bench.progress(&format!("replay: recording all work {times} times: {name}"));
    let file = bench.scene.file(file);
    let mut recorder = Recorder::start(&bench.program, &file, words)?;
    let mut works = work::all(&bench.scene, Duration::ZERO)?;
    for _ in 0..times {
        works.iter_mut().try_for_each(work::Work::once)?;
    }
    recorder.stop()?;
    Ok(Capture { name: name.to_owned(), file })
}

/// The rules of files, or those we ship, ready to be asked.
pub(super) fn rule_set(files: &[PathBuf]) -> Result<(Config, RuleSet)> {
    let mut config = Config { rules_files: files.to_vec(), ..Config::default() };
    config.stdout_output.enabled = false;
    let loaded = load_rules(&config)?;
    if loaded.failed() {
        bail!("the rules have mistakes: `peregrine rules check` reports them");
    }
    let mut rules = loaded.rules;
    rules.select(&config.rules, config.priority);
    Ok((config, rules))
}

pub(super) fn run(bench: &Bench, captures: &[Capture]) -> Result<Vec<Replayed>> {
    let turns = bench.either(3, 7);
    let mut replayed = Vec::new();
    for capture in captures {
        for (name, files) in bench.sets() {
            bench.progress(&format!("replay: {}, {name}, {turns} turns", capture.name));
            let (config, rules) = rule_set(&files)?;
            let (mut with, mut without, mut before) = (Duration::MAX, Duration::MAX, Duration::MAX);
            let (mut events, mut alerts) = (0, 0);
            // Nothing is read from the first event on.
            let snapshot = Window { end: Some(Moment::At(1)), ..Window::default() };
            let whole = Window::default();
            // The fastest of each counts: the work is always the same.
            for _ in 0..turns {
                let (time, count, hits) = turn(&capture.file, whole, &config, rules.clone())?;
                (with, events, alerts) = (with.min(time), count, hits);
                let none = |window| turn(&capture.file, window, &config, RuleSet::default());
                without = without.min(none(whole)?.0);
                before = before.min(none(snapshot)?.0);
            }
            ensure!(events > 0, "the capture {} has no events", capture.file.display());
            let each = |time: Duration| time.as_secs_f64() * 1e9 / real64(events);
            replayed.push(Replayed {
                capture: capture.name.clone(),
                rules: name,
                enabled: rules.rules.iter().filter(|rule| rule.enabled).count(),
                events,
                alerts,
                event_ns: each(with.saturating_sub(before)),
                evaluation_ns: each(with.saturating_sub(without)),
                rate: real64(events) / with.saturating_sub(before).as_secs_f64().max(1e-9),
            });
        }
    }
    Ok(replayed)
}

/// The time of one replay on a CPU, how many events there were, and how many hits.
fn turn(
    capture: &Path,
    window: Window,
    config: &Config,
    rules: RuleSet,
) -> Result<(Duration, u64, u64)> {
    let begin = thread_time();
    let generation = Generation::new(config, rules);
    let replayed = replay(
        capture,
        Replay {
            config,
            generation,
            window,
            filter: "",
            duration: None,
            host: None,
            stop: Arc::default(),
            notify: Arc::new(|_| {}),
        },
    )?;
    if let Some(damage) = replayed.damage {
        return Err(damage.into());
    }
    let [events, hits] =
        [Metric::Events, Metric::RuleMatches].map(|metric| replayed.report.metrics.total(metric));
    Ok((thread_time().saturating_sub(begin), events, hits))
}
