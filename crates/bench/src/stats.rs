//! Figures out of many measurements of one thing.

use serde::Serialize;

/// A median, and between what half of the values lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) low: f64,
    pub(super) value: f64,
    pub(super) high: f64,
}

impl Spread {
    /// The median and the quartiles of several.
    pub(super) fn median(values: &[f64]) -> Self {
        Self {
            low: quantile(values, 0.25),
            value: quantile(values, 0.5),
            high: quantile(values, 0.75),
        }
    }
}

/// The value below which a share of all lie; 0 of none. 0.25 is the lower quartile: what a thing
/// takes when little else disturbs.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let place = (share * real(last)).round();
    usize::try_from(whole(place)).ok().and_then(|place| sorted.get(place)).copied().unwrap_or(0.0)
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "counts of measurements stay far below 2^52")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

/// The same of 64 bits.
#[expect(clippy::cast_precision_loss, reason = "counts of measurements stay far below 2^52")]
pub(super) fn real64(count: u64) -> f64 {
    count as f64
}

/// The whole number a positive one begins with.
#[expect(clippy::cast_possible_truncation, reason = "cut on purpose")]
#[expect(clippy::cast_sign_loss, reason = "cut on purpose")]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

/// Numbers that look random and are always the same.
#[derive(Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Spread, quantile};

    #[test]
    fn quantiles_of_a_hundred() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        for (share, value) in [(0.0, 0.0), (0.25, 25.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            assert!((quantile(&values, share) - value).abs() < 1e-9);
        }
        assert_eq!(Spread::median(&values), Spread { low: 25.0, value: 50.0, high: 75.0 });
        assert!(quantile(&[], 0.5).abs() < 1e-9);
    }
}
