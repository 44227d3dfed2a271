//! `peregrine journal export`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_journal::{Query, search};

use super::{Place, Wanted, json_line, unreadable};
use crate::terminal::{complain, counted, say};

#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    place: Place,
    /// Into this file instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    wanted: Wanted,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let condition = flags.wanted.condition()?;
    let storage = flags.place.open(&flags.place.config()?)?;
    let (start_ns, end_ns) = flags.wanted.times(&storage)?;
    let query = Query { condition: condition.as_ref(), start_ns, end_ns, ..Query::default() };
    let target =
        flags.write.as_ref().map_or_else(|| "stdout".to_owned(), |path| path.display().to_string());
    let out: Box<dyn Write> = match &flags.write {
        Some(path) => {
            let file = File::create(path);
            Box::new(file.with_context(|| format!("cannot write {target}"))?)
        }
        None => Box::new(std::io::stdout().lock()),
    };
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let mut done = Ok(());
    let found = search(&storage, &query, &mut |entry| {
        if let Some(error) = unreadable(&entry) {
            complain(error);
        } else if let Ok(alert) = &entry.alert {
            done = writeln!(out, "{}", json_line(entry.number, alert));
        }
        done.is_ok()
    })?;
    done.and_then(|()| out.flush()).with_context(|| format!("cannot write {target}"))?;
    if flags.write.is_some() {
        say(format_args!("{} written to {target}", counted(found.found, "alert")));
    }
    Ok(ExitCode::SUCCESS)
}
