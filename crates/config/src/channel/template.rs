//! Templates of what an output sends, in the language of Jinja.

use std::collections::BTreeSet;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Value as Json, json};

use crate::problem::ProblemKind;
use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::Node;

/// What a template may use: the alert's own values, and `fields` with those it carries by name.
pub const VARIABLES: [&str; 12] = [
    "fields", "hostname", "id", "message", "output", "priority", "rule", "sequence", "source",
    "tags", "time", "time_ns",
];

/// The environment templates are read and filled in with: what is missing is an empty text, work is bounded.
pub fn template_environment<'t>() -> Environment<'t> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(1_000_000));
    environment
}

/// A template; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(pub String);

impl Template {
    /// What is wrong with a template's text, in one line.
    fn check(text: &str) -> Result<(), String> {
        let environment = template_environment();
        let template = environment.template_from_str(text).map_err(|error| {
            let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            match error.line() {
                Some(line) if line > 1 => format!("line {line} of the template: {what}"),
                _ => what,
            }
        })?;
        let known: BTreeSet<&str> = VARIABLES.into_iter().collect();
        let mut unknown: Vec<String> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| {
                !known.contains(name.as_str()) && environment.globals().all(|(own, _)| own != name)
            })
            .collect();
        unknown.sort();
        let Some(name) = unknown.first() else { return Ok(()) };
        let near = peregrine_event::names::nearest(name, VARIABLES.into_iter());
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(format!(
            "`{name}` is not known{near} (there are {}; a value of the alert is fields[\"proc.name\"])",
            VARIABLES.join(", ")
        ))
    }
}

impl Value for Template {
    fn kind() -> Kind {
        Kind { words: "a template".to_owned(), schema: json!({"type": "string"}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        if let Err(why) = Self::check(&text) {
            reader.refuse(node, key, ProblemKind::NotATemplate(why));
            return None;
        }
        Some(Self(text))
    }

    fn json(&self) -> Json {
        self.0.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_of_templates_are_named() {
        let check = |text: &str, expected: Option<&str>| {
            let error = Template::check(text).err();
            let matches = match (&error, expected) {
                (Some(error), Some(part)) => error.contains(part),
                (None, None) => true,
                _ => false,
            };
            assert!(matches, "{text}: {error:?}");
        };
        check("", None);
        check("{{ rule }} on {{ hostname }}: {{ fields['proc.name'] | upper }}", None);
        check("{% for tag in tags %}{{ tag }} {% endfor %}", None);
        check("{% for n in range(3) %}{{ n }}{% endfor %}", None);
        check("{{ rul }}", Some("did you mean `rule`?"));
        check("{{ rule", Some("unexpected end of input"));
        check("{{ rule }}\n{% for x %}", Some("line 2 of the template"));
        check("{{ rule | nosuch }}", None);
    }
}
