//! Times, sizes and numbers as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time in the two largest of its units: `3d 4h`, `5m 10s`, `1.2s`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of what is shown")]
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 10.0 {
        let tenths = (seconds.max(0.0) * 10.0).round() / 10.0;
        return format!("{tenths}s");
    }
    let whole = seconds.round() as u64;
    let units = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let at = units.iter().position(|(_, unit)| whole >= *unit).unwrap_or(units.len() - 1);
    let mut left = whole;
    let mut words = Vec::new();
    for (name, unit) in units.into_iter().skip(at).take(2) {
        if left / unit > 0 {
            words.push(format!("{}{name}", left / unit));
        }
        left %= unit;
    }
    words.join(" ")
}

/// A number of bytes: `512 KiB`, `43.5 MiB`.
#[expect(clippy::cast_precision_loss, reason = "shown to people")]
pub(crate) fn bytes(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} bytes"),
    }
}

/// A number with a blank between thousands, from five digits on.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A time in ISO 8601 as the time of day here, with the day where that is another; itself where it is none.
pub(crate) fn moment(text: &str) -> String {
    let here = TimeZone::system();
    let Ok(at) = text.parse::<Timestamp>() else { return text.to_owned() };
    let (at, now) = (here.to_datetime(at), here.to_datetime(Timestamp::now()));
    let form = if at.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_readable() {
        let time = |seconds: f64, expected: &str| {
            assert_eq!(duration(seconds), expected, "{seconds}");
        };
        time(0.0, "0s");
        time(1.23, "1.2s");
        time(9.99, "10s");
        time(59.6, "1m");
        time(310.0, "5m 10s");
        time(3600.0, "1h");
        time(274_000.0, "3d 4h");
        time(86_460.0, "1d");
        for (number, expected) in [(0, "0 bytes"), (2048, "2.0 KiB"), (45_613_056, "43.5 MiB")] {
            assert_eq!(bytes(number), expected);
        }
        for (given, expected) in
            [(0, "0"), (9999, "9999"), (12_345, "12 345"), (1_234_567, "1 234 567")]
        {
            assert_eq!(number(given), expected);
        }
        assert_eq!(moment("soon"), "soon");
        assert!(moment("2020-01-02T03:04:05.678Z").starts_with("2020-01-0"));
    }
}
