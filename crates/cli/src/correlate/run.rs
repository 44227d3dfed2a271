//! `peregrine correlate run`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use peregrine_alert::one_line;
use peregrine_correlate::{
    Arrival, Correlation, Effect, Engine, Finding, InFleet, Incident, Settings, Tracker,
    incident_json, incident_text,
};
use serde_json::json;

use super::loaded;
use super::sources::Sources;
use crate::USAGE;
use crate::config::{loaded as configuration, usual};
use crate::table::{self, Paint};
use crate::terminal::{complain, counted, fail, report};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:\n  0  something was found\n  1  nothing was found\n  2  alerts cannot be read, correlations have mistakes\n\nExamples:\n  peregrine correlate run\n  peregrine correlate run my_correlations.yaml --journal /mnt/web-1/journal --journal /mnt/db/journal\n  peregrine correlate run --alerts alerts.jsonl --json\n  cat web-1.jsonl db.jsonl | peregrine correlate run --alerts - --incidents"
)]
pub(super) struct Flags {
    /// Files and folders of correlations; `shipped` are those we ship, as without one.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder of a journal; repeatable [default: the journal of this host's configuration]
    #[arg(long, value_name = "FOLDER")]
    journal: Vec<PathBuf>,
    /// A file of alerts in JSON, one a line, as Falco writes them and `peregrine journal export`; `-` is standard
    /// input; repeatable.
    #[arg(long, value_name = "FILE")]
    alerts: Vec<PathBuf>,
    /// Behind the findings also incidents: alerts and findings of all hosts that belong together by processes,
    /// connections and sessions, each with its hosts, time line, tactics, score and reasons.
    #[arg(long)]
    incidents: bool,
    /// As JSON, one object a finding, and an incident.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match find(flags) {
        // 1 says what was found.
        Err(error) if !crate::is_broken_pipe(&error) => {
            fail(&[format!("{error:#}")], &[]);
            Ok(ExitCode::from(USAGE))
        }
        done => done,
    }
}

/// A finding with the hosts of its alerts.
struct Found {
    finding: Finding,
    hosts: BTreeSet<String>,
}

fn find(flags: &Flags) -> anyhow::Result<ExitCode> {
    let correlations = loaded(&flags.files)?;
    let own = if flags.journal.is_empty() && flags.alerts.is_empty() {
        Some(configuration(usual(None), &[])?.config.journal.path)
    } else {
        None
    };
    let journals: Vec<&Path> = flags.journal.iter().chain(&own).map(PathBuf::as_path).collect();
    let files: Vec<&Path> = flags.alerts.iter().map(PathBuf::as_path).collect();
    let mut sources = Sources::open(&journals, &files)?;
    let mut engine = Engine::new(correlations, Settings::default());
    let mut effects = Vec::new();
    let mut found: Vec<Found> = Vec::new();
    let mut tracker = flags.incidents.then(Tracker::default);
    let mut count = 0_u64;
    while let Some((alert, sequence)) = sources.next()? {
        count += 1;
        let time = i64::try_from(alert.time_ns).unwrap_or(i64::MAX);
        engine.tick(time, &mut effects);
        let agent = alert.id.host.as_str();
        let arrival = Arrival { agent, sequence, time, alert: &alert };
        if let Some(tracker) = &mut tracker {
            let figures = tracker.observe(&alert, time);
            let source = InFleet { alert: &alert, figures: &figures };
            engine.push_with(arrival, &source, &mut effects);
            tracker.remember(&alert, time, sequence.unwrap_or_else(|| engine.unnumbered()));
            tracker.follow(&effects, engine.correlations(), |number| engine.agent(number));
        } else {
            engine.push(arrival, &mut effects);
        }
        take(&engine, &mut effects, &mut found);
    }
    engine.finish(&mut effects);
    if let Some(tracker) = &mut tracker {
        tracker.follow(&effects, engine.correlations(), |number| engine.agent(number));
    }
    let incidents = tracker.as_mut().map(Tracker::finish).unwrap_or_default();
    take(&engine, &mut effects, &mut found);
    found.sort_by_key(|one| (one.finding.fired, one.finding.correlation));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if flags.json {
        for one in &found {
            writeln!(out, "{}", row_json(&engine, one))?;
        }
    } else {
        write_table(&mut out, &engine, &found)?;
    }
    write_incidents(&mut out, &incidents, flags.json, found.is_empty())?;
    out.flush()?;
    let counts = engine.counts();
    for (item, dropped) in engine.correlations().iter().zip(engine.dropped()) {
        if dropped > 0 {
            complain(format!(
                "memory was short: {} of the correlation \"{}\" dropped",
                counted(dropped, "group"),
                item.title
            ));
        }
    }
    let forgotten = engine.agents_dropped();
    if forgotten > 0 {
        complain(format!(
            "too many hosts: {} silent for longest forgotten",
            counted(forgotten, "host")
        ));
    }
    let late = counts.too_late + counts.settled_before;
    if late > 0 {
        complain(format!("{} came too late to count", counted(late, "alert")));
    }
    let mut all = counted(found.len() as u64, "finding");
    if let Some(tracker) = &tracker {
        complain_of(tracker);
        all = format!("{all}, {}", counted(incidents.len() as u64, "incident"));
    }
    report(format!(
        "{} read, {} of them repeated, {all}\n",
        counted(count, "alert"),
        counts.repeated
    ));
    Ok(if found.is_empty() && incidents.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write_incidents(
    out: &mut impl Write,
    incidents: &[Incident],
    json: bool,
    is_first: bool,
) -> anyhow::Result<()> {
    for (number, incident) in (1..).zip(incidents) {
        if json {
            writeln!(out, "{}", incident_json(number, incident))?;
            continue;
        }
        if number > 1 || !is_first {
            writeln!(out)?;
        }
        write!(out, "{}", incident_text(number, incident))?;
    }
    Ok(())
}

/// What incidents could not take up.
fn complain_of(tracker: &Tracker) {
    let without = tracker.without_process();
    if without > 0 {
        complain(format!(
            "{} without `proc.pid`, in no incident; add it to the outputs of the rules (`append_output`)",
            counted(without, "alert")
        ));
    }
    let lost = tracker.without_facts();
    if lost > 0 {
        complain(format!(
            "{} of findings in no incident by them: too long ago, or two alerts of a host with one number",
            counted(lost, "alert")
        ));
    }
}

/// Takes the findings that ended out of the effects.
fn take(engine: &Engine, effects: &mut Vec<Effect>, found: &mut Vec<Found>) {
    for effect in effects.drain(..) {
        if let Effect::Closed(finding) = effect {
            let hosts = finding.members.iter().map(|member| engine.agent(member.agent));
            let hosts = hosts.filter(|host| !host.starts_with('\0')).map(str::to_owned).collect();
            found.push(Found { finding, hosts });
        }
    }
}

fn of<'e>(engine: &'e Engine, finding: &Finding) -> Option<&'e Correlation> {
    engine.correlations().get(finding.correlation)
}

fn time(ns: i64) -> String {
    let time = Timestamp::from_nanosecond(i128::from(ns)).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The values of a group by their names.
fn group<'f>(
    item: &'f Correlation,
    finding: &'f Finding,
) -> impl Iterator<Item = (&'f str, &'f str)> {
    item.group_by.iter().map(String::as_str).zip(finding.group.iter().map(String::as_str))
}

fn row_json(engine: &Engine, one: &Found) -> serde_json::Value {
    let finding = &one.finding;
    let Some(item) = of(engine, finding) else { return json!({}) };
    let values: serde_json::Map<String, serde_json::Value> =
        group(item, finding).map(|(name, value)| (name.to_owned(), value.into())).collect();
    let members = finding.members.iter().map(|member| {
        json!({ "host": engine.agent(member.agent), "sequence": member.sequence.to_string() })
    });
    json!({
        "id": finding.id.to_string(), "correlation": item.title, "priority": item.level.name(),
        "tags": item.tags, "group": values,
        "time": time(finding.fired), "last_time": time(finding.last_fired),
        "first_alert": time(finding.first), "last_alert": time(finding.last),
        "alerts": finding.alerts, "hosts": one.hosts, "members": members.collect::<Vec<_>>(),
        "late": finding.late, "approximate": finding.approximate,
    })
}

fn write_table(out: &mut impl Write, engine: &Engine, found: &[Found]) -> anyhow::Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let paint = Paint::stdout();
    let head = ["TIME", "PRIORITY", "CORRELATION", "ALERTS", "HOSTS", "GROUP"];
    let mut rows = vec![head.map(|name| paint.dim(name)).to_vec()];
    for one in found {
        let Some(item) = of(engine, &one.finding) else { continue };
        let values = group(item, &one.finding).map(|(name, value)| format!("{name}={value}"));
        let hosts: Vec<&str> = one.hosts.iter().map(String::as_str).collect();
        rows.push(vec![
            time(one.finding.fired),
            item.level.name().to_owned(),
            one_line(item.title.clone()),
            one.finding.alerts.to_string(),
            one_line(hosts.join(",")),
            one_line(values.collect::<Vec<_>>().join(" ")),
        ]);
    }
    Ok(table::write(out, &rows)?)
}
