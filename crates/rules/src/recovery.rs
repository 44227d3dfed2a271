//! A file with faults of YAML -> the items that can be read all the same, the faults, and the names of
//! what could not be read.
//!
//! Each item is read by itself: a bracket or quote that is never closed belongs to the item it stands in,
//! though the reader of the whole file stumbles over it far below. Entries that cannot be read become
//! comments of the same length, so that all others keep their places; so do items that need them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use peregrine_yaml::{self as yaml, LineIndex, Node, Place, YamlError, YamlErrorKind};

use crate::diagnostic::Diagnostic;
use crate::kind::{DiagnosticKind, ShapeError};
use crate::{SourceText, keys, yaml_faults};

/// How often the whole file is read again with one item less. Most faults are found in the items.
const ATTEMPTS: usize = 16;

/// Names of items that could not be read, by kind. What refers to them is not wrong.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    names: BTreeMap<&'static str, BTreeSet<String>>,
    any: bool,
}

impl Unread {
    /// Whether an item that could not be read defines or changes something of this kind and name.
    pub(crate) fn has(&self, kind: &str, name: &str) -> bool {
        self.names.get(kind).is_some_and(|names| names.contains(name))
    }

    /// The names of one kind.
    pub(crate) fn names(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.names.get(kind).into_iter().flatten().map(String::as_str)
    }

    /// Whether anything could not be read.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// Takes the names of another file.
    pub(crate) fn extend(&mut self, other: Self) {
        self.any |= other.any;
        for (kind, names) in other.names {
            self.names.entry(kind).or_default().extend(names);
        }
    }

    /// Takes the names in the text of items.
    fn note(&mut self, text: &str) {
        self.any = true;
        for line in text.lines() {
            let begin = line.trim_start_matches([' ', '\t', '-', '{', '\u{feff}']);
            let Some((key, name)) = begin.split_once(':') else { continue };
            let Some(kind) = keys::kind_meant(bare(key)) else { continue };
            let name = name.split(" #").next().unwrap_or_default();
            let in_braces = line.trim_start_matches([' ', '\t', '-']).starts_with('{');
            let name = if in_braces { name.split([',', '}']).next() } else { Some(name) };
            let name = bare(name.unwrap_or_default()).to_owned();
            self.names.entry(kind).or_default().insert(name);
        }
    }
}

/// A key or name without blanks and quotes around it.
fn bare(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// What is read of a file with faults.
pub(crate) struct Recovered {
    /// The documents, without the items that could not be read.
    pub(crate) documents: Vec<Node>,
    /// What is wrong with those, one fault each, in the order of the file.
    pub(crate) faults: Vec<Diagnostic>,
    /// What they define.
    pub(crate) unread: Unread,
    /// Items that were read without some of their entries.
    pub(crate) partial: Vec<Partial>,
}

/// An item that was read without some of its entries.
#[derive(Debug)]
pub(crate) struct Partial {
    /// The bytes of the item.
    item: Range<usize>,
    /// The keys of what was left out.
    keys: BTreeSet<String>,
}

impl Partial {
    /// Takes back that the item that begins at a byte lacks keys which could not be read.
    pub(crate) fn excuse(partial: &[Self], item: usize, found: &mut Vec<Diagnostic>, from: usize) {
        let Some(partial) = partial.iter().find(|one| one.item.contains(&item)) else { return };
        let own = found.split_off(from);
        found.extend(own.into_iter().filter(|one| match &one.kind {
            DiagnosticKind::Shape(
                ShapeError::MissingKey { key } | ShapeError::OverrideWithoutKey { key, .. },
            ) => {
                // A rule of which nothing else is left is taken for one that is enabled or not.
                key != "enabled" && !partial.keys.contains(key)
            }
            _ => true,
        }));
    }
}

/// Reads what can be read of a file whose reading ended with an error.
pub(crate) fn read(source: &SourceText<'_>, error: YamlError) -> Recovered {
    let mut recovery = Recovery {
        source,
        lines: LineIndex::new(source.text),
        items: items(source.text),
        read: source.text.to_owned(),
        anchors_left_out: BTreeSet::new(),
        faults: Vec::new(),
        unread: Unread::default(),
        partial: Vec::new(),
    };
    let documents = recovery.item_by_item(error);
    let Recovery { mut faults, mut unread, partial, .. } = recovery;
    faults.sort_by_key(|fault| fault.span.start);
    if documents.is_none() {
        unread.note(source.text);
    }
    Recovered { documents: documents.unwrap_or_default(), faults, unread, partial }
}

struct Recovery<'s> {
    source: &'s SourceText<'s>,
    lines: LineIndex,
    items: Vec<Range<usize>>,
    /// The text without the items that could not be read.
    read: String,
    /// Anchors of those.
    anchors_left_out: BTreeSet<&'s str>,
    faults: Vec<Diagnostic>,
    unread: Unread,
    partial: Vec<Partial>,
}

impl Recovery<'_> {
    /// The documents without the items that cannot be read; none where it is not clear which those are.
    fn item_by_item(&mut self, error: YamlError) -> Option<Vec<Node>> {
        let text = self.source.text;
        let anchors = anchors(text);
        for item in self.items.clone() {
            self.entry_by_entry(item, &anchors);
        }
        if self.faults.is_empty() {
            // Items that are right by themselves do not fit to each other.
            self.without(error)?;
        }
        for _ in 0..ATTEMPTS {
            match yaml::parse(&self.read) {
                Ok(documents) => return Some(documents),
                Err(error) => self.without(error)?,
            }
        }
        None
    }

    /// Reports what is no YAML in an item, and leaves out the entries in which it stands, or the whole item.
    fn entry_by_entry(&mut self, item: Range<usize>, anchors: &BTreeSet<&str>) {
        let text = self.source.text;
        let slice = text.get(item.clone()).unwrap_or_default();
        let mut read = slice.to_owned();
        let mut keys = BTreeSet::new();
        // Where the last entry ends that was left out.
        let mut end = item.start;
        while let Err(YamlError { place, kind }) = yaml::parse(&read) {
            let offset = item.start + place.offset;
            // It may stand in another item.
            let elsewhere = kind == YamlErrorKind::UnknownAnchor
                && alias(text, offset).is_some_and(|alias| anchors.contains(alias));
            if elsewhere {
                break;
            }
            // What is wrong before, once something was left out, may follow from that.
            if offset < end {
                return self.leave_out(item);
            }
            let begin = self.lines.place(text, item.start);
            let place = match place.line {
                0 => begin,
                line => Place { line: begin.line + line - 1, column: place.column, offset },
            };
            self.report(kind, place, end..item.end);
            let at = self.faults.last().map_or(offset, |fault| fault.span.start);
            let entry = entry(slice, at.saturating_sub(item.start));
            let lines = slice.get(entry.clone()).unwrap_or_default();
            let in_it: Vec<&str> = lines.lines().filter_map(key_of).collect();
            // Without these the others mean something else.
            let decides = |key: &&str| ["override", "append", "source"].contains(key);
            if entry.start == 0 || in_it.is_empty() || in_it.iter().any(decides) {
                return self.leave_out(item);
            }
            end = item.start + entry.end;
            keys.extend(in_it.into_iter().map(str::to_owned));
            read.replace_range(entry, &comments(lines));
        }
        if !keys.is_empty() {
            self.unread.note(slice);
            self.anchors_left_out.extend(crate::recovery::anchors(slice));
            self.read.replace_range(item.clone(), &read);
            self.partial.push(Partial { item, keys });
        }
    }

    /// Leaves out the item in which reading ended, and reports why. None where no item can be left out.
    fn without(&mut self, YamlError { place, kind }: YamlError) -> Option<()> {
        let text = self.source.text;
        let at = place.offset;
        let holds = |item: &&Range<usize>| item.contains(&at) || item.end == at && at == text.len();
        let item = self.items.iter().find(holds).cloned();
        // The items of a file that is too much for the reader are right.
        let item = item.filter(|_| !matches!(kind, YamlErrorKind::Refused(_)));
        let follows = kind == YamlErrorKind::UnknownAnchor
            && alias(text, at).is_some_and(|alias| self.anchors_left_out.contains(alias));
        if !follows && (item.is_some() || self.faults.is_empty()) {
            self.report(kind, place, item.clone().unwrap_or(0..text.len()));
        }
        let item = item?;
        // What is left out already is not in the way.
        if self.read.get(item.clone()) != text.get(item.clone()) {
            return None;
        }
        self.leave_out(item);
        Some(())
    }

    fn report(&mut self, kind: YamlErrorKind, place: Place, item: Range<usize>) {
        self.faults.push(yaml_faults::diagnostic(kind, place, self.source, item));
    }

    /// Writes comments over an item.
    fn leave_out(&mut self, item: Range<usize>) {
        let text = self.source.text.get(item.clone()).unwrap_or_default();
        self.unread.note(text);
        self.anchors_left_out.extend(anchors(text));
        self.read.replace_range(item, &comments(text));
    }
}

/// A comment of the same length in the place of each line.
fn comments(text: &str) -> String {
    let mut comments = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let inside = line.trim_end_matches(['\n', '\r']);
        let letters = std::iter::once('#').chain(std::iter::repeat(' '));
        comments.extend(letters.take(inside.len()));
        comments.push_str(line.get(inside.len()..).unwrap_or_default());
    }
    comments
}

/// The bytes of the entry of an item in which a byte stands: lines from one with a key to the next such line
/// that is indented alike.
fn entry(item: &str, at: usize) -> Range<usize> {
    let first = item.lines().find(|line| begins_item(line).is_some()).unwrap_or_default();
    let indent = first.len() - first.trim_start_matches([' ', '-', '\u{feff}']).len();
    let (mut start, mut line_start) = (0, 0);
    for line in item.split_inclusive('\n') {
        let own = line.len() - line.trim_start_matches(' ').len();
        let begins = line_start > 0 && own == indent && key_of(line).is_some();
        if begins && line_start > at {
            return start..line_start;
        }
        if begins {
            start = line_start;
        }
        line_start += line.len();
    }
    start..item.len()
}

/// The key a line begins with.
fn key_of(line: &str) -> Option<&str> {
    let (key, value) = line.trim_start().split_once(':')?;
    let key = bare(key);
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let separate = value.is_empty() || value.starts_with(char::is_whitespace);
    (separate && !key.is_empty() && key.chars().all(word)).then_some(key)
}

/// The bytes of each item of a file, with what stands before the first: lines from one that begins an
/// item to the next, or to where a document ends.
fn items(text: &str) -> Vec<Range<usize>> {
    let Some(indent) = text.lines().filter_map(begins_item).min() else { return Vec::new() };
    let mut items = Vec::new();
    let (mut start, mut at) = (0, 0);
    // Whether only comments and directives were met since the file began or a document
    // ended.
    let mut prologue = true;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let marks = |mark: &str| {
            line.strip_prefix(mark).is_some_and(|rest| rest.trim_start().len() < rest.len())
        };
        let (begins, ends) = (marks("---"), marks("..."));
        let directive = prologue && line.starts_with('%');
        let between = begins || ends || directive;
        if between || begins_item(line) == Some(indent) {
            items.push(start..at);
            start = if between { end } else { at };
        }
        let comment = line.trim_start().is_empty() || line.starts_with('#');
        prologue = ends || prologue && (directive || comment);
        at = end;
    }
    items.push(start..at);
    items.retain(|item| text.get(item.clone()).is_some_and(|item| !item.trim().is_empty()));
    items
}

/// How far a line is indented that begins an item: `- key:`.
fn begins_item(line: &str) -> Option<usize> {
    let line = line.trim_start_matches('\u{feff}');
    let inside = line.trim_start_matches(' ');
    key_of(inside.strip_prefix("- ")?)?;
    Some(line.len() - inside.len())
}

/// The names of the anchors of a text.
fn anchors(text: &str) -> BTreeSet<&str> {
    text.split(ends_a_name).filter_map(|word| word.strip_prefix('&')).collect()
}

/// The name of the alias at a byte of a text.
fn alias(text: &str, at: usize) -> Option<&str> {
    text.get(at..)?.strip_prefix('*')?.split(ends_a_name).next()
}

fn ends_a_name(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, ',' | '[' | ']' | '{' | '}')
}

#[cfg(test)]
mod tests {
    use crate::{Options, load};

    use super::*;

    #[test]
    fn the_bytes_of_items() {
        let check = |text: &str, expected: &[&str]| {
            let got: Vec<&str> = items(text).into_iter().map(|item| &text[item]).collect();
            assert_eq!(got, expected, "{text}");
        };
        check("", &[]);
        check("rule: a\n", &[]);
        check("# x\n- rule: a\n  b: c\n- desc: d", &["# x\n", "- rule: a\n  b: c\n", "- desc: d"]);
        check(
            "  - rule: a\n    x:\n      - name: b\n  - rule: c\n",
            &["  - rule: a\n    x:\n      - name: b\n", "  - rule: c\n"],
        );
        check(
            "%YAML 1.2\n---\n- rule: a\n...\n---\n%x\n- \"rule\": b\n",
            &["- rule: a\n", "%x\n", "- \"rule\": b\n"],
        );
        // No key of an item.
        check(
            "- rule: a\n- b\n- http://c\n- [d: e]\n",
            &["- rule: a\n- b\n- http://c\n- [d: e]\n"],
        );
        check("\u{feff}- rule: a\r\n- rule: b\r\n", &["\u{feff}- rule: a\r\n", "- rule: b\r\n"]);
    }

    /// The faults of two files of which the second refers to what the first defines.
    #[test]
    fn what_follows_from_a_fault_is_not_reported() {
        let check = |first: &str, second: &str, expected: &[&str]| {
            let sources =
                [SourceText { name: "1", text: first }, SourceText { name: "2", text: second }];
            let loaded = load(&sources, &Options::default());
            assert!(loaded.failed() && loaded.rules.rules.is_empty());
            let got: Vec<String> = loaded
                .diagnostics
                .iter()
                .map(|one| {
                    let Place { line, column, .. } = one.place;
                    format!("{}:{line}:{column} {}", one.file, one.code.name())
                })
                .collect();
            assert_eq!(got, expected, "{first}{second}");
        };
        let yaml = |place: &str| format!("1:{place} LOAD_ERR_YAML_PARSE");
        let rule = |condition: &str| {
            format!(
                "- rule: r\n  desc: d\n  condition: evt.type = open and {condition}\n  output: o\n  priority: INFO\n"
            )
        };
        // Lists, also those of lists, where texts, addresses and events may stand.
        let lists = "- list: a\n  items: [x\n- list: b\n  items: [a]\n";
        check(lists, &rule("proc.name in (a) and fd.sip in (b)"), &[&yaml("2:10")]);
        check(
            lists,
            &rule("evt.type in (a) and proc.name = y and proc.name in (b)"),
            &[&yaml("2:10")],
        );
        check(lists, "- list: a\n  items: [z]\n  override: {items: append}\n", &[&yaml("2:10")]);
        check(lists, "- list: a\n  items: [z]\n", &[&yaml("2:10")]);
        // Macros and what is appended to them.
        let macros = "- macro: m\n  condition: a: b\n- macro: n\n  condition: m and proc.pid > 1\n";
        let appended = "- macro: m\n  condition: or n\n  override: {condition: append}\n";
        check(macros, &(appended.to_owned() + &rule("m and n")), &[&yaml("2:15")]);
        check(
            macros,
            &rule("m and n and proc.nmae = x"),
            &[&yaml("2:15"), "2:3:46 LOAD_ERR_COMPILE_CONDITION"],
        );
        // Rules that others change.
        let rules = "- rule: r\n  desc: %d\n";
        check(
            rules,
            "- rule: r\n  enabled: false\n",
            &[&yaml("2:9"), "2:1:9 LOAD_DEPRECATED_ITEM"],
        );
        check(rules, "- rule: r\n  output: x\n  override: {output: replace}\n", &[&yaml("2:9")]);
        check(
            rules,
            "- rule: q\n  output: x\n  override: {output: replace}\n",
            &[&yaml("2:9"), "2:1:9 LOAD_ERR_VALIDATE"],
        );
        // A rule of which a part is not known is not called doubtful.
        let never = "proc.name = x and proc.name = y";
        let change = "- rule: r\n  condition: %x\n  override: {condition: append}\n";
        check(change, &rule(never), &[&yaml("2:14")]);
        check("- list: l\n  items: [x\n", &rule(never), &[&yaml("2:10"), "2:3:52 LOAD_NEVER_TRUE"]);
    }

    #[test]
    fn each_item_that_is_no_yaml_is_reported_once() {
        let check = |text: &str, expected: &[&str]| {
            let loaded = load(&[SourceText { name: "f", text }], &Options::default());
            let got: Vec<String> = loaded
                .diagnostics
                .iter()
                .map(|one| format!("{}:{} {}", one.place.line, one.place.column, one.kind))
                .collect();
            assert_eq!(got.len(), expected.len(), "{text}{got:?}");
            for (got, expected) in got.iter().zip(expected) {
                assert!(got.starts_with(expected), "{text}{got}");
            }
        };
        let good = "- list: good\n  items: 5\n";
        let wrong = |line: usize| format!("{line}:10 Value is not a sequence");
        check(&format!("- list: a\n  items: \"x\n{good}"), &["2:10 this", &wrong(4)]);
        check(&format!("{good}- list: a\n  items: \"x\n"), &[&wrong(2), "4:10 this"]);
        check(
            &format!("- list: a\n  items: [x\n---\n{good}...\n---\n- list: b\n\titems: x\n"),
            &["2:10 this", &wrong(5), "9:1 this"],
        );
        // In braces, with names and texts in which letters have several bytes.
        check(
            &format!("- {{list: \u{e9}, items: [\u{e9}\u{1f600}}}\n{good}"),
            &["1:20 this", &wrong(3)],
        );
        // An anchor of an item that is left out is not missed, any other is.
        check(
            &format!("- list: a\n  items: [&x b\n- list: b\n  items: *x\n{good}"),
            &["2:10 this", &wrong(6)],
        );
        check(
            &format!(
                "- list: a\n  items: &x [d]\n- list: b\n  items: *x\n- list: c\n  items: *y\n{good}"
            ),
            &["6:10 this", &wrong(8)],
        );
        // Faults of other entries of the same item, of YAML and not; what only lacks an entry that is no YAML does not
        // lack it.
        check(
            "- rule: a\n  desc: x: y\n  condition: evt.type = open and proc.nmae = b\n  output: [o\n  priority: warn\n",
            &["2:10 this", "3:34 ", "4:11 this", "5:13 "],
        );
        check(
            "- rule: a\n  desc: d\n  condition: evt.type = open\n  output: \"o\n  priority: warn\n  tag: [x]\n",
            &["4:11 this", "5:13 Invalid", "6:3 Unknown"],
        );
        check(
            "- list: a\n  items: [x,\n  y\n- macro: b\n  condition: c: d\n  tags: [x]\n",
            &["2:10 this", "5:15 this", "6:3 "],
        );
        // Without what says how it is taken an item is not taken.
        check(
            "- rule: a\n  output: %proc.nmae\n  override: {output: append\n",
            &["2:11 this", "3:13 this"],
        );
        // What stands between items; items that are right by themselves and not together.
        check(&format!("{good}text\n{good}"), &["3:1 this", &wrong(5)]);
        check("a: 1\n- list: a\n  items: 5\n", &["1:1 Rules", "2:3 this"]);
        check("\ttext: [\n", &["1:8 this"]);
    }
}
