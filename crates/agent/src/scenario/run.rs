//! Running a test file.

use std::path::Path;
use std::sync::Arc;

use peregrine_alert::Alert;
use peregrine_engine::Matching;
use peregrine_rules::{Loaded, RuleSet};
use peregrine_yaml::{self as yaml, Body, Node};

use super::capture;
use super::expect::expected;
use super::node::{Failure, Wrong, because, pairs, text, texts, wrong};
use super::play::Scene;
use super::rules::{load_rules, select};

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
    run_tests_of(file, folder, None)
}

/// Runs the tests of a file, with `capture` only those of that capture.
pub fn run_tests_of(file: &str, folder: &Path, capture: Option<&Path>) -> Verdict {
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
    for (name, test) in tests_of(&documents) {
        if capture.is_some() && !is_of(test, folder, capture) {
            continue;
        }
        verdict.tests += 1;
        if let Err(wrong) = one(test, folder) {
            verdict.failures.push(wrong.of(&name));
        }
    }
    verdict
}

/// The tests of a file, with their names.
pub(crate) fn tests_of(documents: &[Node]) -> Vec<(String, &Node)> {
    let mut found = Vec::new();
    for document in documents {
        let tests = match &document.body {
            Body::List(list) => list.as_slice(),
            _ => std::slice::from_ref(document),
        };
        found.extend(tests.iter().enumerate().map(|(index, test)| {
            let name = test.get("test").and_then(Node::scalar);
            (name.map_or_else(|| format!("test {}", index + 1), str::to_owned), test)
        }));
    }
    found
}

/// Whether a test is about a capture; without one, whether it is about any.
pub(crate) fn is_of(test: &Node, folder: &Path, capture: Option<&Path>) -> bool {
    let Some(named) = test.get("capture").and_then(Node::scalar) else { return false };
    let Some(capture) = capture else { return true };
    let named = folder.join(named);
    match (named.canonicalize(), capture.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => named == capture,
    }
}

const KEYS: [&str; 13] = [
    "test",
    "rules",
    "rule",
    "condition",
    "output",
    "process",
    "events",
    "capture",
    "expect",
    "true",
    "false",
    "diagnostics",
    "matching",
];

/// The rules of a test that is evaluated.
fn enabled_rules(test: &Node, mut loaded: Loaded) -> Result<(RuleSet, Matching), Wrong> {
    if let Some(error) = loaded.diagnostics.iter().find(|reported| reported.is_error()) {
        return wrong(test, format!("the rules have an error: {error}"));
    }
    select(test, &mut loaded)?;
    let matching = match test.get("matching").map(|node| (node, node.scalar())) {
        None | Some((_, Some("first"))) => Matching::First,
        Some((_, Some("all"))) => Matching::All,
        Some((node, _)) => return wrong(node, "matching is first or all"),
    };
    Ok((loaded.rules, matching))
}

/// The alerts of a test's capture.
pub(crate) fn captured(test: &Node, folder: &Path) -> Result<Vec<Arc<Alert>>, Wrong> {
    pairs(test, "a test", &KEYS)?;
    for key in ["events", "process", "true", "false", "diagnostics"] {
        if let Some((key_node, _)) = test.entry(key) {
            return wrong(
                key_node,
                format!("a test of a capture has no {key}: who does what is in the capture"),
            );
        }
    }
    let (rules, matching) = enabled_rules(test, load_rules(test, folder)?)?;
    let Some(node) = test.get("capture") else { return wrong(test, "the test has no capture") };
    let file = folder.join(text(node, "capture")?);
    capture::alerts_of(&file, rules, matching).or_else(|error| {
        let why = std::error::Error::source(&error).map(|why| format!(": {why}"));
        wrong(node, format!("{error}{}", why.unwrap_or_default()))
    })
}

fn one(test: &Node, folder: &Path) -> Result<(), Wrong> {
    pairs(test, "a test", &KEYS)?;
    if let Some(node) = test.get("capture") {
        let entries = capture::entries(test.get("expect"))?;
        if test.get("expect").is_none() {
            return wrong(
                node,
                "the test expects nothing: `expect: []` is no alert, and --update writes those there are",
            );
        }
        return capture::compare(node, &entries, &captured(test, folder)?);
    }
    let loaded = load_rules(test, folder)?;
    if let Some(reported) = test.get("diagnostics") {
        return mistakes(reported, &loaded);
    }
    let (rules, matching) = enabled_rules(test, loaded)?;
    let process = test.get("process");
    for (key, wanted) in [("true", true), ("false", false)] {
        let Some(node) = test.get(key) else { continue };
        let Body::List(list) = &node.body else {
            return wrong(node, format!("{key} is a list of events"));
        };
        for event in list {
            let event_alone = std::slice::from_ref(event);
            let scene = Scene::new(&rules, matching, process, event_alone)?;
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
    expected(expect, &Scene::new(&rules, matching, process, events)?)
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

    #[test]
    fn mistakes_have_their_place() {
        let check_process = |process: &str, expected: &str| {
            let file =
                format!("- condition: evt.type = close\n  true: [close]\n  process: {process}\n");
            check(&file, &[expected]);
        };
        check_process("cat", "3:12 a process is a map");
        check_process("{nam: cat}", "3:13 a process has no nam; did you mean name?");
        check_process("{name: a, name: b}", "3:22 name is there twice");
        check_process("{name: [a]}", "3:19 name must be a single value");
        check_process("{uid: root}", "3:18 uid is a number, not root");
        check_process("{user: 33}", "3:19 user is a name; its number is uid");
        check_process("{pid: -1}", "3:18 pid is a number, not -1");
        check_process("{ancestors: {name: x}}", "3:24 ancestors is a list");
        check_process("{ancestors: [{nam: x}]}", "3:26 an ancestor has no nam");
        check_process("{ancestors: [a, {pid: 1000}]}", "3:28 two processes have the pid 1000");
        check_process("{is_exe_writable: 1}", "3:30 is_exe_writable is true or false, not 1");
        check_process(
            "{cap_effective: [CAP_SYS_ADMN]}",
            "3:28 no capability is called CAP_SYS_ADMN; did you mean CAP_SYS_ADMIN?",
        );
        check_process("{duration: long}", "3:23 long is no duration");
        check_process("{fds: [x]}", "3:18 fds is a map");
        check_process("{fds: {a: /x}}", "3:19 a descriptor is a number, not a");
        check_process("{fds: {3: x}}", "3:22 a descriptor is a path");
        check_process("{fds: {3: 1.2.3.4->x}}", "3:22 a connection is written");
        check_process("{container: nginx}", "3:24 container is a map, or host");
        check_process(
            "{container: {imag: x}}",
            "3:25 a container has no imag; did you mean image?",
        );
        check_process("{container: {id: 123}}", "3:29 the id of a container has 12 or 64");
        check_process(
            "{container: {type: dockr}}",
            "3:31 the type of a container is one of docker, cri, ",
        );
        check_process("{container: {pod: web}}", "3:30 a pod is written NAMESPACE/NAME");
        check_process("{container: {mounts: [x]}}", "3:33 x is no mount");
        let head = "- condition: evt.type = close\n";
        let check_test =
            |rest: &str, expected: &str| check(&format!("{head}  {rest}\n"), &[expected]);
        check_test("true: [openat: /x]", "2:18 the parameters of an event are a map");
        check_test("true: [openat: {name: a, name: b}]", "2:28 name is there twice");
        check_test("matching: every", "2:13 matching is first or all");
        check_test("expect: []\n  expct: []", "3:3 a test has no expct; did you mean expect?");
        check_test(
            "events: [close]\n  expect: [{rul: it}]",
            "3:13 an expected alert has no rul; did you mean rule?",
        );
        check_test("events: [close]\n  expect: [{rule: it, fields: x}]", "3:31 fields is a map");
        check_test("rule: that\n  true: [close]", "2:9 no rule of this test is called that");
        check(
            "- rules: none.yaml\n  true: [close]\n",
            &["1:10 cannot read the rules file ./none.yaml"],
        );
        check(
            "- expect: [Pasword file read]\n  events: [close]\n",
            &[
                "1:12 no rule of this test is called Pasword file read; did you mean Password file read?",
            ],
        );
        check("- x\n", &["1:3 a test is a map"]);
    }
}
