//! `peregrine outputs status`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use peregrine_alert::one_line;
use peregrine_control::{OutputCondition, OutputStatus, Request};

use crate::agent::Agent;
use crate::amount::{duration, moment, number};
use crate::table::{self, Paint};
use crate::terminal::counted;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    agent: Agent,
    /// As JSON, one object an output.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let outputs: Vec<OutputStatus> = flags.agent.ask(&Request::Outputs {})?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        for output in &outputs {
            writeln!(out, "{}", serde_json::to_string(output)?)?;
        }
    } else if outputs.is_empty() {
        writeln!(out, "no output is on")?;
    } else {
        let paint = Paint::stdout();
        table::write(&mut out, &rows(&outputs, paint))?;
        for output in &outputs {
            if let Some(error) = &output.last_error {
                let (name, text) = (one_line(output.name.clone()), one_line(error.message.clone()));
                writeln!(out, "{name}: last error {}: {text}", paint.dim(&moment(&error.time)))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(outputs: &[OutputStatus], paint: Paint) -> Vec<Vec<String>> {
    let head =
        ["OUTPUT", "STATE", "WAITING", "LAG", "DELIVERED", "RETRIES", "LOST", "DEAD LETTERS"];
    let mut rows = vec![head.map(|name| paint.dim(name)).to_vec()];
    for output in outputs {
        let lost = lost(output);
        rows.push(vec![
            one_line(output.name.clone()),
            condition(output, paint),
            number(output.queued),
            duration(output.lag_seconds),
            number(output.delivered),
            number(output.retries),
            if lost == 0 { "0".to_owned() } else { paint.bad(&number(lost)) },
            number(output.dead_letters),
        ]);
    }
    rows
}

/// Alerts that did not get out and are kept nowhere.
fn lost(output: &OutputStatus) -> u64 {
    let lost = output.dropped + output.given_up + output.refused;
    lost.saturating_sub(output.dead_letters)
}

/// The state in words and colour.
pub(crate) fn condition(output: &OutputStatus, paint: Paint) -> String {
    let name = output.state.name();
    match output.state {
        OutputCondition::Delivering => paint.good(name),
        OutputCondition::Idle | OutputCondition::Other => name.to_owned(),
        OutputCondition::Refusing | OutputCondition::Retrying => paint.bad(name),
        OutputCondition::CircuitOpen => {
            let next = output.retry_in_seconds.map_or_else(String::new, |seconds| {
                format!(", next attempt in {}", duration(seconds.ceil()))
            });
            paint.bad(&format!("{name}{next}"))
        }
    }
}

/// What waits for an output, in words.
pub(crate) fn lag(output: &OutputStatus) -> String {
    if output.queued == 0 {
        return format!("{} delivered", number(output.delivered));
    }
    let place = if output.in_journal { "in the journal" } else { "in memory" };
    format!(
        "{} delivered, {} waiting {place}, the oldest {} old",
        number(output.delivered),
        counted(output.queued, "alert"),
        duration(output.lag_seconds)
    )
}
