//! What is done where events were lost, as `syscall_event_drops` says it: every second in which the share of
//! lost events is above a threshold, as often as a token bucket allows.

use peregrine_alert::Priority;
use peregrine_config::model::SyscallEventDrops;

use crate::notice::{LossActions, Notice};

const SECOND: u64 = 1_000_000_000;

/// What was lost in a second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Lost events by class, those without a loss too.
    pub(crate) classes: Vec<(&'static str, u64)>,
    /// Events of the second, the lost ones too.
    pub(crate) events: u64,
    /// Whether the source is the kernel.
    pub(crate) live: bool,
}

/// Decides what is done where events were lost.
#[derive(Debug)]
pub(crate) struct Drops {
    actions: LossActions,
    level: Priority,
    threshold: f64,
    simulates: bool,
    bucket: Bucket,
    /// When the next second ends, by the time of events.
    due: u64,
    /// Seconds in which too many events were lost, and how often something was done then.
    pub(crate) counts: [u64; 2],
}

impl Drops {
    pub(crate) fn new(keys: &SyscallEventDrops) -> Self {
        let has = |name: &str| keys.actions.0.iter().any(|action| action == name);
        let actions = LossActions { log: has("log"), alert: has("alert"), exit: has("exit") };
        let simulates = keys.simulate_drops;
        Self {
            actions,
            level: keys.priority,
            threshold: if simulates { 0.0 } else { keys.threshold.0 },
            simulates,
            bucket: Bucket { rate: keys.rate.0, most: keys.max_burst.0, tokens: None },
            due: 0,
            counts: [0; 2],
        }
    }

    /// The same with other settings; what was counted stays.
    pub(crate) fn renewed(&self, keys: &SyscallEventDrops) -> Self {
        Self { due: self.due, counts: self.counts, ..Self::new(keys) }
    }

    /// Whether losses are made up, for a test.
    pub(crate) fn simulates(&self) -> bool {
        self.simulates
    }

    /// Whether a second is over, by the time of an event.
    pub(crate) fn is_due(&mut self, now_ns: u64) -> bool {
        let is_over = self.due != 0 && now_ns > self.due;
        if self.due == 0 || is_over {
            self.due = now_ns.saturating_add(SECOND);
        }
        is_over
    }

    /// What is to be reported of a second that ended at `now_ns`. In the last one nothing is made up.
    pub(crate) fn look(&mut self, now_ns: u64, lost: Lost, last: bool) -> Vec<Notice> {
        let Lost { classes, events, live } = lost;
        let mut notices = Vec::new();
        let mut count: u64 = classes.iter().map(|(_, count)| count).sum();
        if self.simulates && !last {
            notices.push(Notice::SimulatingLoss);
            count += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share is compared with a threshold")]
        let share = count as f64 / events as f64;
        if count == 0 || share <= self.threshold {
            return notices;
        }
        self.counts[0] += 1;
        if !self.bucket.take(now_ns) {
            notices.push(Notice::LossActionsSkipped);
            return notices;
        }
        self.counts[1] += 1;
        let (actions, level) = (self.actions, self.level);
        let level = if actions.exit { Priority::Critical } else { level };
        notices.push(Notice::EventsLost { lost: count, events, classes, live, actions, level });
        if actions.exit {
            notices.push(Notice::LossEnds);
        }
        notices
    }
}

/// Allows something so often a second, and so often in a row.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    most: f64,
    /// How many there were, and when; none: it is full.
    tokens: Option<(f64, u64)>,
}

impl Bucket {
    /// Takes a token, where there is one.
    fn take(&mut self, now_ns: u64) -> bool {
        let tokens = self.tokens.map_or(self.most, |(tokens, at)| {
            #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
            let seconds = now_ns.saturating_sub(at) as f64 / SECOND as f64;
            (tokens + self.rate * seconds).min(self.most)
        });
        let is_there = tokens >= 1.0;
        self.tokens = Some((if is_there { tokens - 1.0 } else { tokens }, now_ns));
        is_there
    }
}

#[cfg(test)]
mod tests {
    use peregrine_config::{Config, Real, Share};

    use super::*;

    fn keys(actions: &[&str], change: impl FnOnce(&mut SyscallEventDrops)) -> SyscallEventDrops {
        let mut keys = Config::default().syscall_event_drops;
        keys.actions.0 = actions.iter().map(|action| (*action).to_owned()).collect();
        change(&mut keys);
        keys
    }

    /// Of seconds with so many lost events of a hundred, what is reported: `d` that losses are made up, `l` to the
    /// log, `a` as an alert, `e` the end, `s` that something is not done.
    fn reported(keys: &SyscallEventDrops, lost: &[u64]) -> (String, [u64; 2]) {
        let mut drops = Drops::new(keys);
        let mut reported = String::new();
        for (second, count) in lost.iter().enumerate() {
            let now = (second as u64 + 1) * SECOND;
            let lost = Lost { classes: vec![("open_exit", *count)], events: 100, live: true };
            for notice in drops.look(now, lost, false) {
                match notice {
                    Notice::SimulatingLoss => reported.push('d'),
                    Notice::LossActionsSkipped => reported.push('s'),
                    Notice::LossEnds => reported.push('e'),
                    Notice::EventsLost { actions, lost, .. } => {
                        let made_up = u64::from(drops.simulates());
                        assert_eq!(lost, count + made_up);
                        reported.extend(actions.log.then_some('l'));
                        reported.extend(actions.alert.then_some('a'));
                    }
                    other => panic!("{other}"),
                }
            }
            reported.push('|');
        }
        (reported, drops.counts)
    }

    #[test]
    fn something_is_done_above_the_threshold_as_often_as_allowed() {
        let check = |keys: SyscallEventDrops, lost: &[u64], expected: &str, counts: [u64; 2]| {
            assert_eq!(reported(&keys, lost), (expected.to_owned(), counts), "{keys:?} {lost:?}");
        };
        // The default reports every second with a loss.
        let usual = keys(&["log", "alert"], |_| ());
        check(usual, &[0, 1, 1, 0, 100], "|la|la||la|", [3, 3]);
        let falco = |keys: &mut SyscallEventDrops| {
            (keys.threshold, keys.rate) = (Share(0.1), Real(0.5));
        };
        // A share that is the threshold is not above it.
        check(keys(&["alert"], falco), &[10, 11, 50, 50, 50], "|a|s|a|s|", [4, 2]);
        let burst = |keys: &mut SyscallEventDrops| {
            falco(keys);
            keys.max_burst = Real(3.0);
        };
        check(keys(&["log"], burst), &[50, 50, 50, 50, 50, 50], "l|l|l|l|l|s|", [6, 5]);
        // Counted where nothing is to be done, too.
        check(keys(&["ignore"], |_| ()), &[5, 0], "||", [1, 1]);
        check(keys(&[], |_| ()), &[5, 0], "||", [1, 1]);
        check(keys(&["exit", "alert"], |_| ()), &[0, 5], "|ae|", [1, 1]);
        // Losses that are made up are above any threshold.
        let simulate = |keys: &mut SyscallEventDrops| {
            (keys.threshold, keys.simulate_drops) = (Share(1.0), true);
        };
        check(keys(&["log"], simulate), &[0, 0], "dl|dl|", [2, 2]);
    }

    #[test]
    fn a_second_of_events_is_over_with_the_first_event_after_it() {
        let mut drops = Drops::new(&Config::default().syscall_event_drops);
        let due = |drops: &mut Drops, times: &[u64]| -> Vec<bool> {
            times.iter().map(|time| drops.is_due(*time)).collect()
        };
        let times = [5, SECOND, SECOND + 5, SECOND + 6, 2 * SECOND + 6, 9 * SECOND, 9 * SECOND];
        assert_eq!(due(&mut drops, &times), [false, false, false, true, false, true, false]);
        // The clock was set back.
        assert_eq!(due(&mut drops, &[1, 2]), [false, false]);
    }
}
