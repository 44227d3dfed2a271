//! The alerts of what responses did.

use peregrine_act::{AskedBy, Line, Step};
use peregrine_alert::{Alert, AlertId, Priority};
use peregrine_fields::iso8601;
use serde_json::{Map, Value as Json, json};

use super::lane::Report;

/// The source of alerts about responses.
const SOURCE: &str = "response";

/// The alert of a report. `now`: nanoseconds since the epoch, for what has no time of its own.
pub(crate) fn alert(id: AlertId, utc_offset: i32, now: u64, report: &Report) -> Alert {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Json| _ = fields.insert(key.to_owned(), value);
    let (time_ns, rule, priority, message) = match report {
        Report::Line(line) => {
            let Line { id, time_ns, step, task, asked_by, detail, undo } = &**line;
            put("response.id", json!(id));
            put("response.step", step.word().into());
            put("response.action", task.name().into());
            put("response.task", serde_json::to_value(task).unwrap_or_default());
            put("response.undoable", undo.is_some().into());
            match asked_by {
                AskedBy::Response { response, rule, host, alert, .. } => {
                    put("response.name", response.as_str().into());
                    put("response.rule", rule.as_str().into());
                    put("response.alert", format!("{host}:{alert}").into());
                }
                AskedBy::Person { user } => put("response.person", user.as_str().into()),
            }
            put("response.detail", detail.as_str().into());
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            let message = format!("{} {id}: {task}{detail} ({asked_by})", step.word());
            (*time_ns, format!("Response {}", step.word()), priority(*step), message)
        }
        Report::Impossible { response, rule, alert, action, why } => {
            put("response.name", response.as_str().into());
            put("response.rule", rule.as_str().into());
            put("response.alert", format!("{}:{}", alert.host, alert.sequence).into());
            put("response.action", (*action).into());
            put("response.detail", why.as_str().into());
            let message = format!(
                "impossible: {action}: {why} (response {response}, rule {rule}, alert {})",
                alert.sequence
            );
            (now, "Response impossible".to_owned(), Priority::Warning, message)
        }
        Report::Stopped { response, rule, alert, until_ns } => {
            put("response.name", response.as_str().into());
            put("response.rule", rule.as_str().into());
            put("response.alert", format!("{}:{}", alert.host, alert.sequence).into());
            let until = iso8601(*until_ns, "Z");
            put("response.until", until.as_str().into());
            let message = format!(
                "stopped: the response {response} acts too often (at_most): it does nothing until {until} (rule {rule}, alert {})",
                alert.sequence
            );
            (now, "Response stopped".to_owned(), Priority::Critical, message)
        }
    };
    Alert {
        id,
        time_ns,
        utc_offset,
        rule,
        priority,
        source: SOURCE.to_owned(),
        tags: Vec::new(),
        message,
        fields,
    }
}

fn priority(step: Step) -> Priority {
    match step {
        Step::Failed | Step::UndoFailed => Priority::Error,
        Step::GivenUp => Priority::Warning,
        Step::Done | Step::Undone => Priority::Notice,
        Step::Planned | Step::DryRun | Step::Skipped | Step::Expired => Priority::Informational,
    }
}
