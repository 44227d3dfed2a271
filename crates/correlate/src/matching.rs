//! Which correlations an alert may belong to, without any state.

use peregrine_alert::{Alert, AlertField, decided};
use peregrine_filter::{Source, Value, reference};
use rustc_hash::FxHashMap;

use crate::rule::{Correlations, What};

/// A step of a correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// The correlation.
    pub(crate) correlation: usize,
    /// Whether it must not follow.
    pub(crate) absent: bool,
    /// The step, or its number among those that must not follow.
    pub(crate) step: usize,
}

/// How many rules' conditions are remembered.
const MOST_RULES: usize = 10_000;

/// The steps of all correlations by what they look for.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    by_rule: FxHashMap<String, Vec<Target>>,
    by_tag: FxHashMap<String, Vec<Target>>,
    /// Who looks for each condition.
    by_condition: Vec<Vec<Target>>,
    /// Who references each correlation.
    pub(crate) by_correlation: Vec<Vec<Target>>,
    /// The conditions that alerts of a rule may meet.
    possible: FxHashMap<String, Vec<usize>>,
}

/// An alert of which nothing but the rule is known.
struct OnlyRule<'r>(&'r str);

impl Source<AlertField> for OnlyRule<'_> {
    fn value(&self, field: &AlertField) -> Option<Value<'_>> {
        (*field == AlertField::Rule).then(|| Value::str(self.0.as_bytes()))
    }
}

impl Matching {
    pub(crate) fn new(correlations: &Correlations) -> Self {
        let mut new = Self {
            by_condition: vec![Vec::new(); correlations.conditions.len()],
            by_correlation: vec![Vec::new(); correlations.items.len()],
            ..Self::default()
        };
        for (correlation, item) in correlations.items.iter().enumerate() {
            let absent = item.absent.iter().flat_map(|absent| &absent.steps).enumerate();
            let steps = item.steps.iter().enumerate().map(|(number, step)| (number, step, false));
            let steps = steps.chain(absent.map(|(number, step)| (number, step, true)));
            for (step, what, absent) in
                steps.map(|(number, step, absent)| (number, &step.what, absent))
            {
                let target = Target { correlation, absent, step };
                match what {
                    What::Rule(name) => new.by_rule.entry(name.clone()).or_default().push(target),
                    What::Tag(tag) => new.by_tag.entry(tag.clone()).or_default().push(target),
                    What::Condition(number) => {
                        new.by_condition
                            .get_mut(*number)
                            .into_iter()
                            .for_each(|of| of.push(target));
                    }
                    What::Correlation(number) => {
                        new.by_correlation
                            .get_mut(*number)
                            .into_iter()
                            .for_each(|of| of.push(target));
                    }
                }
            }
        }
        new
    }

    /// Every step an alert matches, in order, each once. `source` has the alert's values, those beside its own
    /// among them.
    pub(crate) fn targets(
        &mut self,
        correlations: &Correlations,
        alert: &Alert,
        source: &impl Source<AlertField>,
        found: &mut Vec<Target>,
    ) {
        found.clear();
        found.extend(self.by_rule.get(&alert.rule).into_iter().flatten());
        if !self.by_tag.is_empty() {
            let tags = alert.tags.iter().filter_map(|tag| self.by_tag.get(tag));
            found.extend(tags.flatten());
        }
        if !self.by_condition.is_empty() {
            self.learn(correlations, &alert.rule);
            for number in self.possible.get(&alert.rule).into_iter().flatten() {
                let condition = correlations.conditions.get(*number);
                if condition.is_some_and(|one| reference::holds(&one.checked.root, source)) {
                    found.extend(self.by_condition.get(*number).into_iter().flatten());
                }
            }
        }
        found.sort_unstable();
        found.dedup();
    }

    /// Which conditions alerts of a rule may meet, whatever else they say.
    fn learn(&mut self, correlations: &Correlations, rule: &str) {
        if self.possible.contains_key(rule) {
            return;
        }
        if self.possible.len() >= MOST_RULES {
            self.possible.clear();
        }
        let only = OnlyRule(rule);
        let is_rule = |field: &AlertField| *field == AlertField::Rule;
        let conditions = correlations.conditions.iter().enumerate().filter(|(number, one)| {
            let is_wanted = self.by_condition.get(*number).is_some_and(|of| !of.is_empty());
            is_wanted && decided(&one.checked.root, &is_rule, &only) != Some(false)
        });
        let possible = conditions.map(|(number, _)| number).collect();
        self.possible.insert(rule.to_owned(), possible);
    }
}
