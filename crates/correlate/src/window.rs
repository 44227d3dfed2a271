//! What is computed of a window: the alerts of a group between two times.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::rule::{Correlation, Kind, Test};

/// Which alert: the agent by its number ([`crate::Engine::agent`]) and the number it gave the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// The agent.
    pub agent: u32,
    /// The alert.
    pub sequence: u64,
}

/// An alert in the state of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When it happened, nanoseconds since the epoch.
    pub(crate) time: i64,
    pub(crate) sequence: u64,
    /// The hash of its value, or the bits of its number.
    pub(crate) value: u64,
    pub(crate) agent: u32,
    /// How many alerts it stands for: more than one where memory was short.
    pub(crate) weight: u32,
    /// The steps it matched.
    pub(crate) steps: u16,
    /// It ends a window that meets the condition.
    pub(crate) fires: bool,
    /// It is a member of a finding.
    pub(crate) is_member: bool,
    /// The window it ends was evaluated for the last time.
    pub(crate) is_settled: bool,
}

impl Entry {
    pub(crate) fn member(&self) -> Member {
        Member { agent: self.agent, sequence: self.sequence }
    }

    /// Its place among others; `ranks` orders agents the same whichever was heard first.
    pub(crate) fn order(&self, ranks: &FxHashMap<u32, u64>) -> (i64, u64, u64) {
        (self.time, ranks.get(&self.agent).copied().unwrap_or_default(), self.sequence)
    }

    fn number(&self) -> f64 {
        f64::from_bits(self.value)
    }
}

/// How many entries a group keeps, at least and at most, where a threshold says how many it needs.
const FEWEST: usize = 64;
const MOST: usize = 4096;

/// How many entries a group of this correlation keeps; more are put together or dropped.
pub(crate) fn most_entries(correlation: &Correlation) -> usize {
    if correlation.kind.is_temporal() {
        return FEWEST * correlation.steps.len().max(1);
    }
    if correlation.kind.is_numeric() || !correlation.test.only_grows() {
        return MOST;
    }
    let spare = if correlation.kind == Kind::ValueCount { 8.0 } else { 4.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a few thousand"
    )]
    let wanted = (correlation.test.threshold() * spare).clamp(1.0, 1e6) as usize;
    wanted.clamp(FEWEST, MOST)
}

/// The number of a window where it meets the condition.
pub(crate) fn measure(correlation: &Correlation, window: &[Entry]) -> Option<f64> {
    let number = match correlation.kind {
        Kind::EventCount => window.iter().map(|entry| f64::from(entry.weight)).sum(),
        Kind::ValueCount => distinct(correlation, window)?,
        Kind::Temporal => return temporal(correlation, window),
        Kind::TemporalOrdered => {
            if !in_order(correlation, window) {
                return None;
            }
            return temporal(correlation, window);
        }
        Kind::Sum => window.iter().map(Entry::number).sum(),
        Kind::Average => {
            let sum: f64 = window.iter().map(Entry::number).sum();
            sum / window.iter().map(|entry| f64::from(entry.weight)).sum::<f64>()
        }
        Kind::Percentile(rank) => percentile(window, rank),
        Kind::Median => percentile(window, 50.0),
    };
    correlation.test.takes(number).then_some(number)
}

#[expect(clippy::cast_precision_loss, reason = "some thousand")]
fn distinct(correlation: &Correlation, window: &[Entry]) -> Option<f64> {
    // Most windows are far from the threshold: those are not counted.
    if correlation.test.only_grows() && (window.len() as f64) < correlation.test.threshold() {
        return None;
    }
    let mut values: Vec<u64> = window.iter().map(|entry| entry.value).collect();
    values.sort_unstable();
    values.dedup();
    Some(values.len() as f64)
}

fn temporal(correlation: &Correlation, window: &[Entry]) -> Option<f64> {
    let seen = window.iter().fold(0, |seen, entry| seen | entry.steps);
    let number = f64::from(seen.count_ones());
    let holds = match &correlation.test {
        Test::Range(_) => correlation.test.takes(number),
        Test::Steps(expression) => {
            let is_seen = |fits: &dyn Fn(&str) -> bool| {
                let mut steps = correlation.steps.iter().enumerate();
                steps.any(|(number, step)| seen & (1 << number) != 0 && fits(&step.label))
            };
            expression.holds(&|name| is_seen(&|label| label == name), &|all, pattern| {
                let fits = |label: &str| crate::expression::fits(pattern, label);
                let mut fitting = correlation.steps.iter().filter(|step| fits(&step.label));
                let one = |step: &crate::rule::Step| is_seen(&|label| label == step.label);
                if all { fitting.all(one) } else { fitting.any(one) }
            })
        }
    };
    holds.then_some(number)
}

/// Whether each step has an alert of its own, in order, none later behind the one before than it may be.
fn in_order(correlation: &Correlation, window: &[Entry]) -> bool {
    // When the first steps up to each one were done last: of several ways the latest leaves most time.
    let mut done: [Option<i64>; crate::rule::MAX_STEPS] = [None; crate::rule::MAX_STEPS];
    for entry in window {
        for (number, step) in correlation.steps.iter().enumerate().rev() {
            if entry.steps & (1 << number) == 0 {
                continue;
            }
            let goes_on = match number.checked_sub(1) {
                None => true,
                Some(before) => done.get(before).copied().flatten().is_some_and(|time| {
                    step.within.is_none_or(|within| entry.time - time <= within)
                }),
            };
            if goes_on && let Some(slot) = done.get_mut(number) {
                *slot = Some(entry.time);
            }
        }
    }
    let last = correlation.steps.len().saturating_sub(1);
    done.get(last).is_some_and(Option::is_some)
}

/// The value at a rank from 0 to 100, between two values in proportion.
fn percentile(window: &[Entry], rank: f64) -> f64 {
    let one = |entry: &Entry| (entry.number() / f64::from(entry.weight), u64::from(entry.weight));
    let mut values: Vec<(f64, u64)> = window.iter().map(one).collect();
    values.sort_by(|one, other| one.0.total_cmp(&other.0));
    let count: u64 = values.iter().map(|(_, weight)| weight).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of alerts are far below 2^53")]
    let place = rank.clamp(0.0, 100.0) / 100.0 * count.saturating_sub(1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in the list, rounded"
    )]
    let at = |place: f64| {
        let mut left = place as u64;
        let found = values.iter().find(|(_, weight)| {
            let is_here = left < *weight;
            left = left.saturating_sub(*weight);
            is_here
        });
        found.or_else(|| values.last()).map_or(0.0, |(value, _)| *value)
    };
    let (low, high) = (at(place.floor()), at(place.ceil()));
    low + (high - low) * place.fract()
}

/// Makes room among entries that are too many: what windows of later alerts need least goes first.
/// Whether anything was lost that could have counted.
pub(crate) fn make_room(correlation: &Correlation, entries: &mut Vec<Entry>) -> bool {
    match correlation.kind {
        Kind::Temporal | Kind::TemporalOrdered => {
            // The oldest of the step that has most.
            let steps = 0..correlation.steps.len();
            let count =
                |step: usize| entries.iter().filter(|entry| entry.steps & (1 << step) != 0).count();
            let fullest = steps.max_by_key(|step| count(*step)).unwrap_or(0);
            let oldest = entries.iter().position(|entry| entry.steps & (1 << fullest) != 0);
            entries.remove(oldest.unwrap_or(0));
            true
        }
        Kind::ValueCount => {
            // A value that comes again later is there in every window of later alerts.
            let quarter = entries.len() / 4;
            let mut later: rustc_hash::FxHashSet<u64> = rustc_hash::FxHashSet::default();
            let mut keep: Vec<bool> =
                entries.iter().rev().map(|entry| later.insert(entry.value)).collect();
            keep.reverse();
            let before = entries.len();
            let mut kept = keep.into_iter();
            entries.retain(|_| kept.next().unwrap_or(true));
            if entries.len() < before {
                return false;
            }
            entries.drain(..quarter.max(1));
            true
        }
        _ => {
            // The older half, two by two: numbers and counts stay, times move to the later of two.
            let half = entries.len() / 2;
            let rest = entries.split_off(half);
            let pairs = std::mem::take(entries);
            for pair in pairs.chunks(2) {
                let Some(last) = pair.last() else { continue };
                let mut one = *last;
                if let [first, _] = pair {
                    one.weight = one.weight.saturating_add(first.weight);
                    one.is_member &= first.is_member;
                    if correlation.kind.is_numeric() {
                        one.value = (one.number() + first.number()).to_bits();
                    }
                }
                entries.push(one);
            }
            entries.extend(rest);
            true
        }
    }
}
