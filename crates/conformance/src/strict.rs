//! `strict_lines` of `suite`: a replay writes these lines, and no others.

use std::fs;
use std::path::Path;

use peregrine_config::Config;
use serde_json::Value as Json;

use super::{Outcome, compare, replay};

/// Compares a replay with the lines of a case's file: those whose times the case keeps, JSON as a
/// value, without the name of the host.
pub(crate) fn case(suite: &Path, capture: &Path, config: Config, case: &Json) -> Outcome {
    let expected = &case["expected"];
    let named = [
        &expected["stdout_json_lines_equal"][0],
        &expected["stdout_contains_each_line_of"][0],
        &expected["output_strictly_contains"][0]["expected_file"],
    ];
    let Some(file) = named.into_iter().find_map(Json::as_str) else {
        return Outcome::Failed("the case names no file of lines".to_owned());
    };
    let (wanted, got) = match (fs::read_to_string(suite.join(file)), written(capture, config)) {
        (Ok(wanted), Ok(got)) => (wanted, got),
        (Err(error), _) => return Outcome::Failed(format!("{file}: {error}")),
        (_, Err(error)) => return Outcome::Failed(format!("{error:#}")),
    };
    let kept = case["expected_modern"]["*lines*"]["keep_timestamps"].as_array();
    let is_kept = |line: &&str| {
        let has = |time: &Json| time.as_str().is_some_and(|time| line.contains(time));
        kept.is_none_or(|times| times.iter().any(has))
    };
    let mut wanted: Vec<String> = wanted.lines().filter(is_kept).map(plain).collect();
    let mut got: Vec<String> = got.lines().map(plain).collect();
    // Alerts of one event may come in any order.
    wanted.sort_unstable();
    got.sort_unstable();
    compare(&got, &wanted)
}

fn written(capture: &Path, config: Config) -> anyhow::Result<String> {
    let Some(file) = replay::lines(capture, config)? else {
        anyhow::bail!("the rules do not load");
    };
    let text = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    Ok(text)
}

fn plain(line: &str) -> String {
    match serde_json::from_str::<Json>(line) {
        Ok(mut alert) => {
            if let Some(object) = alert.as_object_mut() {
                object.remove("hostname");
            }
            alert.to_string()
        }
        Err(_) => line.to_owned(),
    }
}
