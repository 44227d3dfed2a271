//! From the call to the line on stdout, idle and while all CPUs are in a flood.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::Bench;
use super::agent::{Agent, Reported};
use super::flood::{Flood, threads};
use super::stats::{Dice, quantile, real};

/// The shares of all alerts that are reported.
pub(super) const SHARES: [f64; 3] = [0.5, 0.99, 0.999];

/// One distribution.
#[derive(Debug, Serialize)]
pub(super) struct Latency {
    pub(super) when: &'static str,
    /// Acts there were.
    pub(super) acts: usize,
    /// Acts whose alert never came.
    pub(super) missed: usize,
    /// Milliseconds at [`SHARES`].
    pub(super) at: [f64; 3],
    pub(super) most: f64,
    /// Points of the curve: share, milliseconds.
    pub(super) curve: Vec<(f64, f64)>,
    pub(super) reported: Reported,
}

/// Both.
#[derive(Debug, Serialize)]
pub(super) struct Latencies {
    pub(super) idle: Latency,
    pub(super) flood: Latency,
}

pub(super) fn run(bench: &Bench) -> Result<Latencies> {
    let idle = one(bench, "idle", bench.either(800, 4000), false)?;
    let flood = one(bench, "in the flood", bench.either(600, 3000), true)?;
    Ok(Latencies { idle, flood })
}

fn one(bench: &Bench, when: &'static str, acts: usize, flooded: bool) -> Result<Latency> {
    bench.progress(&format!("latency: {when}, {acts} acts"));
    bench.scene.make_late(acts)?;
    let rules = bench.planted(&[])?;
    let mut agent = Agent::start(&bench.program, &rules, Stdio::piped())?;
    let lines = BufReader::new(agent.stdout()?);
    let reader = thread::spawn(move || {
        let mut seen = BTreeMap::new();
        for line in lines.lines().map_while(Result::ok) {
            let now = Instant::now();
            let Some((_, rest)) = line.split_once(" late-") else { continue };
            let number = rest.split('-').next().and_then(|number| number.parse::<usize>().ok());
            if let Some(number) = number {
                seen.entry(number).or_insert(now);
            }
        }
        seen
    });
    let done = std::sync::atomic::AtomicBool::new(false);
    let begun = thread::scope(|scope| {
        let flood = flooded.then(|| {
            scope.spawn(|| {
                let time = Duration::from_millis(500);
                let flood = Flood { threads: threads(), rate: None, time, planted: 0 };
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    flood.run(&bench.scene)?;
                }
                anyhow::Ok(())
            })
        });
        // A steady pace could keep step with the agent's own: each act waits another time.
        let (mut dice, mut begun) = (Dice(42), Vec::new());
        let acted = (0..acts).try_for_each(|number| {
            thread::sleep(Duration::from_micros(1000 + dice.roll(8000)));
            begun.push(Instant::now());
            File::open(bench.scene.late(number)).map(drop)
        });
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        if let Some(flood) = flood {
            flood.join().ok().context("the flood ended")??;
        }
        acted?;
        anyhow::Ok(begun)
    })?;
    thread::sleep(Duration::from_millis(300));
    let reported = agent.stop()?;
    let seen = reader.join().ok().context("the reader of alerts ended")?;
    let waits: Vec<f64> = begun
        .iter()
        .enumerate()
        .filter_map(|(number, begin)| Some((*seen.get(&number)? - *begin).as_secs_f64() * 1e3))
        .collect();
    // Each point halves what is left above it.
    let mut curve = vec![(0.0, quantile(&waits, 0.0))];
    let mut left = 0.9_f64;
    while left * real(waits.len()) >= 1.0 {
        curve.push((1.0 - left, quantile(&waits, 1.0 - left)));
        left /= 1.2;
    }
    Ok(Latency {
        when,
        acts,
        missed: acts - waits.len(),
        at: SHARES.map(|share| quantile(&waits, share)),
        most: quantile(&waits, 1.0),
        curve,
        reported,
    })
}
