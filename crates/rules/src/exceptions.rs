//! Exceptions of rules: read, merged, and written as the condition they stand for.

use std::fmt::Write as _;

use peregrine_filter::ast::quoted;
use peregrine_filter::{check_operand, parse_operand};
use peregrine_yaml::{Body, Node, Place};

use crate::diagnostic::{Code, Diagnostic, Link};
use crate::item::{Item, Told, link};

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

    fn error(&self, item: &Item<'_, '_>, message: impl Into<String>) -> Box<Diagnostic> {
        item.error_in(&[self.link()], Code::ErrValidate, message)
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
            let message = "Rule exception item must have fields property with a list of fields";
            return Err(exception.error(item, message));
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
                let message = "Rule exceptions must be a sequence";
                Err(item.error_in(&links, Code::ErrYamlValidate, message))
            }
        },
    }
}

/// Exceptions of one name, and exceptions that change nothing.
pub(crate) fn doubtful(item: &Item<'_, '_>, overrides: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&str> = Vec::new();
    for node in nodes(item).unwrap_or_default() {
        let name = node.get("name").and_then(Node::scalar).unwrap_or_default();
        let mut warn = |code, message: String| {
            let links = [link("exception", name, node.place)];
            diagnostics.push(*item.error_in(&links, code, message));
        };
        if seen.contains(&name) {
            let message = format!("Multiple definitions of exception '{name}' in the same rule");
            warn(Code::WarnExceptionNameNotUnique, message);
        }
        if overrides && node.get("values").is_none() {
            let message = "Overriding/appending exception with no values".to_owned();
            warn(Code::WarnAppendNoValues, message);
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
    let wrong = |links: &[Link], message: &str| {
        let links = [std::slice::from_ref(exception), links].concat();
        item.error_in(&links, Code::ErrYamlValidate, message)
    };
    let Some(value) = node.get(key) else { return Ok((Vec::new(), false)) };
    let whole = link("value for", key, value.place);
    match &value.body {
        Body::Scalar(text) if text.is_empty() => Err(wrong(&[whole], "Value must be non-empty")),
        Body::Scalar(text) => Ok((vec![text.trim().to_owned()], true)),
        Body::List(list) => {
            let texts = list.iter().map(|node| match node.scalar() {
                Some("") => {
                    let part = link("exception", "", node.place);
                    let links = [whole.clone(), part, link("value for", "", node.place)];
                    Err(wrong(&links, "Value must be non-empty"))
                }
                Some(text) => Ok(text.trim().to_owned()),
                None => Err(wrong(
                    &[whole.clone(), link("exception", "", node.place)],
                    "sequence value is not scalar",
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
    let wrong =
        |links: &[Link], message: &str| item.error_in(links, Code::ErrYamlValidate, message);
    if node.map().is_none() {
        return Err(wrong(&outer, "Rule exception must be a mapping"));
    }
    let value_of_name =
        |at: &Node| [outer.as_slice(), &[link("value for", "name", at.place)]].concat();
    let name = match node.get("name") {
        None => return Err(wrong(&outer, "Item has no mapping for key 'name'")),
        Some(name) => match &name.body {
            Body::Null => return Err(wrong(&outer, "Mapping for key 'name' is empty")),
            Body::Scalar(text) if text.is_empty() => {
                return Err(wrong(&value_of_name(name), "Value must be non-empty"));
            }
            Body::Scalar(text) => text.clone(),
            _ => return Err(wrong(&value_of_name(name), "Value is not a scalar value")),
        },
    };
    let own = link("exception", &*name, node.place);
    if defines && node.get("fields").is_none() {
        return Err(wrong(&[own], "Item has no mapping for key 'fields'"));
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
                return Err(wrong(&links, "Rule exception values must be a sequence"));
            }
        },
    };
    // A comparison for a list of fields stands in a list.
    let comps = if single_comp && !single && !fields.is_empty() { Vec::new() } else { comps };
    let exception =
        Exception { name, fields, comps, single, values, file: item.file, place: node.place };
    if node.get("comps").is_some() && exception.comps.is_empty() && !exception.fields.is_empty() {
        return Err(exception.error(item, "Fields and comps lists must have equal length"));
    }
    if single && !exception.comps.is_empty() && !single_comp {
        return Err(exception.error(item, "Fields and comps must both be strings"));
    }
    Ok(exception)
}

/// Falco takes no empty value.
fn filled(item: &Item<'_, '_>, outer: &[Link], value: &Node) -> Told<()> {
    let kind = if outer.len() == 2 { "exception value" } else { "exception" };
    let links =
        [outer, &[link(kind, "", value.place), link("value for", "", value.place)]].concat();
    match &value.body {
        Body::Scalar(text) if text.is_empty() => {
            Err(item.error_in(&links, Code::ErrYamlValidate, "Value must be non-empty"))
        }
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
        return Err(exception.error(item, "Fields and comps lists must have equal length"));
    }
    if exception.single {
        let comp = comps.first().map_or("", String::as_str);
        if !takes_list(comp) || !is_supported(comp) {
            let message = "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)";
            return Err(exception.error(item, message));
        }
    }
    if let Some(comp) = comps.iter().find(|comp| !is_supported(comp)) {
        let message = format!("'{comp}' is not a supported comparison operator");
        return Err(exception.error(item, message));
    }
    // A rule of another source is left out later; its fields are not ours to know.
    let ours = item.source()?.is_none_or(|source| source == "syscall");
    for field in fields.iter().filter(|_| ours) {
        let known = parse_operand(field).is_ok_and(|(operand, len)| {
            len == field.len() && check_operand(&operand, &item.catalogue).is_ok()
        });
        if !known {
            let message = format!("'{field}' is not a supported filter field");
            return Err(exception.error(item, message));
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
                for (given, what) in [(&exception.fields, "fields"), (&exception.comps, "comps")] {
                    if !given.is_empty() {
                        return Err(exception.error(
                            item,
                            format!(
                                "Can not append exception {what} to existing exception, only values"
                            ),
                        ));
                    }
                }
                known.values.extend(exception.values);
            }
            None if exception.fields.is_empty() => {
                let message = "Rule exception must have fields property with a list of fields";
                return Err(exception.error(item, message));
            }
            None if exception.values.is_empty() => {
                let message = "Rule exception must have values property with a list of values";
                return Err(exception.error(item, message));
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
/// A message and the exception whose values do not fit its fields.
pub(crate) fn add_to<'e>(
    condition: &str,
    exceptions: &'e [Exception],
    strict: bool,
) -> Result<String, (String, &'e Exception)> {
    if exceptions.is_empty() {
        return Ok(condition.to_owned());
    }
    let mut text = String::new();
    for exception in exceptions.iter().filter(|exception| !exception.values.is_empty()) {
        text.push_str(" and not ");
        if exception.single {
            if exception.values.iter().any(|value| matches!(value, Value::Many(_))) {
                let message = "Expected values array to contain a list of strings";
                return Err((message.to_owned(), exception));
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
                _ => {
                    let message = "Fields and values lists must have equal length";
                    return Err((message.to_owned(), exception));
                }
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
