//! The findings of a test against those it expects.

use peregrine_event::names::nearest;
use peregrine_yaml::{Body, Node};

use super::{Played, START};
use crate::duration::words;
use crate::mistake::{Mistake, MistakeKind};
use crate::reader::Reader;
use crate::rule::Correlations;

const KEYS: [&str; 9] =
    ["correlation", "group", "alerts", "fires", "at", "last", "hosts", "late", "number"];

/// What there is, for whoever expected something else.
fn came(correlations: &Correlations, played: &[Played]) -> String {
    if played.is_empty() {
        return "; there is no finding".to_owned();
    }
    let lines = played.iter().map(|one| format!("\n  {}", line(correlations, one)));
    format!("; the findings are:{}", lines.collect::<String>())
}

fn title(correlations: &Correlations, played: &Played) -> String {
    let item = correlations.items.get(played.finding.correlation);
    item.map(|item| item.title.clone()).unwrap_or_default()
}

fn line(correlations: &Correlations, played: &Played) -> String {
    let finding = &played.finding;
    let item = correlations.items.get(finding.correlation);
    let names = item.map(|item| item.group_by.as_slice()).unwrap_or_default();
    let group: Vec<String> =
        names.iter().zip(&finding.group).map(|(name, value)| format!("{name}={value}")).collect();
    format!(
        "{} ({}) at {}, {} alerts",
        title(correlations, played),
        group.join(" "),
        words(finding.fired - START),
        finding.alerts
    )
}

/// Findings in order of when they were found.
pub(super) fn findings(
    reader: &mut Reader<'_>,
    node: &Node,
    correlations: &Correlations,
    played: &[Played],
) {
    let Body::List(entries) = &node.body else {
        reader.form(node, "expect", "a list of findings");
        return;
    };
    let mut found = played.iter();
    for entry in entries {
        let Some(name) = entry.scalar().or_else(|| entry.get("correlation")?.scalar()) else {
            let key = "correlation";
            reader.wrong(entry, MistakeKind::Missing { what: "an expected finding", key });
            return;
        };
        let titles = || correlations.items.iter().map(|item| item.title.as_str());
        if !titles().any(|title| title == name) {
            let near = nearest(name, titles());
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            let why = format!("no correlation of this test is called {name}{near}");
            reader.wrong(entry, MistakeKind::Expected(why));
            return;
        }
        match found.next() {
            Some(one) if title(correlations, one) == name => {
                if entry.map().is_some() {
                    alike(reader, entry, correlations, one);
                }
            }
            _ => {
                let why = format!("{name} is not found here{}", came(correlations, played));
                reader.wrong(entry, MistakeKind::Expected(why));
                return;
            }
        }
    }
    if found.next().is_some() {
        let why = format!("more findings than expected{}", came(correlations, played));
        reader.wrong(node, MistakeKind::Expected(why));
    }
}

fn alike(reader: &mut Reader<'_>, entry: &Node, correlations: &Correlations, played: &Played) {
    let finding = &played.finding;
    let differs = |reader: &mut Reader<'_>, node: &Node, key: &str, found: &str, wanted: &str| {
        if found != wanted {
            let why = format!("{key} is {found}, not {wanted}");
            reader.wrong(node, MistakeKind::Expected(why));
        }
    };
    for (key, value) in reader.pairs(entry, "an expected finding", &KEYS) {
        let key = key.scalar().unwrap_or_default();
        match key {
            "group" => {
                let item = correlations.items.get(finding.correlation);
                let names = item.map(|item| item.group_by.as_slice()).unwrap_or_default();
                for (name, wanted) in value.map().unwrap_or_default() {
                    let text = name.scalar().unwrap_or_default();
                    let place = names.iter().position(|known| known == text);
                    if let Some(found) = place.and_then(|place| finding.group.get(place)) {
                        differs(reader, wanted, text, found, wanted.scalar().unwrap_or_default());
                    } else {
                        let why = format!("{text} is not in group-by: {}", names.join(", "));
                        reader.wrong(name, MistakeKind::Expected(why));
                    }
                }
            }
            "hosts" => {
                let mut wanted: Vec<&str> =
                    reader.texts(value, "hosts").into_iter().map(|(_, host)| host).collect();
                wanted.sort_unstable();
                differs(reader, value, key, &played.hosts.join(", "), &wanted.join(", "));
            }
            "at" | "last" => {
                let time = if key == "at" { finding.fired } else { finding.last };
                if let Some(wanted) = reader.duration(value, key) {
                    differs(reader, value, key, &words(time - START), &words(wanted));
                }
            }
            "alerts" | "fires" | "late" | "number" => {
                let found = match key {
                    "alerts" => finding.alerts.to_string(),
                    "fires" => finding.fires.to_string(),
                    "number" => finding.number.to_string(),
                    _ => finding.late.to_string(),
                };
                let wanted = value.scalar().unwrap_or_default();
                differs(reader, value, key, &found, wanted);
            }
            _ => {}
        }
    }
}

/// The mistakes of a test's correlations: each a part of its message, with `LINE:` before it.
pub(super) fn mistakes(reader: &mut Reader<'_>, node: &Node, found: &[Mistake]) {
    let wanted = reader.texts(node, "mistakes");
    let say = |mistake: &Mistake| {
        format!("{}:{}: {}", mistake.place.line, mistake.place.column, mistake.message())
    };
    let mut found = found.iter().map(say);
    for (node, text) in wanted {
        match found.next() {
            Some(message) if message.contains(text) => {}
            Some(message) => {
                let why = format!("the mistake here is {message}");
                reader.wrong(node, MistakeKind::Expected(why));
            }
            None => {
                let why = "there is no such mistake".to_owned();
                reader.wrong(node, MistakeKind::Expected(why));
            }
        }
    }
    if let Some(more) = found.next() {
        reader.wrong(node, MistakeKind::Expected(format!("one more mistake: {more}")));
    }
}
