//! `peregrine journal show`.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use peregrine_alert::one_line;
use peregrine_journal::{FileStorage, dead_letters, find};

use super::{Place, json_line, local_time, unreadable};
use crate::table::{self, Paint};
use crate::terminal::{complain, fail};

#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    place: Place,
    /// The number of its record, as `tail` and `search` print it.
    #[arg(value_name = "RECORD", required_unless_present = "dead_letters")]
    number: Option<u64>,
    /// Alerts that receivers refused, or that were given up: which output, when and why.
    #[arg(long, conflicts_with = "number")]
    dead_letters: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// A text on one line: with control characters as JSON.
fn plain(text: &str) -> String {
    one_line(if text.chars().any(char::is_control) {
        serde_json::Value::from(text).to_string()
    } else {
        text.to_owned()
    })
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let storage = flags.place.open(&flags.place.config()?)?;
    let Some(number) = flags.number else { return show_dead_letters(&storage, flags.json) };
    let Some(entry) = find(&storage, number)? else {
        let why = "is no alert: `peregrine journal tail` and `search` print the numbers of alerts";
        fail(&[format!("record {number} {why}")], &[]);
        return Ok(ExitCode::FAILURE);
    };
    if let Some(error) = unreadable(&entry) {
        bail!("{error}");
    }
    let Ok(alert) = entry.alert else { return Ok(ExitCode::FAILURE) };
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", json_line(entry.number, &alert))?;
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::stdout();
    let row = |name: &str, value: &str| vec![paint.dim(&plain(name)), plain(value)];
    let mut rows = vec![
        row("record", &entry.number.to_string()),
        row("time", &local_time(&alert)),
        row("rule", &alert.rule),
        row("priority", alert.priority.name()),
        row("source", &alert.source),
        row("tags", &alert.tags.join(", ")),
        row("hostname", &alert.id.host),
        row("output", &alert.message),
    ];
    for (name, value) in &alert.fields {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        rows.push(row(name, &text));
    }
    table::write(&mut out, &rows)?;
    Ok(ExitCode::SUCCESS)
}

/// Lists what outputs could not deliver, the oldest first.
fn show_dead_letters(storage: &FileStorage, json: bool) -> anyhow::Result<ExitCode> {
    let (letters, broken) = dead_letters(storage)?;
    let mut out = std::io::stdout().lock();
    let paint = Paint::stdout();
    let head = ["RECORD", "TIME", "OUTPUT", "RULE", "REASON"].map(|name| paint.dim(name));
    let mut rows = vec![head.to_vec()];
    for letter in &letters {
        if json {
            writeln!(out, "{}", serde_json::to_string(letter)?)?;
            continue;
        }
        rows.push(vec![
            letter.record.map_or_else(|| "-".to_owned(), |number| number.to_string()),
            local_time(&letter.alert),
            plain(&letter.output),
            plain(&letter.alert.rule),
            plain(&letter.reason),
        ]);
    }
    if rows.len() > 1 {
        table::write(&mut out, &rows)?;
    }
    if broken > 0 {
        complain(format_args!("{broken} dead letters cannot be read"));
    }
    Ok(if letters.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
