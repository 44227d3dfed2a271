//! An exception, and the condition it stands for.

use std::rc::Rc;

use peregrine_filter::ast::quoted;
use peregrine_filter::parse_operand;
use peregrine_yaml::{Node, Place};

use crate::diagnostic::{Diagnostic, Link};
use crate::item::{Item, link};
use crate::kind::ExceptionError;
use crate::traced::{Origin, Scalar, Traced};

/// An exception: the rule does not fire where the fields have the values.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) name: String,
    pub(crate) fields: Vec<Word>,
    pub(crate) comps: Vec<Word>,
    /// Whether `fields` is one field, not a list.
    pub(crate) single: bool,
    pub(crate) values: Vec<Value>,
    /// The file it is in.
    pub(crate) file: usize,
    pub(crate) place: Place,
}

impl Exception {
    pub(crate) fn link(&self) -> Link {
        link("exception", &*self.name, self.place)
    }

    pub(crate) fn error(&self, item: &Item<'_, '_>, kind: ExceptionError) -> Box<Diagnostic> {
        item.error_in(&[self.link()], kind)
    }

    /// The same, shown at one of its words.
    pub(crate) fn error_at(
        &self,
        item: &Item<'_, '_>,
        word: &Word,
        kind: ExceptionError,
    ) -> Box<Diagnostic> {
        let mut error = self.error(item, kind);
        if let Some(scalar) = &word.scalar {
            error.show_at(item.source, scalar.span.clone());
        }
        error
    }
}

/// A value of an exception.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    One(Word),
    Many(Vec<Self>),
}

/// A word of an exception, and where it was written; nowhere where it is what stands for nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) scalar: Option<Rc<Scalar>>,
}

impl Word {
    pub(crate) fn of(node: &Node, file: usize, text: &str) -> Self {
        Self { text: text.to_owned(), scalar: Scalar::of(node, file) }
    }

    pub(crate) fn implied(text: &str) -> Self {
        Self { text: text.to_owned(), scalar: None }
    }

    /// Adds the word to a condition in these letters.
    fn write(&self, written: &str, out: &mut Traced) {
        match &self.scalar {
            Some(scalar) if written == scalar.value => {
                out.push(written, Origin::Scalar(Rc::clone(scalar)), 0);
            }
            Some(scalar) => out.push(written, Origin::Whole(Rc::clone(scalar)), 0),
            None => out.push_between(written),
        }
    }
}

/// Whether a comparison takes a list on its right.
pub(crate) fn takes_list(comp: &str) -> bool {
    matches!(comp, "in" | "pmatch" | "intersects") || modified(comp).is_some()
}

/// The operator before `oneof` and its kin.
pub(crate) fn modified(comp: &str) -> Option<&str> {
    let (op, modifier) = comp.split_once([' ', '\t'])?;
    matches!(modifier.trim(), "oneof" | "anyof" | "allof").then_some(op)
}

/// A value as text of a condition; it may name a list, or be a transformer of a field. What the
/// language would not read as one word is put in quotes. Falco does so where there is a blank, and
/// takes what is inside as it is.
fn quoted_as_needed(text: &str, strict: bool) -> String {
    if strict {
        let bare = !text.contains(' ') || text.starts_with(['"', '\'']);
        return if bare { text.to_owned() } else { format!("\"{text}\"") };
    }
    let already = text.starts_with(['"', '\'', '(']) || text.is_empty();
    let operand =
        !text.contains(' ') && parse_operand(text).is_ok_and(|(_, len)| len == text.len());
    if already || operand { text.to_owned() } else { quoted(text) }
}

fn write_value(value: &Value, listed: bool, strict: bool, out: &mut Traced) {
    match value {
        Value::One(word) => {
            let text = word.text.as_str();
            // Falco puts no quotes in a list of one.
            let bare = listed && (text.starts_with('(') || strict);
            let parentheses = listed && !text.starts_with('(');
            out.push_between(if parentheses { "(" } else { "" });
            let quoted = if bare { text.to_owned() } else { quoted_as_needed(text, strict) };
            word.write(&quoted, out);
            out.push_between(if parentheses { ")" } else { "" });
        }
        Value::Many(values) => {
            out.push_between("(");
            write_joined(values, ", ", out, |value, out| write_value(value, false, strict, out));
            out.push_between(")");
        }
    }
}

fn write_joined<T>(
    items: impl IntoIterator<Item = T>,
    separator: &str,
    out: &mut Traced,
    mut write: impl FnMut(T, &mut Traced),
) {
    for (index, item) in items.into_iter().enumerate() {
        out.push_between(if index > 0 { separator } else { "" });
        write(item, out);
    }
}

/// The condition with ` and not ...` for each exception that has values.
///
/// # Errors
/// Why the values of an exception do not fit its fields, and the exception.
pub(crate) fn add_to<'e>(
    condition: &Traced,
    exceptions: &'e [Exception],
    strict: bool,
) -> Result<Traced, (ExceptionError, &'e Exception)> {
    if exceptions.is_empty() {
        return Ok(condition.clone());
    }
    let mut whole = Traced::default();
    whole.push_between("(");
    whole.push_traced(condition);
    whole.push_between(")");
    for exception in exceptions.iter().filter(|exception| !exception.values.is_empty()) {
        whole.push_between(" and not (");
        if exception.single {
            if exception.values.iter().any(|value| matches!(value, Value::Many(_))) {
                return Err((ExceptionError::ValuesNotTexts, exception));
            }
            for word in exception.fields.first().into_iter().chain(exception.comps.first()) {
                word.write(&word.text, &mut whole);
                whole.push_between(" ");
            }
            whole.push_between("(");
            write_joined(&exception.values, ", ", &mut whole, |value, out| {
                write_value(value, false, strict, out);
            });
            whole.push_between("))");
            continue;
        }
        for (index, value) in exception.values.iter().enumerate() {
            let values = match value {
                Value::Many(values) if values.len() == exception.fields.len() => values,
                _ => return Err((ExceptionError::Lengths { part: "values" }, exception)),
            };
            whole.push_between(if index > 0 { " or (" } else { "(" });
            let comparisons = exception.fields.iter().zip(&exception.comps).zip(values);
            write_joined(comparisons, " and ", &mut whole, |((field, comp), value), out| {
                field.write(&field.text, out);
                out.push_between(" ");
                comp.write(&comp.text, out);
                out.push_between(" ");
                write_value(value, takes_list(&comp.text), strict, out);
            });
            whole.push_between(")");
        }
        whole.push_between(")");
    }
    Ok(whole)
}
