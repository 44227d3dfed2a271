//! `peregrine correlate test`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::rules::SHIPPED;
use peregrine_correlate::run_tests;
use serde_json::json;

use super::read;
use crate::table::Paint;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine correlate test my_tests.yaml\n\nA test file:\n  - test: five wrong passwords, then a right one\n    correlations: [my_correlations.yaml]\n    alerts:\n      - {rule: Wrong password, host: web-1, fields: {user.name: root}, count: 5, every: 2s}\n      - {rule: Login, host: web-1, fields: {user.name: root}}\n    expect:\n      - correlation: Password guessed\n        group: {user.name: root}\n        alerts: 6\n\nAn alert is a second behind the one before unless it says `at`. `arrives` is when a late one\ncomes. `correlations` may be the text itself; `shipped` are those we ship."
)]
pub(super) struct Flags {
    /// Test files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// As JSON, one object a failed test and one at the end.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let paint = Paint::stdout();
    let mut out = std::io::stdout().lock();
    let (mut tests, mut failed) = (0, 0);
    for file in &flags.files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the tests {name}"))?;
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let verdict = run_tests(&name, &text, &|named| {
            let path = if named == SHIPPED { PathBuf::from(named) } else { folder.join(named) };
            read(&[path]).map_err(|error| format!("{error:#}"))
        });
        anyhow::ensure!(
            verdict.tests + verdict.failures.len() > 0,
            "{name}: there is no test in it: a test is an entry `- test: NAME` (`peregrine correlate test --help`)"
        );
        tests += verdict.tests;
        failed += verdict.failures.len();
        for failure in &verdict.failures {
            let mistake = &failure.mistake;
            let (line, column) = (mistake.place.line, mistake.place.column);
            if flags.json {
                let row = json!({
                    "file": name, "line": line, "column": column,
                    "test": failure.test, "message": mistake.message(),
                });
                writeln!(out, "{row}")?;
            } else {
                let (failed, test) = (paint.bad("failed:"), &failure.test);
                let message = mistake.message();
                writeln!(out, "{name}:{line}:{column}: {failed} {test}\n  {message}")?;
            }
        }
    }
    if flags.json {
        writeln!(out, "{}", json!({"tests": tests, "failed": failed}))?;
    } else {
        let summary = format!("{tests} test(s), {failed} failed");
        writeln!(out, "{}", if failed > 0 { paint.bad(&summary) } else { paint.good(&summary) })?;
    }
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
