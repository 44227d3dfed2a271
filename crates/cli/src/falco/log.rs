//! Falco's log: lines on stderr with the time in front, and in the system log.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use peregrine_config::{Config, LogFormat};
use peregrine_event::Priority;

use crate::syslog;
use crate::terminal::json_line;

/// Which lines are written, and how.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a switch of the configuration each")]
pub(super) struct Log {
    /// These and more severe ones.
    level: Priority,
    stderr: bool,
    syslog: bool,
    iso_time: bool,
    format: LogFormat,
    /// Lines of Falco's libraries too.
    libraries: bool,
    /// Where a dry run is made before a restart: what the start behind it says.
    script: Option<Script>,
}

/// Lines of a start that is yet to come.
pub(super) type Script = Arc<Mutex<Vec<Line>>>;

/// A line of a start.
#[derive(Debug)]
pub(super) enum Line {
    Log(Priority, String),
    Stderr(String),
}

impl Log {
    /// The log before a configuration is read: nothing is written.
    pub(super) fn silent() -> Self {
        Self {
            level: Priority::Informational,
            stderr: false,
            syslog: false,
            iso_time: false,
            format: LogFormat::Text,
            libraries: false,
            script: None,
        }
    }

    /// The same, in a dry run before a restart.
    pub(super) fn with_script(self, script: Option<Script>) -> Self {
        Self { script, ..self }
    }

    /// Whether it is that of a dry run before a restart.
    pub(super) fn has_script(&self) -> bool {
        self.script.is_some()
    }

    fn keep(&self, line: impl FnOnce() -> Line) {
        if let Some(script) = &self.script {
            script.lock().unwrap_or_else(PoisonError::into_inner).push(line());
        }
    }

    pub(super) fn new(config: &Config) -> Self {
        // The libraries say what they do at the level `info`.
        let severity = config.libs_logger.severity.as_str();
        let libraries =
            config.libs_logger.enabled && matches!(severity, "info" | "debug" | "trace");
        Self {
            level: config.log_level,
            stderr: config.log_stderr,
            syslog: config.log_syslog,
            iso_time: config.time_format_iso_8601,
            format: config.log_format,
            libraries,
            script: None,
        }
    }

    /// The log as a configuration has it.
    pub(super) fn renewed(&self, config: &Config) -> Self {
        Self::new(config).with_script(self.script.clone())
    }

    /// A line, where it is severe enough.
    pub(super) fn say(&self, level: Priority, text: &str) {
        self.say_once(level, text);
        self.keep(|| Line::Log(level, text.to_owned()));
    }

    /// A line that a start behind this dry run does not have.
    pub(super) fn say_once(&self, level: Priority, text: &str) {
        if level <= self.level {
            self.write(level, text);
        }
    }

    /// A line of a start that is none of a dry run.
    pub(super) fn say_unless_dry(&self, level: Priority, text: &str) {
        if self.script.is_none() {
            self.say_once(level, text);
        }
        self.keep(|| Line::Log(level, text.to_owned()));
    }

    /// Text on stderr, whatever the configuration says.
    pub(super) fn stderr(&self, text: &str) {
        // Nobody there to read it is no reason to fail.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        self.keep(|| Line::Stderr(text.to_owned()));
    }

    /// Writes what a start says.
    pub(super) fn play(&self, script: &Script) {
        let lines = std::mem::take(&mut *script.lock().unwrap_or_else(PoisonError::into_inner));
        for line in lines {
            match line {
                Line::Log(level, text) => self.say(level, &text),
                Line::Stderr(text) => self.stderr(&text),
            }
        }
    }

    fn write(&self, level: Priority, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if self.syslog {
            syslog::send("falco", level, text);
        }
        if !self.stderr {
            return;
        }
        if self.format == LogFormat::Json {
            let line = json_line(Timestamp::now(), level, &text, serde_json::Map::new());
            let _ = writeln!(std::io::stderr().lock(), "{line}");
            return;
        }
        let now = ZonedDateTime::now();
        let time = if self.iso_time {
            now.with_time_zone(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%z").to_string()
        } else {
            now.strftime("%a %b %e %H:%M:%S %Y").to_string()
        };
        // Nobody there to read it is no reason to fail.
        let _ = writeln!(std::io::stderr().lock(), "{time}: {text}");
    }

    /// Why it ends: on stderr whatever the configuration says.
    pub(super) fn fatal(&self, text: &str) {
        if !self.stderr {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
        self.say(Priority::Error, text);
    }

    pub(super) fn debug(&self, text: &str) {
        self.say(Priority::Debug, text);
    }

    pub(super) fn info(&self, text: &str) {
        self.say(Priority::Informational, text);
    }

    /// A line that Falco's libraries write: those have a level of their own.
    pub(super) fn library(&self, text: &str) {
        if self.libraries {
            // Falco writes them at the level from which on it writes at all.
            self.write(self.level, &format!("[libs]: {text}"));
        }
    }
}
