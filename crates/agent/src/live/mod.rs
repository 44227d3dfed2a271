//! Monitoring of this host: `run.rs` does so until it is stopped, `source.rs` reads events, `reconcile.rs` and
//! `container_cgroups.rs` keep the state and the kernel consistent, `memory.rs` bounds the memory of all
//! of it; `change.rs` and `reloader.rs` give it other rules.

mod activity;
mod change;
mod container_cgroups;
mod container_engines;
mod error;
mod figures;
mod guarding;
mod internal_alerts;
mod kernel_counts;
mod memory;
mod named;
mod pages;
mod reconcile;
mod reloader;
mod reports;
mod responses;
mod run;
mod sinks;
mod snapshot_writer;
mod source;
mod start;
mod status;
mod web;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::Sequence;
use peregrine_config::{Config, EngineKind};
use peregrine_containers::Problem;
use peregrine_hostinfo::{Host, own_pid};
use peregrine_probe::Losses;
use peregrine_state::State;

use self::activity::{ActivityBoard, Counting, Seen};
pub(crate) use self::internal_alerts::send_alert;
use self::internal_alerts::{Evictions, LostAlerts, Refusals, send_snapshot, wall_ns};
use self::memory::Memory;
use self::reconcile::Reconciler;
use self::sinks::{LostRecords, Sinks};
use self::snapshot_writer::Snapshot as FigureSnapshot;
use self::start::CGROUPS;
use self::status::Snapshot;
use crate::drops::{Drops, Lost};
use crate::generation::Generation;
use crate::guard::Guard;
use crate::metrics::{Metric, Metrics};
use crate::notice::{Notice, Notify, for_outputs};
use crate::on_match::{self, Feed};
use crate::options::probe_options;
use crate::pipeline::Pipeline;
use crate::reload::ReloadStatus;
use crate::report::RunReport;
use crate::respond::Lane;
use crate::source::{Poll, Source as _};

pub use change::{Former, Preparation, Prepared};
pub use container_cgroups::ContainerCgroups;
use container_engines::parking;
pub(crate) use container_engines::{docker_sockets, engine_settings};
pub use error::MonitorError;
pub use run::{Run, run};
pub use source::LiveSource;

/// How often the loss counters are read.
const LOSSES_INTERVAL: Duration = Duration::from_secs(1);
/// How often the memory left is read.
const MEMORY_INTERVAL: Duration = Duration::from_millis(200);
/// How often descriptions of containers that are gone are dropped.
const FORGET_INTERVAL: Duration = Duration::from_secs(30);
/// How often the kernel side is checked for damage.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How long outputs may take to finish.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Rules that monitor this host, one poll of the rings after the other.
pub struct Monitor {
    pipeline: Pipeline<Host, Sinks>,
    source: LiveSource,
    reconciler: Reconciler,
    containers: Option<ContainerCgroups>,
    notify: Notify,
    begin: Instant,
    losses_read: Instant,
    forgot: Instant,
    checked: Instant,
    /// Losses, and events, as they were a second ago.
    reported: (Losses, u64),
    drops: Drops,
    ends: bool,
    lost_alerts: LostAlerts,
    refusals: Refusals,
    lost_records: LostRecords,
    memory: Memory,
    memory_read: Instant,
    evictions: Evictions,
    reloads: ReloadStatus,
    /// Counts while somebody looks on.
    counting: Option<Counting>,
    guard: Option<Arc<Guard>>,
    /// Who answers alerts.
    lane: Option<Lane>,
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor").field("begin", &self.begin).finish_non_exhaustive()
    }
}

impl Monitor {
    /// Starts to monitor.
    ///
    /// # Errors
    /// When outputs cannot be opened or the kernel side cannot be set up.
    pub fn start(
        config: &Config,
        generation: Generation,
        notify: &Notify,
    ) -> Result<Self, MonitorError> {
        let memory = Memory::new();
        let mut config = config.clone();
        let watches = config.engine.kind != EngineKind::NoDriver;
        let less = memory.fit(&mut config, peregrine_probe::rings());
        less.iter().filter(|_| watches).for_each(|less| notify(less));
        let config = &config;
        if watches {
            peregrine_probe::check(&probe_options(config))?;
            for right in peregrine_probe::missing_rights() {
                notify(&Notice::RightMissing(right));
            }
        }
        let sequence = Arc::new(Sequence::new(first_number()));
        let sinks = Sinks::start(config, &sequence, &for_outputs(notify))?;
        let own_pid = own_pid();
        let mut pipeline = Pipeline::new(generation, config.limits(), Host::new(), sinks, sequence)
            .without(own_pid);
        if let Some(settings) = on_match::Settings::new(config, watches) {
            let feed = Feed::start(settings, None).map_err(MonitorError::Captures)?;
            pipeline = pipeline.with_captures(Some(feed));
        }
        let (source, containers) = if watches {
            if own_pid.is_none() {
                notify(&Notice::ForeignPidNamespace);
            }
            if config.load_plugins.has_containers() {
                pipeline = pipeline.with_parking(parking(config)?);
            }
            start::watch(config, &mut pipeline, notify)?
        } else {
            (LiveSource::without_driver(), None)
        };
        pipeline.begin_captures();
        let begin = Instant::now();
        let (notify, reconciler) = (Arc::clone(notify), Reconciler::new());
        let mut monitor = Self {
            pipeline,
            source,
            reconciler,
            containers,
            notify,
            begin,
            losses_read: begin,
            forgot: begin,
            checked: begin,
            reported: (Losses::default(), 0),
            drops: Drops::new(&config.syscall_event_drops),
            ends: false,
            lost_alerts: LostAlerts::default(),
            refusals: Refusals::default(),
            lost_records: LostRecords::default(),
            memory,
            memory_read: begin,
            evictions: Evictions::default(),
            reloads: ReloadStatus::new(),
            counting: None,
            guard: None,
            lane: None,
        };
        monitor.sync_containers();
        Ok(monitor)
    }

    /// Classifies new control groups for the kernel.
    fn sync_containers(&mut self) {
        let Self { containers, pipeline, source, .. } = self;
        if let Some(containers) = containers {
            containers.sync(pipeline.state(), Path::new(CGROUPS), &mut |cgroup, container| {
                source.set_container(cgroup, container);
            });
        }
    }

    /// Processes the events in the rings.
    fn take_events(&mut self) -> Poll {
        let Self { pipeline, source, counting, .. } = self;
        let mut begun = false;
        let polled = wall_ns();
        // The source determines before the first record up to which time it reads: no record is younger.
        let mut begin = |pipeline: &mut Pipeline<Host, Sinks>| {
            if !std::mem::replace(&mut begun, true) {
                pipeline.host().later();
                // What was decided about acts is known before their events are taken.
                pipeline.collect_verdicts();
            }
        };
        let Ok(poll) = match counting {
            None => source.poll(&mut |record| {
                begin(pipeline);
                pipeline.report_verdicts(record.ts());
                pipeline.take(record);
            }),
            Some(counting) => source.poll(&mut |record| {
                begin(pipeline);
                pipeline.report_verdicts(record.ts());
                // A thread that ends is known before, one that begins afterwards.
                let Some(seen) = Seen::of(&record) else { return pipeline.take(record) };
                let is_counted = counting.count(seen, pipeline.state());
                pipeline.take(record);
                if !is_counted && !counting.count(seen, pipeline.state()) {
                    counting.count_call(seen);
                }
            }),
        };
        pipeline.host().later();
        pipeline.report_verdicts(polled);
        pipeline.collect_verdicts();
        poll
    }

    /// Processes the events in the rings; once a second it also reads the loss counters.
    pub fn poll(&mut self) -> Poll {
        let poll = self.take_events();
        for Problem { engine, path, why } in self.pipeline.poll_containers() {
            let (engine, why) = (engine.name(), why.to_string());
            (self.notify)(&Notice::ContainerEngineFails { engine, path, why });
        }
        self.free_retired();
        self.report_responses();
        let pipeline = &mut self.pipeline;
        if let Some(files) = pipeline.host().changed_files()
            && let Err(error) = self.source.set_known_files(&files)
        {
            (self.notify)(&Notice::KnownFilesRefused(error.to_string()));
        }
        if let Some(by) = self.source.clock_moved() {
            pipeline.clock_moved(by);
        }
        // Nothing refers to the last event any more.
        pipeline.settle();
        for notice in pipeline.pass_captures() {
            self.report(&Notice::Capture(notice));
        }
        if self.losses_read.elapsed() >= LOSSES_INTERVAL {
            self.losses_read = Instant::now();
            let losses = self.source.losses();
            self.report_losses(losses, false);
            self.lost_alerts.look(&mut self.pipeline);
            self.refusals.look(&mut self.pipeline);
            self.report_journal();
            self.report_guard();
            if let Some(notice) = self.evictions.look(&self.pipeline) {
                self.report(&notice);
            }
            self.reconciler.tick(&mut self.pipeline, &mut self.source, &losses);
            self.sync_containers();
        }
        if self.forgot.elapsed() >= FORGET_INTERVAL {
            self.forgot = Instant::now();
            self.pipeline.forget_containers();
        }
        if self.memory_read.elapsed() >= MEMORY_INTERVAL {
            self.memory_read = Instant::now();
            self.limit_memory();
        }
        if self.checked.elapsed() >= CHECK_INTERVAL {
            self.checked = Instant::now();
            self.check();
        }
        poll
    }

    /// Evicts half of the state where memory is nearly used up, whatever uses it.
    fn limit_memory(&mut self) {
        if self.memory.is_pressed() {
            let weights = self.pipeline.state().weights();
            let now = weights.values().map(|weight| weight.bytes).sum::<usize>();
            // Where the state is small, something else uses the memory.
            self.pipeline.shed_to((now / 2).max(1 << 20));
            peregrine_probe::give_back_memory();
        }
    }

    /// Checks the kernel side for damage and reports it.
    fn check(&mut self) {
        let Self { pipeline, source, .. } = self;
        for damage in source.check(&mut |record| pipeline.take(record)) {
            self.report(&Notice::SensorDamaged(damage));
            // Events of the meantime are missing.
            self.reconciler.request();
        }
    }

    /// Does about the losses since the last report what the configuration says.
    fn report_losses(&mut self, now: Losses, last: bool) {
        let events = self.pipeline.counts().0;
        let (before, events_before) = std::mem::replace(&mut self.reported, (now, events));
        let classes = now.by_class().zip(before.by_class());
        let classes: Vec<_> = classes
            .map(|((class, now), (_, before))| (class, now.saturating_sub(before)))
            .collect();
        let lost: u64 = classes.iter().map(|(_, count)| count).sum();
        let events = events.saturating_sub(events_before).saturating_add(lost);
        let lost = Lost { classes, events, live: self.source.has_driver() };
        for notice in self.drops.look(wall_ns(), lost, last) {
            if notice.is_logged() {
                (self.notify)(&notice);
            }
            if notice.is_alert() {
                send_alert(&mut self.pipeline, &notice);
            }
            self.ends |= matches!(notice, Notice::LossEnds);
        }
    }

    /// Whether the configuration has the agent end, for what was lost.
    pub(crate) fn ends(&self) -> bool {
        self.ends
    }

    /// Reports what the journal has to say, and what it lost since the last report.
    fn report_journal(&mut self) {
        let sinks = self.pipeline.sink();
        let lost = self.lost_records.look(sinks.journal_stats());
        for notice in sinks.journal_notices().into_iter().chain(lost) {
            self.report(&Notice::Journal(notice));
        }
    }

    /// Reports a notice, to the outputs too where it has an alert.
    pub(crate) fn report(&mut self, notice: &Notice) {
        (self.notify)(notice);
        send_alert(&mut self.pipeline, notice);
    }

    /// Sends the figures of a moment to the outputs.
    pub(crate) fn report_figures(&mut self, (at, fields): FigureSnapshot) {
        send_snapshot(&mut self.pipeline, at, fields);
    }

    /// The state of the host.
    pub fn state(&self) -> &State {
        self.pipeline.state()
    }

    /// All metrics as they are now.
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        metrics.set_duration(self.begin.elapsed());
        self.pipeline.read_metrics(&mut metrics);
        metrics.set(Metric::CallPathsUnresolved, self.pipeline.host().paths_unknown());
        self.source.read_metrics(&mut metrics);
        metrics.read_outputs(&self.pipeline.sink().outputs().stats());
        metrics.read_journal(self.pipeline.sink().journal_stats());
        metrics.read_reloads(&self.reloads);
        metrics.read_drops(self.drops.counts);
        self.read_guard(&mut metrics);
        metrics
    }

    /// The notice that it monitors this host, or that no event comes.
    pub(crate) fn notice(&self) -> Notice {
        let rules = self.pipeline.generation().enabled();
        if !self.source.has_driver() {
            return Notice::NoDriver { rules };
        }
        Notice::Monitoring { rules, threads: self.pipeline.state().thread_count() }
    }

    /// Events that were processed and matches of rules, so far.
    fn counts(&self) -> [u64; 2] {
        [self.pipeline.counts().0, self.pipeline.matches()]
    }

    fn has_journal(&self) -> bool {
        self.pipeline.sink().has_journal()
    }

    /// Counts for whoever looks on at a board, and nothing where nobody does.
    fn look_at_activity(&mut self, board: &ActivityBoard) {
        let Self { counting, pipeline, .. } = self;
        activity::look(counting, board, pipeline.state(), || {
            let mut metrics = Metrics::default();
            pipeline.read_metrics(&mut metrics);
            let by_rule = metrics.by_label(Metric::RuleMatches, "rule_name");
            by_rule.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
        });
    }

    /// What commands report of the monitoring.
    fn snapshot(&self) -> Snapshot {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let generation = self.pipeline.generation();
        Snapshot {
            metrics: self.metrics(),
            outputs: self.pipeline.sink().outputs().stats_reader(),
            rules: count(generation.loaded()),
            reloads: self.reloads.clone(),
            syscalls: count(generation.calls().len()),
            programs: count(self.source.programs()),
            engine: if self.source.has_driver() {
                EngineKind::ModernEbpf
            } else {
                EngineKind::NoDriver
            },
        }
    }

    /// Has every output close its file and open it anew: it was moved away.
    pub fn reopen_outputs(&self) {
        self.pipeline.sink().outputs().reopen();
    }

    /// The rules that are evaluated.
    pub(crate) fn generation(&self) -> &Generation {
        self.pipeline.generation()
    }

    /// What became of reloads.
    pub fn reloads(&self) -> &ReloadStatus {
        &self.reloads
    }

    pub(crate) fn reloads_mut(&mut self) -> &mut ReloadStatus {
        &mut self.reloads
    }

    /// What the kernel could not deliver so far.
    pub fn losses(&self) -> Losses {
        self.source.losses()
    }

    /// Processes what is left in the rings and ends.
    pub fn finish(mut self) -> RunReport {
        let Self { pipeline, source, .. } = &mut self;
        pipeline.collect_verdicts();
        source.finish(&mut |record| {
            pipeline.report_verdicts(record.ts());
            pipeline.take(record);
        });
        pipeline.report_verdicts(u64::MAX);
        pipeline.finish_containers();
        self.finish_responses();
        for notice in self.pipeline.finish_captures(CLOSE_TIMEOUT) {
            self.report(&Notice::Capture(notice));
        }
        self.report_losses(self.source.losses(), true);
        let mut metrics = self.metrics();
        let (outputs, journal, notices) = self.pipeline.into_sink().close(CLOSE_TIMEOUT);
        metrics.read_outputs(&outputs);
        metrics.read_journal(journal);
        for notice in notices.into_iter().chain(self.lost_records.look(journal)) {
            (self.notify)(&Notice::Journal(notice));
        }
        RunReport { metrics, captured: None, ended_for_losses: self.ends }
    }
}

/// The sequence number of the first alert: microseconds since the epoch are greater than any number of
/// an earlier run, and every JSON reader keeps them exactly.
fn first_number() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(0)
}
