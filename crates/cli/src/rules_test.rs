//! `peregrine rules test`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use peregrine_agent::scenario::{ConditionTree, Failure, run_tests_of, update};
use serde_json::json;

use crate::condition_tree;
use crate::rules::TestFlags;
use crate::rules_fmt::replace;
use crate::table::Paint;
use crate::terminal::counted;

/// How often files are looked at while watching.
const LOOK: Duration = Duration::from_millis(300);

pub(crate) fn run(flags: &TestFlags) -> anyhow::Result<ExitCode> {
    if flags.update {
        return update_all(flags);
    }
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
        let verdict = run_tests_of(&text, folder_of(file), flags.capture.as_deref());
        if let (0, Some(capture)) = (verdict.tests, &flags.capture) {
            anyhow::bail!(
                "{name}: no test has the capture {}; --update adds one",
                capture.display()
            );
        }
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

/// Writes the alerts of captures into the test files: only when all of them could be read, any is touched.
fn update_all(flags: &TestFlags) -> anyhow::Result<ExitCode> {
    if let Some(capture) = &flags.capture {
        std::fs::File::open(capture)
            .with_context(|| format!("cannot open the capture {}", capture.display()))?;
        anyhow::ensure!(flags.files.len() == 1, "--capture with --update takes one test file");
    }
    let rules = flags.rules.iter().map(|rule| rule.to_str().map(str::to_owned));
    let rules: Vec<String> =
        rules.collect::<Option<_>>().context("a path of rules is not UTF-8")?;
    let mut written = Vec::new();
    for file in &flags.files {
        let name = file.display();
        let before = match std::fs::read_to_string(file) {
            Ok(text) => text,
            // A new one is made.
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound && flags.capture.is_some() =>
            {
                String::new()
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read the tests {name}"));
            }
        };
        let updated = update(&before, folder_of(file), flags.capture.as_deref(), &rules);
        let updated = updated.map_err(|failure: Failure| {
            let Failure { line, column, test, message, .. } = failure;
            let test = if test.is_empty() { test } else { format!("{test}: ") };
            let place = if line > 0 { format!("{line}:{column}:") } else { String::new() };
            anyhow::anyhow!("{name}:{place} {test}{message}")
        })?;
        anyhow::ensure!(
            updated.tests > 0,
            "{name}: no test has a capture; --capture FILE adds one"
        );
        written.push((file, before != updated.text, updated));
    }
    let mut out = std::io::stdout().lock();
    for (file, changed, updated) in written {
        let name = file.display();
        if changed {
            let done = if file.exists() {
                replace(file, &updated.text)
            } else {
                std::fs::write(file, &updated.text)
            };
            done.with_context(|| format!("cannot write {name}"))?;
        }
        if flags.json {
            let row = json!({
                "file": name.to_string(), "tests": updated.tests, "alerts": updated.alerts,
                "changed": changed,
            });
            writeln!(out, "{row}")?;
        } else {
            let tests = counted(updated.tests as u64, "test");
            let alerts = counted(updated.alerts as u64, "alert");
            let done = if changed { "written" } else { "unchanged" };
            writeln!(out, "{name}: {done}: {tests}, {alerts}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
