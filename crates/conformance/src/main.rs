//! Inputs other people wrote, with real Falco's answers: how many of them we give too.
//!
//! `cargo xtask conformance [DIR]`: a folder of the shape of `../shared/conformance`, where parts may be
//! absent. `--failures` lists what fails, `--not-run` what cannot be asked and why, `--only=KIND` runs one
//! kind, `--update` writes a better result into `tests/conformance.json`, `--json` prints for programs.

mod conditions;
mod converter;
mod describe;
mod event_types;
mod every_field;
mod face;
mod face_suite;
mod formatter;
mod loader;
mod parser;
mod replay;
mod script;
mod scripts;
mod strict;
mod transformers;
mod validate;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value as Json, json};

use self::scripts::Scripts;

/// How one case went.
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// Not required: true only of a later Falco.
    Later,
}

/// What is counted of one kind of cases.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Count {
    cases: usize,
    passed: usize,
    failed: usize,
    deliberate: usize,
    /// What cannot be asked here, each with why.
    not_run: Vec<String>,
    failures: Vec<String>,
}

/// Runs one case of a file.
type Runner = fn(&Json) -> Outcome;

/// The files of `unit/` and who runs their cases.
const UNIT: &[(&str, Runner)] = &[
    ("parser", parser::case),
    ("ast_string", parser::ast_string),
    ("filter_escaping", parser::escaping),
    ("filter_compile", conditions::case),
    ("condition_event_types", event_types::case),
    ("transformers", transformers::case),
    ("formatter", formatter::case),
    ("rule_loader", loader::case),
    ("scap_converter", converter::case),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&peregrine_testkit::workspace(), &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a command line tool informs its user")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, flags: &[&str]) -> Result<()> {
    let folder = flags
        .iter()
        .find(|flag| !flag.starts_with("--"))
        .map_or_else(|| root.join("../shared/conformance"), |folder| PathBuf::from(*folder));
    let has = |flag: &str| flags.contains(&flag);
    if !folder.is_dir() {
        bail!("{} is no folder: name the folder of conformance data", folder.display());
    }
    let deliberate = deliberate(root)?;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let only = flags.iter().find_map(|flag| flag.strip_prefix("--only="));
    let wanted = |kind: &str| only.is_none_or(|only| kind == only);
    for (kind, runner) in UNIT.iter().filter(|(kind, _)| wanted(kind)) {
        let file = folder.join("unit").join(format!("{kind}.json"));
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let data: Json = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let count = counts.entry(kind).or_default();
        for case in data["cases"].as_array().into_iter().flatten() {
            take(kind, case, *runner, &deliberate, count);
        }
    }
    scripted(&folder, &wanted, &deliberate, &mut counts)?;
    if wanted("suite validate") || wanted("suite replay") {
        suite(&folder, &deliberate, &mut counts)?;
    }
    if ["falco broad", "falco stock", "oracle lines", "oracle filters"]
        .iter()
        .any(|kind| wanted(kind))
    {
        captures(&folder, &deliberate, &mut counts)?;
    }
    if wanted(every_field::KIND) {
        every_field::run(&folder, &deliberate, counts.entry(every_field::KIND).or_default())?;
    }
    if wanted(describe::KIND) {
        let count = counts.entry(describe::KIND).or_default();
        describe::run(&folder, &mut |name, outcome| count_in(count, name, outcome, &deliberate))?;
    }
    faces(root, &folder, only, &deliberate, &mut counts)?;
    let page = folder.join("../spec/falco-validate-cases.txt");
    if let (Ok(page), true) = (fs::read_to_string(page), wanted("validate words")) {
        for case in words::cases(&page) {
            let name = format!("words:{}", case.name);
            let count = counts.entry("validate words").or_default();
            count_in(count, &name, words::run(&case), &deliberate);
        }
    }
    print(&counts, has("--json"), has("--failures"), has("--not-run"));
    baseline(root, &counts, has("--update"))
}

/// What users of Falco see: cases that run the binary.
fn faces(
    root: &Path,
    folder: &Path,
    only: Option<&str>,
    deliberate: &BTreeMap<String, String>,
    counts: &mut BTreeMap<&str, Count>,
) -> Result<()> {
    let by_name = |kind: &str| face::BY_NAME.iter().find(|(name, _)| *name == kind);
    let wanted = |kind: &str| only.map_or_else(|| by_name(kind).is_none(), |only| only == kind);
    let areas: Vec<(&str, &str)> =
        face::AREAS.into_iter().filter(|(_, kind)| wanted(kind)).collect();
    let names: Vec<&str> = areas.iter().map(|(area, _)| *area).collect();
    for ((_, kind), report) in areas.iter().zip(face::run(root, folder, &names)?) {
        let count = counts.entry(kind).or_default();
        for (name, passed) in report {
            let name = format!("face:{name}");
            if let Some(passed) = passed {
                count_in(count, &name, face::outcome(passed), deliberate);
            } else {
                let why = "it needs a plugin, or is one of face-live";
                count.not_run.push(format!("{name}: {why}"));
            }
        }
    }
    if only.is_none() {
        for (kind, why) in face::BY_NAME {
            let why = format!("{kind}: not run, {why}: --only={kind} runs it");
            counts.entry(kind).or_default().not_run.push(why);
        }
    }
    if wanted(face_suite::KIND) {
        let count = counts.entry(face_suite::KIND).or_default();
        face_suite::run(root, &folder.join("suite"), &mut |name, outcome| {
            count_in(count, name, outcome, deliberate);
        })?;
    }
    Ok(())
}

/// Runs one case that needs the scripts it is part of.
type ScriptRunner = fn(&Scripts, &Json) -> Outcome;

/// Cases on the events of scripts, and on captures.
fn scripted(
    folder: &Path,
    wanted: &dyn Fn(&str) -> bool,
    deliberate: &BTreeMap<String, String>,
    counts: &mut BTreeMap<&str, Count>,
) -> Result<()> {
    let unit = folder.join("unit");
    let cases = |kind: &str| -> Result<Vec<Json>> {
        let file = unit.join(format!("{kind}.json"));
        let Ok(text) = fs::read_to_string(&file) else { return Ok(Vec::new()) };
        let data: Json = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        Ok(data["cases"].as_array().cloned().unwrap_or_default())
    };
    let kinds: [(&str, ScriptRunner); 3] = [
        ("filter_eval", scripts::filter),
        ("field_values", scripts::field),
        ("filter_eval_execve_empty_params", scripts::empty_params),
    ];
    if let Ok(scripts) = Scripts::read(&unit) {
        for (kind, runner) in kinds.into_iter().filter(|(kind, _)| wanted(kind)) {
            for case in cases(kind)? {
                let name = format!(
                    "{kind}:{}:{}:{}",
                    case["test"].as_str().unwrap_or("?"),
                    case["line"],
                    case["step"]
                );
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    runner(&scripts, &case)
                }))
                .unwrap_or_else(|_| Outcome::Failed("panic".to_owned()));
                count_in(counts.entry(kind).or_default(), &name, outcome, deliberate);
            }
        }
    }
    if let Ok(helpers) = script::Helpers::read(&unit) {
        let kinds = ["event_scripts", "other_scripts", "falco_unit_scripts"];
        for kind in kinds.into_iter().filter(|kind| wanted(kind)) {
            let count = counts.entry(kind).or_default();
            for case in cases(kind)?.iter().filter(|case| !is_later(case)) {
                let test = case["test"].as_str().unwrap_or("?");
                script::run(&helpers, case, &mut |line, verdict| {
                    let name = format!("{kind}:{test}:{line}");
                    let outcome = match verdict {
                        script::Verdict::Passed => Outcome::Passed,
                        script::Verdict::Failed(why) => Outcome::Failed(why),
                        script::Verdict::NotRun(why) => {
                            return count.not_run.push(format!("{name}: not run: {why}"));
                        }
                    };
                    count_in(count, &name, outcome, deliberate);
                });
            }
        }
    }
    let kind = "scap_file_expectations";
    for case in if wanted(kind) { cases(kind)? } else { Vec::new() } {
        let name = format!("{kind}:{}:{}", case["test"].as_str().unwrap_or("?"), case["line"]);
        let outcome = converter::file_case(folder, &case);
        count_in(counts.entry(kind).or_default(), &name, outcome, deliberate);
    }
    Ok(())
}

/// Captures with real Falco's alerts and sysdig's lines.
fn captures(
    folder: &Path,
    deliberate: &BTreeMap<String, String>,
    counts: &mut BTreeMap<&str, Count>,
) -> Result<()> {
    let files = |name: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.sort();
        files
    };
    let is_capture = |file: &&PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".scap") || name.ends_with(".scap.gz")
    };
    for answers in replay::Answers::of(folder) {
        for (from, with) in [("captures", "falco"), ("modern", "modern")] {
            for capture in files(from).iter().filter(is_capture) {
                answers.run(capture, &folder.join(with), &mut |name, outcome| {
                    count_in(counts.entry(answers.kind).or_default(), name, outcome, deliberate);
                })?;
            }
        }
    }
    for one in files("oracle").iter().filter(|one| one.is_dir()) {
        replay::oracle(one, &folder.join("captures"), &mut |name, outcome| {
            let kind = if name == "oracle filters" { "oracle filters" } else { "oracle lines" };
            count_in(counts.entry(kind).or_default(), name, outcome, deliberate);
        })?;
    }
    Ok(())
}

/// Falco's own regression cases that need nothing but files.
fn suite(
    folder: &Path,
    deliberate: &BTreeMap<String, String>,
    counts: &mut BTreeMap<&str, Count>,
) -> Result<()> {
    let folder = folder.join("suite");
    let Ok(text) = fs::read_to_string(folder.join("cases.json")) else { return Ok(()) };
    let data: Json = serde_json::from_str(&text).context("suite/cases.json")?;
    let cases = data["cases"].as_array().or_else(|| data.as_array());
    for case in cases.into_iter().flatten() {
        // A flag that is gone has another way of saying it beside it; where the lines are known, the
        // configuration they are written with is read.
        let met = |need: &Json| {
            (need == "removed_flag" && case["args_modern"].is_array())
                || (need == "config" && case["observed_0_44_1"]["strict_lines"].is_string())
        };
        let needs = case["needs"].as_array().is_some_and(|needs| !needs.iter().all(met));
        if needs || case["observed_0_44_1"].is_null() {
            continue;
        }
        let (kind, runner): (&str, fn(&Path, &Json) -> Outcome) = match case["kind"].as_str() {
            Some("validate") => ("suite validate", validate::case),
            Some("replay") => ("suite replay", |suite, case| {
                replay::suite_case(suite, &suite.join("../captures"), case)
            }),
            _ => continue,
        };
        let bare = kind.strip_prefix("suite ").unwrap_or(kind);
        let name = format!(
            "{bare}:{}",
            case["name"].as_str().or_else(|| case["id"].as_str()).unwrap_or("?")
        );
        let outcome = std::panic::catch_unwind(|| runner(&folder, case))
            .unwrap_or_else(|_| Outcome::Failed("panic".to_owned()));
        count_in(counts.entry(kind).or_default(), &name, outcome, deliberate);
    }
    Ok(())
}

fn take(
    kind: &str,
    case: &Json,
    runner: Runner,
    deliberate: &BTreeMap<String, String>,
    count: &mut Count,
) {
    let name = format!("{kind}:{}:{}", case["test"].as_str().unwrap_or("?"), case["line"]);
    let outcome = std::panic::catch_unwind(|| runner(case))
        .unwrap_or_else(|_| Outcome::Failed("panic".to_owned()));
    count_in(count, &name, outcome, deliberate);
}

fn count_in(
    count: &mut Count,
    name: &str,
    outcome: Outcome,
    deliberate: &BTreeMap<String, String>,
) {
    match outcome {
        Outcome::Later => return,
        Outcome::Passed => count.passed += 1,
        Outcome::Failed(_) if deliberate.contains_key(name) => count.deliberate += 1,
        Outcome::Failed(why) => {
            count.failed += 1;
            count.failures.push(format!("{name}: {why}"));
        }
    }
    count.cases += 1;
}

/// A case a later Falco changed.
pub(crate) fn is_later(case: &Json) -> bool {
    case["since"] == "master"
}

/// Says what was expected and what came.
pub(crate) fn compare<T: PartialEq + std::fmt::Debug>(got: &T, expected: &T) -> Outcome {
    if got == expected {
        Outcome::Passed
    } else {
        Outcome::Failed(format!("expected {expected:?}, got {got:?}"))
    }
}

#[expect(clippy::print_stdout, reason = "a command line tool informs its user")]
fn print(counts: &BTreeMap<&str, Count>, as_json: bool, failures: bool, not_run: bool) {
    if as_json {
        let rows: serde_json::Map<String, Json> = counts
            .iter()
            .map(|(kind, count)| {
                let row = json!({
                    "cases": count.cases, "passed": count.passed,
                    "failed": count.failed, "deliberate": count.deliberate,
                    "not_run": count.not_run.len(),
                    "failures": count.failures,
                });
                ((*kind).to_owned(), row)
            })
            .collect();
        println!("{}", Json::Object(rows));
        return;
    }
    println!(
        "{:<32} {:>8} {:>8} {:>7} {:>11} {:>8}",
        "kind", "cases", "passed", "failed", "deliberate", "not run"
    );
    for (kind, count) in counts {
        println!(
            "{kind:<32} {:>8} {:>8} {:>7} {:>11} {:>8}",
            count.cases,
            count.passed,
            count.failed,
            count.deliberate,
            count.not_run.len()
        );
    }
    if failures {
        for failure in counts.values().flat_map(|count| &count.failures) {
            println!("{failure}");
        }
    }
    if not_run {
        for why in counts.values().flat_map(|count| &count.not_run) {
            println!("{why}");
        }
    }
}

/// Deliberate differences: the case, and the line of `docs/differences.md` that says why. A line
/// of the page names its cases as `case kind:test:line`.
fn deliberate(root: &Path) -> Result<BTreeMap<String, String>> {
    let page = fs::read_to_string(root.join("docs/differences.md"))?;
    let mut cases = BTreeMap::new();
    for line in page.lines() {
        for word in line.split("case `").skip(1) {
            if let Some((case, _)) = word.split_once('`') {
                cases.insert(case.to_owned(), line.to_owned());
            }
        }
    }
    Ok(cases)
}

/// The best result so far may only get better.
fn baseline(root: &Path, counts: &BTreeMap<&str, Count>, update: bool) -> Result<()> {
    let path = root.join("tests/conformance.json");
    let old: BTreeMap<String, usize> = match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).context("tests/conformance.json")?,
        Err(_) => BTreeMap::new(),
    };
    let mut new = old.clone();
    let mut worse = Vec::new();
    for (kind, count) in counts {
        let good = count.passed + count.deliberate;
        let before = old.get(*kind).copied().unwrap_or(0);
        // A folder with other cases says nothing about ours.
        if good < before && count.cases >= before {
            worse.push(format!("{kind}: {good}, it was {before}"));
        }
        new.insert((*kind).to_owned(), good.max(before));
    }
    if !worse.is_empty() {
        bail!("fewer cases pass than before: {}", worse.join("; "));
    }
    if update && new != old {
        fs::create_dir_all(root.join("tests"))?;
        fs::write(&path, serde_json::to_string_pretty(&new)? + "\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_less_than_before() {
        if peregrine_testkit::conformance("nothing_passes_less_than_before").is_none() {
            return;
        }
        let root = peregrine_testkit::workspace();
        let folder = peregrine_testkit::conformance("nothing_passes_less_than_before").unwrap();
        run(&root, &[&folder.display().to_string(), "--json"]).unwrap();
    }
}
