//! What is said of fields, events, keys and operators.

use std::fmt::Write as _;

use peregrine_event::{EventFlags, EventInfo, EventType, syscalls};
use peregrine_fields::{ArgRule, Catalogue, FieldInfo};
use peregrine_filter::ast::{Op, Transformer, quoted};
use peregrine_filter::{Scheme as _, Type, TypeGroup, operators};

use crate::condition::Left;

/// The type of a left side, and whether it is a list.
pub(crate) fn type_of(catalogue: &Catalogue, left: &Left) -> Option<(Type, bool)> {
    let (name, arg) = match left.field.split_once('[') {
        Some((name, arg)) => (name, Some(arg.trim_end_matches(']').trim_matches(['"', '\'']))),
        None => (left.field.as_str(), None),
    };
    let field = catalogue.field(name, arg).ok();
    let of_field = || {
        let field = field.as_ref()?;
        Some((catalogue.field_type(field), catalogue.def(field).is_list))
    };
    match left.transformer {
        None => of_field(),
        Some(Transformer::Len) => Some((Type::Uint64, false)),
        Some(Transformer::Join | Transformer::Concat) => Some((Type::Str, false)),
        Some(Transformer::Getopt) => Some((Type::Str, true)),
        Some(_) => Some(of_field().unwrap_or((Type::Str, false))),
    }
}

/// What an operator asks.
pub(crate) fn of_operator(op: Op) -> &'static str {
    match op {
        Op::Exists => "the field has a value",
        Op::Eq => "equal",
        Op::Ne => "not equal",
        Op::Lt => "less",
        Op::Le => "less or equal",
        Op::Gt => "greater",
        Op::Ge => "greater or equal",
        Op::Contains => "the text is in the value",
        Op::Icontains => "the text is in the value, in any case",
        Op::Bcontains => "the bytes, written in hex, are in the value",
        Op::Startswith => "the value begins with the text",
        Op::Bstartswith => "the value begins with the bytes, written in hex",
        Op::Endswith => "the value ends with the text",
        Op::Glob => "the whole value fits a pattern with `*`, `?` and `[...]`",
        Op::Iglob => "the whole value fits a pattern, in any case",
        Op::Regex => "the whole value matches a regular expression",
        Op::In => "the value, or each of its values, is one of a list",
        Op::Intersects => "one of the values is one of a list",
        Op::Pmatch => "the path is one of a list or lies below one of it",
    }
}

/// What a transformer makes of its argument.
pub(crate) fn of_transformer(transformer: Transformer) -> &'static str {
    match transformer {
        Transformer::Tolower => "the text in small letters",
        Transformer::Toupper => "the text in capital letters",
        Transformer::B64 => "what the text is in base64, decoded",
        Transformer::Basename => "the last part of a path",
        Transformer::Len => "the length of a text, or how many values a list has",
        Transformer::Join => "the values of a list as one text: `join(\",\", field)`",
        Transformer::Concat => "texts as one: `concat(field, \"x\")`",
        Transformer::Getopt => "options among arguments: `getopt(proc.args, \"ab:\")[b]`",
        Transformer::Val => "on the right side: the value of another field",
    }
}

/// The type of a field in a few letters.
pub(crate) fn short(info: &FieldInfo) -> String {
    let list = if info.is_list { "list of " } else { "" };
    format!("{list}{}", info.ty.name())
}

/// How a field is written with what stands in brackets.
pub(crate) fn written(info: &FieldInfo) -> String {
    let arg = match info.arg {
        ArgRule::None => "",
        ArgRule::Optional => "[...]",
        ArgRule::Required => "[..]",
    };
    format!("{}{arg}", info.name)
}

/// A field as it is used: compared with a value of its type, or printed.
fn example(info: &FieldInfo, ty: Type) -> String {
    let arg = if info.argument.is_empty() { String::new() } else { format!("[{}]", info.argument) };
    let op = match (ty.group(), info.is_list) {
        (_, true) => "intersects",
        (TypeGroup::Opaque, _) => return format!("{}{arg} exists", info.name),
        _ => "=",
    };
    if info.print_only {
        return format!("%{}{arg}", info.name);
    }
    let value = quoted(info.example);
    let value = if info.is_list { format!("({value})") } else { value };
    format!("{}{arg} {op} {value}", info.name)
}

/// All that is known of a field; `name` as it was written, with what stands in brackets.
pub(crate) fn of_field(catalogue: &Catalogue, name: &str) -> Option<String> {
    let bare = name.split('[').next().unwrap_or_default();
    let all = peregrine_fields::all().iter();
    let fits = |info: &&FieldInfo| {
        let rest = bare.strip_prefix(info.name);
        rest.is_some_and(|rest| rest.is_empty() || (info.dotted && rest.starts_with('.')))
    };
    let info = all.filter(fits).max_by_key(|info| info.name.len())?;
    let left = Left { field: name.to_owned(), transformer: None };
    // Where the argument is missing yet, as of one that people write.
    let usual = || Left { field: format!("{}[{}]", info.name, info.argument), transformer: None };
    let known = type_of(catalogue, &left).or_else(|| type_of(catalogue, &usual()));
    let mut text = format!("**{}** field: {}\n\n{}", written(info), short(info), info.about);
    let notes: Vec<&str> = [
        (info.arg == ArgRule::Required, "an argument must stand in brackets"),
        (info.arg == ArgRule::Optional, "an argument may stand in brackets"),
        (info.filter_only, "only in conditions"),
        (info.print_only, "only in outputs"),
        (info.deprecated, "deprecated"),
        (!info.answered() && !info.deprecated, "has no value yet"),
        (!info.answered() && info.deprecated, "never has a value"),
    ]
    .into_iter()
    .filter_map(|(is, note)| is.then_some(note))
    .collect();
    if !notes.is_empty() {
        let _ = write!(text, "\n\n{}", notes.join(", "));
    }
    if let Some((ty, is_list)) = known {
        let ops: Vec<String> = operators(ty, is_list).map(|op| format!("`{op}`")).collect();
        if !info.print_only {
            let _ = write!(text, "\n\noperators: {}", ops.join(" "));
        }
        let _ = write!(text, "\n\n```\n{}\n```", example(info, ty));
    }
    let _ = write!(text, "\n\nsince {}", info.since);
    Some(text)
}

/// The names `evt.type` may have, each once, in order.
pub(crate) fn event_names() -> Vec<&'static str> {
    let live = EventType::all().filter_map(EventType::info).filter(|info| {
        info.live && !info.flags.has(EventFlags::UNUSED) && !info.flags.has(EventFlags::OLD_VERSION)
    });
    let calls = syscalls::all().iter().filter(|call| call.generic).map(|call| call.name);
    let mut names: Vec<&'static str> = live.map(|info| info.name).chain(calls).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What is known of the events of a name.
pub(crate) fn of_event(name: &str) -> Option<String> {
    let infos: Vec<&EventInfo> = EventType::all()
        .filter_map(EventType::info)
        .filter(|info| info.name == name && !info.flags.has(EventFlags::UNUSED))
        .collect();
    let newest = infos
        .iter()
        .filter(|info| !info.flags.has(EventFlags::OLD_VERSION))
        .max_by_key(|info| (info.event_type().is_exit(), info.params.len()))
        .or_else(|| infos.first());
    let Some(info) = newest else {
        syscalls::by_name(name)?;
        return Some(format!(
            "**{name}** event: a system call without parameters of its own; `evt.arg` has none"
        ));
    };
    let params: Vec<String> =
        info.params.iter().map(|param| format!("- `{}` {}", param.name, param.ty.name())).collect();
    let from = if info.live { "" } else { ", only of old captures" };
    let mut text = format!("**{name}** event{from}");
    if let Some(words) = info.words() {
        let _ = write!(text, "\n\n{}\n\n```\n{}\n```", words.about, words.example);
    }
    if !params.is_empty() {
        let _ = write!(
            text,
            "\n\nparameters, as in `evt.arg.{}`:\n\n{}",
            info.params.first().map_or("", |param| param.name),
            params.join("\n")
        );
    }
    if let Some(words) = info.words() {
        let _ = write!(text, "\n\nsince {}", words.since);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use peregrine_filter::{check, parse};

    use super::*;

    #[test]
    fn every_example_of_a_field_is_a_condition() {
        let catalogue = Catalogue::default();
        let mut checked = 0;
        for info in peregrine_fields::all().iter().filter(|info| info.listed && !info.print_only) {
            let about = of_field(&catalogue, info.name).unwrap();
            let example = about.split("```\n").nth(1).unwrap_or_default().trim_end();
            let tree = parse(example, 100).unwrap_or_else(|error| panic!("{example}: {error}"));
            let wrong = check(&tree, &catalogue).err();
            assert!(wrong.is_none(), "{example}: {wrong:?}");
            checked += 1;
        }
        assert!(checked > 200, "{checked}");
    }

    #[test]
    fn every_event_that_is_offered_is_known() {
        let names = event_names();
        assert!(names.len() > 300, "{}", names.len());
        for name in names {
            assert!(of_event(name).is_some(), "{name}");
            let tree = parse(&format!("evt.type = {name}"), 100).unwrap();
            assert!(check(&tree, &Catalogue::default()).is_ok(), "{name}");
        }
    }
}
