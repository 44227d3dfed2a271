//! `peregrine rules test`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use peregrine_agent::scenario::{ConditionTree, run_tests};
use serde_json::json;

use crate::condition_tree;
use crate::rules::TestFlags;
use crate::table::Paint;

/// How often files are looked at while watching.
const LOOK: Duration = Duration::from_millis(300);

pub(crate) fn run(flags: &TestFlags) -> anyhow::Result<ExitCode> {
    loop {
        let seen = times(&flags.files);
        let failed = once(flags)?;
        if !flags.watch {
            return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        while times(&flags.files) == seen {
            std::thread::sleep(LOOK);
        }
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// When each file beside the tests changed last.
fn times(files: &[PathBuf]) -> BTreeMap<PathBuf, SystemTime> {
    files
        .iter()
        .flat_map(|file| std::fs::read_dir(folder_of(file)).into_iter().flatten().flatten())
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.modified().ok()?)))
        .collect()
}

/// Whether a test failed.
fn once(flags: &TestFlags) -> anyhow::Result<bool> {
    let paint = Paint::stdout();
    let mut out = std::io::stdout().lock();
    let (mut tests, mut failed) = (0, 0);
    for file in &flags.files {
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the tests {name}"))?;
        let verdict = run_tests(&text, folder_of(file));
        anyhow::ensure!(
            verdict.tests + verdict.failures.len() > 0,
            "{name}: there is no test in it: a test is an entry `- test: NAME` (`peregrine rules test --help`)"
        );
        tests += verdict.tests;
        failed += verdict.failures.len();
        for failure in &verdict.failures {
            if flags.json {
                let row = json!({
                    "file": name.to_string(), "line": failure.line, "column": failure.column,
                    "test": failure.test, "message": failure.message,
                    "conditions": failure.conditions.iter().map(ConditionTree::json).collect::<Vec<_>>(),
                });
                writeln!(out, "{row}")?;
            } else {
                let place = format!("{name}:{}:{}", failure.line, failure.column);
                writeln!(
                    out,
                    "{place}: {} {}\n  {}",
                    paint.bad("failed:"),
                    failure.test,
                    failure.message
                )?;
                for tree in &failure.conditions {
                    condition_tree::write(&mut out, paint, tree)?;
                }
            }
        }
    }
    if flags.json {
        writeln!(out, "{}", json!({"tests": tests, "failed": failed}))?;
    } else {
        let summary = format!("{tests} test(s), {failed} failed");
        writeln!(out, "{}", if failed > 0 { paint.bad(&summary) } else { paint.good(&summary) })?;
    }
    Ok(failed > 0)
}
