//! What is sent of an alert: a line, its message, JSON, or what a template makes of it.

use minijinja::Environment;
use peregrine_alert::{Alert, Form};
use peregrine_config::{Format, template_environment};

use crate::variables::variables;

/// The name of the one template of an environment.
const TEMPLATE: &str = "template";

/// Writes alerts as one output wants them.
#[derive(Debug)]
pub(crate) struct Writer {
    format: Format,
    form: Form,
    /// Empty where there is none.
    template: String,
    environment: Option<Environment<'static>>,
    /// How often it wrote.
    #[cfg(test)]
    pub(super) rendered: std::sync::atomic::AtomicUsize,
}

/// What is sent of an alert.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// It.
    pub(crate) text: String,
    /// Why the template could not be filled in: `text` is the message then.
    pub(crate) error: Option<String>,
}

impl Writer {
    /// `template` goes before `format`; it is none where it is empty.
    pub(crate) fn new(format: Format, template: &str, form: Form) -> Self {
        let environment = (!template.is_empty()).then(|| {
            let mut environment = template_environment();
            // The configuration was checked when it was read; another one falls back to the message below.
            let _ = environment.add_template_owned(TEMPLATE, template.to_owned());
            environment
        });
        Self {
            format,
            form,
            template: template.to_owned(),
            environment,
            #[cfg(test)]
            rendered: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Whether another one writes the same, in a configuration, which has one form for all.
    pub(super) fn writes_as(&self, other: &Self) -> bool {
        self.template == other.template
            && (self.environment.is_some() || self.format == other.format)
    }

    pub(crate) fn text(&self, alert: &Alert) -> Text {
        #[cfg(test)]
        self.rendered.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let Some(environment) = &self.environment else {
            let text = match self.format {
                Format::Text => alert.line(&Form { json: false, ..self.form }),
                Format::Json => alert.json(&self.form),
                Format::Message => alert.message.clone(),
                Format::Cef => alert.cef(),
            };
            return Text { text, error: None };
        };
        let filled = environment
            .get_template(TEMPLATE)
            .and_then(|template| template.render(variables(alert, self.form)));
        match filled {
            Ok(text) => Text { text, error: None },
            Err(error) => Text { text: alert.message.clone(), error: Some(error.to_string()) },
        }
    }
}
