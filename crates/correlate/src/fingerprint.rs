//! What the state of a correlation depends on.

use crate::rule::{Correlation, Kind, NamedCondition, Test, What};

/// What the state of a correlation depends on: with another it cannot go on. Those it references stand
/// before it and have theirs already.
pub(crate) fn fingerprint(
    item: &Correlation,
    conditions: &[NamedCondition],
    before: &[[u8; 16]],
) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    // Each part with its length: two parts put together are never those of another.
    let mut add = |text: &str| {
        hasher.update(&text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(&item.title);
    add(item.kind.word());
    for name in &item.group_by {
        add(name);
    }
    let optional = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
    add(&format!("{} {} {}", item.timespan, item.quiet, item.mode as u8));
    add(&optional(item.suppress));
    add(&optional(item.lateness));
    match (&item.kind, &item.test) {
        (_, Test::Steps(expression)) => add(&crate::explain::expression(expression)),
        (kind, Test::Range(range)) => {
            if let Kind::Percentile(rank) = kind {
                add(&rank.to_string());
            }
            for (comparison, bound) in range {
                add(&format!("{} {bound}", *comparison as u8));
            }
        }
    }
    if let Some(absent) = &item.absent {
        add(&absent.within.to_string());
    }
    for step in item.steps.iter().chain(item.absent.iter().flat_map(|absent| &absent.steps)) {
        add(&step.label);
        add(&optional(step.within));
        match &step.what {
            What::Rule(name) => add(name),
            What::Tag(tag) => add(tag),
            What::Condition(number) => {
                add(conditions.get(*number).map_or("", |one| one.text.as_str()));
            }
            What::Correlation(number) => {
                let hash = before.get(*number).copied().unwrap_or_default();
                add(&u128::from_le_bytes(hash).to_string());
            }
        }
        for field in step.group.iter().chain(&step.value) {
            add(&field.to_string());
        }
    }
    let mut found = [0; 16];
    hasher.finalize_xof().fill(&mut found);
    found
}
