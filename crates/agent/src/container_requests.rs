//! Which containers are looked up: each once, and after a while again where no engine described it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use peregrine_containers::{Lookups, has_engine};
use peregrine_state::SeenContainer;

/// How long after a look-up a container without a description is looked up again.
const ASK_AGAIN: Duration = Duration::from_mins(1);
/// Containers without a description of which that is known.
const MOST: usize = 8192;

/// Engines, and what they were asked.
#[derive(Debug)]
pub(crate) struct ContainerRequests {
    pub(crate) lookups: Lookups,
    /// When containers without a description were looked up.
    asked: HashMap<String, Instant>,
}

impl ContainerRequests {
    pub(crate) fn new(lookups: Lookups) -> Self {
        Self { lookups, asked: HashMap::new() }
    }

    /// Has containers without a description looked up; the ids of those that an answer will come for.
    pub(crate) fn request(&mut self, seen: Vec<SeenContainer>, now: Instant) -> Vec<String> {
        let mut requested = Vec::new();
        for seen in seen {
            let lately = |at: &Instant| now.duration_since(*at) < ASK_AGAIN;
            if self.asked.get(&seen.id).is_some_and(lately) {
                continue;
            }
            if self.asked.len() >= MOST {
                self.asked.clear();
            }
            if !has_engine(&seen) {
                self.lookups.leave_unknown();
                self.asked.insert(seen.id, now);
                continue;
            }
            let id = seen.id.clone();
            if self.lookups.request(seen) {
                self.asked.insert(id.clone(), now);
                requested.push(id);
            }
        }
        requested
    }

    /// A container is described: should it be seen without a description again, it is looked up.
    pub(crate) fn described(&mut self, id: &str) {
        self.asked.remove(id);
    }
}
