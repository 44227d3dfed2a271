//! The `falco` personality: Falco's command line, log lines, results and exit codes, for whoever calls
//! the binary by that name or says `peregrine falco`.
//!
//! [`ACTIONS`] is a start from begin to end, in Falco's order. `flags.rs` reads the command line,
//! `settings.rs` finds the configuration, `rules.rs` loads rule files; `reported.rs` has the steps that print
//! something and end, `prepare.rs` those before the first event; `log.rs` writes the log, `run.rs` watches or reads a
//! capture, `reload.rs` starts anew meanwhile, `session.rs` has what is counted and said until the end or a restart.

mod calls;
mod describe;
pub(crate) mod flags;
mod lists;
mod log;
mod plugins;
mod prepare;
mod reload;
mod reported;
mod rules;
mod run;
mod session;
mod settings;
mod support;
pub(crate) mod version;

use std::ffi::OsString;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use peregrine_agent::generation::Generation;
use peregrine_agent::metrics::LoadedFiles;
use peregrine_agent::reload::Watched;
use peregrine_agent::respond::watched_responses;
use peregrine_agent::rules::RuleFile;
use peregrine_agent::service::ServiceManager;
use peregrine_agent::signals::{SignalRequests, stop_on_first_signal, stop_signal};
use peregrine_agent::web::WebListener;
use peregrine_config::EngineKind;
use peregrine_config::falco::{self as config, Loaded};
use peregrine_event::Priority;
use peregrine_rules::{ExtraOutput, RuleSet};
use serde_json::json;

use self::flags::Flags;
use self::log::{Log, Script};
use self::rules::RulesError;
use self::session::{Part, Session};

/// What a start does before the first event, in order; each step goes on, ends the start well, or fails.
const ACTIONS: &[fn(&mut Falco) -> Step] = &[
    Falco::print_help,
    Falco::print_config_schema,
    Falco::print_rule_schema,
    Falco::print_ignored_calls,
    Falco::print_events,
    Falco::load_configuration,
    Falco::print_kernel,
    Falco::print_version,
    Falco::print_page_size,
    Falco::require_configuration,
    Falco::list_plugins,
    Falco::load_plugins,
    Falco::append_printed,
    Falco::print_fields,
    Falco::choose_sources,
    Falco::validate_rules,
    Falco::load_rules,
    Falco::describe_rules,
    Falco::print_support,
    Falco::open_outputs,
    Falco::write_pid_file,
    Falco::select_calls,
    Falco::tell_ring_size,
    Falco::start_web_server,
    Falco::check_metrics,
    Falco::tell_without_effect,
];

/// What comes of a step.
type Step = Result<ControlFlow<ExitCode>, Failure>;

const GO_ON: Step = Ok(ControlFlow::Continue(()));
const DONE: Step = Ok(ControlFlow::Break(ExitCode::SUCCESS));

/// Why a start ends with exit code 1.
#[derive(Debug)]
enum Failure {
    /// A line on stderr.
    Error(String),
    /// A line of the log.
    Runtime(String),
    /// Nobody reads stdout any more.
    Unread,
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self::Error(error)
    }
}

impl From<std::io::Error> for Failure {
    /// Why stdout took no more: one that nobody reads is no failure.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::Unread;
        }
        Self::Error(format!("cannot write to stdout: {}", run::os_text(&error)))
    }
}

impl From<RulesError> for Failure {
    fn from(error: RulesError) -> Self {
        match error {
            RulesError::Error(error) => Self::Error(error),
            RulesError::Runtime(error) => Self::Runtime(error),
        }
    }
}

/// A start and what it has come to.
struct Falco {
    words: Vec<String>,
    flags: Flags,
    /// The configuration file, where there is one.
    file: Option<PathBuf>,
    settings: Loaded,
    log: Log,
    /// The rule files and folders of them that are given or configured.
    rule_paths: Vec<String>,
    files: Vec<RuleFile>,
    rules: RuleSet,
    /// The rules, compiled; none before they are.
    generation: Option<Generation>,
    /// The port of the web server, where it is on.
    web: Option<WebListener>,
}

/// Whether the program was called by a name that ends in `falco`.
pub(crate) fn is_named(program: Option<&OsString>) -> bool {
    let name = program.and_then(|program| Path::new(program).file_name());
    name.is_some_and(|name| name.as_encoded_bytes().ends_with(b"falco"))
}

/// Falco's command line.
#[derive(Debug, Args)]
#[command(
    disable_help_flag = true,
    after_help = "Examples:\n  peregrine falco -c /etc/falco/falco.yaml\n  peregrine falco -V my_rules.yaml\n  ln -s peregrine /usr/local/bin/falco"
)]
pub(crate) struct Words {
    /// Falco's options; --help lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
    words: Vec<OsString>,
}

/// `peregrine falco`.
pub(crate) fn command(words: Words) -> ExitCode {
    run(std::iter::once("falco".into()).chain(words.words))
}

/// Does what Falco does when it is called with these words; the first is the program.
pub(crate) fn run(words: impl Iterator<Item = OsString>) -> ExitCode {
    let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    let mut log = Log::silent();
    let ended = Falco::new(words).and_then(|mut falco| {
        let ended = falco.start();
        log = falco.log;
        ended
    });
    match ended {
        Ok(code) => code,
        Err(Failure::Error(error)) => {
            let _ = writeln!(std::io::stderr().lock(), "Error: {error}");
            ExitCode::FAILURE
        }
        Err(Failure::Runtime(error)) => {
            log.fatal(&format!("Runtime error: {error}. Exiting."));
            ExitCode::FAILURE
        }
        Err(Failure::Unread) => ExitCode::SUCCESS,
    }
}

/// Text on stdout.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

impl Falco {
    fn new(words: Vec<String>) -> Result<Self, Failure> {
        let flags = Flags::parse(words.get(1..).unwrap_or_default());
        Self::with(words, flags)
    }

    /// A start that ends before the first event, whatever its words say, as before a restart; what that will say
    /// is kept in `script`.
    fn rehearsal(words: Vec<String>, script: &Script) -> Result<Self, Failure> {
        let mut options = words.get(1..).unwrap_or_default().to_vec();
        options.insert(0, "--dry-run".to_owned());
        let falco = Self::with(words, Flags::parse(&options))?;
        let log = falco.log.with_script(Some(Arc::clone(script)));
        Ok(Self { log, ..falco })
    }

    fn with(words: Vec<String>, flags: Result<Flags, flags::FlagError>) -> Result<Self, Failure> {
        let flags = flags.map_err(|error| Failure::Error(error.to_string()))?;
        let file = settings::file(&flags)?;
        check_format(&flags)?;
        Ok(Self {
            words,
            flags,
            file,
            settings: Loaded::default(),
            log: Log::silent(),
            rule_paths: Vec::new(),
            files: Vec::new(),
            rules: RuleSet::default(),
            generation: None,
            web: None,
        })
    }

    fn start(&mut self) -> Result<ExitCode, Failure> {
        for action in ACTIONS {
            if let ControlFlow::Break(code) = action(self)? {
                return Ok(code);
            }
        }
        self.process_events()
    }

    fn engine(&self) -> EngineKind {
        self.settings.config.engine.kind
    }

    fn load_configuration(&mut self) -> Step {
        let options = self.flags.texts("option");
        let loaded = match &self.file {
            Some(file) => config::load(file, &options),
            None => config::without_file(&options),
        };
        self.settings = loaded.map_err(|refused| {
            let config::Refused { error, notices, config } = refused;
            let log = Log::new(&config);
            for notice in &notices {
                log.say(notice.level(), &notice.to_string());
            }
            if let Some(preface) = error.preface() {
                let _ = writeln!(std::io::stderr().lock(), "{preface}");
            }
            Failure::Error(error.to_string())
        })?;
        let config = &mut self.settings.config;
        if self.flags.on("U") {
            config.buffered_outputs = false;
        }
        self.log = self.log.renewed(config);
        let log = self.log.clone();
        for notice in &self.settings.notices {
            log.say(notice.level(), &notice.to_string());
        }
        log.info(&format!("Falco version: {} ({})", version::FALCO, std::env::consts::ARCH));
        log.debug(&format!("CLI args: {}", self.words.join(" ")));
        if !self.settings.files.is_empty() {
            log.info("Falco initialized with configuration files:");
        }
        for (name, schema) in &self.settings.files {
            let level = if schema == "ok" { Priority::Informational } else { Priority::Warning };
            log.say(level, &format!("   {name} | schema validation: {schema}"));
        }
        GO_ON
    }

    /// Where this host is watched the log names its kernel.
    fn print_kernel(&mut self) -> Step {
        if self.is_live()
            && let Ok(version) = std::fs::read_to_string("/proc/version")
        {
            self.log.info(&format!("System info: {version}"));
        }
        GO_ON
    }

    fn is_live(&self) -> bool {
        matches!(self.engine(), EngineKind::ModernEbpf | EngineKind::Kmod) && self.file.is_some()
    }

    fn require_configuration(&mut self) -> Step {
        if self.file.is_some() {
            return GO_ON;
        }
        let file = settings::DEFAULT_FILE;
        Err(format!("You must create a config file at {file} or by passing -c").into())
    }

    /// Which sources of events are on: there is one.
    fn choose_sources(&mut self) -> Step {
        let (on, off) = (self.flags.texts("enable-source"), self.flags.texts("disable-source"));
        if !on.is_empty() && !off.is_empty() {
            return Err("You can not mix --enable-source and --disable-source".to_owned().into());
        }
        for (sources, act) in [(&on, "enabling"), (&off, "disabling")] {
            if let Some(unknown) = sources.iter().find(|source| *source != "syscall") {
                let error = format!("Attempted {act} an unknown event source: {unknown}");
                return Err(error.into());
            }
        }
        if !off.is_empty() {
            return Err("Must enable at least one event source".to_owned().into());
        }
        GO_ON
    }

    fn validate_rules(&mut self) -> Step {
        let names = self.flags.texts("validate");
        if names.is_empty() {
            return GO_ON;
        }
        let validation = rules::validate(&names, &self.settings.config, &self.log)?;
        let describes = self.describes() && !validation.failed;
        if self.settings.config.json_output {
            let mut all = json!({ "falco_load_results": validation.results });
            if describes {
                let reported = self.description(&validation.files, &validation.rules)?;
                all["falco_describe_results"] = reported;
            }
            print(&format!("{all}\n"))?;
        } else {
            print(&format!("{}\n", validation.summary))?;
        }
        if validation.failed {
            return Err(validation.summary.into());
        }
        if describes && !self.settings.config.json_output {
            print("\n")?;
            self.describe(&validation.files, &validation.rules)?;
        }
        DONE
    }

    fn load_rules(&mut self) -> Step {
        let mut given = self.flags.texts("r");
        let keep_missing = !given.is_empty();
        if given.is_empty() {
            let configured = self.settings.config.rules_files.iter();
            given = configured.map(|path| path.display().to_string()).collect();
        } else {
            given.retain(|path| Path::new(path).is_dir() || rules::is_rule_file(path));
        }
        let names = rules::expand(&given, keep_missing);
        if names.is_empty() && !keep_missing {
            let error = "You must specify at least one rules file/directory via -r or a rules_file entry in falco.yaml";
            return Err(error.to_owned().into());
        }
        self.rule_paths = given;
        self.log.debug("Configured rules filenames:");
        for name in &names {
            self.log.debug(&format!("   {name}"));
        }
        (self.files, self.rules) = rules::load(&names, &self.settings.config, &self.log)?;
        GO_ON
    }

    /// `-p`: what is appended to every output.
    fn append_printed(&mut self) -> Step {
        let Some(format) = self.flags.text("print") else { return GO_ON };
        self.log.say(
            Priority::Warning,
            "The -p/--print option is deprecated and will be removed. Use -o append_output=... instead.",
        );
        if !matches!(format, "c" | "container" | "k" | "kubernetes") {
            let extra = ExtraOutput::everywhere(format);
            self.settings.config.append_output.extra.push(extra);
        }
        GO_ON
    }

    fn write_pid_file(&mut self) -> Step {
        if self.flags.on("dry-run") {
            self.tell_skipped("pidfile creation");
            return GO_ON;
        }
        let Some(path) = self.flags.text("pidfile").filter(|path| !path.is_empty()) else {
            return GO_ON;
        };
        if std::fs::write(path, std::process::id().to_string()).is_err() {
            let error = format!("Could not write pid to pidfile {path}. Exiting.");
            self.log.say(Priority::Error, &error);
            return Ok(ControlFlow::Break(ExitCode::from(255)));
        }
        GO_ON
    }

    /// The rules, compiled, and each by its name and severity, in the order of definition.
    fn generation(&mut self) -> (Generation, Vec<(String, Priority)>) {
        let rules = std::mem::take(&mut self.rules);
        let named = rules.rules.iter().map(|rule| (rule.name.clone(), rule.priority)).collect();
        let enabled: Vec<String> =
            rules.rules.iter().filter(|rule| rule.enabled).map(|rule| rule.name.clone()).collect();
        let compile = || Generation::new(&self.settings.config, rules);
        let generation = self.generation.take().unwrap_or_else(compile);
        let path = |name: &String| PathBuf::from(name);
        let rule_files: Vec<_> = self.files.iter().map(|file| path(&file.name)).collect();
        let config_files: Vec<_> = self.settings.files.keys().map(path).collect();
        let generation = generation.from_files(LoadedFiles::read(&rule_files, &config_files));
        let log = &self.log;
        log.debug("Enabled rules:");
        for name in &enabled {
            log.debug(&format!("   {name}"));
        }
        log.debug(&format!("({}) enabled rules in total", enabled.len()));
        (generation, named)
    }

    /// The files whose changes change the configuration or its rules.
    fn watched(&self) -> Vec<Watched> {
        let config = self.settings.watched.iter().map(|file| Watched::Config(file.into()));
        let mut rules: Vec<_> = self.flags.texts("r").into_iter().map(PathBuf::from).collect();
        if rules.is_empty() {
            rules.clone_from(&self.settings.config.rules_files);
        }
        rules.extend(watched_responses(&self.settings.config));
        config.chain(rules.into_iter().map(Watched::Rules)).collect()
    }

    fn tell_end_of_dry_run(&self) {
        self.tell_skipped("event processing");
        self.tell_skipped("unregistering signal handlers");
        self.log.say_once(Priority::Debug, "closing inspectors");
    }

    fn process_events(&mut self) -> Result<ExitCode, Failure> {
        let (generation, rules) = self.generation();
        if self.flags.on("dry-run") {
            self.tell_end_of_dry_run();
            return Ok(ExitCode::SUCCESS);
        }
        let failed = |error: std::io::Error| Failure::Error(error.to_string());
        let stop = stop_on_first_signal().map_err(failed)?;
        let signal = stop_signal().map_err(failed)?;
        let requests = SignalRequests::by_signals().map_err(failed)?;
        let service = ServiceManager::from_environment().map_err(failed)?;
        let config = &self.settings.config;
        let part = Part::new(self.log.clone(), rules, config);
        let session = Session::new(part, self.engine(), self.flags.on("v"), requests);
        let start = run::Start {
            config,
            generation,
            seconds: self.flags.number("M"),
            stop,
            load: reload::load(&self.words, &session),
            watched: self.watched(),
            session: &session,
            service,
            web: self.web.take(),
        };
        let report = match start.run() {
            Ok(report) => report,
            Err(error) => {
                print(&session::Seen::default().summary())?;
                return Err(Failure::Error(format!("{error:#}")));
            }
        };
        // Falco says so of SIGTERM too.
        if signal.load(Ordering::Relaxed) != 0 {
            session.log().info("SIGINT received, exiting...");
        }
        session.end(&report.metrics)?;
        if report.ended_for_losses {
            return Err(Failure::Error("Drop manager internal error".to_owned()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `--format` and `--markdown` go with `--list` and `--list-events`; wrong ones are refused anyway.
fn check_format(flags: &Flags) -> Result<(), Failure> {
    let format = flags.text("format").filter(|format| !format.is_empty());
    if flags.on("markdown") && format.is_some() {
        return Err("Cannot use both --markdown and --format options together".to_owned().into());
    }
    if let Some(format) = format
        && lists::Format::named(format).is_none()
    {
        let names = lists::Format::NAMED.map(|(name, _)| name).join(", ");
        return Err(format!("Invalid format '{format}'. Valid values are: {names}").into());
    }
    if flags.on("markdown") {
        let warning = "WARNING: --markdown is deprecated, use --format markdown instead.";
        let _ = writeln!(std::io::stderr().lock(), "{warning}");
    }
    Ok(())
}
