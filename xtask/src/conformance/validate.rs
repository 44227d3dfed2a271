//! `suite`, kind validate: what `-V` says of rule files.

use std::fs;
use std::path::Path;

use peregrine_rules::{Options, SourceText, load};
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
            (name.to_owned(), String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect();
    let observed = &case["observed_0_44_1"];
    let mut failed = false;
    for (index, result) in observed["codes"].as_array().into_iter().flatten().enumerate() {
        let Some(seen) = files.get(..=index) else {
            return Outcome::Failed("more results than files".to_owned());
        };
        let sources: Vec<SourceText<'_>> =
            seen.iter().map(|(name, text)| SourceText { name, text }).collect();
        let loaded = load(&sources, &Options { stop_at_first: true, ..Options::default() });
        let name = &seen[index].0;
        for (key, errors) in [("errors", true), ("warnings", false)] {
            let got: Vec<Told> = loaded
                .diagnostics
                .iter()
                .filter(|told| told.is_error() == errors && told.file == *name)
                .map(|told| {
                    let (kind, item) =
                        told.items.last().cloned().unwrap_or(("rules content", String::new()));
                    (told.code.name().to_owned(), told.message.clone(), kind.to_owned(), item)
                })
                .collect();
            let expected: Vec<Told> = result[key]
                .as_array()
                .into_iter()
                .flatten()
                .map(|told| {
                    let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
                    (text("code"), text("message"), text("item_type"), text("item_name"))
                })
                .collect();
            if let Err(why) = same(&got, &expected) {
                return Outcome::Failed(format!("{key} of {name}: {why}"));
            }
        }
        failed |= loaded.failed();
    }
    match observed["exit_code"].as_i64() {
        Some(code) if (code != 0) != failed => {
            Outcome::Failed(format!("exit code {code} expected"))
        }
        _ => Outcome::Passed,
    }
}

/// The same mistakes in any order. Ours may say more behind Falco's words.
fn same(got: &[Told], expected: &[Told]) -> Result<(), String> {
    let alike = |ours: &Told, theirs: &Told| {
        ours.0 == theirs.0
            && ours.1.starts_with(&theirs.1)
            && (theirs.3.is_empty() || ours.3 == theirs.3)
    };
    if let Some(missing) =
        expected.iter().find(|theirs| !got.iter().any(|ours| alike(ours, theirs)))
    {
        return Err(format!("missing {missing:?}; told {got:?}"));
    }
    if let Some(extra) = got.iter().find(|ours| !expected.iter().any(|theirs| alike(ours, theirs)))
    {
        return Err(format!("too much: {extra:?}; expected {expected:?}"));
    }
    Ok(())
}
