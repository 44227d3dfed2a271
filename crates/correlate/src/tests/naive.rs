//! The naive evaluator: it has every alert at once, in order, and tries every window.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::{Comparison, Correlation, Kind, Mode, Test};

/// An alert as a correlation sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) time: i64,
    pub(super) group: String,
    pub(super) steps: BTreeSet<usize>,
    pub(super) absent: bool,
    pub(super) value: String,
}

/// What a finding must be in the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Expected {
    pub(super) group: String,
    pub(super) fired: i64,
    pub(super) last_fired: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) alerts: u64,
    pub(super) fires: u64,
}

fn takes(test: &Test, number: f64) -> bool {
    let Test::Range(range) = test else { return number > 0.0 };
    range.iter().all(|(comparison, bound)| match comparison {
        Comparison::Lt => number < *bound,
        Comparison::Lte => number <= *bound,
        Comparison::Gt => number > *bound,
        Comparison::Gte => number >= *bound,
        Comparison::Eq => (number - bound).abs() < 1e-9,
        Comparison::Neq => (number - bound).abs() >= 1e-9,
    })
}

/// Whether the steps from one on can be found in this order, by trying all ways.
fn ordered(item: &Correlation, window: &[&Seen], step: usize, from: usize, before: i64) -> bool {
    let Some(wanted) = item.steps.get(step) else { return true };
    (from..window.len()).any(|at| {
        let seen = window[at];
        let near = step == 0 || wanted.within.is_none_or(|within| seen.time - before <= within);
        seen.steps.contains(&step) && near && ordered(item, window, step + 1, at + 1, seen.time)
    })
}

fn meets(item: &Correlation, window: &[&Seen]) -> bool {
    let numbers = || {
        let mut numbers: Vec<f64> =
            window.iter().map(|seen| seen.value.parse::<f64>().unwrap()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    let rank = |rank: f64| {
        let numbers = numbers();
        let place = rank / 100.0 * (numbers.len() - 1) as f64;
        let low = numbers[place.floor() as usize];
        let high = numbers[place.ceil() as usize];
        low + (high - low) * (place - place.floor())
    };
    let steps: BTreeSet<usize> =
        window.iter().flat_map(|seen| seen.steps.iter().copied()).collect();
    let number = match item.kind {
        Kind::EventCount => window.len() as f64,
        Kind::ValueCount => {
            window.iter().map(|seen| &seen.value).collect::<BTreeSet<_>>().len() as f64
        }
        Kind::Temporal | Kind::TemporalOrdered => {
            if item.kind == Kind::TemporalOrdered && !ordered(item, window, 0, 0, 0) {
                return false;
            }
            if let Test::Steps(expression) = &item.test {
                let label = |name: &str| steps.iter().any(|step| item.steps[*step].label == name);
                return expression.holds(&label, &|_, _| panic!("no patterns here"));
            }
            steps.len() as f64
        }
        Kind::Sum => numbers().iter().sum(),
        Kind::Average => numbers().iter().sum::<f64>() / window.len() as f64,
        Kind::Percentile(percent) => rank(percent),
        Kind::Median => rank(50.0),
    };
    takes(&item.test, number)
}

/// The findings of one correlation over alerts in order.
pub(super) fn findings(item: &Correlation, alerts: &[Seen]) -> Vec<Expected> {
    let mut groups: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for seen in alerts {
        groups.entry(&seen.group).or_default().push(seen);
    }
    let mut all = Vec::new();
    for (group, seen) in groups {
        let delay = item.absent.as_ref().map_or(0, |absent| absent.within);
        let counted: Vec<&Seen> = seen.iter().filter(|seen| !seen.absent).copied().collect();
        let follows = |time: i64| {
            seen.iter().any(|other| other.absent && other.time > time && other.time <= time + delay)
        };
        // Each window that meets the condition: its alerts, and when that is certain.
        let mut fires: Vec<(std::ops::Range<usize>, i64)> = Vec::new();
        if item.mode == Mode::WholeWindows {
            let mut first = 0;
            while first < counted.len() {
                let end = counted[first].time + item.timespan;
                let behind =
                    counted.iter().position(|seen| seen.time > end).unwrap_or(counted.len());
                if meets(item, &counted[first..behind]) && !follows(end) {
                    fires.push((first..behind, end + delay));
                }
                first = behind;
            }
        } else {
            for last in 0..counted.len() {
                let time = counted[last].time;
                let first =
                    counted.iter().position(|seen| seen.time >= time - item.timespan).unwrap();
                if meets(item, &counted[first..=last]) && !follows(time) {
                    fires.push((first..last + 1, time + delay));
                }
            }
        }
        let mut found: Vec<(Expected, BTreeSet<usize>)> = Vec::new();
        for (window, at) in fires {
            let (first, last) = (counted[window.start].time, counted[window.end - 1].time);
            match found.last_mut() {
                Some((finding, members)) if at - finding.last_fired <= item.quiet => {
                    finding.last_fired = at;
                    finding.first = finding.first.min(first);
                    finding.last = finding.last.max(last);
                    finding.fires += 1;
                    members.extend(window);
                }
                _ => {
                    let (fired, last_fired, fires) = (at, at, 1);
                    let group = group.to_owned();
                    let finding =
                        Expected { group, fired, last_fired, first, last, alerts: 0, fires };
                    found.push((finding, window.collect()));
                }
            }
        }
        let mut until = i64::MIN;
        for (mut finding, members) in found {
            finding.alerts = members.len() as u64;
            if finding.fired < until {
                continue;
            }
            if let Some(length) = item.suppress {
                until = finding.fired + length;
            }
            all.push(finding);
        }
    }
    all.sort();
    all
}
