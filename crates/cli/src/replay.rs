//! `peregrine replay`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};
use peregrine_agent::capture::replay::{Replay, replay};

use crate::moment::Part;
use crate::run::{Common, Prepared, exit_code, notice_level, notify_until_closed, prepare};
use crate::terminal::{report, shows_progress};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Matching {
    First,
    All,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine replay trace.scap -r rules.yaml\n  peregrine replay trace.scap.gz --json --rule-matching all\n  peregrine replay trace.scap --start 2026-11-23T17:59:30Z --end 2026-11-23T18:00:00Z"
)]
pub(crate) struct Flags {
    /// The capture: plain, gzip or zstd.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    common: Common,
    /// Whether the first rule that fits reports an event, or all of them.
    #[arg(long, value_name = "HOW")]
    rule_matching: Option<Matching>,
    #[command(flatten)]
    part: Part,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let how = match flags.rule_matching {
        Some(Matching::First) => Some("rule_matching=first".to_owned()),
        Some(Matching::All) => Some("rule_matching=all".to_owned()),
        None => None,
    };
    // Replay waits for its outputs: nothing is dropped.
    let own = ["outputs_queue.capacity=0".to_owned()].into_iter().chain(how).collect::<Vec<_>>();
    let Prepared { config, generation, .. } = prepare(&flags.common, &own)?;
    let on_terminal = shows_progress();
    let progress = |events: u64, elapsed: Duration| {
        if on_terminal {
            #[expect(clippy::cast_precision_loss, reason = "shown to people")]
            let rate = events as f64 / elapsed.as_secs_f64().max(0.001);
            let _ = write!(std::io::stderr().lock(), "\r{events} events, {rate:.0} events/s ");
        }
    };
    let stop = Arc::new(AtomicBool::new(false));
    let (ended, damage) = replay(
        &flags.file,
        Replay {
            config: &config,
            generation,
            window: flags.part.window(),
            duration: None,
            host: None,
            stop: Arc::clone(&stop),
            notify: notify_until_closed(notice_level(&config), Arc::clone(&stop)),
            progress: &progress,
        },
    )?;
    // Whoever reads our output may stop reading.
    if stop.load(Ordering::Relaxed) {
        return Ok(ExitCode::SUCCESS);
    }
    report(on_terminal, &ended);
    damage.map_or(Ok(exit_code(&ended)), |damage| Err(damage.into()))
}
