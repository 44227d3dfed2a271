//! Exceptions of rules: read, merged, and written as the condition they stand for.

use std::fmt::Write as _;

use peregrine_filter::ast::quoted;
use peregrine_filter::{check_operand, parse_operand};

use crate::diagnostic::{Code, Diagnostic, Link, Place};
use crate::item::Item;
use crate::yaml::{Body, Node};

type Told<T> = Result<T, Box<Diagnostic>>;

/// An exception: the rule does not fire where the fields have the values.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) name: String,
    pub(crate) fields: Vec<String>,
    pub(crate) comps: Vec<String>,
    /// Whether `fields` is one field, not a list.
    single: bool,
    values: Vec<Value>,
    place: Place,
}

impl Exception {
    fn error(
        &self,
        item: &Item<'_, '_>,
        code: Code,
        message: impl Into<String>,
    ) -> Box<Diagnostic> {
        let items = vec![(item.kind, item.name.clone()), ("exception", self.name.clone())];
        let told = Diagnostic::new(code, item.source, self.place, items, message);
        let own = Link { kind: "exception", name: self.name.clone(), place: self.place };
        Box::new(told.within(item.source, vec![item.link(), own]))
    }
}

#[derive(Debug, Clone)]
enum Value {
    One(String),
    Many(Vec<Self>),
}

/// The exceptions of a rule's definition.
pub(crate) fn read(item: &Item<'_, '_>) -> Told<Vec<Exception>> {
    let exceptions = read_partial(item)?;
    for exception in &exceptions {
        if exception.fields.is_empty() {
            return Err(exception.error(
                item,
                Code::ErrYamlValidate,
                "Item has no mapping for key 'fields'",
            ));
        }
    }
    Ok(exceptions)
}

/// The exceptions of an override: those that are there already may name only values.
pub(crate) fn read_partial(item: &Item<'_, '_>) -> Told<Vec<Exception>> {
    let Some(node) = item.node.get("exceptions") else { return Ok(Vec::new()) };
    let list = match &node.body {
        Body::Null => return Ok(Vec::new()),
        Body::List(list) => list,
        _ => return Err(item.error(node.place, Code::ErrYamlValidate, "Value is not a sequence")),
    };
    list.iter().map(|node| one(item, node)).collect()
}

fn one(item: &Item<'_, '_>, node: &Node) -> Told<Exception> {
    let wrong = |node: &Node, message: &str| item.error(node.place, Code::ErrYamlValidate, message);
    let name = node
        .get("name")
        .and_then(Node::scalar)
        .ok_or_else(|| wrong(node, "Item has no mapping for key 'name'"))?
        .to_owned();
    let words = |key: &str| -> Told<(Vec<String>, bool)> {
        match node.get(key) {
            None => Ok((Vec::new(), false)),
            Some(value) => match (&value.body, value.scalar()) {
                (_, Some(text)) => Ok((vec![text.trim().to_owned()], true)),
                (Body::List(list), _) => {
                    let texts = list.iter().map(|node| {
                        node.scalar()
                            .map(|text| text.trim().to_owned())
                            .ok_or_else(|| wrong(node, "sequence value is not scalar"))
                    });
                    Ok((texts.collect::<Told<_>>()?, false))
                }
                _ => Err(wrong(value, "Value is not a sequence")),
            },
        }
    };
    let (fields, single) = words("fields")?;
    let (mut comps, single_comp) = words("comps")?;
    let mut exception = Exception {
        name,
        fields,
        comps: Vec::new(),
        single,
        values: Vec::new(),
        place: node.place,
    };
    let fields = &exception.fields;
    if single && !comps.is_empty() && !single_comp {
        return Err(wrong(node, "Fields and comps must both be strings"));
    }
    if comps.is_empty() {
        comps = if single { vec!["in".to_owned()] } else { vec!["=".to_owned(); fields.len()] };
    }
    if !fields.is_empty() && comps.len() != fields.len() {
        let message = "Fields and comps lists must have equal length";
        return Err(exception.error(item, Code::ErrValidate, message));
    }
    if single {
        let comp = comps.first().map_or("", String::as_str);
        if !takes_list(comp) || !is_supported(comp) {
            let message = "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)";
            return Err(exception.error(item, Code::ErrValidate, message));
        }
    }
    if let Some(comp) = comps.iter().find(|comp| !is_supported(comp)) {
        let message = format!("'{comp}' is not a supported comparison operator");
        return Err(exception.error(item, Code::ErrValidate, message));
    }
    // A rule of another source is left out later; its fields are not ours to know.
    let ours = item.source()?.is_none_or(|source| source == "syscall");
    for field in fields.iter().filter(|_| ours) {
        let known = parse_operand(field).is_ok_and(|(operand, len)| {
            len == field.len() && check_operand(&operand, &item.catalogue).is_ok()
        });
        if !known {
            let message = format!("'{field}' is not a supported filter field");
            return Err(exception.error(item, Code::ErrValidate, message));
        }
    }
    let values = match node.get("values") {
        None => Vec::new(),
        Some(node) => match &node.body {
            Body::Null => Vec::new(),
            Body::List(list) => list.iter().map(value).collect(),
            _ => return Err(wrong(node, "Value is not a sequence")),
        },
    };
    if !single && !fields.is_empty() {
        let fits =
            |value: &Value| matches!(value, Value::Many(parts) if parts.len() == fields.len());
        if !values.iter().all(fits) {
            let message = "Fields and values lists must have equal length";
            return Err(exception.error(item, Code::ErrValidate, message));
        }
    }
    exception.comps = comps;
    exception.values = values;
    Ok(exception)
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

/// Puts exceptions of an override to those of the rule.
pub(crate) fn merge(
    item: &Item<'_, '_>,
    old: &mut Vec<Exception>,
    new: Vec<Exception>,
    append: bool,
) -> Told<()> {
    if !append {
        if let Some(bare) = new.iter().find(|exception| exception.fields.is_empty()) {
            return Err(bare.error(
                item,
                Code::ErrYamlValidate,
                "Item has no mapping for key 'fields'",
            ));
        }
        *old = new;
        return Ok(());
    }
    for exception in new {
        match old.iter_mut().find(|known| known.name == exception.name) {
            Some(known) => {
                if !exception.fields.is_empty() {
                    let message =
                        "Can not append exception fields to existing exception, only values";
                    return Err(exception.error(item, Code::ErrValidate, message));
                }
                known.values.extend(exception.values);
            }
            None if exception.fields.is_empty() || exception.values.is_empty() => {
                let message = "Rule exception must have fields property with a list of fields";
                return Err(exception.error(item, Code::ErrValidate, message));
            }
            None => old.push(exception),
        }
    }
    Ok(())
}

/// What the language would not read as one word is put in quotes; a value may name a list, or be a
/// transformer of a field.
fn word(text: &str) -> String {
    let already = text.starts_with(['"', '\'', '(']) || text.is_empty();
    let operand =
        !text.contains(' ') && parse_operand(text).is_ok_and(|(_, len)| len == text.len());
    if already || operand { text.to_owned() } else { quoted(text) }
}

fn written(value: &Value, listed: bool) -> String {
    match value {
        Value::One(text) if listed && !text.starts_with('(') => format!("({})", word(text)),
        Value::One(text) => word(text),
        Value::Many(values) => {
            let words: Vec<String> = values.iter().map(|value| written(value, false)).collect();
            format!("({})", words.join(", "))
        }
    }
}

/// The condition with ` and not ...` for each exception that has values.
///
/// # Errors
/// A message when values do not fit fields.
pub(crate) fn add_to(condition: &str, exceptions: &[Exception]) -> Result<String, String> {
    let mut text = String::new();
    for exception in exceptions.iter().filter(|exception| !exception.values.is_empty()) {
        text.push_str(" and not ");
        if exception.single {
            let words: Vec<String> =
                exception.values.iter().map(|value| written(value, false)).collect();
            let (field, comp) = (exception.fields.first(), exception.comps.first());
            let (field, comp) = (field.map_or("", String::as_str), comp.map_or("", String::as_str));
            let _ = write!(text, "({field} {comp} ({}))", words.join(", "));
            continue;
        }
        let mut tuples = Vec::new();
        for value in &exception.values {
            let Value::Many(values) = value else {
                return Err(format!("Exception {}: values item must be a list", exception.name));
            };
            if values.len() != exception.fields.len() {
                return Err(format!(
                    "Exception {}: Fields and values lists must have equal length",
                    exception.name
                ));
            }
            let parts: Vec<String> = exception
                .fields
                .iter()
                .zip(&exception.comps)
                .zip(values)
                .map(|((field, comp), value)| {
                    let listed = takes_list(comp);
                    format!("{field} {comp} {}", written(value, listed))
                })
                .collect();
            tuples.push(format!("({})", parts.join(" and ")));
        }
        let _ = write!(text, "({})", tuples.join(" or "));
    }
    if text.is_empty() { Ok(condition.to_owned()) } else { Ok(format!("({condition}){text}")) }
}
