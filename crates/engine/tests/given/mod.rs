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
    paths.push(peregrine_testkit::workspace().join("rules/peregrine_rules.yaml"));
    let texts: Vec<(String, String)> = paths
        .iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let mut rules = RuleSet::default();
    // Ours and the official ones have macros of the same names: each set by itself.
    let (ours, others) = texts.split_last().unwrap();
    for set in [others, std::slice::from_ref(ours)] {
        let sources: Vec<SourceText<'_>> =
            set.iter().map(|(name, text)| SourceText { name, text }).collect();
        let loaded = load(&sources, &Options::default());
        assert!(!loaded.failed());
        rules.rules.extend(loaded.rules.rules);
    }
    for rule in &mut rules.rules {
        rule.enabled = true;
    }
    let text = texts.into_iter().map(|(_, text)| text).collect();
    (rules, text)
}
