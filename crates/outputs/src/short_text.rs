//! Short texts made of an alert: subjects, topics, keys.

use minijinja::{Environment, UndefinedBehavior};
use peregrine_alert::{Alert, Form};
use peregrine_config::{Template, template_environment};

use crate::error::SinkError;
use crate::variables::variables;

/// A template of a short text: `alerts.{{ priority }}`. Unlike a template of what is sent, one that needs a value
/// that the alert lacks gives no text: a topic with a hole in it is another topic.
#[derive(Debug)]
pub(crate) struct ShortText {
    environment: Environment<'static>,
    /// The key that holds it.
    key: &'static str,
    form: Form,
}

impl ShortText {
    /// Takes what stands in a key. `form`: that of `{{ output }}`.
    ///
    /// # Errors
    /// When it is no template: the configuration is checked when it is read, so only one made by hand.
    pub(crate) fn new(
        key: &'static str,
        template: &Template,
        form: Form,
    ) -> Result<Self, SinkError> {
        let mut environment = template_environment();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment
            .add_template_owned(key, template.0.clone())
            .map_err(|error| wrong(key, &error))?;
        Ok(Self { environment, key, form })
    }

    /// The text of an alert, on one line.
    ///
    /// # Errors
    /// When the template needs a value that this alert lacks.
    pub(crate) fn of(&self, alert: &Alert) -> Result<String, SinkError> {
        let filled = self
            .environment
            .get_template(self.key)
            .and_then(|template| template.render(variables(alert, self.form)));
        let text = filled.map_err(|error| wrong(self.key, &error))?;
        Ok(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
    }
}

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
            let template = Template(text.to_owned());
            let made = ShortText::new("subject", &template, Form::default())
                .and_then(|short| short.of(&alert))
                .unwrap_or_else(|error| error.to_string());
            assert_eq!(made, expected, "{text}");
        };
        check("alerts.{{ priority | lower }}", "alerts.notice");
        check("{{ rule }} {{ hostname }} {{ sequence }} {{ source }}", "r h 7 syscall");
        check("{{ id }} {{ output }}", "h-7 00:00:00.000000007: Notice alert 7");
        check("{{ fields['proc.name'] }}<&>", "sh 中文<&>");
        check("{{ fields['x'] | default('none') }}", "none");
        check("{{ fields['x'] }}", "`subject` is no template for this alert: undefined value");
        check(
            "{{ rule",
            "`subject` is no template for this alert: unexpected end of input, expected end of variable block",
        );
    }
}
