//! Renders the alert of a matching rule.

use peregrine_event::Priority;
use peregrine_fields::{EventContext, Field};
use peregrine_filter::{Getter, Part, Template};
use serde_json::{Map, Value as Json};

use crate::alert::{Alert, AlertId};
use crate::format::{format_event, missing, put_token, token_fields};
use crate::value::{json_value, text_of};

/// What an alert needs of its rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleOutput<'r> {
    /// The rule's name.
    pub name: &'r str,
    /// Its priority.
    pub priority: Priority,
    /// Its source of events.
    pub source: &'r str,
    /// The tags, in order.
    pub tags: &'r [String],
    /// The output.
    pub output: &'r Template<Field>,
    /// Values for JSON only: the key, and the format of its value.
    pub extra_fields: &'r [(String, Template<Field>)],
}

/// Renders the alert of a match under a number: values are copied out of the event.
pub fn render(sequence: u64, rule: &RuleOutput<'_>, context: &EventContext<'_>) -> Alert {
    let mut message = String::new();
    let mut fields = Map::new();
    for part in &rule.output.parts {
        match part {
            Part::Text(text) => message.push_str(text),
            Part::Token(token) => {
                let value = token.getter.value(context);
                let text = value.as_ref().map_or_else(
                    || missing(&token.getter, context),
                    |value| text_of(value, &token.getter, context),
                );
                put_token(&mut message, &text, token.width);
                // A transformed value is in the line; the object has the fields it is made from.
                match (&token.getter, value) {
                    (Getter::Field(field), value) => {
                        let value =
                            value.map_or(Json::Null, |value| json_value(&value, field, context));
                        fields.insert(token.text.clone(), value);
                    }
                    (getter, _) => token_fields(&token.text, getter, context, &mut fields),
                }
            }
        }
    }
    for (key, format) in rule.extra_fields {
        let value = match format.parts.as_slice() {
            // A field under its own name keeps its type; under another name it is a text.
            [Part::Token(token)] if token.width.is_none() && token.text == *key => {
                match &token.getter {
                    Getter::Field(field) => token
                        .getter
                        .value(context)
                        .map_or(Json::Null, |value| json_value(&value, field, context)),
                    _ => format_event(format, context, false).text.into(),
                }
            }
            _ => format_event(format, context, false).text.into(),
        };
        fields.insert(key.clone(), value);
    }
    let time_ns = context.event.view.ts();
    Alert {
        id: AlertId { host: context.outside.hostname(), sequence },
        time_ns,
        utc_offset: context.outside.utc_offset(time_ns),
        rule: rule.name.to_owned(),
        priority: rule.priority,
        source: rule.source.to_owned(),
        tags: rule.tags.to_vec(),
        message,
        fields,
    }
}
