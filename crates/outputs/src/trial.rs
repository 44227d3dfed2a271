//! A test alert through the outputs of a configuration: what comes back of each.
//!
//! Each output is opened as the agent opens it and gets one alert once, on a thread of its own. Which alerts it is to
//! get (`priority`, `when`, `mute`, `dedup`, `throttle`) is not asked, and nothing is sent again.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use peregrine_alert::{Alert, AlertId, Priority};
use peregrine_config::Config;
use serde_json::{Map, Value as Json};

use crate::channels::{Planned, off, planned};
use crate::error::{SinkError, with_sources};
use crate::output::{Fate, Record};

/// The rule of test alerts.
pub const TEST_RULE: &str = "Peregrine test alert";
/// How long an output may take beside the time it sets itself: one that hangs in the system is not waited for.
const HANGS: Duration = Duration::from_secs(90);

/// What came back of one output.
#[derive(Debug)]
pub struct Trial {
    /// The output.
    pub output: String,
    /// What came back.
    pub verdict: Verdict,
    /// How long it took, from opening it on.
    pub took: Duration,
}

/// What became of a test alert.
#[derive(Debug)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// The receiver answers that it does not take it.
    Refused(Reason),
    /// The output cannot be opened, the receiver not be reached, or it does not answer as it should.
    Failed(Reason),
}

/// Why a test alert was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The status of the answer, where the receiver speaks HTTP and gave one.
    pub status: Option<u16>,
    /// The reason in one line; of an answer its begin.
    pub text: String,
}

impl Reason {
    fn new(error: &SinkError) -> Self {
        let status = match error {
            SinkError::Status { status, .. } => Some(*status),
            _ => None,
        };
        Self { status, text: with_sources(error) }
    }

    fn plain(text: impl Into<String>) -> Self {
        Self { status: None, text: text.into() }
    }
}

/// Why nothing is tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// No output has the name.
    #[error("no output is called {name}")]
    Unknown {
        /// The name.
        name: String,
        /// The names of all that are on, then of those that are off.
        known: Vec<String>,
    },
    /// The output is off.
    #[error("the output {name} is off: {key} turns it on")]
    Off {
        /// Its name.
        name: String,
        /// The key that turns it on.
        key: String,
    },
    /// There is no output.
    #[error("no output is on")]
    None,
}

/// The test alert of a host at a time.
pub fn test_alert(host: String, time_ns: u64, utc_offset: i32) -> Alert {
    let message = format!(
        "{TEST_RULE}. Somebody ran `peregrine outputs test` on {host}: nothing happened, this alert shows that alerts arrive."
    );
    let fields: Map<String, Json> = [("test".to_owned(), Json::from(true))].into_iter().collect();
    // Greater than the numbers of alerts of earlier runs, as that of an agent's first alert.
    let id = AlertId { host, sequence: time_ns / 1000 };
    let priority = Priority::Notice;
    let alert = Alert::internal(id, time_ns, utc_offset, priority, TEST_RULE, &message, fields);
    Alert { tags: vec!["test".to_owned()], ..alert }
}

/// Sends an alert through every output that is on, or through the named one.
///
/// # Errors
/// When there is no such output.
pub fn try_outputs(
    config: &Config,
    name: Option<&str>,
    alert: &Alert,
) -> Result<Vec<Trial>, TrialError> {
    let mut outputs = planned(config);
    if let Some(name) = name {
        outputs = vec![chosen(outputs, name, config)?];
    }
    if outputs.is_empty() {
        return Err(TrialError::None);
    }
    let alert = Arc::new(alert.clone());
    let running: Vec<_> = outputs
        .into_iter()
        .map(|output| {
            let (name, limit) = (output.name.clone(), output.timeout + HANGS);
            let (verdict, done) = channel();
            let alert = Arc::clone(&alert);
            let begin = Instant::now();
            let thread = std::thread::Builder::new()
                .name(format!("try {name}"))
                .spawn(move || try_output(output, &alert, &verdict));
            (name, begin, limit, thread.map(|_| done))
        })
        .collect();
    let trials = running.into_iter().map(|(output, begin, limit, done)| {
        let end = begin + limit;
        let answer =
            done.map(|done| done.recv_timeout(end.saturating_duration_since(Instant::now())));
        let (verdict, took) = match answer {
            Ok(Ok(done)) => done,
            Ok(Err(RecvTimeoutError::Timeout)) => {
                let text = format!("nothing came back within {} s", limit.as_secs());
                (Verdict::Failed(Reason::plain(text)), limit)
            }
            Ok(Err(RecvTimeoutError::Disconnected)) => {
                let text = "the output ended without an answer: a defect of Peregrine's";
                (Verdict::Failed(Reason::plain(text)), begin.elapsed())
            }
            Err(error) => {
                let text = format!("there can be no thread for it: {error}");
                (Verdict::Failed(Reason::plain(text)), Duration::ZERO)
            }
        };
        Trial { output, verdict, took }
    });
    Ok(trials.collect())
}

/// The output of this name. That of `file_output` is called `file` too, without its path.
fn chosen(mut outputs: Vec<Planned>, name: &str, config: &Config) -> Result<Planned, TrialError> {
    let exact = outputs.iter().position(|output| output.name == name);
    let by_key = || outputs.iter().position(|output| output.key == Some(name));
    if let Some(at) = exact.or_else(by_key) {
        return Ok(outputs.swap_remove(at));
    }
    let off = off(config);
    if let Some((name, key)) = off.iter().find(|(other, _)| other == name) {
        return Err(TrialError::Off { name: name.clone(), key: key.clone() });
    }
    let on = outputs.into_iter().map(|output| output.name);
    let known = on.chain(off.into_iter().map(|(name, _)| name)).collect();
    Err(TrialError::Unknown { name: name.to_owned(), known })
}

fn try_output(output: Planned, alert: &Alert, done: &Sender<(Verdict, Duration)>) {
    let begin = Instant::now();
    let verdict = verdict(output, alert);
    // Nobody waits any more where it took too long.
    let _ = done.send((verdict, begin.elapsed()));
}

fn verdict(output: Planned, alert: &Alert) -> Verdict {
    let mut opened = match output.open() {
        Ok(opened) => opened,
        Err(error) => return Verdict::Failed(Reason::new(&error)),
    };
    let text = opened.selection.text(alert);
    if let Some(error) = &text.error {
        return Verdict::Failed(Reason::plain(format!(
            "its template cannot be filled in: {error}"
        )));
    }
    let report = opened.output.deliver(&[Record { alert, text: &text.text }]);
    // What is due at the end: a keep-alive program reads what it was given.
    let ended = opened.output.tick();
    match (report.fates.into_iter().next(), report.error, ended) {
        (Some(Fate::Delivered), _, Ok(())) => Verdict::Delivered,
        (Some(Fate::Refused(why)), ..) => Verdict::Refused(Reason::new(&why)),
        (_, Some(why), _) | (_, None, Err(why)) => Verdict::Failed(Reason::new(&why)),
        (_, None, Ok(())) => Verdict::Failed(Reason::plain("the alert was not taken")),
    }
}

#[cfg(test)]
mod tests;
