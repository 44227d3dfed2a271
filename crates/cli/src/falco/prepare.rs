//! Steps between the rules and the first event: plugins, outputs, calls, rings, metrics.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use peregrine_agent::OpenOutputs;
use peregrine_agent::generation::Generation;
use peregrine_agent::web::{self, WebError, WebListener};
use peregrine_config::{Config, EngineKind};
use peregrine_event::Priority;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::calls::Selection;
use super::{Failure, Falco, GO_ON, Step, calls, session, version};

/// Metrics are not written more often.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

impl Falco {
    /// Plugins that are not built in are named; those that are not there at all end it.
    pub(super) fn load_plugins(&mut self) -> Step {
        for plugin in &self.settings.settings.plugins {
            let path = plugin.library_path.display();
            if plugin.is_built_in() {
                self.log.info(&format!(
                    "Loaded plugin '{}@{}' from file {path}",
                    plugin.name,
                    version::CONTAINER
                ));
                continue;
            }
            if let Some(why) = no_library(&plugin.library_path) {
                return Err(Failure::Runtime(format!(
                    "cannot load plugin {path}: can't load plugin dynamic library: {path}: {why}"
                )));
            }
            self.log.say(
                Priority::Warning,
                &format!(
                    "plugin '{}' is not supported yet: there are no events of it",
                    plugin.name
                ),
            );
        }
        GO_ON
    }

    /// There must be an output; alerts name the host.
    pub(super) fn open_outputs(&mut self) -> Step {
        if !has_output(&self.settings.config) {
            let error = "No output configured, please make sure at least one output is configured and enabled.";
            return Err(error.to_owned().into());
        }
        if let Ok(name) = std::env::var("FALCO_HOSTNAME") {
            self.log.info(&format!(
                "Hostname value has been overridden via environment variable to: {name}"
            ));
        }
        if self.flags.on("dry-run") {
            self.tell_skipped("outputs initialization");
            self.tell_skipped("signal handlers creation");
        } else {
            if self.settings.config.file_output.enabled {
                self.try_output_file();
            }
            if self.settings.config.http_output.enabled {
                self.try_http_output();
            }
        }
        self.tell_watched();
        GO_ON
    }

    /// A step that a dry run leaves out.
    pub(super) fn tell_skipped(&self, what: &str) {
        self.log.say_once(Priority::Debug, &format!("Skipping {what} in dry-run"));
    }

    /// Whether more follows than a dry run: a start, or a restart behind it.
    fn is_start(&self) -> bool {
        !self.flags.on("dry-run") || self.log.has_script()
    }

    /// Which files and folders are watched for changes.
    fn tell_watched(&self) {
        if !self.settings.config.watch_config_files || !self.is_start() {
            return;
        }
        let config = &self.settings;
        let is_folder = |path: &&String| Path::new(path).is_dir();
        let within = |folder: &String| {
            let files = config.files.keys();
            let folder = Path::new(folder).to_owned();
            files.filter(move |file| Path::new(file).parent() == Some(&folder))
        };
        let mut files: Vec<&String> = Vec::new();
        for path in &config.watched {
            if is_folder(&path) { files.extend(within(path)) } else { files.push(path) }
        }
        files.extend(self.files.iter().map(|file| &file.name));
        let folders = config.watched.iter().chain(&self.rule_paths).filter(is_folder);
        for (what, paths) in [("file", files), ("directory", folders.collect())] {
            for path in paths {
                let text = format!("Watching {what} '{path}'");
                self.log.say_unless_dry(Priority::Debug, &text);
            }
        }
    }

    /// What watches with a file it cannot write to goes on without it.
    fn try_output_file(&mut self) {
        let output = &mut self.settings.config.file_output;
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let mut open = OpenOptions::new();
        open.append(true).create(true).mode(0o600).custom_flags(flags);
        let Err(error) = open.open(&output.filename) else { return };
        // A pipe that nobody reads yet is one that can be.
        if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) {
            return;
        }
        output.enabled = false;
        let reported = format!("file: failed to open output file {}", output.filename.display());
        self.log.say(Priority::Error, &reported);
    }

    /// What sends alerts and cannot, for want of a certificate, goes on without.
    fn try_http_output(&mut self) {
        let mut only = Config::default();
        only.stdout_output.enabled = false;
        only.http_output = self.settings.config.http_output.clone();
        if let Err(error) = OpenOutputs::open(&only) {
            self.settings.config.http_output.enabled = false;
            self.log.say(Priority::Error, &format!("{:#}", anyhow::Error::from(error)));
        }
    }

    /// Compiles the rules; the log has which calls are selected, and stderr those of rules that are not.
    pub(super) fn select_calls(&mut self) -> Step {
        let generation = Generation::new(&self.settings.config, self.rules.clone());
        let unknown = &self.settings.settings.unknown_syscalls;
        let selection = Selection {
            rules: generation.calls_of_rules(),
            watched: self.is_live().then(|| generation.calls()),
            config: &self.settings.config,
            unknown: [&unknown.positive, &unknown.negative],
        };
        let unselected = selection.say(&self.log);
        if !unselected.is_empty() {
            self.log.stderr(&calls::unselected(&unselected));
        }
        self.generation = Some(generation);
        GO_ON
    }

    pub(super) fn tell_ring_size(&mut self) -> Step {
        if !self.is_live() {
            return GO_ON;
        }
        let preset = self.settings.settings.buf_size_preset;
        if preset.is_some_and(|preset| !(1..=10).contains(&preset)) {
            return Err(after_outputs(
                "The 'buf_size_preset' value must be between '1' and '10'\n".to_owned(),
            ));
        }
        let bytes = self.settings.config.engine.modern_ebpf.buf_size_preset.bytes;
        self.log.info(&format!(
            "The chosen syscall buffer dimension is: {bytes} bytes ({} MBs)",
            bytes >> 20
        ));
        let asked = self.settings.config.engine.modern_ebpf.cpus_for_each_buffer.size();
        let online = online_cpus();
        if self.engine() == EngineKind::ModernEbpf && asked > online {
            self.log.say(
                Priority::Warning,
                &format!(
                    "you required a buffer every '{asked}' CPUs but there are only '{online}' online CPUs. Falco changed the config to: one buffer every '{online}' CPUs"
                ),
            );
        }
        GO_ON
    }

    /// What is on and has no effect yet.
    pub(super) fn tell_without_effect(&mut self) -> Step {
        let is_live = self.is_live();
        for (key, value) in peregrine_config::without_effect(&self.settings.config) {
            // Of the probe there is none but where this host is watched.
            let is_of_probe = key.starts_with("engine.modern_ebpf.") || key == "falco_libs.snaplen";
            let is_set = self.settings.origins.contains_key(&key);
            if !is_set || is_of_probe && !is_live {
                continue;
            }
            let reported = format!("{key}: {value} has no effect: it is not supported yet");
            self.log.say(Priority::Warning, &reported);
        }
        GO_ON
    }

    /// Listens at the port of the web server; it is served once outputs are open.
    pub(super) fn start_web_server(&mut self) -> Step {
        let webserver = &self.settings.config.webserver;
        if !webserver.enabled || self.engine() == EngineKind::Replay {
            return GO_ON;
        }
        let is_dry = self.flags.on("dry-run");
        if is_dry {
            self.tell_skipped("starting webserver");
        }
        if !self.is_start() {
            return GO_ON;
        }
        let encrypted = if webserver.ssl_enabled { " (SSL)" } else { "" };
        let starts = format!(
            "Starting health webserver with threadiness {}, listening on {}:{}{encrypted}",
            web::threads(webserver),
            webserver.listen_address.0,
            webserver.listen_port.0
        );
        self.log.say_unless_dry(Priority::Informational, &starts);
        // The one that runs goes on.
        if is_dry {
            return GO_ON;
        }
        match WebListener::bind(webserver) {
            Ok(listener) => self.web = Some(listener),
            Err(error) => {
                let why = match &error {
                    WebError::Certificate { .. } => "invalid webserver configuration",
                    _ => "an error occurred while starting webserver",
                };
                // Falco does not say what is wrong.
                self.log.debug(&format!("{:#}", anyhow::Error::from(error)));
                return Err(Failure::Runtime(why.to_owned()));
            }
        }
        GO_ON
    }

    /// Whether metrics can be written as they are configured.
    pub(super) fn check_metrics(&mut self) -> Step {
        let Config { metrics, webserver, .. } = &self.settings.config;
        if !metrics.enabled || !self.is_start() {
            return GO_ON;
        }
        let file = &metrics.output_file;
        if !file.as_os_str().is_empty()
            && let Err(error) = OpenOptions::new().append(true).create(true).open(file)
        {
            self.log.debug(&format!("{}: {error}", file.display()));
            return Err(Failure::Runtime("basic_ios::clear: iostream error".to_owned()));
        }
        let text = &self.settings.settings.metrics_interval_text;
        let interval = self.settings.settings.metrics_interval;
        let Some(interval) = interval.filter(|interval| *interval >= SHORTEST_INTERVAL) else {
            return Err(after_outputs(
                "Metrics interval must have a minimum value of 100ms and reflect a Prometheus compliant time duration format: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations. ".to_owned(),
            ));
        };
        let by_web = webserver.enabled && webserver.prometheus_metrics_enabled;
        let by_file = !metrics.output_file.as_os_str().is_empty();
        if !metrics.output_rule && !by_file && !by_web {
            return Err(after_outputs(
                "Metrics are enabled with no output configured. Please enable at least one output channel ('metrics.output_rule', 'metrics.output_file' or 'webserver.prometheus_metrics_enabled')".to_owned(),
            ));
        }
        let says = format!(
            "Setting metrics interval to {text}, equivalent to {} (ms)",
            interval.as_millis()
        );
        self.log.say_unless_dry(Priority::Informational, &says);
        GO_ON
    }
}

/// A failure once outputs are open: the summary is printed all the same.
fn after_outputs(error: String) -> Failure {
    match super::print(&session::Seen::default().summary()) {
        Ok(()) => Failure::Error(error),
        Err(unread) => unread,
    }
}

fn has_output(config: &Config) -> bool {
    config.stdout_output.enabled
        || config.file_output.enabled
        || config.syslog_output.enabled
        || config.program_output.enabled
        || config.http_output.enabled
}

/// How many CPUs are in use.
fn online_cpus() -> usize {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let is_cpu = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
    stat.lines().filter(is_cpu).count().max(1)
}

/// Why a file is no library, in the words of the dynamic loader.
fn no_library(path: &Path) -> Option<String> {
    match std::fs::read(path) {
        Err(error) => {
            let why = super::run::os_text(&error);
            Some(format!("cannot open shared object file: {why}"))
        }
        Ok(bytes) if !bytes.starts_with(b"\x7fELF") => Some("invalid ELF header".to_owned()),
        Ok(_) => None,
    }
}
