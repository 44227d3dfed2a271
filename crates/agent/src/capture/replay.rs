//! Replays a capture through the pipeline.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use peregrine_alert::Sequence;
use peregrine_config::Config;
use peregrine_outputs::{Options as OutputOptions, Outputs};

use super::error::CaptureError;
use super::source::CaptureSource;
use super::window::Window;
use crate::generation::Generation;
use crate::metrics::Metrics;
use crate::notice::{Notice, Notify, for_outputs};
use crate::pipeline::Pipeline;
use crate::poll_loop::poll_loop;
use crate::report::RunReport;
use crate::source::Source as _;

/// How long outputs may take to finish.
const PATIENCE: Duration = Duration::from_mins(1);
/// Events between two reports of progress.
const LOOK: u64 = 100_000;

/// One replay.
pub struct Replay<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules.
    pub generation: Generation,
    /// The part of the capture that is replayed.
    pub window: Window,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// The host alerts name, where that is not the capture's.
    pub host: Option<String>,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// Takes notices.
    pub notify: Notify,
    /// Called at intervals with the number of events so far.
    pub progress: &'r dyn Fn(u64, Duration),
}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("rules", &self.generation.enabled()).finish_non_exhaustive()
    }
}

/// Reads a capture and raises its alerts. Everything before damage counts; the damage is the second
/// value.
///
/// # Errors
/// When the file cannot be opened, is not a capture, or an output cannot be opened.
pub fn replay(
    file: &Path,
    replay: Replay<'_>,
) -> Result<(RunReport, Option<CaptureError>), CaptureError> {
    let Replay { config, generation, window, duration, host, stop, notify, progress } = replay;
    let mut source = CaptureSource::open(file, window)?;
    // Nothing is dropped: queues of outputs are unbounded.
    let options = OutputOptions { bytes: usize::MAX, ..OutputOptions::new(config) };
    let sequence = Arc::new(Sequence::new(1));
    let outputs = Outputs::start(config, &options, &sequence, &for_outputs(&notify))?;
    let mut pipeline = Pipeline::new(generation, config.limits(), source.host(), outputs, sequence)
        .with_containers(config.load_plugins.has_containers())
        .named(host);
    let begin = Instant::now();
    let mut shown = 0;
    let read = poll_loop(&stop, duration, || {
        let poll = source.poll(&mut |record| pipeline.take(record))?;
        let (events, _) = pipeline.counts();
        if events >= shown + LOOK {
            shown = events;
            progress(events, begin.elapsed());
        }
        Ok(poll)
    });
    if let Err(left_out) = source.left_out() {
        notify(&Notice::EventsLeftOut(left_out.to_string()));
    }
    let mut metrics = Metrics::default();
    pipeline.read_metrics(&mut metrics);
    metrics.read_outputs(&pipeline.into_sink().close(PATIENCE));
    metrics.set_duration(begin.elapsed());
    Ok((RunReport { metrics }, read.err()))
}
