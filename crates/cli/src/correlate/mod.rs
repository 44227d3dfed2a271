//! `peregrine correlate`: correlations of alerts, checked, tested, explained, and run over alerts that are there.

mod check;
mod explain;
mod run;
mod sources;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use peregrine_agent::rules::{RuleFile, SHIPPED, rule_files};
use peregrine_correlate::{Correlations, Loaded, SHIPPED_FILES, SourceText, load};

use crate::terminal::Errors;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every mistake in files of correlations, with its place.
    Check(check::Flags),
    /// Run tests of correlations: alerts in, expected findings out.
    Test(test::Flags),
    /// Say in words what correlations do.
    Explain(explain::Flags),
    /// Find what correlations find in alerts that are there, in order of time.
    Run(run::Flags),
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => check::run(flags),
        Command::Test(flags) => test::run(flags),
        Command::Explain(flags) => explain::run(flags),
        Command::Run(flags) => run::run(flags),
    }
}

/// The files of these paths: folders are expanded, `shipped` stands for those that come with Peregrine, as do no
/// paths at all.
fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let shipped = [PathBuf::from(SHIPPED)];
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for path in if paths.is_empty() { &shipped[..] } else { paths } {
        if path == Path::new(SHIPPED) {
            let files = SHIPPED_FILES.iter();
            found.extend(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
            continue;
        }
        match rule_files(std::slice::from_ref(path)) {
            Ok(files) => {
                found.extend(files.into_iter().map(|RuleFile { name, text, .. }| (name, text)));
            }
            Err(error) => missing.push(format!("{:#}", anyhow::Error::from(error))),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(Errors(missing).into()) }
}

fn load_all(files: &[(String, String)]) -> Loaded {
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    load(&sources)
}

/// Correlations without a mistake.
fn loaded(paths: &[PathBuf]) -> anyhow::Result<Correlations> {
    let loaded = load_all(&read(paths)?);
    if loaded.mistakes.is_empty() {
        return Ok(loaded.correlations);
    }
    Err(Errors(loaded.mistakes.iter().map(ToString::to_string).collect()).into())
}
