//! Alerts as lines for people and Falco's consumers: text or JSON.

use peregrine_fields::{iso8601, local_clock};
use serde_json::{Map, Value as Json};

use crate::alert::{Alert, INTERNAL};
use crate::one_line::{escape_json, one_line};

/// What a line contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let text = format!("{time}: {} {}", self.priority, self.message);
        if !self.is_internal() {
            return text;
        }
        // The values of others are in their messages.
        let values: Vec<String> =
            self.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{text} ({})", values.join(" "))
    }

    /// Whether it is about Peregrine itself: it has no event, and whatever a form leaves out is there.
    fn is_internal(&self) -> bool {
        self.source == INTERNAL
    }

    /// One JSON object, keys in order.
    pub fn json(&self, form: &Form) -> String {
        let internal = self.is_internal();
        // serde_json keeps keys sorted, as Falco's writer does.
        let mut object = Map::new();
        object.insert("hostname".to_owned(), self.id.host.clone().into());
        if form.include_message && !internal {
            object.insert("message".to_owned(), self.message.clone().into());
        }
        if internal {
            object.insert("output".to_owned(), self.message.clone().into());
        } else if form.include_output {
            object.insert("output".to_owned(), self.text(*form).into());
        }
        if form.include_fields || internal {
            let mut fields = self.fields.clone();
            if !internal {
                let key = if form.iso_time { "evt.time.iso8601" } else { "evt.time" };
                fields.insert(key.to_owned(), self.time_ns.into());
            }
            object.insert("output_fields".to_owned(), Json::Object(fields));
        }
        object.insert("priority".to_owned(), self.priority.name().into());
        object.insert("rule".to_owned(), self.rule.clone().into());
        object.insert("source".to_owned(), self.source.clone().into());
        if form.include_tags && !internal {
            object.insert("tags".to_owned(), self.tags.clone().into());
        }
        object.insert("time".to_owned(), iso8601(self.time_ns, "Z").into());
        // A `Value` always has a text: its keys are strings.
        escape_json(serde_json::to_string(&object).unwrap_or_default())
    }

    /// The line in this form, without a newline: one line, whatever the values hold. What Peregrine says of
    /// itself as text may have more: where a mistake in a rule file is, as Falco shows it.
    pub fn line(&self, form: &Form) -> String {
        if form.json {
            return self.json(form);
        }
        let text = self.text(*form);
        if !self.is_internal() {
            return one_line(text);
        }
        let lines: Vec<String> = text.split('\n').map(|line| one_line(line.to_owned())).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use peregrine_event::Priority;

    use super::*;
    use crate::alert::AlertId;

    #[test]
    fn an_alert_about_itself_is_written_as_falco_writes_it() {
        let check = |message: &str, fields: Json, text: &str, json: &str| {
            let id = AlertId { host: "h".to_owned(), sequence: 1 };
            let Json::Object(fields) = fields else { panic!("{fields} is no object") };
            let rule = "Falco internal: x";
            let alert = Alert::internal(id, 5, 0, Priority::Critical, rule, message, fields);
            assert_eq!(
                alert.line(&Form::default()),
                format!("00:00:00.000000005: Critical {text}")
            );
            // What a form leaves out of alerts of rules is there.
            let bare = Form {
                json: true,
                include_output: false,
                include_message: true,
                include_fields: false,
                ..Form::default()
            };
            let json = format!(
                r#"{{"hostname":"h",{json},"priority":"Critical","rule":"{rule}","source":"internal","time":"1970-01-01T00:00:00.000000005Z"}}"#
            );
            assert_eq!(alert.line(&bare), json);
        };
        check(
            "Falco internal: x. 1 lost.",
            serde_json::json!({"n": 1, "m": "a\nb"}),
            r#"Falco internal: x. 1 lost. (m="a\nb" n=1)"#,
            r#""output":"Falco internal: x. 1 lost.","output_fields":{"m":"a\nb","n":1}"#,
        );
        // Lines stay, what would move a cursor does not.
        check(
            "a.yaml:\n  ^\u{1b}\n",
            serde_json::json!({}),
            "a.yaml:\n  ^\\u001b\n ()",
            r#""output":"a.yaml:\n  ^\u001b\n","output_fields":{}"#,
        );
    }
}
