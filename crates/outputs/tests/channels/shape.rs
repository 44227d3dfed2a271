//! The shape of JSON documents: which keys an object may have, which it must, and what they hold.

use serde_json::{Map, Value as Json};

/// Whether a value is right; else what it should be.
pub(crate) type Is<'a> = &'a dyn Fn(&Json) -> Result<(), String>;

/// An object with these keys and no other. A name with `?` at its end may be missing.
pub(crate) fn object(json: &Json, keys: &[(&str, Is<'_>)]) -> Result<(), String> {
    let map = json.as_object().ok_or_else(|| format!("no object: {}", begin(json)))?;
    for (name, is) in keys {
        let (name, optional) = name.strip_suffix('?').map_or((*name, false), |name| (name, true));
        match map.get(name) {
            Some(value) => is(value).map_err(|why| format!("{name}: {why}"))?,
            None if optional => {}
            None => return Err(format!("{name} is missing")),
        }
    }
    let known = |name: &String| keys.iter().any(|(key, _)| key.trim_end_matches('?') == name);
    match map.keys().find(|name| !known(name)) {
        Some(name) => Err(format!("{name} is unknown")),
        None => Ok(()),
    }
}

/// A list of so many, each right.
pub(crate) fn list(json: &Json, most: usize, is: Is<'_>) -> Result<(), String> {
    let list = json.as_array().ok_or_else(|| format!("no list: {}", begin(json)))?;
    if list.len() > most {
        return Err(format!("{} of at most {most}", list.len()));
    }
    list.iter()
        .enumerate()
        .try_for_each(|(at, item)| is(item).map_err(|why| format!("[{at}]: {why}")))
}

/// A text.
pub(crate) fn text(json: &Json) -> Result<(), String> {
    json.as_str().map(|_| ()).ok_or_else(|| format!("no text: {}", begin(json)))
}

/// A text of 1 to so many characters.
pub(crate) fn some(most: usize) -> impl Fn(&Json) -> Result<(), String> {
    move |json| {
        text(json)?;
        let length = json.as_str().unwrap_or_default().encode_utf16().count();
        if (1..=most).contains(&length) { Ok(()) } else { Err(format!("{length} characters")) }
    }
}

/// Exactly this.
pub(crate) fn exactly(expected: Json) -> impl Fn(&Json) -> Result<(), String> {
    move |json| {
        if *json == expected { Ok(()) } else { Err(format!("{} is not {expected}", begin(json))) }
    }
}

/// One of these texts.
pub(crate) fn one_of<'a>(expected: &'a [&'a str]) -> impl Fn(&Json) -> Result<(), String> + 'a {
    move |json| match json.as_str() {
        Some(text) if expected.contains(&text) => Ok(()),
        _ => Err(format!("{} is none of {expected:?}", begin(json))),
    }
}

pub(crate) fn boolean(json: &Json) -> Result<(), String> {
    if json.is_boolean() { Ok(()) } else { Err(format!("neither true nor false: {}", begin(json))) }
}

/// A whole number within bounds.
pub(crate) fn whole(least: u64, most: u64) -> impl Fn(&Json) -> Result<(), String> {
    move |json| match json.as_u64() {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        _ => Err(format!("no number from {least} to {most}: {}", begin(json))),
    }
}

/// A time of RFC 3339.
pub(crate) fn time(json: &Json) -> Result<(), String> {
    let time = json.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    time.map(|_| ()).ok_or_else(|| format!("no time: {}", begin(json)))
}

/// Names with texts, each name right.
pub(crate) fn texts(json: &Json, name: fn(&str) -> bool) -> Result<(), String> {
    let map: &Map<String, Json> = json.as_object().ok_or("no object")?;
    for (key, value) in map {
        text(value).map_err(|why| format!("{key}: {why}"))?;
        if !name(key) {
            return Err(format!("{key} is no name"));
        }
    }
    Ok(())
}

fn begin(json: &Json) -> String {
    json.to_string().chars().take(100).collect()
}
