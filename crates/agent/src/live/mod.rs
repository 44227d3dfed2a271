//! Watching this host until somebody says stop: `source.rs` has its events, `reconcile.rs` and
//! `container_cgroups.rs` keep kernel and picture in step, `memory.rs` fits it all into what there is.

mod container_cgroups;
mod error;
mod internal_alerts;
mod memory;
mod reconcile;
mod source;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_alert::Sequence;
use peregrine_config::Config;
use peregrine_hostinfo::{FirstSnapshot, Host, sees_all};
use peregrine_outputs::{Options as OutputOptions, Outputs};
use peregrine_probe::Losses;
use peregrine_state::State;

use self::internal_alerts::{LostAlerts, Shed, raise};
use self::memory::Memory;
use self::reconcile::Sweep;
use crate::generation::Generation;
use crate::metrics::{Metric, Metrics};
use crate::notice::{Notice, Notify, for_outputs};
use crate::options::probe_options;
use crate::pipeline::Pipeline;
use crate::poll_loop::poll_loop;
use crate::report::RunReport;
use crate::signals::Wishes;
use crate::source::{Poll, Source as _};

pub use container_cgroups::Placed;
pub use error::MonitorError;
pub use source::LiveSource;

/// How often losses are looked at.
const LOOK_AT_LOSSES: Duration = Duration::from_secs(1);
/// How often it is looked how much memory is left.
const LOOK_AT_MEMORY: Duration = Duration::from_millis(200);
/// How often it is looked whether what is in the kernel is as it was put there.
const CHECK: Duration = Duration::from_secs(2);
/// How long outputs may take to finish.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where the unified hierarchy of control groups is mounted.
const CGROUPS: &str = "/sys/fs/cgroup";

/// One run.
pub struct Run<'r> {
    /// Settings.
    pub config: &'r Config,
    /// The rules.
    pub generation: Generation,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// What people ask for meanwhile.
    pub wishes: Wishes,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// Takes what there is to say meanwhile.
    pub notify: Notify,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("rules", &self.generation.enabled()).finish_non_exhaustive()
    }
}

/// Watches this host.
///
/// # Errors
/// When outputs cannot be opened or the kernel side not be set up. After that nothing stops it but
/// `stop` and `duration`.
pub fn run(run: Run<'_>) -> Result<RunReport, MonitorError> {
    let Run { config, generation, stop, wishes, duration, notify } = run;
    let mut watch = Watch::start(config, generation, &notify)?;
    poll_loop(&stop, duration, || {
        let poll = watch.look();
        if wishes.reload() {
            notify(&Notice::NoReload);
        }
        if wishes.reopen() {
            watch.pipeline.sink().reopen();
        }
        Ok::<Poll, MonitorError>(poll)
    })?;
    Ok(watch.finish())
}

/// Rules that watch this host, one look at the rings after the other.
pub struct Watch {
    pipeline: Pipeline<Host, Outputs>,
    source: LiveSource,
    sweep: Sweep,
    placed: Option<Placed>,
    notify: Notify,
    begin: Instant,
    looked: Instant,
    checked: Instant,
    lost: Losses,
    lost_alerts: LostAlerts,
    memory: Memory,
    pressed: Instant,
    shed: Shed,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("begin", &self.begin).finish_non_exhaustive()
    }
}

impl Watch {
    /// Starts to watch.
    ///
    /// # Errors
    /// When outputs cannot be opened or the kernel side not be set up.
    pub fn start(
        config: &Config,
        generation: Generation,
        notify: &Notify,
    ) -> Result<Self, MonitorError> {
        let memory = Memory::new();
        let mut config = config.clone();
        memory.fit(&mut config, peregrine_probe::rings()).iter().for_each(|less| notify(less));
        let config = &config;
        peregrine_probe::check(&probe_options(config))?;
        for right in peregrine_probe::missing_rights() {
            notify(&Notice::RightMissing(right));
        }
        let sequence = Arc::new(Sequence::new(first_number()));
        let options = OutputOptions::new(config);
        let outputs = Outputs::start(config, &options, &sequence, &for_outputs(notify))?;
        let own_pid = sees_all().then(std::process::id);
        if own_pid.is_none() {
            notify(&Notice::ForeignPidNamespace);
        }
        let mut pipeline =
            Pipeline::new(generation, config.limits(), Host::new(), outputs, sequence)
                .without(own_pid);
        let generation = pipeline.generation();
        let (names, paths) = (generation.engine.hosts(), generation.engine.exact_paths());
        ask_host(pipeline.outside(), names, paths, notify)?;
        notify_of_missed(generation, notify);
        let interest = &generation.interest;
        let mut source =
            LiveSource::start(&probe_options(config), &interest.calls, &generation.pushdown)?;
        if let Some(files) = pipeline.outside().changed_files() {
            source.set_known_files(&files)?;
        }
        if let Some(why) = source.uring_unavailable() {
            notify(&Notice::UringUnavailable(why.clone()));
        }
        let enabled = generation.enabled();
        let placed = Placed::new(&generation.pushdown, Path::new(CGROUPS));
        // The programs run already: what happens now waits in the rings until the state stands.
        if let FirstSnapshot::Proc(why) = source.snapshot(&mut |record| pipeline.take(record)) {
            notify(&Notice::SnapshotFromProc(why));
        }
        notify(&Notice::Watching { rules: enabled, threads: pipeline.state().thread_count() });
        let begin = Instant::now();
        let (notify, sweep) = (Arc::clone(notify), Sweep::new());
        let mut watch = Self {
            pipeline,
            source,
            sweep,
            placed,
            notify,
            begin,
            looked: begin,
            checked: begin,
            lost: Losses::default(),
            lost_alerts: LostAlerts::default(),
            memory,
            pressed: begin,
            shed: Shed::default(),
        };
        watch.place();
        Ok(watch)
    }

    /// Judges events by another generation from now on. What happened before is judged by the one
    /// there was, what happens later by this one: no event by both, none by neither.
    ///
    /// # Errors
    /// When there can be no thread or the kernel refuses: the generation there was goes on.
    pub fn apply(&mut self, generation: Generation) -> Result<(), MonitorError> {
        // 1. What takes long is done first, and the rings are emptied behind it.
        self.source.prepare(&generation.interest.calls)?;
        self.take_events();
        let former = self.pipeline.generation();
        let names = union(former.engine.hosts(), generation.engine.hosts());
        let paths = union(former.engine.exact_paths(), generation.engine.exact_paths());
        // 2. The host knows what either generation names, and so does the kernel before it drops by it.
        ask_host(self.pipeline.outside(), &names, &paths, &self.notify)?;
        if let Some(files) = self.pipeline.outside().changed_files() {
            self.source.set_known_files(&files)?;
        }
        // 3. The kernel reports for the new one.
        let interest = &generation.interest.calls;
        if let Err(error) = self.source.set_interest(interest, &generation.pushdown) {
            self.ask_host()?;
            return Err(error.into());
        }
        // 4. What it reported for the former is judged by that.
        self.take_events();
        // 5. From here on the new one judges.
        notify_of_missed(&generation, &self.notify);
        if !Placed::asked_for(&generation.pushdown) {
            self.placed = None;
        } else if self.placed.is_none() {
            self.placed = Placed::new(&generation.pushdown, Path::new(CGROUPS));
        }
        self.pipeline.replace(generation);
        // 6. What only the former named is forgotten.
        self.ask_host()?;
        self.place();
        Ok(())
    }

    /// Has the host look for what the rules name.
    fn ask_host(&self) -> Result<(), MonitorError> {
        let engine = &self.pipeline.generation().engine;
        ask_host(self.pipeline.outside(), engine.hosts(), engine.exact_paths(), &self.notify)
    }

    /// Tells the kernel of control groups that are new.
    fn place(&mut self) {
        let Self { placed, pipeline, source, .. } = self;
        if let Some(placed) = placed {
            placed.look(pipeline.state(), Path::new(CGROUPS), &mut |cgroup, container| {
                source.set_container(cgroup, container);
            });
        }
    }

    /// Takes the events there are.
    fn take_events(&mut self) -> Poll {
        let pipeline = &mut self.pipeline;
        let mut begun = false;
        let Ok(poll) = self.source.poll(&mut |record| {
            // Before the first of them the source took stock: none is younger than that.
            if !std::mem::replace(&mut begun, true) {
                pipeline.outside().later();
            }
            pipeline.take(record);
        });
        pipeline.outside().later();
        poll
    }

    /// Takes the events there are; once a second it looks after losses too.
    pub fn look(&mut self) -> Poll {
        let poll = self.take_events();
        let pipeline = &mut self.pipeline;
        if let Some(files) = pipeline.outside().changed_files()
            && let Err(error) = self.source.set_known_files(&files)
        {
            (self.notify)(&Notice::KnownFilesRefused(error.to_string()));
        }
        if let Some(by) = self.source.clock_moved() {
            pipeline.state_mut().clock_moved(by);
        }
        // Nobody will ask about the last event any more.
        pipeline.state_mut().settle();
        if self.looked.elapsed() >= LOOK_AT_LOSSES {
            self.looked = Instant::now();
            let losses = self.source.losses();
            self.report_losses(losses);
            self.lost_alerts.look(&mut self.pipeline);
            if let Some(notice) = self.shed.look(&self.pipeline) {
                self.say(&notice);
            }
            self.sweep.tick(&mut self.pipeline, &self.source, &losses);
            self.place();
        }
        if self.pressed.elapsed() >= LOOK_AT_MEMORY {
            self.pressed = Instant::now();
            self.hold_memory();
        }
        if self.checked.elapsed() >= CHECK {
            self.checked = Instant::now();
            self.check();
        }
        poll
    }

    /// Lets go of half of the picture where memory is nearly used up, whatever used it.
    fn hold_memory(&mut self) {
        if self.memory.is_pressed() {
            let state = self.pipeline.state_mut();
            let now = state.weights().values().map(|weight| weight.bytes).sum::<usize>();
            // Where that is little, others use it up.
            state.shed_to((now / 2).max(1 << 20));
            peregrine_probe::give_back_memory();
        }
    }

    /// Looks whether somebody blinds us, and says so.
    fn check(&mut self) {
        let Self { pipeline, source, .. } = self;
        for damage in source.check(&mut |record| pipeline.take(record)) {
            self.say(&Notice::SensorDamaged(damage));
            // What happened meanwhile was not told.
            self.sweep.hurry();
        }
    }

    /// Says what was lost since it was said last, on stderr and in the outputs.
    fn report_losses(&mut self, now: Losses) {
        let (events, setting) = (self.pipeline.counts().0, "engine.modern_ebpf.buf_size_preset");
        if let Some(notice) = Notice::of_losses(&self.lost, &now, events, setting) {
            self.say(&notice);
            self.lost = now;
        }
    }

    /// Says something, in the outputs too where it is one of the alerts.
    fn say(&mut self, notice: &Notice) {
        (self.notify)(notice);
        raise(&mut self.pipeline, notice);
    }

    /// The picture of the host.
    pub fn state(&self) -> &State {
        self.pipeline.state()
    }

    /// All metrics as they are now.
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        metrics.set_duration(self.begin.elapsed());
        self.pipeline.read_metrics(&mut metrics);
        metrics.set(Metric::CallPathsUnresolved, self.pipeline.outside().paths_unknown());
        self.source.read_metrics(&mut metrics);
        metrics.read_outputs(&self.pipeline.sink().stats());
        metrics
    }

    /// What could not be delivered so far.
    pub fn losses(&self) -> Losses {
        self.source.losses()
    }

    /// Takes what is left and ends.
    pub fn finish(mut self) -> RunReport {
        let Self { pipeline, source, .. } = &mut self;
        source.finish(&mut |record| pipeline.take(record));
        self.report_losses(self.source.losses());
        let mut metrics = self.metrics();
        metrics.read_outputs(&self.pipeline.into_sink().close(PATIENCE));
        RunReport { metrics }
    }
}

/// What is in either, in order.
fn union<T: Clone + Ord>(one: &[T], other: &[T]) -> Vec<T> {
    one.iter().chain(other).cloned().collect::<BTreeSet<T>>().into_iter().collect()
}

/// Has the host look for what rules name, and for nothing else.
fn ask_host(
    host: &Host,
    names: &[String],
    paths: &[Vec<u8>],
    notify: &Notify,
) -> Result<(), MonitorError> {
    let teller = Arc::clone(notify);
    host.set_names(names, move |name, why| {
        teller(&Notice::HostUnresolved { name: name.to_owned(), why: why.to_string() });
    })
    .map_err(MonitorError::HostNames)?;
    let teller = Arc::clone(notify);
    host.set_files(paths, move |path| {
        teller(&Notice::HardLinksUnknown { path: path.to_owned() });
    })
    .map_err(MonitorError::Files)
}

fn notify_of_missed(generation: &Generation, notify: &Notify) {
    if !generation.interest.missed.is_empty() {
        notify(&Notice::CallsTakenAway(generation.interest.missed.clone()));
    }
}

/// The number of the first alert: microseconds since the epoch are more than any run before came to, and
/// every JSON reader has them whole.
fn first_number() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(0)
}
