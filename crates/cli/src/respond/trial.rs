//! `peregrine respond try`: what responses would have done in a capture.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use clap::Args;
use peregrine_agent::capture::replay::{Replay, replay_with};
use peregrine_agent::capture::{Input, Window};
use peregrine_agent::respond::{HitSink, ResponseFeed, ResponseHit, response_files};
use peregrine_alert::iso8601;
use peregrine_respond::{Admission, Occurrence, Plan, Planner, Response};
use serde_json::json;

use crate::config::known_outputs;
use crate::run::{Common, Prepared, notice_level, notify_until_closed, prepare};
use crate::terminal::{Errors, say};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Response files and folders, in order; `shipped` for those that come with Peregrine.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The capture; repeatable, in order.
    #[arg(long, required = true, value_name = "FILE")]
    capture: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Keeps hits until the replay is over.
struct Kept(Sender<ResponseHit>);

impl HitSink for Kept {
    fn take(&mut self, hit: ResponseHit) {
        // Who receives waits for the end of the replay.
        let _ = self.0.send(hit);
    }
}

/// What one response would have done for one alert.
struct Line<'p> {
    response: &'p Response,
    of: &'p Occurrence,
    /// What, or why not.
    actions: Vec<(&'static str, Result<String, String>)>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let (responses, _) = response_files(&flags.files)
        .map_err(|error| Errors(error.0.iter().map(ToString::to_string).collect()))?;
    let responses: Arc<[Response]> = responses.into();
    let own: Vec<String> = known_outputs()
        .map(|name| format!("{name}_output.enabled=false"))
        .chain(["outputs_queue.capacity=0".to_owned(), "outputs=[]".to_owned()])
        .collect();
    let Prepared { config, generation, .. } = prepare(&flags.common.quiet(), &own)?;
    let (to, hits) = channel();
    let feed = ResponseFeed::new(Arc::clone(&responses), Box::new(Kept(to)));
    let stop = Arc::new(AtomicBool::new(false));
    let replayed = replay_with(
        Input { files: flags.capture.clone(), progress: None },
        Replay {
            config: &config,
            generation,
            window: Window::default(),
            filter: "",
            duration: None,
            host: None,
            notify: notify_until_closed(notice_level(&config), Arc::clone(&stop)),
            stop,
        },
        Some(feed),
    )?;
    let mut planner = Planner::new(Arc::clone(&responses));
    let mut out = std::io::stdout().lock();
    let mut done = 0_u64;
    for hit in hits {
        let mut of = hit.occurrence;
        if let Some(message) = hit.message {
            of.message = message.recv_timeout(Duration::ZERO).unwrap_or_default();
        }
        for plan in planner.plan(&of, of.time_ns) {
            let Some(response) = responses.get(plan.response) else { continue };
            let line = Line { response, of: &of, actions: actions(response, &plan) };
            done += line.actions.iter().filter(|(_, action)| action.is_ok()).count() as u64;
            write(&mut out, &line, flags.common.is_json())?;
        }
    }
    if let Some(damage) = replayed.damage {
        return Err(damage.into());
    }
    if done == 0 {
        say("no response would have done anything");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn actions(response: &Response, plan: &Plan) -> Vec<(&'static str, Result<String, String>)> {
    let why = match plan.admission {
        Admission::Go => {
            return plan
                .actions
                .iter()
                .zip(&response.actions)
                .map(|(action, written)| {
                    let shown = action.as_ref().map(ToString::to_string);
                    (written.name(), shown.map_err(ToString::to_string))
                })
                .collect();
        }
        Admission::Cooldown => "it answered the same a moment ago (cooldown)".to_owned(),
        Admission::TooMany { until_ns, .. } => {
            format!("it acts too often (at_most): stopped until {}", iso8601(until_ns, "Z"))
        }
    };
    vec![("", Err(why))]
}

fn write(out: &mut impl std::io::Write, line: &Line<'_>, as_json: bool) -> anyhow::Result<()> {
    let Line { response, of, actions } = line;
    let time = iso8601(of.time_ns, "Z");
    for (name, action) in actions {
        if as_json {
            let (would, why_not) = match action {
                Ok(text) => (Some(text), None),
                Err(why) => (None, Some(why)),
            };
            let row = json!({
                "time": time, "response": response.name, "rule": of.rule,
                "alert": of.alert.sequence, "action": name, "would": would, "why_not": why_not,
            });
            writeln!(out, "{row}")?;
            continue;
        }
        let what = match action {
            Ok(text) => format!("would {text}"),
            Err(why) if name.is_empty() => format!("would do nothing: {why}"),
            Err(why) => format!("would not {name}: {why}"),
        };
        writeln!(
            out,
            "{time}: {}: {what} (rule {}, alert {})",
            response.name, of.rule, of.alert.sequence
        )?;
    }
    Ok(())
}
