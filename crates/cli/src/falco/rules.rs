//! Rule files as Falco takes them: found, checked one after the other, selected.

use std::fmt::Write as _;
use std::path::Path;

use peregrine_agent::rules::{RuleFile, folder_files};
use peregrine_config::Config;
use peregrine_event::Priority;
use peregrine_rules::falco::{FileResult, full_text, json_of, text};
use peregrine_rules::{
    Decoded, Loaded, Options, RuleSet, Selected, SourceText, decode, load_each, schema_warnings,
};
use serde_json::Value as Json;

use super::log::Log;

/// Rule files in order: folders opened, what is missing left out or kept to be complained of.
pub(super) fn expand(paths: &[String], keep_missing: bool) -> Vec<String> {
    let mut files = Vec::new();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => files.extend(rule_files_of(Path::new(path))),
            Ok(_) => files.push(path.clone()),
            Err(_) if keep_missing => files.push(path.clone()),
            Err(_) => {}
        }
    }
    files
}

/// Whether a name is one of rule files: its first `.yaml` or `.yml` is its end.
pub(super) fn is_rule_file(name: &str) -> bool {
    [".yaml", ".yml"]
        .iter()
        .any(|end| name.find(end).is_some_and(|at| at + end.len() == name.len()))
}

/// The rule files of a folder. One that cannot be read has none, and what is no file is none.
fn rule_files_of(folder: &Path) -> impl Iterator<Item = String> {
    let files = folder_files(folder).unwrap_or_default();
    files.into_iter().filter(|path| path.is_file()).map(|path| path.display().to_string())
}

/// Why files were not read or loaded.
#[derive(Debug)]
pub(super) enum RulesError {
    /// In Falco's words.
    Error(String),
    /// What Falco takes for an accident.
    Runtime(String),
}

/// Reads all files, or none.
pub(super) fn read(names: &[String]) -> Result<Vec<RuleFile>, RulesError> {
    let read = |name: &String| {
        let bytes = std::fs::read(name).map_err(|error| {
            if error.kind() == std::io::ErrorKind::IsADirectory {
                let what = "basic_filebuf::underflow error reading the file: Is a directory";
                return RulesError::Runtime(what.to_owned());
            }
            RulesError::Error(format!("Could not open file {name} for reading"))
        })?;
        let Decoded { text, note } = decode(bytes);
        Ok(RuleFile { name: name.clone(), text, note })
    };
    names.iter().map(read).collect()
}

pub(super) fn options(config: &Config) -> Options {
    Options { as_falco: true, ..config.rule_options() }
}

/// The diagnostics of a file.
fn result<'r>(
    loaded: &'r Loaded,
    source: &'r SourceText<'r>,
    sources: &'r [SourceText<'r>],
) -> FileResult<'r> {
    FileResult {
        name: source.name,
        diagnostics: loaded.diagnostics.iter().collect(),
        schema: schema_warnings(source.text),
        sources,
    }
}

fn unmet(loaded: &Loaded) -> Result<(), RulesError> {
    if loaded.unmet_plugins.is_empty() {
        return Ok(());
    }
    Err(RulesError::Error(loaded.unmet_plugins.join("; ")))
}

/// What `-V` found.
pub(super) struct Validation {
    /// The summary.
    pub(super) summary: String,
    /// Whether a file is wrong.
    pub(super) failed: bool,
    /// The rules of all files.
    pub(super) rules: RuleSet,
    /// The files.
    pub(super) files: Vec<RuleFile>,
    /// The results as JSON.
    pub(super) results: Json,
}

/// `-V`: each file is checked, whatever the ones before hold.
pub(super) fn validate(
    names: &[String],
    config: &Config,
    log: &Log,
) -> Result<Validation, RulesError> {
    let files = read(names)?;
    log.info("Validating rules file(s):");
    for name in names {
        log.info(&format!("   {name}"));
    }
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    let all = load_each(&sources, &options(config));
    let mut results = Vec::new();
    let mut summary = Vec::new();
    for (loaded, source) in all.iter().zip(&sources) {
        unmet(loaded)?;
        let result = result(loaded, source, &sources);
        if !loaded.failed() && !loaded.diagnostics.is_empty() {
            log.say(Priority::Warning, &format!("{}\n", full_text(&result)));
        }
        summary.push(text(&result));
        results.push(json_of(&result));
    }
    let summary = summary.join("\n");
    let failed = all.iter().any(Loaded::failed);
    let rules = all.into_iter().next_back().map(|loaded| loaded.rules).unwrap_or_default();
    let results = results.into();
    Ok(Validation { summary, failed, rules, files, results })
}

/// Loads rules to run with them: ends at the first file that is wrong.
pub(super) fn load(
    names: &[String],
    config: &Config,
    log: &Log,
) -> Result<(Vec<RuleFile>, RuleSet), RulesError> {
    let files = read(names)?;
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    log.info("Loading rules from:");
    let all = load_each(&sources, &options(config));
    for (loaded, source) in all.iter().zip(&sources) {
        let result = result(loaded, source, &sources);
        let (level, schema) = match &result.schema {
            None => (Priority::Informational, "none".to_owned()),
            Some(warnings) => match warnings.first() {
                None => (Priority::Informational, "ok".to_owned()),
                Some(first) => (Priority::Warning, first.clone()),
            },
        };
        log.say(level, &format!("   {} | schema validation: {schema}", source.name));
        if loaded.failed() {
            return Err(RulesError::Error(text(&result)));
        }
        if !loaded.diagnostics.is_empty() {
            log.say(Priority::Warning, &format!("{}\n", full_text(&result)));
        }
    }
    let last = all.into_iter().next_back();
    if let Some(last) = &last {
        unmet(last)?;
    }
    let mut rules = last.map(|loaded| loaded.rules).unwrap_or_default();
    for selection in &config.rules {
        let mut reported = if selection.enable { "Enabling" } else { "Disabling" }.to_owned();
        let _ = match &selection.of {
            Selected::Rule(name) => write!(reported, " rules with name: {name}"),
            Selected::Tag(tag) => write!(reported, " rules with tag: {tag}"),
        };
        log.info(&reported);
    }
    rules.select(&config.rules, config.priority);
    Ok((files, rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_files_are_known_by_their_names() {
        let check = |name: &str, expected: bool| assert_eq!(is_rule_file(name), expected, "{name}");
        check("rules.yaml", true);
        check("d/rules.yml", true);
        check("rules.txt", false);
        check("a.yaml,b.yaml", false);
        check("yaml", false);
    }
}
