//! `docs/rules.md`: the rules we ship, as a page for people, from the rule files themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use peregrine_rules::{Loaded, Options, Rule, SourceText, load};

/// What stands above the tables.
const OPENING: &str = include_str!("rules_page.md");

/// The page.
pub(crate) fn page(root: &Path) -> Result<String> {
    let files = files(root)?;
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    let loaded = load(&sources, &Options::default());
    if let Some(told) = loaded.diagnostics.first() {
        bail!("the rules we ship: {told}");
    }
    let mut page = format!("<!-- Made by `cargo xtask codegen` from rules/. -->\n{OPENING}");
    for (name, text) in &files {
        let rules = rules_of(&loaded, text);
        if !rules.is_empty() {
            table(&mut page, name, text, &rules)?;
        }
    }
    Ok(page)
}

fn files(root: &Path) -> Result<Vec<(String, String)>> {
    let folder = root.join("rules");
    let entries = fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    let read = |path: &PathBuf| -> Result<(String, String)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, fs::read_to_string(path).with_context(|| path.display().to_string())?))
    };
    paths.iter().map(read).collect()
}

/// The rules that a file defines, in its order.
fn rules_of<'l>(loaded: &'l Loaded, text: &str) -> Vec<&'l Rule> {
    let names = text.lines().filter_map(|line| line.strip_prefix("- rule: "));
    names.filter_map(|name| loaded.rules.rules.iter().find(|rule| rule.name == name)).collect()
}

fn table(page: &mut String, name: &str, text: &str, rules: &[&Rule]) -> Result<()> {
    let head: Vec<&str> =
        text.lines().map_while(|line| line.strip_prefix("# ")).map(str::trim).collect();
    let head = head.join(" ");
    let (tactic, about) = head
        .split_once(": ")
        .with_context(|| format!("rules/{name} does not begin with `# Tactic: about it`"))?;
    let mut letters = about.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    write!(page, "\n## {tactic}\n\n{first}{}\n`rules/{name}`\n\n", letters.as_str())?;
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
        )?;
    }
    Ok(())
}
