//! Watching this host until somebody says stop: `source.rs` has its events, `reconcile.rs` and
//! `container_cgroups.rs` keep kernel and picture in step, `memory.rs` fits it all into what there is.

mod container_cgroups;
mod error;
mod internal_alerts;
mod memory;
mod reconcile;
mod source;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use peregrine_config::Config;
use peregrine_hostinfo::{FirstSnapshot, Host, sees_all};
use peregrine_kfilter::Pushdown;
use peregrine_outputs::{Outputs, Tell};
use peregrine_probe::Losses;
use peregrine_pushdown::pushdown;
use peregrine_rules::RuleSet;
use peregrine_state::State;

use self::internal_alerts::{LostAlerts, Shed, raise_damage, raise_losses};
use self::memory::Memory;
use self::reconcile::Sweep;
use crate::options::{output_options, outputs, probe_options};
use crate::pipeline::Pipeline;
use crate::poll_loop::poll_loop;
use crate::report::Account;
use crate::signals::Wishes;
use crate::source::{Poll, Source as _};
use crate::syscall_interest::choose;

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
    /// The rules, loaded without an error.
    pub rules: RuleSet,
    /// Set to stop.
    pub stop: Arc<AtomicBool>,
    /// What people ask for meanwhile.
    pub wishes: Wishes,
    /// Stops by itself after this long.
    pub duration: Option<Duration>,
    /// Tells people how it goes.
    pub tell: Tell,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("rules", &self.rules.rules.len()).finish_non_exhaustive()
    }
}

/// Watches this host.
///
/// # Errors
/// When outputs cannot be opened or the kernel side not be set up. After that nothing stops it but
/// `stop` and `duration`.
pub fn run(run: Run<'_>) -> Result<Account, MonitorError> {
    let Run { config, rules, stop, wishes, duration, tell } = run;
    let mut watch = Watch::start(config, rules, &tell)?;
    poll_loop(&stop, duration, || {
        let poll = watch.look();
        if wishes.reload() {
            tell(
                "SIGHUP: rules and settings are read anew by a restart only; watching goes on with those there are",
            );
        }
        if wishes.reopen() {
            watch.pipeline.outputs().reopen();
        }
        Ok::<Poll, MonitorError>(poll)
    })?;
    Ok(watch.finish())
}

/// Rules that watch this host, one look at the rings after the other.
pub struct Watch {
    pipeline: Pipeline<Host>,
    source: LiveSource,
    sweep: Sweep,
    placed: Option<Placed>,
    tell: Tell,
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
    pub fn start(config: &Config, rules: RuleSet, tell: &Tell) -> Result<Self, MonitorError> {
        let memory = Memory::new();
        let mut config = config.clone();
        memory.fit(&mut config, peregrine_probe::rings()).iter().for_each(|less| tell(less));
        let config = &config;
        peregrine_probe::check(&probe_options(config))?;
        for lack in peregrine_probe::missing_rights() {
            tell(&lack);
        }
        let outputs = Outputs::start(&outputs(config), &output_options(config), tell)
            .map_err(MonitorError::Output)?;
        let enabled = rules.rules.iter().filter(|rule| rule.enabled).count();
        let own_pid = sees_all().then(std::process::id);
        if own_pid.is_none() {
            tell(
                "this is not the host's pid namespace: its own alerts can be events of rules, and threads whose end is lost stay known (run it in the host's, in a container with --pid=host)",
            );
        }
        let mut pipeline =
            Pipeline::new(rules, config.rule_matching, config.limits(), Host::new(), outputs)
                .without(own_pid);
        pipeline.state_mut().follow_names(config.falco_libs.proc_name_follows_prctl);
        let teller = Arc::clone(tell);
        pipeline
            .outside()
            .look_for(pipeline.engine().hosts().to_vec(), move |name, why| {
                teller(&format!(
                    "rules name the host {name}, which has no address now ({why}): they match once it has one"
                ));
            })
            .map_err(MonitorError::HostNames)?;
        let teller = Arc::clone(tell);
        pipeline
            .outside()
            .know_files(pipeline.engine().exact_paths(), move |path| {
                teller(&format!(
                    "hard links to {path} and other files on its file system are not recognised: its inode numbers are not the kernel's"
                ));
            })
            .map_err(MonitorError::Files)?;
        let chosen = choose(&pipeline.engine().needs(), &config.base_syscalls());
        if !chosen.missed.is_empty() {
            tell(&format!(
                "rules look at calls that base_syscalls.custom_set takes away: {}",
                chosen.missed.join(", ")
            ));
        }
        let pushdown = if config.engine.modern_ebpf.pushdown {
            pushdown(pipeline.rules(), &chosen.calls, &chosen.whole)
        } else {
            Pushdown::default()
        };
        let mut source = LiveSource::start(&probe_options(config), &chosen.calls, &pushdown)?;
        if let Some(files) = pipeline.outside().changed_files() {
            source.set_known_files(&files)?;
        }
        if let Some(why) = source.blind_to_rings() {
            tell(&format!("what is done through an io_uring is not seen: {why}"));
        }
        // The programs run already: what happens now waits in the rings until the state stands.
        if let FirstSnapshot::Proc(why) = source.snapshot(&mut |record| pipeline.take(record)) {
            tell(&format!("the first snapshot was read from /proc: {why}"));
        }
        tell(&format!("{enabled} rules, {} threads, watching", pipeline.state().thread_count()));
        let begin = Instant::now();
        let (tell, sweep) = (Arc::clone(tell), Sweep::new());
        let placed = Placed::new(&pushdown, Path::new(CGROUPS));
        let mut watch = Self {
            pipeline,
            source,
            sweep,
            placed,
            tell,
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

    /// Tells the kernel of control groups that are new.
    fn place(&mut self) {
        let Self { placed, pipeline, source, .. } = self;
        if let Some(placed) = placed {
            placed.look(pipeline.state(), Path::new(CGROUPS), &mut |cgroup, container| {
                source.set_container(cgroup, container);
            });
        }
    }

    /// Takes the events there are; once a second it looks after losses too.
    pub fn look(&mut self) -> Poll {
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
        if let Some(files) = pipeline.outside().changed_files()
            && let Err(error) = self.source.set_known_files(&files)
        {
            (self.tell)(&format!("opens under other names may not be seen: {error}"));
        }
        if let Some(by) = self.source.clock_moved() {
            pipeline.state_mut().clock_moved(by);
        }
        // Nobody will ask about the last event any more.
        pipeline.state_mut().settle();
        if self.looked.elapsed() >= LOOK_AT_LOSSES {
            self.looked = Instant::now();
            let losses = self.source.losses();
            self.tell_losses(losses);
            self.lost_alerts.look(&self.pipeline);
            if let Some(told) = self.shed.look(&self.pipeline) {
                (self.tell)(&told);
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
            (self.tell)(&raise_damage(pipeline, &damage));
            // What happened meanwhile was not told.
            self.sweep.hurry();
        }
    }

    /// Says what was lost since it was said last, on stderr and in the outputs.
    fn tell_losses(&mut self, now: Losses) {
        let more = now.total().saturating_sub(self.lost.total());
        if more > 0 {
            (self.tell)(&format!(
                "{more} events were lost in the last second: the rings were full (engine.modern_ebpf.buf_size_preset makes them larger)"
            ));
            raise_losses(&self.pipeline, &self.lost, &now);
            self.lost = now;
        }
    }

    /// The picture of the host.
    pub fn state(&self) -> &State {
        self.pipeline.state()
    }

    /// What could not be delivered so far.
    pub fn losses(&self) -> Losses {
        self.source.losses()
    }

    /// Takes what is left and ends.
    pub fn finish(mut self) -> Account {
        let Self { pipeline, source, .. } = &mut self;
        source.finish(&mut |record| pipeline.take(record));
        let losses = self.source.losses();
        self.tell_losses(losses);
        let watched = self.begin.elapsed();
        let pipeline = self.pipeline;
        let (events, damaged) = pipeline.counts();
        let hits = crate::report::hits(pipeline.rules(), pipeline.engine());
        let picture = pipeline.state().counters();
        let paths_unknown = pipeline.outside().paths_unknown();
        let outputs = pipeline.into_outputs().close(PATIENCE);
        let filtered = self.source.filtered();
        Account {
            watched,
            events,
            damaged,
            hits,
            losses,
            filtered,
            picture,
            paths_unknown,
            outputs,
        }
    }
}
