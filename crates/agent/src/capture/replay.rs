//! Replays a capture through the pipeline.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use peregrine_alert::{AlertSink, Sequence};
use peregrine_config::Config;
use peregrine_outputs::{Options as OutputOptions, Outputs};
use peregrine_probe::Losses;
use peregrine_state::HostInfo;

use super::error::CaptureError;
use super::input::Input;
use super::source::{CaptureSource, Times};
use super::window::{Span, Window};
use crate::drops::{Drops, Lost};
use crate::event_filter::EventFilter;
use crate::generation::Generation;
use crate::live::send_alert;
use crate::metrics::Metrics;
use crate::notice::{Notice, Notify, for_outputs};
use crate::on_match::{self, Feed};
use crate::pipeline::Pipeline;
use crate::poll_loop::poll_loop;
use crate::report::RunReport;
use crate::respond::ResponseFeed;
use crate::source::{Poll, Record, Source as _};

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
    replay_with(input, replay, None)
}

/// The same; matches are passed on to responses too.
///
/// # Errors
/// The same.
pub fn replay_with<'p>(
    input: impl Into<Input<'p>>,
    replay: Replay<'_>,
    responses: Option<ResponseFeed>,
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
        .with_responses(responses)
        .named(host);
    let begin = Instant::now();
    let mut losses = MadeUpLosses::new(config);
    let read = match &mut losses {
        None => poll_loop(&stop, duration, || source.poll(&mut |record| pipeline.take(record))),
        Some(losses) => poll_loop(&stop, duration, || {
            let mut time_ns = 0;
            let poll = source.poll(&mut |record| {
                if let Record::Event(event) = &record {
                    time_ns = event.ts();
                }
                pipeline.take(record);
            })?;
            losses.look(time_ns, &mut pipeline, &notify);
            Ok(if losses.ends { Poll::End } else { poll })
        }),
    };
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
    if let Some(losses) = &losses {
        metrics.read_drops(losses.drops.counts);
    }
    metrics.read_outputs(&pipeline.into_sink().close(PATIENCE));
    metrics.set_duration(begin.elapsed());
    let times = source.times();
    let captured = Some(times.duration());
    let ended_for_losses = losses.is_some_and(|losses| losses.ends);
    let report = RunReport { metrics, captured, ended_for_losses };
    Ok(Replayed { report, times, empty_window: source.empty_window(), damage: read.err() })
}

/// `syscall_event_drops.simulate_drops` by the time of events: a capture has lost nothing that is known here.
struct MadeUpLosses {
    drops: Drops,
    /// Events up to the last second.
    events: u64,
    ends: bool,
}

impl MadeUpLosses {
    /// None where none are made up.
    fn new(config: &Config) -> Option<Self> {
        let drops = Drops::new(&config.syscall_event_drops);
        drops.simulates().then_some(Self { drops, events: 0, ends: false })
    }

    /// Does what the configuration says where a second is over; `time_ns`: when the last event happened, 0 for what
    /// is none.
    fn look<H: HostInfo, S: AlertSink>(
        &mut self,
        time_ns: u64,
        pipeline: &mut Pipeline<H, S>,
        notify: &Notify,
    ) {
        if time_ns == 0 || !self.drops.is_due(time_ns) {
            return;
        }
        let events = pipeline.counts().0;
        let since = events - std::mem::replace(&mut self.events, events);
        let classes = Losses::default().by_class().collect();
        let lost = Lost { classes, events: since, live: false };
        for notice in self.drops.look(time_ns, lost, false) {
            self.ends |= matches!(notice, Notice::LossEnds);
            if notice.is_logged() {
                notify(&notice);
            }
            if notice.is_alert() {
                pipeline.send_notice(&notice, time_ns);
            }
        }
    }
}
