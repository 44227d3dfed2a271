//! Nodes of a response file: texts, words, times, and what is wrong with them.

use std::ops::Range;
use std::time::Duration;

use peregrine_alert::{ConditionError, alert_field};
use peregrine_event::names::nearest;
use peregrine_filter::error::{CheckErrorKind, FieldError};
use peregrine_yaml::{Body, LineIndex, Node, scalar_offsets};

use crate::duration::parse_duration;
use crate::mistake::{Mistake, MistakeKind};
use crate::text::Text;

/// Reads nodes of one file and gathers mistakes.
pub(crate) struct Reader<'t> {
    pub(crate) file: &'t str,
    text: &'t str,
    lines: LineIndex,
    /// The response that is read.
    pub(crate) response: Option<String>,
    pub(crate) mistakes: Vec<Mistake>,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        let lines = LineIndex::new(text);
        Self { file, text, lines, response: None, mistakes: Vec::new() }
    }

    pub(crate) fn at(&mut self, bytes: Range<usize>, kind: MistakeKind) {
        let Self { file, text, lines, response, mistakes } = self;
        mistakes.push(Mistake::new(file, text, lines, bytes, kind, response.as_deref()));
    }

    pub(crate) fn mistake(&mut self, node: &Node, kind: MistakeKind) {
        let bytes = if node.span.is_empty() {
            node.place.offset..node.place.offset
        } else {
            node.span.clone()
        };
        self.at(bytes, kind);
    }

    pub(crate) fn expected(&mut self, node: &Node, what: &str, expected: &str) {
        let (what, expected) = (what.to_owned(), expected.to_owned());
        self.mistake(node, MistakeKind::Expected { what, expected });
    }

    /// Reports keys nobody knows, and those that are there twice. Whether it is a map at all.
    pub(crate) fn keys(&mut self, node: &Node, what: &str, known: &[&'static str]) -> bool {
        let Some(pairs) = node.map() else {
            self.expected(node, what, "a map of keys and values");
            return false;
        };
        for (key, _) in pairs {
            let name = key.scalar().unwrap_or_default();
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied());
                let near = near.and_then(|near| known.iter().copied().find(|key| *key == near));
                let (key_name, known) = (name.to_owned(), known.to_vec());
                self.mistake(key, MistakeKind::UnknownKey { key: key_name, near, known });
            }
        }
        for key in node.repeated() {
            let name = key.scalar().unwrap_or_default().to_owned();
            self.mistake(key, MistakeKind::RepeatedKey { key: name });
        }
        true
    }

    pub(crate) fn scalar<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.scalar();
        if text.is_none() {
            self.expected(node, what, "a text");
        }
        text
    }

    pub(crate) fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        match node.scalar() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                self.expected(node, what, "true or false");
                None
            }
        }
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        table: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.scalar(node, what)?;
        if let Some((_, value)) = table.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
            return Some(*value);
        }
        let known: Vec<&'static str> = table.iter().map(|(name, _)| *name).collect();
        let near = nearest(word, known.iter().copied());
        let near = near.and_then(|near| known.iter().copied().find(|name| *name == near));
        let (key, word) = (what.to_owned(), word.to_owned());
        self.mistake(node, MistakeKind::UnknownWord { key, word, near, known });
        None
    }

    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let duration = node.scalar().and_then(parse_duration);
        if duration.is_none() {
            self.expected(node, what, "a time with its unit, as in 1h30m or 500ms");
        }
        duration
    }

    /// A text with values.
    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<Text> {
        let source = self.scalar(node, what)?;
        match Text::parse(source) {
            Ok(text) => Some(text),
            Err(error) => {
                let near = match alert_field(&error.token) {
                    Err(why) => near(&why),
                    Ok(_) => None,
                };
                let bytes = self.bytes_of(node, error.start..error.end);
                self.at(
                    bytes,
                    MistakeKind::Field { token: error.token, near, in_condition: false },
                );
                None
            }
        }
    }

    /// Texts of a list; one alone is a list of it.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.body {
            Body::List(list) => Some(list),
            Body::Scalar(_) => Some(std::slice::from_ref(node)),
            _ => {
                self.expected(node, what, "a list");
                None
            }
        }
    }

    pub(crate) fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        let list = self.list(node, what).unwrap_or_default();
        list.iter().filter_map(|one| self.scalar(one, what).map(str::to_owned)).collect()
    }

    /// The bytes of the file that are some of a scalar's value.
    pub(crate) fn bytes_of(&self, node: &Node, of: Range<usize>) -> Range<usize> {
        let value = node.scalar().unwrap_or_default();
        let offsets = scalar_offsets(self.text, node.span.start, value);
        let at = |byte: usize| offsets.get(byte).or_else(|| offsets.last()).copied();
        at(of.start).unwrap_or(node.place.offset)..at(of.end).unwrap_or(node.place.offset)
    }
}

/// The field that may be meant.
pub(crate) fn near(error: &ConditionError) -> Option<String> {
    let ConditionError::Check { errors, .. } = error else { return None };
    errors.iter().find_map(|error| match &error.kind {
        CheckErrorKind::Field(FieldError::Unknown { near, .. }) => near.clone(),
        _ => None,
    })
}
