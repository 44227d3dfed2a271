//! Every key: a field for each, with its default, its status and what it is for. `docs/configuration.md`
//! and the JSON schema are made from these rows.

pub(crate) mod containers;
mod engine;
mod guard;
mod journal;
mod outputs;
mod respond;
mod service;

use std::path::PathBuf;

use peregrine_alert::{Form, Priority};
use peregrine_engine::Matching;
use peregrine_rules::{ExtraOutput, Options as RuleOptions, Selection};
use peregrine_state::Limits;

use crate::append_output::AppendOutput;
use crate::base_syscalls::BaseSyscalls;
use crate::channel::ConfiguredOutput;
use crate::choices::LogFormat;
use crate::container_plugin;
use crate::include::ConfigFile;
use crate::plugins::{LoadPlugins, Plugin};
use crate::setting::Status::{Ignored, Section, Used, With};
use crate::setting::section;
use crate::static_fields::StaticFields;
use crate::values::Number;

pub use containers::{
    ContainerEngines, ContainerdEngine, CriEngine, DockerEngine, PodmanEngine, Switch,
};
pub use engine::{BaseSyscallKeys, Capture, Engine, FalcoLibs, Kmod, ModernEbpf, Replay};
pub use guard::{BreakGlass, Guard, GuardMode};
pub use journal::{Fsync, Journal, JournalSwitch, KeyPath};
pub use outputs::{
    FileOutput, HttpOutput, OutputsQueue, ProgramOutput, StdoutOutput, SyscallEventDrops,
    SyscallEventTimeouts, SyslogOutput,
};
pub use respond::{Respond, RespondMode};
pub use service::{Control, LibsLogger, Metrics, Sandbox, Webserver};

section! {
    /// The configuration. The defaults are those of Falco's packages where Falco has the key.
    Config {
        /// Further configuration files, or folders of them in alphabetical order, read after this one.
        /// `strategy` says what happens with keys that are set already: `append` (lists grow, other
        /// values are replaced), `override` (replaced), `add-only` (kept).
        config_files: Vec<ConfigFile> = Vec::new(), Used,
            "[/etc/falco/config.d, {path: site.yaml, strategy: override}]";
        /// Reload as soon as a configuration file, an included one or a rule file changes. Changes on a file
        /// system of a network are not noticed: SIGHUP and `peregrine reload` work there.
        watch_config_files: bool = true, Used, "false";
        /// Rule files, and folders of them, in the order they are loaded; later files may change what
        /// earlier ones say. `shipped` stands for the rules that come with Peregrine. Empty: those, then the
        /// files of `/etc/peregrine/rules.d`.
        rules_files: Vec<PathBuf> = Vec::new(), Used, "[/etc/falco/falco_rules.yaml, /etc/falco/rules.d]";
        /// Switches rules on and off once all are loaded, in order: by name, where `*` stands for any
        /// text, or by tag.
        rules: Vec<Selection> = Vec::new(), Used, "[{disable: {rule: '*'}}, {enable: {tag: network}}]";
        /// Rules less severe than this are not loaded.
        priority: Priority = Priority::Debug, Used, "warning";
        /// Whether the first rule that matches an event reports it, or every one.
        rule_matching: Matching = Matching::First, Used, "all";
        /// Where events come from.
        engine: Engine = Engine::default(), Section;
        /// Which system calls are watched beside those rules look at.
        base_syscalls: BaseSyscallKeys = BaseSyscallKeys::default(), Section;
        /// How much is kept of the host.
        falco_libs: FalcoLibs = FalcoLibs::default(), Section;
        /// Files with the events around an alert.
        capture: Capture = Capture::default(), Section;
        /// Plugins that can be loaded. `init_config` of `container` says what `container_engines` says, and
        /// stands in its place.
        plugins: Vec<Plugin> = vec![Plugin::container()], With("load_plugins"),
            "[{name: json, library_path: libjson.so}]";
        /// Names of the plugins that are loaded. `container` is built in: without it the fields of
        /// containers are off. Others are not supported yet.
        load_plugins: LoadPlugins = LoadPlugins::default(), Used, "[]";
        /// Whether plugins' sources may look at `/proc`.
        plugins_hostinfo: bool = true, Ignored("what is known of the host does not depend on the source");
        /// Who is asked about containers. `init_config` of the plugin `container` may say the same, as in
        /// Falco.
        container_engines: ContainerEngines = ContainerEngines::default(), Section;

        /// Alerts as JSON, one object a line, instead of text.
        json_output: bool = false, Used, "true";
        /// JSON: the alert as a line of text, as `output`.
        json_include_output_property: bool = true, Used;
        /// JSON: that line without time and priority, as `message`.
        json_include_message_property: bool = false, Used;
        /// JSON: the values of the fields the rule's output names, as `output_fields`.
        json_include_output_fields_property: bool = true, Used;
        /// JSON: the rule's tags, as `tags`.
        json_include_tags_property: bool = true, Used;
        /// Times in alerts as ISO 8601 in UTC, instead of the local time of day.
        time_format_iso_8601: bool = false, Used;
        /// Buffers in alerts, as `evt.buffer`, in base64.
        buffer_format_base64: bool = false, Used;
        /// What is appended to the outputs of rules: a format (`extra_output`), values for JSON
        /// (`extra_fields`), the usual fields of containers (`suggested_output`); each for all rules or
        /// those that `match`.
        append_output: AppendOutput = AppendOutput::default(), Used,
            "[{match: {source: syscall}, extra_output: 'on %evt.hostname'}]";
        /// Fields of your own: `static.KEY` has this text in every event.
        static_fields: StaticFields = StaticFields::default(), Used, "{site: berlin}";

        /// Lines are written in bulk: cheaper, but the last ones are late.
        buffered_outputs: bool = false, Used;
        /// Alerts that wait for outputs.
        outputs_queue: OutputsQueue = OutputsQueue::default(), Section;
        /// How many milliseconds an attempt of an output may take before it is reported as hanging; 0: it is
        /// not. The other outputs go on, and the attempt goes on too.
        output_timeout: Number = crate::values::Whole(2000), Used;
        /// Alerts on stdout.
        stdout_output: StdoutOutput = StdoutOutput::default(), Section;
        /// Alerts in a file.
        file_output: FileOutput = FileOutput::default(), Section;
        /// Alerts to the system log.
        syslog_output: SyslogOutput = SyslogOutput::default(), Section;
        /// Alerts to the standard input of a program.
        program_output: ProgramOutput = ProgramOutput::default(), Section;
        /// Alerts to a web server.
        http_output: HttpOutput = HttpOutput::default(), Section;
        /// Further outputs, any number of each type. (Not in Falco.)
        outputs: Vec<ConfiguredOutput> = Vec::new(), Used,
            "[{name: ops, type: webhook, url: 'https://example.com/alerts'}]";

        /// Alerts written down before they are sent, so that a later change shows. (Not in Falco.)
        journal: Journal = Journal::default(), Section;

        /// Policies: what is denied before it happens, see [guard.md](guard.md). (Not in Falco.)
        guard: Guard = Guard::default(), Section;

        /// Which notices of Peregrine itself are written: these and more severe ones.
        log_level: Priority = Priority::Informational, Used, "warning";
        /// Notices on stderr.
        log_stderr: bool = true, Used;
        /// Notices to the system log, by `peregrine run`; not where stderr goes to the journal already.
        log_syslog: bool = true, Used;
        /// How they are written to stderr: as text, or as one JSON object a line with `time`, `level` (as in `log_level`),
        /// `message` and, where there are figures, `fields`. (Not in Falco.)
        log_format: LogFormat = LogFormat::Text, Used, "json";
        /// Notices of Falco's libraries.
        libs_logger: LibsLogger = LibsLogger::default(), Section;
        /// What happens when events are lost.
        syscall_event_drops: SyscallEventDrops = SyscallEventDrops::default(), Section;
        /// What happens when no events come.
        syscall_event_timeouts: SyscallEventTimeouts = SyscallEventTimeouts::default(), Section;
        /// Figures about Peregrine itself.
        metrics: Metrics = Metrics::default(), Section;
        /// A web server that reports Peregrine's health.
        webserver: Webserver = Webserver::default(), Section;
        /// The socket by which `peregrine status` and other commands ask a running agent. (Not in Falco.)
        control: Control = Control::default(), Section;
        /// What is done after an alert. (Not in Falco.)
        respond: Respond = Respond::default(), Section;
        /// What the agent takes from itself. (Not in Falco.)
        sandbox: Sandbox = Sandbox::default(), Section;
    }
}

impl Config {
    /// What a line of an output holds.
    pub fn form(&self) -> Form {
        Form {
            json: self.json_output,
            include_output: self.json_include_output_property,
            include_message: self.json_include_message_property,
            include_fields: self.json_include_output_fields_property,
            include_tags: self.json_include_tags_property,
            iso_time: self.time_format_iso_8601,
        }
    }

    /// How many threads, descriptors and bytes are kept of the host.
    pub fn limits(&self) -> Limits {
        Limits {
            threads: self.falco_libs.thread_table_size.size().max(1),
            fds: self.falco_libs.fd_table_size.size(),
            all_fds: self.falco_libs.fd_tables_size.size(),
            bytes: self.falco_libs.state_bytes.size(),
        }
    }

    /// Which calls the kernel is to emit beside those rules look at.
    pub fn base_syscalls(&self) -> BaseSyscalls {
        let mut base = BaseSyscalls {
            repair: self.base_syscalls.repair,
            all: self.base_syscalls.all,
            names: self.falco_libs.proc_name_follows_prctl,
            ..BaseSyscalls::default()
        };
        self.base_syscalls.custom_set.put_in(&mut base);
        base
    }

    /// Who is asked about containers: what the settings of the plugin `container` say stands in place of
    /// `container_engines`.
    pub fn engines_of_containers(&self) -> ContainerEngines {
        let engines = &self.container_engines;
        let plugin = self.plugins.iter().find(|plugin| plugin.is_built_in());
        let said = plugin.map(|plugin| container_plugin::read(&plugin.init_config, engines));
        // Wrong settings were a problem when they were read.
        said.and_then(Result::ok).unwrap_or_else(|| engines.clone())
    }

    /// How rules are loaded.
    pub fn rule_options(&self) -> RuleOptions {
        RuleOptions {
            priority: self.priority,
            append_output: self.appended_output(),
            static_fields: self.static_fields.0.clone(),
            ..RuleOptions::default()
        }
    }

    /// What is appended to outputs.
    pub fn appended_output(&self) -> Vec<ExtraOutput> {
        let mut extra = self.append_output.extra.clone();
        if self.append_output.suggested {
            if self.load_plugins.has_containers() {
                extra.push(ExtraOutput::everywhere(peregrine_alert::suggested_output()));
            }
            extra.extend(self.static_fields.0.iter().map(|(key, _)| {
                let shown = key.replace('.', "_");
                ExtraOutput::everywhere(format!("static_{shown}=%static.{key}"))
            }));
        }
        extra
    }
}
