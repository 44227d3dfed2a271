//! Comparisons of numbers as ranges.

use peregrine_filter::Asked;

use crate::cond::Cond;

/// A comparison of numbers as tests of whether they lie between two.
pub(crate) fn range(asked: &Asked<'_>, between: impl Fn(i128, i128) -> Cond) -> Option<Cond> {
    match asked {
        Asked::Numbers(numbers) => {
            let mut numbers = numbers.clone();
            numbers.sort_unstable();
            let mut ranges: Vec<(i128, i128)> = Vec::new();
            for number in numbers {
                match ranges.last_mut() {
                    Some((_, to)) if number <= *to + 1 => *to = number,
                    _ => ranges.push((number, number)),
                }
            }
            Some(Cond::or(ranges.into_iter().map(|(from, to)| between(from, to))))
        }
        Asked::NotNumber(number) => Some(between(*number, *number).not()),
        Asked::Below(number) => Some(between(i128::MIN, *number - 1)),
        Asked::AtLeast(number) => Some(between(*number, i128::MAX)),
        _ => None,
    }
}
