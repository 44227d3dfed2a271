//! The pages of `tests/spec` are the manual of the rule language, and they run: every block marked
//! `yaml test` is a test file.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::path::{Path, PathBuf};

use peregrine_agent::scenario::run_tests;

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Those of correlations run in the crate that evaluates them.
            if path.file_name().is_some_and(|name| name != "correlations") {
                pages(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
}

fn root() -> PathBuf {
    peregrine_testkit::workspace().join("tests/spec")
}

/// Pages of what no text of rules makes.
const NOTHING_RUNS: [&str; 4] =
    ["README.md", "LOAD_ERR_FILE_READ.md", "LOAD_ENCODING.md", "LOAD_UNSAFE_NA_CHECK.md"];

#[test]
fn every_page_runs() {
    let mut found = Vec::new();
    pages(&root(), &mut found);
    let mut failures = Vec::new();
    let mut tests = 0;
    for page in &found {
        let text = std::fs::read_to_string(page).unwrap();
        let mut blocks = 0;
        let mut lines = text.lines().enumerate();
        while let Some((start, line)) = lines.next() {
            if line.trim() != "```yaml test" {
                continue;
            }
            let block: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            let verdict = run_tests(&block.join("\n"), page.parent().unwrap());
            blocks += 1;
            tests += verdict.tests;
            for failure in verdict.failures {
                failures.push(format!(
                    "{}:{}: {}: {}",
                    page.display(),
                    start + 1 + failure.line,
                    failure.test,
                    failure.message
                ));
            }
        }
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        if blocks == 0 && !NOTHING_RUNS.contains(&name.as_ref()) {
            failures.push(format!("{}: nothing on this page runs", page.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(tests > 100, "{tests} tests");
}

#[test]
fn every_word_of_the_language_has_a_page() {
    let operators = [
        "exists",
        "equals",
        "not-equals",
        "less",
        "less-or-equal",
        "greater",
        "greater-or-equal",
        "contains",
        "icontains",
        "bcontains",
        "startswith",
        "bstartswith",
        "endswith",
        "glob",
        "iglob",
        "regex",
        "in",
        "intersects",
        "pmatch",
        "modifiers",
    ];
    let transformers =
        ["tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt", "val"];
    let keys = [
        "list",
        "macro",
        "rule",
        "condition",
        "output",
        "priority",
        "source",
        "enabled",
        "tags",
        "exceptions",
        "override",
        "append",
        "warn_evttypes",
        "skip-if-unknown-filter",
        "required_engine_version",
        "required_plugin_versions",
    ];
    for (folder, names) in
        [("operators", &operators[..]), ("transformers", &transformers[..]), ("keys", &keys[..])]
    {
        for name in names {
            let page = root().join(folder).join(format!("{name}.md"));
            assert!(page.exists(), "{} is missing", page.display());
        }
    }
}
