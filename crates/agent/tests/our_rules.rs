//! What the rules we ship leave out, and what they must not: `tests/rules.yaml`.

use peregrine_agent::scenario::run_tests;

#[test]
fn who_is_excused_and_who_is_not() {
    let folder = peregrine_testkit::workspace().join("tests");
    let text = std::fs::read_to_string(folder.join("rules.yaml")).unwrap();
    let verdict = run_tests(&text, &folder);
    let reported: Vec<String> = verdict
        .failures
        .iter()
        .map(|failure| {
            format!("{}:{} {}: {}", failure.line, failure.column, failure.test, failure.message)
        })
        .collect();
    assert!(reported.is_empty(), "{}", reported.join("\n"));
    assert!(verdict.tests >= 15, "{}", verdict.tests);
}
