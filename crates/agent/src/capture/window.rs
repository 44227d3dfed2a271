//! Parts of a capture, by time.

use std::time::Duration;

/// A point in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds since the epoch.
    At(u64),
    /// This long after the first event.
    After(Duration),
}

impl Moment {
    fn ns(self, first: u64) -> u64 {
        match self {
            Self::At(ns) => ns,
            Self::After(time) => {
                first.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
            }
        }
    }
}

/// A part of a capture: from `start` on, before `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Events before this only change the state of the host.
    pub start: Option<Moment>,
    /// Reading stops here.
    pub end: Option<Moment>,
}

/// Where an event lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Before,
    Within,
    Behind,
}

impl Window {
    /// Where an event of this time lies. Events reported before the first of their kind have a time of 0
    /// and do not begin the capture.
    pub(super) fn place(self, first: &mut Option<u64>, ts: u64) -> Place {
        let first = if ts == 0 { first.unwrap_or(0) } else { *first.get_or_insert(ts) };
        if self.end.is_some_and(|end| ts != 0 && ts >= end.ns(first)) {
            Place::Behind
        } else if self.start.is_some_and(|start| ts < start.ns(first)) {
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
        let check = |start, end, expected: [Place; 4]| {
            let window = Window { start, end };
            let mut first = None;
            let places = [0, 100, 150, 200].map(|ts| window.place(&mut first, ts));
            assert_eq!(places, expected, "{window:?}");
        };
        check(None, None, [Within; 4]);
        check(Some(Moment::At(150)), None, [Before, Before, Within, Within]);
        check(None, Some(Moment::At(150)), [Within, Within, Behind, Behind]);
        let after = |ns| Some(Moment::After(Duration::from_nanos(ns)));
        check(after(50), after(100), [Before, Before, Within, Behind]);
    }
}
