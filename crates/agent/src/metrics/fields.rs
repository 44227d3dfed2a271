//! Regular figures as Falco reports them: the fields of the alert "Falco internal: metrics snapshot", which are
//! those of a line of `metrics.output_file` as well.

use std::time::{Duration, Instant};

use peregrine_config::model::Metrics as Keys;
use serde_json::{Map, Value as Json};

use super::row::{Group, Kind, Unit};
use super::{Metric, Metrics, Sample};

/// Calls at whose entry Falco's probe could lose a record. Ours makes none there.
const ENTRIES: [&str; 2] = ["connect", "open"];
/// Bytes of a kibibyte and a mebibyte.
const KIB: u64 = 1 << 10;
const MIB: f64 = 1_048_576.0;

/// Makes the fields of one snapshot after the other; some of them compare it with the one before.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    /// When the last one was made, and what was counted then.
    last: Option<(Instant, Counted)>,
}

/// What one snapshot is compared with the next by.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    for_rules: u64,
    made: u64,
    lost: u64,
}

impl Snapshots {
    /// The fields of a snapshot of this moment, which is `now_ns` after the epoch.
    pub(crate) fn fields(
        &mut self,
        metrics: &Metrics,
        keys: &Keys,
        (now, now_ns): (Instant, u64),
    ) -> Map<String, Json> {
        let mut fields = Map::new();
        for metric in Metric::ALL.iter().copied() {
            let row = metric.row();
            let Some(field) = row.falco.and_then(|falco| falco.field) else { continue };
            if !row.group.is_on(keys) {
                continue;
            }
            let sum = Sample::of(metrics.total(metric));
            let samples = match metrics.samples(metric) {
                [_, ..] if row.falco.is_some_and(|falco| falco.summed) => {
                    std::slice::from_ref(&sum)
                }
                samples => samples,
            };
            let always = row.group == Group::Always
                || matches!(metric, Metric::EventsMade | Metric::EventsLost);
            for sample in samples {
                if always || sample.value > 0 || keys.include_empty_values {
                    let (name, value) = named(metric, field, sample, keys);
                    fields.insert(name, value);
                }
            }
        }
        fields.insert("evt.time".to_owned(), now_ns.into());
        fields.insert("evt.source".to_owned(), "syscall".into());
        self.compare(metrics, keys, now, &mut fields);
        fields
    }

    /// Adds sums, and what became of counts since the last snapshot.
    fn compare(
        &mut self,
        metrics: &Metrics,
        keys: &Keys,
        now: Instant,
        fields: &mut Map<String, Json>,
    ) {
        let mut put = |name: &str, value: Json| _ = fields.insert(name.to_owned(), value);
        let counted = Counted {
            for_rules: metrics.total(Metric::EventsForRules),
            made: metrics.total(Metric::EventsMade),
            lost: metrics.total(Metric::EventsLost),
        };
        let last = self.last.replace((now, counted));
        let before = last.map_or_else(Counted::default, |(_, before)| before);
        let since = last.map(|(at, _)| now.saturating_duration_since(at));
        put("falco.num_evts_prev", before.for_rules.into());
        if let Some(since) = since {
            let rate = rate(counted.for_rules, before.for_rules, Some(since));
            put("falco.evts_rate_sec", rate.into());
        }
        if Group::Rules.is_on(keys) {
            put("falco.rules.matches_total", metrics.total(Metric::RuleMatches).into());
        }
        let mut lost_of_made = 0.0;
        if Group::Kernel.is_on(keys) && !metrics.samples(Metric::EventsMade).is_empty() {
            put("scap.n_evts_prev", before.made.into());
            put("scap.n_drops_prev", before.lost.into());
            put("scap.evts_rate_sec", rate(counted.made, before.made, since).into());
            put("scap.evts_drop_rate_sec", rate(counted.lost, before.lost, since).into());
            let made = counted.made.saturating_sub(before.made);
            if made > 0 {
                lost_of_made =
                    100.0 * number(counted.lost.saturating_sub(before.lost)) / number(made);
            }
            let lost = metrics.total(Metric::EventsLostRing);
            if lost > 0 || keys.include_empty_values {
                put("scap.n_drops_buffer_total", lost.into());
            }
            for call in ENTRIES.iter().filter(|_| keys.include_empty_values) {
                put(&format!("scap.n_drops_buffer_{call}_enter"), 0.into());
            }
        }
        put("scap.n_drops_perc", lost_of_made.into());
    }
}

/// The name and the value of a field.
fn named(metric: Metric, field: &str, sample: &Sample, keys: &Keys) -> (String, Json) {
    let row = metric.row();
    let mut name = field.to_owned();
    let mut text = None;
    for (label, value) in row.labels.iter().zip(&sample.labels) {
        let place = format!("{{{label}}}");
        if name.contains(&place) {
            name = name.replace(&place, &plain(metric, value));
        } else {
            text = text.or(Some(value));
        }
    }
    let value = sample.value;
    if row.kind == Kind::Info {
        return (name, text.cloned().unwrap_or_default().into());
    }
    for (unit, bytes) in [("_kb", KIB), ("_bytes", 1)] {
        if let Some(stem) = field.strip_suffix(unit) {
            if !keys.convert_memory_to_mb {
                return (name, (value / bytes).into());
            }
            return (format!("{stem}_mb"), rounded(number(value) / MIB).into());
        }
    }
    let value = match row.unit {
        Unit::Ratio => (number(value) / 10.0).into(),
        Unit::Seconds if field.ends_with("_sec") => Duration::from_nanos(value).as_secs().into(),
        Unit::Seconds | Unit::Count | Unit::Bytes => value.into(),
    };
    (name, value)
}

/// A label as a part of a field's name, as Falco writes rules and files: anything but letters, digits and `:`
/// becomes `_`, once, and none is left at either end. Interfaces keep their names.
fn plain(metric: Metric, label: &str) -> String {
    if !matches!(metric, Metric::RuleMatches | Metric::RuleFiles | Metric::ConfigFiles) {
        return label.to_owned();
    }
    let is_kept = |letter: char| letter.is_ascii_alphanumeric() || letter == ':';
    label
        .split(|letter| !is_kept(letter))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// What came in each second since `before` was counted; 0 where nobody counted before.
fn rate(now: u64, before: u64, since: Option<Duration>) -> f64 {
    let seconds = since.map_or(0.0, |since| since.as_secs_f64());
    if seconds <= 0.0 {
        return 0.0;
    }
    rounded(number(now.saturating_sub(before)) / seconds)
}

/// To one place.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(snapshots: &mut Snapshots, metrics: &Metrics, keys: &Keys, at: Instant) -> Json {
        let mut fields = snapshots.fields(metrics, keys, (at, 9));
        // What every snapshot has.
        for (name, value) in [("evt.time", json!(9)), ("evt.source", json!("syscall"))] {
            assert_eq!(fields.remove(name), Some(value));
        }
        Json::Object(fields)
    }

    fn check(
        set: impl FnOnce(&mut Metrics),
        keys: impl FnOnce(&mut Keys),
        expected: &[(&str, Json)],
    ) {
        let (mut metrics, mut on) = (Metrics::default(), Keys::default());
        set(&mut metrics);
        keys(&mut on);
        let mut got = fields(&mut Snapshots::default(), &metrics, &on, Instant::now());
        let got = got.as_object_mut().unwrap();
        for (name, value) in [("falco.num_evts_prev", json!(0)), ("scap.n_drops_perc", json!(0.0))]
        {
            assert_eq!(got.remove(name), Some(value));
        }
        if on.rules_counters_enabled {
            assert!(got.remove("falco.rules.matches_total").is_some());
        }
        let expected: Map<String, Json> =
            expected.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        assert_eq!(*got, expected);
    }

    #[test]
    fn values_have_the_types_of_falco() {
        let set = |metrics: &mut Metrics| {
            let file = ["my-rules..yaml".to_owned(), "abc".to_owned()];
            metrics.set_info(Metric::RuleFiles, [file]);
            metrics.set_info(Metric::Engine, [["nodriver", "syscall"].map(str::to_owned)]);
            let addresses = ["eth0", "ipv4", "10.0.0.1,10.0.0.2"].map(str::to_owned);
            metrics.set_info(Metric::HostAddresses, [addresses]);
            metrics.set(Metric::Duration, 2_900_000_000);
            metrics.set(Metric::Start, 1_500_000_001);
            metrics.set(Metric::CpuUsage, 29);
            metrics.set(Metric::MemoryRss, 3 << 19);
            metrics.set(Metric::AllocatorActive, 4096);
            metrics.set_labelled(
                Metric::AlertsDropped,
                [(["a".to_owned()], 1), (["b".to_owned()], 2)],
            );
        };
        let expected = [
            ("falco.sha256_rules_file.my_rules_yaml", json!("abc")),
            ("scap.engine_name", json!("nodriver")),
            (
                "falco.host_netinfo.interfaces.eth0.protocols.ipv4.addresses",
                json!("10.0.0.1,10.0.0.2"),
            ),
            ("falco.duration_sec", json!(2)),
            ("falco.start_ts", json!(1_500_000_001)),
            ("falco.cpu_usage_perc", json!(2.9)),
            ("falco.outputs_queue_num_drops", json!(3)),
        ];
        let with = |more: &[(&'static str, Json)]| [&expected, more].concat();
        check(set, |_| (), &with(&[("falco.memory_rss_mb", json!(1.5))]));
        check(
            set,
            |keys| (keys.convert_memory_to_mb, keys.jemalloc_stats_enabled) = (false, true),
            &with(&[
                ("falco.memory_rss_kb", json!(1536)),
                ("falco.jemalloc.active_bytes", json!(4096)),
            ]),
        );
    }

    #[test]
    fn values_of_0_are_left_out_or_not() {
        let set = |metrics: &mut Metrics| {
            let rule = |name: &str| [name, "5", "syscall"].map(str::to_owned);
            let matches = [(rule(" Read: a (file)"), 3), (rule("idle"), 0)];
            metrics.set_labelled(Metric::RuleMatches, matches);
            metrics.set(Metric::Threads, 0);
            metrics.set(Metric::EventsForRules, 0);
        };
        let always = [("falco.num_evts", json!(0)), ("falco.rules.Read:_a_file", json!(3))];
        check(set, |_| (), &always);
        let empty = [("falco.rules.idle", json!(0)), ("falco.n_threads", json!(0))];
        check(set, |keys| keys.include_empty_values = true, &[always.clone(), empty].concat());
        check(
            set,
            |keys| {
                keys.rules_counters_enabled = false;
                keys.state_counters_enabled = false;
                keys.include_empty_values = true;
            },
            &always[..1],
        );
    }

    #[test]
    fn snapshots_are_compared_with_the_one_before() {
        let (mut snapshots, begin) = (Snapshots::default(), Instant::now());
        let keys = Keys::default();
        let counted = |for_rules, made, lost| {
            let mut metrics = Metrics::default();
            metrics.set(Metric::EventsForRules, for_rules);
            metrics.set(Metric::EventsMade, made);
            metrics.set(Metric::EventsLost, lost);
            metrics
        };
        let first = fields(&mut snapshots, &counted(10, 20, 0), &keys, begin);
        assert_eq!(
            first,
            json!({
                "falco.num_evts": 10, "falco.num_evts_prev": 0, "falco.rules.matches_total": 0,
                "scap.n_evts": 20, "scap.n_evts_prev": 0, "scap.evts_rate_sec": 0.0,
                "scap.n_drops": 0, "scap.n_drops_prev": 0, "scap.evts_drop_rate_sec": 0.0,
                "scap.n_drops_perc": 0.0,
            })
        );
        let later = begin + Duration::from_secs(2);
        let second = fields(&mut snapshots, &counted(15, 60, 1), &keys, later);
        assert_eq!(
            second,
            json!({
                "falco.num_evts": 15, "falco.num_evts_prev": 10, "falco.rules.matches_total": 0,
                "falco.evts_rate_sec": 2.5,
                "scap.n_evts": 60, "scap.n_evts_prev": 20, "scap.evts_rate_sec": 20.0,
                "scap.n_drops": 1, "scap.n_drops_prev": 0, "scap.evts_drop_rate_sec": 0.5,
                "scap.n_drops_perc": 2.5,
            })
        );
    }
}
