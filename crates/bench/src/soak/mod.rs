//! Half an hour of everything at once: 50,000 opens a second, processes and containers that come and go,
//! reloads, outputs that are away, the agent stopped and continued. What was planted among it has to
//! arrive once, and the agent's memory has to stay what it is: `make soak`.
//!
//! `act.rs` acts, `receiver.rs` takes alerts, `stage.rs` has the agent and its files, `account.rs` says what became of all
//! that was planted, `page.rs` and `plot.rs` write it down.

mod account;
mod act;
mod page;
mod plot;
mod receiver;
mod stage;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use self::account::{Account, Span, Stop};
use self::act::Acts;
use self::receiver::Mood;
use self::stage::Stage;
use super::Bench;
use super::machine::Machine;

/// Opens a second.
const RATE: u64 = 50_000;
/// All that is done is done again after so many seconds.
const CYCLE: u64 = 120;
/// Between two reloads.
const RELOAD: u64 = 20;
/// When in a cycle the web server is away, the folder of the file is away, and the agent is stopped, seconds.
const SERVER_AWAY: (u64, u64) = (22, 37);
const FOLDER_AWAY: (u64, u64) = (52, 62);
const STOPPED: (u64, u64) = (82, 88);
/// Until the agent has read what waited for it while it was stopped.
const CATCH_UP: f64 = 3.0;
/// Between two looks at the agent.
const SAMPLE: Duration = Duration::from_secs(2);
/// What has to arrive has so long once all is over.
const PATIENCE: Duration = Duration::from_mins(2);

/// What was measured.
#[derive(Debug)]
pub(super) struct Soaked {
    account: Account,
    /// How the agent was started: its niceness.
    nice: i32,
    minutes: u64,
}

/// Does it for so many minutes.
pub(super) fn run(bench: &Bench, minutes: u64) -> Result<Soaked> {
    let stage = Stage::start(bench)?;
    let begin = Instant::now();
    let acts = Acts::new(&stage, &bench.scene, begin)?;
    let stop = AtomicBool::new(false);
    let mut account = thread::scope(|scope| {
        // Also where something fails.
        let _stopping = Stopping(&stop);
        let threads = acts.start(scope, &stop);
        let account = direct(bench, &stage, begin, Duration::from_secs(minutes * 60))?;
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().ok().context("a thread of the load ended")??;
        }
        anyhow::Ok(account)
    })?;
    account.opens = acts.opens();
    account.processes = acts.processes();
    // Outputs are in order: what is planted last arrives last.
    let last = acts.plant(false)?;
    stage.until_arrived(last);
    account.planted = acts.planted();
    let nice = stage.nice()?;
    account.finish(stage)?;
    Ok(Soaked { account, nice, minutes })
}

/// Ends the load with the scope.
struct Stopping<'s>(&'s AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Where a second lies within its cycle.
fn is_within((from, to): (u64, u64), second: u64) -> bool {
    (from..to).contains(&(second % CYCLE))
}

/// Reloads, takes outputs away, stops the agent, and looks at it.
fn direct(bench: &Bench, stage: &Stage, begin: Instant, time: Duration) -> Result<Account> {
    let mut account = Account::default();
    let (mut next_reload, mut next_sample, mut next_said) =
        (RELOAD, Duration::ZERO, Duration::ZERO);
    let (mut server, mut folder): (Option<f64>, Option<f64>) = (None, None);
    // When it was continued, while it catches up.
    let mut caught: Option<(f64, f64, u64)> = None;
    let mut stopped: Option<(f64, u64)> = None;
    while begin.elapsed() < time {
        let now = begin.elapsed();
        let (second, at) = (now.as_secs(), now.as_secs_f64());
        if now >= next_said {
            bench.progress(&format!("soak: minute {} of {}", second / 60, time.as_secs() / 60));
            next_said += Duration::from_mins(1);
        }
        match (server, is_within(SERVER_AWAY, second)) {
            (None, true) => {
                server = Some(at);
                let mood = if (second / CYCLE).is_multiple_of(2) { Mood::Busy } else { Mood::Gone };
                stage.receiver.set(mood);
            }
            (Some(from), false) => {
                server = None;
                stage.receiver.set(Mood::Takes);
                account.away.push(Span { from, to: at });
            }
            _ => {}
        }
        match (folder, is_within(FOLDER_AWAY, second)) {
            (None, true) => {
                folder = Some(at);
                stage.file_away(true)?;
            }
            (Some(from), false) => {
                folder = None;
                stage.file_away(false)?;
                account.away.push(Span { from, to: at });
            }
            _ => {}
        }
        match (stopped, is_within(STOPPED, second)) {
            (None, true) => {
                let lost = stage.status()?.lost.total;
                stage.signal("STOP")?;
                stopped = Some((begin.elapsed().as_secs_f64(), lost));
            }
            (Some((from, lost)), false) => {
                stage.signal("CONT")?;
                stopped = None;
                caught = Some((from, at, lost));
            }
            _ => {}
        }
        if let Some((from, to, before)) = caught
            && at >= to + CATCH_UP
        {
            let lost = stage.status()?.lost.total - before;
            account.stops.push(Stop { span: Span { from, to: to + CATCH_UP }, lost });
            caught = None;
        }
        if stopped.is_none() {
            if second >= next_reload {
                // Where the machine itself was stopped none is made up for.
                next_reload = (second / RELOAD + 1) * RELOAD;
                let number = account.reloads.len() as u64 + 1;
                account.reloads.push(stage.reload(number)?);
            }
            if now >= next_sample {
                account.samples.push(stage.sample(begin)?);
                next_sample = now + SAMPLE;
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    if stopped.is_some() {
        stage.signal("CONT")?;
    }
    stage.receiver.set(Mood::Takes);
    if folder.is_some() {
        stage.file_away(false)?;
    }
    Ok(account)
}

/// The report, written into a folder with its plot where there is one.
pub(super) fn write(out: Option<&Path>, machine: &Machine, soaked: &Soaked) -> Result<String> {
    let page = page::page(machine, soaked);
    if let Some(out) = out {
        std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
        std::fs::write(out.join("soak.md"), &page)?;
        std::fs::write(out.join("soak.svg"), plot::plot(&soaked.account)?)?;
    }
    Ok(page)
}

/// Fails where something that is promised did not hold.
pub(super) fn check(soaked: &Soaked) -> Result<()> {
    let missed: Vec<String> = page::promises(soaked)
        .into_iter()
        .filter(|promise| !promise.kept)
        .map(|promise| format!("{}: {}", promise.what, promise.measured))
        .collect();
    ensure!(missed.is_empty(), "{}", missed.join("; "));
    Ok(())
}
