//! The key of a group: the values all of its alerts share, as texts.

use std::borrow::Cow;
use std::hash::Hasher as _;

use peregrine_alert::{Alert, AlertField};
use serde_json::Value as Json;

/// A value of an alert as text: equal texts are the same, whatever type a field has.
pub(crate) fn text<'a>(alert: &'a Alert, field: &AlertField) -> Option<Cow<'a, str>> {
    Some(match field {
        AlertField::Rule => alert.rule.as_str().into(),
        AlertField::Priority => alert.priority.name().into(),
        AlertField::Source => alert.source.as_str().into(),
        AlertField::Hostname => alert.id.host.as_str().into(),
        AlertField::Output => alert.message.as_str().into(),
        AlertField::Time => alert.time_ns.to_string().into(),
        AlertField::Tags => alert.tags.join(",").into(),
        AlertField::Value { name, .. } => match alert.fields.get(name)? {
            Json::Null => return None,
            Json::String(text) => text.as_str().into(),
            other => other.to_string().into(),
        },
    })
}

/// Appends a value with its length.
fn push(key: &mut Vec<u8>, value: &str) {
    let mut length = value.len();
    while length >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
        key.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 0x80")]
    key.push(length as u8);
    key.extend_from_slice(value.as_bytes());
}

/// Writes the key of an alert; false where it lacks a value and is of no group.
pub(crate) fn write(key: &mut Vec<u8>, alert: &Alert, fields: &[AlertField]) -> bool {
    key.clear();
    for field in fields {
        let Some(value) = text(alert, field) else { return false };
        push(key, &value);
    }
    true
}

/// The values of a key.
pub(crate) fn values(key: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        let (mut length, mut shift) = (0_usize, 0);
        while let Some((byte, behind)) = rest.split_first() {
            rest = behind;
            length |= usize::from(byte & 0x7f) << shift;
            shift = (shift + 7).min(56);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let length = length.min(rest.len());
        let (value, behind) = rest.split_at(length);
        found.push(String::from_utf8_lossy(value).into_owned());
        rest = behind;
    }
    found
}

/// What distinguishes the values of fields; none where one is missing.
pub(crate) fn hash(alert: &Alert, fields: &[AlertField]) -> Option<u64> {
    let mut hasher = rustc_hash::FxHasher::default();
    for field in fields {
        let value = text(alert, field)?;
        hasher.write_usize(value.len());
        hasher.write(value.as_bytes());
    }
    Some(hasher.finish())
}

/// The number a field has; none where it has none.
pub(crate) fn number(alert: &Alert, field: &AlertField) -> Option<f64> {
    let AlertField::Value { name, .. } = field else {
        return text(alert, field)?.parse().ok();
    };
    let number = match alert.fields.get(name)? {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_their_values() {
        let check = |expected: &[&str]| {
            let mut key = Vec::new();
            for value in expected {
                push(&mut key, value);
            }
            assert_eq!(values(&key), expected);
        };
        check(&[]);
        check(&[""]);
        check(&["root", "web-1"]);
        check(&["", "\u{0}", "财务"]);
        check(&[&"x".repeat(127), &"y".repeat(128), &"z".repeat(70_000)]);
    }

    #[test]
    fn bytes_that_are_no_key_end() {
        values(&[0xff; 40]);
        values(&[0x05, b'a']);
    }
}
