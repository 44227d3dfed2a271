//! The condition of a rule, evaluated for one event of a test: what each part came to and why.

use peregrine_event::PrintFormat;
use peregrine_fields::{BufferFormat, EventContext, Field, value_text};
use peregrine_filter::{Getter, Traced, TracedPart, Value, trace};
use peregrine_rules::Rule;
use serde_json::{Value as Json, json};

/// A rule's condition for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTree {
    /// The rule.
    pub rule: String,
    /// The event's place in the test, from 1.
    pub event: usize,
    /// The event's type.
    pub event_type: &'static str,
    /// The parts, each before those below it, in the order of the text.
    pub parts: Vec<ConditionPart>,
}

/// A part of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionPart {
    /// How many parts it is inside.
    pub depth: usize,
    /// `and`, `or`, `not`, or a comparison as rules write it; a comparison below a `not` of its own has it.
    pub text: String,
    /// The macro it stands for.
    pub in_macro: Option<String>,
    /// The fields a comparison looks at, each with its value; `None`: the event has none.
    pub values: Vec<(String, Option<String>)>,
    /// Whether it is true.
    pub holds: bool,
    /// Of a part that is not asked: `and` where another part of it is false already, `or` where one is true.
    pub skipped_by: Option<&'static str>,
    /// Whether the answer of the whole condition follows from it.
    pub decides: bool,
}

impl ConditionTree {
    /// Evaluates a rule's condition for an event.
    pub(crate) fn new(rule: &Rule, event: usize, context: &EventContext<'_>) -> Self {
        let traced = trace(&rule.condition.root, context);
        let mut parts: Vec<ConditionPart> = Vec::new();
        // How many `not`s were joined with their comparison above each part.
        let mut joined: Option<&Traced<'_, Field>> = None;
        let mut in_macro = None;
        for (number, part) in traced.iter().enumerate() {
            let name = rule.macros.iter().find(|(at, _)| *at == number);
            in_macro = name.map(|(_, name)| name.clone()).or(in_macro);
            let below = traced.get(number + 1);
            let is_check = |part: &Traced<'_, Field>| matches!(part.part, TracedPart::Check(_));
            if matches!(part.part, TracedPart::Not) && below.is_some_and(is_check) {
                joined = Some(part);
                continue;
            }
            let (text, values) = match part.part {
                TracedPart::All => ("and".to_owned(), Vec::new()),
                TracedPart::Any => ("or".to_owned(), Vec::new()),
                TracedPart::Not => ("not".to_owned(), Vec::new()),
                TracedPart::Check(predicate) => {
                    let not = if joined.is_some() { "not " } else { "" };
                    let mut values = Vec::new();
                    if matches!(predicate.left, Getter::Call { .. }) {
                        add(&mut values, predicate.left.to_string(), predicate.left.value(context));
                    }
                    predicate.fields(&mut |field| {
                        let of_field = Getter::Field(field.clone());
                        add(&mut values, field.to_string(), of_field.value(context));
                    });
                    (format!("{not}{}", predicate.text), values)
                }
            };
            let shown = joined.take().unwrap_or(part);
            let skipped_by = shown.skipped_by.and_then(|by| traced.get(by));
            parts.push(ConditionPart {
                depth: shown.depth,
                text,
                in_macro: in_macro.take(),
                values,
                holds: shown.holds,
                skipped_by: skipped_by.map(|by| match by.part {
                    TracedPart::Any => "or",
                    _ => "and",
                }),
                decides: shown.decides,
            });
        }
        let event_type = context.event.view.event_type().name();
        Self { rule: rule.name.clone(), event, event_type, parts }
    }

    /// Whether the condition is true.
    pub fn holds(&self) -> bool {
        self.parts.first().is_some_and(|part| part.holds)
    }

    /// As data.
    pub fn json(&self) -> Json {
        let parts = self.parts.iter().map(|part| {
            let values: serde_json::Map<String, Json> = part
                .values
                .iter()
                .map(|(field, value)| (field.clone(), value.clone().into()))
                .collect();
            json!({
                "depth": part.depth, "text": part.text, "macro": part.in_macro, "true": part.holds,
                "asked": part.skipped_by.is_none(), "skipped_by": part.skipped_by,
                "decides": part.decides, "values": values,
            })
        });
        json!({
            "rule": self.rule, "event": self.event, "event_type": self.event_type,
            "true": self.holds(), "parts": parts.collect::<Vec<_>>(),
        })
    }
}

/// Adds a value as text, once.
fn add(values: &mut Vec<(String, Option<String>)>, name: String, value: Option<Value<'_>>) {
    if values.iter().all(|(known, _)| *known != name) {
        values.push((name, value.map(|value| text_of(&value))));
    }
}

fn text_of(value: &Value<'_>) -> String {
    let list = |values: &[Value<'_>]| values.iter().map(text_of).collect::<Vec<_>>().join(", ");
    match value {
        Value::Any(values) => list(values),
        Value::Either(ends) => list(ends.as_slice()),
        value => value_text(value, PrintFormat::Na, BufferFormat::Dotted),
    }
}
