//! What stands in one rule file: its items, and each word that means something.

use std::ops::Range;

use peregrine_yaml::{Body, Node, Place, parse, scalar_offsets};

use crate::condition::{self, Role};

/// What can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    List,
    Macro,
    Rule,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::List, Self::Macro, Self::Rule];

    /// The key of it, and what people call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Macro => "macro",
            Self::Rule => "rule",
        }
    }
}

/// What a word of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A word of a condition; the field it is compared with, where it is a value.
    Condition(Role, Option<String>),
    /// The name of an item, where it is written as such.
    Name(Kind),
    /// One of the items of a list, or a value of an exception: perhaps the name of a list.
    Item,
    /// A field in an output or of an exception.
    Field,
    /// A key.
    Key,
}

/// A word of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its bytes in the file.
    pub(crate) bytes: Range<usize>,
    pub(crate) text: String,
    pub(crate) meaning: Meaning,
}

/// An exception of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) name: String,
    /// The bytes of the name.
    pub(crate) name_bytes: Range<usize>,
}

/// An item of a file.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The bytes of the name, quotes included.
    pub(crate) name_bytes: Range<usize>,
    /// All of it.
    pub(crate) bytes: Range<usize>,
    /// Whether it adds to what stands before or changes a part of it.
    pub(crate) changes: bool,
    /// Whether that is an addition to its condition, or to the items of a list.
    pub(crate) appends: bool,
    pub(crate) condition: Option<String>,
    pub(crate) desc: Option<String>,
    /// The items of a list.
    pub(crate) items: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) exceptions: Vec<Exception>,
}

/// What stands in a rule file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) items: Vec<Item>,
    /// In order; none is in another.
    pub(crate) words: Vec<Word>,
    /// The bytes of items that are no YAML: of their words only the name is known.
    pub(crate) unread: Vec<Range<usize>>,
}

/// Whether a text begins items of a rule file at its margin: other YAML is left alone.
pub(crate) fn looks_like_rules(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
        let key = line.split(':').next().unwrap_or_default();
        line.contains(':') && peregrine_rules::keys_of("").contains(&key)
    })
}

impl Index {
    pub(crate) fn new(text: &str) -> Self {
        let mut index = Self::default();
        // Only what a rule file can be is looked at: the loader says of the rest that it is too large.
        if text.len() > peregrine_rules::MAX_FILE {
            return index;
        }
        if let Ok(documents) = parse(text) {
            index.documents(text, &documents, 0);
        } else {
            // Somewhere it is no YAML, as while somebody types. Item by item, most of it is.
            let starts: Vec<usize> = item_starts(text).collect();
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            for (start, end) in starts.iter().copied().zip(ends) {
                let piece = text.get(start..end).unwrap_or_default();
                match parse(piece) {
                    Ok(documents) => index.documents(piece, &documents, start),
                    Err(_) => index.broken(piece, start),
                }
            }
        }
        index.words.sort_by_key(|word| (word.bytes.start, word.bytes.end));
        // What an alias stands for is there twice.
        index.words.dedup_by(|later, earlier| later.bytes.start < earlier.bytes.end);
        index
    }

    /// The word a byte is in or behind.
    pub(crate) fn word_at(&self, offset: usize) -> Option<&Word> {
        let place = self.words.partition_point(|word| word.bytes.start <= offset);
        let word = self.words.get(place.checked_sub(1)?)?;
        (offset <= word.bytes.end).then_some(word)
    }

    fn documents(&mut self, text: &str, documents: &[Node], base: usize) {
        for document in documents {
            let Body::List(nodes) = &document.body else { continue };
            let starts: Vec<usize> =
                nodes.iter().map(|node| line_start(text, node.place)).collect();
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            for (node, (start, end)) in nodes.iter().zip(starts.iter().copied().zip(ends)) {
                let end = start + written(text.get(start..end).unwrap_or_default());
                let mut reader = Reader { text, base, index: self };
                if let Some(item) = reader.item(node, start..end) {
                    self.items.push(item);
                }
            }
        }
    }

    /// Of an item that is no YAML its first line is known.
    fn broken(&mut self, piece: &str, base: usize) {
        self.unread.push(base..base + piece.len());
        let line = piece.lines().next().unwrap_or_default();
        let Some((key, name)) = line.trim_start_matches('-').split_once(':') else { return };
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == key.trim());
        let (Some(kind), name) = (kind, name.trim()) else { return };
        let Some(at) = piece.find(name).filter(|_| !name.is_empty()) else { return };
        let name_bytes = base + at..base + at + name.len();
        let name = name.trim_matches(['"', '\'']).to_owned();
        self.words.push(Word {
            bytes: name_bytes.clone(),
            text: name.clone(),
            meaning: Meaning::Name(kind),
        });
        self.items.push(Item {
            kind,
            name,
            name_bytes,
            bytes: base..base + written(piece),
            changes: false,
            appends: false,
            condition: None,
            desc: None,
            items: Vec::new(),
            tags: Vec::new(),
            exceptions: Vec::new(),
        });
    }
}

/// Where items begin at the margin.
fn item_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        (line.starts_with("- ")).then_some(start)
    })
}

fn line_start(text: &str, place: Place) -> usize {
    let before = text.get(..place.offset).unwrap_or(text);
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// How much of a text is left without the comments and blanks at its end, which belong to what follows.
fn written(text: &str) -> usize {
    let mut end = text.trim_end().len();
    while let Some(line) = text.get(..end).and_then(|text| text.lines().next_back()) {
        if !line.starts_with('#') {
            break;
        }
        end = text.get(..end - line.len()).unwrap_or_default().trim_end().len();
    }
    end
}

struct Reader<'t, 'i> {
    text: &'t str,
    /// Where the text begins in the file.
    base: usize,
    index: &'i mut Index,
}

impl Reader<'_, '_> {
    fn word(&mut self, bytes: Range<usize>, text: &str, meaning: Meaning) {
        // Letters that are written as escapes have no bytes of their own.
        if bytes.start < bytes.end && self.text.get(bytes.clone()).is_some() {
            let bytes = self.base + bytes.start..self.base + bytes.end;
            self.index.words.push(Word { bytes, text: text.to_owned(), meaning });
        }
    }

    fn item(&mut self, node: &Node, bytes: Range<usize>) -> Option<Item> {
        self.keys(node);
        let kind = Kind::ALL.into_iter().find(|kind| node.get(kind.word()).is_some())?;
        let name_node = node.get(kind.word())?;
        let name = name_node.scalar()?.to_owned();
        self.word(name_node.span.clone(), &name, Meaning::Name(kind));
        let truth = |key: &str| node.get(key).and_then(Node::scalar) == Some("true");
        let how = |key: &str| node.get("override")?.get(key)?.scalar();
        let main = if kind == Kind::List { "items" } else { "condition" };
        let appends = truth("append") || how(main) == Some("append");
        let defines = |key: &str| node.get(key).is_some();
        let changes = appends
            || node.get("override").is_some()
            || (kind == Kind::Rule && !defines("condition") && !defines("output"));
        let mut item = Item {
            kind,
            name,
            name_bytes: self.base + name_node.span.start..self.base + name_node.span.end,
            bytes: self.base + bytes.start..self.base + bytes.end,
            changes,
            appends,
            condition: None,
            desc: node.get("desc").and_then(Node::scalar).map(str::to_owned),
            items: Vec::new(),
            tags: texts(node.get("tags")),
            exceptions: Vec::new(),
        };
        if let Some(condition) = node.get("condition").filter(|_| kind != Kind::List) {
            item.condition = condition.scalar().map(str::to_owned);
            self.condition(condition);
        }
        if let Some(output) = node.get("output") {
            self.output(output);
        }
        if let Some(items) = node.get("items").filter(|_| kind == Kind::List) {
            item.items = texts(Some(items));
            self.values(items);
        }
        if let Some(Node { body: Body::List(nodes), .. }) = node.get("exceptions") {
            item.exceptions = nodes.iter().filter_map(|node| self.exception(node)).collect();
        }
        Some(item)
    }

    fn keys(&mut self, node: &Node) {
        for (key, _) in node.map().unwrap_or_default() {
            if let Some(name) = key.scalar() {
                self.word(key.span.clone(), name, Meaning::Key);
            }
        }
    }

    fn exception(&mut self, node: &Node) -> Option<Exception> {
        self.keys(node);
        match node.get("fields") {
            Some(Node { body: Body::List(fields), .. }) => {
                for field in fields {
                    self.field(field);
                }
            }
            Some(field) => self.field(field),
            None => {}
        }
        if let Some(values) = node.get("values") {
            self.values(values);
        }
        let name = node.get("name")?;
        Some(Exception {
            name: name.scalar()?.to_owned(),
            name_bytes: self.base + name.span.start..self.base + name.span.end,
        })
    }

    fn field(&mut self, node: &Node) {
        if let Some(name) = node.scalar() {
            self.word(node.span.clone(), name, Meaning::Field);
        }
    }

    /// The bytes in the text of some bytes of a scalar's value.
    fn bytes_in(node: &Node, offsets: &[usize], bytes: &Range<usize>) -> Option<Range<usize>> {
        let start = offsets.get(bytes.start).copied()?;
        let last = offsets.get(bytes.end.checked_sub(1)?).copied()?;
        (node.span.start <= start && start <= last).then_some(start..last + 1)
    }

    fn condition(&mut self, node: &Node) {
        let Some(value) = node.scalar() else { return };
        let offsets = scalar_offsets(self.text, node.span.start, value);
        for token in condition::scan(value).0 {
            let text = value.get(token.bytes.clone()).unwrap_or_default();
            if let Some(bytes) = Self::bytes_in(node, &offsets, &token.bytes) {
                self.word(bytes, text, Meaning::Condition(token.role, token.field));
            }
        }
    }

    fn output(&mut self, node: &Node) {
        let Some(value) = node.scalar() else { return };
        let offsets = scalar_offsets(self.text, node.span.start, value);
        let mut at = 0;
        while let Some(percent) = value.get(at..).and_then(|rest| rest.find('%')) {
            // `%`, perhaps `*` and a width, then a field or a transformer of one.
            let mark = at + percent + 1;
            let rest = value.get(mark..).unwrap_or_default();
            let start = mark + rest.len()
                - rest.trim_start_matches(|c: char| c == '*' || c.is_ascii_digit()).len();
            let rest = value.get(start..).unwrap_or_default();
            let name = |c: char| c.is_ascii_alphanumeric() || "._[]()".contains(c);
            let len = rest.find(|c| !name(c)).unwrap_or(rest.len());
            let end = start + len;
            let mut from = start;
            for piece in value.get(start..end).unwrap_or_default().split(['(', ')']) {
                let bytes = from..from + piece.trim_end_matches('.').len();
                from += piece.len() + 1;
                if let Some(bytes) = Self::bytes_in(node, &offsets, &bytes)
                    && piece.contains('.')
                {
                    self.word(bytes, piece.trim_end_matches('.'), Meaning::Field);
                }
            }
            at = end.max(mark);
        }
    }

    /// Items of a list, values of an exception.
    fn values(&mut self, node: &Node) {
        match &node.body {
            Body::List(nodes) => nodes.iter().for_each(|node| self.values(node)),
            Body::Scalar(text) => self.word(node.span.clone(), text, Meaning::Item),
            Body::Null | Body::Map(_) => {}
        }
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node {
        Some(Node { body: Body::List(nodes), .. }) => {
            nodes.iter().filter_map(Node::scalar).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let index = Index::new(text);
        let word = |word: &Word| {
            let what = match &word.meaning {
                Meaning::Condition(role, _) => format!("{role:?}"),
                Meaning::Name(kind) => kind.word().to_owned(),
                Meaning::Item => "item".to_owned(),
                Meaning::Field => "field".to_owned(),
                Meaning::Key => return None,
            };
            Some(format!("{what}:{}", &text[word.bytes.clone()]))
        };
        index.words.iter().filter_map(word).collect()
    }

    #[test]
    fn words_stand_where_they_are_written() {
        let check = |text: &str, expected: &[&str]| assert_eq!(shown(text), expected, "{text}");
        check("- list: a\n  items: [b, \"c d\"]\n", &["list:a", "item:b", "item:\"c d\""]);
        check(
            "- macro: m\n  condition: >\n    evt.type = open\n    and n\n",
            &["macro:m", "Field:evt.type", "Operator:=", "Value:open", "Connective:and", "Name:n"],
        );
        check(
            "- rule: 'r s'\n  output: \"a %proc.name %*fd.name[1]. %tolower(proc.name)\"\n",
            &["rule:'r s'", "field:proc.name", "field:fd.name[1]", "field:proc.name"],
        );
        check(
            "- rule: r\n  exceptions:\n  - name: e\n    fields: [proc.name, fd.name]\n    values:\n    - [a, [b]]\n",
            &["rule:r", "field:proc.name", "field:fd.name", "item:a", "item:b"],
        );
        // One item is no YAML: the others are read, of it the name.
        check(
            "- list: a\n  items: [b]\n- macro: m\n  condition: [a\n- macro: n\n  condition: m\n",
            &["list:a", "item:b", "macro:m", "macro:n", "Name:m"],
        );
        check("a: b\n", &[]);
        check("", &[]);
    }

    #[test]
    fn items_end_before_the_comment_of_the_next() {
        let text = "# a\n- list: a\n  items: []\n\n# b\n- macro: m\n  condition: x\n  append: true\n# end\n";
        let index = Index::new(text);
        let items: Vec<&str> = index.items.iter().map(|item| &text[item.bytes.clone()]).collect();
        assert_eq!(items[0], "- list: a\n  items: []");
        assert_eq!(items[1], "- macro: m\n  condition: x\n  append: true");
        assert_eq!(index.items.iter().map(|item| item.appends).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_looks_like_rules() {
        let check = |text: &str, expected: bool| assert_eq!(looks_like_rules(text), expected);
        check("# c\n- rule: a\n", true);
        check("-   list: a\n", true);
        check("rule: a\n", true);
        check("- test: a\n  rules: [b]\n", false);
        check("rules_files: [a]\n", false);
        check("apiVersion: v1\nkind: Pod\n", false);
    }

    proptest! {
        #[test]
        fn any_text_has_an_index(text in "(- (rule|list|macro): |  (condition|items|output|exceptions): |[a.%(\\[>\"'*&]|\n|\\PC){0,60}") {
            for word in Index::new(&text).words {
                prop_assert!(text.get(word.bytes).is_some());
            }
        }
    }
}
