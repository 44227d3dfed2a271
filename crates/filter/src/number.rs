//! Numbers of rules, as leniently as Falco reads them: decimal, cut to the width of their type.

use crate::types::Type;

/// What a text becomes in a numeric type: blanks in front are skipped, a sign is taken, a number past
/// 64 bits is the largest of them, and of what is wider than the type the lowest bits stay. Nothing may
/// follow the digits.
pub(crate) fn read(text: &str, ty: Type) -> Option<i128> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What is too long for this is past 64 bits as well.
    let amount = digits.parse::<i128>().unwrap_or(i128::MAX / 2);
    let amount = if negative { -amount } else { amount };
    let (low, high) = ty.range();
    let signed = low < 0;
    let wide = if signed {
        amount.clamp(i128::from(i64::MIN), i128::from(i64::MAX))
    } else if amount.unsigned_abs() > u128::from(u64::MAX) {
        i128::from(u64::MAX)
    } else {
        amount.rem_euclid(1 << 64)
    };
    let values = high - low + 1;
    let cut = wide.rem_euclid(values);
    Some(if cut > high { cut - values } else { cut })
}

/// What a text becomes where that is not the number it says.
pub(crate) fn surprising(text: &str, ty: Type) -> Option<i128> {
    let read = read(text, ty)?;
    (text.trim().parse::<i128>().ok() != Some(read)).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_to_their_type() {
        let check = |text: &str, ty: Type, expected: Option<i128>| {
            assert_eq!(read(text, ty), expected, "{text:?} as {ty:?}");
        };
        check("0", Type::Uint8, Some(0));
        check("256", Type::Uint8, Some(0));
        check("-1", Type::Uint8, Some(255));
        check("200", Type::Int8, Some(-56));
        check("65536", Type::Port, Some(0));
        check("-1", Type::Uint32, Some(4_294_967_295));
        check("4294967297", Type::Uint32, Some(1));
        check("2147483648", Type::Int32, Some(-2_147_483_648));
        check("-1", Type::Uint64, Some(i128::from(u64::MAX)));
        check("99999999999999999999999", Type::Uint64, Some(i128::from(u64::MAX)));
        check("-99999999999999999999999", Type::Uint64, Some(i128::from(u64::MAX)));
        check("99999999999999999999999", Type::Int64, Some(i128::from(i64::MAX)));
        check("-99999999999999999999999", Type::Int64, Some(i128::from(i64::MIN)));
        check("99999999999999999999999", Type::Int32, Some(-1));
        check(&"9".repeat(60), Type::Uint16, Some(65535));
        check(" 7", Type::Int64, Some(7));
        check("\t+7", Type::Int64, Some(7));
        for wrong in ["", " ", "7 ", "7a", "0x10", "1.5", "--1", "+-1", "seven"] {
            check(wrong, Type::Int64, None);
        }
    }

    #[test]
    fn only_another_number_surprises() {
        let check = |text: &str, ty: Type, expected: Option<i128>| {
            assert_eq!(surprising(text, ty), expected, "{text:?} as {ty:?}");
        };
        check("7", Type::Port, None);
        check(" 007", Type::Port, None);
        check("+7", Type::Port, None);
        check("65537", Type::Port, Some(1));
        check("-1", Type::Int32, None);
        check("-1", Type::Uint32, Some(4_294_967_295));
        check("x", Type::Uint32, None);
    }
}
