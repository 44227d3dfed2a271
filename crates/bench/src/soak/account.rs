//! What became of all that was planted, of the agent's memory, and of events.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use super::act::IMAGE;
use super::stage::Stage;
use crate::agent::Reported;
use crate::stats::{quantile, real, real64};

/// An open that a rule is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planted {
    pub(super) number: u64,
    /// Seconds from the begin.
    pub(super) at: f64,
    /// It is the first act of a container.
    pub(super) contained: bool,
}

/// From when to when something was so, seconds from the begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: f64,
    pub(super) to: f64,
}

/// A time in which the agent was stopped, until it had caught up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    pub(super) span: Span,
    /// Events that the kernel counted as lost in it.
    pub(super) lost: u64,
}

/// What a reload took and how long events waited for it, seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reload {
    pub(super) took: f64,
    pub(super) pause: f64,
}

/// The agent at one moment; counts are since its start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Seconds from the begin.
    pub(super) at: f64,
    pub(super) events: u64,
    pub(super) lost: u64,
    /// Alerts that wait for outputs.
    pub(super) queued: u64,
    /// KiB of memory of its own (`RssAnon`).
    pub(super) memory: u64,
    /// Seconds on a CPU.
    pub(super) cpu: f64,
}

/// What arrived at one place.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// How often each number arrived.
    counts: BTreeMap<u64, u64>,
    /// Numbers of those with the image of their container.
    with_image: BTreeSet<u64>,
    /// Alerts that came again as what they are: with the sequence number they had.
    pub(super) sent_again: u64,
}

impl Arrivals {
    /// Counts an alert; `prefix` is what the names of planted files begin with.
    pub(super) fn alert(&mut self, prefix: &str, alert: &Value) {
        let fields = &alert["output_fields"];
        let number = fields["fd.name"].as_str().and_then(|name| name.strip_prefix(prefix));
        let Some(number) = number.and_then(|number| number.parse().ok()) else { return };
        *self.counts.entry(number).or_insert(0) += 1;
        if fields["container.image.repository"] == IMAGE {
            self.with_image.insert(number);
        }
    }
}

/// What became of what was planted, at one place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) once: u64,
    /// More often.
    pub(super) repeated: u64,
    /// Never, planted while the agent was stopped and the kernel lost events.
    pub(super) lost: u64,
    /// Never, planted at another time.
    pub(super) missing: u64,
    /// First acts of containers that arrived, and those of them that had their image.
    pub(super) contained: u64,
    pub(super) with_image: u64,
    pub(super) sent_again: u64,
}

impl Fate {
    fn of(planted: &[Planted], stops: &[Stop], arrivals: &Arrivals) -> Self {
        let mut fate = Self { sent_again: arrivals.sent_again, ..Self::default() };
        for one in planted {
            let explains =
                |stop: &Stop| stop.lost > 0 && (stop.span.from..=stop.span.to).contains(&one.at);
            match arrivals.counts.get(&one.number).copied().unwrap_or(0) {
                0 if stops.iter().any(explains) => fate.lost += 1,
                0 => fate.missing += 1,
                1 => fate.once += 1,
                _ => fate.repeated += 1,
            }
            if one.contained && arrivals.counts.contains_key(&one.number) {
                fate.contained += 1;
                fate.with_image += u64::from(arrivals.with_image.contains(&one.number));
            }
        }
        fate
    }
}

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) samples: Vec<Sample>,
    pub(super) stops: Vec<Stop>,
    /// When outputs were away.
    pub(super) away: Vec<Span>,
    pub(super) reloads: Vec<Reload>,
    pub(super) planted: Vec<Planted>,
    pub(super) opens: u64,
    pub(super) processes: u64,
    pub(super) reported: Reported,
    /// By the place where alerts arrived.
    pub(super) fates: Vec<(&'static str, Fate)>,
}

/// What the agent's memory was, KiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
    /// The medians of the first and of the last fifth.
    pub(super) first: f64,
    pub(super) last: f64,
}

impl Memory {
    /// By how much of the median it went away from it at most.
    pub(super) fn spread(self) -> f64 {
        (self.most - self.median).max(self.median - self.least) / self.median.max(1.0)
    }
}

impl Account {
    /// Ends the agent and takes in what arrived.
    pub(super) fn finish(&mut self, stage: Stage) -> Result<()> {
        let (reported, places) = stage.end()?;
        self.reported = reported;
        for (place, arrivals) in &places {
            self.fates.push((*place, Fate::of(&self.planted, &self.stops, arrivals)));
        }
        Ok(())
    }

    /// When the agent has settled: behind the first fifth.
    pub(super) fn settled(&self) -> f64 {
        self.samples.last().map_or(0.0, |sample| sample.at) / 5.0
    }

    /// The agent's memory since then.
    pub(super) fn memory(&self) -> Memory {
        let settled = self.settled();
        let samples = self.samples.iter().filter(|sample| sample.at >= settled);
        let all: Vec<f64> = samples.map(|sample| real64(sample.memory)).collect();
        let fifth = (all.len() / 5).max(1);
        let median = |values: &[f64]| quantile(values, 0.5);
        Memory {
            least: quantile(&all, 0.0),
            median: median(&all),
            most: quantile(&all, 1.0),
            first: median(all.get(..fifth).unwrap_or_default()),
            last: median(all.get(all.len().saturating_sub(fifth)..).unwrap_or_default()),
        }
    }

    /// Events lost while the agent was stopped, and at any other time.
    pub(super) fn lost(&self) -> (u64, u64) {
        let stopped: u64 = self.stops.iter().map(|stop| stop.lost).sum();
        (stopped, self.reported.lost.saturating_sub(stopped))
    }

    /// What there was between two samples, with where they lie: a second, each.
    pub(super) fn rates(&self, of: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
        let pairs = self.samples.iter().zip(self.samples.iter().skip(1));
        pairs
            .map(|(one, next)| (next.at, (of(next) - of(one)) / (next.at - one.at).max(1e-9)))
            .collect()
    }

    /// Events a second that the agent read, and percent of a CPU it used, over the whole time.
    pub(super) fn means(&self) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.samples.first(), self.samples.last()) else {
            return (0.0, 0.0);
        };
        let time = (last.at - first.at).max(1e-9);
        (real64(last.events - first.events) / time, (last.cpu - first.cpu) / time * 100.0)
    }

    /// Reloads, sorted by `of`: the middle, that of 99 of 100, the longest; in milliseconds.
    pub(super) fn reload_ms(&self, of: impl Fn(&Reload) -> f64) -> [f64; 3] {
        let all: Vec<f64> = self.reloads.iter().map(|one| of(one) * 1e3).collect();
        [0.5, 0.99, 1.0].map(|share| quantile(&all, share))
    }

    /// Containers there were.
    pub(super) fn containers(&self) -> usize {
        self.planted.iter().filter(|planted| planted.contained).count()
    }

    /// Seconds the whole took.
    pub(super) fn seconds(&self) -> f64 {
        self.samples.last().map_or(0.0, |sample| sample.at)
    }

    /// How many outages of outputs there were, with their mean length.
    pub(super) fn outages(&self) -> (usize, f64) {
        let sum: f64 = self.away.iter().map(|span| span.to - span.from).sum();
        (self.away.len(), sum / real(self.away.len().max(1)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_was_planted_in_a_stop_with_losses_or_is_missed() {
        let planted = [1.0, 5.0, 6.0, 9.0, 12.0, 13.0].iter().zip(0..);
        let planted: Vec<_> = planted
            .map(|(at, number)| Planted { number, at: *at, contained: number > 3 })
            .collect();
        let stop = |from, to, lost| Stop { span: Span { from, to }, lost };
        // Nothing was lost in the second one.
        let stops = [stop(4.5, 7.0, 100), stop(8.5, 10.0, 0)];
        let mut arrivals = Arrivals { sent_again: 3, ..Arrivals::default() };
        for (number, image) in [(1, ""), (4, IMAGE), (5, ""), (5, "")] {
            let fields = json!({"fd.name": format!("/x/planted.{number}"), "container.image.repository": image});
            arrivals.alert("/x/planted.", &json!({"output_fields": fields}));
        }
        arrivals.alert("/x/planted.", &json!({"output_fields": {"fd.name": "/etc/shadow"}}));
        let expected = Fate {
            once: 2,
            repeated: 1,
            lost: 1,
            missing: 2,
            contained: 2,
            with_image: 1,
            sent_again: 3,
        };
        assert_eq!(Fate::of(&planted, &stops, &arrivals), expected);
    }

    #[test]
    fn memory_is_judged_once_it_has_settled() {
        let sample = |at: i32, memory| Sample {
            at: f64::from(at),
            events: 0,
            lost: 0,
            queued: 0,
            memory,
            cpu: 0.0,
        };
        let check = |memory: &dyn Fn(i32) -> u64, spread: f64| {
            let samples = (0..=100).map(|at| sample(at, memory(at))).collect();
            let account = Account { samples, ..Account::default() };
            let got = account.memory().spread();
            assert!((got - spread).abs() < 1e-9, "{got} {spread}");
        };
        check(&|at| if at < 20 { 5000 } else { 10_000 }, 0.0);
        check(&|at| if at == 60 { 11_000 } else { 10_000 }, 0.1);
        check(&|at| if at == 60 { 9_000 } else { 10_000 }, 0.1);
    }

    #[test]
    fn losses_outside_of_stops_are_those_no_stop_has() {
        let stop = Stop { span: Span { from: 1.0, to: 2.0 }, lost: 70 };
        let reported = Reported { lost: 75, ..Reported::default() };
        let account = Account { stops: vec![stop], reported, ..Account::default() };
        assert_eq!(account.lost(), (70, 5));
    }
}
