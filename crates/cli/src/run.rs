//! `peregrine run`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::capture::Window;
use peregrine_agent::capture::replay::Replay;
use peregrine_agent::generation::{Generation, LoadError};
use peregrine_agent::guard::watched_policies;
use peregrine_agent::live::Run;
use peregrine_agent::metrics::LoadedFiles;
use peregrine_agent::notice::{Notice, Notify};
use peregrine_agent::reload::{Applied, Load, Next, Rejected, Remark, Watched};
use peregrine_agent::report::RunReport;
use peregrine_agent::respond::watched_responses;
use peregrine_agent::rules::{
    check_folders, has_shipped, rule_paths, shipped_rules, watched_rules,
};
use peregrine_agent::service::ServiceManager;
use peregrine_agent::signals::{SignalRequests, stop_on_signals};
use peregrine_agent::web::WebListener;
use peregrine_config::{Config, EngineKind, Origin, Problem, ProblemKind};
use peregrine_event::Priority;

use crate::config::{USUAL, loaded_with, usual};
use crate::moment::duration;
use crate::syslog;
use crate::terminal::{
    Remarks, complain, counted, level, log_as, report, write_line, write_notice,
};

/// What `run` and `replay` have in common.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// A rules file, a folder of them, or `shipped`; repeatable, in order. Instead of those of the
    /// configuration and those that are shipped.
    #[arg(short, long = "rules", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Configuration file (the keys of falco.yaml) [default: /etc/peregrine/peregrine.yaml, else
    /// /etc/falco/falco.yaml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
    /// Alerts as JSON, one object a line: as -o `json_output=true`.
    #[arg(long)]
    json: bool,
    /// Go on where no rule is enabled or no output is on.
    #[arg(long)]
    allow_empty: bool,
}

impl Common {
    /// The same where no alert is to be written: that nothing is on is no mistake.
    pub(crate) fn quiet(&self) -> Self {
        Self { allow_empty: true, json: false, ..self.clone() }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }
}

/// What a command runs with.
pub(crate) struct Prepared {
    pub(crate) config: Config,
    pub(crate) generation: Generation,
    /// The outputs that are on: `stdout`, `file`.
    pub(crate) outputs: Vec<String>,
    /// The files that were read, and those that would have been.
    pub(crate) watched: Vec<Watched>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine run\n  peregrine run -r rules.yaml -r more.d --json\n  peregrine run -o file_output.enabled=true -o file_output.filename=/var/log/alerts"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    common: Common,
    /// Stop by itself after this time: 90, 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
}

/// From which severity on notices are lines on stderr, and in the system log; `None`: none is.
#[derive(Debug, Clone, Copy)]
struct LogLevels {
    stderr: Option<Priority>,
    syslog: Option<Priority>,
}

impl LogLevels {
    /// What a service manager has from stderr already is not written twice.
    fn new(config: &Config) -> Self {
        let is_kept = config.log_stderr && std::env::var_os("JOURNAL_STREAM").is_some();
        let syslog = (config.log_syslog && !is_kept).then_some(config.log_level);
        Self { stderr: level(notice_level(config)), syslog }
    }
}

/// Where notices go, as the last configuration has it.
#[derive(Debug, Clone)]
struct NoticeLog(Arc<Mutex<LogLevels>>);

impl NoticeLog {
    fn new(config: &Config) -> Self {
        Self(Arc::new(Mutex::new(LogLevels::new(config))))
    }

    fn levels(&self) -> LogLevels {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on another configuration says so.
    fn set(&self, config: &Config) {
        log_as(config.log_format);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = LogLevels::new(config);
    }

    /// Takes notices. Which configuration runs is said before the first thing that is said of a start that
    /// succeeded.
    fn notify(&self, file: Option<&Path>) -> Notify {
        let log = self.clone();
        let file = file.map_or_else(
            || "built in, see peregrine config show --default".to_owned(),
            |file| file.display().to_string(),
        );
        Arc::new(move |notice: &Notice| {
            let LogLevels { stderr, syslog } = log.levels();
            let begins = matches!(notice, Notice::Monitoring { .. } | Notice::NoDriver { .. });
            if begins && is_written(notice, stderr) {
                let text = format_args!("configuration: {file}");
                write_line(Priority::Informational, &text, serde_json::Map::new());
            }
            if is_written(notice, syslog) {
                syslog::send("peregrine", notice.level(), &notice.to_string());
            }
            if is_written(notice, stderr) {
                write_notice(notice);
            }
        })
    }
}

/// Takes notices: those that are severe enough are lines on stderr.
pub(crate) fn notify(configured: Option<Priority>) -> Notify {
    let level = level(configured);
    Arc::new(move |notice: &Notice| {
        if is_written(notice, level) {
            write_notice(notice);
        }
    })
}

/// The same, and sets a flag where nobody reads stdout any more.
pub(crate) fn notify_until_closed(configured: Option<Priority>, closed: Arc<AtomicBool>) -> Notify {
    until_closed(notify(configured), closed)
}

fn until_closed(notify: Notify, closed: Arc<AtomicBool>) -> Notify {
    Arc::new(move |notice: &Notice| {
        if notice.is_closed_stdout() {
            closed.store(true, Ordering::Relaxed);
        } else {
            notify(notice);
        }
    })
}

/// Whether a notice is severe enough; `None`: none is.
fn is_written(notice: &Notice, level: Option<Priority>) -> bool {
    level.is_some_and(|level| notice.level() <= level)
}

/// The level the configuration says notices on from; `None`: none is said.
pub(crate) fn notice_level(config: &Config) -> Option<Priority> {
    config.log_stderr.then_some(config.log_level)
}

/// Settings and rules, ready; `own` are settings of the command, under those of the user. What should be known
/// of them is said on stderr.
pub(crate) fn prepare(flags: &Common, own: &[String]) -> anyhow::Result<Prepared> {
    let mut remarks = Remarks::default();
    let prepared = assemble(flags, own, &mut remarks, |config| log_as(config.log_format));
    remarks.write();
    prepared
}

/// The same; what should be known of them is a remark. `configured` gets the configuration before anything is
/// wrong with the rules.
fn assemble(
    flags: &Common,
    own: &[String],
    remarks: &mut Remarks,
    configured: impl FnOnce(&Config),
) -> anyhow::Result<Prepared> {
    let mut options = own.to_vec();
    options.extend(flags.option.iter().cloned());
    if flags.json {
        options.push("json_output=true".to_owned());
    }
    let file = usual(flags.config.as_deref());
    let loaded = loaded_with(file, &options, remarks)?;
    let outputs = loaded.outputs();
    let mut config = loaded.config;
    configured(&config);
    if !flags.rules.is_empty() {
        check_folders(&flags.rules)?;
        config.rules_files.clone_from(&flags.rules);
    }
    let generation = generation(&config, remarks)?;
    let rules = generation.enabled();
    if rules == 0 && !flags.allow_empty {
        anyhow::bail!(
            "no rule is enabled, so nothing would be reported: --allow-empty goes on all the same"
        );
    }
    if outputs.is_empty() && !flags.allow_empty {
        anyhow::bail!(
            "no output is on, so alerts would get nowhere: -o stdout_output.enabled=true, or --allow-empty goes on all the same"
        );
    }
    if !has_shipped(&config) {
        let shipped = shipped_rules();
        remarks.hint(format_args!(
            "{}; the {shipped} shipped ones are not loaded: `-r shipped` adds them",
            counted(rules as u64, "rule")
        ));
    }
    let read = config_files(file, &loaded.origins);
    let generation = generation.from_files(LoadedFiles::read(&rule_paths(&config), &read));
    let watched = watched(flags, &config, &loaded.warnings);
    Ok(Prepared { config, generation, outputs, watched })
}

/// The configuration file and those it includes, as far as they set something.
fn config_files(main: Option<&Path>, origins: &BTreeMap<String, Origin>) -> Vec<PathBuf> {
    let named = origins.values().filter_map(|origin| match origin {
        Origin::File { name, .. } => Some(PathBuf::from(&**name)),
        _ => None,
    });
    let files: BTreeSet<PathBuf> = named.chain(main.map(Path::to_owned)).collect();
    files.into_iter().collect()
}

/// The files whose changes change the configuration or its rules; some need not be there.
fn watched(flags: &Common, config: &Config, warnings: &[Problem]) -> Vec<Watched> {
    let main: Vec<PathBuf> = match &flags.config {
        Some(file) => vec![file.clone()],
        None => USUAL.iter().map(PathBuf::from).collect(),
    };
    let included = config.config_files.iter().map(|included| included.path.clone());
    let missing = warnings.iter().filter_map(|warning| match &warning.kind {
        ProblemKind::NoRulesFile(file) if flags.rules.is_empty() => Some(PathBuf::from(file)),
        _ => None,
    });
    let rules = watched_rules(config).into_iter().chain(watched_policies(config)).chain(missing);
    let rules = rules.chain(watched_responses(config));
    main.into_iter().chain(included).map(Watched::Config).chain(rules.map(Watched::Rules)).collect()
}

/// The rules of a configuration; what is wrong with them is a remark.
fn generation(config: &Config, remarks: &mut Remarks) -> anyhow::Result<Generation> {
    let loaded = Generation::load(config);
    let diagnostics = match &loaded {
        Ok((_, report)) => &report.diagnostics,
        Err(error) => error.diagnostics(),
    };
    for diagnostic in diagnostics {
        if diagnostic.is_error() { remarks.error(diagnostic) } else { remarks.warning(diagnostic) }
    }
    if let Err(LoadError::Policies(error)) = &loaded {
        for diagnostic in error.diagnostics() {
            if diagnostic.is_error() {
                remarks.error(diagnostic);
            } else {
                remarks.warning(diagnostic);
            }
        }
    }
    let (generation, report) = loaded?;
    for idle in report.idle_selections {
        remarks.warning(format_args!("warning: rules: {idle} selects no rule"));
    }
    Ok(generation)
}

/// Reads settings and rules as the start did.
fn load_again(flags: &Common, log: &NoticeLog) -> Load {
    let (flags, log) = (flags.clone(), log.clone());
    Arc::new(move || {
        let mut remarks = Remarks::default();
        match assemble(&flags, &[], &mut remarks, |_| {}) {
            Ok(Prepared { config, generation, watched, .. }) => {
                let mut remarks = remarks.into_inner();
                // A hint is for whoever starts it.
                remarks.retain(|remark| remark.level <= Priority::Warning);
                let (log, next) = (log.clone(), config.clone());
                let applied = Applied::Call(Box::new(move || log.set(&next)));
                Ok(Next { config, generation, remarks, watched, applied })
            }
            Err(error) => Err(rejected(&error, remarks.into_inner())),
        }
    })
}

/// The first mistake names its place; what ended the reading may only count them.
fn rejected(error: &anyhow::Error, mut remarks: Vec<Remark>) -> Rejected {
    let first = remarks.iter().find(|remark| remark.level <= Priority::Error);
    let why = first.and_then(|remark| remark.text.lines().next()).map(str::to_owned);
    if why.is_some() {
        remarks.push(Remark { level: Priority::Error, text: format!("{error:#}") });
    }
    Rejected { why: why.unwrap_or_else(|| format!("{error:#}")), remarks }
}

/// Ends with 1 where alerts did not get out, and where losses ended it.
pub(crate) fn exit_code(report: &RunReport) -> ExitCode {
    if report.ended_for_losses {
        return ExitCode::FAILURE;
    }
    match report.unwritten() {
        0 => ExitCode::SUCCESS,
        lost => {
            complain(format_args!("{} could not be written", counted(lost, "alert")));
            ExitCode::FAILURE
        }
    }
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    // Before all else: a signal that comes early ends nothing it must not end.
    let stop = stop_on_signals().context("cannot listen to signals")?;
    let requests = SignalRequests::by_signals().context("cannot listen to signals")?;
    let service = ServiceManager::from_environment().context("NOTIFY_SOCKET")?;
    let Prepared { config, generation, outputs, watched } = prepare(&flags.common, &[])?;
    let log = NoticeLog::new(&config);
    let mut notify = log.notify(usual(flags.common.config.as_deref()));
    // Where there are other outputs, watching goes on for them.
    if outputs == ["stdout"] {
        notify = until_closed(notify, Arc::clone(&stop));
    }
    let duration = flags.duration;
    match config.engine.kind {
        EngineKind::ModernEbpf | EngineKind::Kmod | EngineKind::NoDriver => {
            let web = &config.webserver;
            let web = web.enabled.then(|| WebListener::bind(web)).transpose()?;
            let ended = peregrine_agent::live::run(Run {
                config: &config,
                generation,
                stop,
                requests,
                load: load_again(&flags.common, &log),
                watched,
                duration,
                notify,
                service,
                web,
                versions: crate::version::versions(),
            })?;
            report(&ended);
            Ok(exit_code(&ended))
        }
        EngineKind::Replay => {
            service.ready_unwatched("replaying a capture");
            let replay = Replay {
                config: &config,
                generation,
                window: Window::default(),
                filter: "",
                duration,
                host: None,
                stop,
                notify,
            };
            let replayed = peregrine_agent::capture::replay::replay(
                config.engine.replay.capture_file.as_path(),
                replay,
            )?;
            report(&replayed.report);
            replayed.damage.map_or(Ok(exit_code(&replayed.report)), |damage| Err(damage.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_written_by_level() {
        let check = |notice: Notice, level: Option<Priority>, expected: bool| {
            assert_eq!(is_written(&notice, level), expected, "{notice} {level:?}");
        };
        let usual = Some(Config::default().log_level);
        check(Notice::Monitoring { rules: 1, threads: 1 }, usual, true);
        check(Notice::Monitoring { rules: 1, threads: 1 }, Some(Priority::Notice), false);
        check(Notice::ForeignPidNamespace, Some(Priority::Warning), true);
        check(Notice::ForeignPidNamespace, Some(Priority::Error), false);
        check(Notice::ForeignPidNamespace, None, false);
    }
}
