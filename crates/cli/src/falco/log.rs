//! Falco's log: lines on stderr with the time in front, and in the system log.

use std::io::Write as _;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use peregrine_config::Config;
use peregrine_event::Priority;

use crate::syslog;

/// Which lines are written, and how.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "a switch of the configuration each")]
pub(super) struct Log {
    /// These and more severe ones.
    level: Priority,
    stderr: bool,
    syslog: bool,
    iso_time: bool,
    /// Lines of Falco's libraries too.
    libraries: bool,
}

impl Log {
    /// The log before a configuration is read: nothing is written.
    pub(super) fn silent() -> Self {
        Self {
            level: Priority::Informational,
            stderr: false,
            syslog: false,
            iso_time: false,
            libraries: false,
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
            libraries,
        }
    }

    /// A line, where it is severe enough.
    pub(super) fn say(self, level: Priority, text: &str) {
        if level <= self.level {
            self.write(level, text);
        }
    }

    fn write(self, level: Priority, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if self.syslog {
            syslog::send("falco", level, text);
        }
        if !self.stderr {
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
    pub(super) fn fatal(self, text: &str) {
        if !self.stderr {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
        self.say(Priority::Error, text);
    }

    pub(super) fn debug(self, text: &str) {
        self.say(Priority::Debug, text);
    }

    pub(super) fn info(self, text: &str) {
        self.say(Priority::Informational, text);
    }

    /// A line that Falco's libraries write: those have a level of their own.
    pub(super) fn library(self, text: &str) {
        if self.libraries {
            self.write(Priority::Informational, &format!("[libs]: {text}"));
        }
    }
}
