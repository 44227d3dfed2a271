//! Lengths of time as Sigma writes them: a number and a letter.

const SECOND: i64 = 1_000_000_000;

/// Nanoseconds of `90s`, `10m`, `1h`, `7d`, and of `250ms`.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit {
        "ms" => SECOND / 1000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return None,
    };
    // A century is more than any window needs, and sums of two stay numbers.
    digits.parse::<i64>().ok()?.checked_mul(unit).filter(|ns| *ns <= 36_500 * 86_400 * SECOND)
}

/// The same as people read it: in the largest unit that leaves no rest.
pub(crate) fn words(ns: i64) -> String {
    for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] {
        if ns % (unit * SECOND) == 0 {
            return format!("{}{name}", ns / (unit * SECOND));
        }
    }
    format!("{}ms", ns / (SECOND / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(duration(text), expected, "{text}");
            if let Some(ns) = expected {
                assert_eq!(duration(&words(ns)), expected, "{text}");
            }
        };
        check("90s", Some(90 * SECOND));
        check("10m", Some(600 * SECOND));
        check("1h", Some(3600 * SECOND));
        check("7d", Some(604_800 * SECOND));
        check("250ms", Some(250_000_000));
        check("0s", Some(0));
        check("10", None);
        check("m", None);
        check("", None);
        check("-1s", None);
        check("1w", None);
        check("99999999999d", None);
        check("10 m", None);
    }
}
