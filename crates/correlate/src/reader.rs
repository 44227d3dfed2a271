//! Reading the nodes of a file: each mistake is noted with its place, and reading goes on.

use peregrine_event::names::nearest;
use peregrine_yaml::{Body, Node, Place, scalar_offsets};

use crate::duration::duration;
use crate::mistake::{Mistake, MistakeKind};

/// The text of one file with the mistakes found in it.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    pub(crate) file: &'t str,
    pub(crate) text: &'t str,
    pub(crate) mistakes: Vec<Mistake>,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, mistakes: Vec::new() }
    }

    /// Notes a mistake about a whole node.
    pub(crate) fn wrong(&mut self, node: &Node, kind: MistakeKind) {
        self.at(node.place, node.span.len(), kind);
    }

    /// Notes a mistake at a place, about so many bytes.
    pub(crate) fn at(&mut self, place: Place, bytes: usize, kind: MistakeKind) {
        let found = mistake(self.file, self.text, place, bytes, kind);
        self.mistakes.push(found);
    }

    /// Notes a mistake in the value of a scalar, behind so many of its bytes.
    pub(crate) fn inside(&mut self, node: &Node, at: usize, letters: usize, kind: MistakeKind) {
        let value = node.scalar().unwrap_or_default();
        let offsets = scalar_offsets(self.text, node.place.offset, value);
        let offset =
            offsets.get(at).or_else(|| offsets.last()).copied().unwrap_or(node.place.offset);
        self.at(Place::at(self.text, offset), letters.max(1), kind);
    }

    /// The pairs of a map whose keys are all known, each there once.
    pub(crate) fn pairs<'n>(
        &mut self,
        node: &'n Node,
        what: &'static str,
        known: &[&'static str],
    ) -> &'n [(Node, Node)] {
        let Some(pairs) = node.map() else {
            self.form(node, what, "a map: `key: value`");
            return &[];
        };
        for (key, _) in pairs {
            let Some(name) = key.scalar() else {
                self.form(key, what, "a map whose keys are words");
                continue;
            };
            if !known.contains(&name) {
                let kind = MistakeKind::UnknownKey {
                    what,
                    key: name.to_owned(),
                    nearest: nearest(name, known.iter().copied()).map(str::to_owned),
                    known: known.to_vec(),
                };
                self.wrong(key, kind);
            }
        }
        self.twice(node);
        pairs
    }

    /// Notes each key that is there twice.
    pub(crate) fn twice(&mut self, node: &Node) {
        for again in node.repeated() {
            let name = again.scalar().unwrap_or_default().to_owned();
            self.wrong(again, MistakeKind::Twice(name));
        }
    }

    pub(crate) fn form(&mut self, node: &Node, what: impl Into<String>, expected: &'static str) {
        self.wrong(node, MistakeKind::Form { what: what.into(), expected });
    }

    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        let text = node.scalar().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.form(node, what, "a text");
        }
        text
    }

    /// A text, or a list of texts.
    pub(crate) fn texts<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Node, &'n str)> {
        match &node.body {
            Body::List(list) => {
                list.iter().filter_map(|one| Some((one, self.text(one, what)?))).collect()
            }
            Body::Scalar(_) => self.text(node, what).map(|text| (node, text)).into_iter().collect(),
            Body::Null | Body::Map(_) => {
                self.form(node, what, "a text or a list of texts");
                Vec::new()
            }
        }
    }

    pub(crate) fn truth(&mut self, node: &Node, what: &str) -> Option<bool> {
        match node.scalar() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                self.form(node, what, "true or false");
                None
            }
        }
    }

    /// A finite number.
    pub(crate) fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        let number = node.scalar().and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            self.form(node, what, "a number");
        }
        number
    }

    /// A length of time in nanoseconds.
    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<i64> {
        let text = self.text(node, what)?;
        let length = duration(text);
        if length.is_none() {
            self.wrong(node, MistakeKind::Duration(text.to_owned()));
        }
        length
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let nearest = nearest(text, known.iter().copied()).map(str::to_owned);
            self.wrong(node, MistakeKind::Word { what, word: text.to_owned(), nearest, known });
        }
        found.map(|(_, value)| *value)
    }
}

/// A mistake with the line it is in.
pub(crate) fn mistake(
    file: &str,
    text: &str,
    place: Place,
    bytes: usize,
    kind: MistakeKind,
) -> Mistake {
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    let rest = line.chars().count().saturating_sub(place.column.saturating_sub(1));
    let marked = text.get(place.offset..place.offset.saturating_add(bytes));
    let letters = marked.and_then(|marked| marked.lines().next()).unwrap_or_default();
    let letters = letters.chars().count().clamp(1, rest.max(1));
    Mistake { file: file.to_owned(), place, line: line.to_owned(), letters, kind }
}
