//! Macros put into conditions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use peregrine_filter::ast::{Expr, Span};
use peregrine_filter::{DEFAULT_DEPTH, parse};

use crate::collect::Items;
use crate::diagnostic::Expression;
use crate::kind::{DiagnosticKind, ReferenceError};
use crate::lists::Lists;

/// How many comparisons a condition may have with its macros put in. Twenty macros that each name the
/// one before twice would make a million.
pub(crate) const MOST: usize = 1 << 16;

/// What is wrong in a condition or an output, and what leads to its place.
pub(crate) struct Wrong {
    pub(crate) kind: DiagnosticKind,
    /// What is looked for in the file; empty: the place is where the condition or output begins.
    pub(crate) piece: String,
    /// The condition as it was read, and where in it.
    pub(crate) expression: Option<Expression>,
}

impl Wrong {
    pub(crate) fn new(kind: impl Into<DiagnosticKind>) -> Self {
        let kind = kind.into();
        Self { piece: kind.subject().unwrap_or_default(), kind, expression: None }
    }

    pub(crate) fn within(mut self, text: &str, offset: Option<usize>) -> Self {
        self.expression = Some(Expression { text: text.to_owned(), offset });
        self
    }

    /// Whether it is about a macro, not about the language.
    pub(crate) fn is_reference(&self) -> bool {
        matches!(self.kind, DiagnosticKind::Reference(_))
    }
}

/// Why a condition has no tree.
pub(crate) enum Failure {
    /// This is wrong with it.
    Wrong(Box<Wrong>),
    /// A macro it names is wrong: that is told where the macro is.
    OfMacro,
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(Box::new(wrong))
    }
}

impl From<Box<Wrong>> for Failure {
    fn from(wrong: Box<Wrong>) -> Self {
        Self::Wrong(wrong)
    }
}

/// A condition read: its text with the lists put in, and its tree.
pub(crate) struct Read {
    text: String,
    tree: Expr,
}

/// A tree without macros, and how many comparisons it has.
pub(crate) struct Whole {
    pub(crate) tree: Expr,
    comparisons: usize,
}

/// The macros of all files, to be put into conditions.
pub(crate) struct Macros<'i> {
    items: &'i Items,
    pub(crate) lists: Lists<'i>,
    /// Those that could be read.
    read: BTreeMap<&'i str, Read>,
    /// Those that need no other any more.
    whole: RefCell<BTreeMap<String, Rc<Whole>>>,
    /// Those about which something was told.
    broken: RefCell<BTreeSet<String>>,
    used: RefCell<BTreeSet<String>>,
}

impl<'i> Macros<'i> {
    /// Reads every macro, then puts macros into macros; `tell` is told what is wrong with one, and
    /// says whether that is enough.
    pub(crate) fn new(
        items: &'i Items,
        lists: Lists<'i>,
        tell: &mut dyn FnMut(&crate::collect::MacroItem, &Wrong) -> bool,
    ) -> Option<Self> {
        let mut macros = Self {
            items,
            lists,
            read: BTreeMap::new(),
            whole: RefCell::default(),
            broken: RefCell::default(),
            used: RefCell::default(),
        };
        let mut all: Vec<_> = items.macros.values().collect();
        all.sort_by_key(|one| one.first);
        for one in &all {
            match macros.read(&one.condition) {
                Ok(read) => {
                    macros.read.insert(&one.name, read);
                }
                Err(wrong) => {
                    macros.broken.borrow_mut().insert(one.name.clone());
                    if tell(one, &wrong) {
                        return None;
                    }
                }
            }
        }
        for one in all {
            let Some(read) = macros.read.get(one.name.as_str()) else { continue };
            match macros.put_in(read, &one.condition, one.order, &mut Vec::new()) {
                Ok(whole) => {
                    macros.whole.borrow_mut().insert(one.name.clone(), Rc::new(whole));
                }
                Err(failure) => {
                    macros.broken.borrow_mut().insert(one.name.clone());
                    if let Failure::Wrong(wrong) = failure
                        && tell(one, &wrong)
                    {
                        return None;
                    }
                }
            }
        }
        Some(macros)
    }

    /// Names of macros that some condition has.
    pub(crate) fn used(&self) -> BTreeSet<String> {
        self.used.borrow().clone()
    }

    /// Reads a condition, lists put in.
    fn read(&self, text: &str) -> Result<Read, Box<Wrong>> {
        let text = if self.items.strict {
            self.lists.put_in_as_falco(text)
        } else {
            self.lists.put_in(text)
        };
        match parse(&text, DEFAULT_DEPTH) {
            Ok(tree) => Ok(Read { text, tree }),
            Err(error) => {
                let rest = text.get(error.offset..).unwrap_or_default();
                let piece = rest.split_whitespace().next().unwrap_or_default().to_owned();
                let wrong = Wrong { piece, ..Wrong::new(DiagnosticKind::Syntax(error.kind)) };
                Err(Box::new(wrong.within(&text, Some(error.offset))))
            }
        }
    }

    /// The tree of a rule's condition, lists and macros put in.
    pub(crate) fn tree(&self, text: &str) -> Result<Expr, Failure> {
        let read = self.read(text)?;
        let whole = self.put_in(&read, text, usize::MAX, &mut Vec::new())?;
        Ok(whole.tree)
    }

    /// Puts macros in, seen from something written at `order`. Falco shows the condition as it was
    /// written beside places of the one with its lists put in; so does a strict check.
    fn put_in(
        &self,
        read: &Read,
        written: &str,
        order: usize,
        open: &mut Vec<String>,
    ) -> Result<Whole, Failure> {
        let mut comparisons = 0;
        read.tree.checks(&mut |_| comparisons += 1);
        let tree = read.tree.clone().resolve(&mut |name: &str, span: Span| {
            // The condition people wrote, not the macro's inside.
            let shown = if self.items.strict { written } else { &read.text };
            let at_name = |failure: Failure| match failure {
                Failure::Wrong(wrong) => wrong.within(shown, Some(span.start)).into(),
                Failure::OfMacro => Failure::OfMacro,
            };
            let whole = self.whole(name, order, open).map_err(at_name)?;
            comparisons += whole.comparisons;
            if comparisons > MOST {
                self.broken.borrow_mut().extend(open.iter().cloned());
                let name = name.to_owned();
                let kind = ReferenceError::TooManyComparisons { name, limit: MOST };
                return Err(at_name(Wrong::new(kind).into()));
            }
            Ok(whole.tree.clone())
        })?;
        Ok(Whole { tree, comparisons })
    }

    /// A macro, seen from something written at `order`.
    fn whole(
        &self,
        name: &str,
        order: usize,
        open: &mut Vec<String>,
    ) -> Result<Rc<Whole>, Failure> {
        if open.iter().any(|outer| outer == name) {
            return Err(Wrong::new(ReferenceError::MacroLoop { name: name.to_owned() }).into());
        }
        let found = self.items.macros.get(name).filter(|found| found.first < order);
        let Some(found) = found else {
            let known = self.items.macros.keys().map(String::as_str);
            return Err(Wrong::new(ReferenceError::undefined(name, known)).into());
        };
        self.used.borrow_mut().insert(name.to_owned());
        if let Some(whole) = self.whole.borrow().get(name) {
            return Ok(Rc::clone(whole));
        }
        let read = self.read.get(name).filter(|_| !self.broken.borrow().contains(name));
        let Some(read) = read else { return Err(Failure::OfMacro) };
        open.push(name.to_owned());
        let whole = self.put_in(read, &found.condition, order, open);
        open.pop();
        whole.map(Rc::new)
    }
}
