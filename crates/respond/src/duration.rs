//! Times as people write them: `1h30m`, `500ms`.

use std::fmt::Write as _;
use std::time::Duration;

const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// Reads a time: numbers with their units, the largest first, each once.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (mut total, mut smallest, mut rest) = (0_u64, u64::MAX, text);
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(unit_at);
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, further) = behind.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        if *factor >= smallest {
            return None;
        }
        smallest = *factor;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        rest = further;
    }
    (!text.is_empty()).then_some(Duration::from_millis(total))
}

/// A time in the same form.
pub fn shown_duration(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, factor) in UNITS.into_iter().rev() {
        if left >= factor {
            // Writing into a text cannot fail.
            let _ = write!(text, "{}{unit}", left / factor);
            left %= factor;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        for (text, seconds) in [("1h", 3600), ("1h30m", 5400), ("90s", 90), ("2d", 172_800)] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        for bad in ["", "5", "h", "1x", "1m1h", "1h1h", "-1s", "99999999999999999999s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
        for text in ["1h", "1h30m", "1m30s", "500ms", "0s", "1w"] {
            assert_eq!(shown_duration(parse_duration(text).unwrap()), text);
        }
    }
}
