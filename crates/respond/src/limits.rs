//! How often responses act.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::response::Limits;

/// Keys of a response that are remembered at most; beyond that the response does not act.
const KEYS: usize = 10_000;

/// Whether a response may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Go,
    /// It acted on the same key a moment ago.
    Cooldown,
    /// It acts too often and is stopped until then; `first`: from now on.
    TooMany {
        /// Nanoseconds since the epoch.
        until_ns: u64,
        /// Whether it is stopped by this very alert.
        first: bool,
    },
}

/// What responses did lately, by their number.
#[derive(Debug, Default)]
pub struct Ledger {
    of: HashMap<usize, Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    /// When it acted, the oldest first.
    acted: VecDeque<u64>,
    /// When it acted on a key last.
    keys: HashMap<Vec<u8>, u64>,
    stopped_until: u64,
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Ledger {
    /// Other responses are numbered from now on. `former` says which number one had before, and whether its limits are
    /// the same: with others it is stopped no more, but what it did lately counts.
    pub fn renumber(&mut self, former: &[Option<(usize, bool)>]) {
        let mut of = std::mem::take(&mut self.of);
        for (number, former) in former.iter().enumerate() {
            let Some((before, same)) = former else { continue };
            let Some(mut recent) = of.remove(before) else { continue };
            if !same {
                recent.stopped_until = 0;
            }
            self.of.insert(number, recent);
        }
    }

    /// Asks for a response at a time, nanoseconds since the epoch. Where it may act that counts as done.
    pub fn admit(&mut self, response: usize, limits: &Limits, key: Vec<u8>, now: u64) -> Admission {
        let recent = self.of.entry(response).or_default();
        if now < recent.stopped_until {
            return Admission::TooMany { until_ns: recent.stopped_until, first: false };
        }
        let cooldown = nanoseconds(limits.cooldown);
        if cooldown > 0 {
            if recent.keys.get(&key).is_some_and(|last| now < last.saturating_add(cooldown)) {
                return Admission::Cooldown;
            }
            if recent.keys.len() >= KEYS {
                recent.keys.retain(|_, last| now < last.saturating_add(cooldown));
            }
        }
        let (most, window) = limits.at_most;
        let window = nanoseconds(window);
        while recent.acted.front().is_some_and(|at| at.saturating_add(window) <= now) {
            recent.acted.pop_front();
        }
        let full = recent.acted.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        if full || recent.keys.len() >= KEYS {
            recent.stopped_until = now.saturating_add(window.max(1));
            return Admission::TooMany { until_ns: recent.stopped_until, first: true };
        }
        recent.acted.push_back(now);
        if cooldown > 0 {
            recent.keys.insert(key, now);
        }
        Admission::Go
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn keys_cool_down_and_too_many_stop_the_response() {
        let limits = Limits {
            per: Vec::new(),
            at_most: (3, Duration::from_mins(1)),
            cooldown: Duration::from_secs(10),
        };
        let mut ledger = Ledger::default();
        let mut check = |key: &str, second: u64, expected: Admission| {
            let got = ledger.admit(0, &limits, key.as_bytes().to_vec(), second * SECOND);
            assert_eq!(got, expected, "{key} {second}");
        };
        let stopped = |first| Admission::TooMany { until_ns: 73 * SECOND, first };
        check("a", 1, Admission::Go);
        check("a", 2, Admission::Cooldown);
        check("b", 3, Admission::Go);
        check("a", 11, Admission::Go);
        check("c", 13, stopped(true));
        check("d", 14, stopped(false));
        check("d", 72, stopped(false));
        check("d", 73, Admission::Go);
        // Another response has its own.
        assert_eq!(ledger.admit(1, &limits, Vec::new(), 14 * SECOND), Admission::Go);
    }

    #[test]
    fn what_a_response_did_counts_under_its_new_number() {
        let limits = |most| Limits {
            per: Vec::new(),
            at_most: (most, Duration::from_mins(1)),
            cooldown: Duration::from_secs(10),
        };
        let mut ledger = Ledger::default();
        let admit = |ledger: &mut Ledger, number, most, key: &str, second: u64| {
            ledger.admit(number, &limits(most), key.as_bytes().to_vec(), second * SECOND)
        };
        assert_eq!(admit(&mut ledger, 0, 1, "a", 1), Admission::Go);
        let stopped = admit(&mut ledger, 0, 1, "b", 2);
        assert_eq!(stopped, Admission::TooMany { until_ns: 62 * SECOND, first: true });
        // Another one has its number now.
        ledger.renumber(&[None, Some((0, true))]);
        assert_eq!(admit(&mut ledger, 0, 1, "a", 3), Admission::Go);
        let stopped = admit(&mut ledger, 1, 1, "c", 3);
        assert_eq!(stopped, Admission::TooMany { until_ns: 62 * SECOND, first: false });
        // With other limits it is stopped no more; its key cools down as before.
        ledger.renumber(&[Some((1, false))]);
        assert_eq!(admit(&mut ledger, 0, 2, "a", 4), Admission::Cooldown);
        assert_eq!(admit(&mut ledger, 0, 2, "d", 4), Admission::Go);
        assert!(matches!(admit(&mut ledger, 0, 2, "e", 5), Admission::TooMany { .. }));
    }

    #[test]
    fn keys_that_are_too_many_stop_it_too() {
        let limits = Limits {
            per: Vec::new(),
            at_most: (u32::MAX, Duration::from_mins(1)),
            cooldown: Duration::from_hours(1),
        };
        let mut ledger = Ledger::default();
        for key in 0..KEYS {
            let key = key.to_string().into_bytes();
            assert_eq!(ledger.admit(0, &limits, key, SECOND), Admission::Go);
        }
        let got = ledger.admit(0, &limits, b"x".to_vec(), SECOND);
        assert!(matches!(got, Admission::TooMany { first: true, .. }), "{got:?}");
        // Those whose time is over make room.
        assert_eq!(ledger.admit(0, &limits, b"x".to_vec(), 3602 * SECOND), Admission::Go);
    }
}
