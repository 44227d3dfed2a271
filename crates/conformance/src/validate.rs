//! `suite`, kind validate: what `-V` says of rule files.

use std::fs;
use std::path::Path;

use peregrine_rules::falco::{FileResult, json_of};
use peregrine_rules::{Diagnostic, Loaded, Options, SourceText, decode, load_each};
use serde_json::Value as Json;

use super::Outcome;

/// One mistake: code, message, kind and name of the item.
type Told = (String, String, String, String);

pub(crate) fn case(folder: &Path, case: &Json) -> Outcome {
    let files: Vec<(String, String)> = case["validate_rules"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| file["file"].as_str())
        .map(|name| {
            let bytes = fs::read(folder.join(name)).unwrap_or_default();
            (name.to_owned(), decode(bytes).text)
        })
        .collect();
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    let observed = &case["observed_0_44_1"];
    let options = Options { as_falco: true, ..Options::default() };
    let loaded = load_each(&sources, &options);
    let failed = loaded.iter().any(Loaded::failed);
    let results = observed["codes"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, result) in results.iter().enumerate() {
        let (Some(loaded), Some(source)) = (loaded.get(index), sources.get(index)) else {
            return Outcome::Failed("more results than files".to_owned());
        };
        for (key, errors) in [("errors", true), ("warnings", false)] {
            let of_kind =
                loaded.diagnostics.iter().filter(|reported| reported.is_error() == errors);
            let got: Vec<Told> = of_kind.map(|reported| words(reported, &sources)).collect();
            let expected: Vec<Told> =
                result[key].as_array().into_iter().flatten().map(expected).collect();
            if got != expected {
                let name = source.name;
                return Outcome::Failed(format!(
                    "{key} of {name}: expected {expected:?}, got {got:?}"
                ));
            }
        }
        if result["successful"].as_bool() == Some(loaded.failed()) {
            return Outcome::Failed(format!("{} failed: {}", source.name, loaded.failed()));
        }
    }
    match observed["exit_code"].as_i64() {
        Some(code) if (code != 0) != failed => {
            Outcome::Failed(format!("exit code {code} expected"))
        }
        _ => Outcome::Passed,
    }
}

/// A mistake as Falco prints it; its item is the innermost place that has a name.
fn words(reported: &Diagnostic, sources: &[SourceText<'_>]) -> Told {
    let result = FileResult { name: "", diagnostics: vec![reported], schema: None, sources };
    let json = json_of(&result);
    let list = if reported.is_error() { &json["errors"] } else { &json["warnings"] };
    let reported = &list[0];
    let named = |place: &&Json| place["item_name"].as_str().is_some_and(|name| !name.is_empty());
    let places = reported["context"]["locations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let item = places.iter().rfind(named).unwrap_or(&Json::Null);
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    (
        text(&reported["code"]),
        text(&reported["message"]),
        text(&item["item_type"]),
        text(&item["item_name"]),
    )
}

fn expected(reported: &Json) -> Told {
    let text = |key: &str| reported[key].as_str().unwrap_or_default().to_owned();
    (text("code"), text("message"), text("item_type"), text("item_name"))
}
