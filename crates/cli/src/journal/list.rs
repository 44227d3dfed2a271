//! `peregrine journal tail` and `search`.

use std::collections::VecDeque;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use peregrine_alert::one_line;
use peregrine_journal::{Entry, FileStorage, Follower, Query, search};

use super::{Place, Wanted, json_line, local_time, unreadable};
use crate::table::{self, Paint};
use crate::terminal::complain;

/// How often it is looked whether alerts have come.
const POLL: Duration = Duration::from_millis(200);
/// Columns are as wide as so many alerts need them.
const ROWS: usize = 500;
/// How long a line of a table may be in the last column.
const WIDTH: usize = 160;

#[derive(Debug, Args)]
pub(super) struct TailFlags {
    #[command(flatten)]
    place: Place,
    /// How many.
    #[arg(short = 'n', long = "count", value_name = "ALERTS", default_value_t = 10)]
    count: usize,
    /// Go on with those that come, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct SearchFlags {
    #[command(flatten)]
    place: Place,
    /// The newest of those that are found, at most so many.
    #[arg(short = 'n', long = "count", value_name = "ALERTS")]
    count: Option<usize>,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wanted: Wanted,
}

/// Writes alerts as lines or tables.
struct Printer {
    json: bool,
    rows: Vec<Vec<String>>,
    headed: bool,
}

impl Printer {
    fn new(json: bool) -> Self {
        Self { json, rows: Vec::new(), headed: false }
    }

    fn take(&mut self, entry: &Entry, out: &mut impl Write) -> anyhow::Result<()> {
        if let Some(error) = unreadable(entry) {
            complain(error);
            return Ok(());
        }
        let Ok(alert) = &entry.alert else { return Ok(()) };
        if self.json {
            writeln!(out, "{}", json_line(entry.number, alert))?;
            return Ok(());
        }
        let output: String =
            alert.message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let output = one_line(output);
        let short: String = output.chars().take(WIDTH).collect();
        let more = if short.len() < output.len() { "..." } else { "" };
        self.rows.push(vec![
            entry.number.to_string(),
            local_time(alert),
            alert.priority.name().to_owned(),
            one_line(alert.rule.clone()),
            format!("{short}{more}"),
        ]);
        if self.rows.len() >= ROWS { self.flush(out) } else { Ok(()) }
    }

    fn flush(&mut self, out: &mut impl Write) -> anyhow::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if !std::mem::replace(&mut self.headed, true) {
            let paint = Paint::stdout();
            let head = ["RECORD", "TIME", "PRIORITY", "RULE", "OUTPUT"].map(|name| paint.dim(name));
            self.rows.insert(0, head.to_vec());
        }
        Ok(table::write(out, &std::mem::take(&mut self.rows))?)
    }
}

/// The newest alerts that a query finds, oldest first.
fn newest(
    storage: &FileStorage,
    query: &Query<'_>,
    count: usize,
) -> anyhow::Result<VecDeque<Entry>> {
    let mut newest = VecDeque::new();
    if count > 0 {
        search(storage, &Query { newest_first: true, ..*query }, &mut |entry| {
            newest.push_front(entry);
            newest.len() < count
        })?;
    }
    Ok(newest)
}

pub(super) fn tail(flags: &TailFlags) -> anyhow::Result<ExitCode> {
    let storage = flags.place.open(&flags.place.config()?)?;
    let mut out = std::io::stdout().lock();
    let mut printer = Printer::new(flags.json);
    // Where none is wanted the last says what lies behind all there is.
    let mut newest = newest(&storage, &Query::default(), flags.count.max(1))?;
    // What comes while these are printed lies behind the last of them.
    let last = newest.back().map_or(0, |entry| entry.number);
    newest.truncate(flags.count);
    for entry in newest {
        printer.take(&entry, &mut out)?;
    }
    printer.flush(&mut out)?;
    out.flush()?;
    let mut follower = Follower::new(last);
    if !flags.follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        let entries = follower.next(&storage)?;
        if entries.is_empty() {
            std::thread::sleep(POLL);
        }
        for entry in entries {
            printer.take(&entry, &mut out)?;
        }
        printer.flush(&mut out)?;
        out.flush()?;
    }
}

pub(super) fn search_alerts(flags: &SearchFlags) -> anyhow::Result<ExitCode> {
    let condition = flags.wanted.condition()?;
    let storage = flags.place.open(&flags.place.config()?)?;
    let (start_ns, end_ns) = flags.wanted.times(&storage)?;
    let query = Query { condition: condition.as_ref(), start_ns, end_ns, ..Query::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut printer = Printer::new(flags.json);
    let mut found = 0;
    if let Some(count) = flags.count {
        for entry in newest(&storage, &query, count)? {
            found += 1;
            printer.take(&entry, &mut out)?;
        }
    } else {
        let mut done = Ok(());
        let counts = search(&storage, &query, &mut |entry| {
            done = printer.take(&entry, &mut out);
            done.is_ok()
        })?;
        done?;
        found = counts.found;
    }
    printer.flush(&mut out)?;
    out.flush()?;
    Ok(if found > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
