//! The alerts of a test against those it expects.

use peregrine_alert::one_line;
use peregrine_engine::Matching;
use peregrine_event::names::nearest;
use peregrine_yaml::{Body, Node};

use super::node::{Wrong, because, pairs, text, wrong};
use super::play::{Raised, Scene};

/// What is said of an expected alert.
pub(crate) const KEYS: [&str; 3] = ["rule", "output", "fields"];

/// Alerts in order: a rule's name, or a map with `rule`, `output`, `fields`.
pub(crate) fn expected(node: &Node, scene: &Scene<'_>) -> Result<(), Wrong> {
    let list = match &node.body {
        Body::List(list) => list.as_slice(),
        Body::Null => &[],
        _ => return wrong(node, "expect is a list of alerts"),
    };
    for one in list {
        if one.scalar().is_none() {
            pairs(one, "an expected alert", &KEYS)?;
        }
    }
    let alerts = scene.play();
    let mut raised = alerts.iter();
    for one in list {
        let rule = one.scalar().or_else(|| one.get("rule").and_then(Node::scalar));
        match (raised.next(), rule) {
            (None, Some(rule)) => return silent(one, rule, scene, &alerts),
            (None, None) => return wrong(one, format!("no alert here{}", came(&alerts))),
            (Some(raised), Some(rule)) if rule != raised.alert.rule => {
                return silent(one, rule, scene, &alerts);
            }
            (Some(raised), _) => alike(one, raised)?,
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
fn alike(one: &Node, raised: &Raised) -> Result<(), Wrong> {
    let alert = &raised.alert;
    if let Some(output) = one.get("output")
        && text(output, "output")? != alert.message
    {
        let expected = one_line(text(output, "output")?.to_owned());
        let found = one_line(alert.message.clone());
        return wrong(
            output,
            format!("the output differs\n  expected: {expected}\n  found:    {found}"),
        );
    }
    let Some(fields) = one.get("fields") else { return Ok(()) };
    let Some(fields) = fields.map() else {
        return wrong(fields, "fields is a map: `proc.name: cat`");
    };
    for (key, value) in fields {
        let name = text(key, "a field")?;
        let found = alert.fields.get(name).map(|value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let expected = value.scalar().unwrap_or("null");
        if found.as_deref() != Some(expected) {
            let found = found.as_deref().unwrap_or("not in the output");
            return wrong(value, format!("{name} is {found}, expected {expected}"));
        }
    }
    Ok(())
}
