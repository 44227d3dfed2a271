//! `falco-L.json.gz`: what `falco -L` has in JSON of the official rule files, rule by rule, macro by macro and
//! list by list.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use anyhow::Result;
use flate2::read::GzDecoder;
use peregrine_config::Config;
use peregrine_rules::falco::describe;
use peregrine_rules::{Options, SourceText, load};
use serde_json::Value as Json;

use super::Outcome;

pub(crate) const KIND: &str = "falco describe";

/// The official files, in the order in which they were described.
const FILES: [&str; 3] =
    ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// Compares, where the answers are there.
pub(crate) fn run(folder: &Path, note: &mut dyn FnMut(&str, Outcome)) -> Result<()> {
    let Ok(answers) = File::open(folder.join("../spec/falco-L.json.gz")) else { return Ok(()) };
    let expected: Json = serde_json::from_reader(BufReader::new(GzDecoder::new(answers)))?;
    let read = |name: &&str| {
        Ok(((*name).to_owned(), fs::read_to_string(folder.join("rules").join(name))?))
    };
    let texts = FILES.iter().map(read).collect::<Result<Vec<(String, String)>>>()?;
    let sources: Vec<SourceText<'_>> =
        texts.iter().map(|(name, text)| SourceText { name, text }).collect();
    let options = Options { as_falco: true, ..Config::default().rule_options() };
    let got = describe(&sources, &options, &load(&sources, &options).rules, None);
    let compare = |got: &Json, expected: &Json| {
        if got == expected {
            return Outcome::Passed;
        }
        Outcome::Failed(format!("expected {expected}, got {got}"))
    };
    for key in ["rules", "macros", "lists"] {
        let list = |json: &Json| json[key].as_array().cloned().unwrap_or_default();
        let mut got = list(&got).into_iter();
        for expected in list(&expected) {
            let name =
                format!("describe:{key}:{}", expected["info"]["name"].as_str().unwrap_or("?"));
            note(&name, compare(&got.next().unwrap_or_default(), &expected));
        }
    }
    for key in ["required_engine_version", "required_plugin_versions"] {
        note(&format!("describe:{key}"), compare(&got[key], &expected[key]));
    }
    Ok(())
}
