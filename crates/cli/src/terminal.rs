//! What is said beside the results, on stderr: how much of it, and in which colours.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::ColorChoice;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use peregrine_agent::notice::Notice;
use peregrine_agent::reload::Remark;
use peregrine_config::LogFormat;
use peregrine_event::Priority;
use serde_json::{Map, Value as Json, json};

/// What every command takes.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Colours: `auto` on a terminal, as `NO_COLOR`, `CLICOLOR_FORCE` and `TERM` say.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    color: Color,
    /// On stderr only errors: no warnings, no report at the end.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// On stderr every notice, debug included.
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    fn choice(self) -> ColorChoice {
        match self {
            // `anstream` takes every value for a wish.
            Self::Auto if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value == "0") => {
                unforced()
            }
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }
}

/// Colours where a terminal shows them and nobody minds.
fn unforced() -> ColorChoice {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let shown = std::io::stdout().is_terminal() && set("TERM").is_some_and(|term| term != "dumb");
    if shown && set("NO_COLOR").is_none() { ColorChoice::Always } else { ColorChoice::Never }
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verbosity {
    Quiet,
    Usual,
    Verbose,
}

/// Set once, before anything is said.
static VERBOSITY: OnceLock<Verbosity> = OnceLock::new();

fn verbosity() -> Verbosity {
    VERBOSITY.get().copied().unwrap_or(Verbosity::Usual)
}

impl Output {
    /// Holds for the whole process from here on.
    pub(crate) fn apply(self) {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Usual,
        };
        let _ = VERBOSITY.set(verbosity);
        self.color.choice().write_global();
    }
}

/// Applies `--color` before flags are parsed: help and mistakes follow it, too.
pub(crate) fn apply_color(args: impl Iterator<Item = std::ffi::OsString>) {
    let mut args = args.filter_map(|arg| arg.into_string().ok()).take_while(|arg| arg != "--");
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color") {
            Some("") => args.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(color) = value.and_then(|value| Color::from_str(&value, false).ok()) {
            color.choice().write_global();
        }
    }
}

/// Whether the results are for a program, found before the flags are parsed: what is wrong with them is, too.
pub(crate) fn asks_for_json(args: impl Iterator<Item = std::ffi::OsString>) -> bool {
    args.take_while(|arg| arg != "--").any(|arg| arg == "--json")
}

/// Several errors at once, a line or more each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(crate) struct Errors(pub(crate) Vec<String>);

/// Says why a command failed: on stderr for people, with `--json` on stdout for programs too.
pub(crate) fn fail(errors: &[String], help: &[&str]) {
    for error in errors {
        complain(error);
    }
    for help in help {
        let _ = writeln!(std::io::stderr(), "  {help}");
    }
    if asks_for_json(std::env::args_os().skip(1)) {
        let mut row = json!({ "error": errors.join("\n") });
        if !help.is_empty()
            && let Some(row) = row.as_object_mut()
        {
            row.insert("help".to_owned(), json!(help));
        }
        let _ = writeln!(std::io::stdout().lock(), "{row}");
    }
}

/// The level notices are said from on, by what the configuration says; `None`: none is.
pub(crate) fn level(configured: Option<Priority>) -> Option<Priority> {
    match verbosity() {
        Verbosity::Quiet => configured.map(|level| level.min(Priority::Error)),
        Verbosity::Usual => configured,
        Verbosity::Verbose => Some(Priority::Debug),
    }
}

/// A number and its noun, one or many: `1 rule`, `2 rules`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Whether lines on stderr are JSON: `log_format`.
static JSON_LINES: AtomicBool = AtomicBool::new(false);

/// Lines on stderr are written so from here on.
pub(crate) fn log_as(format: LogFormat) {
    JSON_LINES.store(format == LogFormat::Json, Ordering::Relaxed);
}

/// An error, one line. Nobody there to read it is no reason to fail.
pub(crate) fn complain(text: impl Display) {
    write_line(Priority::Error, &text, Map::new());
}

/// A warning, or what was done; not with `--quiet`.
pub(crate) fn say(text: impl Display) {
    if verbosity() >= Verbosity::Usual {
        write_line(Priority::Warning, &text, Map::new());
    }
}

/// What the agent reports about itself.
pub(crate) fn write_notice(notice: &Notice) {
    write_line(notice.level(), notice, notice.fields());
}

/// A line of a severity.
pub(crate) fn write_line(level: Priority, text: &dyn Display, fields: Map<String, Json>) {
    let mut stderr = std::io::stderr().lock();
    let _ = if JSON_LINES.load(Ordering::Relaxed) {
        writeln!(stderr, "{}", json_line(Timestamp::now(), level, text, fields))
    } else {
        writeln!(stderr, "peregrine: {text}")
    };
}

/// The same for programs.
pub(crate) fn json_line(
    time: Timestamp,
    level: Priority,
    text: &dyn Display,
    fields: Map<String, Json>,
) -> Json {
    let mut line = json!({
        "time": format!("{time:.9}"),
        "level": level.name().to_ascii_lowercase(),
        "message": text.to_string().trim_end(),
    });
    if !fields.is_empty()
        && let Some(line) = line.as_object_mut()
    {
        line.insert("fields".to_owned(), Json::Object(fields));
    }
    line
}

/// What is to be said of a configuration and its rules, in order.
#[derive(Debug, Default)]
pub(crate) struct Remarks(Vec<Remark>);

impl Remarks {
    pub(crate) fn error(&mut self, text: impl Display) {
        self.0.push(Remark { level: Priority::Error, text: text.to_string() });
    }

    /// Not with `--quiet`, as are hints.
    pub(crate) fn warning(&mut self, text: impl Display) {
        self.0.push(Remark { level: Priority::Warning, text: text.to_string() });
    }

    pub(crate) fn hint(&mut self, text: impl Display) {
        self.0.push(Remark { level: Priority::Informational, text: text.to_string() });
    }

    /// Writes all of them to stderr.
    pub(crate) fn write(&self) {
        for Remark { level, text } in &self.0 {
            if *level <= Priority::Error || verbosity() >= Verbosity::Usual {
                write_line(*level, text, Map::new());
            }
        }
    }

    pub(crate) fn into_inner(self) -> Vec<Remark> {
        self.0
    }
}

/// Wipes the line of progress, where one was shown.
pub(crate) fn clear(shown: bool) {
    if shown {
        let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
    }
}

/// What a command did, at its end.
pub(crate) fn report(text: impl Display) {
    if verbosity() < Verbosity::Usual {
        return;
    }
    if JSON_LINES.load(Ordering::Relaxed) {
        write_line(Priority::Informational, &text, Map::new());
    } else {
        let _ = write!(std::io::stderr().lock(), "{text}");
    }
}

/// Whether progress is shown: on a terminal that can write a line anew.
pub(crate) fn shows_progress() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !dumb && verbosity() >= Verbosity::Usual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_found_before_flags_are_parsed() {
        let check = |args: &[&str], expected: bool| {
            assert_eq!(
                asks_for_json(args.iter().map(std::ffi::OsString::from)),
                expected,
                "{args:?}"
            );
        };
        check(&["fields", "--json", "--nosuch"], true);
        check(&["fields", "nosuch"], false);
        check(&["print", "x.scap", "--", "--json"], false);
    }

    #[test]
    fn a_line_for_programs_has_time_level_message_and_figures() {
        let check = |notice: &Notice, level: &str, message: &str, fields: Json| {
            let time = Timestamp::from_nanosecond(1_700_000_000_000_000_005).unwrap();
            let line = json_line(time, notice.level(), notice, notice.fields());
            let mut expected = json!({"time": "2023-11-14T22:13:20.000000005Z", "level": level, "message": message});
            if !fields.is_null() {
                expected["fields"] = fields;
            }
            assert_eq!(line, expected);
        };
        let message = "monitoring: 2 rules, 3 threads";
        let fields = json!({"rules": 2, "threads": 3});
        check(&Notice::Monitoring { rules: 2, threads: 3 }, "informational", message, fields);
        let notice = Notice::ReloadRemark(Remark {
            level: Priority::Error,
            text: "a.yaml:1:2: \"x\"\n  ^\n".to_owned(),
        });
        check(&notice, "error", "a.yaml:1:2: \"x\"\n  ^", Json::Null);
    }

    #[test]
    fn colour_is_found_before_flags_are_parsed() {
        let check = |args: &[&str], expected: ColorChoice| {
            ColorChoice::Auto.write_global();
            apply_color(args.iter().map(std::ffi::OsString::from));
            assert_eq!(ColorChoice::global(), expected, "{args:?}");
        };
        check(&["fields", "--color", "always"], ColorChoice::Always);
        check(&["--color=never", "fields"], ColorChoice::Never);
        check(&["fields", "--color=loud"], ColorChoice::Auto);
        check(&["print", "--", "--color=always"], ColorChoice::Auto);
        check(&["fields", "--colors=always"], ColorChoice::Auto);
        ColorChoice::Auto.write_global();
    }
}
