//! `peregrine respond list` and `show`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_act::{Ledger, Line, Record};
use peregrine_alert::iso8601;
use serde_json::json;

use super::Place;
use crate::table::{self, Paint};
use crate::terminal::{Errors, say};

#[derive(Debug, Args)]
pub(crate) struct ListFlags {
    /// Only actions that can be taken back.
    #[arg(long)]
    undoable: bool,
    /// As JSON, one object an action.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct ShowFlags {
    /// The number of the action.
    id: u64,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn records(place: &Place) -> anyhow::Result<BTreeMap<u64, Record>> {
    let path = place.config()?.respond.path;
    if !path.join("ledger.jsonl").exists() {
        return Ok(BTreeMap::new());
    }
    Ledger::records(&path).with_context(|| format!("cannot read {}", path.display()))
}

pub(super) fn list(flags: &ListFlags) -> anyhow::Result<ExitCode> {
    let mut records = records(&flags.place)?;
    if flags.undoable {
        records.retain(|_, record| record.undo().is_some());
    }
    let mut out = std::io::stdout().lock();
    if records.is_empty() && !flags.json {
        say("nothing was done");
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::stdout();
    let head = ["ID", "TIME", "STATE", "UNDO", "ACTION", "ASKED BY"];
    let mut rows = vec![head.map(|word| paint.dim(word)).to_vec()];
    for (id, record) in &records {
        let (Some(first), Some(last)) = (record.lines.first(), record.last()) else { continue };
        let undoable = record.undo().is_some();
        if flags.json {
            let row = json!({
                "id": id, "time": iso8601(first.time_ns, "Z"), "state": last.step.word(),
                "undoable": undoable, "action": last.task.name(), "what": last.task.to_string(),
                "detail": last.detail, "asked_by": first.asked_by,
            });
            writeln!(out, "{row}")?;
            continue;
        }
        rows.push(vec![
            id.to_string(),
            iso8601(first.time_ns, "Z").chars().take(19).collect(),
            last.step.word().to_owned(),
            if undoable { "yes" } else { "-" }.to_owned(),
            last.task.to_string(),
            first.asked_by.to_string(),
        ]);
    }
    if !flags.json {
        table::write(&mut out, &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(flags: &ShowFlags) -> anyhow::Result<ExitCode> {
    let records = records(&flags.place)?;
    let record = records.get(&flags.id);
    let record =
        record.ok_or_else(|| Errors(vec![format!("no action has the number {}", flags.id)]))?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", json!(record.lines))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (at, line) in record.lines.iter().enumerate() {
        let Line { time_ns, step, task, asked_by, detail, .. } = line;
        if at == 0 {
            writeln!(out, "action {}: {task}", flags.id)?;
        }
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        writeln!(out, "{}  {}{detail} ({asked_by})", iso8601(*time_ns, "Z"), step.word())?;
    }
    if record.undo().is_some() {
        writeln!(out, "`peregrine respond undo {}` takes it back", flags.id)?;
    }
    Ok(ExitCode::SUCCESS)
}
