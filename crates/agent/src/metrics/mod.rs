//! The metrics of the agent: `table.rs` has a row for each, [`Metrics`] their values at one moment. The
//! final report is written from them; an endpoint, a status page or another host reads the same values.
//!
//! Nothing is counted here. The pipeline, the kernel side and the outputs count as they work, and their
//! counts are copied when somebody asks.

mod read;
mod table;

use std::collections::BTreeMap;

pub(crate) use read::RuleKey;
pub use table::{FalcoNames, Kind, Metric, Row, Unit};

/// One value of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The values of the labels, in the order of [`Row::labels`].
    pub labels: Vec<String>,
    /// The value, in the unit of the row; nanoseconds where that is [`Unit::Seconds`].
    pub value: u64,
}

/// The values of metrics at one moment. A metric that the run does not have (what the kernel lost, in the
/// replay of a capture) has no samples.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    samples: BTreeMap<Metric, Vec<Sample>>,
}

impl Metrics {
    /// Sets a metric without labels.
    pub fn set(&mut self, metric: Metric, value: u64) {
        self.set_labelled(metric, [([], value)]);
    }

    /// Sets a metric with labels: the values of the labels, in the order of the row, and the value.
    /// Replaces all its samples.
    pub fn set_labelled<const LABELS: usize>(
        &mut self,
        metric: Metric,
        samples: impl IntoIterator<Item = ([String; LABELS], u64)>,
    ) {
        debug_assert_eq!(metric.row().labels.len(), LABELS, "{}", metric.row().name);
        let sample = |(labels, value): ([String; LABELS], u64)| {
            let labels = labels.into_iter().collect();
            Sample { labels, value }
        };
        self.samples.insert(metric, samples.into_iter().map(sample).collect());
    }

    /// The samples of a metric.
    pub fn samples(&self, metric: Metric) -> &[Sample] {
        self.samples.get(&metric).map_or(&[], Vec::as_slice)
    }

    /// The sum of all samples of a metric; 0 where there are none.
    pub fn total(&self, metric: Metric) -> u64 {
        self.samples(metric).iter().fold(0, |sum, sample| sum.saturating_add(sample.value))
    }

    /// The values of a metric summed by one of its labels, in the order of the label's values.
    pub fn by_label(&self, metric: Metric, label: &str) -> BTreeMap<&str, u64> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        let place = metric.row().labels.iter().position(|name| *name == label);
        for sample in self.samples(metric) {
            if let Some(value) = place.and_then(|place| sample.labels.get(place)) {
                let sum = sums.entry(value).or_default();
                *sum = sum.saturating_add(sample.value);
            }
        }
        sums
    }

    /// Every metric that has samples, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Row, &[Sample])> {
        self.samples.iter().map(|(metric, samples)| (metric.row(), samples.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_summed_and_replaced() {
        let mut metrics = Metrics::default();
        assert_eq!((metrics.total(Metric::Events), metrics.samples(Metric::Events)), (0, &[][..]));
        metrics.set(Metric::Events, 3);
        metrics.set(Metric::Events, 4);
        assert_eq!(metrics.total(Metric::Events), 4);
        let labels = |rule: &str, priority: &str| [rule, priority, "syscall"].map(str::to_owned);
        let hits = [(labels("b", "5"), 1), (labels("a", "4"), 2), (labels("b", "3"), u64::MAX)];
        metrics.set_labelled(Metric::RuleMatches, hits);
        let by_rule = BTreeMap::from([("a", 2), ("b", u64::MAX)]);
        assert_eq!(metrics.by_label(Metric::RuleMatches, "rule_name"), by_rule);
        assert_eq!(metrics.by_label(Metric::RuleMatches, "nosuch"), BTreeMap::new());
        assert_eq!(metrics.total(Metric::RuleMatches), u64::MAX);
        let names: Vec<&str> = metrics.iter().map(|(row, _)| row.name).collect();
        assert_eq!(names, ["peregrine_events_total", "peregrine_rule_matches_total"]);
    }
}
