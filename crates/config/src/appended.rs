//! `append_output` of `falco.yaml`: what is appended to the outputs of rules.

use peregrine_rules::ExtraOutput;
use peregrine_yaml::{Body, Node};

use crate::model::ConfigError;
use crate::settings::Setter;
use crate::variables::expand;

impl Setter<'_> {
    pub(crate) fn append_output(&mut self, node: &Node) -> Result<(), ConfigError> {
        let entries = match &node.body {
            Body::List(entries) => entries.as_slice(),
            Body::Map(_) => std::slice::from_ref(node),
            Body::Null => &[],
            Body::Scalar(_) => return Err(self.wrong("append_output", "a list of maps")),
        };
        if !self.append {
            self.config.suggested_output = false;
            self.config.extra_output.clear();
        }
        for entry in entries {
            let mut extra = ExtraOutput::default();
            for (key, value) in entry.map().unwrap_or_default() {
                match key.scalar().unwrap_or_default() {
                    "suggested_output" => {
                        self.config.suggested_output = self.flag("suggested_output", value)?;
                    }
                    "extra_output" => extra.format = self.text("extra_output", value)?,
                    "extra_fields" => self.extra_fields(&mut extra, value)?,
                    "match" => self.only_for(&mut extra, value)?,
                    other => {
                        let text = format!("append_output: {other} is not supported yet: ignored");
                        self.warn(&text);
                    }
                }
            }
            if !extra.format.is_empty() || !extra.fields.is_empty() {
                self.config.extra_output.push(extra);
            }
        }
        Ok(())
    }

    /// `[evt.num, {key: "format"}]`.
    fn extra_fields(&self, extra: &mut ExtraOutput, node: &Node) -> Result<(), ConfigError> {
        const FORM: &str = "a list of fields and {key: format} maps";
        let Body::List(list) = &node.body else { return Err(self.wrong("extra_fields", FORM)) };
        for item in list {
            match &item.body {
                Body::Scalar(field) => {
                    extra.fields.push((expand(field), format!("%{}", expand(field))));
                }
                Body::Map(pairs) => {
                    for (key, value) in pairs {
                        let key = self.text("extra_fields", key)?;
                        if extra.fields.iter().any(|(known, _)| *known == key) {
                            return Err(self.wrong("extra_fields", &format!("without two {key}")));
                        }
                        extra.fields.push((key, self.text("extra_fields", value)?));
                    }
                }
                _ => return Err(self.wrong("extra_fields", FORM)),
            }
        }
        Ok(())
    }

    fn only_for(&mut self, extra: &mut ExtraOutput, node: &Node) -> Result<(), ConfigError> {
        for (key, value) in node.map().unwrap_or_default() {
            match key.scalar().unwrap_or_default() {
                "rule" => extra.rule = Some(self.text("rule", value)?),
                "source" => extra.source = Some(self.text("source", value)?),
                "tags" => extra.tags = self.texts("tags", value)?,
                other => self.warn(&format!("append_output: match.{other} is unknown: ignored")),
            }
        }
        Ok(())
    }
}
