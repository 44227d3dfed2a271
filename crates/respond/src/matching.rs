//! Which alerts a response answers.

use peregrine_alert::{AlertCondition, AlertField, Priority};
use peregrine_filter::reference::holds;

use crate::occurrence::{Need, Occurrence};

/// Which alerts a response answers: all that is given must be true.
#[derive(Debug, Clone, Default)]
pub struct Match {
    /// One of these rules; `*` stands for any text. Empty: any.
    pub rules: Vec<String>,
    /// One of these tags. Empty: any.
    pub tags: Vec<String>,
    /// This source of events.
    pub source: Option<String>,
    /// This priority or a worse one.
    pub priority: Option<Priority>,
    /// A condition over the alert.
    pub condition: Option<AlertCondition>,
}

/// Whether a text is what a pattern says, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

impl Match {
    /// Whether alerts of a rule can be answered: what is known before there is an event.
    pub fn may_fit(&self, rule: &str, tags: &[String], source: &str, priority: Priority) -> bool {
        (self.rules.is_empty() || self.rules.iter().any(|pattern| fits(pattern, rule)))
            && (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
            && self.source.as_ref().is_none_or(|own| own == source)
            && self.priority.is_none_or(|least| priority <= least)
    }

    /// Whether it answers this alert.
    pub fn fits(&self, of: &Occurrence) -> bool {
        self.may_fit(&of.rule, &of.tags, &of.source, of.priority)
            && self.condition.as_ref().is_none_or(|condition| holds(&condition.root, of))
    }

    pub(crate) fn needs(&self, need: &mut Need) {
        if let Some(condition) = &self.condition {
            condition.root.predicates(&mut |predicate| {
                predicate.fields(&mut |field| {
                    need.add(field);
                    need.message_first |= *field == AlertField::Output;
                });
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        };
        check("Miner started", "Miner started", true);
        check("Miner", "Miner started", false);
        check("Miner*", "Miner started", true);
        check("*", "", true);
        check("*started", "Miner started", true);
        check("M*s*d", "Miner started", true);
        check("M*x*d", "Miner started", false);
        check("a*a", "a", false);
    }
}
