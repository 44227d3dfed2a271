//! What is indexed of an alert: its terms.
//!
//! A term is a word of one of its texts, or `=` and eight letters: 40 bits of the hash of a field with its value.
//! Words are those of the message, the rule, the source, the host, the tags and of all values. What a comparison of
//! a value may read in more than one way (a list, a fraction, `0644`) is *odd*: one term per field says that there is
//! such a value, and whoever asks about the field looks at these alerts as well.
//! Times of events are different in each alert and not indexed: files are in their order.

use std::net::IpAddr;

use peregrine_alert::{Alert, Priority};
use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use crate::issue;
use crate::text;

/// The alert's own fields, apart from values of the same name.
const OWN: &str = "\u{1}";
/// Stands for all odd values of a field.
const ODD: &str = "\u{1}odd";

/// Whether the values of a field are indexed.
pub(crate) fn is_indexed(field: &str) -> bool {
    !field.starts_with("evt.time")
}

/// The term of a field with a value.
pub(crate) fn value_term(field: &str, value: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut hasher = blake3::Hasher::new();
    hasher.update(field.as_bytes());
    hasher.update(&[0]);
    hasher.update(value.as_bytes());
    let hash = hasher.finalize();
    let bits =
        hash.as_bytes().iter().take(5).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
    let mut term = String::with_capacity(9);
    term.push('=');
    for index in 0..8 {
        let letter = usize::try_from((bits >> (5 * index)) & 31).unwrap_or_default();
        term.push(char::from(LETTERS.get(letter).copied().unwrap_or(b'a')));
    }
    term
}

/// The term that a field has where one of its values is odd.
pub(crate) fn odd_term(field: &str) -> String {
    value_term(field, ODD)
}

/// The term of one of the alert's own fields.
pub(crate) fn own_term(field: &str, value: &str) -> String {
    value_term(&format!("{OWN}{field}"), value)
}

/// The term of a priority.
pub(crate) fn priority_term(priority: Priority) -> String {
    own_term("priority", priority.name())
}

/// All terms of an alert, each once, with a space between.
pub(crate) fn terms(alert: &Alert) -> String {
    let mut seen = FxHashSet::default();
    let mut out = String::with_capacity(1024);
    let mut add = |term: &str| {
        if !term.is_empty() && !seen.contains(term) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(term);
            seen.insert(term.to_owned());
        }
    };
    add(&own_term("rule", &alert.rule));
    add(&own_term("source", &alert.source));
    add(&own_term("hostname", &alert.id.host));
    add(&priority_term(alert.priority));
    add(&own_term("issue", &issue::fingerprint(alert).to_string()));
    for tag in &alert.tags {
        add(&own_term("tags", tag));
    }
    for (field, value) in alert.fields.iter().filter(|(field, _)| is_indexed(field)) {
        match value {
            Json::Null => {}
            value if is_odd(value) => add(&odd_term(field)),
            Json::String(text) => add(&value_term(field, text)),
            plain => add(&value_term(field, &plain.to_string())),
        }
    }
    texts(alert, &mut |one| text::words(one, &mut add));
    out
}

/// Calls `take` with every text of an alert whose words are indexed.
pub(crate) fn texts(alert: &Alert, take: &mut dyn FnMut(&str)) {
    take(without_clock(&alert.message));
    take(&alert.rule);
    take(&alert.source);
    take(&alert.id.host);
    alert.tags.iter().for_each(|tag| take(tag));
    for (_, value) in alert.fields.iter().filter(|(field, _)| is_indexed(field)) {
        texts_of(value, take);
    }
}

fn texts_of(value: &Json, take: &mut dyn FnMut(&str)) {
    match value {
        Json::Null => {}
        Json::String(text) => take(text),
        Json::Array(list) => list.iter().for_each(|one| texts_of(one, take)),
        Json::Object(map) => {
            // As conditions compare it, and as people search for it.
            take(&value.to_string());
            map.values().for_each(|one| texts_of(one, take));
        }
        Json::Bool(_) | Json::Number(_) => take(&value.to_string()),
    }
}

/// A message without the time it begins with, `14:03:07.482913554` or `2026-01-31T14:03:07.482913554`: no two alerts
/// have that in common.
fn without_clock(message: &str) -> &str {
    const CLOCK: &[u8] = b"00:00:00.000000000";
    const DATE: &[u8] = b"0000-00-00T";
    let like = |text: &[u8], pattern: &[u8]| {
        text.len() >= pattern.len()
            && text.iter().zip(pattern).all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let bytes = message.as_bytes();
    let date = if like(bytes, DATE) { DATE.len() } else { 0 };
    if like(bytes.get(date..).unwrap_or_default(), CLOCK) {
        message.get(date + CLOCK.len()..).unwrap_or_default()
    } else {
        message
    }
}

/// Whether a comparison may read a value as something else than its text.
fn is_odd(value: &Json) -> bool {
    match value {
        Json::Array(_) | Json::Object(_) => true,
        Json::Number(number) => !number.is_u64() && !number.is_i64(),
        Json::String(text) => is_odd_text(text),
        Json::Null | Json::Bool(_) => false,
    }
}

fn is_odd_text(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    let number = match first {
        // `0x1f` and `0644` are numbers of other bases.
        b'0' if text.len() > 1 => {
            let digits = text.get(1..).unwrap_or_default();
            let hexadecimal =
                digits.strip_prefix('x').map(|digits| u64::from_str_radix(digits, 16));
            matches!(hexadecimal, Some(Ok(_))) || u64::from_str_radix(digits, 8).is_ok()
        }
        b'+' | b'-' => text.parse::<i128>().is_ok(),
        b't' => text == "true",
        b'f' => text == "false",
        _ => false,
    };
    if number {
        return true;
    }
    let may_be_address = first.is_ascii_hexdigit() || first == b':';
    if !may_be_address {
        return false;
    }
    match text.split_once('/') {
        Some((address, _)) => address.len() <= 45 && address.parse::<IpAddr>().is_ok(),
        None if text.len() <= 45 => {
            text.parse::<IpAddr>().is_ok_and(|address| address.to_string() != text)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_values_are_those_that_read_in_more_than_one_way() {
        let check = |value: Json, expected: bool| assert_eq!(is_odd(&value), expected, "{value}");
        check(json!("cat"), false);
        check(json!(42), false);
        check(json!(-42), false);
        check(json!(42.0), true);
        check(json!(1e300), true);
        check(json!(u64::MAX), false);
        check(json!("0644"), true);
        check(json!("0x1F"), true);
        check(json!("0"), false);
        check(json!("0a66ad9a0b2e"), false);
        check(json!("-5"), true);
        check(json!("-x"), false);
        check(json!("true"), true);
        check(json!(true), false);
        check(json!("10.1.2.3"), false);
        check(json!("10.1.2.0/24"), true);
        check(json!("::0001"), true);
        check(json!("::1"), false);
        check(json!("/etc/passwd"), false);
        check(json!([1]), true);
        check(json!({}), true);
    }

    #[test]
    fn the_time_of_a_message_is_no_word() {
        let check = |message: &str, expected: &str| {
            assert_eq!(without_clock(message), expected, "{message}");
        };
        check("14:03:07.482913554: Warning x", ": Warning x");
        check("2026-01-31T14:03:07.482913554+0000: Warning x", "+0000: Warning x");
        check("14:03:07: Warning x", "14:03:07: Warning x");
        check("日本 x", "日本 x");
    }

    #[test]
    fn a_term_is_the_same_in_every_release() {
        assert_eq!(value_term("proc.name", "cat"), value_term("proc.name", "cat"));
        assert_ne!(value_term("proc.name", "cat"), value_term("proc.nam", "ecat"));
        assert_ne!(own_term("rule", "x"), value_term("rule", "x"));
    }
}
