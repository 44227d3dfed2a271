//! What may have been meant where a condition or an output has no meaning.

use peregrine_event::{EventFlags, EventType, names, syscalls};
use peregrine_fields::Catalogue;
use peregrine_filter::error::{
    CheckErrorKind, FieldError, LintKind, TemplateErrorKind, UnknownEventType, ValueError,
};
use peregrine_filter::{Scheme as _, check_operand, parse_operand};

use crate::kind::DiagnosticKind;
use crate::lists::Lists;

/// What is advised.
#[derive(Debug, Default)]
pub(crate) struct Advice {
    /// What may stand in place of the bytes a fault is about.
    pub(crate) instead: Option<String>,
    /// What else helps.
    pub(crate) help: Option<String>,
}

impl Advice {
    fn instead(text: impl Into<String>) -> Self {
        Self { instead: Some(text.into()), help: None }
    }

    fn help(text: impl Into<String>) -> Self {
        Self { instead: None, help: Some(text.into()) }
    }
}

/// Advice on a mistake in a condition.
pub(crate) fn for_condition(
    kind: &CheckErrorKind,
    catalogue: &Catalogue,
    lists: &Lists<'_>,
) -> Advice {
    match kind {
        CheckErrorKind::Field(error) => for_field(error, catalogue),
        CheckErrorKind::EventType(UnknownEventType { name }) => {
            event_type(name).map_or_else(Advice::default, Advice::instead)
        }
        CheckErrorKind::Value(error) => for_value(error, lists),
        _ => Advice::default(),
    }
}

/// Advice on a mistake in an output.
pub(crate) fn for_output(kind: &DiagnosticKind, catalogue: &Catalogue) -> Advice {
    let (DiagnosticKind::Output(error)
    | DiagnosticKind::ExtraField { error, .. }
    | DiagnosticKind::AppendedOutput { error, .. }) = kind
    else {
        return Advice::default();
    };
    match error {
        TemplateErrorKind::Unresolved(CheckErrorKind::Field(error)) => for_field(error, catalogue),
        TemplateErrorKind::NoToken { .. } => Advice::help(
            "behind `%` stands a field, as in `%proc.name`; a percent sign alone cannot be written",
        ),
        _ => Advice::default(),
    }
}

/// What may stand in place of a doubtful piece of a condition.
pub(crate) fn for_lint(kind: &LintKind) -> Option<String> {
    match kind {
        LintKind::FieldAsText { instead, .. } => Some(instead.clone()),
        LintKind::PartialRegex { instead, .. } => Some(format!("'{instead}'")),
        LintKind::SimpleRegex { .. } | LintKind::NumberCut { .. } | LintKind::NeverTrue { .. } => {
            None
        }
    }
}

/// Event types people name otherwise.
const EVENTS: [(&str, &str); 6] = [
    ("exec", "execve"),
    ("spawn", "execve"),
    ("delete", "unlink"),
    ("remove", "unlink"),
    ("listening", "listen"),
    ("sendmessage", "sendmsg"),
];

/// The event type most like a name.
fn event_type(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if let Some((_, meant)) = EVENTS.iter().find(|(alias, _)| *alias == lower) {
        return Some(meant);
    }
    let infos = EventType::all().filter_map(EventType::info);
    let used = infos.filter(|info| !info.flags.has(EventFlags::UNUSED)).map(|info| info.name);
    names::nearest(&lower, used.chain(syscalls::all().iter().map(|call| call.name)))
}

/// The field that may be meant by a text that is none.
pub(crate) fn field(text: &str, catalogue: &Catalogue) -> Option<String> {
    let (operand, len) = parse_operand(text).ok()?;
    let error = check_operand(&operand, catalogue).err().filter(|_| len == text.len())?;
    match error.kind {
        CheckErrorKind::Field(error) => for_field(&error, catalogue).instead,
        _ => None,
    }
}

/// Advice on a field that is none.
fn for_field(error: &FieldError, catalogue: &Catalogue) -> Advice {
    match error {
        FieldError::Unknown { name, arg: None, near } => {
            // An argument behind a dot instead of in brackets.
            let bracketed = name.match_indices('.').map(|(dot, _)| name.split_at(dot));
            let known = bracketed.rev().find_map(|(field, arg)| {
                let arg = arg.strip_prefix('.').filter(|arg| !arg.is_empty())?;
                catalogue.field(field, Some(arg)).ok().map(|_| format!("{field}[{arg}]"))
            });
            known.or_else(|| near.clone()).map_or_else(
                || Advice::help("`peregrine fields` lists the fields there are"),
                Advice::instead,
            )
        }
        FieldError::Unknown { near: Some(near), .. } => Advice::instead(near.clone()),
        FieldError::NeedsArgument { name } => {
            Advice::help(format!("write the argument in brackets: `{name}[...]`"))
        }
        FieldError::TakesNoArgument { name } => Advice::instead(name.clone()),
        _ => Advice::default(),
    }
}

/// A word where an address or a number must be: it may be meant for a list.
fn for_value(error: &ValueError, lists: &Lists<'_>) -> Advice {
    let (text, what) = match error {
        ValueError::Ipv4 { text } | ValueError::Ipv6 { text } => (text, "an address"),
        ValueError::Network { text } | ValueError::NetworkAddress { text } => (text, "a network"),
        ValueError::Number { text } => (text, "a number"),
        ValueError::Protocol { text } => (text, "a port or the name of a service"),
        _ => return Advice::default(),
    };
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !word {
        return Advice::default();
    }
    let near = names::nearest(text, lists.names()).map(str::to_owned);
    let help = format!("no list is called `{text}`, and it is not {what}");
    Advice { instead: near, help: Some(help) }
}
