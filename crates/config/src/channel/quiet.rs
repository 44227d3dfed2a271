//! What an output does not get: the rest of too many, repetitions, and what falls into quiet times.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::condition::{AlertFields, When};
use crate::reader::{Reader, joined};
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::{Interval, Whole};

section! {
    /// `throttle`: so many alerts in a time at most.
    Throttle {
        /// Alerts that go through.
        alerts: Whole<1, 1_000_000> = Whole(10), Used;
        /// In this time, which begins with the first of them.
        per: Interval = Interval(Duration::from_mins(1)), Used, "10m";
        /// Counted apart for each combination of these values.
        by: AlertFields = AlertFields::known(&["rule"]), Used, "[rule, hostname]";
    }
}

section! {
    /// `dedup`: of equal alerts the first one.
    Dedup {
        /// In this time, which begins with the first of them.
        window: Interval = Interval(Duration::from_mins(10)), Used, "1h";
        /// Equal are those with the same values of these fields.
        by: AlertFields = AlertFields::known(&["rule", "output"]), Used, "[rule, proc.exepath, fd.name]";
    }
}

/// A quiet time: of every day, or from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mute {
    /// Minutes of the day by the host's clock: from, to; over midnight where the second is not later.
    pub daily: Option<(u16, u16)>,
    /// On these days of the week it begins, 0 is Monday; empty: on all.
    pub days: Vec<u8>,
    /// Not before, nanoseconds since the epoch.
    pub start: Option<u64>,
    /// Not from then on, nanoseconds since the epoch.
    pub end: Option<u64>,
    /// Only alerts for which this holds.
    pub when: When,
}

/// Days of the week as the configuration names them, from Monday on.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Value for Vec<Mute> {
    fn kind() -> Kind {
        let text = json!({"type": "string"});
        let item = json!({
            "type": "object", "additionalProperties": false, "minProperties": 1,
            "properties": {
                "from": text, "to": text, "start": text, "end": text, "when": text,
                "days": {"type": "array", "items": {"enum": DAYS}},
            },
        });
        let words = "a list of quiet times: {from: '22:00', to: '06:00', days: [sat, sun]} or \
             {start: 2026-12-24T00:00:00Z, end: 2026-12-27T00:00:00Z}, each with a `when` if you like";
        Kind { words: words.to_owned(), schema: json!({"type": "array", "items": item}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let words = Self::kind().words;
        let mut all = Self::new();
        for item in reader.maps(node, key, &words)? {
            all.push(mute(item, key, &words, reader)?);
        }
        Some(all)
    }

    fn json(&self) -> Json {
        self.iter().map(shown).collect()
    }
}

fn mute(item: &Node, key: &str, words: &str, reader: &mut Reader) -> Option<Mute> {
    if item.map().is_none() {
        return reader.wrong(item, key, words);
    }
    let mut mute = Mute::default();
    let (mut from, mut to) = (None, None);
    for (name, value) in reader.pairs(item, key) {
        let full = joined(key, name);
        match name {
            "from" => from = Some(clock(value, &full, reader)?),
            "to" => to = Some(clock(value, &full, reader)?),
            "start" => mute.start = Some(moment(value, &full, reader)?),
            "end" => mute.end = Some(moment(value, &full, reader)?),
            "when" => mute.when = When::read(value, &full, reader)?,
            "days" => {
                for name in reader.texts(value, &full)? {
                    let day = DAYS.iter().zip(0..).find(|(day, _)| **day == name);
                    let Some((_, day)) = day else {
                        let words = format!("a list of {}", DAYS.join(", "));
                        return reader.wrong(value, &full, words);
                    };
                    mute.days.push(day);
                }
            }
            _ => reader.unknown(value, &full),
        }
    }
    mute.daily = match (from, to) {
        (Some(from), Some(to)) => Some((from, to)),
        (None, None) => None,
        _ => return reader.wrong(item, key, "a quiet time with both `from` and `to`"),
    };
    let is_empty = mute.daily.is_none() && mute.start.is_none() && mute.end.is_none();
    if is_empty && mute.days.is_empty() {
        return reader.wrong(
            item,
            key,
            "a quiet time that begins or ends: `from` and `to`, `days`, `start`, `end`",
        );
    }
    Some(mute)
}

/// `22:30` as minutes of the day; 24:00 is its end.
fn clock(node: &Node, key: &str, reader: &mut Reader) -> Option<u16> {
    let text = reader.text(node, key)?;
    let parts = text.split_once(':').filter(|(_, minutes)| minutes.len() == 2);
    let minutes = parts.and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
        let all = hours.checked_mul(60)?.checked_add(minutes)?;
        (minutes < 60 && all <= 24 * 60).then_some(all)
    });
    match minutes {
        Some(minutes) => Some(minutes),
        None => reader.wrong(node, key, "a time of day in quotes, as in '22:30'"),
    }
}

fn moment(node: &Node, key: &str, reader: &mut Reader) -> Option<u64> {
    let text = reader.text(node, key)?;
    let moment = text.parse::<Timestamp>().ok();
    match moment.and_then(|moment| u64::try_from(moment.as_nanosecond()).ok()) {
        Some(ns) => Some(ns),
        None => reader.wrong(node, key, "a moment with its zone, as in 2026-12-24T18:00:00Z"),
    }
}

fn shown(mute: &Mute) -> Json {
    let clock = |minutes: u16| Json::from(format!("{:02}:{:02}", minutes / 60, minutes % 60));
    let moment = |ns: u64| {
        let time = Timestamp::from_nanosecond(i128::from(ns)).unwrap_or(Timestamp::UNIX_EPOCH);
        Json::from(time.to_string())
    };
    let days: Vec<&str> =
        mute.days.iter().filter_map(|day| DAYS.get(usize::from(*day)).copied()).collect();
    let mut map = Map::new();
    let mut put = |name: &str, value: Option<Json>| {
        map.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("from", mute.daily.map(|(from, _)| clock(from)));
    put("to", mute.daily.map(|(_, to)| clock(to)));
    put("days", (!days.is_empty()).then(|| json!(days)));
    put("start", mute.start.map(moment));
    put("end", mute.end.map(moment));
    put("when", (!mute.when.0.is_empty()).then(|| mute.when.0.as_str().into()));
    Json::Object(map)
}
