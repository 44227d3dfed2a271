//! What receivers show of an alert beside its message.

use std::borrow::Cow;

use jiff::Timestamp;
use peregrine_alert::{Alert, Priority, one_line};
use serde_json::{Map, Value as Json};

use crate::cut::{Size, cut, length};

/// A name with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) text: Cow<'a, str>,
}

/// `Warning: Read sensitive file`.
pub(crate) fn title(alert: &Alert) -> String {
    format!("{}: {}", alert.priority, one_line(alert.rule.clone()))
}

/// Host, source, tags and time, then, where they are wanted, the values; each text is one line and not empty.
pub(crate) fn facts(alert: &Alert, values: bool) -> Vec<Fact<'_>> {
    let mut facts = vec![
        fact("Host", alert.id.host.clone()),
        fact("Source", alert.source.clone()),
        fact("Tags", alert.tags.join(", ")),
        fact("Time", time(alert)),
    ];
    facts.retain(|fact| !fact.text.is_empty());
    if values {
        for (name, value) in &alert.fields {
            let text = one_line(text_of(value).into_owned());
            let text = if text.is_empty() { "\"\"".to_owned() } else { text };
            let name = if name.is_empty() { "(no name)" } else { name };
            facts.push(Fact { name: one_line(name.to_owned()).into(), text: text.into() });
        }
    }
    facts
}

fn fact(name: &str, text: String) -> Fact<'_> {
    Fact { name: name.into(), text: one_line(text).into() }
}

/// The facts that fit into `most`, each with its name and text and `more` beside them, its text no longer than
/// `each`. Where some do not fit the last fact says how many.
pub(crate) fn fitted(
    facts: Vec<Fact<'_>>,
    (most, each, more): (usize, usize, usize),
    size: Size,
) -> Vec<Fact<'_>> {
    let last = |left: usize| fact("More", format!("{left} values do not fit"));
    let cost = |fact: &Fact<'_>| length(&fact.name, size) + length(&fact.text, size) + more;
    let all = facts.len();
    let reserved = cost(&last(all));
    let mut used = 0;
    // How much is used by the first so many, as long as there is room for the last fact behind them.
    let mut fitting = 0;
    let mut fitted = Vec::new();
    for Fact { name, text } in facts {
        let text = match cut(&text, each, size) {
            Cow::Borrowed(_) => text,
            Cow::Owned(shorter) => Cow::Owned(shorter),
        };
        let fact = Fact { name, text };
        if used + reserved <= most {
            fitting = fitted.len();
        }
        used += cost(&fact);
        if used > most {
            fitted.truncate(fitting);
            fitted.push(last(all - fitting));
            return fitted;
        }
        fitted.push(fact);
    }
    fitted
}

/// A value as text: texts as they are, nothing as `<NA>`, what else there is as JSON.
pub(crate) fn text_of(value: &Json) -> Cow<'_, str> {
    match value {
        Json::Null => Cow::Borrowed("<NA>"),
        Json::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// When the event happened: `2026-11-23T17:59:02.767588530Z`.
pub(crate) fn time(alert: &Alert) -> String {
    date(alert, "%Y-%m-%dT%H:%M:%S.%9fZ")
}

/// When the event happened, in UTC, in a form of `strftime`.
pub(crate) fn date(alert: &Alert, form: &str) -> String {
    // Each number of nanoseconds in 64 bits is a time before the year 2555.
    let time = Timestamp::from_nanosecond(i128::from(alert.time_ns)).unwrap_or_default();
    time.strftime(form).to_string()
}

/// The colour of a priority: red, green and blue, a byte each.
pub(crate) fn colour(priority: Priority) -> u32 {
    match priority {
        Priority::Emergency | Priority::Alert | Priority::Critical => 0x00c4_162a,
        Priority::Error => 0x00e8_590c,
        Priority::Warning => 0x00f2_c037,
        Priority::Notice => 0x0032_74d9,
        Priority::Informational => 0x0057_94f2,
        Priority::Debug => 0x008e_8e8e,
    }
}

/// A name for receivers whose names are letters, digits and `_`.
pub(crate) fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mut made: String = name.chars().map(plain).collect();
    if made.is_empty() || made.starts_with(|c: char| c.is_ascii_digit()) {
        made.insert(0, '_');
    }
    made
}

/// Adds a value under a name that no other one has: `proc.name` and `proc_name` are two.
pub(crate) fn put(to: &mut Map<String, Json>, mut name: String, value: Json) {
    while to.contains_key(&name) {
        name.push('_');
    }
    to.insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::utf8;

    #[test]
    fn names_are_made_plain() {
        for (name, expected) in [
            ("proc.name", "proc_name"),
            ("proc.aname[2]", "proc_aname_2_"),
            ("2nd", "_2nd"),
            ("", "_"),
            ("\u{4e2d}", "_"),
            ("evt_type", "evt_type"),
        ] {
            assert_eq!(plain_name(name), expected);
        }
    }

    #[test]
    fn facts_that_do_not_fit_are_counted() {
        let facts = |texts: &[&str]| -> Vec<Fact<'static>> {
            texts
                .iter()
                .map(|text| Fact { name: "n".into(), text: text.to_string().into() })
                .collect()
        };
        let check = |texts: &[&str], most: usize, expected: &[&str]| {
            let got = fitted(facts(texts), (most, 6, 1), utf8);
            let got: Vec<&str> = got.iter().map(|fact| &*fact.text).collect();
            assert_eq!(got, expected, "{texts:?} {most}");
        };
        check(&["one", "two"], 10, &["one", "two"]);
        check(&["one", "two"], 9, &["2 values do not fit"]);
        check(&["a long one", "two"], 13, &["a l...", "two"]);
        let many = ["one"; 20];
        check(&many, 37, &["one", "one", "18 values do not fit"]);
        check(&[], 0, &[]);
    }
}
