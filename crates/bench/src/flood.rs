//! Loss against rate: threads on all CPUs open and close, and among that lie opens a rule is about.

use std::fs::File;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use super::Bench;
use super::agent::{Agent, Reported};
use super::scene::{NEIGHBOUR, PLAIN, PLANTED, Scene};
use super::stats::real64;

/// Opens between two looks at the clock.
const BATCH: usize = 2 * PLAIN;

/// One step.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) rules: String,
    /// Opens a second that were wanted; none: as fast as it goes.
    pub(super) wanted: Option<u64>,
    /// Opens a second there were.
    pub(super) rate: f64,
    pub(super) opens: u64,
    pub(super) planted: u64,
    /// Alerts about planted opens, as lines on stdout.
    pub(super) alerts: u64,
    pub(super) reported: Reported,
    /// What the agent used, seconds on a CPU.
    pub(super) agent_cpu: f64,
    pub(super) seconds: f64,
}

/// All steps.
#[derive(Debug, Serialize)]
pub(super) struct Flooded {
    pub(super) threads: usize,
    /// Opens a second without an agent.
    pub(super) unprobed: f64,
    pub(super) steps: Vec<Step>,
}

/// A flood to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flood {
    pub(super) threads: usize,
    /// Opens a second of all threads.
    pub(super) rate: Option<u64>,
    pub(super) time: Duration,
    /// Opens a rule is about, spread over the time.
    pub(super) planted: u64,
}

impl Flood {
    /// Makes it and says how many opens there were, and how long it took.
    pub(super) fn run(self, scene: &Scene) -> Result<(u64, Duration)> {
        let begin = Instant::now();
        let opens = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads as u64)
                .map(|number| scope.spawn(move || self.thread(scene, number, begin)))
                .collect();
            let mut opens = 0;
            for thread in threads {
                opens += thread.join().ok().context("a thread of the flood ended")??;
            }
            anyhow::Ok(opens)
        })?;
        Ok((opens, begin.elapsed()))
    }

    /// One thread: half of its files below the folder for temporary ones, half beside what is planted.
    fn thread(self, scene: &Scene, number: u64, begin: Instant) -> Result<u64> {
        let threads = self.threads as u64;
        let planted = self.planted / threads + u64::from(number < self.planted % threads);
        let files: Vec<_> = (0..PLAIN).map(|number| scene.plain(number)).collect();
        let (mut opens, mut done) = (0_u64, 0_u64);
        loop {
            let elapsed = begin.elapsed();
            let share = (elapsed.as_secs_f64() / self.time.as_secs_f64()).min(1.0);
            while real64(done) < share * real64(planted) {
                drop(File::open(PLANTED)?);
                (opens, done) = (opens + 1, done + 1);
            }
            if elapsed >= self.time {
                return Ok(opens);
            }
            for file in &files {
                drop(File::open(file)?);
                drop(File::open(NEIGHBOUR)?);
            }
            opens += BATCH as u64;
            if let Some(rate) = self.rate {
                let due = real64(opens * threads) / real64(rate.max(1));
                let ahead = due - begin.elapsed().as_secs_f64();
                if ahead > 0.0 {
                    thread::sleep(Duration::from_secs_f64(ahead).min(self.time));
                }
            }
        }
    }
}

/// As many as there are CPUs.
pub(super) fn threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

pub(super) fn run(bench: &Bench) -> Result<Flooded> {
    let threads = threads();
    bench.progress(&format!("flood: {threads} threads, unprobed"));
    let time = bench.either(Duration::from_secs(1), Duration::from_secs(3));
    let (opens, took) = Flood { threads, rate: None, time, planted: 0 }.run(&bench.scene)?;
    let unprobed = real64(opens) / took.as_secs_f64();
    let mut steps = Vec::new();
    let sets = bench.sets();
    let (first, others) = sets.split_first().context("no rules")?;
    let rates: &[u64] = bench.either(&[100_000], &[25_000, 50_000, 100_000, 200_000]);
    for rate in rates {
        let time = bench.either(Duration::from_secs(3), Duration::from_secs(5));
        steps.push(step(
            bench,
            first,
            Flood { threads, rate: Some(*rate), time, planted: 10_000 },
        )?);
    }
    for set in [first].into_iter().chain(others) {
        let time = bench.either(Duration::from_secs(5), Duration::from_secs(10));
        steps.push(step(bench, set, Flood { threads, rate: None, time, planted: 10_000 })?);
    }
    Ok(Flooded { threads, unprobed, steps })
}

fn step(
    bench: &Bench,
    (name, files): &(String, Vec<std::path::PathBuf>),
    flood: Flood,
) -> Result<Step> {
    let wanted =
        flood.rate.map_or_else(|| "as fast as it goes".to_owned(), |rate| format!("{rate}/s"));
    bench.progress(&format!("flood: {name}, {wanted}, {} s", flood.time.as_secs()));
    let lines = bench.scene.file("alerts");
    let agent =
        Agent::start(&bench.program, &bench.planted(files)?, Stdio::from(File::create(&lines)?))?;
    let before = agent.cpu()?;
    let (opens, took) = flood.run(&bench.scene)?;
    // What is in the rings is read at the end, too; this is what it used until then.
    let agent_cpu = agent.cpu()?.saturating_sub(before).as_secs_f64();
    let reported = agent.stop()?;
    let mark = format!("planted-{}-", std::process::id());
    let text = std::fs::read_to_string(&lines).context("the alerts")?;
    let alerts = text.lines().filter(|line| line.contains(&mark)).count() as u64;
    ensure!(took.as_secs_f64() > 0.0, "no time passed");
    Ok(Step {
        rules: name.clone(),
        wanted: flood.rate,
        rate: real64(opens) / took.as_secs_f64(),
        opens,
        planted: flood.planted,
        alerts,
        reported,
        agent_cpu,
        seconds: took.as_secs_f64(),
    })
}
