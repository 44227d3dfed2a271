//! Exceptions of rules: read and merged.

use peregrine_event::names;
use peregrine_filter::{check_operand, parse_operand};
use peregrine_yaml::{Body, Node};

use crate::diagnostic::{Diagnostic, Edit, Link};
use crate::exception::{Exception, Value, Word, modified, takes_list};
use crate::item::{Faults, Item, ItemResult, link};
use crate::keys::{self, EXCEPTION_KEYS};
use crate::kind::{DiagnosticKind, ExceptionError, Lint, ShapeError};
use crate::suggest;

/// The exceptions of a rule's definition.
pub(crate) fn read(item: &Item<'_, '_>, faults: &mut Faults<'_>) -> ItemResult<Vec<Exception>> {
    let mut good = Vec::new();
    for mut exception in one_by_one(item, true, faults)? {
        if exception.fields.is_empty() {
            faults.note::<()>(Err(exception.error(item, ExceptionError::NoFields)))?;
        } else if complete(item, &mut exception, faults)? {
            good.push(exception);
        }
    }
    Ok(good)
}

/// The exceptions of an item as they are written, but for those with a mistake.
fn one_by_one(
    item: &Item<'_, '_>,
    defines: bool,
    faults: &mut Faults<'_>,
) -> ItemResult<Vec<Exception>> {
    let mut exceptions = Vec::new();
    for node in faults.note(nodes(item))?.unwrap_or_default() {
        exceptions.extend(faults.note(one(item, node, defines))?);
        unknown_keys(item, node, faults);
    }
    Ok(exceptions)
}

/// Warns of keys of an exception that nobody knows.
fn unknown_keys(item: &Item<'_, '_>, node: &Node, faults: &mut Faults<'_>) {
    for (key, _) in node.map().unwrap_or_default() {
        let name = key.scalar().unwrap_or_default();
        if !EXCEPTION_KEYS.contains(&name) && !faults.strict {
            let mut unknown = item.error_of(key, Lint::ExceptionKey { key: name.to_owned() });
            keys::suggest(
                &mut unknown,
                item.source,
                key,
                names::nearest(name, EXCEPTION_KEYS.into_iter()),
            );
            faults.push(unknown);
        }
    }
}

fn nodes<'n>(item: &Item<'n, '_>) -> ItemResult<&'n [Node]> {
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
) -> ItemResult<(Vec<Word>, bool)> {
    let wrong = |links: &[Link], kind: ShapeError| {
        item.error_in(&[std::slice::from_ref(exception), links].concat(), kind)
    };
    let Some(value) = node.get(key) else { return Ok((Vec::new(), false)) };
    let whole = link("value for", key, value.place);
    match &value.body {
        Body::Scalar(text) if text.is_empty() => Err(wrong(&[whole], ShapeError::EmptyValue)),
        Body::Scalar(text) => Ok((vec![Word::of(value, item.file, text.trim())], true)),
        Body::List(list) => {
            let texts = list.iter().map(|node| match node.scalar() {
                Some("") => {
                    let part = link("exception", "", node.place);
                    let links = [whole.clone(), part, link("value for", "", node.place)];
                    Err(wrong(&links, ShapeError::EmptyValue))
                }
                Some(text) => Ok(Word::of(node, item.file, text.trim())),
                None => Err(wrong(
                    &[whole.clone(), link("exception", "", node.place)],
                    ShapeError::ListItemNotScalar,
                )),
            });
            Ok((texts.collect::<ItemResult<_>>()?, false))
        }
        Body::Null | Body::Map(_) => Ok((Vec::new(), false)),
    }
}

/// One exception as it is written: not yet whether it fits together.
fn one(item: &Item<'_, '_>, node: &Node, defines: bool) -> ItemResult<Exception> {
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
                list.iter().map(|node| value(node, item.file)).collect()
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
fn filled(item: &Item<'_, '_>, outer: &[Link], value: &Node) -> ItemResult<()> {
    let kind = if outer.len() == 2 { "exception value" } else { "exception" };
    let links =
        [outer, &[link(kind, "", value.place), link("value for", "", value.place)]].concat();
    match &value.body {
        Body::Scalar(text) if text.is_empty() => Err(item.error_in(&links, ShapeError::EmptyValue)),
        Body::List(list) => list.iter().try_for_each(|value| filled(item, &links, value)),
        _ => Ok(()),
    }
}

/// Fills in what may be left out, and says whether fields and comparisons fit; why they do not is
/// noted.
fn complete(
    item: &Item<'_, '_>,
    exception: &mut Exception,
    faults: &mut Faults<'_>,
) -> ItemResult<bool> {
    if exception.comps.is_empty() {
        exception.comps = if exception.single {
            vec![Word::implied("in")]
        } else {
            vec![Word::implied("="); exception.fields.len()]
        };
    }
    let (fields, comps) = (&exception.fields, &exception.comps);
    let before = faults.diagnostics.len();
    if comps.len() != fields.len() {
        faults.note::<()>(Err(exception.error(item, ExceptionError::Lengths { part: "comps" })))?;
    }
    if exception.single {
        let comp = comps.first().map_or("", |comp| comp.text.as_str());
        if !takes_list(comp) || !is_supported(comp) {
            faults.note::<()>(Err(exception.error(item, ExceptionError::SingleField)))?;
            return Ok(false);
        }
    }
    for comp in comps.iter().filter(|comp| !is_supported(&comp.text)) {
        let kind = ExceptionError::Comparison { comp: comp.text.clone() };
        faults.note::<()>(Err(exception.error_at(item, comp, kind)))?;
    }
    // A rule of another source is left out later; its fields are not ours to know.
    let ours = item.source()?.is_none_or(|source| source == "syscall");
    for field in fields.iter().filter(|_| ours) {
        let known = parse_operand(&field.text).is_ok_and(|(operand, len)| {
            len == field.text.len() && check_operand(&operand, &item.catalogue).is_ok()
        });
        if !known {
            let kind = ExceptionError::Field { field: field.text.clone() };
            let mut error = exception.error_at(item, field, kind);
            if let (Some(instead), Some(scalar)) =
                (suggest::field(&field.text, &item.catalogue), &field.scalar)
            {
                let title = format!("replace `{}` with `{instead}`", field.text);
                let edit = Edit::new(scalar.span.clone(), instead);
                error.repair_with(item.source, title, vec![edit]);
            }
            faults.note::<()>(Err(error))?;
        }
    }
    Ok(faults.diagnostics.len() == before)
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

fn value(node: &Node, file: usize) -> Value {
    match &node.body {
        Body::List(list) => Value::Many(list.iter().map(|node| value(node, file)).collect()),
        Body::Scalar(text) => Value::One(Word::of(node, file, text)),
        Body::Null | Body::Map(_) => Value::One(Word::default()),
    }
}

/// Puts the exceptions of an override to those of the rule.
pub(crate) fn change(
    item: &Item<'_, '_>,
    old: &mut Vec<Exception>,
    append: bool,
    faults: &mut Faults<'_>,
) -> ItemResult<()> {
    if !append {
        *old = read(item, faults)?;
        return Ok(());
    }
    // All is read before anything is changed.
    for exception in one_by_one(item, false, faults)? {
        let appended = append_one(item, old, exception, faults);
        faults.note(appended)?;
    }
    Ok(())
}

fn append_one(
    item: &Item<'_, '_>,
    old: &mut Vec<Exception>,
    mut exception: Exception,
    faults: &mut Faults<'_>,
) -> ItemResult<()> {
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
            if complete(item, &mut exception, faults)? {
                old.push(exception);
            }
        }
    }
    Ok(())
}
