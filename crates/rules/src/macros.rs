//! Macros put into conditions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use peregrine_filter::ast::{Expr, Span};
use peregrine_filter::{DEFAULT_DEPTH, parse_at};

use crate::collect::{Items, MacroItem};
use crate::diagnostic::{Edit, Expression};
use crate::kind::{DiagnosticKind, ReferenceError};
use crate::lists::Lists;
use crate::syntax::{self, TextRepair};
use crate::traced::{Files, Spot, Traced};

/// How many comparisons a condition may have with its macros put in. Twenty macros that each name the
/// one before twice would make a million.
pub(crate) const MOST: usize = 1 << 16;
/// How often a condition is mended to find what else is wrong with it.
const REPAIRS: usize = 50;

/// What is wrong in a condition or an output, and where.
pub(crate) struct Fault {
    pub(crate) kind: DiagnosticKind,
    /// Where it was written; none: the place is where the condition or output begins.
    pub(crate) spot: Option<Spot>,
    /// The macro it is in, where that is not the text it was found from.
    pub(crate) in_macro: Option<String>,
    /// The condition as Falco shows it, and where in it.
    pub(crate) expression: Option<Expression>,
    /// How it may be mended: in words, and the replacements.
    pub(crate) repair: Option<(String, Vec<Edit>)>,
}

impl Fault {
    pub(crate) fn new(kind: impl Into<DiagnosticKind>) -> Self {
        Self { kind: kind.into(), spot: None, in_macro: None, expression: None, repair: None }
    }

    pub(crate) fn at(mut self, spot: Option<Spot>) -> Self {
        self.spot = spot;
        self
    }

    pub(crate) fn within(mut self, text: &Arc<str>, offset: Option<usize>) -> Self {
        self.expression = Some(Expression { text: Arc::clone(text), offset });
        self
    }

    /// Whether it is about a macro, not about the language.
    pub(crate) fn is_reference(&self) -> bool {
        matches!(self.kind, DiagnosticKind::Reference(_))
    }
}

/// Why a macro cannot be put in.
enum Failure {
    /// This is wrong with it.
    Fault(Box<Fault>),
    /// Something that is reported where the macro is.
    OfMacro,
}

/// A condition read: its text with the lists put in, and its tree, whose spans count from `base`.
pub(crate) struct Read {
    pub(crate) text: Traced,
    pub(crate) tree: Expr,
    base: usize,
    /// Whether it names no list that could not be read.
    complete: bool,
}

/// A tree without macros, and how many comparisons it has.
pub(crate) struct Whole {
    pub(crate) tree: Expr,
    comparisons: usize,
    /// Whether no macro had to be left out.
    complete: bool,
}

/// Takes what is wrong with a macro, and says whether that is enough.
pub(crate) type ReportMacro<'r> = dyn FnMut(&MacroItem, Fault) -> bool + 'r;

/// The macros of all files, to be put into conditions.
pub(crate) struct Macros<'i> {
    items: &'i Items,
    pub(crate) lists: Lists<'i>,
    files: &'i Files<'i>,
    /// Those that could be read.
    read: BTreeMap<&'i str, Read>,
    /// The names of these, each with the number its spans count from, in order.
    bases: Vec<(usize, &'i str)>,
    /// The number spans of rules count from.
    rule_base: usize,
    /// Those that need no other any more.
    whole: RefCell<BTreeMap<String, Rc<Whole>>>,
    /// Those with a mistake because of which they have no tree.
    broken: RefCell<BTreeSet<String>>,
    used: RefCell<BTreeSet<String>>,
}

impl<'i> Macros<'i> {
    /// Reads every macro, then puts macros into macros. None where a mistake was enough.
    pub(crate) fn new(
        items: &'i Items,
        lists: Lists<'i>,
        files: &'i Files<'i>,
        report: &mut ReportMacro<'_>,
    ) -> Option<Self> {
        let mut macros = Self {
            items,
            lists,
            files,
            read: BTreeMap::new(),
            bases: Vec::new(),
            rule_base: 0,
            whole: RefCell::default(),
            broken: RefCell::default(),
            used: RefCell::default(),
        };
        let mut all: Vec<_> = items.macros.values().collect();
        all.sort_by_key(|one| one.first);
        for one in &all {
            let mut faults = Vec::new();
            let read = if one.condition.is_empty() {
                None
            } else {
                macros.read(&one.condition, &mut faults)
            };
            for fault in faults {
                if report(one, fault) {
                    return None;
                }
            }
            if let Some(read) = read {
                macros.bases.push((read.base, &one.name));
                // Falco counts in each text from its beginning.
                let len = if items.strict { 0 } else { read.text.text().len() + 1 };
                macros.rule_base = read.base + len;
                macros.read.insert(&one.name, read);
            } else {
                macros.broken.borrow_mut().insert(one.name.clone());
            }
        }
        for one in all {
            let Some(read) = macros.read.get(one.name.as_str()) else { continue };
            let mut faults = Vec::new();
            let written = one.condition.text();
            match macros.put_in(read, written, one.order, &mut Vec::new(), &mut faults) {
                Some(whole) => {
                    macros.whole.borrow_mut().insert(one.name.clone(), Rc::new(whole));
                }
                None => {
                    macros.broken.borrow_mut().insert(one.name.clone());
                }
            }
            for fault in faults {
                if report(one, fault) {
                    return None;
                }
            }
        }
        Some(macros)
    }

    /// Names of macros that some condition has.
    pub(crate) fn used(&self) -> BTreeSet<String> {
        self.used.borrow().clone()
    }

    /// The names of all macros.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'i str> {
        self.items.macros.keys().map(String::as_str)
    }

    /// A macro as it is written, lists put in.
    pub(crate) fn read_of(&self, name: &str) -> Option<&Read> {
        self.read.get(name)
    }

    /// The parts of a rule's tree that macros were put in for, by their number from the root on.
    pub(crate) fn names_in(&self, tree: &Expr) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut outer: Vec<Option<&str>> = Vec::new();
        let mut number = 0;
        tree.walk(&mut |part, depth| {
            outer.truncate(depth);
            let name = self.macro_at(part.span().start).map(|(_, name)| name);
            if let Some(name) = name.filter(|name| outer.last() != Some(&Some(*name))) {
                found.push((number, name.to_owned()));
            }
            outer.push(name);
            number += 1;
        });
        found
    }

    /// The macro a byte of a tree is in, and the number its spans count from.
    fn macro_at(&self, at: usize) -> Option<(usize, &'i str)> {
        if at >= self.rule_base {
            return None;
        }
        let place = self.bases.partition_point(|(base, _)| *base <= at);
        self.bases.get(place.checked_sub(1)?).copied()
    }

    /// Where bytes of a tree were written, and the macro they are in; `rule` is the text of the rule
    /// the tree is of.
    pub(crate) fn spot(&self, rule: &Traced, span: Span) -> (Option<&'i str>, Option<Spot>) {
        let (name, text, base) = if span.start >= self.rule_base {
            (None, rule, self.rule_base)
        } else {
            let Some((base, name)) = self.macro_at(span.start) else { return (None, None) };
            let Some(read) = self.read.get(name) else { return (None, None) };
            (Some(name), &read.text, base)
        };
        let span = Span { start: span.start - base, end: span.end.saturating_sub(base) };
        (name, self.files.spot(text, span, &self.lists))
    }

    /// Where bytes of a condition's own tree were written.
    pub(crate) fn spot_of(&self, read: &Read, span: Span) -> Option<Spot> {
        let (start, end) = (span.start.checked_sub(read.base)?, span.end.checked_sub(read.base)?);
        self.files.spot(&read.text, Span { start, end }, &self.lists)
    }

    /// A byte of a tree, counted from the beginning of the text it is in.
    pub(crate) fn offset(&self, at: usize) -> usize {
        if at >= self.rule_base {
            return at - self.rule_base;
        }
        at - self.macro_at(at).map_or(0, |(base, _)| base)
    }

    /// Reads a condition, lists put in. A slip that can be mended is, so that what else is wrong is
    /// found too.
    fn read(&self, condition: &Traced, faults: &mut Vec<Fault>) -> Option<Read> {
        let strict = self.items.strict;
        let (mut text, complete) = if strict {
            let mut text = Traced::default();
            text.push_between(&self.lists.put_in_as_falco(condition.text()));
            (text, true)
        } else {
            self.lists.put_in(condition)
        };
        for _ in 0..REPAIRS {
            let error = match parse_at(text.text(), DEFAULT_DEPTH, self.rule_base) {
                Ok(tree) => {
                    return Some(Read { text, tree, base: self.rule_base, complete });
                }
                Err(error) => error,
            };
            let mended = if strict { None } else { syntax::repair(text.text(), &error) };
            // What is replaced is what is wrong, also where the reader got past it.
            let replaced = mended.as_ref().and_then(|mended| match mended.edits.as_slice() {
                [(bytes, _)] if !bytes.is_empty() => Some(bytes.clone()),
                _ => None,
            });
            let Range { start, end } =
                replaced.unwrap_or_else(|| syntax::word_at(text.text(), error.offset));
            let spot = self.files.spot(&text, Span { start, end }, &self.lists);
            let mut fault = Fault::new(DiagnosticKind::Syntax(error.kind))
                .within(&text.text().into(), Some(error.offset))
                .at(spot);
            if let Some(TextRepair { title, edits }) = &mended {
                let edits = edits.iter().map(|(bytes, with)| self.edit(&text, bytes.clone(), with));
                fault.repair = edits.collect::<Option<_>>().map(|edits| (title.clone(), edits));
            }
            faults.push(fault);
            text = text.edited(&mended?.edits);
        }
        None
    }

    /// A replacement of bytes of a text as one of the file; none where they are written otherwise
    /// there.
    fn edit(&self, text: &Traced, bytes: Range<usize>, with: &str) -> Option<Edit> {
        let span = Span { start: bytes.start, end: bytes.end };
        let Spot::File { file, span, list: None } = self.files.spot(text, span, &self.lists)?
        else {
            return None;
        };
        let written = self.files.source(file).text.get(span.start..span.end);
        (written == text.text().get(bytes)).then(|| Edit::new(span.start..span.end, with))
    }

    /// A rule's condition read, its tree with macros put in, and whether all of them could be.
    pub(crate) fn tree(
        &self,
        text: &Traced,
        faults: &mut Vec<Fault>,
    ) -> Option<(Read, Expr, bool)> {
        let read = self.read(text, faults)?;
        let whole = self.put_in(&read, text.text(), usize::MAX, &mut Vec::new(), faults)?;
        Some((read, whole.tree, whole.complete && faults.is_empty()))
    }

    /// Puts macros in, seen from something written at `order`. What cannot be put in is left out, so
    /// that the rest is looked at; as Falco it ends there. Falco shows the condition as it was
    /// written beside places of the one with its lists put in; so does a strict check.
    fn put_in(
        &self,
        read: &Read,
        written: &str,
        order: usize,
        open: &mut Vec<String>,
        faults: &mut Vec<Fault>,
    ) -> Option<Whole> {
        let mut comparisons = 0;
        let mut complete = read.complete;
        read.tree.checks(&mut |_| comparisons += 1);
        let strict = self.items.strict;
        let mut shown: Option<Arc<str>> = None;
        let tree = read.tree.clone().resolve(&mut |name: &str, span: Span| {
            let failure = match self.whole(name, order, open) {
                Ok(whole) if comparisons + whole.comparisons <= MOST => {
                    comparisons += whole.comparisons;
                    complete &= whole.complete && !self.items.unread.has("macro", name);
                    return Ok(whole.tree.clone());
                }
                // What is left out of it was reported.
                Ok(whole) if !(complete && whole.complete) => Failure::OfMacro,
                Ok(_) => {
                    self.broken.borrow_mut().extend(open.iter().cloned());
                    let name = name.to_owned();
                    let kind = ReferenceError::TooManyComparisons { name, limit: MOST };
                    Failure::Fault(Box::new(Fault::new(kind)))
                }
                Err(failure) => failure,
            };
            complete = false;
            comparisons += 1;
            if let Failure::Fault(fault) = failure {
                // The condition people wrote, not the macro's inside.
                let shown = shown
                    .get_or_insert_with(|| if strict { written } else { read.text.text() }.into());
                let span = Span { start: span.start - read.base, end: span.end - read.base };
                let spot = self.files.spot(&read.text, span, &self.lists);
                faults.push(fault.within(shown, Some(span.start)).at(spot));
            }
            if strict { Err(()) } else { Ok(Expr::And(Vec::new(), span)) }
        });
        // A macro that is too large, or names itself, has no tree.
        let endless = |fault: &Fault| {
            matches!(
                fault.kind,
                DiagnosticKind::Reference(
                    ReferenceError::MacroLoop { .. } | ReferenceError::TooManyComparisons { .. }
                )
            )
        };
        if faults.iter().any(endless) {
            return None;
        }
        tree.ok().map(|tree| Whole { tree, comparisons, complete })
    }

    /// A macro, seen from something written at `order`.
    fn whole(
        &self,
        name: &str,
        order: usize,
        open: &mut Vec<String>,
    ) -> Result<Rc<Whole>, Failure> {
        let fault = |kind: ReferenceError| Failure::Fault(Box::new(Fault::new(kind)));
        if open.iter().any(|outer| outer == name) {
            return Err(fault(ReferenceError::MacroLoop { name: name.to_owned() }));
        }
        let found = self.items.macros.get(name);
        if found.is_some() && !self.items.strict {
            // Also where it is defined too late.
            self.used.borrow_mut().insert(name.to_owned());
        }
        let Some(found) = found.filter(|found| found.first < order) else {
            if self.items.unread.has("macro", name) {
                return Err(Failure::OfMacro);
            }
            return Err(fault(ReferenceError::UndefinedMacro { name: name.to_owned() }));
        };
        self.used.borrow_mut().insert(name.to_owned());
        if let Some(whole) = self.whole.borrow().get(name) {
            return Ok(Rc::clone(whole));
        }
        let read = self.read.get(name).filter(|_| !self.broken.borrow().contains(name));
        let Some(read) = read else { return Err(Failure::OfMacro) };
        open.push(name.to_owned());
        let mut faults = Vec::new();
        let whole = self.put_in(read, found.condition.text(), order, open, &mut faults);
        open.pop();
        // What is wrong inside is reported with that macro, but for what this one is part of.
        match (whole, faults.into_iter().next_back()) {
            (Some(whole), _) => Ok(Rc::new(whole)),
            (None, Some(fault)) => Err(Failure::Fault(Box::new(Fault::new(fault.kind)))),
            (None, None) => Err(Failure::OfMacro),
        }
    }
}
