//! `peregrine status`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use peregrine_alert::one_line;
use peregrine_control::{AgentStatus, Flow, GuardSummary, Request};

use crate::agent::Agent;
use crate::amount::{bytes, duration, moment, number};
use crate::outputs::status::{condition, lag};
use crate::table::{self, Paint};
use crate::terminal::counted;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:\n  0  the agent answered\n  1  no agent answers\n\nExamples:\n  peregrine status\n  peregrine status --json\n  watch -c peregrine status --color always"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    agent: Agent,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// An answer of the pipeline that is older than this says that it hangs.
const STALE_SECONDS: f64 = 5.0;

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let status: AgentStatus = flags.agent.ask(&Request::Status {})?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        table::write(&mut out, &rows(&status, Paint::stdout()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One screen.
fn rows(status: &AgentStatus, paint: Paint) -> Vec<Vec<String>> {
    let AgentStatus { sensor, rules, lost, .. } = status;
    let mut rows = Vec::new();
    let mut row = |name: &str, text: String| rows.push(vec![paint.dim(name), text]);
    row(
        "peregrine",
        format!(
            "{}, process {}, up {} (since {})",
            status.version,
            status.pid,
            duration(status.uptime_seconds),
            moment(&status.started)
        ),
    );
    if status.age_seconds > STALE_SECONDS {
        let age = duration(status.age_seconds);
        row("pipeline", paint.bad(&format!("hangs: what stands below is {age} old")));
    }
    row(
        "source",
        format!(
            "{} on Linux {}: {} by {}",
            sensor.engine,
            sensor.kernel,
            counted(sensor.syscalls, "system call"),
            counted(sensor.programs, "kernel program")
        ),
    );
    row("state", counted(sensor.threads, "thread"));
    row(
        "rules",
        format!(
            "{} loaded, {} enabled, evaluated since {}",
            rules.loaded,
            rules.enabled,
            moment(&rules.since)
        ),
    );
    let reloads = &status.reloads;
    let took = reloads
        .took_seconds
        .map_or_else(String::new, |seconds| format!(", the last one took {}", duration(seconds)));
    row("reloads", format!("{} since the start{took}", reloads.applied));
    if let Some(error) = &reloads.error {
        let text = format!("rejected {}: {}", moment(&error.time), one_line(error.message.clone()));
        row("", paint.bad(&text));
    }
    let flow = |flow: &Flow| format!("{}/s, {} in all", flow.per_second, number(flow.total));
    let filtered = number(status.filtered);
    row("events", format!("{}; {filtered} left out in the kernel", flow(&status.events)));
    if let Some(delay) = status.delay_seconds {
        row("delay", format!("99 % of events are evaluated within {} ms", delay * 1000.0));
    }
    row("alerts", flow(&status.alerts));
    let lost = if lost.total == 0 {
        paint.good("nothing")
    } else {
        let class = |(class, count): (&String, &u64)| format!("{class} {}", number(*count));
        let classes: Vec<String> = lost.classes.iter().map(class).collect();
        paint.bad(&format!("{}: {}", counted(lost.total, "event"), classes.join(", ")))
    };
    row("lost", lost);
    row(
        "journal",
        status.journal.as_ref().map_or_else(
            || "off".to_owned(),
            |journal| {
                let lost = format!("{} lost", number(journal.lost));
                format!(
                    "{}: {} written, {}, {} waiting",
                    journal.path,
                    number(journal.written),
                    if journal.lost == 0 { lost } else { paint.bad(&lost) },
                    number(journal.queued)
                )
            },
        ),
    );
    if let Some(guard) = &status.guard {
        row("guard", self::guard(guard, paint));
    }
    let memory = status.rss_bytes.map_or_else(|| "unknown".to_owned(), bytes);
    row("memory", memory);
    if status.outputs.is_empty() {
        row("outputs", "none".to_owned());
    }
    for (at, output) in status.outputs.iter().enumerate() {
        let name = if at == 0 { "outputs" } else { "" };
        let state = condition(output, paint);
        let text = format!("{}: {state}, {}", output.name, lag(output));
        row(name, text);
    }
    rows
}

/// The policies in a line.
fn guard(guard: &GuardSummary, paint: Paint) -> String {
    let GuardSummary { enforcing, shadowing, unconfirmed, denied, would_deny, off, unproven } =
        guard;
    let mut text = format!(
        "{enforcing} policies deny, {shadowing} report; {} denied, {} would have been",
        number(*denied),
        number(*would_deny)
    );
    if *unconfirmed > 0 {
        text.push_str(&paint.bad(&format!("; {unconfirmed} to be confirmed")));
    }
    if !unproven.is_empty() {
        text.push_str(&paint.bad(&format!("; does not work: {}", unproven.join(", "))));
    }
    if let Some(why) = off {
        text = paint.bad(&format!("nothing is denied: {why}"));
    }
    text
}
