//! Running a test file.

use std::path::Path;

use peregrine_engine::Matching;
use peregrine_rules::{Loaded, Options, SourceText, load};
use peregrine_yaml::{self as yaml, Body, Node};

use super::condition_tree::ConditionTree;
use super::expect::expected;
use super::node::{Wrong, because, pairs, text, texts, wrong};
use super::play::Scene;
use crate::rules::rule_files;

/// A failed test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Line in the test file.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// The test's name.
    pub test: String,
    /// What was expected, and what was found.
    pub message: String,
    /// The conditions that explain it.
    pub conditions: Vec<ConditionTree>,
}

/// The result of a test file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many tests there are.
    pub tests: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// Runs the tests of a file. Files that it names are looked up in `folder`.
pub fn run_tests(file: &str, folder: &Path) -> Verdict {
    let mut verdict = Verdict::default();
    let documents = match yaml::parse(file) {
        Ok(documents) => documents,
        Err(error) => {
            verdict.tests = 1;
            verdict.failures.push(Failure {
                line: error.place.line,
                column: error.place.column,
                test: String::new(),
                message: error.to_string(),
                conditions: Vec::new(),
            });
            return verdict;
        }
    };
    for document in &documents {
        let tests = match &document.body {
            Body::List(list) => list.as_slice(),
            _ => std::slice::from_ref(document),
        };
        for (index, test) in tests.iter().enumerate() {
            verdict.tests += 1;
            let name = test.get("test").and_then(Node::scalar);
            let name = name.map_or_else(|| format!("test {}", index + 1), str::to_owned);
            if let Err(wrong) = one(test, folder) {
                verdict.failures.push(Failure {
                    line: wrong.line,
                    column: wrong.column,
                    test: name,
                    message: wrong.message,
                    conditions: wrong.conditions,
                });
            }
        }
    }
    verdict
}

const KEYS: [&str; 11] = [
    "test",
    "rules",
    "condition",
    "output",
    "process",
    "events",
    "expect",
    "true",
    "false",
    "diagnostics",
    "matching",
];

fn one(test: &Node, folder: &Path) -> Result<(), Wrong> {
    pairs(test, "a test", &KEYS)?;
    let loaded = rules(test, folder)?;
    if let Some(reported) = test.get("diagnostics") {
        return mistakes(reported, &loaded);
    }
    if let Some(error) = loaded.diagnostics.iter().find(|reported| reported.is_error()) {
        return wrong(test, format!("the rules have an error: {error}"));
    }
    let matching = match test.get("matching").map(|node| (node, node.scalar())) {
        None | Some((_, Some("first"))) => Matching::First,
        Some((_, Some("all"))) => Matching::All,
        Some((node, _)) => return wrong(node, "matching is first or all"),
    };
    let process = test.get("process");
    for (key, wanted) in [("true", true), ("false", false)] {
        let Some(node) = test.get(key) else { continue };
        let Body::List(list) = &node.body else {
            return wrong(node, format!("{key} is a list of events"));
        };
        for event in list {
            let event_alone = std::slice::from_ref(event);
            let scene = Scene::new(&loaded.rules, matching, process, event_alone)?;
            match (scene.play().first(), wanted) {
                (None, true) => {
                    return because(event, "the condition is false here", scene.why_none());
                }
                (Some(raised), false) => {
                    let why = scene.why_raised(raised);
                    return because(event, "the condition is true here", why);
                }
                _ => {}
            }
        }
    }
    let Some(expect) = test.get("expect") else {
        let judged = test.get("true").or_else(|| test.get("false")).is_some();
        return if judged {
            Ok(())
        } else {
            wrong(test, "a test says what it expects: expect, true, false or diagnostics")
        };
    };
    let events = match test.get("events").map(|node| &node.body) {
        Some(Body::List(list)) => list.as_slice(),
        _ => return wrong(test, "expect needs events"),
    };
    expected(expect, &Scene::new(&loaded.rules, matching, process, events)?)
}

fn rules(test: &Node, folder: &Path) -> Result<Loaded, Wrong> {
    let mut files: Vec<(String, String)> = Vec::new();
    if let Some(node) = test.get("condition") {
        let output = test.get("output").and_then(Node::scalar).unwrap_or("hit");
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        files.push((
            "condition".to_owned(),
            format!(
                "- rule: it\n  desc: d\n  condition: {}\n  output: {}\n  priority: notice\n  warn_evttypes: false\n",
                quoted(text(node, "condition")?),
                quoted(output)
            ),
        ));
    }
    match test.get("rules").map(|node| (node, &node.body)) {
        Some((_, Body::Scalar(text))) => files.push(("rules".to_owned(), text.clone())),
        Some((node, Body::List(_))) => {
            for name in texts(node, "rules")? {
                match rule_files(&[folder.join(&name)]) {
                    Ok(read) => files.extend(read.into_iter().map(|file| (file.name, file.text))),
                    Err(error) => {
                        let why = std::error::Error::source(&error).map(|why| format!(": {why}"));
                        return wrong(node, format!("{error}{}", why.unwrap_or_default()));
                    }
                }
            }
        }
        Some((node, _)) => return wrong(node, "rules is a text or a list of files"),
        None if files.is_empty() => return wrong(test, "a test has rules or a condition"),
        None => {}
    }
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    Ok(load(&sources, &Options::default()))
}

/// `CODE line:column words`: each must be reported, and nothing else.
fn mistakes(node: &Node, loaded: &Loaded) -> Result<(), Wrong> {
    let reported: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|reported| {
            format!(
                "{} {}:{} {}",
                reported.code.name(),
                reported.place.line,
                reported.place.column,
                reported.kind
            )
        })
        .collect();
    let expected = texts(node, "diagnostics")?;
    if let Some(missing) =
        expected.iter().find(|line| !reported.iter().any(|reported| reported.starts_with(*line)))
    {
        return wrong(
            node,
            format!("not reported: {missing}\n  reported: {}", reported.join("\n            ")),
        );
    }
    if let Some(extra) =
        reported.iter().find(|reported| !expected.iter().any(|line| reported.starts_with(line)))
    {
        return wrong(node, format!("reported too: {extra}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expected: &[&str]) {
        let verdict = run_tests(file, Path::new("."));
        let reported: Vec<String> = verdict
            .failures
            .iter()
            .map(|failure| format!("{}:{} {}", failure.line, failure.column, failure.message))
            .collect();
        assert_eq!(reported.len(), expected.len(), "{reported:?}");
        for (reported, expected) in reported.iter().zip(expected) {
            assert!(reported.starts_with(expected), "{reported}\nexpected {expected}");
        }
    }

    #[test]
    fn tests_come_out_or_say_why() {
        let head = "- test: t\n  condition: evt.type = openat and fd.name = /etc/shadow\n  output: \"%proc.name %fd.name\"\n";
        check(
            &format!(
                "{head}  true: [openat: {{name: /etc/shadow}}]\n  false: [openat: {{name: /x}}, close]\n"
            ),
            &[],
        );
        check(
            &format!("{head}  true: [openat: {{name: /x}}]\n"),
            &["4:10 the condition is false here"],
        );
        check(
            &format!(
                "{head}  events: [openat: {{name: /etc/shadow}}]\n  expect: [{{rule: it, output: cat /etc/shadow}}]\n"
            ),
            &[],
        );
        check(&format!("{head}  events: [close]\n  expect: [it]\n"), &["5:12 no alert of it here"]);
        check(
            &format!("{head}  events: [openat: {{nam: x}}]\n  expect: []\n"),
            &["4:21 openat has no parameter nam; it has fd, dirfd, name"],
        );
        check(
            &format!("{head}  events: [nosuch]\n  expect: []\n"),
            &["4:12 no event is called nosuch"],
        );
        check("- condition: evt.typ = x\n  true: [close]\n", &["1:3 the rules have an error"]);
        check(
            "- condition: evt.type = x\n  diagnostics: [LOAD_ERR_COMPILE_CONDITION 3:99 unknown event type x]\n",
            &["2:16 not reported"],
        );
        check("- test: [\n", &["1:9"]);
    }
}
