//! The table of metrics.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from 0 at the start.
    Counter,
    /// It grows and shrinks.
    Gauge,
}

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds; the registry holds them as nanoseconds.
    Seconds,
}

/// The names Falco gives to the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FalcoNames {
    /// The metric of its endpoint `/metrics`. It is the sum over the labels that only our row has.
    pub prometheus: Option<&'static str>,
    /// The field of its alert "Falco internal: metrics snapshot"; `{label}` stands for the value of a label.
    pub field: &'static str,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The name, as Prometheus has it.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// What it is measured in.
    pub unit: Unit,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it is, in one sentence.
    pub help: &'static str,
    /// What Falco calls the same value; none where Falco does not have it.
    pub falco: Option<FalcoNames>,
}

macro_rules! metrics {
    ($(
        #[doc = $help:literal]
        $metric:ident: $name:literal, $kind:ident, $unit:ident, [$($label:literal),*], $falco:expr;
    )+) => {
        /// One value that the agent counts or measures.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $(#[doc = $help] $metric,)+
        }

        impl Metric {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$metric),+];

            /// Its row.
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$metric => const { &Row {
                        name: $name,
                        kind: Kind::$kind,
                        unit: Unit::$unit,
                        labels: &[$($label),*],
                        help: $help.trim_ascii(),
                        falco: $falco,
                    } },)+
                }
            }
        }
    };
}

/// Both names at Falco.
const fn both(prometheus: &'static str, field: &'static str) -> FalcoNames {
    FalcoNames { prometheus: Some(prometheus), field }
}

/// A value that Falco has in its alert only.
const fn field(field: &'static str) -> FalcoNames {
    FalcoNames { prometheus: None, field }
}

metrics! {
    /// Time since the start.
    Duration: "peregrine_duration_seconds_total", Counter, Seconds, [],
        Some(both("falcosecurity_falco_duration_seconds_total", "falco.duration_sec"));
    /// Events that the pipeline processed.
    Events: "peregrine_events_total", Counter, Count, [], None;
    /// Those of them that rules may match: without the entries of calls, and what only updates the state of the host.
    EventsForRules: "peregrine_events_for_rules_total", Counter, Count, [],
        Some(field("falco.num_evts"));
    /// Records that are not events: a defect of Peregrine's, or a damaged source.
    MalformedRecords: "peregrine_malformed_records_total", Counter, Count, [], None;
    /// Enabled rules.
    RulesEnabled: "peregrine_rules_enabled", Gauge, Count, [], None;
    /// Events that a rule matched; `priority` is syslog's number.
    RuleMatches: "peregrine_rule_matches_total", Counter, Count, ["rule_name", "priority", "source"],
        Some(both("falcosecurity_falco_rules_matches_total", "falco.rules.{rule_name}"));
    /// Reloads of configuration and rules: those that took hold, and those that were rejected.
    Reloads: "peregrine_reloads_total", Counter, Count, ["outcome"], None;
    /// Since when the configuration and the rules that run do, since the epoch: the start, or the last reload.
    LastReload: "peregrine_last_reload_timestamp_seconds", Gauge, Seconds, [],
        Some(both("falcosecurity_falco_reload_timestamp_nanoseconds", "falco.reload_ts"));
    /// When a reload was last rejected, since the epoch; 0: none was.
    LastReloadRejected: "peregrine_last_reload_rejected_timestamp_seconds", Gauge, Seconds, [], None;
    /// How long the last reload that took hold took.
    LastReloadDuration: "peregrine_last_reload_duration_seconds", Gauge, Seconds, [], None;
    /// The longest time that the last reload kept events from being evaluated.
    LastReloadPause: "peregrine_last_reload_pause_seconds", Gauge, Seconds, [], None;
    /// Events that the kernel could not deliver, for whatever reason.
    EventsLost: "peregrine_events_lost_total", Counter, Count, [],
        Some(both("falcosecurity_scap_n_drops_total", "scap.n_drops"));
    /// Events that the kernel could not deliver because a ring was full, by the kind of call.
    EventsLostRing: "peregrine_events_lost_ring_total", Counter, Count, ["drop", "dir"],
        Some(both("falcosecurity_scap_n_drops_buffer_total", "scap.n_drops_buffer_{drop}_{dir}"));
    /// Events that the kernel could not deliver because no scratch memory was free.
    EventsLostScratch: "peregrine_events_lost_scratch_total", Counter, Count, [],
        Some(both("falcosecurity_scap_n_drops_scratch_map_total", "scap.n_drops_scratch_map"));
    /// Events that the kernel could not deliver because they are too large.
    EventsLostTooLarge: "peregrine_events_lost_too_large_total", Counter, Count, [],
        Some(both("falcosecurity_scap_n_drops_max_event_size_total", "scap.n_drops_max_event_size"));
    /// Events that the kernel's filter dropped on purpose, because no rule can match them.
    EventsFiltered: "peregrine_events_filtered_total", Counter, Count, ["syscall"], None;
    /// Threads in the state.
    Threads: "peregrine_threads", Gauge, Count, [],
        Some(both("falcosecurity_scap_n_threads_total", "falco.n_threads"));
    /// Descriptors in the state.
    Descriptors: "peregrine_descriptors", Gauge, Count, [],
        Some(both("falcosecurity_scap_n_fds_total", "falco.n_fds"));
    /// Threads that the state refused because its table was full.
    ThreadsRefused: "peregrine_threads_refused_total", Counter, Count, [],
        Some(both("falcosecurity_scap_n_drops_full_threadtable_total", "falco.n_drops_full_threadtable"));
    /// Descriptors that the state refused because a table was full.
    DescriptorsRefused: "peregrine_descriptors_refused_total", Counter, Count, [], None;
    /// Threads that the state evicted at the memory limit.
    ThreadsEvicted: "peregrine_threads_evicted_total", Counter, Count, [], None;
    /// Descriptors that the state evicted at the memory limit.
    DescriptorsEvicted: "peregrine_descriptors_evicted_total", Counter, Count, [], None;
    /// Threads that the state looked up on the host because no earlier event described them.
    ThreadsLookedUp: "peregrine_threads_looked_up_total", Counter, Count, [], None;
    /// Threads that the host did not know when the state looked them up.
    ThreadsUnknown: "peregrine_threads_unknown_total", Counter, Count, [], None;
    /// Threads that reconciliation with the host removed: the event of their exit was lost.
    ThreadsStale: "peregrine_threads_stale_total", Counter, Count, [], None;
    /// Files and programs whose path could not be resolved because it is longer than 4095 bytes.
    FilePathsUnresolved: "peregrine_file_paths_unresolved_total", Counter, Count, [], None;
    /// Paths of calls that could not be resolved in time: too many at once, or their process was gone.
    CallPathsUnresolved: "peregrine_call_paths_unresolved_total", Counter, Count, [], None;
    /// Containers that an engine described.
    ContainersDescribed: "peregrine_containers_described_total", Counter, Count, [], None;
    /// Containers that no engine described: their alerts have no name and no image.
    ContainersUnknown: "peregrine_containers_unknown_total", Counter, Count, [], None;
    /// Containers that were not looked up because too many waited; they are once they start a process again.
    ContainersRefused: "peregrine_containers_refused_total", Counter, Count, [], None;
    /// Requests to container engines that failed.
    ContainerEngineFailures: "peregrine_container_engine_failures_total", Counter, Count, [], None;
    /// Events that waited for the metadata of their container.
    EventsParked: "peregrine_events_parked_total", Counter, Count, [], None;
    /// Events that were evaluated without the metadata of their container: no engine had it in time.
    EventsWithoutMetadata: "peregrine_events_without_metadata_total", Counter, Count, [], None;
    /// Captures on a match that were written.
    CaptureFiles: "peregrine_capture_files_total", Counter, Count, [], None;
    /// Events that captures on a match have.
    CaptureEvents: "peregrine_capture_events_total", Counter, Count, [], None;
    /// Bytes of captures on a match.
    CaptureBytes: "peregrine_capture_bytes_total", Counter, Count, [], None;
    /// Captures on a match that could not be written.
    CaptureFailures: "peregrine_capture_failures_total", Counter, Count, [], None;
    /// Events that are missing in captures on a match because they were not written fast enough.
    CaptureEventsLost: "peregrine_capture_events_lost_total", Counter, Count, [], None;
    /// Bytes of recent events that are kept in memory for captures on a match.
    CaptureMemory: "peregrine_capture_memory_bytes", Gauge, Count, [], None;
    /// Alerts that an output delivered.
    AlertsWritten: "peregrine_alerts_written_total", Counter, Count, ["output"], None;
    /// Alerts that an output dropped: its queue was full, or the journal kept them no longer.
    AlertsDropped: "peregrine_alerts_dropped_total", Counter, Count, ["output"],
        Some(both("falcosecurity_falco_outputs_queue_num_drops_total", "falco.outputs_queue_num_drops"));
    /// Alerts that an output gave up: they could not be delivered for too long.
    AlertsFailed: "peregrine_alerts_failed_total", Counter, Count, ["output"], None;
    /// Alerts that wait in the queue of an output; at the end, those it did not deliver in time.
    AlertsQueued: "peregrine_alerts_queued", Gauge, Count, ["output"], None;
    /// Records of the journal that an output has not had; at the end, alerts that wait there for the next start.
    AlertsInJournal: "peregrine_alerts_in_journal", Gauge, Count, ["output"], None;
    /// Alerts that the receiver of an output refused for good.
    AlertsRefused: "peregrine_alerts_refused_total", Counter, Count, ["output"], None;
    /// Alerts that an output is not to get: `priority` and `when` say so, or they were held back.
    AlertsLeftOut: "peregrine_alerts_left_out_total", Counter, Count, ["output"], None;
    /// Alerts that `throttle`, `dedup` or `mute` of an output held back: an alert says how many they were.
    AlertsHeld: "peregrine_alerts_held_back_total", Counter, Count, ["output"], None;
    /// Alerts that were refused or given up and are kept as dead letters.
    AlertsKept: "peregrine_alerts_dead_letters_total", Counter, Count, ["output"], None;
    /// Alerts that an output delivered without something that its receiver has no room for.
    AlertsTruncated: "peregrine_alerts_truncated_total", Counter, Count, ["output"], None;
    /// How often an output sent alerts again.
    AlertsRetried: "peregrine_alerts_retried_total", Counter, Count, ["output"], None;
    /// Whether the last attempt of an output failed.
    OutputFailing: "peregrine_output_failing", Gauge, Count, ["output"], None;
    /// How long ago the oldest alert happened that an output is about to deliver.
    OutputLag: "peregrine_output_lag_seconds", Gauge, Seconds, ["output"], None;
    /// Alerts that were written to the journal.
    JournalWritten: "peregrine_journal_alerts_written_total", Counter, Count, [], None;
    /// Alerts that the journal lost: it could not be written, or not fast enough.
    JournalLost: "peregrine_journal_alerts_lost_total", Counter, Count, [], None;
    /// Alerts that wait for the journal; at the end, those it did not write in time.
    JournalQueued: "peregrine_journal_alerts_queued", Gauge, Count, [], None;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rows_have_the_form_prometheus_asks_for() {
        let mut names = BTreeSet::new();
        for metric in Metric::ALL {
            let row = metric.row();
            assert!(names.insert(row.name), "{} is there twice", row.name);
            let is_plain = |text: &str| {
                text.starts_with(|first: char| first.is_ascii_lowercase())
                    && text
                        .chars()
                        .all(|one| one.is_ascii_lowercase() || "_0123456789".contains(one))
            };
            assert!(row.name.starts_with("peregrine_") && is_plain(row.name), "{row:?}");
            assert_eq!(row.name.ends_with("_total"), row.kind == Kind::Counter, "{row:?}");
            assert_eq!(row.name.contains("_seconds"), row.unit == Unit::Seconds, "{row:?}");
            assert!(row.labels.iter().all(|label| is_plain(label)), "{row:?}");
            assert!(
                row.help.ends_with('.') && row.help.starts_with(char::is_alphabetic),
                "{row:?}"
            );
            let falco = row.falco.into_iter();
            for name in falco.flat_map(|falco| falco.prometheus.into_iter().chain([falco.field])) {
                assert!(names.insert(name), "{name} is there twice");
                for label in name.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    assert!(row.labels.contains(&label), "{row:?}");
                }
            }
        }
    }
}
