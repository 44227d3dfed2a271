//! Falco's way over the keys, in its order: what is not of its type is taken out of the tree, what is has
//! its plain form afterwards, and the first value that makes no sense ends it.

use std::collections::BTreeSet;
use std::time::Duration;

use peregrine_alert::Priority;
use peregrine_event::syscalls;

use super::error::{Access, Error, Notice, ValueProblem};
use super::{items, plugins};
use crate::choices::{CaptureMode, LibsSeverity};
use crate::plugins::Plugin;
use crate::scalar;
use crate::tree::{Body, Node};
use crate::values::{Address, Interval};

/// What stands beside the typed configuration: values that Falco looks at later, and may not take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// Plugins to load, in order, with the whole path of their library.
    pub plugins: Vec<Plugin>,
    /// Names in `base_syscalls.custom_set` that no call has.
    pub unknown_syscalls: BaseNames,
    /// `buf_size_preset` of the engine at hand, whatever it is; from 1 to 10 there is a ring of that size.
    pub buf_size_preset: Option<i16>,
    /// `metrics.interval`, where it is one.
    pub metrics_interval: Option<Duration>,
    /// `metrics.interval` as it was written.
    pub metrics_interval_text: String,
}

/// Names of calls, to be watched and not to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaseNames {
    /// Those without `!`.
    pub positive: BTreeSet<String>,
    /// Those with `!`, without it.
    pub negative: BTreeSet<String>,
}

const LOG_LEVELS: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
/// Bytes of a buffer that are reported where no other number is configured.
const SNAPLEN: u64 = 80;
const METRICS: [&str; 11] = [
    "metrics.rules_counters_enabled",
    "metrics.resource_utilization_enabled",
    "metrics.state_counters_enabled",
    "metrics.kernel_event_counters_enabled",
    "metrics.kernel_event_counters_per_cpu_enabled",
    "metrics.kernel_iter_event_counters_enabled",
    "metrics.libbpf_stats_enabled",
    "metrics.plugins_metrics_enabled",
    "metrics.jemalloc_stats_enabled",
    "metrics.convert_memory_to_mb",
    "metrics.include_empty_values",
];

/// Goes over the keys.
///
/// # Errors
/// The first thing that keeps Falco from starting.
pub(super) fn read(
    tree: &mut Node,
    file: &str,
    notices: &mut Vec<Notice>,
) -> Result<Settings, Error> {
    let mut reading = Reading { tree, file, settings: Settings::default(), notices };
    reading.log()?;
    reading.engine()?;
    reading.rules_files()?;
    reading.outputs()?;
    reading.alerts()?;
    reading.webserver()?;
    reading.drops()?;
    reading.libs()?;
    reading.metrics()?;
    reading.capture()?;
    reading.rules()?;
    reading.settings.plugins = plugins::read(reading.tree, file)?;
    reading.flags(&["watch_config_files"])?;
    Ok(reading.settings)
}

struct Reading<'t> {
    tree: &'t mut Node,
    file: &'t str,
    settings: Settings,
    notices: &'t mut Vec<Notice>,
}

impl Reading<'_> {
    fn log(&mut self) -> Result<(), Error> {
        let level = self.text("log_level")?;
        if let Some(level) = level.filter(|level| !LOG_LEVELS.contains(&level.as_str())) {
            return Err(Error::UnknownLogLevel(level));
        }
        let severity = self.text("libs_logger.severity")?;
        let is_on = self.flag("libs_logger.enabled")? != Some(false);
        if let Some(severity) = severity
            && is_on
            && LibsSeverity::named(&severity).is_none()
        {
            return Err(Error::UnknownSeverity(severity));
        }
        self.flags(&["log_stderr", "log_syslog"])
    }

    fn engine(&mut self) -> Result<(), Error> {
        match self.text("engine.kind")?.as_deref() {
            None | Some("kmod") => {
                self.settings.buf_size_preset = self.number("engine.kmod.buf_size_preset")?;
                self.flags(&["engine.kmod.drop_failed_exit"])
            }
            Some("modern_ebpf") => {
                let _: Option<u16> = self.number("engine.modern_ebpf.cpus_for_each_buffer")?;
                self.settings.buf_size_preset =
                    self.number("engine.modern_ebpf.buf_size_preset")?;
                self.flags(&[
                    "engine.modern_ebpf.drop_failed_exit",
                    "engine.modern_ebpf.disable_iterators",
                ])
            }
            Some("replay") => match self.text("engine.replay.capture_file")?.as_deref() {
                None | Some("") => self.wrong(ValueProblem::NoCapture),
                Some(_) => Ok(()),
            },
            Some("nodriver") => Ok(()),
            Some(other) => self.wrong(ValueProblem::EngineKind(other.to_owned())),
        }
    }

    /// `rules_files` or, as it was once called, `rules_file`.
    fn rules_files(&mut self) -> Result<(), Error> {
        let is_set = |tree: &Node| tree.get("rules_files").is_some();
        // Anything but a list and a single value says nothing.
        let mut files = items::texts(self.tree, "rules_files")?;
        if self.tree.get("rules_file").is_some() {
            files.extend(items::texts(self.tree, "rules_file")?);
            self.notices.push(Notice::DeprecatedRulesFile);
            if is_set(self.tree) {
                return self.wrong(ValueProblem::BothRulesFiles);
            }
        }
        let Body::Map(pairs) = &mut self.tree.body else { return Ok(()) };
        if let Some((name, node)) =
            pairs.iter_mut().find(|(name, _)| name == "rules_files" || name == "rules_file")
        {
            "rules_files".clone_into(name);
            let origin = node.origin.clone();
            let file = |file: String| Node::new(origin.clone(), Body::Scalar(file));
            node.body = Body::List(files.into_iter().map(file).collect());
        }
        Ok(())
    }

    fn outputs(&mut self) -> Result<(), Error> {
        self.flags(&[
            "json_output",
            "json_include_output_property",
            "json_include_tags_property",
            "json_include_message_property",
            "json_include_output_fields_property",
        ])?;
        if self.flag("file_output.enabled")? == Some(true) {
            self.needs("file", "filename")?;
            self.exactly_true("file_output.keep_alive")?;
        }
        self.flags(&["stdout_output.enabled", "syslog_output.enabled"])?;
        if self.flag("program_output.enabled")? == Some(true) {
            self.needs("program", "program")?;
            self.exactly_true("program_output.keep_alive")?;
        }
        if self.flag("http_output.enabled")? == Some(true) {
            self.needs("http", "url")?;
            self.texts(&[
                "http_output.user_agent",
                "http_output.ca_cert",
                "http_output.ca_bundle",
                "http_output.ca_path",
                "http_output.client_cert",
                "http_output.client_key",
            ])?;
            self.flags(&[
                "http_output.insecure",
                "http_output.echo",
                "http_output.mtls",
                "http_output.compress_uploads",
                "http_output.keep_alive",
            ])?;
            let _: Option<u8> = self.number("http_output.max_consecutive_timeouts")?;
        }
        let _: Option<u32> = self.number("output_timeout")?;
        Ok(())
    }

    /// An output that is on needs a value of this key.
    fn needs(&mut self, output: &'static str, key: &'static str) -> Result<(), Error> {
        let value = self.text(&format!("{output}_output.{key}"))?;
        match value.as_deref() {
            None | Some("") => self.wrong(ValueProblem::Output(output, key)),
            Some(_) => Ok(()),
        }
    }

    /// A switch that is on where its text is `true` and nothing else.
    fn exactly_true(&mut self, key: &str) -> Result<(), Error> {
        let is_on = self.text(key)?.is_some_and(|text| text == "true");
        self.put(key, &is_on.to_string())
    }

    fn alerts(&mut self) -> Result<(), Error> {
        if let Some(matching) = self.text("rule_matching")? {
            let lower = matching.to_ascii_lowercase();
            if !["first", "all"].contains(&lower.as_str()) {
                return Err(Error::UnknownMatching(matching));
            }
            self.put("rule_matching", &lower)?;
        }
        let priority = self.text("priority")?;
        if let Some(priority) = priority.filter(|text| text.parse::<Priority>().is_err()) {
            return Err(Error::UnknownPriority(priority));
        }
        self.flags(&["buffered_outputs"])?;
        if let Some(capacity) = self.number::<u64>("outputs_queue.capacity")? {
            // There is no queue as long as that.
            self.put("outputs_queue.capacity", &capacity.min(i64::MAX.unsigned_abs()).to_string())?;
        }
        self.flags(&["time_format_iso_8601", "buffer_format_base64"])
    }

    fn webserver(&mut self) -> Result<(), Error> {
        self.flags(&["webserver.enabled"])?;
        for key in ["webserver.threadiness", "webserver.listen_port"] {
            let _: Option<u32> = self.number(key)?;
        }
        let address = self.text("webserver.listen_address")?;
        if let Some(address) = address.filter(|address| Address::parse(address).is_none()) {
            return self.wrong(ValueProblem::ListenAddress(address));
        }
        self.texts(&["webserver.k8s_healthz_endpoint", "webserver.ssl_certificate"])?;
        self.flags(&["webserver.ssl_enabled", "webserver.prometheus_metrics_enabled"])
    }

    fn drops(&mut self) -> Result<(), Error> {
        const KEY: &str = "syscall_event_drops.actions";
        let actions = items::texts_of(self.find(KEY)?.map(|node| &*node))?;
        let mut kept: Vec<String> = Vec::new();
        for action in actions {
            match action.as_str() {
                "log" | "alert" if kept.iter().any(|kept| kept == "ignore") => {
                    return self.wrong(ValueProblem::DropActionIgnored(action));
                }
                "ignore" | "log" | "alert" | "exit" => {}
                _ => return self.wrong(ValueProblem::DropAction),
            }
            if !kept.contains(&action) {
                kept.push(action);
            }
        }
        self.list(KEY, kept)?;
        let threshold = self.real("syscall_event_drops.threshold")?;
        if threshold.is_some_and(|threshold| !(0.0..=1.0).contains(&threshold)) {
            return self.wrong(ValueProblem::DropThreshold);
        }
        self.real("syscall_event_drops.rate")?;
        self.real("syscall_event_drops.max_burst")?;
        self.flags(&["syscall_event_drops.simulate_drops"])?;
        match self.number::<u32>("syscall_event_timeouts.max_consecutives")? {
            Some(0) => self.wrong(ValueProblem::NoTimeouts),
            _ => Ok(()),
        }
    }

    fn libs(&mut self) -> Result<(), Error> {
        const KEY: &str = "base_syscalls.custom_set";
        for key in [
            "falco_libs.thread_table_size",
            "falco_libs.thread_table_auto_purging_interval_s",
            "falco_libs.thread_table_auto_purging_thread_timeout_s",
        ] {
            let _: Option<u32> = self.number(key)?;
        }
        if let Some(snaplen) = self.number::<u64>("falco_libs.snaplen")? {
            // 0 leaves it as it is.
            let bytes = if snaplen == 0 { SNAPLEN } else { snaplen.min(i64::MAX.unsigned_abs()) };
            self.put("falco_libs.snaplen", &bytes.to_string())?;
        }
        let names = items::texts_of(self.find(KEY)?.map(|node| &*node))?;
        let unknown = &mut self.settings.unknown_syscalls;
        let mut known = Vec::new();
        for name in names {
            let call = name.strip_prefix('!').unwrap_or(&name);
            if !syscalls::by_event_name(call).is_empty() {
                known.push(name);
            } else if call.len() < name.len() {
                unknown.negative.insert(call.to_owned());
            } else if !call.is_empty() {
                unknown.positive.insert(call.to_owned());
            }
        }
        self.list(KEY, known)?;
        self.flags(&["base_syscalls.repair", "base_syscalls.all"])
    }

    fn metrics(&mut self) -> Result<(), Error> {
        self.flags(&["metrics.enabled"])?;
        if let Some(text) = self.text("metrics.interval")? {
            let plain: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let interval = Interval::parse(&plain);
            match interval {
                Some(_) => self.put("metrics.interval", &plain)?,
                None => self.remove("metrics.interval"),
            }
            self.settings.metrics_interval = interval.map(|interval| interval.0);
            self.settings.metrics_interval_text = text;
        }
        self.flags(&["metrics.output_rule"])?;
        self.texts(&["metrics.output_file"])?;
        self.flags(&METRICS)
    }

    fn capture(&mut self) -> Result<(), Error> {
        self.flags(&["capture.enabled"])?;
        self.texts(&["capture.path_prefix"])?;
        let mode = self.text("capture.mode")?;
        if let Some(mode) = mode.filter(|mode| CaptureMode::named(mode).is_none()) {
            return self.wrong(ValueProblem::CaptureMode(mode));
        }
        let _: Option<u32> = self.number("capture.default_duration")?;
        if let Some(size) = self.number::<u64>("capture.max_file_size_mb")? {
            self.put("capture.max_file_size_mb", &size.min(1_048_576).to_string())?;
        }
        self.flags(&["plugins_hostinfo"])
    }

    fn rules(&mut self) -> Result<(), Error> {
        items::rules(self.tree)?;
        let narrow = items::append_output(self.tree)?;
        let notice = |(rule, tags)| Notice::RuleAndTags { rule, tags };
        self.notices.extend(narrow.into_iter().map(notice));
        items::static_fields(self.tree)
    }

    fn wrong<T>(&self, why: ValueProblem) -> Result<T, Error> {
        Err(Error::Value { file: self.file.to_owned(), why })
    }

    /// The value of a dotted key. Below nothing and below a list there is none.
    fn find(&mut self, key: &str) -> Result<Option<&mut Node>, Error> {
        let mut node = &mut *self.tree;
        for name in key.split('.') {
            let pairs = match &mut node.body {
                Body::Map(pairs) => pairs,
                Body::Scalar(_) => {
                    let why = Access::OfScalar { place: node.place, key: name.to_owned() };
                    return Err(Error::Key { key: key.to_owned(), why });
                }
                Body::Null | Body::List(_) => return Ok(None),
            };
            match pairs.iter_mut().find(|(known, _)| known == name) {
                Some((_, below)) => node = below,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// The key has this text now, if it is there.
    fn put(&mut self, key: &str, text: &str) -> Result<(), Error> {
        if let Some(node) = self.find(key)? {
            node.body = Body::Scalar(text.to_owned());
        }
        Ok(())
    }

    /// The key has this list now, if it is there.
    fn list(&mut self, key: &str, texts: Vec<String>) -> Result<(), Error> {
        if let Some(node) = self.find(key)? {
            let origin = node.origin.clone();
            let text = |text: String| Node::new(origin.clone(), Body::Scalar(text));
            node.body = Body::List(texts.into_iter().map(text).collect());
        }
        Ok(())
    }

    /// The key is not set any more.
    fn remove(&mut self, key: &str) {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        let section = if section.is_empty() {
            Some(&mut *self.tree)
        } else {
            self.find(section).ok().flatten()
        };
        if let Some(Node { body: Body::Map(pairs), .. }) = section {
            pairs.retain(|(known, _)| known != name);
        }
    }

    /// A value of one type; one of another is taken out.
    fn value<T>(
        &mut self,
        key: &str,
        of: impl Fn(&Node) -> Option<T>,
        plain: impl Fn(&T) -> String,
    ) -> Result<Option<T>, Error> {
        let Some(node) = self.find(key)? else { return Ok(None) };
        let value = of(node);
        match &value {
            Some(value) => node.body = Body::Scalar(plain(value)),
            None => self.remove(key),
        }
        Ok(value)
    }

    fn flag(&mut self, key: &str) -> Result<Option<bool>, Error> {
        self.value(key, |node| scalar::flag(node.scalar()?), bool::to_string)
    }

    fn flags(&mut self, keys: &[&str]) -> Result<(), Error> {
        keys.iter().try_for_each(|key| self.flag(key).map(drop))
    }

    /// A text; nothing is the text `null`.
    fn text(&mut self, key: &str) -> Result<Option<String>, Error> {
        let of = |node: &Node| match &node.body {
            Body::Scalar(text) => Some(text.clone()),
            Body::Null => Some("null".to_owned()),
            Body::List(_) | Body::Map(_) => None,
        };
        self.value(key, of, String::clone)
    }

    fn texts(&mut self, keys: &[&str]) -> Result<(), Error> {
        keys.iter().try_for_each(|key| self.text(key).map(drop))
    }

    /// A number that fits its type.
    fn number<T: TryFrom<i128> + ToString>(&mut self, key: &str) -> Result<Option<T>, Error> {
        let of = |node: &Node| T::try_from(scalar::whole(node.scalar()?)?).ok();
        self.value(key, of, T::to_string)
    }

    fn real(&mut self, key: &str) -> Result<Option<f64>, Error> {
        self.value(key, |node| scalar::real(node.scalar()?), f64::to_string)
    }
}
