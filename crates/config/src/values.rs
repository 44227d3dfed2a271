//! The plain types of values: switches, numbers, texts, lists, choices.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use peregrine_alert::Priority;
use serde_json::{Value as Json, json};

use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::scalar;
use crate::setting::{Kind, Value};
use crate::tree::Node;

fn kind(words: &str, schema: Json) -> Kind {
    Kind { words: words.to_owned(), schema }
}

impl Value for bool {
    fn kind() -> Kind {
        kind("true or false", json!({"type": "boolean"}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        reader.flag(node, key)
    }

    fn json(&self) -> Json {
        Json::from(*self)
    }
}

impl Value for String {
    fn kind() -> Kind {
        kind("a text", json!({"type": "string"}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        reader.text(node, key)
    }

    fn json(&self) -> Json {
        Json::from(self.as_str())
    }
}

impl Value for PathBuf {
    fn kind() -> Kind {
        kind("a path", json!({"type": "string"}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        reader.text(node, key).map(Self::from)
    }

    fn json(&self) -> Json {
        Json::from(self.to_string_lossy())
    }
}

impl Value for Vec<String> {
    fn kind() -> Kind {
        kind("a list of texts", json!({"type": "array", "items": {"type": "string"}}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        reader.texts(node, key)
    }

    fn json(&self) -> Json {
        json!(self)
    }
}

impl Value for Vec<PathBuf> {
    fn kind() -> Kind {
        kind("a list of paths", json!({"type": "array", "items": {"type": "string"}}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        Some(reader.texts(node, key)?.into_iter().map(PathBuf::from).collect())
    }

    fn json(&self) -> Json {
        self.iter().map(|path| Json::from(path.to_string_lossy())).collect()
    }
}

/// A value that may be left out.
impl<T: Value> Value for Option<T> {
    fn kind() -> Kind {
        T::kind()
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        T::read(node, key, reader).map(Some)
    }

    fn json(&self) -> Json {
        self.as_ref().map_or(Json::Null, Value::json)
    }
}

/// A whole number within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

/// A whole number from 0 that has no upper bound.
pub type Count = Whole<0, { i64::MAX }>;
/// Any whole number.
pub type Number = Whole<{ i64::MIN }, { i64::MAX }>;

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// The number where sizes are counted; what is less than 0 is 0.
    pub fn size(self) -> usize {
        usize::try_from(self.0.max(0)).unwrap_or(usize::MAX)
    }

    /// As many, as far as a number from 0 can say it.
    pub fn of_size(size: usize) -> Self {
        Self(i64::try_from(size).unwrap_or(i64::MAX))
    }

    fn words() -> String {
        match (MIN, MAX) {
            (i64::MIN, _) => "a whole number".to_owned(),
            (min, i64::MAX) => format!("a whole number from {min}"),
            (min, max) => format!("a whole number from {min} to {max}"),
        }
    }
}

impl<const MIN: i64, const MAX: i64> Value for Whole<MIN, MAX> {
    fn kind() -> Kind {
        let mut schema = json!({"type": "integer"});
        for (name, bound, open) in [("minimum", MIN, i64::MIN), ("maximum", MAX, i64::MAX)] {
            if let Some(object) = schema.as_object_mut().filter(|_| bound != open) {
                object.insert(name.to_owned(), bound.into());
            }
        }
        kind(&Self::words(), schema)
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match scalar::whole(&text).and_then(|number| i64::try_from(number).ok()) {
            Some(number) if (MIN..=MAX).contains(&number) => Some(Self(number)),
            _ => reader.wrong(node, key, Self::words()),
        }
    }

    fn json(&self) -> Json {
        Json::from(self.0)
    }
}

/// The size of a ring, set as Falco's preset: 1 is 1 MiB, each further one doubles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingSize {
    /// How many bytes a ring has; a power of two.
    pub bytes: u32,
}

impl RingSize {
    const WORDS: &'static str = "a number from 1 (1 MB) to 10 (512 MB)";

    const fn preset(preset: u32) -> Self {
        Self { bytes: 1 << (19 + preset) }
    }
}

impl Default for RingSize {
    fn default() -> Self {
        Self::preset(4)
    }
}

impl Value for RingSize {
    fn kind() -> Kind {
        kind(Self::WORDS, json!({"type": "integer", "minimum": 1, "maximum": 10}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let preset = scalar::whole(&reader.text(node, key)?).and_then(|n| u32::try_from(n).ok());
        match preset {
            Some(preset @ 1..=10) => Some(Self::preset(preset)),
            _ => reader.wrong(node, key, Self::WORDS),
        }
    }

    fn json(&self) -> Json {
        Json::from(self.bytes.ilog2().saturating_sub(19))
    }
}

/// A number that may have a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Real(pub f64);

impl Value for Real {
    fn kind() -> Kind {
        kind("a number from 0", json!({"type": "number", "minimum": 0}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let number = node.scalar().and_then(scalar::real);
        match number {
            Some(number) if number >= 0.0 => Some(Self(number)),
            _ => reader.wrong(node, key, "a number from 0"),
        }
    }

    fn json(&self) -> Json {
        Json::from(self.0)
    }
}

/// A share of a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(pub f64);

impl Value for Share {
    fn kind() -> Kind {
        kind("a number from 0 to 1", json!({"type": "number", "minimum": 0, "maximum": 1}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match node.scalar().and_then(scalar::real) {
            None => reader.wrong(node, key, "a number"),
            Some(share) if (0.0..=1.0).contains(&share) => Some(Self(share)),
            Some(_) => {
                // Falco does not start with it.
                reader.in_use = true;
                reader.wrong(node, key, "a number from 0 to 1")
            }
        }
    }

    fn json(&self) -> Json {
        Json::from(self.0)
    }
}

/// A time as Prometheus writes it: `1h30m`, `500ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval(pub Duration);

impl Interval {
    const UNITS: [(&'static str, u64); 7] = [
        ("ms", 1),
        ("s", 1000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
        ("w", 604_800_000),
        ("y", 31_536_000_000),
    ];

    /// Units from the largest on, each once.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut total = 0_u64;
        let mut smallest = u64::MAX;
        let mut rest = text;
        while !rest.is_empty() {
            let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, behind) = rest.split_at(unit_at);
            let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
            let (unit, further) = behind.split_at(end);
            let (_, factor) = Self::UNITS.iter().find(|(name, _)| *name == unit)?;
            if *factor >= smallest {
                return None;
            }
            smallest = *factor;
            total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
            rest = further;
        }
        (!text.is_empty()).then_some(Self(Duration::from_millis(total)))
    }
}

impl Value for Interval {
    fn kind() -> Kind {
        kind("a time with its unit, as in 1h30m or 500ms", json!({"type": "string"}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match Self::parse(&text) {
            Some(interval) => Some(interval),
            None => reader.wrong(node, key, Self::kind().words),
        }
    }

    fn json(&self) -> Json {
        let mut left = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let mut text = String::new();
        for (unit, factor) in Self::UNITS.into_iter().rev() {
            if left >= factor {
                let _ = write!(text, "{}{unit}", left / factor);
                left %= factor;
            }
        }
        Json::from(if text.is_empty() { "0s".to_owned() } else { text })
    }
}

/// A priority's word in a configuration. Of the two Falco has for one, `log_level` takes this one only.
fn word(level: Priority) -> String {
    if level == Priority::Informational {
        return "info".to_owned();
    }
    level.name().to_ascii_lowercase()
}

/// A number of bytes: `1073741824`, `512MiB`, `10GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl Size {
    const UNITS: [(&'static str, u64); 9] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("kB", 1000),
        ("KB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];

    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(end);
        let unit = unit.trim_start();
        let factor = match unit {
            "" | "B" => 1,
            unit => Self::UNITS.iter().find(|(name, _)| *name == unit)?.1,
        };
        digits.parse::<u64>().ok()?.checked_mul(factor).map(Self)
    }
}

impl Value for Size {
    fn kind() -> Kind {
        Kind {
            words: "a number of bytes, as in 1073741824, 512MiB or 10GB".to_owned(),
            schema: json!({"type": ["integer", "string"]}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match Self::parse(&text) {
            Some(size) => Some(size),
            None => reader.wrong(node, key, Self::kind().words),
        }
    }

    fn json(&self) -> Json {
        let units = Self::UNITS.iter().take(4).rev();
        let mut whole =
            units.filter(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        match whole.next() {
            Some((unit, factor)) => format!("{}{unit}", self.0 / factor).into(),
            None => self.0.into(),
        }
    }
}

impl Value for Priority {
    fn kind() -> Kind {
        let mut names: Vec<String> = Self::ALL.iter().map(|level| word(*level)).collect();
        let words = format!("one of {}", names.join(", "));
        names.push("informational".to_owned());
        kind(&words, json!({"type": "string", "enum": names}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        if let Ok(priority) = text.parse() {
            return Some(priority);
        }
        let is_error = reader.in_use;
        reader.problem(&node.origin, key, ProblemKind::UnknownPriority(text), is_error);
        None
    }

    fn json(&self) -> Json {
        Json::from(word(*self))
    }
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(pub String);

impl Address {
    /// IPv4, or IPv6 with or without a zone; white space around it is no matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = text.trim();
        let (address, zone) = plain.split_once('%').unwrap_or((plain, "none"));
        let parsed: IpAddr = address.parse().ok()?;
        let is_whole = address.len() == plain.len() || parsed.is_ipv6();
        (is_whole && !zone.is_empty()).then(|| Self(plain.to_owned()))
    }
}

impl Value for Address {
    fn kind() -> Kind {
        kind("an IP address", json!({"type": "string"}))
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match Self::parse(&reader.text(node, key)?) {
            Some(address) => Some(address),
            None => reader.wrong(node, key, Self::kind().words),
        }
    }

    fn json(&self) -> Json {
        Json::from(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        let check = |text: &str, expected: Option<u64>, shown: &str| {
            let got = Size::parse(text);
            assert_eq!(got.map(|size| size.0), expected, "{text}");
            let json = got.map_or_else(String::new, |size| size.json().to_string());
            assert_eq!(json.trim_matches('"'), shown, "{text}");
        };
        check("1073741824", Some(1 << 30), "1GiB");
        check("512MiB", Some(512 << 20), "512MiB");
        check("512 MiB", Some(512 << 20), "512MiB");
        check("10GB", Some(10_000_000_000), "9765625KiB");
        check("1001", Some(1001), "1001");
        check("7B", Some(7), "7");
        check("0", Some(0), "0");
        for bad in ["", "GiB", "1.5GiB", "-1", "1XB", "99999999999TiB"] {
            check(bad, None, "");
        }
    }

    #[test]
    fn intervals_are_read_and_shown() {
        let check = |text: &str, expected: Option<u64>, shown: &str| {
            let got = Interval::parse(text);
            assert_eq!(got.map(|interval| interval.0.as_millis()), expected.map(u128::from));
            assert_eq!(got.map_or(Json::Null, |interval| interval.json()), json!(shown), "{text}");
        };
        check("1h", Some(3_600_000), "1h");
        check("1h30m", Some(5_400_000), "1h30m");
        check("500ms", Some(500), "500ms");
        check("90s", Some(90_000), "1m30s");
        check("0s", Some(0), "0s");
        for bad in ["", "1", "h", "1x", "1.5h", "30m1h", "1h1h", "99999999999999999999s"] {
            assert_eq!(Interval::parse(bad), None, "{bad}");
        }
    }
}
