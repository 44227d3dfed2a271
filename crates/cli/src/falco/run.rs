//! Events through the rules, and the summary at the end.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use peregrine_agent::capture::replay::{Replay, replay};
use peregrine_agent::capture::{CaptureError, CaptureSource, Window};
use peregrine_agent::generation::Generation;
use peregrine_agent::live::Run;
use peregrine_agent::metrics::Metric;
use peregrine_agent::notice::{CaptureNotice, Notice, Notify, OutputNotice};
use peregrine_agent::reload::{Load, Watched};
use peregrine_agent::report::RunReport;
use peregrine_agent::service::ServiceManager;
use peregrine_agent::signals::SignalRequests;
use peregrine_agent::web::WebListener;
use peregrine_agent::{ScapError, hostname};
use peregrine_config::{Config, EngineKind};
use peregrine_event::Priority;

use super::log::Log;
use super::version;

/// What the summary at the end is made from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Each rule with its severity and how often it hit, in the order of definition.
    rules: Vec<(String, Priority, u64)>,
    events: u64,
    time: Duration,
    /// How often losses were found.
    drops: u64,
}

/// How a run is started.
pub(super) struct Start<'s> {
    pub(super) config: &'s Config,
    pub(super) generation: Generation,
    /// The rules, each with its severity, in the order of definition.
    pub(super) rules: Vec<(String, Priority)>,
    /// `-M`.
    pub(super) seconds: i32,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) requests: SignalRequests,
    pub(super) load: Load,
    pub(super) watched: Vec<Watched>,
    pub(super) log: Log,
    pub(super) service: ServiceManager,
    pub(super) web: Option<WebListener>,
}

/// The agent's notices as lines of the log.
fn notify(log: Log) -> Notify {
    Arc::new(move |notice: &Notice| match notice {
        // That it watches is said in Falco's words.
        Notice::Monitoring { .. } | Notice::NoDriver { .. } => {}
        // A capture that is complete is nothing Falco would say.
        Notice::Capture(CaptureNotice::Written { .. }) => {}
        // That another agent has the control socket is nothing Falco would say.
        Notice::NoControl(_) if notice.level() == Priority::Informational => {}
        Notice::Output(OutputNotice::QueueFull { output }) => {
            log.say(Priority::Error, &queue_full(output));
        }
        Notice::Output(OutputNotice::Slow { output, .. }) => {
            log.say(Priority::Critical, &slow(output));
        }
        _ => log.say(notice.level(), &notice.to_string()),
    })
}

/// As Falco begins this line; which output it is, it does not say.
fn queue_full(output: &str) -> String {
    format!("Outputs queue out of memory. Drop event and continue on ... (output {output})")
}

/// As Falco begins this line, which ends in `all output channels are blocked`.
fn slow(output: &str) -> String {
    // Falco has one file and one program.
    let output = output.split(' ').next().unwrap_or(output);
    format!("\"{output}\" output timeout, its alerts wait, the other output channels go on")
}

/// Says why a capture cannot be replayed, where it cannot.
fn opens(file: &Path, log: Log) -> anyhow::Result<()> {
    let failed = |why: &str| {
        anyhow::anyhow!("Could not open trace filename {} for reading: {why}", file.display())
    };
    if let Err(error) = std::fs::File::open(file) {
        return Err(failed(&os_text(&error)));
    }
    log.library("Trying to open the right engine!");
    match CaptureSource::open(file, Window::default()) {
        Ok(_) => Ok(()),
        Err(_) if std::fs::metadata(file).is_ok_and(|meta| meta.len() == 0) => {
            Err(failed("error reading from file (1)"))
        }
        Err(CaptureError::Read { source: ScapError::NotACapture(_), .. }) => {
            Err(failed("invalid block type"))
        }
        Err(error) => Err(failed(&format!("{:#}", anyhow::Error::from(error)))),
    }
}

/// An error of the system as C programs print it.
pub(super) fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

impl Start<'_> {
    /// Runs until the source ends or somebody says stop.
    pub(super) fn run(mut self) -> anyhow::Result<Seen> {
        let named = |(name, priority): (String, Priority)| (name, priority, 0);
        let rules: Vec<_> = std::mem::take(&mut self.rules).into_iter().map(named).collect();
        let Self { config, log, .. } = self;
        if config.capture.enabled {
            let (mode, prefix) =
                (config.capture.mode.as_str(), config.capture.path_prefix.display());
            log.info(&format!("Capture is enabled in mode '{mode}'. Capturing events to {prefix}"));
        }
        if config.engine.kind == EngineKind::Replay {
            let file = config.engine.replay.capture_file.clone();
            opens(&file, log)?;
            log.info(&format!("Replaying events from the capture file: {}", file.display()));
            self.service.ready_unwatched("replaying a capture");
            return Ok(Seen::of(&self.replay(&file)?, rules));
        }
        log.info("Loaded event sources: syscall");
        log.info("Enabled event sources: syscall");
        if config.engine.kind == EngineKind::NoDriver {
            log.info(
                "Enabled event source 'syscall' will be opened with no driver, no event will be produced",
            );
            log.debug("Opening event source 'syscall'");
            log.info("Opening 'syscall' source with no driver");
            log.library("Trying to open the right engine!");
            return Ok(Seen::of(&self.watch()?, rules));
        }
        log.debug("Opening event source 'syscall'");
        log.info("Opening 'syscall' source with modern BPF probe.");
        log.info("One ring buffer every '1' CPUs.");
        log.library("Trying to open the right engine!");
        Ok(Seen::of(&self.watch()?, rules))
    }

    fn duration(&self) -> Option<Duration> {
        (self.seconds != 0).then(|| Duration::from_secs(u64::try_from(self.seconds).unwrap_or(0)))
    }

    fn replay(self, file: &Path) -> anyhow::Result<RunReport> {
        let duration = self.duration();
        let replayed = replay(
            file,
            Replay {
                config: self.config,
                generation: self.generation,
                window: Window::default(),
                filter: "",
                duration,
                // Falco's alerts name the host they were raised on.
                host: Some(std::env::var("FALCO_HOSTNAME").unwrap_or_else(|_| hostname())),
                stop: self.stop,
                notify: notify(self.log),
            },
        )?;
        replayed.damage.map_or(Ok(replayed.report), |damage| Err(damage.into()))
    }

    fn watch(self) -> anyhow::Result<RunReport> {
        let duration = self.duration();
        Ok(peregrine_agent::live::run(Run {
            config: self.config,
            generation: self.generation,
            stop: self.stop,
            requests: self.requests,
            load: self.load,
            watched: self.watched,
            duration,
            notify: notify(self.log),
            service: self.service,
            web: self.web,
            versions: version::json(),
        })?)
    }
}

impl Seen {
    fn of(report: &RunReport, mut rules: Vec<(String, Priority, u64)>) -> Self {
        let metrics = &report.metrics;
        let hits = metrics.by_label(Metric::RuleMatches, "rule_name");
        for (name, _, count) in &mut rules {
            *count = hits.get(name.as_str()).copied().unwrap_or(0);
        }
        Self {
            rules,
            events: metrics.total(Metric::EventsForRules),
            time: Duration::from_nanos(metrics.total(Metric::Duration)),
            drops: u64::from(metrics.total(Metric::EventsLost) > 0),
        }
    }

    /// What stdout has at the end.
    pub(super) fn summary(&self) -> String {
        let total: u64 = self.rules.iter().map(|(_, _, count)| count).sum();
        let mut out = format!("Events detected: {total}\nRule counts by severity:\n");
        for severity in Priority::ALL {
            let of = self.rules.iter().filter(|(_, priority, _)| *priority == severity);
            let count: u64 = of.map(|(_, _, count)| count).sum();
            let word = if severity == Priority::Informational { "INFO" } else { severity.name() };
            if count > 0 {
                let _ = writeln!(out, "   {}: {count}", word.to_uppercase());
            }
        }
        out.push_str("Triggered rules by rule name:\n");
        for (name, _, count) in self.rules.iter().filter(|(_, _, count)| *count > 0) {
            let _ = writeln!(out, "   {name}: {count}");
        }
        out
    }

    /// What stderr has at the end; `verbose`: figures too.
    pub(super) fn monitoring(&self, verbose: bool) -> String {
        let mut out = String::new();
        if verbose {
            #[expect(clippy::cast_precision_loss, reason = "shown to people")]
            let rate = self.events as f64 / self.time.as_secs_f64().max(0.001);
            let _ = writeln!(
                out,
                "Elapsed time: {:.3}, Captured Events: {}, {rate:.2} eps",
                self.time.as_secs_f64(),
                self.events
            );
        }
        let _ = write!(
            out,
            "Syscall event drop monitoring:\n   - event drop detected: {0} occurrences\n   - num times actions taken: {0}\n",
            self.drops
        );
        out
    }
}
