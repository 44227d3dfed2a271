//! `falco fields`: every field of every event of captures, value by value.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use peregrine_config::load as load_config;
use serde_json::Value as Json;

use super::{Count, replay};

/// The kind it counts as; a deliberate difference is called `falco fields:FIELD`.
pub(crate) const KIND: &str = "falco fields";
/// What a run of the answers was asked for, and with it ours.
const OPTIONS: &[&str] = &[
    "load_plugins=[]",
    "json_include_output_property=false",
    "json_include_tags_property=false",
    "rule_matching=all",
    "base_syscalls.all=true",
];
/// The machine's own.
const LEFT_OUT: &str = "evt.hostname";
/// So many differing values are shown of a field.
const EXAMPLES: usize = 2;

/// How one field went.
#[derive(Default)]
struct Field {
    equal: usize,
    differing: usize,
    examples: Vec<String>,
}

/// Compares the answers of a folder; a failure line per field.
pub(crate) fn run(
    folder: &Path,
    deliberate: &BTreeMap<String, String>,
    count: &mut Count,
) -> Result<()> {
    let answers = folder.join("fields");
    let entries = std::fs::read_dir(&answers).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".jsonl.gz"));
    files.sort();
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    let mut progress = Progress { of: files.len(), ..Progress::default() };
    for file in &files {
        let stem = file.file_name().unwrap_or_default().to_string_lossy().replace(".jsonl.gz", "");
        progress.show(&stem);
        let capture = ["captures", "modern"]
            .iter()
            .flat_map(|part| {
                ["scap", "scap.gz"].map(|end| folder.join(part).join(format!("{stem}.{end}")))
            })
            .find(|capture| capture.is_file());
        let Some(capture) = capture else { continue };
        let own = answers.join(format!("fields-{stem}.yaml"));
        let rules = if own.is_file() { own } else { answers.join("fields.yaml") };
        if rules.is_file() {
            compare(&stem, &capture, rules, file, &mut fields).with_context(|| stem.clone())?;
        }
        progress.done += 1;
    }
    Progress::end();
    for (name, field) in fields {
        count.cases += field.equal + field.differing;
        count.passed += field.equal;
        let case = format!("{KIND}:{name}");
        if field.differing == 0 {
        } else if deliberate.contains_key(&case) {
            count.deliberate += field.differing;
        } else {
            count.failed += field.differing;
            let examples = field.examples.join("; ");
            count.failures.push(format!("{case}: {} values differ: {examples}", field.differing));
        }
    }
    Ok(())
}

/// Compares one capture: events are found by their number.
fn compare(
    stem: &str,
    capture: &Path,
    rules: PathBuf,
    answers: &Path,
    fields: &mut BTreeMap<String, Field>,
) -> Result<()> {
    let options: Vec<String> = OPTIONS.iter().map(|&option| option.to_owned()).collect();
    let mut config = load_config(None, &options)?.config;
    config.rules_files = vec![rules];
    let file = replay::alerts(capture, config)?;
    let file = file.context("the rules of the fields do not load")?;
    let mut ours = BufReader::new(File::open(&file)?).lines();
    std::fs::remove_file(&file)?;
    // Lines are in order on both sides: what is kept are those that stand before the one looked for.
    let mut kept: HashMap<u64, Json> = HashMap::new();
    let theirs = BufReader::new(flate2::read::MultiGzDecoder::new(File::open(answers)?));
    for line in theirs.lines() {
        let theirs = values(&line?)?;
        let number = theirs["evt.num"].as_u64().unwrap_or_default();
        let mut found = kept.remove(&number);
        while found.is_none() {
            let Some(line) = ours.next() else { break };
            let values = values(&line?)?;
            let other = values["evt.num"].as_u64().unwrap_or_default();
            if other == number {
                found = Some(values);
            } else {
                kept.insert(other, values);
            }
        }
        let found = found.unwrap_or_default();
        for (name, wanted) in theirs.as_object().into_iter().flatten() {
            if name == LEFT_OUT {
                continue;
            }
            let field = match fields.get_mut(name) {
                Some(field) => field,
                None => fields.entry(name.clone()).or_default(),
            };
            let got = found.get(name);
            if got == Some(wanted) {
                field.equal += 1;
                continue;
            }
            field.differing += 1;
            if field.examples.len() < EXAMPLES {
                let kind = theirs["evt.type"].as_str().unwrap_or_default();
                let (got, wanted) =
                    around(&got.unwrap_or(&Json::Null).to_string(), &wanted.to_string());
                field.examples.push(format!("{stem} {number} {kind}: {got}, expected {wanted}"));
            }
        }
    }
    let left: usize = kept.len() + ours.count();
    if left > 0 {
        let field = fields.entry("evt.num".to_owned()).or_default();
        field.differing += left;
        field.examples.push(format!("{stem}: {left} events that Falco does not print"));
    }
    Ok(())
}

fn values(line: &str) -> Result<Json> {
    let mut alert: Json = serde_json::from_str(line).context("an alert that is no JSON")?;
    let values = alert["output_fields"].take();
    ensure!(values.is_object(), "an alert without fields");
    Ok(values)
}

/// Both texts from a little before where they begin to differ, no more than what fits a line.
fn around(got: &str, wanted: &str) -> (String, String) {
    let same = got.chars().zip(wanted.chars()).take_while(|(one, other)| one == other).count();
    let from = if same > 60 { same - 30 } else { 0 };
    let part = |text: &str| {
        let mut shown: String = text.chars().skip(from).take(100).collect();
        if from > 0 {
            shown.insert_str(0, "...");
        }
        if text.chars().count() > from + 100 {
            shown.push_str("...");
        }
        shown
    };
    (part(got), part(wanted))
}

/// What a terminal shows while it runs.
#[derive(Default)]
struct Progress {
    of: usize,
    done: usize,
}

impl Progress {
    fn show(&self, name: &str) {
        let mut out = std::io::stderr().lock();
        if out.is_terminal() {
            let _ = write!(out, "\r\x1b[K{KIND}: {} of {} captures, {name}", self.done, self.of);
            let _ = out.flush();
        }
    }

    fn end() {
        let mut out = std::io::stderr().lock();
        if out.is_terminal() {
            let _ = write!(out, "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_where_they_begin_to_differ() {
        assert_eq!(around("1", "\"1\""), ("1".to_owned(), "\"1\"".to_owned()));
        let same = "x".repeat(80);
        let (got, wanted) = around(&format!("{same}a"), &format!("{same}b"));
        assert_eq!(got, format!("...{}a", "x".repeat(30)));
        assert_eq!(wanted, format!("...{}b", "x".repeat(30)));
    }
}
