//! `rule_loader`: files loaded one after the other, and what comes of them.

use peregrine_rules::falco::message;
use peregrine_rules::{Diagnostic, ExtraOutput, Loaded, Options, SourceText, load};
use serde_json::Value as Json;

use super::{Outcome, is_later};

fn texts(list: &Json) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

/// The outputs a case appends before it loads anything.
fn extras(case: &Json) -> Vec<ExtraOutput> {
    let mut extras = Vec::new();
    for step in case["pre"].as_array().into_iter().flatten() {
        if step["call"] != "m_engine.add_extra_output_format" {
            continue;
        }
        let args = step["args"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text =
            |index: usize| args.get(index).and_then(Json::as_str).unwrap_or_default().to_owned();
        let tags = match args.get(2) {
            Some(Json::String(tag)) => vec![tag.clone()],
            Some(Json::Object(list)) => texts(list.get("init").unwrap_or(&Json::Null))
                .into_iter()
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        extras.push(ExtraOutput {
            format: text(0),
            fields: Vec::new(),
            source: Some(text(1)).filter(|source| !source.is_empty()),
            tags,
            rule: Some(text(3)).filter(|rule| !rule.is_empty()),
        });
    }
    extras
}

pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let options = Options { append_output: extras(case), ..Options::default() };
    for step in case["loads"].as_array().into_iter().flatten() {
        let Some(text) = step["content"].as_str() else { continue };
        let name = step["filename"].as_str().unwrap_or("rules.yaml");
        let sources = [SourceText { name, text }];
        let loaded = load(&sources, &options);
        if let Err(why) = judge(step, &loaded, &sources) {
            return Outcome::Failed(why);
        }
    }
    Outcome::Passed
}

fn judge(step: &Json, loaded: &Loaded, sources: &[SourceText<'_>]) -> Result<(), String> {
    let errors: Vec<&Diagnostic> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    let warnings: Vec<&Diagnostic> = loaded.diagnostics.iter().filter(|d| !d.is_error()).collect();
    let shown = |list: &[&Diagnostic]| {
        list.iter().map(|d| message(d, sources)).collect::<Vec<_>>().join(" | ")
    };
    if let Some(expected) = step["expect_success"].as_bool()
        && expected == loaded.failed()
    {
        return Err(format!("success expected: {expected}; errors: {}", shown(&errors)));
    }
    for (key, list, wanted) in [
        ("errors_contain", &errors, true),
        ("warnings_contain", &warnings, true),
        ("warnings_not_contain", &warnings, false),
    ] {
        for text in texts(&step[key]) {
            if list.iter().any(|d| message(d, sources).contains(text)) != wanted {
                return Err(format!("{key} {text:?}: {}", shown(list)));
            }
        }
    }
    if let Some(expected) = step["has_warnings"].as_bool()
        && warnings.is_empty() == expected
    {
        return Err(format!("warnings expected: {expected}; are: {}", shown(&warnings)));
    }
    for (key, of) in [("compiled_condition", true), ("compiled_output", false)] {
        for (name, expected) in step[key].as_object().into_iter().flatten() {
            let rule = loaded.rules.rules.iter().find(|rule| rule.name == *name);
            let got = rule.map(|rule| {
                if of { rule.condition_compiled.as_str() } else { rule.output_compiled.as_str() }
            });
            if got != expected.as_str() {
                return Err(format!("{key} of {name}: expected {expected}, got {got:?}"));
            }
        }
    }
    for reported in step["describe"].as_array().into_iter().flatten() {
        let name = reported["rule"].as_str().unwrap_or_default();
        let Some(rule) = loaded.rules.rules.iter().find(|rule| rule.name == name) else {
            return Err(format!("no rule {name}"));
        };
        let path: Vec<String> = reported["path"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let got = match path.as_slice() {
            ["rules", "0", "info", "condition"] => Json::from(rule.condition_text.clone()),
            ["rules", "0", "info", "output"] => Json::from(rule.output_text.clone()),
            ["rules", "0", "info", "description"] => Json::from(rule.description.clone()),
            ["rules", "0", "info", "priority"] => Json::from(rule.priority.name()),
            ["rules", "0", "info", "capture"] => Json::from(rule.capture),
            ["rules", "0", "info", "capture_duration"] => Json::from(rule.capture_duration),
            ["rules", "0", "info", "enabled"] => Json::from(rule.enabled),
            ["rules", "0", "info", "tags"] => {
                Json::from(rule.tags.iter().cloned().collect::<Vec<_>>())
            }
            ["rules", "0", "info", "tags", index] => {
                let index = index.parse().unwrap_or(usize::MAX);
                rule.tags.iter().nth(index).map_or(Json::Null, |tag| Json::from(tag.clone()))
            }
            ["rules", "0", "details", key, rest @ ..] => detail(rule, key, rest),
            _ => return Err(format!("unknown path {path:?}")),
        };
        if got != reported["equals"] {
            return Err(format!("{path:?} of {name}: expected {}, got {got}", reported["equals"]));
        }
    }
    Ok(())
}

fn detail(rule: &peregrine_rules::Rule, key: &str, rest: &[&str]) -> Json {
    let list: Vec<String> = match key {
        "exception_names" => rule.exceptions.iter().map(|e| e.name.clone()).collect(),
        "exception_fields" => {
            let mut fields: Vec<String> = Vec::new();
            for field in rule.exceptions.iter().flat_map(|e| &e.fields) {
                if !fields.contains(field) {
                    fields.push(field.clone());
                }
            }
            fields.sort();
            fields
        }
        _ => return Json::Null,
    };
    match rest {
        [index] => {
            let index = index.parse().unwrap_or(usize::MAX);
            list.get(index).map_or(Json::Null, |item| Json::from(item.clone()))
        }
        _ => Json::from(list),
    }
}
