//! Quiet times.

use std::sync::Arc;

use peregrine_alert::{Alert, AlertCondition, ConditionError, condition};
use peregrine_config::Mute;
use peregrine_filter::reference::holds;

use super::held::Held;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
const SECOND_NS: u64 = 1_000_000_000;

/// The quiet times of an output.
#[derive(Debug)]
pub(super) struct Mutes(Vec<Quiet>);

#[derive(Debug)]
struct Quiet {
    times: Mute,
    when: Option<AlertCondition>,
    /// What it holds back, and when that quiet time ends.
    held: Option<(Held, u64)>,
}

impl Mutes {
    pub(super) fn new(mutes: &[Mute]) -> Result<Self, ConditionError> {
        let quiet = |times: &Mute| {
            let when = times.when.0.trim();
            let when = (!when.is_empty()).then(|| condition(when)).transpose()?;
            Ok(Quiet { times: times.clone(), when, held: None })
        };
        mutes.iter().map(quiet).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the alert falls into a quiet time.
    pub(super) fn hold(&mut self, alert: &Arc<Alert>) -> bool {
        let quiet = self.0.iter_mut().find_map(|quiet| {
            let end = end_of(&quiet.times, alert)?;
            let wanted = quiet.when.as_ref().is_none_or(|when| holds(&when.root, &**alert));
            wanted.then_some((quiet, end))
        });
        let Some((quiet, end)) = quiet else { return false };
        match &mut quiet.held {
            Some((held, until)) => {
                held.add(alert);
                *until = (*until).max(end);
            }
            None => quiet.held = Some((Held::new("mute", alert), end)),
        }
        true
    }

    /// Takes what was held back in quiet times that ended by this time.
    pub(super) fn end(&mut self, now_ns: u64, ended: &mut Vec<Held>) {
        for quiet in &mut self.0 {
            if let Some((held, _)) = quiet.held.take_if(|(_, end)| *end <= now_ns) {
                ended.push(held);
            }
        }
    }
}

/// When the quiet time ends that an alert falls into, nanoseconds since the epoch; none where it falls into
/// none.
fn end_of(times: &Mute, alert: &Alert) -> Option<u64> {
    let time = alert.time_ns;
    if times.start.is_some_and(|start| time < start) || times.end.is_some_and(|end| time >= end) {
        return None;
    }
    let last = times.end.unwrap_or(u64::MAX);
    if times.daily.is_none() && times.days.is_empty() {
        return Some(last);
    }
    // By the host's clock.
    let offset = i64::from(alert.utc_offset);
    let local = i64::try_from(time / SECOND_NS).unwrap_or(i64::MAX).saturating_add(offset);
    let (from, to) = times.daily.unwrap_or((0, 24 * 60));
    let (from, to) = (i64::from(from) * MINUTE, i64::from(to) * MINUTE);
    let length = if to > from { to - from } else { to - from + DAY };
    // It may have begun today or the day before.
    let ends = [0, 1].into_iter().find_map(|before| {
        let midnight = local - local.rem_euclid(DAY) - before * DAY;
        let begin = midnight + from;
        let on_day = times.days.is_empty() || times.days.contains(&weekday(midnight));
        (on_day && (begin..begin + length).contains(&local)).then_some(begin + length)
    })?;
    let ends = u64::try_from(ends - offset).unwrap_or(0).saturating_mul(SECOND_NS);
    Some(ends.min(last))
}

/// The day of the week of a midnight: 0 is Monday. The epoch began on a Thursday.
fn weekday(midnight: i64) -> u8 {
    u8::try_from((midnight.div_euclid(DAY) + 3).rem_euclid(7)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_times_begin_and_end_by_the_hosts_clock() {
        let check = |times: &Mute, time: &str, offset: i32, ends: Option<&str>| {
            let ns = |text: &str| {
                u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond()).unwrap()
            };
            let alert =
                Alert { time_ns: ns(time), utc_offset: offset, ..super::super::tests::alert(0) };
            assert_eq!(end_of(times, &alert), ends.map(ns), "{time}");
        };
        let night = Mute { daily: Some((22 * 60, 6 * 60)), ..Mute::default() };
        check(&night, "2026-11-30T21:59:59Z", 0, None);
        check(&night, "2026-11-30T22:00:00Z", 0, Some("2026-12-01T06:00:00Z"));
        check(&night, "2026-12-01T05:59:59Z", 0, Some("2026-12-01T06:00:00Z"));
        check(&night, "2026-12-01T06:00:00Z", 0, None);
        check(&night, "2026-11-30T21:30:00Z", 3600, Some("2026-12-01T05:00:00Z"));
        // 2026-11-30 is a Monday. The night of Sunday reaches into it.
        let sunday = Mute { days: vec![6], ..night };
        check(&sunday, "2026-11-30T01:00:00Z", 0, Some("2026-11-30T06:00:00Z"));
        check(&sunday, "2026-11-30T23:00:00Z", 0, None);
        let weekend = Mute { days: vec![5, 6], ..Mute::default() };
        check(&weekend, "2026-11-29T12:00:00Z", 0, Some("2026-11-30T00:00:00Z"));
        check(&weekend, "2026-11-30T12:00:00Z", 0, None);
        let until = Mute { end: Some(1_764_000_000_000_000_000), ..Mute::default() };
        check(&until, "2025-11-24T15:59:59Z", 0, Some("2025-11-24T16:00:00Z"));
        check(&until, "2025-11-24T16:00:00Z", 0, None);
    }
}
