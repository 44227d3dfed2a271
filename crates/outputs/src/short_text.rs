//! Short texts made of an alert: subjects, topics, keys.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use peregrine_alert::Alert;
use serde_json::json;

use crate::error::SinkError;

/// A template of a short text: `alerts.{{ priority }}`.
#[derive(Debug)]
pub(crate) struct ShortText {
    environment: Environment<'static>,
    /// The key that holds it.
    key: &'static str,
}

impl ShortText {
    /// Parses what stands in a key.
    ///
    /// # Errors
    /// When it is no template, with what is wrong.
    pub(crate) fn new(key: &'static str, text: &str) -> Result<Self, SinkError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        let short = environment
            .add_template_owned(key, text.to_owned())
            .map(|()| Self { environment, key });
        let short = short.map_err(|error| wrong(key, &error))?;
        // A name nobody gives a value is reported at the start, not with the first alert.
        let names = short.template()?.undeclared_variables(false);
        let mut unknown: Vec<&String> =
            names.iter().filter(|name| !NAMES.contains(&name.as_str())).collect();
        unknown.sort();
        match unknown.first() {
            None => Ok(short),
            Some(name) => Err(SinkError::Configuration(format!(
                "`{key}` names `{name}`, which alerts do not have: they have {}",
                NAMES.join(", ")
            ))),
        }
    }

    fn template(&self) -> Result<minijinja::Template<'_, '_>, SinkError> {
        self.environment.get_template(self.key).map_err(|error| wrong(self.key, &error))
    }

    /// The text of an alert, on one line.
    ///
    /// # Errors
    /// When the template needs a value that this alert lacks.
    pub(crate) fn of(&self, alert: &Alert) -> Result<String, SinkError> {
        let values = Serde(json!({
            "rule": alert.rule, "priority": alert.priority.name(), "source": alert.source,
            "hostname": alert.id.host, "sequence": alert.id.sequence, "message": alert.message,
            "tags": alert.tags, "fields": alert.fields,
        }));
        let text = self.template()?.render(values).map_err(|error| wrong(self.key, &error))?;
        Ok(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
    }
}

/// What a template may name.
const NAMES: [&str; 8] =
    ["rule", "priority", "source", "hostname", "sequence", "message", "tags", "fields"];

fn wrong(key: &str, error: &minijinja::Error) -> SinkError {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    SinkError::Configuration(format!("`{key}` is no template for this alert: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_made_of_alerts() {
        let mut alert = (*crate::tests::alert(7)).clone();
        alert.fields.insert("proc.name".to_owned(), "sh\n中文".into());
        let check = |text: &str, expected: &str| {
            let made = ShortText::new("subject", text).and_then(|short| short.of(&alert));
            let made = made.unwrap_or_else(|error| error.to_string());
            assert_eq!(made, expected, "{text}");
        };
        check("alerts.{{ priority | lower }}", "alerts.notice");
        check("{{ rule }} {{ hostname }} {{ sequence }} {{ source }}", "r h 7 syscall");
        check("{{ fields['proc.name'] }}<&>", "sh 中文<&>");
        check("{{ fields['x'] | default('none') }}", "none");
        check(
            "{{ host }}",
            "`subject` names `host`, which alerts do not have: they have rule, priority, source, \
             hostname, sequence, message, tags, fields",
        );
        check("{{ fields['x'] }}", "`subject` is no template for this alert: undefined value");
        check(
            "{{ rule",
            "`subject` is no template for this alert: unexpected end of input, expected end of variable block",
        );
    }
}
