//! YAML text -> nodes with places.
//!
//! In: the text of a file. Out: a [`Node`] per document, each with its line and column; scalars as
//! they were written, whatever type YAML gives them.
//! Never: I/O; a type guessed from a scalar.

mod scalar_map;

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{
    DefaultMessageFormatter, Error, ExternalMessageSource, MessageFormatter as _, Spanned,
};

pub use scalar_map::scalar_offsets;
/// What is wrong with the syntax of a text.
pub use serde_saphyr::granit_parser::ErrorKind as SyntaxError;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Line, from 1; 0 where it is not known.
    pub line: usize,
    /// Column in letters, from 1.
    pub column: usize,
    /// Byte offset, from 0.
    pub offset: usize,
}

impl Place {
    /// The place of a byte of a text; past its end, the end.
    pub fn at(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(start..).unwrap_or_default().chars().count() + 1,
            offset,
        }
    }
}

/// Where the lines of a text begin: places of many bytes of it without counting its lines each time.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// The lines of a text.
    pub fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect() }
    }

    /// The place of a byte of that text; past its end, the end.
    pub fn place(&self, text: &str, offset: usize) -> Place {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied();
        let before = text.get(start.unwrap_or_default()..offset).unwrap_or_default();
        Place { line, column: before.chars().count() + 1, offset }
    }
}

/// A node of a document.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it begins; of an alias, where the alias is.
    pub place: Place,
    /// The bytes of a scalar in the file, quotes included; of an alias, those of what it stands for.
    /// Empty at the beginning of anything else.
    pub span: Range<usize>,
    /// What it is.
    pub body: Body,
}

/// The content of a node.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing.
    Null,
    /// A text, a number, a truth value: as it was written.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// Pairs, in order.
    Map(Vec<(Node, Node)>),
}

/// The text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// Why.
    pub kind: YamlErrorKind,
}

/// Why a text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlErrorKind {
    /// It is not of the language.
    #[error("{0}")]
    Syntax(SyntaxError),
    /// An alias of an anchor that is not there.
    #[error("alias references unknown anchor")]
    UnknownAnchor,
    /// The reader refused it for another reason, in its words.
    #[error("{0}")]
    Refused(String),
}

impl YamlErrorKind {
    fn of(error: &Error) -> Self {
        match error {
            Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => Self::of(error),
            Error::UnknownAnchor { .. } => Self::UnknownAnchor,
            Error::ExternalMessage { source, .. } => match &**source {
                ExternalMessageSource::Parser(error) => Self::Syntax(error.kind().clone()),
                _ => Self::Refused(DefaultMessageFormatter.format_message(error).into_owned()),
            },
            other => Self::Refused(DefaultMessageFormatter.format_message(other).into_owned()),
        }
    }
}

impl Node {
    /// A node that stands in no file.
    pub fn detached(body: Body) -> Self {
        Self { place: Place::default(), span: 0..0, body }
    }

    /// The text of a scalar.
    pub fn scalar(&self) -> Option<&str> {
        if let Body::Scalar(text) = &self.body { Some(text) } else { None }
    }

    /// The pairs of a map.
    pub fn map(&self) -> Option<&[(Self, Self)]> {
        if let Body::Map(map) = &self.body { Some(map) } else { None }
    }

    /// Keys written twice, each time but the first.
    pub fn repeated(&self) -> impl Iterator<Item = &Self> {
        let pairs = self.map().unwrap_or_default();
        let before = |at: usize| pairs.get(..at).unwrap_or_default().iter();
        pairs.iter().enumerate().filter_map(move |(at, (key, _))| {
            let name = key.scalar()?;
            before(at).any(|(earlier, _)| earlier.scalar() == Some(name)).then_some(key)
        })
    }

    /// A key and its value; where it is written twice the first ones.
    pub fn entry(&self, key: &str) -> Option<&(Self, Self)> {
        self.map()?.iter().find(|(name, _)| name.scalar() == Some(key))
    }

    /// The value of a key; where it is written twice the first one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }
}

/// Every document of a file. A key written twice in a map is there twice.
///
/// # Errors
/// Where the text is no YAML.
pub fn parse(text: &str) -> Result<Vec<Node>, YamlError> {
    parse_with(text, MergeKeyPolicy::Merge)
}

/// The same with `<<` as a key like any other, as Falco reads it.
///
/// # Errors
/// Where the text is no YAML.
pub fn parse_unmerged(text: &str) -> Result<Vec<Node>, YamlError> {
    parse_with(text, MergeKeyPolicy::AsOrdinary)
}

/// The first document alone, `<<` a key like any other, as Falco reads its configuration: what stands behind
/// it is not looked at. None where the text has nothing in it.
///
/// # Errors
/// Where the first document is no YAML.
pub fn parse_first_unmerged(text: &str) -> Result<Option<Node>, YamlError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut first = None;
    let ended = serde_saphyr::with_deserializer_from_str_with_options(
        text,
        options(MergeKeyPolicy::AsOrdinary),
        |document| {
            first = Some(Spanned::<Raw>::deserialize(document)?);
            Ok(())
        },
    );
    match (first, ended) {
        // That the text does not end here is no fault.
        (Some(raw), _) => Ok(Some(node(raw, text))),
        (None, Ok(())) => Ok(None),
        (None, Err(error)) => Err(fault(&error, text)),
    }
}

fn options(merge_keys: MergeKeyPolicy) -> serde_saphyr::Options {
    serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: merge_keys,
    }
}

fn fault(error: &Error, text: &str) -> YamlError {
    let place = error.location().map_or_else(Place::default, |at| place(&at, text));
    YamlError { place, kind: YamlErrorKind::of(error) }
}

fn parse_with(text: &str, merge_keys: MergeKeyPolicy) -> Result<Vec<Node>, YamlError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let raw: Vec<Spanned<Raw>> =
        serde_saphyr::from_multiple_with_options(text, options(merge_keys))
            .map_err(|error| fault(&error, text))?;
    Ok(raw.into_iter().map(|raw| node(raw, text)).collect())
}

fn place(at: &serde_saphyr::Location, text: &str) -> Place {
    let to_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (line, column) = (to_usize(at.line()), to_usize(at.column()));
    let offset = at.span().byte_offset().map_or_else(
        || {
            let mut lines = text.split_inclusive('\n');
            let before: usize = lines.by_ref().take(line.saturating_sub(1)).map(str::len).sum();
            let letters = lines.next().unwrap_or_default().chars();
            before + letters.take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
        },
        to_usize,
    );
    Place { line, column, offset }
}

/// What serde makes of a node, before its place is known.
enum Raw {
    Null,
    /// A scalar YAML takes for a text.
    Text(String),
    /// A scalar YAML takes for a number or a truth value: the text is taken from the source, the
    /// value as shown stands in where there is none.
    Typed(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

/// Where a list begins that is not in brackets: at its first dash, not behind it.
fn first_dash(place: Place, text: &str) -> Place {
    let before = text.get(..place.offset).map(str::trim_end).unwrap_or_default();
    let bracket = text.get(place.offset..).is_some_and(|rest| rest.starts_with('['));
    let Some(rest) = before.strip_suffix('-').filter(|_| !bracket) else { return place };
    Place::at(rest, rest.len())
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    let place = place(&raw.referenced, text);
    let defined = raw.defined.span();
    let bytes = defined.byte_offset().zip(defined.byte_len()).and_then(|(start, len)| {
        let start = usize::try_from(start).ok()?;
        let written = text.get(start..start.checked_add(usize::try_from(len).ok()?)?)?;
        // The span of a block goes on to the next key.
        Some(start..start + written.trim_end().len())
    });
    let mut span = place.offset..place.offset;
    let body = match raw.value {
        Raw::Null => Body::Null,
        Raw::Text(text) => {
            span = bytes.unwrap_or(span);
            Body::Scalar(text)
        }
        Raw::Typed(shown) => {
            span = bytes.unwrap_or(span);
            let written = text.get(span.clone()).map(str::trim);
            Body::Scalar(written.filter(|w| !w.is_empty()).map_or(shown, str::to_owned))
        }
        Raw::List(list) => Body::List(list.into_iter().map(|raw| node(raw, text)).collect()),
        Raw::Map(map) => Body::Map(
            map.into_iter().map(|(key, value)| (node(key, text), node(value, text))).collect(),
        ),
    };
    let place = if matches!(body, Body::List(_)) { first_dash(place, text) } else { place };
    Node { place, span, body }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML node")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            list.push(element);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Raw::Map(pairs))
    }

    fn visit_bytes<E: serde::de::Error>(self, value: &[u8]) -> Result<Raw, E> {
        std::str::from_utf8(value)
            .map(|text| Raw::Text(text.to_owned()))
            .map_err(|_| E::custom("bytes are no text"))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stay_as_written() {
        let text = "- a: 0x1F\n  b: on\n  c: 010\n  d: \"quoted 'x'\"\n  e: [1, true, ~, x y]\n  f: >\n    folded\n    text\n";
        let documents = parse(text).unwrap();
        let Body::List(items) = &documents[0].body else { panic!("a list") };
        let item = &items[0];
        let check = |key: &str, expected: &str| {
            assert_eq!(item.get(key).unwrap().scalar(), Some(expected), "{key}");
        };
        check("a", "0x1F");
        check("b", "on");
        check("c", "010");
        check("d", "quoted 'x'");
        check("f", "folded text\n");
        let Body::List(list) = &item.get("e").unwrap().body else { panic!("a list") };
        assert_eq!(list[0].scalar(), Some("1"));
        assert_eq!(list[1].scalar(), Some("true"));
        assert_eq!(list[3].scalar(), Some("x y"));
        let a = item.get("a").unwrap();
        assert_eq!((a.place.line, a.place.column, a.place.offset), (1, 6, 5));
    }

    #[test]
    fn the_first_of_two_keys_wins() {
        let documents = parse("a: 1\nb: {c: 2, c: 3}\na: [4]\n").unwrap();
        let top = &documents[0];
        assert_eq!(top.get("a").unwrap().scalar(), Some("1"));
        assert_eq!(top.get("b").unwrap().get("c").unwrap().scalar(), Some("2"));
        let repeated: Vec<usize> = top.repeated().map(|key| key.place.line).collect();
        assert_eq!(repeated, [3]);
    }

    #[test]
    fn merged_maps_are_keys_or_not() {
        let text = "a: &a {b: 1}\nc:\n  <<: *a\n  d: 2\n";
        let merged = parse(text).unwrap();
        assert_eq!(merged[0].get("c").unwrap().get("b").unwrap().scalar(), Some("1"));
        let unmerged = parse_unmerged(text).unwrap();
        assert!(unmerged[0].get("c").unwrap().get("b").is_none());
        assert!(unmerged[0].get("c").unwrap().get("<<").is_some());
    }

    #[test]
    fn many_documents_and_damage() {
        assert_eq!(parse("- a: 1\n---\n- b: 2\n").unwrap().len(), 2);
        assert_eq!(parse("").unwrap().len(), 0);
        let error = parse("- a: [1,\n- b: 2\n").unwrap_err();
        assert!(error.place.line >= 1, "{error:?}");
    }

    #[test]
    fn places_of_damage_are_those_of_bytes() {
        // The reader shows the bracket that is not closed.
        let check = |before: &str, behind: &str| {
            let text = format!("{before}{behind}");
            let place = parse(&text).unwrap_err().place;
            assert_eq!(place, Place::at(&text, before.len()), "{text}");
        };
        check("\u{e9}: 1\n\u{e9}: {\u{e9}: ", "[\u{1f600}}\n");
        check("\u{e9}: [\u{e9}]", "]\n");
        check("\u{e9}: \u{e9}", ": \u{e9}\n");
    }

    #[test]
    fn the_first_document_alone() {
        let check = |text: &str, expected: Result<Option<&str>, usize>| {
            let first = parse_first_unmerged(text).map_err(|error| error.place.line);
            let value = first.map(|first| {
                first.filter(|node| !matches!(node.body, Body::Null)).map(|node| {
                    let value = node.get("a").and_then(Node::scalar);
                    value.expect("a key a").to_owned()
                })
            });
            assert_eq!(
                value.as_ref().map(Option::as_deref).map_err(|line| *line),
                expected,
                "{text}"
            );
        };
        check("a: 1\n---\na: 2\n", Ok(Some("1")));
        check("---\na: 1\n...\n---\na: [\n", Ok(Some("1")));
        check("---\n---\na: 2\n", Ok(None));
        check("{a: 1} x\n", Ok(Some("1")));
        check("# nothing\n", Ok(None));
        check("", Ok(None));
        check("a: 1\n]\n", Err(2));
        check("a: [\n---\na: 2\n", Err(1));
    }
}
