//! Replays a capture through the pipeline.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use peregrine_alert::Sequence;
use peregrine_config::Config;
use peregrine_outputs::{Options as OutputOptions, Outputs};

use super::error::CaptureError;
use super::input::Input;
use super::source::{CaptureSource, Times};
use super::window::{Span, Window};
use crate::event_filter::EventFilter;
use crate::generation::Generation;
use crate::live::send_alert;
use crate::metrics::Metrics;
use crate::notice::{Notice, Notify, for_outputs};
use crate::on_match::{self, Feed};
use crate::pipeline::Pipeline;
use crate::poll_loop::poll_loop;
use crate::report::RunReport;
use crate::source::Source as _;

/// How long outputs may take to finish.
const PATIENCE: Duration = Duration::from_mins(1);
/// How a replay ended.
#[derive(Debug)]
pub struct Replayed {
    /// What was processed, matched and written.
    pub report: RunReport,
    /// When the events happened.
    pub times: Times,
    /// The window, where no event lies in it.
    pub empty_window: Option<Span>,
    /// Where it broke off: what stands before counts.
    pub damage: Option<CaptureError>,
}

/// One replay.
pub struct Replay<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules.
    pub generation: Generation,
    /// The part of the capture that is replayed.
    pub window: Window,
    /// Rules are asked about events for which this condition is true; empty: all.
    pub filter: &'r str,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// The host alerts name, where that is not the capture's.
    pub host: Option<String>,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// Takes notices.
    pub notify: Notify,
}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("rules", &self.generation.enabled()).finish_non_exhaustive()
    }
}

/// Reads captures and raises their alerts. Where one is damaged, what stands before the damage counts.
///
/// # Errors
/// When the file cannot be opened, is no capture, the filter is none, or an output cannot be opened.
pub fn replay<'p>(
    input: impl Into<Input<'p>>,
    replay: Replay<'_>,
) -> Result<Replayed, CaptureError> {
    let Replay { config, generation, window, filter, duration, host, stop, notify } = replay;
    let filter = (!filter.is_empty()).then(|| EventFilter::new(filter)).transpose()?;
    let mut source = CaptureSource::open(input, window)?;
    // Nothing is dropped: what waits for an output waits however much it is.
    let options = OutputOptions { bytes: usize::MAX, ..OutputOptions::new(config) };
    let sequence = Arc::new(Sequence::new(1));
    let outputs = Outputs::start(config, &options, &sequence, &for_outputs(&notify))?;
    let captures = on_match::Settings::new(config, false).map(|settings| {
        let of = source.host();
        Feed::start(settings, Some(Box::new(move || of.beginning())))
    });
    let captures = captures.transpose().map_err(CaptureError::Captures)?;
    let mut pipeline = Pipeline::new(generation, config.limits(), source.host(), outputs, sequence)
        .with_containers(config.load_plugins.has_containers())
        .with_filter(filter)
        .with_captures(captures)
        .named(host);
    let begin = Instant::now();
    let read = poll_loop(&stop, duration, || source.poll(&mut |record| pipeline.take(record)));
    if let Err(left_out) = source.left_out() {
        notify(&Notice::EventsLeftOut(left_out.to_string()));
    }
    for notice in pipeline.finish_captures(PATIENCE) {
        let notice = Notice::Capture(notice);
        notify(&notice);
        send_alert(&mut pipeline, &notice);
    }
    let mut metrics = Metrics::default();
    pipeline.read_metrics(&mut metrics);
    metrics.read_outputs(&pipeline.into_sink().close(PATIENCE));
    metrics.set_duration(begin.elapsed());
    let times = source.times();
    let report = RunReport { metrics, captured: Some(times.duration()) };
    Ok(Replayed { report, times, empty_window: source.empty_window(), damage: read.err() })
}
