//! The alerts of a test against those it expects.

use peregrine_alert::one_line;
use peregrine_engine::Matching;
use peregrine_event::names::nearest;
use peregrine_yaml::Node;

use super::capture::{Entry, entries, field_text};
use super::node::{Wrong, because, wrong};
use super::play::{Raised, Scene};

/// Alerts in order: a rule's name, or a map with `rule`, `output`, `fields` and how many such alerts come one
/// after the other, `count`.
pub(crate) fn expected(node: &Node, scene: &Scene<'_>) -> Result<(), Wrong> {
    let entries = entries(Some(node))?;
    let alerts = scene.play();
    let mut raised = alerts.iter();
    for entry in entries {
        for _ in 0..entry.count {
            match (raised.next(), entry.rule) {
                (None, Some(rule)) => return silent(entry.node, rule, scene, &alerts),
                (None, None) => {
                    return wrong(entry.node, format!("no alert here{}", came(&alerts)));
                }
                (Some(raised), Some(rule)) if rule != raised.alert.rule => {
                    return silent(entry.node, rule, scene, &alerts);
                }
                (Some(raised), _) => alike(&entry, raised)?,
            }
        }
    }
    let Some(more) = raised.next() else { return Ok(()) };
    let why = scene.why_raised(more);
    because(node, format!("more alerts than expected{}", came(&alerts)), why)
}

/// The alerts there are.
fn came(alerts: &[Raised]) -> String {
    if alerts.is_empty() {
        return "; there is none at all".to_owned();
    }
    let lines = alerts.iter().map(|raised| format!("\n  {}", line(raised)));
    format!("; the alerts are:{}", lines.collect::<String>())
}

fn line(raised: &Raised) -> String {
    let message = one_line(raised.alert.message.clone());
    format!("event {}: {}: {message}", raised.event, raised.alert.rule)
}

/// Why the alert of a rule is not where it is expected.
fn silent(node: &Node, name: &str, scene: &Scene<'_>, alerts: &[Raised]) -> Result<(), Wrong> {
    let rules = &scene.rules.rules;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let near = nearest(name, rules.iter().map(|rule| rule.name.as_str()));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return wrong(node, format!("no rule of this test is called {name}{near}"));
    };
    if !rule.enabled {
        return wrong(node, format!("the rule {name} is not enabled"));
    }
    let trees = scene.why_silent(name);
    let raised = |event: usize| alerts.iter().filter(move |one| one.event == event);
    let by_another = trees.iter().filter(|tree| tree.holds()).find_map(|tree| {
        let own = raised(tree.event).any(|one| one.alert.rule == name);
        if own { None } else { raised(tree.event).next() }
    });
    let hidden = by_another.filter(|_| scene.matching == Matching::First).map(|other| {
        format!(
            "\n  the rule is true for event {}, which {} reports, as it stands before it: `matching: all` reports both",
            other.event, other.alert.rule
        )
    });
    let message = format!("no alert of {name} here{}{}", came(alerts), hidden.unwrap_or_default());
    because(node, message, trees)
}

/// Whether an alert is the one expected.
fn alike(entry: &Entry<'_>, raised: &Raised) -> Result<(), Wrong> {
    let alert = &raised.alert;
    if let Some(expected) = entry.output.filter(|expected| *expected != alert.message) {
        let node = entry.node.get("output").unwrap_or(entry.node);
        let (expected, found) = (one_line(expected.to_owned()), one_line(alert.message.clone()));
        return wrong(
            node,
            format!("the output differs\n  expected: {expected}\n  found:    {found}"),
        );
    }
    for (name, expected) in &entry.fields {
        let found = alert.fields.get(*name).map(field_text);
        if found.as_deref() != Some(*expected) {
            let node = entry.node.get("fields").and_then(|fields| fields.get(name));
            let found = found.as_deref().unwrap_or("not in the output");
            return wrong(
                node.unwrap_or(entry.node),
                format!("{name} is {found}, expected {expected}"),
            );
        }
    }
    Ok(())
}
