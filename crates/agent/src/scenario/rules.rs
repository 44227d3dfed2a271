//! The rules of a test: its own, those of files, the shipped ones.

use std::path::Path;

use peregrine_config::SHIPPED;
use peregrine_event::names::nearest;
use peregrine_rules::{Loaded, Options, SourceText, load};
use peregrine_yaml::{Body, Node};

use super::node::{Wrong, text, texts, wrong};
use crate::rules::{RuleFile, rule_files, shipped};

/// Loads the rules of a test. The shipped ones are loaded before the others where the test names them, where
/// it names no rules at all, and where it is about a rule that only they have.
pub(crate) fn load_rules(test: &Node, folder: &Path) -> Result<Loaded, Wrong> {
    let files = sources(test, folder)?;
    let loaded = load_all(&files);
    let has = |name: &str| loaded.rules.rules.iter().any(|rule| rule.name == name);
    let missing: Vec<&str> = tested(test).filter(|name| !has(name)).collect();
    if loaded.failed() || missing.is_empty() || files.iter().any(|file| shipped_has(file, &missing))
    {
        return Ok(loaded);
    }
    if shipped().any(|file| shipped_has(&file, &missing)) {
        return Ok(load_all(&shipped().chain(files).collect::<Vec<_>>()));
    }
    Ok(loaded)
}

/// Leaves only the rule that `rule` names enabled.
pub(crate) fn select(test: &Node, loaded: &mut Loaded) -> Result<(), Wrong> {
    let Some(node) = test.get("rule") else { return Ok(()) };
    let name = text(node, "rule")?;
    let rules = &mut loaded.rules.rules;
    if rules.iter().all(|rule| rule.name != name) {
        let near = nearest(name, rules.iter().map(|rule| rule.name.as_str()));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return wrong(node, format!("no rule of this test is called {name}{near}"));
    }
    for rule in rules {
        rule.enabled = rule.name == name;
    }
    Ok(())
}

/// The rules a test is about, by name.
fn tested(test: &Node) -> impl Iterator<Item = &str> {
    let expected: &[Node] = match test.get("expect").map(|node| &node.body) {
        Some(Body::List(list)) => list,
        _ => &[],
    };
    let expected =
        expected.iter().map(|one| if one.scalar().is_some() { Some(one) } else { one.get("rule") });
    std::iter::once(test.get("rule")).chain(expected).flatten().filter_map(Node::scalar)
}

/// Whether a file of rules has one of these names; what is only like it is found by loading.
fn shipped_has(file: &RuleFile, names: &[&str]) -> bool {
    let mut defined = file.text.lines().filter_map(|line| line.strip_prefix("- rule: "));
    defined.any(|defined| names.contains(&defined.trim()))
}

fn load_all(files: &[RuleFile]) -> Loaded {
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    load(&sources, &Options::default())
}

fn sources(test: &Node, folder: &Path) -> Result<Vec<RuleFile>, Wrong> {
    let own = |name: &str, text: String| RuleFile { name: name.to_owned(), text, note: None };
    let mut files = Vec::new();
    if let Some(node) = test.get("condition") {
        let output = test.get("output").map_or(Ok("hit"), |node| text(node, "output"))?;
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        files.push(own(
            "condition",
            format!(
                "- rule: it\n  desc: d\n  condition: {}\n  output: {}\n  priority: notice\n  warn_evttypes: false\n",
                quoted(text(node, "condition")?),
                quoted(output)
            ),
        ));
    }
    match test.get("rules").map(|node| (node, &node.body)) {
        Some((node, Body::Scalar(text))) => {
            // No name of a file looks like rules.
            if text.trim().contains('\n') || text.contains(": ") || text.starts_with('-') {
                files.push(own("rules", text.clone()));
            } else {
                files.extend(named(node, text, folder)?);
            }
        }
        Some((node, Body::List(_))) => {
            for name in texts(node, "rules")? {
                files.extend(named(node, &name, folder)?);
            }
        }
        Some((node, _)) => {
            return wrong(node, format!("rules is a text, a list of files, or `{SHIPPED}`"));
        }
        None if files.is_empty() => files.extend(shipped()),
        None => {}
    }
    Ok(files)
}

/// The shipped files, or those of a path.
fn named(node: &Node, name: &str, folder: &Path) -> Result<Vec<RuleFile>, Wrong> {
    if name == SHIPPED {
        return Ok(shipped().collect());
    }
    rule_files(&[folder.join(name)]).or_else(|error| {
        let why = std::error::Error::source(&error).map(|why| format!(": {why}"));
        wrong(node, format!("{error}{}", why.unwrap_or_default()))
    })
}
