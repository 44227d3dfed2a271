//! Other outputs in the place of those that run, as another configuration has them. One whose settings are the same
//! goes on as if nothing had happened; one with other settings is replaced inside, and what waits for it is sent
//! to the new one; those that are new begin with the next alert; those that are gone get what was for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use peregrine_config::Config;
use peregrine_journal::Subscription;

use crate::channels::{self, Next, Settings};
use crate::error::OutputError;
use crate::options::Options;
use crate::queue::{Queue, Removed};
use crate::{Outputs, watchdog};

/// The outputs that run, as others are compared with them on any thread.
#[derive(Debug, Clone)]
pub struct RunningOutputs(BTreeMap<String, Arc<Settings>>);

/// The outputs of another configuration, opened where they do not run as they are.
pub struct NextOutputs {
    outputs: Vec<Next>,
    /// The names of those that are new.
    added: Vec<String>,
    slow_after: Option<Duration>,
}

impl std::fmt::Debug for NextOutputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NextOutputs").field("added", &self.added).finish_non_exhaustive()
    }
}

impl RunningOutputs {
    /// Opens what another configuration adds and changes. What runs goes on.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn prepare(&self, config: &Config) -> Result<NextOutputs, OutputError> {
        let runs = |name: &str, settings: &Settings| {
            self.0.get(name).is_some_and(|known| **known == *settings)
        };
        let outputs = channels::open(config, runs)?;
        let names = outputs.iter().filter_map(|next| match next {
            Next::Opened(opened) => Some(&opened.name),
            Next::Runs(_) => None,
        });
        let added = names.filter(|name| !self.0.contains_key(*name)).cloned().collect();
        Ok(NextOutputs { outputs, added, slow_after: Options::new(config).slow_after })
    }
}

impl NextOutputs {
    /// The names of those that are new.
    pub fn added(&self) -> &[String] {
        &self.added
    }
}

/// Outputs that are in the configuration no more, and get what was for them.
#[derive(Default)]
pub struct RemovedOutputs(Vec<Removed>);

impl std::fmt::Debug for RemovedOutputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RemovedOutputs").field(&self.0.len()).finish()
    }
}

impl RemovedOutputs {
    /// Waits until they have had it, or their time is over. Their names, and how many alerts each did not get.
    pub fn finish(self) -> Vec<(String, u64)> {
        self.0.into_iter().map(Removed::finish).collect()
    }
}

impl Outputs {
    /// What others are compared with.
    pub fn running(&self) -> RunningOutputs {
        let of = |queue: &Queue| (queue.name().to_owned(), queue.settings());
        RunningOutputs(self.queues.iter().map(of).collect())
    }

    /// Has others take the place of these, between two alerts. `subscriptions`: to the journal, of those that are
    /// new, in the order of [`NextOutputs::added`]. Those that are gone have `patience` for what was for them.
    ///
    /// # Errors
    /// When there can be no thread: all goes on as it was.
    pub fn swap(
        &mut self,
        next: NextOutputs,
        subscriptions: Vec<Subscription>,
        patience: Duration,
    ) -> Result<RemovedOutputs, OutputError> {
        let NextOutputs { outputs, slow_after, .. } = next;
        let from = self.shared.sequence.upcoming();
        let end = Instant::now() + patience;
        let mut subscriptions = subscriptions.into_iter();
        let mut started = BTreeMap::new();
        let mut steps = Vec::new();
        for next in outputs {
            let (name, replacement) = match next {
                Next::Runs(name) => (name, None),
                Next::Opened(opened) => (opened.name.clone(), Some(opened)),
            };
            let runs = self.queues.iter().any(|queue| queue.name() == name);
            match replacement {
                Some(opened) if !runs => {
                    match Queue::start(*opened, &self.shared, subscriptions.next()) {
                        Ok(queue) => _ = started.insert(name.clone(), queue),
                        Err(error) => {
                            for queue in started.into_values() {
                                drop(queue.remove(0, end));
                            }
                            return Err(error);
                        }
                    }
                    steps.push((name, None));
                }
                replacement => steps.push((name, replacement)),
            }
        }
        let changes = !started.is_empty()
            || steps.len() != self.queues.len()
            || self.slow_after != slow_after;
        let mut running: BTreeMap<String, Queue> = std::mem::take(&mut self.queues)
            .into_iter()
            .map(|queue| (queue.name().to_owned(), queue))
            .collect();
        running.append(&mut started);
        for (name, replacement) in steps {
            let Some(mut queue) = running.remove(&name) else { continue };
            if let Some(opened) = replacement {
                queue.replace(*opened);
            }
            self.queues.push(queue);
        }
        let removed = running.into_values().map(|queue| queue.remove(from, end)).collect();
        self.slow_after = slow_after;
        if changes {
            // Without one nothing is lost but what it would say.
            self.watchdog = watchdog(&self.queues, slow_after, &self.shared.notify).unwrap_or(None);
        }
        Ok(RemovedOutputs(removed))
    }
}

#[cfg(test)]
mod tests;
