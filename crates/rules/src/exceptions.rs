//! Exceptions of rules: read, merged, and written as the condition they stand for.

use std::fmt::Write as _;

use peregrine_filter::ast::quoted;
use peregrine_filter::{check_operand, parse_operand};
use peregrine_yaml::{Body, Node, Place};

use crate::diagnostic::{Diagnostic, Link};
use crate::item::{Item, Told, link};
use crate::kind::{DiagnosticKind, ExceptionError, ShapeError};

/// An exception: the rule does not fire where the fields have the values.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) name: String,
    pub(crate) fields: Vec<String>,
    pub(crate) comps: Vec<String>,
    /// Whether `fields` is one field, not a list.
    single: bool,
    values: Vec<Value>,
    /// The file it is in.
    pub(crate) file: usize,
    pub(crate) place: Place,
}

impl Exception {
    fn link(&self) -> Link {
        link("exception", &*self.name, self.place)
    }

    fn error(&self, item: &Item<'_, '_>, kind: ExceptionError) -> Box<Diagnostic> {
        item.error_in(&[self.link()], kind)
    }
}

#[derive(Debug, Clone)]
enum Value {
    One(String),
    Many(Vec<Self>),
}

/// The exceptions of a rule's definition.
pub(crate) fn read(item: &Item<'_, '_>) -> Told<Vec<Exception>> {
    let read = nodes(item)?.iter().map(|node| one(item, node, true));
    let mut exceptions = read.collect::<Told<Vec<_>>>()?;
    for exception in &mut exceptions {
        if exception.fields.is_empty() {
            return Err(exception.error(item, ExceptionError::NoFields));
        }
        complete(item, exception)?;
    }
    Ok(exceptions)
}

fn nodes<'n>(item: &Item<'n, '_>) -> Told<&'n [Node]> {
    match item.node.get("exceptions") {
        None => Ok(&[]),
        Some(node) => match &node.body {
            Body::Null => Ok(&[]),
            Body::List(list) => Ok(list),
            _ => {
                let links = [link("exceptions", "", node.place)];
                Err(item.error_in(&links, ShapeError::ExceptionsNotSequence))
            }
        },
    }
}

/// Exceptions of one name, and exceptions that change nothing.
pub(crate) fn doubtful(item: &Item<'_, '_>, overrides: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&str> = Vec::new();
    for node in nodes(item).unwrap_or_default() {
        let name = node.get("name").and_then(Node::scalar).unwrap_or_default();
        let mut warn = |kind: DiagnosticKind| {
            let links = [link("exception", name, node.place)];
            diagnostics.push(*item.error_in(&links, kind));
        };
        if seen.contains(&name) {
            warn(DiagnosticKind::DuplicateException { name: name.to_owned() });
        }
        if overrides && node.get("values").is_none() {
            warn(DiagnosticKind::ExceptionWithoutValues);
        }
        seen.push(name);
    }
}

/// The text or the texts of a key, and whether it is one text.
fn words(
    item: &Item<'_, '_>,
    exception: &Link,
    node: &Node,
    key: &str,
) -> Told<(Vec<String>, bool)> {
    let wrong = |links: &[Link], kind: ShapeError| {
        item.error_in(&[std::slice::from_ref(exception), links].concat(), kind)
    };
    let Some(value) = node.get(key) else { return Ok((Vec::new(), false)) };
    let whole = link("value for", key, value.place);
    match &value.body {
        Body::Scalar(text) if text.is_empty() => Err(wrong(&[whole], ShapeError::EmptyValue)),
        Body::Scalar(text) => Ok((vec![text.trim().to_owned()], true)),
        Body::List(list) => {
            let texts = list.iter().map(|node| match node.scalar() {
                Some("") => {
                    let part = link("exception", "", node.place);
                    let links = [whole.clone(), part, link("value for", "", node.place)];
                    Err(wrong(&links, ShapeError::EmptyValue))
                }
                Some(text) => Ok(text.trim().to_owned()),
                None => Err(wrong(
                    &[whole.clone(), link("exception", "", node.place)],
                    ShapeError::ListItemNotScalar,
                )),
            });
            Ok((texts.collect::<Told<_>>()?, false))
        }
        Body::Null | Body::Map(_) => Ok((Vec::new(), false)),
    }
}

/// One exception as it is written: not yet whether it fits together.
fn one(item: &Item<'_, '_>, node: &Node, defines: bool) -> Told<Exception> {
    let list = item.node.get("exceptions").map_or(node.place, |list| list.place);
    let outer = [link("exceptions", "", list), link("exception", "", node.place)];
    let wrong = |links: &[Link], kind: ShapeError| item.error_in(links, kind);
    let missing = |key: &str| ShapeError::MissingKey { key: key.to_owned() };
    if node.map().is_none() {
        return Err(wrong(&outer, ShapeError::ExceptionNotMapping));
    }
    let value_of_name =
        |at: &Node| [outer.as_slice(), &[link("value for", "name", at.place)]].concat();
    let name = match node.get("name") {
        None => return Err(wrong(&outer, missing("name"))),
        Some(name) => match &name.body {
            Body::Null => {
                return Err(wrong(&outer, ShapeError::EmptyKey { key: "name".to_owned() }));
            }
            Body::Scalar(text) if text.is_empty() => {
                return Err(wrong(&value_of_name(name), ShapeError::EmptyValue));
            }
            Body::Scalar(text) => text.clone(),
            _ => return Err(wrong(&value_of_name(name), ShapeError::NotScalar)),
        },
    };
    let own = link("exception", &*name, node.place);
    if defines && node.get("fields").is_none() {
        return Err(wrong(&[own], missing("fields")));
    }
    let (fields, single) = words(item, &own, node, "fields")?;
    let (comps, single_comp) = words(item, &own, node, "comps")?;
    let values = match node.get("values") {
        None => Vec::new(),
        Some(node) => match &node.body {
            Body::Null if !item.strict => Vec::new(),
            Body::List(list) => {
                if item.strict {
                    let links = [own, link("exception values", "", node.place)];
                    list.iter().try_for_each(|value| filled(item, &links, value))?;
                }
                list.iter().map(value).collect()
            }
            _ => {
                let links = [own, link("exception values", "", node.place)];
                return Err(wrong(&links, ShapeError::ExceptionValuesNotSequence));
            }
        },
    };
    // A comparison for a list of fields stands in a list.
    let comps = if single_comp && !single && !fields.is_empty() { Vec::new() } else { comps };
    let exception =
        Exception { name, fields, comps, single, values, file: item.file, place: node.place };
    if node.get("comps").is_some() && exception.comps.is_empty() && !exception.fields.is_empty() {
        return Err(exception.error(item, ExceptionError::Lengths { part: "comps" }));
    }
    if single && !exception.comps.is_empty() && !single_comp {
        return Err(exception.error(item, ExceptionError::CompsNotText));
    }
    Ok(exception)
}

/// Falco takes no empty value.
fn filled(item: &Item<'_, '_>, outer: &[Link], value: &Node) -> Told<()> {
    let kind = if outer.len() == 2 { "exception value" } else { "exception" };
    let links =
        [outer, &[link(kind, "", value.place), link("value for", "", value.place)]].concat();
    match &value.body {
        Body::Scalar(text) if text.is_empty() => Err(item.error_in(&links, ShapeError::EmptyValue)),
        Body::List(list) => list.iter().try_for_each(|value| filled(item, &links, value)),
        _ => Ok(()),
    }
}

/// Fills in what may be left out, and tells whether fields and comparisons fit.
fn complete(item: &Item<'_, '_>, exception: &mut Exception) -> Told<()> {
    if exception.comps.is_empty() {
        exception.comps = if exception.single {
            vec!["in".to_owned()]
        } else {
            vec!["=".to_owned(); exception.fields.len()]
        };
    }
    let (fields, comps) = (&exception.fields, &exception.comps);
    if comps.len() != fields.len() {
        return Err(exception.error(item, ExceptionError::Lengths { part: "comps" }));
    }
    if exception.single {
        let comp = comps.first().map_or("", String::as_str);
        if !takes_list(comp) || !is_supported(comp) {
            return Err(exception.error(item, ExceptionError::SingleField));
        }
    }
    if let Some(comp) = comps.iter().find(|comp| !is_supported(comp)) {
        let kind = ExceptionError::Comparison { comp: comp.clone() };
        return Err(exception.error(item, kind));
    }
    // A rule of another source is left out later; its fields are not ours to know.
    let ours = item.source()?.is_none_or(|source| source == "syscall");
    for field in fields.iter().filter(|_| ours) {
        let known = parse_operand(field).is_ok_and(|(operand, len)| {
            len == field.len() && check_operand(&operand, &item.catalogue).is_ok()
        });
        if !known {
            return Err(exception.error(item, ExceptionError::Field { field: field.clone() }));
        }
    }
    Ok(())
}

/// Whether a comparison takes a list on its right.
fn takes_list(comp: &str) -> bool {
    matches!(comp, "in" | "pmatch" | "intersects") || modified(comp).is_some()
}

/// The operator before `oneof` and its kin.
fn modified(comp: &str) -> Option<&str> {
    let (op, modifier) = comp.split_once([' ', '\t'])?;
    matches!(modifier.trim(), "oneof" | "anyof" | "allof").then_some(op)
}

/// Whether an exception may compare so.
fn is_supported(comp: &str) -> bool {
    const OPS: [&str; 20] = [
        "exists",
        "=",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "contains",
        "icontains",
        "bcontains",
        "startswith",
        "bstartswith",
        "endswith",
        "glob",
        "iglob",
        "regex",
        "in",
        "intersects",
        "pmatch",
    ];
    match modified(comp) {
        Some(op) => {
            OPS.contains(&op)
                && !matches!(
                    op,
                    "exists" | "<" | "<=" | ">" | ">=" | "in" | "intersects" | "pmatch"
                )
        }
        None => OPS.contains(&comp),
    }
}

fn value(node: &Node) -> Value {
    match &node.body {
        Body::List(list) => Value::Many(list.iter().map(value).collect()),
        Body::Scalar(text) => Value::One(text.clone()),
        Body::Null | Body::Map(_) => Value::One(String::new()),
    }
}

/// Puts the exceptions of an override to those of the rule.
pub(crate) fn change(item: &Item<'_, '_>, old: &mut Vec<Exception>, append: bool) -> Told<()> {
    if !append {
        *old = read(item)?;
        return Ok(());
    }
    // All is read before anything is changed.
    let read = nodes(item)?.iter().map(|node| one(item, node, false));
    for mut exception in read.collect::<Told<Vec<_>>>()? {
        match old.iter_mut().find(|known| known.name == exception.name) {
            Some(known) => {
                for (given, part) in [(&exception.fields, "fields"), (&exception.comps, "comps")] {
                    if !given.is_empty() {
                        return Err(exception.error(item, ExceptionError::AppendsPart { part }));
                    }
                }
                known.values.extend(exception.values);
            }
            None if exception.fields.is_empty() => {
                return Err(exception.error(item, ExceptionError::NewWithout { part: "fields" }));
            }
            None if exception.values.is_empty() => {
                return Err(exception.error(item, ExceptionError::NewWithout { part: "values" }));
            }
            None => {
                complete(item, &mut exception)?;
                old.push(exception);
            }
        }
    }
    Ok(())
}

/// A value as text of a condition; it may name a list, or be a transformer of a field. What the
/// language would not read as one word is put in quotes. Falco does so where there is a blank, and
/// takes what is inside as it is.
fn word(text: &str, strict: bool) -> String {
    if strict {
        let bare = !text.contains(' ') || text.starts_with(['"', '\'']);
        return if bare { text.to_owned() } else { format!("\"{text}\"") };
    }
    let already = text.starts_with(['"', '\'', '(']) || text.is_empty();
    let operand =
        !text.contains(' ') && parse_operand(text).is_ok_and(|(_, len)| len == text.len());
    if already || operand { text.to_owned() } else { quoted(text) }
}

fn written(value: &Value, listed: bool, strict: bool) -> String {
    match value {
        Value::One(text) if listed && text.starts_with('(') => text.clone(),
        // Falco puts no quotes here.
        Value::One(text) if listed && strict => format!("({text})"),
        Value::One(text) if listed => format!("({})", word(text, strict)),
        Value::One(text) => word(text, strict),
        Value::Many(values) => {
            let words: Vec<String> =
                values.iter().map(|value| written(value, false, strict)).collect();
            format!("({})", words.join(", "))
        }
    }
}

/// The condition with ` and not ...` for each exception that has values.
///
/// # Errors
/// Why the values of an exception do not fit its fields, and the exception.
pub(crate) fn add_to<'e>(
    condition: &str,
    exceptions: &'e [Exception],
    strict: bool,
) -> Result<String, (ExceptionError, &'e Exception)> {
    if exceptions.is_empty() {
        return Ok(condition.to_owned());
    }
    let mut text = String::new();
    for exception in exceptions.iter().filter(|exception| !exception.values.is_empty()) {
        text.push_str(" and not ");
        if exception.single {
            if exception.values.iter().any(|value| matches!(value, Value::Many(_))) {
                return Err((ExceptionError::ValuesNotTexts, exception));
            }
            let words: Vec<String> =
                exception.values.iter().map(|value| written(value, false, strict)).collect();
            let (field, comp) = (exception.fields.first(), exception.comps.first());
            let (field, comp) = (field.map_or("", String::as_str), comp.map_or("", String::as_str));
            let _ = write!(text, "({field} {comp} ({}))", words.join(", "));
            continue;
        }
        let mut tuples = Vec::new();
        for value in &exception.values {
            let values = match value {
                Value::Many(values) if values.len() == exception.fields.len() => values,
                _ => return Err((ExceptionError::Lengths { part: "values" }, exception)),
            };
            let parts: Vec<String> = exception
                .fields
                .iter()
                .zip(&exception.comps)
                .zip(values)
                .map(|((field, comp), value)| {
                    let listed = takes_list(comp);
                    format!("{field} {comp} {}", written(value, listed, strict))
                })
                .collect();
            tuples.push(format!("({})", parts.join(" and ")));
        }
        let _ = write!(text, "({})", tuples.join(" or "));
    }
    Ok(format!("({condition}){text}"))
}
