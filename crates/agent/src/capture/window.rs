//! Parts of a capture, by time.

use std::time::Duration;

/// Nanoseconds of a day.
const DAY: u64 = 86_400_000_000_000;

/// A point in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds since the epoch.
    At(u64),
    /// This long after the first event.
    After(Duration),
    /// This long before the last event.
    BeforeEnd(Duration),
    /// This long after midnight, on the day of the first event or, where that is more than half a day
    /// earlier, on the next.
    TimeOfDay(Duration),
}

/// What relative moments are counted from.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// When the first event happened.
    pub first: u64,
    /// When the last event happened; 0 where nobody asked.
    pub last: u64,
    /// Seconds that local time is ahead of UTC.
    pub utc_offset: i32,
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Moment {
    fn ns(self, known: &Known) -> u64 {
        match self {
            Self::At(ns) => ns,
            Self::After(time) => known.first.saturating_add(nanoseconds(time)),
            Self::BeforeEnd(time) => known.last.saturating_sub(nanoseconds(time)),
            Self::TimeOfDay(time) => {
                let ahead = i64::from(known.utc_offset) * 1_000_000_000;
                let local = known.first.saturating_add_signed(ahead);
                let same = (local - local % DAY).saturating_add(nanoseconds(time));
                let same = if local.saturating_sub(same) > DAY / 2 { same + DAY } else { same };
                same.saturating_add_signed(-ahead)
            }
        }
    }
}

/// A part of a capture: from `start` on, before `end`, and near `around`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Events before this only change the state of the host.
    pub start: Option<Moment>,
    /// Reading stops here.
    pub end: Option<Moment>,
    /// A moment, and how far from it.
    pub around: Option<(Moment, Duration)>,
}

impl Window {
    /// Whether it is all of a capture.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it takes the last event to know where it is.
    pub(super) fn asks_for_end(&self) -> bool {
        let moments = [self.start, self.end, self.around.map(|(moment, _)| moment)];
        moments.into_iter().flatten().any(|moment| matches!(moment, Moment::BeforeEnd(_)))
    }

    /// Whether it begins after the first event.
    pub(super) fn has_start(&self) -> bool {
        self.start.is_some() || self.around.is_some()
    }

    /// Where it lies in time.
    pub fn span(&self, known: &Known) -> Span {
        let mut start = self.start.map_or(0, |start| start.ns(known));
        let mut end = self.end.map_or(u64::MAX, |end| end.ns(known));
        if let Some((moment, far)) = self.around {
            let (at, far) = (moment.ns(known), nanoseconds(far));
            start = start.max(at.saturating_sub(far));
            end = end.min(at.saturating_add(far).saturating_add(1));
        }
        Span { start, end }
    }
}

/// A window of a certain capture, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub start: u64,
    /// The first moment behind it.
    pub end: u64,
}

/// Where an event lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Before,
    Within,
    Behind,
}

impl Span {
    pub(super) fn place(self, ts: u64) -> Place {
        if ts >= self.end {
            Place::Behind
        } else if ts < self.start {
            Place::Before
        } else {
            Place::Within
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        use Place::{Before, Behind, Within};
        let check = |window: Window, expected: [Place; 3]| {
            let span = window.span(&Known { first: 100, last: 200, utc_offset: 0 });
            assert_eq!([100, 150, 200].map(|ts| span.place(ts)), expected, "{window:?}");
        };
        let whole = Window::default();
        assert!(whole.is_whole() && !whole.has_start());
        check(whole, [Within; 3]);
        let at = |ns| Some(Moment::At(ns));
        let after = |ns| Some(Moment::After(Duration::from_nanos(ns)));
        let before = |ns| Some(Moment::BeforeEnd(Duration::from_nanos(ns)));
        check(Window { start: at(150), ..whole }, [Before, Within, Within]);
        check(Window { end: at(150), ..whole }, [Within, Behind, Behind]);
        check(Window { start: after(50), end: after(100), ..whole }, [Before, Within, Behind]);
        check(Window { start: before(50), ..whole }, [Before, Within, Within]);
        let around = |ns, far| Some((Moment::At(ns), Duration::from_nanos(far)));
        check(Window { around: around(150, 0), ..whole }, [Before, Within, Behind]);
        check(Window { around: around(150, 50), ..whole }, [Within; 3]);
        check(
            Window { around: around(150, 50), start: at(120), ..whole },
            [Before, Within, Within],
        );
        assert!(
            Window { around: before(1).map(|at| (at, Duration::ZERO)), ..whole }.asks_for_end()
        );
        assert!(!Window { start: at(1), ..whole }.asks_for_end());
    }

    #[test]
    fn a_time_of_day_is_the_nearest_that_makes_sense() {
        let hour = 3_600_000_000_000;
        // First event, hours ahead of UTC, time of day; the hour since the epoch that is meant.
        let check = |first: u64, ahead: i32, of_day: u64, expected: u64| {
            let known = Known { first: first * hour, last: 0, utc_offset: ahead * 3600 };
            let moment = Moment::TimeOfDay(Duration::from_secs(of_day * 3600));
            assert_eq!(moment.ns(&known), expected * hour, "{first} {ahead} {of_day}");
        };
        check(10 * 24 + 14, 0, 15, 10 * 24 + 15);
        check(10 * 24 + 14, 0, 13, 10 * 24 + 13);
        check(10 * 24 + 23, 0, 1, 11 * 24 + 1);
        check(10 * 24 + 14, 2, 16, 10 * 24 + 14);
        check(10 * 24 + 1, -5, 20, 10 * 24 + 1);
    }
}
