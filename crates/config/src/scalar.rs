//! Truth values and numbers in the text of a scalar, as yaml-cpp, Falco's reader, takes them. Quotes and
//! tags make no difference to it.

/// `y`, `yes`, `true` and `on` with their opposites: in small letters, in capitals, or with a capital.
pub(crate) fn flag(text: &str) -> Option<bool> {
    let mut letters = text.chars();
    let first = letters.next()?;
    let rest = letters.as_str();
    let lower = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
    let upper = |text: &str| text.chars().all(|c| c.is_ascii_uppercase());
    let one_case = lower(text) || (first.is_ascii_uppercase() && (lower(rest) || upper(rest)));
    match text.to_ascii_lowercase().as_str() {
        _ if !one_case => None,
        "y" | "yes" | "true" | "on" => Some(true),
        "n" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

/// A whole number with its sign: decimal, `0x` hexadecimal, `0` octal; white space may follow.
pub(crate) fn whole(text: &str) -> Option<i128> {
    let text = text.trim_end_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (digits, base) = match hexadecimal {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    // A second sign is none.
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return None;
    }
    let number = i128::from_str_radix(digits, base).ok()?;
    Some(if negative { -number } else { number })
}

/// A number that may have a fraction.
pub(crate) fn real(text: &str) -> Option<f64> {
    let text = text.trim_end_matches(is_space);
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let is_number = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    text.parse().ok().filter(|_| is_number)
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_yaml_cpp() {
        let check = |text: &str, expected: Option<bool>| assert_eq!(flag(text), expected, "{text}");
        for text in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            check(text, Some(true));
        }
        for text in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            check(text, Some(false));
        }
        for text in ["", "tRue", "yEs", "oN", "1", "0", "perhaps", " true", "true ", "\u{e9}"] {
            check(text, None);
        }
    }

    #[test]
    fn whole_numbers_are_those_of_yaml_cpp() {
        let check =
            |text: &str, expected: Option<i128>| assert_eq!(whole(text), expected, "{text}");
        check("0", Some(0));
        check("-5", Some(-5));
        check("+5", Some(5));
        check("0x7d0", Some(2000));
        check("-0X10", Some(-16));
        check("010", Some(8));
        check("5 ", Some(5));
        check("18446744073709551615", Some(18_446_744_073_709_551_615));
        for text in ["", "-", "+-5", "2_000", "1.5", " 5", "0x", "08", "0o7", "many", "1e3"] {
            check(text, None);
        }
    }

    #[test]
    fn reals_are_those_of_yaml_cpp() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(real(text), expected, "{text}");
        check("1", Some(1.0));
        check("-.5", Some(-0.5));
        check("1e-3", Some(0.001));
        check(".inf", Some(f64::INFINITY));
        check("-.INF", Some(f64::NEG_INFINITY));
        assert!(real(".nan").is_some_and(f64::is_nan));
        for text in ["", "inf", "nan", "infinity", "1,5", " 1", "fast", "1.5x"] {
            check(text, None);
        }
    }
}
