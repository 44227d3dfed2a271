//! Rules tests look at: the official ones where they are present, and ours, every one switched on.

use peregrine_rules::{Options, RuleSet, SourceText, load};

/// The rules, and the text of their files.
pub(crate) fn rules(test: &str) -> (RuleSet, String) {
    let folder = peregrine_testkit::conformance(test);
    let mut paths: Vec<_> = folder
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder.join("rules")).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    let read = |paths: &[std::path::PathBuf]| -> Vec<(String, String)> {
        let text = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap();
        paths.iter().map(|path| (path.display().to_string(), text(path))).collect()
    };
    let mut rules = RuleSet::default();
    let mut words = String::new();
    // Each set by itself: macros of the same names may mean different things.
    for set in [read(&paths), read(&peregrine_testkit::our_rules())] {
        let sources: Vec<SourceText<'_>> =
            set.iter().map(|(name, text)| SourceText { name, text }).collect();
        let loaded = load(&sources, &Options::default());
        assert!(!loaded.failed());
        rules.rules.extend(loaded.rules.rules);
        words.extend(set.into_iter().map(|(_, text)| text));
    }
    for rule in &mut rules.rules {
        rule.enabled = true;
    }
    (rules, words)
}
