//! `peregrine journal show`.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use peregrine_alert::one_line;
use peregrine_journal::find;

use super::{Place, json_line, local_time, unreadable};
use crate::table::{self, Paint};
use crate::terminal::fail;

#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    place: Place,
    /// The number of its record, as `tail` and `search` print it.
    #[arg(value_name = "RECORD")]
    number: u64,
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
    let Some(entry) = find(&storage, flags.number)? else {
        let why = "is no alert: `peregrine journal tail` and `search` print the numbers of alerts";
        fail(&[format!("record {} {why}", flags.number)], &[]);
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
