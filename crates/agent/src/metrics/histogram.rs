//! Times, counted by how long they are.

use std::time::Duration;

/// The longest time of each bucket, nanoseconds.
pub(crate) const BOUNDS: [u64; 20] = [
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    5_000_000_000,
];

/// Times by how long they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// How many are in each bucket and in no smaller one; the last is for those longer than every bound.
    counts: [u64; BOUNDS.len() + 1],
    /// Nanoseconds of all.
    sum: u64,
}

impl Histogram {
    /// Counts a time.
    pub(crate) fn add(&mut self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|bound| *bound < time);
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(time);
    }

    /// How many are no longer than each bound.
    pub(crate) fn up_to(&self) -> impl Iterator<Item = (u64, u64)> {
        let sums = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        BOUNDS.into_iter().zip(sums)
    }

    /// A time that so many of a hundred are within; none where there are none, or they are longer than every bound.
    pub(crate) fn within(&self, percent: u64) -> Option<Duration> {
        let all = self.count();
        let enough = |(_, count): &(u64, u64)| count * 100 >= all * percent;
        let found = self.up_to().find(enough).filter(|_| all > 0);
        found.map(|(bound, _)| Duration::from_nanos(bound))
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Nanoseconds of all.
    pub(crate) fn sum(&self) -> u64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_by_how_long_they_are() {
        let mut histogram = Histogram::default();
        for nanoseconds in [0, 1_000, 1_001, 5_000_000_000, 5_000_000_001] {
            histogram.add(Duration::from_nanos(nanoseconds));
        }
        let counts: Vec<u64> = histogram.up_to().map(|(_, count)| count).collect();
        assert_eq!(counts[..3], [2, 3, 3]);
        assert_eq!(counts.last(), Some(&4));
        assert_eq!((histogram.count(), histogram.sum()), (5, 10_000_002_002));
        let within = |percent| histogram.within(percent).map(|time| time.as_nanos());
        assert_eq!((within(40), within(60), within(99)), (Some(1_000), Some(2_000), None));
        assert_eq!(Histogram::default().within(50), None);
    }
}
