//! `peregrine respond undo` and `do`.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Args;
use peregrine_act::{AskedBy, Host, Line, Step, person};
use peregrine_agent::respond::open_host;
use peregrine_alert::{Alert, AlertId, Priority};
use peregrine_respond::{Occurrence, Planner, load, need_of_all};
use serde_json::{Map, Value as Json};

use super::Place;
use super::account::records;
use crate::terminal::{Errors, say};

#[derive(Debug, Args)]
pub(crate) struct UndoFlags {
    /// The number of the action.
    #[arg(required_unless_present = "all")]
    id: Option<u64>,
    /// All actions that can be taken back, the newest first.
    #[arg(long, conflicts_with = "id")]
    all: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct DoFlags {
    /// The action with its parameters, as in a response file.
    #[arg(value_name = "ACTION")]
    action: String,
    #[command(flatten)]
    place: Place,
}

fn host(place: &Place) -> anyhow::Result<Host> {
    let config = place.config()?;
    let path = &config.respond.path;
    open_host(&config).with_context(|| format!("cannot open {}", path.display()))
}

fn asked() -> AskedBy {
    AskedBy::Person { user: person() }
}

/// Says what came of it; whether it is what was asked for.
fn report(line: &Line, wanted: Step) -> anyhow::Result<bool> {
    let Line { id, step, task, detail, .. } = line;
    if *step != wanted {
        return Err(Errors(vec![format!("{} {id}: {task}: {detail}", step.word())]).into());
    }
    let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
    writeln!(std::io::stdout().lock(), "{} {id}: {task}{detail}", step.word())?;
    Ok(true)
}

pub(super) fn undo(flags: &UndoFlags) -> anyhow::Result<ExitCode> {
    let ids: Vec<u64> = if let Some(id) = flags.id {
        vec![id]
    } else {
        let records = records(&flags.place)?;
        let undoable = records.iter().rev().filter(|(_, record)| record.undo().is_some());
        undoable.map(|(id, _)| *id).collect()
    };
    if ids.is_empty() {
        say("nothing can be taken back");
        return Ok(ExitCode::SUCCESS);
    }
    let mut host = host(&flags.place)?;
    let mut failed = Vec::new();
    for id in ids {
        let undone = host.undo(id, asked()).map_err(anyhow::Error::from);
        if let Err(error) = undone.and_then(|line| report(&line, Step::Undone)) {
            match error.downcast::<Errors>() {
                Ok(Errors(errors)) => failed.extend(errors),
                Err(error) => failed.push(format!("{id}: {error:#}")),
            }
        }
    }
    if failed.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Errors(failed).into()) }
}

pub(super) fn act(flags: &DoFlags) -> anyhow::Result<ExitCode> {
    let text = format!(
        "- response: peregrine respond do\n  match: {{rules: ['*']}}\n  actions:\n    - {}\n",
        flags.action
    );
    let loaded = load([("ACTION", text.as_str())]);
    if !loaded.mistakes.is_empty() {
        let words = loaded.mistakes.iter().map(|mistake| mistake.in_text(&flags.action));
        return Err(Errors(words.collect()).into());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let nobody = Alert::internal(
        AlertId { host: String::new(), sequence: 0 },
        now,
        0,
        Priority::Notice,
        "peregrine respond do",
        "",
        Map::new(),
    );
    let responses: Arc<[_]> = loaded.responses.into();
    let of = Occurrence::of_alert(&nobody, &need_of_all(&responses));
    let plans = Planner::new(responses).plan(&of, now);
    let mut host = host(&flags.place)?;
    for action in plans.into_iter().flat_map(|plan| plan.actions) {
        let task = action.map_err(|why| {
            let why = why.to_string().replace("the event has no ", "there is no event: give ");
            Errors(vec![why])
        })?;
        report(&host.act(task, asked(), &Json::Null)?, Step::Done)?;
    }
    Ok(ExitCode::SUCCESS)
}
