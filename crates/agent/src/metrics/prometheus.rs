//! The page for Prometheus: its text format.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use peregrine_config::model::Metrics as Keys;

use super::row::{Group, Kind, Unit};
use super::{Histogram, Metric, Metrics, Sample};

/// What the page is.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4";
/// What Falco says of each of its metrics.
const FALCO_HELP: &str = "https://falco.org/docs/metrics/";
/// What it says where entries of calls are all there is.
const ENTRIES_HELP: &str = "https://falco.org/docs/metrics/ (DEPRECATED: enter events are no longer tracked in falcosecurity/libs)";
/// Calls whose entries Falco lists among losses. No record is made at their entry, so none is lost.
const ENTRIES: [&str; 6] =
    ["clone_fork", "execve", "connect", "open", "dir_file", "other_interest"];

impl Group {
    /// Whether the configuration turns it on.
    pub(super) const fn is_on(self, keys: &Keys) -> bool {
        match self {
            Self::Always => true,
            Self::Rules => keys.rules_counters_enabled,
            Self::Resources => keys.resource_utilization_enabled,
            Self::State => keys.state_counters_enabled,
            Self::Kernel => keys.kernel_event_counters_enabled,
            Self::KernelPerCpu => {
                keys.kernel_event_counters_enabled && keys.kernel_event_counters_per_cpu_enabled
            }
            Self::Snapshots => {
                keys.kernel_event_counters_enabled && keys.kernel_iter_event_counters_enabled
            }
            Self::Programs => keys.libbpf_stats_enabled,
            Self::Plugins => keys.plugins_metrics_enabled,
            Self::Allocator => keys.jemalloc_stats_enabled,
        }
    }
}

/// The metrics that are on, as Prometheus reads them: those that Falco has under its names and with its types.
pub(crate) fn exposition(metrics: &Metrics, keys: &Keys) -> String {
    let mut page = Page(String::new());
    for metric in Metric::ALL.iter().copied() {
        let row = metric.row();
        let samples = if row.group.is_on(keys) { metrics.samples(metric) } else { &[] };
        if let Some(falco) = row.falco
            && let Some((name, kind)) = falco.prometheus
        {
            let listed = of_falco(metric, samples);
            if !listed.is_empty() {
                let only_entries = samples.is_empty();
                page.head(name, kind, if only_entries { ENTRIES_HELP } else { FALCO_HELP });
            }
            if !falco.summed {
                for sample in &listed {
                    page.sample(name, row.unit, row.labels, sample);
                }
            } else if !listed.is_empty() {
                page.sample(name, row.unit, &[], &Sample::of(metrics.total(metric)));
            }
        }
        if !row.is_own() || !keys.peregrine_metrics_enabled {
            continue;
        }
        let times = metrics.histograms(metric);
        if !times.is_empty() {
            page.head(row.name, row.kind, row.help);
            for (labels, times) in times {
                page.histogram(row.name, row.labels, labels, times);
            }
        }
        if !samples.is_empty() {
            page.head(row.name, row.kind, row.help);
            for sample in samples {
                page.sample(row.name, row.unit, row.labels, sample);
            }
        }
    }
    page.0
}

/// The samples that Falco lists.
fn of_falco(metric: Metric, samples: &[Sample]) -> Vec<Sample> {
    let mut samples = samples.to_vec();
    match metric {
        // Rules that have matched.
        Metric::RuleMatches => samples.retain(|sample| sample.value > 0),
        Metric::EventsLostRing => samples.extend(ENTRIES.map(|call| Sample {
            labels: vec![call.to_owned(), "enter".to_owned()],
            ..Sample::of(0)
        })),
        _ => {}
    }
    samples
}

impl Sample {
    /// A value without labels.
    pub(super) fn of(value: u64) -> Self {
        Self { labels: Vec::new(), tags: Vec::new(), value }
    }
}

/// A page that is being written.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: Kind, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {}", kind.prometheus());
    }

    fn histogram(&mut self, name: &str, names: &[&str], labels: &[String], times: &Histogram) {
        let of = |value: u64| Sample { labels: labels.to_vec(), ..Sample::of(value) };
        let names_le = [names, &["le"]].concat();
        let mut bucket = |bound: String, count: u64| {
            let mut sample = of(count);
            sample.labels.push(bound);
            self.sample(&format!("{name}_bucket"), Unit::Count, &names_le, &sample);
        };
        for (bound, count) in times.up_to() {
            bucket(seconds(bound).to_string(), count);
        }
        bucket("+Inf".to_owned(), times.count());
        self.sample(&format!("{name}_sum"), Unit::Seconds, names, &of(times.sum()));
        self.sample(&format!("{name}_count"), Unit::Count, names, &of(times.count()));
    }

    fn sample(&mut self, name: &str, unit: Unit, names: &[&str], sample: &Sample) {
        self.0.push_str(name);
        let own = names.iter().map(|name| (*name).to_owned()).zip(sample.labels.iter().cloned());
        let tags = sample.tags.iter().map(|tag| (label_name(tag), "true".to_owned()));
        // Tags that differ only in what no name may have are one.
        let labels: BTreeMap<String, String> = tags.chain(own).collect();
        for (at, (name, value)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{before}{name}=\"{value}\"");
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let value = sample.value;
        #[expect(clippy::cast_precision_loss, reason = "Prometheus has numbers of 53 bits")]
        let _ = match unit {
            Unit::Seconds if !name.ends_with("_nanoseconds") => {
                writeln!(self.0, " {}", seconds(value))
            }
            Unit::Ratio => writeln!(self.0, " {}", value as f64 / 1e3),
            Unit::Seconds | Unit::Count | Unit::Bytes => writeln!(self.0, " {value}"),
        };
    }
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus has numbers of 53 bits")]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// The label of a tag: what no name of a label may have becomes `_`.
fn label_name(tag: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("tag_{}", tag.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(set: impl FnOnce(&mut Metrics), keys: impl FnOnce(&mut Keys), expected: &[&str]) {
        let mut metrics = Metrics::default();
        set(&mut metrics);
        let mut on = Keys::default();
        keys(&mut on);
        let page = exposition(&metrics, &on);
        let is_other = |line: &&str| !line.contains("falcosecurity_scap_n_drops_buffer_total");
        let lines: Vec<&str> = page.lines().filter(is_other).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn values_have_falcos_names_and_types() {
        check(
            |metrics| {
                metrics.set_info(Metric::KernelRelease, [["6.1 \"x\"\\\n".to_owned()]]);
                metrics.set(Metric::LastReload, 1_500_000_001);
                metrics.set(Metric::CpuUsage, 29);
                metrics.set(Metric::AllocatorActive, 4096);
                metrics.set(Metric::Threads, 7);
            },
            |keys| keys.jemalloc_stats_enabled = true,
            &[
                "# HELP falcosecurity_falco_kernel_release_info https://falco.org/docs/metrics/",
                "# TYPE falcosecurity_falco_kernel_release_info gauge",
                r#"falcosecurity_falco_kernel_release_info{kernel_release="6.1 \"x\"\\\n"} 1"#,
                "# HELP falcosecurity_falco_reload_timestamp_nanoseconds https://falco.org/docs/metrics/",
                "# TYPE falcosecurity_falco_reload_timestamp_nanoseconds gauge",
                "falcosecurity_falco_reload_timestamp_nanoseconds 1500000001",
                "# HELP falcosecurity_falco_cpu_usage_ratio https://falco.org/docs/metrics/",
                "# TYPE falcosecurity_falco_cpu_usage_ratio gauge",
                "falcosecurity_falco_cpu_usage_ratio 0.029",
                "# HELP falcosecurity_falco_jemalloc_active_bytes https://falco.org/docs/metrics/",
                "# TYPE falcosecurity_falco_jemalloc_active_bytes counter",
                "falcosecurity_falco_jemalloc_active_bytes 4096",
                "# HELP falcosecurity_scap_n_threads_total https://falco.org/docs/metrics/",
                "# TYPE falcosecurity_scap_n_threads_total gauge",
                "falcosecurity_scap_n_threads_total 7",
            ],
        );
    }

    #[test]
    fn what_falco_does_not_have_has_a_name_of_ours() {
        let outputs = |metrics: &mut Metrics| {
            let dropped = [(["a".to_owned()], 1), (["b".to_owned()], 2)];
            metrics.set_labelled(Metric::AlertsDropped, dropped);
            metrics.set_labelled(Metric::OutputLag, [(["a".to_owned()], 1_500_000_000)]);
        };
        let falco = [
            "# HELP falcosecurity_falco_outputs_queue_num_drops_total https://falco.org/docs/metrics/",
            "# TYPE falcosecurity_falco_outputs_queue_num_drops_total counter",
            "falcosecurity_falco_outputs_queue_num_drops_total 3",
        ];
        let dropped = Metric::AlertsDropped.row().help;
        let lag = Metric::OutputLag.row().help;
        let mut both = falco.to_vec();
        let help = format!("# HELP peregrine_alerts_dropped_total {dropped}");
        let lag = format!("# HELP peregrine_output_lag_seconds {lag}");
        both.extend([
            help.as_str(),
            "# TYPE peregrine_alerts_dropped_total counter",
            "peregrine_alerts_dropped_total{output=\"a\"} 1",
            "peregrine_alerts_dropped_total{output=\"b\"} 2",
            &lag,
            "# TYPE peregrine_output_lag_seconds gauge",
            "peregrine_output_lag_seconds{output=\"a\"} 1.5",
        ]);
        check(outputs, |_| (), &both);
        check(outputs, |keys| keys.peregrine_metrics_enabled = false, &falco);
    }

    #[test]
    fn times_are_histograms() {
        let mut times = Histogram::default();
        times.add(std::time::Duration::from_micros(3));
        let mut metrics = Metrics::default();
        metrics.set_histograms(Metric::StageTimes, vec![(vec!["rules".to_owned()], times)]);
        let page = exposition(&metrics, &Keys::default());
        let lines: Vec<&str> =
            page.lines().filter(|line| line.starts_with("peregrine_stage_duration")).collect();
        let of = |name: &str| format!("peregrine_stage_duration_seconds_{name}");
        assert_eq!(lines[1], of("bucket{le=\"0.000002\",stage=\"rules\"} 0"));
        assert_eq!(lines[2], of("bucket{le=\"0.000005\",stage=\"rules\"} 1"));
        let end = [
            "bucket{le=\"+Inf\",stage=\"rules\"} 1",
            "sum{stage=\"rules\"} 0.000003",
            "count{stage=\"rules\"} 1",
        ];
        assert_eq!(lines[lines.len() - 3..], end.map(of));
    }

    #[test]
    fn rules_that_matched_have_their_tags() {
        let rule = |name: &str, tags: &[&str], value| Sample {
            labels: [name, "5", "syscall"].map(str::to_owned).to_vec(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            value,
        };
        let rules = |metrics: &mut Metrics| {
            let samples =
                vec![rule("idle", &[], 0), rule("a", &["T1059.004", "T1059_004", "x"], 2)];
            metrics.set_samples(Metric::RuleMatches, samples);
        };
        let matched = [
            "# HELP falcosecurity_falco_rules_matches_total https://falco.org/docs/metrics/",
            "# TYPE falcosecurity_falco_rules_matches_total counter",
            "falcosecurity_falco_rules_matches_total{priority=\"5\",rule_name=\"a\",source=\"syscall\",tag_T1059_004=\"true\",tag_x=\"true\"} 2",
        ];
        check(rules, |_| (), &matched);
        check(rules, |keys| keys.rules_counters_enabled = false, &[]);
    }

    #[test]
    fn losses_in_rings_have_entries_too() {
        let page = |metrics: &Metrics, is_on: bool| {
            let keys = Keys { kernel_event_counters_enabled: is_on, ..Keys::default() };
            exposition(metrics, &keys).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let mut metrics = Metrics::default();
        metrics.set_labelled(Metric::EventsLostRing, [(["open", "exit"].map(str::to_owned), 4)]);
        for without in [page(&Metrics::default(), true), page(&metrics, false)] {
            assert_eq!(without.len(), 8, "{without:?}");
            assert!(
                without[0].ends_with("no longer tracked in falcosecurity/libs)"),
                "{without:?}"
            );
            let first =
                "falcosecurity_scap_n_drops_buffer_total{dir=\"enter\",drop=\"clone_fork\"} 0";
            assert_eq!(without[2], first);
        }
        let with = page(&metrics, true);
        assert!(with[0].ends_with("https://falco.org/docs/metrics/"), "{with:?}");
        assert_eq!(
            with[2],
            "falcosecurity_scap_n_drops_buffer_total{dir=\"exit\",drop=\"open\"} 4"
        );
    }
}
