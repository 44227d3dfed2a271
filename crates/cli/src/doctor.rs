//! `peregrine doctor`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

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
    let able = checks.iter().all(|check| check.ok || !check.needed);
    let mut out = std::io::stdout().lock();
    if flags.json {
        let rows: Vec<_> = checks
            .iter()
            .map(|check| {
                json!({"name": check.name, "ok": check.ok, "needed": check.needed, "detail": check.detail})
            })
            .collect();
        writeln!(out, "{}", json!({"able": able, "checks": rows}))?;
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
        let verdict = if able {
            paint.good("Peregrine can watch this host.")
        } else {
            paint.bad("Peregrine cannot watch this host: see the lines marked NO.")
        };
        writeln!(out, "{verdict}")?;
    }
    Ok(if able { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
