//! `peregrine outputs test`.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use peregrine_agent::hostname;
use peregrine_alert::one_line;
use peregrine_config::{Config, Delivery};
use peregrine_event::names::nearest;
use peregrine_outputs::{Reason, Trial, TrialError, Verdict, test_alert, try_outputs};
use serde_json::json;

use crate::config::{configuration, usual};
use crate::table::{self, Paint};
use crate::terminal::{Errors, say};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Only this output [default: every output that is on]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Configuration file [default: /etc/peregrine/peregrine.yaml, else /etc/falco/falco.yaml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
    /// As JSON, one object an output; what outputs print goes to stderr then.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let config = configuration(usual(flags.config.as_deref()), &flags.option)?;
    let own = if flags.json { Some(own_stdout()?) } else { None };
    let name = flags.name.as_deref();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let offset = TimeZone::system().to_offset(Timestamp::now()).seconds();
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let host = std::env::var("FALCO_HOSTNAME").unwrap_or_else(|_| hostname());
    let trials = try_outputs(&config, name, &test_alert(host, now, offset));
    if let Some(own) = own {
        rustix::stdio::dup2_stdout(own)?;
    }
    let trials = trials.map_err(|error| anyhow::Error::from(Errors(vec![in_words(&error)])))?;
    let mut out = io::stdout();
    if flags.json {
        trials.iter().try_for_each(|trial| writeln!(out, "{}", row(trial)))?;
    } else {
        let paint = Paint::stdout();
        let rows: Vec<Vec<String>> = trials.iter().map(|trial| cells(trial, paint)).collect();
        table::write(&mut out, &rows)?;
    }
    if trials.iter().any(|trial| selects(&config, &trial.output)) {
        say(
            "priority, when, mute, dedup and throttle were not applied: a test alert goes out whatever they say",
        );
    }
    let delivered = trials.iter().all(|trial| matches!(trial.verdict, Verdict::Delivered));
    Ok(if delivered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Stdout for the results alone: what outputs write there, and programs they start, goes to stderr until it
/// is put back.
fn own_stdout() -> io::Result<File> {
    let own = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(own)
}

/// Why nothing was tried, and what to do.
fn in_words(error: &TrialError) -> String {
    match error {
        TrialError::Unknown { name, known } => {
            match nearest(name, known.iter().map(String::as_str)) {
                Some(nearest) => format!("{error}: did you mean {nearest}?"),
                None => format!("{error}: there are {}", known.join(", ")),
            }
        }
        TrialError::Off { key, .. } => {
            format!("{error}; -o {key}=true does for this command alone")
        }
        other => other.to_string(),
    }
}

/// Whether an output does not get every alert.
fn selects(config: &Config, name: &str) -> bool {
    let output = config.outputs.iter().find(|output| output.name == name);
    output.is_some_and(|output| {
        let Delivery { when, priority, throttle, dedup, mute, .. } = &output.common;
        let all = when.0.trim().is_empty() && priority.is_none() && mute.is_empty();
        !all || throttle.0.is_some() || dedup.0.is_some()
    })
}

fn row(trial: &Trial) -> serde_json::Value {
    let millis = u64::try_from(trial.took.as_millis()).unwrap_or(u64::MAX);
    let (result, reason) = parts(&trial.verdict);
    let mut row = json!({"output": trial.output, "result": result, "milliseconds": millis});
    if let (Some(row), Some(reason)) = (row.as_object_mut(), reason) {
        row.insert("reason".to_owned(), reason.text.as_str().into());
        if let Some(status) = reason.status {
            row.insert("status".to_owned(), status.into());
        }
    }
    row
}

fn cells(trial: &Trial, paint: Paint) -> Vec<String> {
    let (result, reason) = parts(&trial.verdict);
    let result = if reason.is_none() { paint.good(result) } else { paint.bad(result) };
    vec![
        one_line(trial.output.clone()),
        result,
        format!("{} ms", trial.took.as_millis()),
        reason.map_or_else(String::new, |reason| one_line(reason.text.clone())),
    ]
}

fn parts(verdict: &Verdict) -> (&'static str, Option<&Reason>) {
    match verdict {
        Verdict::Delivered => ("delivered", None),
        Verdict::Refused(reason) => ("refused", Some(reason)),
        Verdict::Failed(reason) => ("failed", Some(reason)),
    }
}
