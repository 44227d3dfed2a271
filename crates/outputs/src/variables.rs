//! What templates may name of an alert (`peregrine_config::VARIABLES`).

use minijinja::Value;
use minijinja::value::Serde;
use peregrine_alert::{Alert, Form};
use serde_json::json;

/// The values by name; `output` is the line in this form.
pub(crate) fn variables(alert: &Alert, form: Form) -> Value {
    Value::from(Serde(json!({
        "fields": alert.fields,
        "hostname": alert.id.host,
        "id": format!("{}-{}", alert.id.host, alert.id.sequence),
        "message": alert.message,
        "output": alert.line(&Form { json: false, ..form }),
        "priority": alert.priority.name(),
        "rule": alert.rule,
        "sequence": alert.id.sequence,
        "source": alert.source,
        "tags": alert.tags,
        "time": peregrine_alert::iso8601(alert.time_ns, "Z"),
        "time_ns": alert.time_ns,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_the_configuration_knows() {
        let values = variables(&crate::tests::alert(1), Form::default());
        let mut names: Vec<String> =
            values.try_iter().unwrap().map(|name| name.to_string()).collect();
        names.sort();
        assert_eq!(names, peregrine_config::VARIABLES);
    }
}
