//! What each part of the agent counts, copied into the registry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use peregrine_event::Priority;
use peregrine_journal::JournalStats;
use peregrine_outputs::OutputStats;
use peregrine_probe::Losses;
use peregrine_state::{Container, Counters, State};

use super::{Metric, Metrics, Sample};
use crate::reload::ReloadStatus;

/// The classes of losses that have a metric of their own; all others are full rings.
const SCRATCH: &str = "scratch";
const TOO_LARGE: &str = "too_large";

/// A rule as metrics name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleKey {
    pub(crate) name: String,
    pub(crate) priority: Priority,
    pub(crate) source: String,
    pub(crate) tags: Vec<String>,
}

impl Metrics {
    pub(crate) fn set_duration(&mut self, duration: Duration) {
        self.set(Metric::Duration, u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn read_rule_matches(&mut self, matches: impl IntoIterator<Item = (RuleKey, u64)>) {
        let samples = matches.into_iter().map(|(rule, value)| {
            let RuleKey { name, priority, source, tags } = rule;
            Sample { labels: vec![name, (priority as u8).to_string(), source], tags, value }
        });
        self.set_samples(Metric::RuleMatches, samples.collect());
    }

    /// Nanoseconds by rule.
    pub(crate) fn read_rule_times(&mut self, times: BTreeMap<String, u64>) {
        let samples = times.into_iter().map(|(rule, ns)| ([rule], ns));
        self.set_labelled(Metric::RuleTimes, samples);
    }

    pub(crate) fn read_losses(&mut self, losses: &Losses) {
        self.set(Metric::EventsLost, losses.total());
        let mut full = Vec::new();
        for (class, count) in losses.by_class() {
            match class {
                SCRATCH => self.set(Metric::EventsLostScratch, count),
                TOO_LARGE => self.set(Metric::EventsLostTooLarge, count),
                _ => {
                    let (drop, dir) = class.rsplit_once('_').unwrap_or((class, "exit"));
                    full.push(([drop.to_owned(), dir.to_owned()], count));
                }
            }
        }
        self.set_labelled(Metric::EventsLostRing, full);
    }

    pub(crate) fn read_filtered(&mut self, calls: Vec<(&'static str, u64)>) {
        let samples = calls.into_iter().map(|(call, count)| ([call.to_owned()], count));
        self.set_labelled(Metric::EventsFiltered, samples);
    }

    pub(crate) fn read_state(&mut self, state: &State) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.add_memory("state", state.memory());
        let threads = count(state.thread_count());
        self.set(Metric::Threads, threads);
        self.set(Metric::Descriptors, count(state.fd_count()));
        // A counter without a metric does not compile.
        let Counters {
            threads_refused,
            fds_refused,
            threads_looked_up,
            threads_unknown,
            fds_shed,
            threads_shed,
            threads_stale,
            paths_unresolved,
            threads_added,
            fds_used,
            fds_reported,
            fds_unknown,
            fds_added,
            fds_removed,
            entries_kept,
            entries_refused,
            entries_found,
            entries_missing,
        } = state.counters();
        // Each event has its thread looked up once.
        self.set(Metric::ThreadsFound, state.applied().saturating_sub(threads_looked_up));
        self.set(Metric::ThreadsAdded, threads_added);
        self.set(Metric::ThreadsRemoved, threads_added.saturating_sub(threads));
        self.set(
            Metric::DescriptorsFound,
            fds_used.saturating_sub(fds_reported).saturating_sub(fds_unknown),
        );
        self.set(Metric::DescriptorsReported, fds_reported);
        self.set(Metric::DescriptorsUnknown, fds_unknown);
        self.set(Metric::DescriptorsAdded, fds_added);
        self.set(Metric::DescriptorsRemoved, fds_removed);
        self.set(Metric::EntriesKept, entries_kept);
        self.set(Metric::EntriesRefused, entries_refused);
        self.set(Metric::EntriesFound, entries_found);
        self.set(Metric::EntriesMissing, entries_missing);
        self.set(Metric::ThreadsRefused, threads_refused);
        self.set(Metric::DescriptorsRefused, fds_refused);
        self.set(Metric::ThreadsLookedUp, threads_looked_up);
        self.set(Metric::ThreadsUnknown, threads_unknown);
        self.set(Metric::DescriptorsEvicted, fds_shed);
        self.set(Metric::ThreadsEvicted, threads_shed);
        self.set(Metric::ThreadsStale, threads_stale);
        self.set(Metric::FilePathsUnresolved, paths_unresolved);
    }

    /// Adds memory of one use.
    pub(crate) fn add_memory(&mut self, of: &str, bytes: usize) {
        let value = u64::try_from(bytes).unwrap_or(u64::MAX);
        let mut samples = self.samples(Metric::MemoryByUse).to_vec();
        samples.push(Sample { labels: vec![of.to_owned()], ..Sample::of(value) });
        self.set_samples(Metric::MemoryByUse, samples);
    }

    pub(crate) fn read_containers(&mut self, state: &State) {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let without = |container: &&Arc<Container>| container.image.is_empty();
        self.set(Metric::Containers, count(state.containers().count()));
        self.set(Metric::ContainersWithoutImage, count(state.containers().filter(without).count()));
    }

    pub(crate) fn read_journal(&mut self, journal: JournalStats) {
        self.set(Metric::JournalWritten, journal.written);
        self.set(Metric::JournalLost, journal.lost);
        self.set(Metric::JournalQueued, journal.queued);
    }

    pub(crate) fn read_reloads(&mut self, reloads: &ReloadStatus) {
        let outcomes = [("applied", reloads.applied), ("rejected", reloads.rejected)];
        let samples = outcomes.map(|(outcome, count)| ([outcome.to_owned()], count));
        self.set_labelled(Metric::Reloads, samples);
        self.set(Metric::LastReload, reloads.since_ns);
        self.set(Metric::LastReloadRejected, reloads.last_rejected_ns);
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.set(Metric::LastReloadDuration, ns(reloads.took));
        self.set(Metric::LastReloadPause, ns(reloads.pause));
        self.set_histograms(Metric::ReloadPauses, vec![(Vec::new(), reloads.all_pauses())]);
    }

    /// In how many seconds too much was lost, and how often something was done then.
    pub(crate) fn read_drops(&mut self, [intervals, actions]: [u64; 2]) {
        self.set(Metric::LossIntervals, intervals);
        self.set(Metric::LossActions, actions);
    }

    pub(crate) fn read_outputs(&mut self, outputs: &[OutputStats]) {
        let mut read = |metric, value: fn(&OutputStats) -> u64| {
            let samples = outputs.iter().map(|output| ([output.name.clone()], value(output)));
            self.set_labelled(metric, samples);
        };
        read(Metric::AlertsWritten, |output| output.written);
        read(Metric::AlertsDropped, |output| output.dropped);
        read(Metric::AlertsFailed, |output| output.failed);
        read(Metric::AlertsRefused, |output| output.refused);
        read(Metric::AlertsLeftOut, |output| output.left_out);
        read(Metric::AlertsHeld, |output| output.held);
        read(Metric::AlertsKept, |output| output.kept);
        read(Metric::AlertsTruncated, |output| output.truncated);
        read(Metric::AlertsRetried, |output| output.retries);
        read(Metric::AlertsQueued, |output| if output.in_journal { 0 } else { output.queued });
        read(Metric::AlertsInJournal, |output| if output.in_journal { output.queued } else { 0 });
        read(Metric::OutputFailing, |output| u64::from(output.state.is_failing()));
        read(Metric::OutputLag, |output| u64::try_from(output.lag.as_nanos()).unwrap_or(u64::MAX));
    }
}
