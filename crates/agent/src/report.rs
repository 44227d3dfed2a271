//! What is told at the end.

use std::fmt;
use std::time::Duration;

use peregrine_outputs::OutputStats;
use peregrine_probe::Losses;
use peregrine_state::Counters;

/// What was seen, matched and lost.
#[derive(Debug, Clone)]
pub struct Account {
    /// How long events were watched.
    pub watched: Duration,
    /// Events seen.
    pub events: u64,
    /// Records that were no events; a defect of ours or a damaged source.
    pub damaged: u64,
    /// Hits of each rule that had any, most first.
    pub hits: Vec<(String, u64)>,
    /// What the kernel could not deliver.
    pub losses: Losses,
    /// What the kernel dropped on purpose, by the name of the call: no rule could match it.
    pub filtered: Vec<(&'static str, u64)>,
    /// What the picture of the host could not do.
    pub picture: Counters,
    /// Paths that were not walked again.
    pub paths_unknown: u64,
    /// What became of the alerts.
    pub outputs: Vec<OutputStats>,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alerts: u64 = self.hits.iter().map(|(_, count)| count).sum();
        writeln!(
            f,
            "peregrine: {:.1} s watched, {} events, {alerts} alerts, {} lost",
            self.watched.as_secs_f64(),
            self.events,
            self.losses.total()
        )?;
        let width = self.hits.iter().map(|(rule, _)| rule.chars().count()).max().unwrap_or(0);
        for (rule, count) in &self.hits {
            writeln!(f, "  {rule:width$}  {count}")?;
        }
        let filtered: u64 = self.filtered.iter().map(|(_, count)| count).sum();
        if filtered > 0 {
            let calls: Vec<String> =
                self.filtered.iter().map(|(call, count)| format!("{call} {count}")).collect();
            writeln!(f, "  left out in the kernel, no rule could match: {}", calls.join(", "))?;
        }
        for (class, count) in self.losses.by_class().filter(|(_, count)| *count > 0) {
            writeln!(f, "  lost in the kernel: {count} {class}")?;
        }
        if self.damaged > 0 {
            writeln!(f, "  records that were no events: {}", self.damaged)?;
        }
        for (count, what) in [
            (
                self.picture.threads_refused,
                "threads not kept: the table was full (falco_libs.thread_table_size makes it larger)",
            ),
            (self.picture.fds_refused, "descriptors not kept: a table was full"),
            (
                self.paths_unknown,
                "paths known as they were asked for only, or by where they led later: too many at once, or the way was gone",
            ),
            (
                self.picture.paths_unresolved,
                "files and programs known as they were asked for only: their paths are longer than 4095 bytes",
            ),
            (self.picture.threads_shed, "threads dropped at the memory limit"),
            (self.picture.fds_shed, "descriptors dropped at the memory limit"),
            (self.picture.threads_stale, "threads taken away whose end nobody had told"),
        ] {
            if count > 0 {
                writeln!(f, "  {count} {what}")?;
            }
        }
        for output in &self.outputs {
            write!(f, "  {}: {} written", output.name, output.written)?;
            for (count, what) in [
                (output.dropped, "dropped (queue full)"),
                (output.failed, "failed"),
                (output.abandoned, "not written in time"),
            ] {
                if count > 0 {
                    write!(f, ", {count} {what}")?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
