//! What rules are made of, as `falco -L` has it in JSON: names in the order of Falco's sets.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use peregrine_event::{EventType, syscalls};
use peregrine_fields::Catalogue;
use peregrine_filter::ast::{Expr, Operand, Right, quoted};
use peregrine_filter::{check, parse};
use serde_json::{Map, Value as Json, json};

use super::hash_order::in_hash_order;
use crate::collect::{Items, ListItem, MacroItem};
use crate::exception::add_to;
use crate::lists::Lists;
use crate::macros::Macros;
use crate::traced::{Files, Traced};
use crate::{Options, Rule, RuleSet, SourceText, take};

/// How deep conditions may be.
const DEPTH: usize = peregrine_filter::DEFAULT_DEPTH;
/// So much stack is left at least, and so much is added where it is not.
const STACK: usize = 64 << 10;
const MORE_STACK: usize = 1 << 20;
/// An event that belongs to every rule.
const ALWAYS: &str = "asyncevent";

/// Describes all rules, macros and lists, or the rule of a name alone. `rules` are those of the files.
pub fn describe(
    sources: &[SourceText<'_>],
    options: &Options,
    rules: &RuleSet,
    only: Option<&str>,
) -> Json {
    let mut items = Items::new(options);
    for (file, source) in sources.iter().enumerate() {
        take(source, file, &mut items, &mut Vec::new());
    }
    let files = Files::new(sources);
    let macros = Macros::new(&items, Lists::new(&items).0, &files, &mut |_, _| false);
    let meant = |rule: &&Rule| only.is_none_or(|name| rule.name == name);
    let described: Vec<Json> = rules
        .rules
        .iter()
        .filter(meant)
        .map(|rule| describe_rule(rule, &items, macros.as_ref(), options))
        .collect();
    let mut all = Map::new();
    all.insert("rules".to_owned(), described.into());
    if only.is_some() {
        return Json::Object(all);
    }
    // What some condition has is known once all are read.
    if let Some(macros) = &macros {
        for rule in &items.rules {
            let _ = macros.tree(&rule.condition, &mut Vec::new());
        }
    }
    let used = macros.as_ref().map(Macros::used).unwrap_or_default();
    let mut in_order: Vec<&MacroItem> = items.macros.values().collect();
    in_order.sort_by_key(|one| one.first);
    let reported = in_order
        .into_iter()
        .map(|one| describe_macro(one, &items, macros.as_ref(), used.contains(&one.name)));
    all.insert("macros".to_owned(), reported.collect());
    let used = macros.as_ref().map(|macros| macros.lists.used()).unwrap_or_default();
    let mut in_order: Vec<&ListItem> = items.lists.values().collect();
    in_order.sort_by_key(|list| list.first);
    let reported = in_order.into_iter().map(|list| describe_list(list, &items, &used));
    all.insert("lists".to_owned(), reported.collect());
    let (major, minor, patch) = items.engine_version;
    all.insert("required_engine_version".to_owned(), format!("{major}.{minor}.{patch}").into());
    all.insert("required_plugin_versions".to_owned(), items.plugins.clone().into());
    Json::Object(all)
}

/// What conditions are made of, in the order in which it stands there.
#[derive(Default)]
struct Parts {
    fields: Vec<String>,
    operators: Vec<String>,
    macros: Vec<String>,
    lists: Vec<String>,
}

impl Parts {
    fn of(tree: &Expr, items: &Items) -> Self {
        let mut parts = Self::default();
        parts.add(tree, items);
        parts
    }

    fn add(&mut self, tree: &Expr, items: &Items) {
        // Macros in macros can be deep.
        stacker::maybe_grow(STACK, MORE_STACK, || self.add_here(tree, items));
    }

    fn add_here(&mut self, tree: &Expr, items: &Items) {
        match tree {
            Expr::And(all, _) | Expr::Or(all, _) => {
                for one in all {
                    self.add(one, items);
                }
            }
            Expr::Not(one, _) => self.add(one, items),
            Expr::Macro(name, _) => self.macros.push(name.clone()),
            Expr::Check(check) => {
                self.operand(&check.left);
                self.operators.push(check.op.name().to_owned());
                let mut list = |name: &str| {
                    if items.lists.contains_key(name) {
                        self.lists.push(name.to_owned());
                    }
                };
                match &check.right {
                    Right::List(words, _) => words.iter().for_each(|word| list(&word.text)),
                    Right::ListName(name, _) => list(name),
                    Right::Value(word) => list(&word.text),
                    Right::Operand(operand) => self.operand(operand),
                    Right::Nothing => {}
                }
            }
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Field { name, arg, .. } => {
                let arg = arg.as_ref().map(|arg| format!("[{arg}]")).unwrap_or_default();
                self.fields.push(format!("{name}{arg}"));
            }
            Operand::Call { args, .. } | Operand::List(args, _) => {
                for arg in args {
                    self.operand(arg);
                }
            }
            Operand::Text(_) | Operand::Number(_) => {}
        }
    }
}

/// A word as Falco prints it: in quotes where it has blanks, quotes or backslashes in it.
fn word(text: &str) -> String {
    let odd = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    if text.contains(odd) { quoted(text) } else { text.to_owned() }
}

/// A condition as Falco prints it.
fn plain(tree: &Expr) -> String {
    stacker::maybe_grow(STACK, MORE_STACK, || {
        let joined = |parts: &[Expr], word: &str| {
            format!("({})", parts.iter().map(plain).collect::<Vec<_>>().join(word))
        };
        match tree {
            Expr::And(parts, _) => joined(parts, " and "),
            Expr::Or(parts, _) => joined(parts, " or "),
            Expr::Not(inner, _) => format!("not {}", plain(inner)),
            Expr::Macro(name, _) => name.clone(),
            Expr::Check(check) => {
                let mut out = format!("{} {}", check.left, check.op.name());
                if let Some(modifier) = check.modifier {
                    let _ = write!(out, " {}", modifier.name());
                }
                let _ = match &check.right {
                    Right::Nothing => Ok(()),
                    Right::Value(value) => write!(out, " {}", word(&value.text)),
                    Right::List(words, _) => {
                        let words: Vec<String> =
                            words.iter().map(|value| word(&value.text)).collect();
                        write!(out, " ({})", words.join(", "))
                    }
                    Right::ListName(name, _) => write!(out, " {name}"),
                    Right::Operand(operand) => write!(out, " {operand}"),
                };
                out
            }
        }
    })
}

fn ordered(names: &[String]) -> Json {
    in_hash_order(names.iter().map(String::as_str)).into()
}

/// The names of events, by their codes; calls without an event of their own by their own names.
fn events(codes: impl Iterator<Item = u16>) -> Json {
    let codes: BTreeSet<u16> = codes.collect();
    let own = codes.iter().filter(|code| **code > 1).map(|code| EventType(*code).name());
    let generic = syscalls::all().iter().filter(|call| call.generic).map(|call| call.name);
    let has_generic = codes.contains(&0) || codes.contains(&1);
    let generic = generic.filter(|_| has_generic);
    let names: Vec<&str> = own.chain(generic).filter(|name| *name != ALWAYS).collect();
    let every: Vec<&str> =
        include_str!("../../../../schema/falco/event-order.txt").lines().collect();
    let has: BTreeSet<&str> = names.iter().copied().chain([ALWAYS]).collect();
    if has.len() == every.len() && every.iter().all(|name| has.contains(name)) {
        return every.into();
    }
    in_hash_order(names.into_iter().chain([ALWAYS])).into()
}

/// The plugins whose fields are there.
fn plugins<'n>(fields: impl Iterator<Item = &'n String>) -> Json {
    const OF_CONTAINERS: [&str; 3] = ["container.", "k8s.", "proc.is_container_"];
    let mut fields = fields.map(|field| field.trim_start_matches('%'));
    let any = fields.any(|field| OF_CONTAINERS.iter().any(|start| field.starts_with(start)));
    if any { json!(["container"]) } else { json!([]) }
}

fn describe_rule(
    rule: &Rule,
    items: &Items,
    macros: Option<&Macros<'_>>,
    options: &Options,
) -> Json {
    let item = items.rules.iter().find(|item| item.name == rule.name);
    let whole = item.and_then(|item| add_to(&item.condition, &item.exceptions, items.strict).ok());
    let tree = whole.and_then(|whole| tree_of(macros, &whole));
    let written = parse(&rule.condition_text, DEPTH).ok();
    let written = written.map(|tree| Parts::of(&tree, items)).unwrap_or_default();
    let compiled = tree.as_ref().map(|tree| Parts::of(tree, items)).unwrap_or_default();
    let extra = options.append_output.iter();
    let extra = extra.filter(|extra| extra.is_for(&rule.name, &rule.source, &rule.tags));
    let extra: Vec<&(String, String)> = extra.flat_map(|extra| &extra.fields).collect();
    let mut output_fields: Vec<String> = extra.iter().map(|(_, format)| format.clone()).collect();
    output_fields.extend(rule.output.tokens().map(|token| token.text.clone()));
    let exceptions = &rule.exceptions;
    let names: Vec<String> = exceptions.iter().map(|one| one.name.clone()).collect();
    let fields: Vec<String> = exceptions.iter().flat_map(|one| one.fields.clone()).collect();
    let comps: Vec<String> = exceptions.iter().flat_map(|one| one.comps.clone()).collect();
    let mut details = json!({
        "condition_compiled": tree.as_ref().map(plain),
        "condition_fields": ordered(&compiled.fields),
        "condition_operators": ordered(&compiled.operators),
        "events": events(rule.condition.kinds.iter()),
        "exception_fields": ordered(&fields),
        "exception_names": ordered(&names),
        "exception_operators": ordered(&comps),
        "lists": ordered(&written.lists),
        "macros": ordered(&written.macros),
        "output_compiled": rule.output_compiled,
        "output_fields": output_fields,
        "plugins": plugins(compiled.fields.iter().chain(&output_fields)),
    });
    let formatted: Map<String, Json> = extra
        .iter()
        .filter(|(key, format)| *format != format!("%{key}"))
        .map(|(key, format)| (key.clone(), format.as_str().into()))
        .collect();
    if !formatted.is_empty() {
        details["extra_output_formatted_fields"] = formatted.into();
    }
    json!({
        "info": {
            "name": rule.name, "condition": rule.condition_text, "priority": rule.priority.name(),
            "output": rule.output_text, "description": rule.description, "enabled": item.is_none_or(|item| item.enabled),
            "source": rule.source, "capture": rule.capture,
            "capture_duration": rule.capture_duration, "tags": rule.tags,
        },
        "details": details,
    })
}

/// A condition with lists and macros put in.
fn tree_of(macros: Option<&Macros<'_>>, condition: &Traced) -> Option<Expr> {
    macros?.tree(condition, &mut Vec::new()).map(|(_, tree, _)| tree)
}

fn describe_macro(one: &MacroItem, items: &Items, macros: Option<&Macros<'_>>, used: bool) -> Json {
    let written = parse(one.condition.text(), DEPTH).ok();
    let written = written.map(|tree| Parts::of(&tree, items)).unwrap_or_default();
    let tree = tree_of(macros, &one.condition);
    let compiled = tree.as_ref().map(|tree| Parts::of(tree, items)).unwrap_or_default();
    let checked = tree.as_ref().and_then(|tree| check::<Catalogue>(tree, &items.catalogue).ok());
    let kinds = checked.iter().flat_map(|checked| checked.kinds.iter());
    json!({
        "info": {"name": one.name, "condition": one.condition.text()},
        "details": {
            "used": used,
            "macros": ordered(&written.macros),
            "lists": ordered(&written.lists),
            "condition_operators": ordered(&compiled.operators),
            "condition_fields": ordered(&compiled.fields),
            "events": events(kinds),
            "condition_compiled": tree.as_ref().map(plain),
            "plugins": [],
        },
    })
}

fn describe_list(list: &ListItem, items: &Items, used: &BTreeSet<&str>) -> Json {
    let is_list = |name: &&str| items.lists.contains_key(*name);
    let names = || list.items.iter().map(|item| item.value.as_str());
    let of_lists: Vec<String> = names().filter(is_list).map(str::to_owned).collect();
    let own: Vec<&str> = names().filter(|name| !is_list(name)).collect();
    let mut compiled = Vec::new();
    for name in names() {
        match items.lists.get(name) {
            Some(other) => compiled.extend(other.items.iter().map(|item| item.value.as_str())),
            None => compiled.push(name),
        }
    }
    let by_list = items.lists.values().any(|other| {
        other.name != list.name && other.items.iter().any(|item| item.value == list.name)
    });
    json!({
        "info": {"name": list.name, "items": own},
        "details": {
            "used": by_list || used.contains(list.name.as_str()),
            "lists": ordered(&of_lists),
            "items_compiled": compiled,
            "plugins": [],
        },
    })
}
