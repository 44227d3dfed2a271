//! `peregrine correlate check`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::rules::DEFAULT_RULES;
use peregrine_event::names::{distance, nearest};
use serde_json::json;

use super::{load_all, read};
use crate::table::Paint;
use crate::terminal::{counted, say};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:\n  0  no mistake\n  1  mistakes, or a file cannot be read\n\nExamples:\n  peregrine correlate check my_correlations.yaml\n  peregrine correlate check correlations.d --json"
)]
pub(super) struct Flags {
    /// Files and folders of correlations; all of them are one set. Without one those we ship.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// As JSON, one object a mistake and one at the end.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let files = read(&flags.files)?;
    let loaded = load_all(&files);
    let mut out = std::io::stdout().lock();
    let paint = Paint::stdout();
    for mistake in &loaded.mistakes {
        if flags.json {
            let row = json!({
                "file": mistake.file, "line": mistake.place.line, "column": mistake.place.column,
                "message": mistake.message(),
            });
            writeln!(out, "{row}")?;
        } else {
            let text = mistake.to_string();
            writeln!(out, "{}", text.replacen(" error:", &format!(" {}", paint.bad("error:")), 1))?;
        }
    }
    for (name, file, line) in &loaded.rules {
        if let Some(shipped) = misspelled(name) {
            say(format!(
                "{file}:{line}: no shipped rule is called `{name}`; did you mean `{shipped}`?"
            ));
        }
    }
    let (mistakes, correlations) = (loaded.mistakes.len(), loaded.correlations.items.len());
    if flags.json {
        let row =
            json!({ "files": files.len(), "correlations": correlations, "mistakes": mistakes });
        writeln!(out, "{row}")?;
    } else {
        let summary = [(files.len(), "file"), (correlations, "correlation"), (mistakes, "mistake")];
        let summary = summary.map(|(count, noun)| counted(count as u64, noun)).join(", ");
        let painted = if mistakes > 0 { paint.bad(&summary) } else { paint.good(&summary) };
        writeln!(out, "{painted}")?;
    }
    Ok(if mistakes > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The shipped rule whose name is nearly this one.
fn misspelled(name: &str) -> Option<&'static str> {
    let lines = DEFAULT_RULES.iter().flat_map(|(_, text)| text.lines());
    let names: Vec<&str> = lines.filter_map(|line| line.strip_prefix("- rule: ")).collect();
    let near = nearest(name, names.iter().copied())?;
    (near != name && distance(near, name) <= 3).then_some(near)
}
