//! Alerts as lines for people and Falco's consumers: text or JSON.

use peregrine_fields::{iso8601, local_clock};
use serde_json::{Map, Value as Json};

use crate::alert::{Alert, INTERNAL};
use crate::one_line::{escape_json, one_line};

/// What a line contains.
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

impl Alert {
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
        object.insert("hostname".to_owned(), self.id.host.clone().into());
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

    /// The line in this form, without a newline: one line, whatever the values hold.
    pub fn line(&self, form: &Form) -> String {
        if form.json { self.json(form) } else { one_line(self.text(*form)) }
    }
}
