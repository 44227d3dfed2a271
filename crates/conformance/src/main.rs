//! Inputs other people wrote, with real Falco's answers: how many of them we give too.
//!
//! `cargo xtask conformance [DIR]`: a folder of the shape of `../shared/conformance`, where parts may be
//! absent. [`HELP`] has the options.

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
mod parts;
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

use self::parts::Cases;

const HELP: &str = "\
cargo xtask conformance [DIR] [OPTION]...

Compares with the answers of real Falco. DIR: the conformance data [default: ../shared/conformance].

  --failures    also lists what fails
  --not-run     also lists what cannot be asked here, and why
  --only=KIND   asks one kind of cases; those of the rows, and face-live
  --update      writes a better result into tests/conformance.json
  --json        prints for programs
  --help        prints this

Exit code 1 where fewer cases pass than tests/conformance.json says.
";
/// Options without a value.
const SWITCHES: [&str; 4] = ["--failures", "--not-run", "--update", "--json"];

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
    if flags.iter().any(|flag| ["--help", "-h"].contains(flag)) {
        #[expect(clippy::print_stdout, reason = "a command line tool informs its user")]
        {
            print!("{HELP}");
        }
        return Ok(());
    }
    check_options(flags)?;
    let folder = flags
        .iter()
        .find(|flag| !flag.starts_with("--"))
        .map_or_else(|| root.join("../shared/conformance"), |folder| PathBuf::from(*folder));
    let has = |flag: &str| flags.contains(&flag);
    if !folder.is_dir() {
        bail!("{} is no folder: name the folder of conformance data", folder.display());
    }
    let deliberate = deliberate(root)?;
    let only = flags.iter().find_map(|flag| flag.strip_prefix("--only="));
    let cases = Cases { root, folder: &folder, only, deliberate: &deliberate };
    let counts = parts::run(&cases)?;
    print(&counts, has("--json"), has("--failures"), has("--not-run"));
    baseline(root, &counts, has("--update"))
}

/// Refuses options that there are not.
fn check_options(flags: &[&str]) -> Result<()> {
    let is_known = |flag: &&str| {
        !flag.starts_with('-') || SWITCHES.contains(flag) || flag.starts_with("--only=")
    };
    match flags.iter().find(|flag| !is_known(flag)) {
        Some(unknown) => bail!("there is no option {unknown}: --help lists them"),
        None => Ok(()),
    }
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
    fn options_are_checked() {
        let check = |flags: &[&str], expected: Option<&str>| {
            let error = check_options(flags).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected, "{flags:?}");
        };
        check(&["folder", "--only=suite face", "--failures", "--json"], None);
        check(&["--failure"], Some("there is no option --failure: --help lists them"));
        for switch in SWITCHES {
            check(&[switch], None);
            assert!(HELP.contains(&format!("  {switch} ")), "{switch}");
        }
    }

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
