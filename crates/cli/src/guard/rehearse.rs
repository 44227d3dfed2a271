//! `peregrine guard rehearse`: what policies would have denied.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::capture::Input;
use peregrine_agent::capture::rehearse::{Denied, rehearse};
use peregrine_agent::rules::SHIPPED;
use peregrine_guard::{Diagnostic, Policies};
use serde_json::json;

use super::check::{RuleNames, loaded, write_mistakes};
use crate::captures::progress;
use crate::moment::{Part, empty};
use crate::table::{self, Paint};
use crate::terminal::{clear, say};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Captures, in order: plain, gzip or zstd; - for stdin.
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    /// Policy files and folders; repeatable. Without one those we ship.
    #[arg(short, long = "policies", value_name = "FILE")]
    policies: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleNames,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    part: Part,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let shipped = [PathBuf::from(SHIPPED)];
    let files = if flags.policies.is_empty() { &shipped } else { flags.policies.as_slice() };
    let loaded = loaded(files, &flags.rules)?;
    if loaded.diagnostics.iter().any(Diagnostic::is_error) {
        write_mistakes(&mut std::io::stderr().lock(), &loaded.diagnostics)?;
        anyhow::bail!("the policies have mistakes: nothing is rehearsed");
    }
    let line = progress(false);
    let line = line.as_ref().map(|line| line as &dyn Fn(&_));
    let input = Input { files: flags.captures.clone(), progress: line };
    let rehearsed = rehearse(input, &loaded.policies, flags.part.window());
    clear(line.is_some());
    let rehearsed = rehearsed?;
    let mut denied: Vec<(&Denied, u64)> =
        rehearsed.denied.iter().map(|(denied, times)| (denied, *times)).collect();
    // By policy, what is most frequent first.
    denied.sort_by_key(|(denied, times)| (denied.policy, std::cmp::Reverse(*times)));
    write(flags.json, &loaded.policies, &denied)?;
    if let Some(span) = rehearsed.empty_window {
        say(empty(span));
    }
    if let Some(damage) = rehearsed.damage {
        return Err(damage.into());
    }
    Ok(if denied.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(as_json: bool, policies: &Policies, denied: &[(&Denied, u64)]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let name =
        |denied: &Denied| policies.policies.get(denied.policy).map_or("", |one| one.name.as_str());
    if as_json {
        for (denied, times) in denied {
            let row = json!({
                "policy": name(denied), "times": times, "call": denied.call, "process": denied.process,
                "object": denied.object,
            });
            writeln!(out, "{row}")?;
        }
        return Ok(());
    }
    let paint = Paint::stdout();
    if denied.is_empty() {
        return writeln!(out, "{}", paint.good("nothing would have been denied"));
    }
    let mut last = None;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (denied, times) in denied {
        if last.replace(denied.policy) != Some(denied.policy) {
            table::write(&mut out, &rows)?;
            rows.clear();
            writeln!(out, "{}", paint.bad(name(denied)))?;
        }
        let cell = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let mut row = vec![String::new(), times.to_string()];
        row.extend([&denied.call, &denied.process, &denied.object].map(|text| cell(text)));
        rows.push(row);
    }
    table::write(&mut out, &rows)
}
