//! The rule engine of Falco's own unit tests: rules loaded, switched on and off, looked at.

use std::collections::BTreeMap;

use peregrine_rules::falco::message;
use peregrine_rules::{
    ExtraOutput, Loaded, Options, Selected, Selection, SourceText, load, schema_warnings,
};
use serde_json::Value as Json;

use super::value::Value;
use super::{Machine, Verdict};

/// The set of rules all are in that are switched on where they are written.
const DEFAULT_RULESET: &str = "falco-default-ruleset";

/// What was loaded, and which rules each set switches on.
#[derive(Default)]
pub(super) struct Engine {
    options: Options,
    loaded: Option<Loaded>,
    text: String,
    sets: BTreeMap<String, Vec<Selection>>,
}

impl Machine<'_> {
    /// A call on the engine; none where it is none.
    pub(super) fn engine_call(
        &mut self,
        name: &str,
        args: &[Json],
    ) -> Result<Option<Value>, String> {
        let name = name.strip_prefix("m_engine.").unwrap_or(name);
        let yes = |yes: bool| Ok(Some(Value::Number(yes.into())));
        match name {
            "add_extra_output_format" => {
                let output = ExtraOutput {
                    format: self.argument(args, 0)?.text()?,
                    fields: Vec::new(),
                    source: filled(&self.argument(args, 1)?)?,
                    tags: match self.argument(args, 2)? {
                        Value::List(tags) => {
                            tags.iter().map(Value::text).collect::<Result<_, _>>()?
                        }
                        tag => vec![tag.text()?],
                    },
                    rule: filled(&self.argument(args, 3)?)?,
                };
                self.engine.options.append_output.push(output);
                Ok(Some(Value::Nothing))
            }
            "load_rules" if matches!(args.len(), 1 | 2) => {
                let text = self.argument(args, 0)?.text()?;
                let file = match args.get(1) {
                    Some(_) => self.argument(args, 1)?.text()?,
                    None => "rules.yaml".to_owned(),
                };
                let loaded = load(&[SourceText { name: &file, text: &text }], &self.engine.options);
                let good = !loaded.failed();
                self.engine.loaded = Some(loaded);
                self.engine.text = text;
                yes(good)
            }
            "has_warnings" => {
                let loaded = self.loaded()?;
                yes(loaded.diagnostics.iter().any(|reported| !reported.is_error()))
            }
            "check_warning_message" | "check_error_message" => {
                let text = self.argument(args, 0)?.text()?;
                let errors = name == "check_error_message";
                let mut reported = self
                    .loaded()?
                    .diagnostics
                    .iter()
                    .filter(|reported| reported.is_error() == errors);
                let sources = [SourceText { name: "rules.yaml", text: &self.engine.text }];
                yes(reported.any(|reported| message(reported, &sources).contains(&text)))
            }
            "get_compiled_rule_condition" | "get_compiled_rule_output" => {
                let rule = match args.first() {
                    Some(_) => self.argument(args, 0)?.text()?,
                    None => String::new(),
                };
                let rules = &self.loaded()?.rules.rules;
                let rule = rules.iter().find(|one| rule.is_empty() || one.name == rule);
                let rule = rule.ok_or("no such rule")?;
                let text = if name.ends_with("condition") {
                    &rule.condition_compiled
                } else {
                    &rule.output_compiled
                };
                Ok(Some(Value::Text(text.clone().into_bytes())))
            }
            "enable_rule" | "enable_rule_exact" | "enable_rule_wildcard" => {
                let pattern = self.argument(args, 0)?.text()?;
                let of = match name {
                    // A part of the name, and nothing is part of all.
                    "enable_rule" => Selected::Rule(format!("*{pattern}*")),
                    "enable_rule_exact" if pattern.is_empty() => Selected::Rule("*".to_owned()),
                    _ => Selected::Rule(pattern),
                };
                self.switch(of, args)
            }
            "enable_rule_by_tag" => {
                let Value::List(tags) = self.argument(args, 0)? else {
                    return Err("no list of tags".to_owned());
                };
                for tag in tags {
                    self.switch(Selected::Tag(tag.text()?), args)?;
                }
                Ok(Some(Value::Nothing))
            }
            "find_ruleset_id" => Ok(Some(self.argument(args, 0)?)),
            "num_rules_for_ruleset" => {
                let set = match args.first() {
                    Some(_) => self.argument(args, 0)?.text()?,
                    None => DEFAULT_RULESET.to_owned(),
                };
                let loaded = self.loaded()?;
                let mut rules = loaded.rules.clone();
                if set != DEFAULT_RULESET {
                    for rule in &mut rules.rules {
                        rule.enabled = false;
                    }
                }
                if let Some(selections) = self.engine.sets.get(&set) {
                    rules.select(selections, self.engine.options.priority);
                }
                let on = rules.rules.iter().filter(|rule| rule.enabled).count();
                Ok(Some(Value::Number(on as i128)))
            }
            _ => Ok(None),
        }
    }

    fn switch(&mut self, of: Selected, args: &[Json]) -> Result<Option<Value>, String> {
        let enable = self.argument(args, 1)?.is_true();
        let set = match args.get(2) {
            Some(_) => self.argument(args, 2)?.text()?,
            None => DEFAULT_RULESET.to_owned(),
        };
        self.engine.sets.entry(set).or_default().push(Selection { enable, of });
        Ok(Some(Value::Nothing))
    }

    fn loaded(&self) -> Result<&Loaded, String> {
        self.engine.loaded.as_ref().ok_or_else(|| "nothing was loaded".to_owned())
    }

    /// Whether the file fits the schema of rule files.
    pub(super) fn schema_status(&mut self, args: &[Json]) -> Result<Verdict, String> {
        let [status] = args else { return Err("the schema of the configuration".to_owned()) };
        let wanted = status["id"].as_str().unwrap_or_default();
        self.loaded()?;
        let reported = schema_warnings(&self.engine.text);
        let got = match &reported {
            None => "validation_none",
            Some(reported) if reported.is_empty() => "validation_ok",
            Some(_) => "validation_failed",
        };
        if wanted.ends_with(got) {
            Ok(Verdict::Passed)
        } else {
            Ok(Verdict::Failed(format!("{got}, expected {wanted}: {reported:?}")))
        }
    }
}

fn filled(text: &Value) -> Result<Option<String>, String> {
    Ok(Some(text.text()?).filter(|text| !text.is_empty()))
}
