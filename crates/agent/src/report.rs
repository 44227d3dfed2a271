//! The report at the end of a run.

use std::fmt;
use std::time::Duration;

use crate::metrics::{Metric, Metrics};

/// What was processed, matched, lost and written, for people.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// All metrics as they were at the end.
    pub metrics: Metrics,
    /// The time that captures cover, where those were read.
    pub captured: Option<Duration>,
}

impl RunReport {
    /// How many alerts did not get out though nothing was dropped on purpose, and are kept nowhere: an output
    /// failed, its receiver refused them, or it was too slow to end.
    pub fn unwritten(&self) -> u64 {
        let total = |metric| self.metrics.total(metric);
        let given_up = total(Metric::AlertsFailed) + total(Metric::AlertsRefused);
        given_up.saturating_sub(total(Metric::AlertsKept)) + total(Metric::AlertsQueued)
    }
}

/// Metrics that the report has a line for where they are not 0.
const LINES: [(Metric, &str); 11] = [
    (Metric::MalformedRecords, "malformed records"),
    (
        Metric::ThreadsRefused,
        "threads not stored: the table was full (falco_libs.thread_table_size sets its size)",
    ),
    (Metric::DescriptorsRefused, "descriptors not stored: a table was full"),
    (
        Metric::CallPathsUnresolved,
        "paths of calls not resolved, or resolved late: too many at once, or their process was gone",
    ),
    (
        Metric::FilePathsUnresolved,
        "paths of files and programs not resolved: they are longer than 4095 bytes",
    ),
    (
        Metric::EventsWithoutMetadata,
        "events of containers evaluated without name and image: no engine had them in time",
    ),
    (Metric::ThreadsEvicted, "threads evicted at the memory limit"),
    (Metric::DescriptorsEvicted, "descriptors evicted at the memory limit"),
    (Metric::ThreadsStale, "threads removed by reconciliation: the event of their exit was lost"),
    (
        Metric::JournalLost,
        "alerts that are not in the journal: it could not be written, or not fast enough",
    ),
    (Metric::JournalQueued, "alerts that were not written to the journal in time"),
];

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = &self.metrics;
        let seconds = Duration::from_nanos(metrics.total(Metric::Duration)).as_secs_f64();
        match self.captured {
            None => write!(f, "peregrine: {seconds:.1} s monitored")?,
            Some(time) => {
                let time = time.as_secs_f64();
                write!(f, "peregrine: {time:.1} s of capture read in {seconds:.1} s")?;
            }
        }
        for (metric, noun) in [(Metric::Events, "event"), (Metric::RuleMatches, "alert")] {
            let count = metrics.total(metric);
            write!(f, ", {count} {noun}{}", if count == 1 { "" } else { "s" })?;
        }
        // A capture has lost nothing that is known here.
        match self.captured {
            None => writeln!(f, ", {} lost", metrics.total(Metric::EventsLost))?,
            Some(_) => writeln!(f)?,
        }
        let mut rules: Vec<(&str, u64)> =
            metrics.by_label(Metric::RuleMatches, "rule_name").into_iter().collect();
        rules.retain(|(_, count)| *count > 0);
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let width = rules.iter().map(|(rule, _)| rule.chars().count()).max().unwrap_or(0);
        for (rule, count) in &rules {
            writeln!(f, "  {rule:width$}  {count}")?;
        }
        let filtered = metrics.by_label(Metric::EventsFiltered, "syscall");
        if !filtered.is_empty() {
            let calls: Vec<String> =
                filtered.iter().map(|(call, count)| format!("{call} {count}")).collect();
            writeln!(f, "  left out in the kernel, no rule can match: {}", calls.join(", "))?;
        }
        for (class, count) in lost(metrics).filter(|(_, count)| *count > 0) {
            writeln!(f, "  lost in the kernel: {count} {class}")?;
        }
        for (metric, what) in LINES {
            let count = metrics.total(metric);
            if count > 0 {
                writeln!(f, "  {count} {what}")?;
            }
        }
        let of_output = |metric| metrics.by_label(metric, "output");
        let ways = [
            (of_output(Metric::AlertsDropped), "dropped (queue full)"),
            (of_output(Metric::AlertsFailed), "given up"),
            (of_output(Metric::AlertsRefused), "refused by the receiver"),
            (of_output(Metric::AlertsKept), "kept as dead letters"),
            (of_output(Metric::AlertsQueued), "lost: not delivered in time"),
            (of_output(Metric::AlertsInJournal), "wait in the journal for the next start"),
        ];
        for (output, written) in of_output(Metric::AlertsWritten) {
            write!(f, "  {output}: {written} written")?;
            for (counts, what) in &ways {
                let count = counts.get(output).copied().unwrap_or_default();
                if count > 0 {
                    write!(f, ", {count} {what}")?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Lost events by what was lost, as the kernel side classes them.
pub(crate) fn lost(metrics: &Metrics) -> impl Iterator<Item = (String, u64)> {
    let full = metrics.samples(Metric::EventsLostRing).iter();
    let full = full.map(|sample| (sample.labels.join("_"), sample.value));
    let others =
        [("scratch", Metric::EventsLostScratch), ("too_large", Metric::EventsLostTooLarge)];
    full.chain(others.map(|(class, metric)| (class.to_owned(), metrics.total(metric))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_was_matched_lost_and_written() {
        let check = |metrics: &Metrics, expected: &str| {
            assert_eq!(
                RunReport { metrics: metrics.clone(), captured: None }.to_string(),
                expected
            );
        };
        let mut metrics = Metrics::default();
        check(&metrics, "peregrine: 0.0 s monitored, 0 events, 0 alerts, 0 lost\n");
        metrics.set_duration(Duration::from_millis(2345));
        metrics.set(Metric::Events, 3043);
        metrics.set(Metric::Threads, 7);
        let rule = |name: &str, priority: &str| [name, priority, "syscall"].map(str::to_owned);
        let matches = [(rule("b", "4"), 2), (rule("rule c", "5"), 40), (rule("b", "5"), 46)];
        metrics.set_labelled(Metric::RuleMatches, matches);
        metrics.read_filtered(vec![("close", 30), ("openat", 12)]);
        metrics.set(Metric::EventsLost, 9);
        metrics.set_labelled(
            Metric::EventsLostRing,
            [("open", 4), ("proc", 0)].map(|(drop, n)| ([drop.to_owned(), "exit".to_owned()], n)),
        );
        metrics.set(Metric::EventsLostTooLarge, 5);
        metrics.set(Metric::ThreadsEvicted, 1);
        let outputs = |counts: [(&str, u64); 2]| counts.map(|(name, n)| ([name.to_owned()], n));
        metrics.set_labelled(Metric::AlertsWritten, outputs([("stdout", 80), ("file /a", 88)]));
        metrics.set_labelled(Metric::AlertsDropped, outputs([("stdout", 5), ("file /a", 0)]));
        metrics.set_labelled(Metric::AlertsFailed, outputs([("stdout", 3), ("file /a", 0)]));
        metrics.set_labelled(Metric::AlertsInJournal, outputs([("stdout", 0), ("file /a", 2)]));
        check(
            &metrics,
            "peregrine: 2.3 s monitored, 3043 events, 88 alerts, 9 lost\n  b       48\n  rule c  40\n  \
             left out in the kernel, no rule can match: close 30, openat 12\n  \
             lost in the kernel: 4 open_exit\n  lost in the kernel: 5 too_large\n  \
             1 threads evicted at the memory limit\n  file /a: 88 written, \
             2 wait in the journal for the next start\n  \
             stdout: 80 written, 5 dropped (queue full), 3 given up\n",
        );
    }
}
