//! Comparisons of numbers as ranges.

use peregrine_filter::Constraint;

use crate::cond::Cond;

/// A comparison of numbers as tests of ranges.
pub(crate) fn range(asked: &Constraint<'_>, between: impl Fn(i128, i128) -> Cond) -> Option<Cond> {
    match asked {
        Constraint::Numbers(numbers) => {
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
        Constraint::NotNumber(number) => Some(between(*number, *number).not()),
        Constraint::Below(number) => Some(between(i128::MIN, *number - 1)),
        Constraint::AtLeast(number) => Some(between(*number, i128::MAX)),
        _ => None,
    }
}
