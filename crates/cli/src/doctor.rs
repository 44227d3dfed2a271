//! `peregrine doctor`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use peregrine_guard::{Act, Level};
use serde_json::{Value as Json, json};

use crate::table::{self, Paint};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  peregrine doctor\n  peregrine doctor --json")]
pub(crate) struct Flags {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Exit code 1 where Peregrine cannot watch this host.
pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let checks = peregrine_probe::doctor();
    let levels = levels();
    let able = checks.iter().all(|check| check.ok || !check.needed);
    let mut out = std::io::stdout().lock();
    if flags.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|check| {
                json!({"name": check.name, "ok": check.ok, "needed": check.needed, "detail": check.detail})
            })
            .collect();
        let of_acts: serde_json::Map<String, Json> = levels
            .iter()
            .map(|(act, levels)| {
                let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
                (act.name().to_owned(), names.into())
            })
            .collect();
        writeln!(out, "{}", json!({"able": able, "checks": rows, "levels": of_acts}))?;
    } else {
        let paint = Paint::stdout();
        let rows: Vec<Vec<String>> = checks
            .iter()
            .map(|check| {
                let mark = match (check.ok, check.needed) {
                    (true, _) => paint.good("yes"),
                    (false, true) => paint.bad("NO"),
                    (false, false) => paint.dim("no"),
                };
                vec![check.name.clone(), mark, check.detail.clone()]
            })
            .collect();
        table::write(&mut out, &rows)?;
        writeln!(out, "What policies can do about an act here (guard.md):")?;
        table::write(&mut out, &rows_of(&levels, paint))?;
        let verdict = if able {
            paint.good("Peregrine can watch this host.")
        } else {
            paint.bad("Peregrine cannot watch this host: see the lines marked NO.")
        };
        writeln!(out, "{verdict}")?;
    }
    Ok(if able { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Each act with the levels that this host offers, the surest first.
fn levels() -> Vec<(Act, Vec<Level>)> {
    let capabilities = peregrine_enforce::capabilities();
    Act::ALL.iter().map(|act| (*act, capabilities.of_act(*act).iter().collect())).collect()
}

/// Acts with the same levels are one line.
fn rows_of(levels: &[(Act, Vec<Level>)], paint: Paint) -> Vec<Vec<String>> {
    let mut lines: Vec<(&[Level], Vec<&str>)> = Vec::new();
    for (act, levels) in levels {
        match lines.iter_mut().find(|(same, _)| same == levels) {
            Some((_, acts)) => acts.push(act.name()),
            None => lines.push((levels, vec![act.name()])),
        }
    }
    let row = |(levels, acts): &(&[Level], Vec<&str>)| {
        let best = levels.first().map_or_else(String::new, |best| {
            let text = format!("{} ({})", best.name(), best.about());
            if best.prevents() { paint.good(&text) } else { text }
        });
        let below: Vec<&str> = levels.iter().skip(1).map(|level| level.name()).collect();
        let below =
            if below.is_empty() { String::new() } else { format!("else {}", below.join(", ")) };
        vec![acts.join(", "), best, below]
    };
    lines.iter().map(row).collect()
}
