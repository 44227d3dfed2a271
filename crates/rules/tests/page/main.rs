//! `docs/rules.md`: the rules we ship, as a page for people, from the rule files themselves.
//! `cargo xtask pages` writes it.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::fmt::Write as _;
use std::fs;

use peregrine_rules::{Loaded, Options, Rule, SourceText, load};

/// What stands above the tables.
const OPENING: &str = include_str!("opening.md");

#[test]
fn the_page_of_rules_is_fresh() {
    let path = peregrine_testkit::workspace().join("docs/rules.md");
    let page = page();
    if std::env::var_os("PEREGRINE_WRITE_DOCS").is_some() {
        fs::write(&path, page).unwrap();
        return;
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(committed == page, "docs/rules.md is not what rules/ says: run `cargo xtask pages`");
}

fn page() -> String {
    let files = files();
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    let loaded = load(&sources, &Options::default());
    assert!(loaded.diagnostics.is_empty(), "the rules we ship: {}", loaded.diagnostics[0]);
    let mut page = format!("<!-- Made by `cargo xtask pages` from rules/. -->\n{OPENING}");
    for (name, text) in &files {
        let rules = rules_of(&loaded, text);
        if !rules.is_empty() {
            table(&mut page, name, text, &rules);
        }
    }
    page
}

/// Names and texts of the rule files we ship.
fn files() -> Vec<(String, String)> {
    let named = peregrine_testkit::our_rules().into_iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).unwrap())
    });
    named.collect()
}

/// The rules that a file defines, in its order.
fn rules_of<'l>(loaded: &'l Loaded, text: &str) -> Vec<&'l Rule> {
    let names = text.lines().filter_map(|line| line.strip_prefix("- rule: "));
    names.filter_map(|name| loaded.rules.rules.iter().find(|rule| rule.name == name)).collect()
}

fn table(page: &mut String, name: &str, text: &str, rules: &[&Rule]) {
    let head: Vec<&str> =
        text.lines().map_while(|line| line.strip_prefix("# ")).map(str::trim).collect();
    let head = head.join(" ");
    let (tactic, about) = head
        .split_once(": ")
        .unwrap_or_else(|| panic!("rules/{name} does not begin with `# Tactic: about it`"));
    let mut letters = about.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    write!(page, "\n## {tactic}\n\n{first}{}\n`rules/{name}`\n\n", letters.as_str()).unwrap();
    page.push_str("| rule | technique | priority | where | what |\n|---|---|---|---|---|\n");
    for rule in rules {
        let is_technique = |tag: &&String| {
            tag.starts_with('T') && tag[1..].starts_with(|c: char| c.is_ascii_digit())
        };
        let link = |tag: &String| {
            format!("[{tag}](https://attack.mitre.org/techniques/{}/)", tag.replace('.', "/"))
        };
        let techniques: Vec<String> = rule.tags.iter().filter(is_technique).map(link).collect();
        let places: Vec<&str> =
            ["host", "container"].into_iter().filter(|place| rule.tags.contains(*place)).collect();
        let what = rule.description.split_once(". ").map_or(&*rule.description, |(first, _)| first);
        writeln!(
            page,
            "| {} | {} | {} | {} | {}. |",
            rule.name,
            techniques.join(" "),
            rule.priority,
            places.join(", "),
            what.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.')
        )
        .unwrap();
    }
}
