//! A capture through the pipeline.

use std::path::Path;
use std::time::{Duration, Instant};

use peregrine_config::Config;
use peregrine_outputs::{Options as OutputOptions, Outputs, Tell};
use peregrine_rules::RuleSet;

use super::{Capture, Captured, Place, Shown, Window, time_of};
use crate::options::{output_options, outputs};
use crate::pipeline::Pipeline;
use crate::report::Account;

/// How long outputs may take to finish.
const PATIENCE: Duration = Duration::from_mins(1);
/// Events between two looks at the time, for progress.
const LOOK: u64 = 100_000;

/// One replay.
pub struct Replay<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules, loaded without an error.
    pub rules: RuleSet,
    /// The part that is looked at.
    pub window: Window,
    /// Tells people how it goes.
    pub tell: Tell,
    /// Told the number of events so far, now and then.
    pub progress: &'r dyn Fn(u64, Duration),
}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("rules", &self.rules.rules.len()).finish_non_exhaustive()
    }
}

/// Reads a capture and raises its alerts. Where it is damaged, what stands before the damage counts;
/// the damage is the second value.
///
/// # Errors
/// When the file cannot be opened, is no capture, or an output cannot be opened.
pub fn replay(file: &Path, replay: Replay<'_>) -> anyhow::Result<(Account, Option<String>)> {
    let Replay { config, rules, window, tell, progress } = replay;
    let mut capture = Capture::open(file)?;
    // Nothing is dropped: what waits for an output waits however much it is.
    let options = OutputOptions { bytes: usize::MAX, ..output_options(config) };
    let outputs = Outputs::start(&outputs(config), &options, &tell)?;
    let mut pipeline =
        Pipeline::new(rules, config.matching, config.limits, Captured::default(), outputs)
            .with_containers(config.containers);
    pipeline.state_mut().follow_names(config.base_syscalls.names);
    let begin = Instant::now();
    let mut events = 0_u64;
    let mut first = None;
    let damage = loop {
        match capture.next(pipeline.outside()) {
            Ok(Some(Shown::Nothing)) => {}
            Ok(Some(Shown::Known(record))) => pipeline.snapshot(&record),
            Ok(Some(Shown::Event { cpu, state_only, record })) => {
                let place = window.place(&mut first, time_of(&record));
                match place {
                    Place::Behind => break None,
                    Place::Before => pipeline.state_only(&record),
                    Place::Within if state_only => pipeline.state_only(&record),
                    Place::Within => pipeline.event_on(Some(cpu), &record),
                }
                events += 1;
                if events.is_multiple_of(LOOK) {
                    progress(events, begin.elapsed());
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    if let Some((count, why)) = capture.left_out() {
        tell(&format!("{count} events of the capture are left out: {why}"));
    }
    let (events, damaged) = pipeline.counts();
    let hits = crate::report::hits(pipeline.rules(), pipeline.engine());
    let picture = pipeline.state().counters();
    let outputs = pipeline.into_outputs().close(PATIENCE);
    let account = Account {
        watched: begin.elapsed(),
        events,
        damaged,
        hits,
        losses: peregrine_probe::Losses::default(),
        filtered: Vec::new(),
        picture,
        paths_unknown: 0,
        outputs,
    };
    Ok((account, damage))
}
