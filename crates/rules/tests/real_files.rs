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

fn reported(loaded: &Loaded) -> String {
    loaded.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn our_rules_load_without_a_word() {
    let files = peregrine_testkit::our_rules();
    let loaded = load_files(&files);
    assert_eq!(reported(&loaded), "");
    assert!(loaded.rules.rules.len() >= 40, "{}", loaded.rules.rules.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = file.display();
        assert!(peregrine_rules::format(&text).unwrap() == text, "`peregrine rules fmt {shown}`");
    }
    for rule in &loaded.rules.rules {
        let name = &rule.name;
        // Few event types, so that the kernel drops the rest.
        assert!(rule.condition.kinds.len() < 40, "{name}: {} codes", rule.condition.kinds.len());
        let has = |wanted: &dyn Fn(&str) -> bool| rule.tags.iter().any(|tag| wanted(tag));
        assert!(has(&|tag| tag == "host" || tag == "container"), "{name}: where");
        assert!(has(&|tag| tag.starts_with("mitre_")), "{name}: which tactic");
        let technique = |tag: &str| {
            let number = tag.strip_prefix('T').map(|number| number.replace('.', ""));
            number
                .is_some_and(|n| matches!(n.len(), 4 | 7) && n.bytes().all(|b| b.is_ascii_digit()))
        };
        assert!(has(&technique), "{name}: which technique");
        // What happened, why it matters, where to look.
        let sentences = rule.description.matches(". ").count() + 1;
        assert!(sentences >= 3, "{name}: says too little: {}", rule.description);
        for field in ["%proc.cmdline", "%user.name", "%proc.pname", "%proc.exepath", "%proc.pid"] {
            assert!(rule.output_text.contains(field), "{name}: no {field}");
        }
    }
}

/// What the page on our rules shows to write loads after them.
#[test]
fn the_example_beside_our_rules_loads() {
    let page = peregrine_testkit::workspace().join("docs/rules.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut texts: Vec<(String, String)> = peregrine_testkit::our_rules()
        .iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    texts.push(("mine.yaml".to_owned(), example.to_owned()));
    let sources: Vec<SourceText<'_>> =
        texts.iter().map(|(name, text)| SourceText { name, text }).collect();
    let loaded = load(&sources, &Options::default());
    assert_eq!(reported(&loaded), "");
    let rule = |name: &str| loaded.rules.rules.iter().find(|rule| rule.name == name).unwrap();
    assert!(rule("Password file read").condition_compiled.contains("/usr/local/bin/backup"));
    assert!(rule("Shell started by a network service").condition_compiled.contains("my-server"));
    assert!(!rule("Cloud storage tool started").enabled);
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
    assert!(!loaded.failed(), "{}", reported(&loaded));
    assert_eq!(loaded.rules.rules.len(), 93);
}

#[test]
fn real_files_put_in_order_mean_the_same() {
    let mut files = peregrine_testkit::our_rules();
    if let Some(folder) = peregrine_testkit::conformance("real_files_put_in_order_mean_the_same") {
        files.extend(official(&folder));
    }
    let words = std::fs::read_to_string(&files[0]).unwrap();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let formatted = peregrine_rules::format(&text).unwrap();
        assert_eq!(peregrine_rules::format(&formatted).unwrap(), formatted, "{}", file.display());
        let shapes = |text: &str| -> Vec<(String, String)> {
            // The words of ours, which the official files do not use.
            let sources = [SourceText { name: "w", text: &words }, SourceText { name: "f", text }];
            let loaded = load(&sources, &Options::default());
            assert!(!loaded.failed(), "{}", reported(&loaded));
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
