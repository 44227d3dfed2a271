//! Output templates filled in for one event.

use peregrine_fields::{EventContext, Field};
use peregrine_filter::{Getter, Part, Template};
use serde_json::{Map, Value as Json};

use crate::one_line::one_line;
use crate::value::{json_value, text_of};

/// A format with the values of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Formatted {
    /// The text.
    pub text: String,
    /// Values by name.
    pub fields: Map<String, Json>,
    /// Whether no value was missing. Without a leading `*` a format ends at the first missing value.
    pub whole: bool,
}

/// Renders a format for a line that people read: values stay on the line, whatever they hold.
pub fn format_line(output: &Template<Field>, context: &EventContext<'_>) -> Formatted {
    fill_in(output, context, false, &one_line)
}

/// Renders a format. With `transformed` the fields include transformed values, not only the fields they
/// are made from.
pub fn format_event(
    output: &Template<Field>,
    context: &EventContext<'_>,
    transformed: bool,
) -> Formatted {
    fill_in(output, context, transformed, &|text| text)
}

fn fill_in(
    output: &Template<Field>,
    context: &EventContext<'_>,
    transformed: bool,
    as_shown: &dyn Fn(String) -> String,
) -> Formatted {
    let mut text = String::new();
    let mut fields = Map::new();
    for part in &output.parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Token(token) => {
                let value = token.getter.value(context);
                if value.is_none() && !output.star {
                    return Formatted { text, fields, whole: false };
                }
                let shown = value.as_ref().map_or_else(
                    || missing(&token.getter, context),
                    |value| text_of(value, &token.getter, context),
                );
                put_token(&mut text, &as_shown(shown.clone()), token.width);
                token_fields(&token.text, &token.getter, context, &mut fields);
                if transformed && !matches!(token.getter, Getter::Field(_)) {
                    fields.insert(
                        token.text.clone(),
                        value.map_or(Json::Null, |_| Json::from(shown.clone())),
                    );
                    inner_transformed(&token.getter, context, &mut fields);
                }
            }
        }
    }
    Formatted { text, fields, whole: true }
}

/// The text for a missing value.
pub(crate) fn missing(getter: &Getter<Field>, context: &EventContext<'_>) -> String {
    if let Getter::Field(field) = getter { field.missing(context) } else { "<NA>" }.to_owned()
}

/// Transformed values among the arguments of functions that take many.
fn inner_transformed(
    getter: &Getter<Field>,
    context: &EventContext<'_>,
    fields: &mut Map<String, Json>,
) {
    let (args, several) = match getter {
        Getter::Call { args, .. } => (args, args.len() > 1),
        Getter::List(args) => (args, true),
        _ => return,
    };
    for (place, arg) in args.iter().enumerate() {
        // Falco writes only the first of them.
        if several && place == 0 && matches!(arg, Getter::Call { .. }) {
            let shown = arg.value(context).map(|value| text_of(&value, arg, context));
            fields.insert(arg.to_string(), shown.map_or(Json::Null, Json::from));
        }
        inner_transformed(arg, context, fields);
    }
}

/// A value in its width: cut, or padded with blanks.
pub(crate) fn put_token(text: &mut String, shown: &str, width: Option<usize>) {
    let Some(width) = width else {
        text.push_str(shown);
        return;
    };
    let cut: String = shown.chars().take(width).collect();
    text.push_str(&cut);
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(cut.chars().count())));
}

/// The values of the fields of a token, by name.
pub(crate) fn token_fields(
    text: &str,
    getter: &Getter<Field>,
    context: &EventContext<'_>,
    fields: &mut Map<String, Json>,
) {
    match getter {
        Getter::Field(field) => {
            let value = getter.value(context);
            fields.insert(
                text.to_owned(),
                value.map_or(Json::Null, |value| json_value(&value, field, context)),
            );
        }
        _ => getter.fields(&mut |field| {
            let inner = Getter::Field(field.clone());
            let value =
                inner.value(context).map_or(Json::Null, |value| json_value(&value, field, context));
            fields.insert(field.to_string(), value);
        }),
    }
}
