//! From the start of the program until it watches, and until its first alert.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::Bench;
use super::agent::Agent;
use super::stats::Spread;

/// Between two acts that are alerts.
const EVERY: Duration = Duration::from_millis(1);

/// Milliseconds, of several starts.
#[derive(Debug, Serialize)]
pub(super) struct Starts {
    pub(super) count: usize,
    pub(super) watches: Spread,
    pub(super) alert: Spread,
}

pub(super) fn run(bench: &Bench) -> Result<Starts> {
    let count = bench.either(3, 11);
    let rules = bench.planted(&[])?;
    bench.scene.make_late(1)?;
    let path = bench.scene.late(0);
    let (mut watches, mut alerts) = (Vec::new(), Vec::new());
    for number in 0..count {
        bench.progress(&format!("start: {} of {count}", number + 1));
        let mut agent = Agent::spawn(&bench.program, &rules, Stdio::piped())?;
        let stop = Arc::new(AtomicBool::new(false));
        let acts = {
            let (stop, path) = (Arc::clone(&stop), path.clone());
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    drop(File::open(&path));
                    thread::sleep(EVERY);
                }
            })
        };
        let lines = BufReader::new(agent.stdout()?);
        // It reads to the end, so that the agent can always write.
        let first = thread::spawn(move || {
            let mut first = None;
            for line in lines.lines().map_while(Result::ok) {
                if line.contains("late-0-") {
                    first.get_or_insert_with(Instant::now);
                }
            }
            first
        });
        let watching = agent.watching();
        thread::sleep(Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
        let begin = agent.begin();
        let _ = acts.join();
        watches.push(watching?.as_secs_f64() * 1e3);
        agent.stop()?;
        let first = first.join().ok().flatten().context("a start raised no alert")?;
        alerts.push((first - begin).as_secs_f64() * 1e3);
    }
    Ok(Starts { count, watches: Spread::median(&watches), alert: Spread::median(&alerts) })
}
