//! When a receiver that fails is tried again: after a while that doubles with each failure, up to a bound, of
//! which a random part is waited, so that many agents do not come at once.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use peregrine_config::Delivery;

/// A receiver that asks for more time than this does not get it.
const RETRY_AFTER_MOST: Duration = Duration::from_hours(1);

/// How a receiver that fails is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    /// What is waited at most after the first failure.
    pub(crate) first: Duration,
    /// What is waited at most after many.
    pub(crate) most: Duration,
    /// How long an alert is tried; none: for ever.
    pub(crate) give_up: Option<Duration>,
}

impl Retry {
    /// Of what is on this host: a file, stdout.
    pub(crate) const LOCAL: Self =
        Self { first: Duration::from_millis(100), most: Duration::from_secs(5), give_up: None };

    pub(crate) fn new(common: &Delivery) -> Self {
        Self {
            first: common.retry_first.0,
            most: common.retry_most.0,
            give_up: common.give_up_after.map(|interval| interval.0),
        }
    }
}

/// Whether a receiver is tried: closed while it works; open after a failure; once the time is over one batch is
/// tried, which closes it or opens it again.
#[derive(Debug)]
pub(crate) struct Circuit {
    retry: Retry,
    failures: u32,
    tried: Option<Instant>,
    until: Option<Instant>,
}

impl Circuit {
    pub(crate) fn new(retry: Retry) -> Self {
        Self { retry, failures: 0, tried: None, until: None }
    }

    /// Whether the last attempt succeeded.
    pub(crate) fn is_closed(&self) -> bool {
        self.failures == 0
    }

    /// When the receiver may be tried; none: now. Whoever is `hurried` waits no longer than `hurried` after the
    /// last attempt.
    pub(crate) fn until(&self, hurried: Option<Duration>) -> Option<Instant> {
        let soon = hurried.and_then(|most| Some(self.tried? + most));
        let until = self.until?;
        Some(soon.map_or(until, |soon| soon.min(until)))
    }

    pub(crate) fn succeed(&mut self) {
        (self.failures, self.until) = (0, None);
    }

    /// `progress`: a part of the batch was delivered. `retry_after`: what the receiver asks for.
    pub(crate) fn fail(&mut self, now: Instant, progress: bool, retry_after: Option<Duration>) {
        self.fail_with(now, progress, retry_after, RandomState::new().hash_one(now));
    }

    fn fail_with(
        &mut self,
        now: Instant,
        progress: bool,
        retry_after: Option<Duration>,
        random: u64,
    ) {
        let before = if progress { 0 } else { self.failures };
        self.failures = before.saturating_add(1);
        let factor = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
        let most = self.retry.first.saturating_mul(factor).min(self.retry.most);
        // Of 16 bits: what is lost by rounding does not matter.
        let part = u32::try_from(random & 0xffff).unwrap_or_default() + 1;
        let wait = most.mul_f64(f64::from(part) / 65536.0);
        let asked = retry_after.unwrap_or_default().min(RETRY_AFTER_MOST);
        self.tried = Some(now);
        self.until = Some(now + wait.max(asked));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry =
        Retry { first: Duration::from_secs(1), most: Duration::from_mins(1), give_up: None };

    #[test]
    fn waits_double_up_to_a_bound_and_a_random_part_of_them_is_waited() {
        let now = Instant::now();
        let mut circuit = Circuit::new(RETRY);
        assert!(circuit.is_closed() && circuit.until(None).is_none());
        for (at, most) in [1, 2, 4, 8, 16, 32, 60, 60, 60].into_iter().enumerate() {
            circuit.fail_with(now, false, None, u64::MAX);
            assert_eq!(circuit.until(None), Some(now + Duration::from_secs(most)), "failure {at}");
        }
        for random in [0, 1, 77, 0x8000, u64::MAX] {
            circuit.fail_with(now, false, None, random);
            let wait = circuit.until(None).unwrap() - now;
            assert!(!wait.is_zero() && wait <= RETRY.most, "{random}: {wait:?}");
        }
        for _ in 0..100 {
            circuit.fail_with(now, false, None, u64::MAX);
        }
        assert_eq!(circuit.until(None), Some(now + RETRY.most));
        // Where a part was delivered it begins anew.
        circuit.fail_with(now, true, None, u64::MAX);
        assert_eq!(circuit.until(None), Some(now + RETRY.first));
        circuit.succeed();
        assert!(circuit.is_closed() && circuit.until(None).is_none());
    }

    #[test]
    fn what_a_receiver_asks_for_is_waited() {
        let now = Instant::now();
        let check = |asked: u64, expected: u64| {
            let mut circuit = Circuit::new(RETRY);
            circuit.fail_with(now, false, Some(Duration::from_secs(asked)), u64::MAX);
            let wait = circuit.until(None).unwrap() - now;
            assert_eq!(wait, Duration::from_secs(expected), "asked {asked}");
        };
        check(0, 1);
        check(120, 120);
        check(u64::MAX, 3600);
    }

    #[test]
    fn at_the_end_it_is_tried_sooner() {
        let now = Instant::now();
        let mut circuit = Circuit::new(RETRY);
        circuit.fail_with(now, false, Some(Duration::from_mins(1)), 0);
        let soon = Duration::from_millis(200);
        assert_eq!(circuit.until(Some(soon)), Some(now + soon));
    }
}
