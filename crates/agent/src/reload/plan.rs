//! What a reload changes: the rules and settings that run, compared with those that would.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use peregrine_config::{Config, Values, needs_restart};
use peregrine_control::{CallAdded, ReloadPlan, RuleChanges};
use peregrine_event::syscalls;

use crate::generation::Generation;

/// What is compared of rules and settings.
#[derive(Debug, Clone)]
pub(crate) struct Outline {
    /// Each rule by its name: what it does, and whether it is enabled.
    rules: BTreeMap<String, (u64, bool)>,
    /// Calls that are watched, and whether the kernel drops those of their events that no rule can match.
    calls: BTreeMap<&'static str, bool>,
    values: Values,
}

impl Outline {
    pub(crate) fn new(config: &Config, generation: &Generation) -> Self {
        // What only JSON has of a rule is a setting.
        let rules = generation.rules().map(|rule| {
            let mut hasher = DefaultHasher::new();
            rule.condition_compiled.hash(&mut hasher);
            rule.output_compiled.hash(&mut hasher);
            rule.description.hash(&mut hasher);
            (rule.priority as u8).hash(&mut hasher);
            rule.tags.hash(&mut hasher);
            rule.source.hash(&mut hasher);
            (rule.capture, rule.capture_duration).hash(&mut hasher);
            (rule.name.clone(), (hasher.finish(), rule.enabled))
        });
        let filtered = generation.pushdown.filtered();
        let calls =
            syscalls::all().iter().filter(|call| generation.interest.calls.contains(call.id));
        Self {
            rules: rules.collect(),
            calls: calls.map(|call| (call.name, filtered.contains(call.id))).collect(),
            values: Values::new(config),
        }
    }

    /// Gives keys that need a restart the values of what runs; returns those whose values differ.
    pub(crate) fn keep_until_restart(&mut self, running: &Self) -> Vec<String> {
        self.values.keep_until_restart(&running.values)
    }

    /// What changes where `next` takes the place of this.
    pub(crate) fn plan(&self, next: &Self) -> ReloadPlan {
        let mut rules = RuleChanges::default();
        for (name, (does, enabled)) in &next.rules {
            match self.rules.get(name) {
                None => rules.added.push(name.clone()),
                Some((did, was)) => {
                    if did != does {
                        rules.changed.push(name.clone());
                    }
                    match (was, enabled) {
                        (false, true) => rules.enabled.push(name.clone()),
                        (true, false) => rules.disabled.push(name.clone()),
                        _ => {}
                    }
                }
            }
        }
        let removed = self.rules.keys().filter(|name| !next.rules.contains_key(*name));
        rules.removed.extend(removed.cloned());
        let added = next.calls.iter().filter(|(call, _)| !self.calls.contains_key(*call));
        let gone = self.calls.keys().filter(|call| !next.calls.contains_key(*call));
        let (restart, settings): (BTreeSet<&str>, BTreeSet<&str>) =
            self.values.changed(&next.values).partition(|key| needs_restart(key));
        let owned = |keys: BTreeSet<&str>| keys.into_iter().map(str::to_owned).collect();
        ReloadPlan {
            rules,
            syscalls_added: added
                .map(|(name, filtered)| CallAdded { name: (*name).to_owned(), filtered: *filtered })
                .collect(),
            syscalls_removed: gone.map(|call| (*call).to_owned()).collect(),
            settings: owned(settings),
            restart: owned(restart),
        }
    }
}
