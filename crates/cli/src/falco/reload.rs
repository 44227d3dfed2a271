//! What Falco does before it restarts itself: a start that ends before the first event. Here what comes of it
//! takes the place of what runs.

use std::ops::ControlFlow;
use std::sync::Arc;

use peregrine_agent::metrics::Metrics;
use peregrine_agent::reload::{Applied, Load, Next, Rejected};

use super::log::Script;
use super::session::{Part, Session};
use super::{ACTIONS, Failure, Falco};

/// Starts anew with the same words, as far as a dry run goes. The log has the restart once it has taken hold.
pub(super) fn load(words: &[String], session: &Arc<Session>) -> Load {
    let (words, session) = (words.to_vec(), Arc::clone(session));
    Arc::new(move || {
        start(&words, &session).map_err(|failure| {
            let why = match failure {
                Failure::Error(why) | Failure::Runtime(why) => why,
                Failure::Unread => String::new(),
            };
            Rejected { why, remarks: Vec::new() }
        })
    })
}

fn start(words: &[String], session: &Arc<Session>) -> Result<Next, Failure> {
    let script = Script::default();
    let mut falco = Falco::rehearsal(words.to_vec(), &script)?;
    for action in ACTIONS {
        if let ControlFlow::Break(_) = action(&mut falco)? {
            break;
        }
    }
    let (generation, rules) = falco.generation();
    falco.tell_end_of_dry_run();
    let watched = falco.watched();
    let config = falco.settings.config;
    let part = Part::new(falco.log.with_script(None), rules, &config);
    let session = Arc::clone(session);
    let restart = move |metrics: &Metrics| session.restart(part, metrics, &script);
    let applied = Applied::WithMetrics(Box::new(restart));
    Ok(Next { config, generation, remarks: Vec::new(), watched, applied })
}
