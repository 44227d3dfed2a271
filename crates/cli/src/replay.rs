//! `peregrine replay`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use peregrine_agent::capture::Progress;
use peregrine_agent::capture::replay::{Replay, replay};

use crate::captures::{Captures, progress};
use crate::config::known_outputs;
use crate::moment::empty;
use crate::run::{Common, Prepared, exit_code, notice_level, notify_until_closed, prepare};
use crate::terminal::{clear, report, say};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Matching {
    First,
    All,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine replay trace.scap -r rules.yaml\n  peregrine replay trace.0001.scap trace.0002.scap --json --rule-matching all\n  peregrine replay trace.scap --start 17:59:30 --end 18:00:00 proc.name=nginx\n  zcat trace.scap.gz | peregrine replay -"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    captures: Captures,
    #[command(flatten)]
    common: Common,
    /// Whether the first rule that fits reports an event, or all of them.
    #[arg(long, value_name = "HOW")]
    rule_matching: Option<Matching>,
    /// Alerts go to the outputs of the configuration, too; without it to stdout and those of -o alone.
    #[arg(long)]
    to_outputs: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    // Replay waits for its outputs: nothing is dropped.
    let mut own = vec!["outputs_queue.capacity=0".to_owned()];
    own.extend(flags.rule_matching.map(|how| match how {
        Matching::First => "rule_matching=first".to_owned(),
        Matching::All => "rule_matching=all".to_owned(),
    }));
    if !flags.to_outputs {
        // What happened then is no news for those who read alerts of now.
        own.extend(
            known_outputs().map(|name| format!("{name}_output.enabled={}", name == "stdout")),
        );
    }
    let Prepared { config, generation, .. } = prepare(&flags.common, &own)?;
    let line = progress(!flags.to_outputs);
    let line = line.as_ref().map(|line| line as &dyn Fn(&Progress));
    let stop = Arc::new(AtomicBool::new(false));
    let condition = flags.captures.condition();
    let replayed = replay(
        flags.captures.input(line),
        Replay {
            config: &config,
            generation,
            window: flags.captures.part.window(),
            filter: &condition,
            duration: None,
            host: None,
            notify: notify_until_closed(notice_level(&config), Arc::clone(&stop)),
            stop: Arc::clone(&stop),
        },
    );
    clear(line.is_some());
    let replayed = replayed?;
    // Whoever reads our output may stop reading.
    if stop.load(Ordering::Relaxed) {
        return Ok(ExitCode::SUCCESS);
    }
    report(&replayed.report);
    if let Some(span) = replayed.empty_window {
        say(empty(span));
    }
    replayed.damage.map_or(Ok(exit_code(&replayed.report)), |damage| Err(damage.into()))
}
