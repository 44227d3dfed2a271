//! What Falco does before it restarts itself: a start that ends before the first event. Here what comes of it
//! takes the place of what runs.

use std::ops::ControlFlow;
use std::sync::Arc;

use peregrine_agent::reload::{Load, Next, Rejected};

use super::{ACTIONS, Failure, Falco};

/// Starts anew with the same words, as far as a dry run goes.
pub(super) fn load(words: &[String]) -> Load {
    let words = words.to_vec();
    Arc::new(move || {
        start(&words).map_err(|failure| {
            let why = match failure {
                Failure::Error(why) | Failure::Runtime(why) => why,
                Failure::Unread => String::new(),
            };
            Rejected { why, remarks: Vec::new() }
        })
    })
}

fn start(words: &[String]) -> Result<Next, Failure> {
    let mut falco = Falco::dry_run(words.to_vec())?;
    for action in ACTIONS {
        if let ControlFlow::Break(_) = action(&mut falco)? {
            break;
        }
    }
    let (generation, _) = falco.generation();
    falco.tell_end_of_dry_run();
    let watched = falco.watched();
    Ok(Next { config: falco.settings.config, generation, remarks: Vec::new(), watched })
}
