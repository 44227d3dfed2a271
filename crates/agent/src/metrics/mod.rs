//! The metrics of the agent: `table.rs` has a row for each, [`Metrics`] their values at one moment. The
//! final report, the page for Prometheus (`prometheus.rs`), the alert and the file of regular figures (`fields.rs`) and
//! `peregrine status` are made from them.
//!
//! Nothing is counted here. The pipeline, the kernel side and the outputs count as they work, and their
//! counts are copied when somebody asks (`read.rs`); what the system knows of this process and of the host is read
//! then (`host.rs`), on the thread of whoever asks.

mod fields;
mod files;
mod histogram;
mod host;
#[cfg(test)]
mod page;
mod prometheus;
mod read;
mod row;
mod table;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use fields::Snapshots;
pub use files::LoadedFiles;
pub use histogram::Histogram;
pub(crate) use host::Constants;
pub(crate) use prometheus::{MEDIA_TYPE, exposition};
pub(crate) use read::RuleKey;
pub use row::{FalcoNames, Group, Kind, Row, Unit};
pub use table::Metric;

/// One value of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The values of the labels, in the order of [`Row::labels`].
    pub labels: Vec<String>,
    /// Tags of the rule it is about.
    pub tags: Vec<String>,
    /// The value, in the unit of the row: nanoseconds where that is [`Unit::Seconds`], thousandths where it is
    /// [`Unit::Ratio`], 1 where the row is an [`Kind::Info`].
    pub value: u64,
}

/// The values of metrics at one moment. A metric that the run does not have (what the kernel lost, in the
/// replay of a capture) has no samples.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    samples: BTreeMap<Metric, Vec<Sample>>,
    /// Of those that are histograms, with the values of their labels.
    histograms: BTreeMap<Metric, Vec<(Vec<String>, Histogram)>>,
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
        let sample = |(labels, value): ([String; LABELS], u64)| {
            let labels = labels.into_iter().collect();
            Sample { labels, tags: Vec::new(), value }
        };
        self.set_samples(metric, samples.into_iter().map(sample).collect());
    }

    /// Sets a metric of which only the labels say something.
    pub(crate) fn set_info<const LABELS: usize>(
        &mut self,
        metric: Metric,
        labels: impl IntoIterator<Item = [String; LABELS]>,
    ) {
        self.set_labelled(metric, labels.into_iter().map(|labels| (labels, 1)));
    }

    pub(crate) fn set_samples(&mut self, metric: Metric, samples: Vec<Sample>) {
        let labels = metric.row().labels.len();
        debug_assert!(
            samples.iter().all(|sample| sample.labels.len() == labels),
            "{}",
            metric.row().name
        );
        self.samples.insert(metric, samples);
    }

    pub(crate) fn set_histograms(&mut self, metric: Metric, times: Vec<(Vec<String>, Histogram)>) {
        self.histograms.insert(metric, times);
    }

    /// The times of a metric that is a histogram, with the values of its labels.
    pub fn histograms(&self, metric: Metric) -> &[(Vec<String>, Histogram)] {
        self.histograms.get(&metric).map_or(&[], Vec::as_slice)
    }

    /// Within which time after they happened 99 of 100 events were evaluated; none where none was measured.
    pub(crate) fn delay(&self) -> Option<Duration> {
        self.histograms(Metric::EventDelays).first().and_then(|(_, times)| times.within(99))
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
