//! What may be written at a place.

use std::ops::Range;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, TextEdit,
};
use peregrine_event::Priority;
use peregrine_fields::Catalogue;
use peregrine_filter::ast::{Modifier, Transformer};
use peregrine_filter::{TypeGroup, operators};
use peregrine_rules::{EXCEPTION_KEYS, about_key, keys_of};

use crate::about;
use crate::condition::{Expected, Left, ends_word, operator, scan};
use crate::cursor::Cursor;
use crate::files::View;
use crate::index::Kind;
use crate::lines::Encoding;
use crate::project::Project;

/// Something that may be written.
struct Offer {
    label: String,
    kind: CompletionItemKind,
    /// A few letters beside the label.
    detail: String,
    /// More of it, in Markdown.
    about: Option<String>,
    /// What is written, where that is more than the label.
    text: Option<String>,
    /// Those of a smaller number stand first.
    rank: u8,
}

impl Offer {
    fn new(label: impl Into<String>, kind: CompletionItemKind, detail: &str) -> Self {
        let detail = detail.to_owned();
        Self { label: label.into(), kind, detail, about: None, text: None, rank: 5 }
    }
}

/// What completion looks at.
pub(crate) struct Asked<'a> {
    pub(crate) view: &'a View,
    pub(crate) project: &'a Project,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) encoding: Encoding,
}

impl Asked<'_> {
    /// What may be written at a byte of the document.
    pub(crate) fn completion(&self, offset: usize) -> Vec<CompletionItem> {
        let text = &self.view.text;
        let before = text.get(..offset).unwrap_or_default();
        let word = word_before(before, |c| ends_word(c) || "<>![]{}%:".contains(c));
        let (offers, word) = match Cursor::at(text, offset) {
            Cursor::Comment => (Vec::new(), word),
            Cursor::Key { path, present, dash } => {
                (keys(&path, &present, dash), word_before(before, char::is_whitespace))
            }
            Cursor::Value { path, before: value } => self.value(&path, &value, word, offset),
        };
        let range = self.view.range(&word, self.encoding);
        let item = |offer: Offer| CompletionItem {
            sort_text: Some(format!("{}{}", offer.rank, offer.label)),
            filter_text: Some(offer.label.clone()),
            kind: Some(offer.kind),
            detail: Some(offer.detail).filter(|detail| !detail.is_empty()),
            documentation: offer.about.map(|value| {
                Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
            }),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range,
                new_text: offer.text.unwrap_or_else(|| offer.label.clone()),
            })),
            label: offer.label,
            ..CompletionItem::default()
        };
        offers.into_iter().map(item).collect()
    }

    fn value(
        &self,
        path: &[String],
        value: &Range<usize>,
        word: Range<usize>,
        offset: usize,
    ) -> (Vec<Offer>, Range<usize>) {
        let text = &self.view.text;
        let written = text.get(value.clone()).unwrap_or_default();
        let (outer, key) = match path {
            [key] => ("", key.as_str()),
            [outer, .., key] => (outer.as_str(), key.as_str()),
            [] => return (Vec::new(), word),
        };
        let names = |kind: Kind| self.names(kind).collect();
        let words = |words: &[&str]| words.iter().map(|word| literal(word)).collect();
        // Names may have blanks: they are all that stands behind the key.
        let whole = value.start..offset;
        match (outer, key) {
            ("", "condition") => {
                let quote = usize::from(written.starts_with(['"', '\'']));
                let from = value.start + quote;
                let done = text.get(from..word.start.max(from)).unwrap_or_default();
                (self.condition(done), word)
            }
            ("", "output") => {
                let percent = text.get(..word.start).is_some_and(|before| {
                    before.trim_end_matches(|c: char| c == '*' || c.is_ascii_digit()).ends_with('%')
                });
                let offers = if percent { self.fields(false).collect() } else { Vec::new() };
                (offers, word)
            }
            ("", "priority") => (
                Priority::ALL
                    .iter()
                    .map(|priority| literal(&priority.name().to_uppercase()))
                    .collect(),
                word,
            ),
            ("", "source") => (words(&["syscall"]), word),
            ("", "tags") => {
                let tag =
                    word_before(text.get(..offset).unwrap_or_default(), |c| " ,[]\"'".contains(c));
                (self.project.tags().into_iter().map(literal).collect(), tag)
            }
            ("", "items") => (names(Kind::List), word),
            ("", "rule") => (names(Kind::Rule), whole),
            ("", "macro") => (names(Kind::Macro), whole),
            ("", "list") => (names(Kind::List), whole),
            ("", "enabled" | "append" | "capture" | "warn_evttypes" | "skip-if-unknown-filter") => {
                (words(&["true", "false"]), word)
            }
            ("override", _) => (words(&["append", "replace"]), word),
            ("exceptions", "fields") => (self.fields(true).collect(), word),
            ("exceptions", "comps") => {
                let ops = peregrine_filter::ast::Op::ALL.into_iter();
                let ops = ops.filter(|op| op.name() != "exists");
                (ops.map(of_operator).collect(), word)
            }
            ("exceptions", "values") => (names(Kind::List), word),
            _ => (Vec::new(), word),
        }
    }

    fn names(&self, kind: Kind) -> impl Iterator<Item = Offer> {
        self.project.names(kind).into_iter().map(move |name| {
            let symbol = match kind {
                Kind::List => CompletionItemKind::ENUM,
                Kind::Macro => CompletionItemKind::FUNCTION,
                Kind::Rule => CompletionItemKind::EVENT,
            };
            let mut offer = Offer::new(name, symbol, kind.word());
            offer.about = self.text_of(kind, name);
            offer.rank = 4;
            offer
        })
    }

    /// What a list has, what a macro asks.
    fn text_of(&self, kind: Kind, name: &str) -> Option<String> {
        match kind {
            Kind::List => {
                let items: Vec<_> = self
                    .project
                    .items(kind, name)
                    .into_iter()
                    .flat_map(|(_, item)| &item.items)
                    .cloned()
                    .collect();
                Some(short(&items.join(", ")))
            }
            Kind::Macro => Some(short(&self.project.condition(kind, name)?)),
            Kind::Rule => self.project.items(kind, name).first()?.1.desc.clone(),
        }
    }

    fn fields(&self, in_condition: bool) -> impl Iterator<Item = Offer> {
        let all = peregrine_fields::all().iter();
        let fits = move |info: &&peregrine_fields::FieldInfo| {
            info.listed && if in_condition { !info.print_only } else { !info.filter_only }
        };
        all.filter(fits).map(|info| {
            let detail = about::short(info);
            let mut offer = Offer::new(info.name, CompletionItemKind::FIELD, &detail);
            offer.about = about::of_field(self.catalogue, info.name);
            offer
        })
    }

    /// What may follow the beginning of a condition.
    fn condition(&self, done: &str) -> Vec<Offer> {
        let (tokens, expected) = scan(done);
        let transformers = || {
            Transformer::ALL.into_iter().map(|transformer| {
                let about = about::of_transformer(transformer);
                let mut offer = Offer::new(transformer.name(), CompletionItemKind::METHOD, about);
                offer.text = Some(format!("{transformer}("));
                offer.rank = 6;
                offer
            })
        };
        match expected {
            Expected::Comparison => self
                .fields(true)
                .chain(self.names(Kind::Macro))
                .chain(transformers())
                .chain([keyword("not", 7)])
                .collect(),
            Expected::Argument => self.fields(true).chain(transformers()).collect(),
            Expected::ArgumentEnd => Vec::new(),
            Expected::Connective => vec![keyword("and", 0), keyword("or", 1)],
            Expected::Operator(left) => match about::type_of(self.catalogue, &left) {
                Some((ty, is_list)) => operators(ty, is_list).map(of_operator).collect(),
                None => Vec::new(),
            },
            Expected::Value { left, many } => {
                let op = tokens.last().and_then(|last| operator(done.get(last.bytes.clone())?));
                self.values(&left, many, op.is_some())
            }
        }
    }

    fn values(&self, left: &Left, many: bool, first: bool) -> Vec<Offer> {
        let mut offers = Vec::new();
        if matches!(left.field.as_str(), "evt.type" | "syscall.type") {
            offers.extend(about::event_names().into_iter().map(|name| {
                let mut offer = Offer::new(name, CompletionItemKind::EVENT, "event");
                offer.about = about::of_event(name);
                offer.rank = 3;
                offer
            }));
        }
        let ty = about::type_of(self.catalogue, left).map(|(ty, _)| ty.group());
        if ty == Some(TypeGroup::Bool) {
            offers.extend(["true", "false"].map(literal));
        }
        if many {
            offers.extend(self.names(Kind::List));
        } else if first {
            offers.extend(Modifier::ALL.into_iter().map(|one| keyword(one.name(), 8)));
            let mut val = keyword("val", 8);
            val.text = Some("val(".to_owned());
            offers.push(val);
        }
        offers
    }
}

fn keyword(word: &str, rank: u8) -> Offer {
    Offer { rank, ..Offer::new(word, CompletionItemKind::KEYWORD, "") }
}

fn literal(word: &str) -> Offer {
    Offer::new(word, CompletionItemKind::VALUE, "")
}

fn of_operator(op: peregrine_filter::ast::Op) -> Offer {
    Offer::new(op.name(), CompletionItemKind::OPERATOR, about::of_operator(op))
}

/// As much of a text as is read beside a name.
fn short(text: &str) -> String {
    const MOST: usize = 400;
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The bytes of the word a text ends in.
fn word_before(text: &str, ends: impl Fn(char) -> bool) -> Range<usize> {
    let start = text.rfind(ends).map_or(0, |at| {
        at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    start..text.len()
}

fn keys(path: &[String], present: &[String], dash: bool) -> Vec<Offer> {
    let kind =
        Kind::ALL.into_iter().map(Kind::word).find(|kind| present.iter().any(|key| key == kind));
    let (known, outer): (Vec<&str>, &str) = match path {
        [] => (keys_of(kind.unwrap_or_default()).to_vec(), ""),
        [outer, ..] if outer == "exceptions" => (EXCEPTION_KEYS.to_vec(), "exceptions"),
        [outer, ..] if outer == "override" => {
            let keys = keys_of("rule").iter().chain(keys_of("list")).copied();
            let own = ["rule", "list", "source", "override", "append"];
            (keys.filter(|key| !own.contains(key)).collect(), "override")
        }
        _ => (vec!["name", "version"], "plugins"),
    };
    let free = known.into_iter().filter(|key| !present.iter().any(|have| have == key));
    free.map(|key| {
        let about = if outer.is_empty() { about_key(key) } else { None };
        let mut offer = Offer::new(key, CompletionItemKind::PROPERTY, "");
        offer.about = about.map(str::to_owned);
        let list = matches!(key, "exceptions" | "override" | "required_plugin_versions");
        let end = if list { ":" } else { ": " };
        let dash = if dash { "- " } else { "" };
        offer.text = Some(format!("{dash}{key}{end}"));
        offer
    })
    .collect()
}
