//! Rule files people really use: ours and the official three.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use peregrine_rules::{Loaded, Options, SourceText, load};

fn load_files(paths: &[std::path::PathBuf]) -> Loaded {
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let sources: Vec<SourceText<'_>> =
        texts.iter().map(|(name, text)| SourceText { name, text }).collect();
    load(&sources, &Options::default())
}

fn told(loaded: &Loaded) -> String {
    loaded.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn our_rules_load_without_a_word() {
    let loaded = load_files(&[peregrine_testkit::workspace().join("rules/peregrine_rules.yaml")]);
    assert_eq!(told(&loaded), "");
    assert_eq!(loaded.rules.rules.len(), 10);
    let text = include_str!("../../../rules/peregrine_rules.yaml");
    assert!(peregrine_rules::format(text).unwrap() == text, "run `peregrine rules fmt rules`");
    for rule in &loaded.rules.rules {
        assert!(!rule.tags.is_empty() && !rule.description.is_empty(), "{}", rule.name);
        assert!(
            rule.condition.codes.len() < 20,
            "{} looks at {} codes",
            rule.name,
            rule.condition.codes.len()
        );
    }
}

/// The official files, in the order in which they load together.
fn official(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder.join("rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn the_official_files_load_without_an_error() {
    let Some(folder) = peregrine_testkit::conformance("the_official_files_load_without_an_error")
    else {
        return;
    };
    let paths = official(&folder);
    assert_eq!(paths.len(), 3);
    let loaded = load_files(&paths);
    assert!(!loaded.failed(), "{}", told(&loaded));
    assert_eq!(loaded.rules.rules.len(), 93);
}

#[test]
fn real_files_put_in_order_mean_the_same() {
    let mut files = vec![peregrine_testkit::workspace().join("rules/peregrine_rules.yaml")];
    if let Some(folder) = peregrine_testkit::conformance("real_files_put_in_order_mean_the_same") {
        files.extend(official(&folder));
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let formatted = peregrine_rules::format(&text).unwrap();
        assert_eq!(peregrine_rules::format(&formatted).unwrap(), formatted, "{}", file.display());
        let shapes = |text: &str| -> Vec<(String, String)> {
            let loaded = load(&[SourceText { name: "f", text }], &Options::default());
            let rules = loaded.rules.rules.into_iter();
            rules.map(|rule| (rule.condition_compiled, rule.output_compiled)).collect()
        };
        assert_eq!(shapes(&formatted), shapes(&text), "{}", file.display());
        let comments = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(comments(&formatted), comments(&text), "{}", file.display());
    }
}

/// What Falco makes of every list and every condition, printed by itself.
#[test]
fn the_official_files_mean_what_falco_compiles() {
    let name = "the_official_files_mean_what_falco_compiles";
    let Some(folder) = peregrine_testkit::conformance(name) else { return };
    let printed = folder.join("../spec/falco-L.json.gz");
    let Ok(file) = std::fs::File::open(&printed) else {
        peregrine_testkit::skipped(name, "what Falco printed is not beside the conformance data");
        return;
    };
    let printed: serde_json::Value =
        serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap();
    // `-L` was given them in this order.
    let files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let loaded = load_files(&files.map(|name| folder.join("rules").join(name)));
    let plain = |text: &str| text.replace('"', "");
    let mut compared = 0;
    for rule in printed["rules"].as_array().unwrap() {
        let name = rule["info"]["name"].as_str().unwrap();
        let ours = loaded.rules.rules.iter().find(|ours| ours.name == name).unwrap();
        let condition = rule["details"]["condition_compiled"].as_str().unwrap();
        assert_eq!(plain(&ours.condition_compiled), plain(condition), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 93);
}
