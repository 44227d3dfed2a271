//! Diagnostics for people.

use std::fmt;

use peregrine_filter::error::{
    CheckErrorKind, Expected, FieldError, ParseErrorKind, TemplateErrorKind,
};

use crate::code::Severity;
use crate::diagnostic::Diagnostic;
use crate::kind::DiagnosticKind;
use crate::syntax::OPERATORS;
use crate::yaml_faults;

fn field_words(error: &FieldError) -> Option<String> {
    match error {
        FieldError::Unknown { name, arg: None, .. } => Some(format!("there is no field '{name}'")),
        FieldError::Unknown { name, arg: Some(arg), .. } => {
            Some(format!("there is no field '{name}' with an argument ('{name}[{arg}]')"))
        }
        FieldError::NeedsArgument { name } => Some(format!("the field {name} needs an argument")),
        FieldError::TakesNoArgument { name } => {
            Some(format!("the field {name} does not take an argument"))
        }
        _ => None,
    }
}

fn template_words(error: &TemplateErrorKind) -> Option<String> {
    match error {
        TemplateErrorKind::Unresolved(CheckErrorKind::Field(error)) => field_words(error),
        TemplateErrorKind::Unresolved(error) => Some(error.to_string()),
        TemplateErrorKind::NoToken { token, .. } => {
            Some(format!("'%{token}' is no field: a field must follow '%'"))
        }
        TemplateErrorKind::EndsInPercent => {
            Some("the output ends in '%': a field must follow".to_owned())
        }
        TemplateErrorKind::EndsInNumber => {
            Some("the output ends in '%' and a width: a field must follow".to_owned())
        }
    }
}

impl Diagnostic {
    /// What is wrong, in words for people.
    pub fn message(&self) -> String {
        let own = match &self.kind {
            DiagnosticKind::Condition(CheckErrorKind::Field(error)) => field_words(error),
            DiagnosticKind::Syntax(ParseErrorKind::Expected(Expected::Operator)) => {
                Some("an operator must stand here".to_owned())
            }
            DiagnosticKind::Syntax(ParseErrorKind::TokenAfter { last }) => {
                Some(format!("'and' or 'or' must stand behind '{last}'"))
            }
            DiagnosticKind::Syntax(ParseErrorKind::BlankAfter { word }) => {
                Some(format!("a blank and a comparison, or '(', must follow '{word}'"))
            }
            DiagnosticKind::Yaml(kind) => Some(yaml_faults::words(kind)),
            DiagnosticKind::Output(error) => template_words(error),
            DiagnosticKind::ExtraField { key, error } => {
                template_words(error).map(|words| format!("extra field {key}: {words}"))
            }
            DiagnosticKind::AppendedOutput { format, error } => template_words(error)
                .map(|words| format!("'{format}' is appended to outputs, and {words}")),
            _ => None,
        };
        own.unwrap_or_else(|| self.kind.to_string())
    }

    /// The item it is in, and who has it too.
    fn item(&self) -> Option<String> {
        let (kind, name) = self.items.last()?;
        let rule = self.items.first().filter(|(outer, _)| *outer == "rule" && *kind != "rule");
        let more = match self.also {
            0 => String::new(),
            1 => " and one more".to_owned(),
            more => format!(" and {more} more"),
        };
        Some(match rule {
            Some((_, rule)) if *kind == "exception" => {
                format!("in exception '{name}' of rule '{rule}'")
            }
            Some((_, rule)) => format!("in {kind} '{name}', used by rule '{rule}'{more}"),
            None => format!("in {kind} '{name}'"),
        })
    }
}

impl fmt::Display for Diagnostic {
    /// Place, what is wrong, the line with what it is about underlined, the item, what helps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}:", self.file)?;
        if self.place.line > 0 {
            write!(f, "{}:{}:", self.place.line, self.place.column)?;
        }
        write!(f, " {level}[{}]: {}", self.code.name(), self.message())?;
        f.write_str(&self.shown.at(self.place.line))?;
        if let Some(item) = self.item() {
            write!(f, "\n  in {}", item.trim_start_matches("in "))?;
        }
        let operator = ParseErrorKind::Expected(Expected::Operator);
        if self.repair.is_none() && self.kind == DiagnosticKind::Syntax(operator) {
            write!(f, "\n  help: the operators are {}", OPERATORS.join(", "))?;
        }
        for help in &self.help {
            write!(f, "\n  help: {help}")?;
        }
        if let Some(repair) = &self.repair {
            write!(f, "\n  help: {}", repair.title)?;
            for (number, old, new) in &repair.lines {
                let space = " ".repeat(number.to_string().len());
                write!(f, "\n{space} |\n{number} - {old}\n{number} + {new}")?;
            }
        }
        Ok(())
    }
}
