//! What real Falco said of configurations, where its answers are at hand.

use std::fs;
use std::path::Path;

use peregrine_config::falco;
use serde_json::Value as Json;

/// What is wrong with our answer to one case; the current folder has its files.
fn difference(case: &Json) -> Option<String> {
    let words: Vec<&str> = case["argv"].as_array()?.iter().filter_map(Json::as_str).collect();
    let [_, "-c", file, rest @ ..] = words.as_slice() else { return None };
    let options: Vec<String> = rest
        .windows(2)
        .filter(|pair| matches!(pair, ["-o" | "--option", _]))
        .map(|pair| pair[1].to_owned())
        .collect();
    let stderr = &case["stderr"].as_str()?.replace("@ISOTIME@", "@TIME@");
    let is_read = stderr.contains("Falco initialized");
    match falco::load(Path::new(file), &options) {
        Err(falco::Refused { error, notices, .. }) => {
            let line = format!("Error: {error}\n");
            let preface = error.preface().unwrap_or_default();
            let is_told = stderr.contains(&line)
                && stderr.contains(&preface)
                && notices.iter().all(|notice| stderr.contains(&notice.to_string()))
                && !is_read;
            (!is_told).then(|| format!("{preface}\n{line} instead of\n{stderr}"))
        }
        Ok(loaded) => {
            if is_read {
                let lines = loaded
                    .files
                    .iter()
                    .map(|(file, fits)| format!("@TIME@:    {file} | schema validation: {fits}\n"));
                let lines: String = lines.collect();
                return (!stderr.contains(&lines)).then(|| format!("{lines} not in\n{stderr}"));
            }
            let is_silent = !loaded.config.log_stderr
                || loaded.config.log_level < peregrine_alert::Priority::Informational;
            (!is_silent).then(|| format!("read, instead of\n{stderr}"))
        }
    }
}

#[test]
fn falco_says_the_same_of_configurations() {
    let test = "falco_says_the_same_of_configurations";
    let Some(data) = peregrine_testkit::conformance(test) else { return };
    let text = fs::read_to_string(data.join("face/cases.json")).unwrap();
    let folder = std::env::temp_dir().join(format!("face-{}", std::process::id()));
    let mut differ = Vec::new();
    let mut seen = 0;
    let cases =
        text.lines().filter_map(|line| serde_json::from_str(line.trim_end_matches(',')).ok());
    for case in cases {
        let case: Json = case;
        let (Some(files), Some(name)) = (case["files"].as_object(), case["name"].as_str()) else {
            continue;
        };
        // The environment of a test is not its own.
        if case["area"] != "config" || !case["env"].is_null() {
            continue;
        }
        let _ = fs::remove_dir_all(&folder);
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if !name.ends_with('/') {
                fs::write(path, text.as_str().unwrap().replace("@PORT@", "8765")).unwrap();
            }
        }
        std::env::set_current_dir(&folder).unwrap();
        seen += 1;
        differ.extend(difference(&case).map(|why| format!("{name}: {why}")));
    }
    std::env::set_current_dir(std::env::temp_dir()).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(seen > 300, "{seen}");
    assert!(differ.is_empty(), "{} of {seen}\n{}", differ.len(), differ.join("\n\n"));
}
