//! What is asked, in parts that do not wait for each other: they run at the same time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value as Json;

use super::scripts::Scripts;
use super::{
    Count, Outcome, conditions, converter, count_in, describe, event_types, every_field, face,
    face_suite, formatter, is_later, loader, parser, replay, script, scripts, transformers,
    validate, words,
};

/// What is counted of each kind.
pub(crate) type Counts = BTreeMap<&'static str, Count>;

/// The cases there are, and which of them are wanted.
pub(crate) struct Cases<'a> {
    /// This workspace.
    pub(crate) root: &'a Path,
    /// The conformance data.
    pub(crate) folder: &'a Path,
    /// The only kind that is wanted.
    pub(crate) only: Option<&'a str>,
    /// Deliberate differences.
    pub(crate) deliberate: &'a BTreeMap<String, String>,
}

impl Cases<'_> {
    fn wanted(&self, kind: &str) -> bool {
        self.only.is_none_or(|only| kind == only)
    }
}

/// Runs the cases of some kinds.
type Part = fn(&Cases<'_>) -> Result<Counts>;

/// Those that take longest first.
const PARTS: [Part; 7] = [faces, broad, every_field, oracle, stock, pieces, suite];

/// Runs all parts.
pub(crate) fn run(cases: &Cases<'_>) -> Result<Counts> {
    let done = std::thread::scope(|scope| {
        // All of them are started before the first is waited for.
        let running = PARTS.map(|part| scope.spawn(move || part(cases)));
        running.map(|part| part.join().unwrap_or_else(|_| Err(anyhow!("a part panicked"))))
    });
    let mut counts = Counts::new();
    for part in done {
        counts.extend(part?);
    }
    Ok(counts)
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

/// Cases that need no binary and no capture of a host: conditions, outputs, rule files, events of scripts.
fn pieces(cases: &Cases<'_>) -> Result<Counts> {
    let mut counts = Counts::new();
    for (kind, runner) in UNIT.iter().filter(|(kind, _)| cases.wanted(kind)) {
        let file = cases.folder.join("unit").join(format!("{kind}.json"));
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let data: Json = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let count = counts.entry(kind).or_default();
        for case in data["cases"].as_array().into_iter().flatten() {
            take(kind, case, *runner, cases.deliberate, count);
        }
    }
    scripted(cases, &mut counts)?;
    if cases.wanted(describe::KIND) {
        let count = counts.entry(describe::KIND).or_default();
        describe::run(cases.folder, &mut |name, outcome| {
            count_in(count, name, outcome, cases.deliberate);
        })?;
    }
    let page = cases.folder.join("../spec/falco-validate-cases.txt");
    if let (Ok(page), true) = (fs::read_to_string(page), cases.wanted("validate words")) {
        for case in words::cases(&page) {
            let name = format!("words:{}", case.name);
            let count = counts.entry("validate words").or_default();
            count_in(count, &name, words::run(&case), cases.deliberate);
        }
    }
    Ok(counts)
}

fn every_field(cases: &Cases<'_>) -> Result<Counts> {
    let mut counts = Counts::new();
    if cases.wanted(every_field::KIND) {
        let count = counts.entry(every_field::KIND).or_default();
        every_field::run(cases.folder, cases.deliberate, count)?;
    }
    Ok(counts)
}

/// What users of Falco see: cases that run the binary.
fn faces(cases: &Cases<'_>) -> Result<Counts> {
    let mut counts = Counts::new();
    let only = cases.only;
    let by_name = |kind: &str| face::BY_NAME.iter().find(|(name, _)| *name == kind);
    let wanted = |kind: &str| only.map_or_else(|| by_name(kind).is_none(), |only| only == kind);
    let areas: Vec<(&str, &'static str)> =
        face::AREAS.into_iter().filter(|(_, kind)| wanted(kind)).collect();
    let names: Vec<&str> = areas.iter().map(|(area, _)| *area).collect();
    let reports = face::run(cases.root, cases.folder, &names)?;
    for ((_, kind), report) in areas.iter().zip(reports) {
        let count = counts.entry(kind).or_default();
        for (name, passed) in report {
            let name = format!("face:{name}");
            if let Some(passed) = passed {
                count_in(count, &name, face::outcome(passed), cases.deliberate);
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
        face_suite::run(cases.root, &cases.folder.join("suite"), &mut |name, outcome| {
            count_in(count, name, outcome, cases.deliberate);
        })?;
    }
    Ok(counts)
}

/// Runs one case that needs the scripts it is part of.
type ScriptRunner = fn(&Scripts, &Json) -> Outcome;

/// Cases on the events of scripts, and on captures.
fn scripted(asked: &Cases<'_>, counts: &mut Counts) -> Result<()> {
    let Cases { folder, deliberate, .. } = *asked;
    let wanted = |kind: &str| asked.wanted(kind);
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

/// Captures with real Falco's alerts: of rules that match much.
fn broad(cases: &Cases<'_>) -> Result<Counts> {
    captures(cases, "falco broad")
}

/// The same of the official rules.
fn stock(cases: &Cases<'_>) -> Result<Counts> {
    captures(cases, "falco stock")
}

/// Captures with real Falco's alerts under one set of rules.
fn captures(cases: &Cases<'_>, kind: &str) -> Result<Counts> {
    let mut counts = Counts::new();
    let is_capture = |file: &&PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".scap") || name.ends_with(".scap.gz")
    };
    let answers = replay::Answers::of(cases.folder).into_iter();
    for answers in answers.filter(|answers| answers.kind == kind && cases.wanted(kind)) {
        for (from, with) in [("captures", "falco"), ("modern", "modern")] {
            for capture in files(&cases.folder.join(from)).iter().filter(is_capture) {
                answers.run(capture, &cases.folder.join(with), &mut |name, outcome| {
                    let count = counts.entry(answers.kind).or_default();
                    count_in(count, name, outcome, cases.deliberate);
                })?;
            }
        }
    }
    Ok(counts)
}

/// Captures with sysdig's lines.
fn oracle(cases: &Cases<'_>) -> Result<Counts> {
    let mut counts = Counts::new();
    if !cases.wanted("oracle lines") && !cases.wanted("oracle filters") {
        return Ok(counts);
    }
    for one in files(&cases.folder.join("oracle")).iter().filter(|one| one.is_dir()) {
        replay::oracle(one, &cases.folder.join("captures"), &mut |name, outcome| {
            let kind = if name == "oracle filters" { "oracle filters" } else { "oracle lines" };
            count_in(counts.entry(kind).or_default(), name, outcome, cases.deliberate);
        })?;
    }
    Ok(counts)
}

/// What is in a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Falco's own regression cases that need nothing but files.
fn suite(asked: &Cases<'_>) -> Result<Counts> {
    let mut counts = Counts::new();
    let folder = asked.folder.join("suite");
    let wanted = asked.wanted("suite validate") || asked.wanted("suite replay");
    let Some(text) = wanted.then(|| fs::read_to_string(folder.join("cases.json")).ok()).flatten()
    else {
        return Ok(counts);
    };
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
        count_in(counts.entry(kind).or_default(), &name, outcome, asked.deliberate);
    }
    Ok(counts)
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
