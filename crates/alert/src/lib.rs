//! Alerts: what a hit tells people and machines.
//!
//! In: the number of a rule that hit and the event's context. Out: an owned [`Alert`], the first
//! allocation on the way of an event, and its text and JSON in Falco's forms.
//! Never: I/O, a clock: the time of an alert is the time of its event.

mod one_line;
mod value;

pub use peregrine_event::Priority;
use peregrine_fields::{EventContext, Field, FieldInfo, all, iso8601, local_clock};
use peregrine_filter::{Getter, Part, Template};
use serde_json::{Map, Value as Json};

pub use one_line::{escape_json, one_line};
pub use value::json_value;

use crate::value::text_of;

/// The fields whose values are appended to every output by default: what Falco's container support
/// suggests, `container_id=%container.id ...`.
pub fn suggested_output() -> String {
    let tokens: Vec<String> = all()
        .iter()
        .filter(|info| info.suggested_output)
        .map(|info: &FieldInfo| format!("{}=%{}", info.name.replace('.', "_"), info.name))
        .collect();
    tokens.join(" ")
}

/// What an alert's line holds.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one switch of the configuration each")]
pub struct Form {
    /// JSON instead of text.
    pub json: bool,
    /// JSON: the line as text.
    pub include_output: bool,
    /// JSON: the line without time and priority.
    pub include_message: bool,
    /// JSON: the values.
    pub include_fields: bool,
    /// JSON: the tags.
    pub include_tags: bool,
    /// Times in the line as ISO 8601 in UTC.
    pub iso_time: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            json: false,
            include_output: true,
            include_message: false,
            include_fields: true,
            include_tags: true,
            iso_time: false,
        }
    }
}

/// One alert, owing nothing to its event.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// When the event happened, nanoseconds since the epoch.
    pub time_ns: u64,
    /// Seconds east of Greenwich at that time.
    pub utc_offset: i32,
    /// The rule.
    pub rule: String,
    /// How bad it is.
    pub priority: Priority,
    /// The source of the event.
    pub source: String,
    /// The rule's tags, in order.
    pub tags: Vec<String>,
    /// The host.
    pub hostname: String,
    /// The output with its values.
    pub message: String,
    /// The values by name, in order.
    pub fields: Map<String, Json>,
}

/// The source of alerts about Peregrine itself.
pub const INTERNAL: &str = "internal";

impl Alert {
    /// An alert about Peregrine itself, in the form of Falco's: no event, no tags.
    pub fn internal(
        time_ns: u64,
        utc_offset: i32,
        hostname: &str,
        priority: Priority,
        rule: &str,
        message: &str,
        fields: Map<String, Json>,
    ) -> Self {
        let told: Vec<String> =
            fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join(" ")) };
        Self {
            time_ns,
            utc_offset,
            rule: rule.to_owned(),
            priority,
            source: INTERNAL.to_owned(),
            tags: Vec::new(),
            hostname: hostname.to_owned(),
            message: format!("{rule}. {message}{told}"),
            fields,
        }
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let tags: usize = self.tags.iter().map(|tag| 32 + tag.len()).sum();
        let fields: usize =
            self.fields.iter().map(|(key, value)| 96 + key.len() + weight_of(value)).sum();
        512 + self.message.len() + tags + fields
    }

    /// `14:03:07.482913554: Warning Password file read (...)`, as values are.
    fn text(&self, form: Form) -> String {
        let time = if form.iso_time {
            iso8601(self.time_ns, "+0000")
        } else {
            local_clock(self.time_ns, self.utc_offset)
        };
        format!("{time}: {} {}", self.priority, self.message)
    }

    /// One JSON object, keys in order.
    pub fn json(&self, form: &Form) -> String {
        // serde_json keeps keys sorted, as Falco's writer does.
        let mut object = Map::new();
        object.insert("hostname".to_owned(), self.hostname.clone().into());
        if form.include_message {
            object.insert("message".to_owned(), self.message.clone().into());
        }
        if form.include_output {
            object.insert("output".to_owned(), self.text(*form).into());
        }
        if form.include_fields {
            let mut fields = self.fields.clone();
            let key = if form.iso_time { "evt.time.iso8601" } else { "evt.time" };
            fields.insert(key.to_owned(), self.time_ns.into());
            object.insert("output_fields".to_owned(), Json::Object(fields));
        }
        object.insert("priority".to_owned(), self.priority.name().into());
        object.insert("rule".to_owned(), self.rule.clone().into());
        object.insert("source".to_owned(), self.source.clone().into());
        if form.include_tags && self.source != INTERNAL {
            object.insert("tags".to_owned(), self.tags.clone().into());
        }
        object.insert("time".to_owned(), iso8601(self.time_ns, "Z").into());
        // A `Value` always has a text: its keys are strings.
        escape_json(serde_json::to_string(&object).unwrap_or_default())
    }

    /// The line in the form asked for, without a newline: one line, whatever the values hold.
    pub fn line(&self, form: &Form) -> String {
        if form.json { self.json(form) } else { one_line(self.text(*form)) }
    }
}

/// About how many bytes a value takes beside its place.
fn weight_of(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len(),
        Json::Array(list) => list.iter().map(|value| 32 + weight_of(value)).sum(),
        Json::Object(map) => map.iter().map(|(key, value)| 96 + key.len() + weight_of(value)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}

/// What is told of a rule besides its output.
#[derive(Debug, Clone, Copy)]
pub struct About<'r> {
    /// The name.
    pub rule: &'r str,
    /// How bad it is.
    pub priority: Priority,
    /// The source of events it looks at.
    pub source: &'r str,
    /// The tags, in order.
    pub tags: &'r [String],
    /// Values only JSON tells: the key, and the format of its value.
    pub extra_fields: &'r [(String, Template<Field>)],
}

/// A format filled in for one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Formatted {
    /// The text.
    pub text: String,
    /// Values by name.
    pub fields: Map<String, Json>,
    /// Whether nothing was missing. Without a leading `*` a format ends at the first missing value.
    pub whole: bool,
}

/// Fills a format in, for a line that people read: values stay on it, whatever they hold.
pub fn format_line(output: &Template<Field>, context: &EventContext<'_>) -> Formatted {
    fill_in(output, context, false, &one_line)
}

/// Fills a format in. With `transformed` the fields hold transformed values too, not only the
/// fields behind them.
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
                    |value| text_of(value, &token.getter),
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

/// What stands for a token's value that is missing.
fn missing(getter: &Getter<Field>, context: &EventContext<'_>) -> String {
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
        // Falco tells only the first of them.
        if several && place == 0 && matches!(arg, Getter::Call { .. }) {
            let shown = arg.value(context).map(|value| text_of(&value, arg));
            fields.insert(arg.to_string(), shown.map_or(Json::Null, Json::from));
        }
        inner_transformed(arg, context, fields);
    }
}

/// A value in its width: cut, or filled up with blanks.
fn put_token(text: &mut String, shown: &str, width: Option<usize>) {
    let Some(width) = width else {
        text.push_str(shown);
        return;
    };
    let cut: String = shown.chars().take(width).collect();
    text.push_str(&cut);
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(cut.chars().count())));
}

/// Makes the alert of a hit.
pub fn render(about: &About<'_>, output: &Template<Field>, context: &EventContext<'_>) -> Alert {
    let mut message = String::new();
    let mut fields = Map::new();
    for part in &output.parts {
        match part {
            Part::Text(text) => message.push_str(text),
            Part::Token(token) => {
                let value = token.getter.value(context);
                let text = value.as_ref().map_or_else(
                    || missing(&token.getter, context),
                    |value| text_of(value, &token.getter),
                );
                put_token(&mut message, &text, token.width);
                // A transformed value is told in the line; the object keeps the fields behind it.
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
    for (key, format) in about.extra_fields {
        let value = match format.parts.as_slice() {
            // One field alone keeps its type.
            [Part::Token(token)] if token.width.is_none() => match &token.getter {
                Getter::Field(field) => token
                    .getter
                    .value(context)
                    .map_or(Json::Null, |value| json_value(&value, field, context)),
                _ => format_event(format, context, false).text.into(),
            },
            _ => format_event(format, context, false).text.into(),
        };
        fields.insert(key.clone(), value);
    }
    let time_ns = context.event.view.ts();
    Alert {
        time_ns,
        utc_offset: context.outside.utc_offset(time_ns),
        rule: about.rule.to_owned(),
        priority: about.priority,
        source: about.source.to_owned(),
        tags: about.tags.to_vec(),
        hostname: context.outside.hostname(),
        message,
        fields,
    }
}

fn token_fields(
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
