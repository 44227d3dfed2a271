//! `peregrine journal`: whether the journal is what was written, and the alerts in it.
//!
//! Exit codes: 0 all well, 1 damage was found or nothing was, 2 the journal cannot be read or what was
//! asked for cannot be.

mod export;
mod list;
mod show;
mod verify;

pub(crate) use verify::public_key;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::Offset;
use peregrine_agent::capture::{Known, Moment, Window};
use peregrine_alert::{Alert, AlertCondition, Form, condition};
use peregrine_config::Config;
use peregrine_journal::{Anchor, Entry, FileStorage, Query, Storage as _, search};

use crate::USAGE;
use crate::config::{loaded, usual};
use crate::moment::Part;
use crate::terminal::fail;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify that the journal is what was written; report every record that is not.
    #[command(
        after_help = "Exit codes:\n  0  it is what was written\n  1  it is damaged\n  2  it cannot be read\n\nExamples:\n  peregrine journal verify\n  peregrine journal verify --json\n  peregrine journal verify --path /mnt/evidence/journal --public-key /root/keys/web-1.pub --noted 1234:5f3a..."
    )]
    Verify(verify::Flags),
    /// Show the newest alerts, and with --follow those that come.
    #[command(
        after_help = "Examples:\n  peregrine journal tail -n 50\n  peregrine journal tail --follow --json"
    )]
    Tail(list::TailFlags),
    /// Show one alert with everything it carries, or those that outputs could not deliver.
    #[command(
        after_help = "Exit codes:\n  0  shown\n  1  no alert has this number, there are no dead letters\n  2  the journal cannot be read\n\nExamples:\n  peregrine journal show 1234\n  peregrine journal show 1234 --json\n  peregrine journal show --dead-letters"
    )]
    Show(show::Flags),
    /// Find alerts by a condition, as rules have it, and by time.
    #[command(
        after_help = "Fields: rule, priority (the worse the greater), source, tags, hostname, time, output, every\nfield an alert carries (proc.name, fd.name, ...), and field[NAME] for any value by its name.\n\nExit codes:\n  0  alerts were found\n  1  none was found\n  2  the journal cannot be read, or the condition cannot be\n\nExamples:\n  peregrine journal search 'rule = \"Read sensitive file\"' --start 2026-11-23T17:00:00Z\n  peregrine journal search priority \\>= warning and proc.name = cat -n 20\n  peregrine journal search --end +1h --json"
    )]
    Search(list::SearchFlags),
    /// Write alerts with everything they carry as JSON, one object a line.
    #[command(
        after_help = "Exit codes:\n  0  written\n  2  the journal cannot be read, or the condition cannot be\n\nExamples:\n  peregrine journal export -w alerts.jsonl\n  peregrine journal export --start 2026-11-23T00:00:00Z priority \\>= error > errors.jsonl"
    )]
    Export(export::Flags),
}

/// Which journal.
#[derive(Debug, Args)]
struct Place {
    /// The folder of the journal [default: that of the configuration]
    #[arg(long, value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Configuration file [default: /etc/peregrine/peregrine.yaml, if there]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
}

/// Which alerts.
#[derive(Debug, Args)]
struct Wanted {
    #[command(flatten)]
    part: Part,
    /// A condition: only alerts for which it is true. May be several words.
    #[arg(value_name = "CONDITION", trailing_var_arg = true)]
    condition: Vec<String>,
}

impl Place {
    fn config(&self) -> anyhow::Result<Config> {
        Ok(loaded(usual(self.config.as_deref()), &self.option)?.config)
    }

    /// The folder, which must be there.
    fn open(&self, config: &Config) -> anyhow::Result<FileStorage> {
        let path = self.path.as_ref().unwrap_or(&config.journal.path);
        let storage = FileStorage::new(path);
        storage.list().with_context(|| format!("there is no journal in {}", path.display()))?;
        Ok(storage)
    }
}

/// Where the key and the last checkpoint of a configuration are.
pub(crate) fn anchor(config: &Config) -> Anchor<FileStorage> {
    let (folder, stem) = config.journal.key.parts();
    Anchor { storage: FileStorage::new(&folder), stem }
}

impl Wanted {
    fn condition(&self) -> anyhow::Result<Option<AlertCondition>> {
        let text = self.condition.join(" ");
        let text = text.trim();
        Ok((!text.is_empty()).then(|| condition(text)).transpose()?)
    }

    /// From when to when, in nanoseconds since the epoch.
    fn times(&self, storage: &FileStorage) -> anyhow::Result<(Option<u64>, Option<u64>)> {
        let window = self.part.window();
        if window.is_whole() {
            return Ok((None, None));
        }
        let moments = [window.start, window.end, window.around.map(|(moment, _)| moment)];
        let absolute = moments.iter().flatten().all(|moment| matches!(moment, Moment::At(_)));
        let (first, last) =
            if absolute { (None, None) } else { (end_of(storage, false)?, end_of(storage, true)?) };
        let time = |alert: &Option<Alert>| alert.as_ref().map_or(0, |alert| alert.time_ns);
        let known = Known {
            first: time(&first),
            last: time(&last),
            utc_offset: last.map_or(0, |alert| alert.utc_offset),
        };
        let at = |moment| of_last_day(moment, &known);
        let window = Window {
            start: window.start.map(at),
            end: window.end.map(at),
            around: window.around.map(|(moment, far)| (at(moment), far)),
        };
        let span = window.span(&known);
        Ok((Some(span.start), Some(span.end).filter(|end| *end != u64::MAX)))
    }
}

/// A journal is of many days: a time of day is the last one that is not behind the newest alert.
fn of_last_day(moment: Moment, known: &Known) -> Moment {
    const DAY: i128 = 86_400_000_000_000;
    let Moment::TimeOfDay(time) = moment else { return moment };
    let ahead = i128::from(known.utc_offset) * 1_000_000_000;
    let local = i128::from(known.last) + ahead;
    let time = i128::try_from(time.as_nanos()).unwrap_or(0);
    let same = local - local.rem_euclid(DAY) + time;
    let last = if same > local { same - DAY } else { same };
    Moment::At(u64::try_from(last - ahead).unwrap_or(0))
}

/// The oldest alert, or the newest.
fn end_of(storage: &FileStorage, newest_first: bool) -> anyhow::Result<Option<Alert>> {
    let mut found = None;
    search(storage, &Query { newest_first, ..Query::default() }, &mut |entry| {
        found = entry.alert.ok();
        found.is_none()
    })?;
    Ok(found)
}

/// An alert in Falco's form, with the number of its record.
fn json_line(number: u64, alert: &Alert) -> String {
    let object = alert.json(&Form::default());
    format!("{{\"record\":{number},{}", object.strip_prefix('{').unwrap_or(&object))
}

/// When it happened, where it happened.
fn local_time(alert: &Alert) -> String {
    let offset = Offset::from_seconds(alert.utc_offset).unwrap_or(Offset::UTC);
    let time = Timestamp::from_nanosecond(i128::from(alert.time_ns)).unwrap_or(Timestamp::MAX);
    offset.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// What stands in the place of an alert that this program cannot read.
fn unreadable(entry: &Entry) -> Option<String> {
    let error = entry.alert.as_ref().err()?;
    Some(format!("record {}: {error}", entry.number))
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let done = match &flags.command {
        Command::Verify(flags) => verify::run(flags),
        Command::Tail(flags) => list::tail(flags),
        Command::Show(flags) => show::run(flags),
        Command::Search(flags) => list::search_alerts(flags),
        Command::Export(flags) => export::run(flags),
    };
    match done {
        // 1 says what was found.
        Err(error) if !crate::is_broken_pipe(&error) => {
            fail(&[format!("{error:#}")], &[]);
            Ok(ExitCode::from(USAGE))
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_of_day_is_the_last_before_the_newest_alert() {
        // The newest alert is of 01:30 local time, an hour ahead of UTC.
        let day = 86_400_000_000_000;
        let hour = 3_600_000_000_000;
        let known = Known { first: day, last: 9 * day + hour / 2, utc_offset: 3600 };
        let check = |hours: u64, expected: u64| {
            let moment = Moment::TimeOfDay(Duration::from_secs(hours * 3600));
            assert_eq!(of_last_day(moment, &known), Moment::At(expected), "{hours}");
        };
        check(1, 9 * day);
        check(2, 8 * day + hour);
        check(23, 8 * day + 22 * hour);
        assert_eq!(of_last_day(Moment::At(5), &known), Moment::At(5));
    }
}
