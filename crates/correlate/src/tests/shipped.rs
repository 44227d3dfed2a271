//! The correlations we ship, and the pages of the manual, which run.

use std::path::{Path, PathBuf};

use crate::{SHIPPED_FILES, run_tests};

fn read(folder: &Path, name: &str) -> Result<Vec<(String, String)>, String> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    Ok(vec![(name.to_owned(), text)])
}

#[test]
fn shipped_correlations_find_what_they_should() {
    let root = peregrine_testkit::workspace();
    let mut names: Vec<String> = std::fs::read_dir(root.join("rules/correlations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let shipped: Vec<&str> =
        SHIPPED_FILES.iter().map(|(name, _)| name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, shipped, "every file of rules/correlations is shipped");

    let text = std::fs::read_to_string(root.join("tests/correlations.yaml")).unwrap();
    let verdict =
        run_tests("tests/correlations.yaml", &text, &|name| read(&root.join("tests"), name));
    let failures: Vec<String> = verdict
        .failures
        .iter()
        .map(|failure| format!("{}: {}", failure.test, failure.mistake))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let mut without = 0;
    for (name, text) in SHIPPED_FILES {
        let titles = text.lines().filter_map(|line| line.strip_prefix("title: "));
        for title in titles {
            let tests = std::fs::read_to_string(root.join("tests/correlations.yaml")).unwrap();
            let only = format!("only: {title}\n");
            let quoted = format!("only: \"{title}\"\n");
            let count = tests.matches(&only).count() + tests.matches(&quoted).count();
            assert!(count >= 2, "{name}: {title} needs a stream that fires and one that does not");
            without += 1;
        }
    }
    assert!(without >= 30, "{without} correlations");
}

#[test]
fn every_page_of_the_manual_runs() {
    let folder = peregrine_testkit::workspace().join("tests/spec/correlations");
    let mut pages: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(pages.len() >= 8, "{pages:?}");
    let mut failures = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        let mut tests = 0;
        let mut lines = text.lines().enumerate();
        while let Some((start, line)) = lines.next() {
            if line.trim() != "```yaml correlation test" {
                continue;
            }
            let block: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            let verdict = run_tests("block", &block.join("\n"), &|name| read(&folder, name));
            tests += verdict.tests;
            for failure in verdict.failures {
                let line = start + 1 + failure.mistake.place.line;
                let (test, message) = (failure.test, failure.mistake.message());
                failures.push(format!("{}:{line}: {test}: {message}", page.display()));
            }
        }
        if tests == 0 {
            failures.push(format!("{}: nothing on this page runs", page.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
