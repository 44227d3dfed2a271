//! What is counted and said from a start to its end. A restart, which is none here, ends one part of it and begins
//! the next, as it does in Falco.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peregrine_agent::metrics::{Metric, Metrics};
use peregrine_agent::notice::{CaptureNotice, Notice, Notify, OutputNotice};
use peregrine_agent::signals::SignalRequests;
use peregrine_config::{Config, EngineKind};
use peregrine_event::Priority;

use super::Failure;
use super::log::{Log, Script};

/// From a start or a restart to the next or the end.
#[derive(Debug)]
pub(super) struct Part {
    log: Log,
    /// The rules, each with its severity, in the order of definition.
    rules: Vec<(String, Priority)>,
    /// SIGHUP requests a restart.
    restarts: bool,
    /// Where captures go, where they are on.
    captures: Option<String>,
    /// What was counted before.
    before: Metrics,
}

impl Part {
    pub(super) fn new(log: Log, rules: Vec<(String, Priority)>, config: &Config) -> Self {
        // Without it Falco takes no notice of the signal.
        let restarts = config.watch_config_files;
        let keys = &config.capture;
        let captures = keys.enabled.then(|| {
            let (mode, prefix) = (keys.mode.as_str(), keys.path_prefix.display());
            format!("Capture is enabled in mode '{mode}'. Capturing events to {prefix}")
        });
        Self { log, rules, restarts, captures, before: Metrics::default() }
    }
}

/// A run.
#[derive(Debug)]
pub(super) struct Session {
    engine: EngineKind,
    /// `-v`.
    verbose: bool,
    requests: SignalRequests,
    part: Mutex<Part>,
}

impl Session {
    pub(super) fn new(
        part: Part,
        engine: EngineKind,
        verbose: bool,
        requests: SignalRequests,
    ) -> Arc<Self> {
        requests.set_reload(part.restarts);
        Arc::new(Self { engine, verbose, requests, part: Mutex::new(part) })
    }

    fn part(&self) -> MutexGuard<'_, Part> {
        self.part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log as the last configuration has it.
    pub(super) fn log(&self) -> Log {
        self.part().log.clone()
    }

    pub(super) fn requests(&self) -> SignalRequests {
        self.requests.clone()
    }

    /// The agent's notices as lines of the log.
    pub(super) fn notify(self: &Arc<Self>) -> Notify {
        let session = Arc::clone(self);
        Arc::new(move |notice: &Notice| log_notice(&session.log(), notice))
    }

    /// Where captures go, as it is said before the first event.
    pub(super) fn log_capture(&self) {
        let part = self.part();
        if let Some(captures) = &part.captures {
            part.log.info(captures);
        }
    }

    /// Where events come from, as it is said before the first.
    pub(super) fn log_sources(&self) {
        let log = self.log();
        log.info("Loaded event sources: syscall");
        log.info("Enabled event sources: syscall");
        if self.engine == EngineKind::NoDriver {
            log.info(
                "Enabled event source 'syscall' will be opened with no driver, no event will be produced",
            );
            log.debug("Opening event source 'syscall'");
            log.info("Opening 'syscall' source with no driver");
        } else {
            log.debug("Opening event source 'syscall'");
            log.info("Opening 'syscall' source with modern BPF probe.");
            log.info("One ring buffer every '1' CPUs.");
        }
        log.library("Trying to open the right engine!");
    }

    /// Says what a restart says: the end of what ran, and the start of what has taken its place.
    pub(super) fn restart(&self, next: Part, metrics: &Metrics, script: &Script) {
        let next = Part { before: metrics.clone(), ..next };
        self.requests.set_reload(next.restarts);
        self.log().info("SIGHUP received, restarting...");
        // Nobody there to read it is no reason to fail.
        let _ = self.end(metrics);
        let log = next.log.clone();
        *self.part() = next;
        log.play(script);
        self.log_capture();
        self.log_sources();
    }

    /// Says what there is to say at the end.
    pub(super) fn end(&self, metrics: &Metrics) -> Result<(), Failure> {
        let (log, seen) = {
            let part = self.part();
            (part.log.clone(), Seen::of(&part, metrics, self.engine))
        };
        log.stderr(&seen.monitoring(self.verbose));
        if self.engine != EngineKind::Replay {
            log.debug("Stopping capture for event source 'syscall'");
        }
        log.debug("closing inspectors");
        super::print(&seen.summary())
    }
}

/// The agent's notices as lines of the log.
fn log_notice(log: &Log, notice: &Notice) {
    match notice {
        // That it watches, and that it restarts, is said in Falco's words; of a restart that fails there is an
        // alert.
        Notice::Monitoring { .. }
        | Notice::NoDriver { .. }
        | Notice::Reloaded { .. }
        | Notice::ReloadRejected { .. } => {}
        Notice::EventsLost { .. } => {
            if let Some((_, text)) = notice.alert() {
                log.say(notice.level(), &text);
            }
        }
        Notice::LossEnds => log.say(notice.level(), "Exiting."),
        // A capture that is complete is nothing Falco would say.
        Notice::Capture(CaptureNotice::Written { .. }) => {}
        // Falco has no such socket.
        Notice::NoControl(_) => log.debug(&notice.to_string()),
        Notice::Output(OutputNotice::QueueFull { output }) => {
            log.say(Priority::Error, &queue_full(output));
        }
        Notice::Output(OutputNotice::Slow { output, .. }) => {
            log.say(Priority::Critical, &slow(output));
        }
        _ => log.say(notice.level(), &notice.to_string()),
    }
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

/// What the summary at the end is made from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Each rule with its severity and how often it hit, in the order of definition.
    rules: Vec<(String, Priority, u64)>,
    events: u64,
    time: Duration,
    /// How often losses were found, and how often something was done about them.
    drops: [u64; 2],
    /// Events that the kernel made, and those it could not deliver; none where events are read from a file.
    driver: Option<[u64; 2]>,
}

impl Seen {
    fn of(part: &Part, metrics: &Metrics, engine: EngineKind) -> Self {
        let hits = |metrics: &Metrics, name: &str| {
            let hits = metrics.by_label(Metric::RuleMatches, "rule_name");
            hits.get(name).copied().unwrap_or(0)
        };
        let since = |metric| metrics.total(metric).saturating_sub(part.before.total(metric));
        let rules = part.rules.iter().map(|(name, priority)| {
            let count = hits(metrics, name).saturating_sub(hits(&part.before, name));
            (name.clone(), *priority, count)
        });
        Self {
            rules: rules.collect(),
            events: since(Metric::EventsForRules),
            time: Duration::from_nanos(since(Metric::Duration)),
            drops: [since(Metric::LossIntervals), since(Metric::LossActions)],
            driver: (engine != EngineKind::Replay)
                .then(|| [Metric::EventsMade, Metric::EventsLost].map(since)),
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
            if let Some([made, lost]) = self.driver {
                let _ = write!(out, "Driver Events:{made}\nDriver Drops:{lost}\n(syscall) ");
            }
            let _ = writeln!(
                out,
                "Elapsed time: {:.3}, Captured Events: {}, {rate:.2} eps",
                self.time.as_secs_f64(),
                self.events
            );
        }
        let _ = write!(
            out,
            "Syscall event drop monitoring:\n   - event drop detected: {} occurrences\n   - num times actions taken: {}\n",
            self.drops[0], self.drops[1]
        );
        out
    }
}
