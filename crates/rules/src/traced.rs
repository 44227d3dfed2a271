//! Texts put together of pieces of rule files, and the place in a file each byte of them comes from.
//!
//! A condition is a base, what was appended to it, exceptions written out and lists put in. A mistake
//! in it is shown where its piece was written.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use peregrine_filter::ast::Span;
use peregrine_yaml::{LineIndex, Node, Place, scalar_offsets};

use crate::SourceText;
use crate::lists::Lists;

/// A scalar of a rule file.
#[derive(Debug)]
pub(crate) struct Scalar {
    /// The file's number.
    pub(crate) file: usize,
    /// Its bytes there, quotes included.
    pub(crate) span: Range<usize>,
    /// What it says.
    pub(crate) value: String,
}

impl Scalar {
    /// The scalar of a node; none where the node is something else.
    pub(crate) fn of(node: &Node, file: usize) -> Option<Rc<Self>> {
        let value = node.scalar()?.to_owned();
        Some(Rc::new(Self { file, span: node.span.clone(), value }))
    }
}

/// Where a piece of a text comes from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// Written by nobody: it belongs to the pieces around it.
    Between,
    /// A scalar's value, byte for byte.
    Scalar(Rc<Scalar>),
    /// A scalar in other words: each byte stands for all of it.
    Whole(Rc<Scalar>),
    /// The items of a list, byte for byte.
    List(Rc<str>),
    /// An output format that the configuration appends, by its number.
    Appended(usize),
}

#[derive(Debug, Clone)]
struct Piece {
    /// One past its last byte in the text; it begins where the one before it ends.
    end: usize,
    origin: Origin,
    /// Which byte of its origin it begins with.
    skip: usize,
}

/// A text and the origins of its pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traced {
    text: String,
    pieces: Vec<Piece>,
}

impl Traced {
    /// The value of a scalar.
    pub(crate) fn scalar(scalar: &Rc<Scalar>) -> Self {
        let mut traced = Self::default();
        traced.push(&scalar.value, Origin::Scalar(Rc::clone(scalar)), 0);
        traced
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds a piece that begins with byte `skip` of its origin.
    pub(crate) fn push(&mut self, text: &str, origin: Origin, skip: usize) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.pieces.push(Piece { end: self.text.len(), origin, skip });
    }

    /// Adds a text nobody wrote.
    pub(crate) fn push_between(&mut self, text: &str) {
        self.push(text, Origin::Between, 0);
    }

    /// Adds some bytes of another text; they must be whole letters.
    pub(crate) fn push_slice(&mut self, other: &Self, bytes: Range<usize>) {
        let mut at = bytes.start;
        let first = other.pieces.partition_point(|piece| piece.end <= at);
        for (place, piece) in other.pieces.iter().enumerate().skip(first) {
            if at >= bytes.end {
                break;
            }
            let start = place.checked_sub(1).and_then(|before| other.pieces.get(before));
            let start = start.map_or(0, |before| before.end);
            let end = piece.end.min(bytes.end);
            let text = other.text.get(at..end).unwrap_or_default();
            self.push(text, piece.origin.clone(), piece.skip + (at - start));
            at = end;
        }
    }

    /// Adds all of another text.
    pub(crate) fn push_traced(&mut self, other: &Self) {
        self.push_slice(other, 0..other.text.len());
    }

    /// Appends a text behind a blank. An empty one has a mistake, and stays as it is.
    pub(crate) fn append(&mut self, other: &Self) {
        if !self.is_empty() {
            self.push_between(" ");
            self.push_traced(other);
        }
    }

    /// Takes away all but the first bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        self.pieces.truncate(self.pieces.partition_point(|piece| piece.end < len) + 1);
        if let Some(last) = self.pieces.last_mut() {
            last.end = last.end.min(len);
        }
    }

    /// The text without blanks around it.
    pub(crate) fn trimmed(&self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        let mut trimmed = Self::default();
        trimmed.push_slice(self, start..start + self.text.trim().len());
        trimmed
    }

    /// The text with pieces of it replaced; `edits` are in order and do not overlap.
    pub(crate) fn edited(&self, edits: &[(Range<usize>, String)]) -> Self {
        let mut out = Self::default();
        let mut done = 0;
        for (bytes, text) in edits {
            out.push_slice(self, done..bytes.start);
            out.push_between(text);
            done = bytes.end;
        }
        out.push_slice(self, done..self.text.len());
        out
    }

    /// The number of the piece a byte is in, and where the piece begins.
    fn piece(&self, at: usize) -> Option<(&Piece, usize)> {
        let place = self.pieces.partition_point(|piece| piece.end <= at);
        let place = place.min(self.pieces.len().checked_sub(1)?);
        let start = place.checked_sub(1).and_then(|before| self.pieces.get(before));
        Some((self.pieces.get(place)?, start.map_or(0, |before| before.end)))
    }
}

/// Bytes of a text that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    /// In a file.
    File {
        /// The file's number.
        file: usize,
        /// The bytes.
        span: Span,
        /// The list whose item they are.
        list: Option<Rc<str>>,
    },
    /// In an output format that the configuration appends, by its number.
    Appended(usize),
}

/// The file's number and where in it a scalar begins.
type ScalarKey = (usize, usize);

/// The rule files, and where their lines and the letters of their scalars are.
pub(crate) struct Files<'a> {
    pub(crate) sources: &'a [SourceText<'a>],
    lines: Vec<OnceCell<LineIndex>>,
    offsets: RefCell<HashMap<ScalarKey, Rc<[usize]>>>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(sources: &'a [SourceText<'a>]) -> Self {
        let lines = sources.iter().map(|_| OnceCell::new()).collect();
        Self { sources, lines, offsets: RefCell::default() }
    }

    /// A file.
    pub(crate) fn source(&self, file: usize) -> SourceText<'a> {
        self.sources.get(file).copied().unwrap_or(SourceText { name: "", text: "" })
    }

    /// The place of a byte of a file.
    pub(crate) fn place(&self, file: usize, offset: usize) -> Place {
        let text = self.source(file).text;
        let lines = self.lines.get(file).map(|lines| lines.get_or_init(|| LineIndex::new(text)));
        lines.map_or_else(Place::default, |lines| lines.place(text, offset))
    }

    /// Where the letters of a scalar's value are in its file.
    fn offsets(&self, scalar: &Scalar) -> Rc<[usize]> {
        let key = (scalar.file, scalar.span.start);
        let mut known = self.offsets.borrow_mut();
        let offsets = known.entry(key).or_insert_with(|| {
            let text = self.source(scalar.file).text;
            scalar_offsets(text, scalar.span.start, &scalar.value).into()
        });
        Rc::clone(offsets)
    }

    /// Where some bytes of a text were written; where they are of many pieces, as far as the file and
    /// the scalar of the first go.
    pub(crate) fn spot(&self, traced: &Traced, bytes: Span, lists: &Lists<'_>) -> Option<Spot> {
        // At the end of a text nothing is written: behind its last letter.
        let written = traced.text.trim_end().len();
        let (mut start, mut end) = (bytes.start, bytes.end.max(bytes.start));
        if start >= written {
            (start, end) = (written, written);
        }
        let at = if start == end { start.saturating_sub(1) } else { start };
        let (mut piece, mut begin) = traced.piece(at)?;
        if matches!(piece.origin, Origin::Between) {
            // What stands before it, else what follows.
            let before = begin.checked_sub(1).and_then(|before| traced.piece(before));
            let behind = traced.piece(piece.end);
            let before = before.filter(|(before, _)| !matches!(before.origin, Origin::Between));
            match (before, behind) {
                (Some((before, from)), _) => {
                    (piece, begin) = (before, from);
                    (start, end) = (begin_of_word(traced, begin, piece.end), piece.end);
                }
                (None, Some((behind, from))) => {
                    (piece, begin) = (behind, from);
                    (start, end) = (begin, piece.end.min(end.max(begin + 1)));
                }
                (None, None) => return None,
            }
        }
        match &piece.origin {
            Origin::Between => None,
            Origin::Appended(number) => Some(Spot::Appended(*number)),
            Origin::Whole(scalar) => {
                let span = Span { start: scalar.span.start, end: scalar.span.end };
                Some(Spot::File { file: scalar.file, span, list: None })
            }
            Origin::List(name) => {
                let items = lists.items(name)?;
                let from = piece.skip + (start - begin);
                let to = piece.skip + (end.min(piece.end) - begin);
                let mut spot = self.spot(items, Span { start: from, end: to }, lists)?;
                if let Spot::File { list: list @ None, .. } = &mut spot {
                    *list = Some(Rc::clone(name));
                }
                Some(spot)
            }
            Origin::Scalar(scalar) => {
                let offsets = self.offsets(scalar);
                let of = |piece: &Piece, begin: usize, at: usize| {
                    offsets.get(piece.skip + at.saturating_sub(begin)).copied()
                };
                let from = of(piece, begin, start)?;
                let last = end.checked_sub(1).filter(|last| *last >= start);
                let to = last.and_then(|last| {
                    let (piece, begin) = traced.piece(last).filter(|(piece, _)| {
                        matches!(&piece.origin, Origin::Scalar(other) if Rc::ptr_eq(other, scalar))
                    })?;
                    let behind = of(piece, begin, last + 1).unwrap_or_default();
                    Some(behind.max(of(piece, begin, last)? + 1))
                });
                let to = match (last, to) {
                    (None, _) => from,
                    (_, Some(to)) => to,
                    (_, None) => of(piece, begin, piece.end).unwrap_or(from),
                };
                let span = Span { start: from, end: to.max(from) };
                Some(Spot::File { file: scalar.file, span, list: None })
            }
        }
    }
}

/// Where the last word of some bytes begins.
fn begin_of_word(traced: &Traced, from: usize, to: usize) -> usize {
    let text = traced.text.get(from..to).unwrap_or_default().trim_end();
    from + text.rsplit(char::is_whitespace).next().map_or(0, |word| text.len() - word.len())
}
