//! One item of a rule file: its keys, and mistakes in them.

use std::collections::BTreeMap;
use std::rc::Rc;

use peregrine_fields::Catalogue;
use peregrine_yaml::{Body, Node, Place};

use crate::SourceText;
use crate::collect::At;
use crate::diagnostic::{Diagnostic, Link};
use crate::kind::{DiagnosticKind, ShapeError};
use crate::traced::Scalar;

/// One item of a file, with what is needed to report a mistake in it.
pub(crate) struct Item<'n, 's> {
    pub(crate) node: &'n Node,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) source: &'s SourceText<'s>,
    pub(crate) file: usize,
    /// The fields there are.
    pub(crate) catalogue: Catalogue,
    /// Whether only what Falco takes is taken.
    pub(crate) strict: bool,
}

/// A part of an item, or the mistake in it.
pub(crate) type ItemResult<T> = Result<T, Box<Diagnostic>>;

/// Takes the mistakes of an item: all of them, or as Falco the first alone.
pub(crate) struct Faults<'d> {
    pub(crate) strict: bool,
    pub(crate) diagnostics: &'d mut Vec<Diagnostic>,
}

impl Faults<'_> {
    /// The part; none where it has a mistake, which is noted.
    ///
    /// # Errors
    /// The mistake, where one is enough.
    pub(crate) fn note<T>(&mut self, part: ItemResult<T>) -> ItemResult<Option<T>> {
        match part {
            Ok(part) => Ok(Some(part)),
            Err(fault) if self.strict => Err(fault),
            Err(fault) => {
                self.diagnostics.push(*fault);
                Ok(None)
            }
        }
    }

    /// The same of a part that may be absent.
    ///
    /// # Errors
    /// The mistake, where one is enough.
    pub(crate) fn optional<T>(&mut self, part: ItemResult<Option<T>>) -> ItemResult<Option<T>> {
        Ok(self.note(part)?.flatten())
    }

    pub(crate) fn push(&mut self, diagnostic: Box<Diagnostic>) {
        self.diagnostics.push(*diagnostic);
    }
}

/// What `override` says of a key, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Override {
    Append,
    Replace,
}

/// A piece of an item as a link of Falco's chain.
pub(crate) fn link(kind: &'static str, name: impl Into<String>, place: Place) -> Link {
    Link { kind, name: name.into(), place }
}

impl<'n> Item<'n, '_> {
    pub(crate) fn error(&self, place: Place, kind: impl Into<DiagnosticKind>) -> Box<Diagnostic> {
        let items = vec![(self.kind, self.name.clone())];
        let diagnostic = Diagnostic::new(kind, self.source, place, items);
        Box::new(diagnostic.within(vec![self.link()]))
    }

    /// A mistake that is a scalar of the item.
    pub(crate) fn error_of(
        &self,
        scalar: &Node,
        kind: impl Into<DiagnosticKind>,
    ) -> Box<Diagnostic> {
        let mut error = self.error(scalar.place, kind);
        error.show_at(self.source, scalar.span.clone());
        error
    }

    /// A mistake of the item as a whole, shown at its name.
    pub(crate) fn error_of_name(&self, kind: impl Into<DiagnosticKind>) -> Box<Diagnostic> {
        let mut error = self.wrong(kind);
        if let Some(name) = self.node.get(self.kind).filter(|name| name.scalar().is_some()) {
            error.show_at(self.source, name.span.clone());
        }
        error
    }

    /// A mistake in a piece of the item: the links lead there, the last one is the place.
    pub(crate) fn error_in(
        &self,
        links: &[Link],
        kind: impl Into<DiagnosticKind>,
    ) -> Box<Diagnostic> {
        let place = links.last().map_or(self.node.place, |link| link.place);
        let mut items = vec![(self.kind, self.name.clone())];
        let named = links.iter().filter(|link| link.kind == "exception" && !link.name.is_empty());
        items.extend(named.map(|link| (link.kind, link.name.clone())));
        let chain = std::iter::once(self.link()).chain(links.iter().cloned()).collect();
        let diagnostic = Diagnostic::new(kind, self.source, place, items);
        Box::new(diagnostic.within(chain))
    }

    /// The item as a link of Falco's chain; items without a name of their own have none there.
    pub(crate) fn link(&self) -> Link {
        let named = matches!(self.kind, "rule" | "macro" | "list");
        let name = if named { self.name.clone() } else { String::new() };
        // What is wrong with the list of plugins is reported at the list.
        match self.node.get(self.kind).filter(|_| self.kind == "required_plugin_versions") {
            Some(list) => link("required plugin versions", "", list.place),
            None => link(self.kind, name, self.node.place),
        }
    }

    pub(crate) fn at(&self, place: Place) -> At {
        At { file: self.file, place }
    }

    /// A mistake in the item as a whole.
    pub(crate) fn wrong(&self, kind: impl Into<DiagnosticKind>) -> Box<Diagnostic> {
        self.error(self.node.place, kind)
    }

    /// A mistake in the value of a key.
    fn wrong_value(&self, key: &str, value: &Node, kind: ShapeError) -> Box<Diagnostic> {
        let mut error = self.error_in(&[link("value for", key, value.place)], kind);
        error.show_at(self.source, value.span.clone());
        error
    }

    /// The text of a key; `None` when the key is not there.
    pub(crate) fn text(&self, key: &str) -> ItemResult<Option<(&'n str, &'n Node)>> {
        let Some(value) = self.node.get(key) else { return Ok(None) };
        match &value.body {
            Body::Null => {
                let mut error = self.wrong(ShapeError::EmptyKey { key: key.to_owned() });
                error.show_at(self.source, value.span.clone());
                Err(error)
            }
            Body::Scalar(text) if text.is_empty() => {
                Err(self.wrong_value(key, value, ShapeError::EmptyValue))
            }
            Body::Scalar(text) => Ok(Some((text, value))),
            _ => Err(self.wrong_value(key, value, ShapeError::NotScalar)),
        }
    }

    pub(crate) fn needed(&self, key: &str) -> ItemResult<(&'n str, &'n Node)> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A key the item must have.
    pub(crate) fn missing(&self, key: &str) -> Box<Diagnostic> {
        self.wrong(ShapeError::MissingKey { key: key.to_owned() })
    }

    fn undecodable(&self, key: &str, value: &Node, expected: &str) -> Box<Diagnostic> {
        let mut error = self.wrong_value(key, value, ShapeError::Undecodable);
        error.help.push(format!("`{key}` takes {expected}"));
        error
    }

    pub(crate) fn truth(&self, key: &str) -> ItemResult<Option<bool>> {
        let Some((text, value)) = self.text(key)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(Some(true)),
            "false" | "no" | "off" | "n" => Ok(Some(false)),
            _ => Err(self.undecodable(key, value, "true or false")),
        }
    }

    /// The source a rule names; an empty one is none.
    pub(crate) fn source(&self) -> ItemResult<Option<&'n str>> {
        let empty = self.node.get("source").and_then(Node::scalar).is_some_and(str::is_empty);
        if empty {
            return Ok(None);
        }
        Ok(self.text("source")?.map(|(source, _)| source))
    }

    pub(crate) fn number(&self, key: &str) -> ItemResult<Option<u64>> {
        let Some((text, value)) = self.text(key)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.undecodable(key, value, "a whole number"))
    }

    pub(crate) fn texts(&self, key: &str) -> ItemResult<Option<Vec<Rc<Scalar>>>> {
        let Some(value) = self.node.get(key) else { return Ok(None) };
        let list = match &value.body {
            Body::Null if !self.strict => return Ok(Some(Vec::new())),
            Body::List(list) => list,
            _ => return Err(self.wrong_value(key, value, ShapeError::NotSequence)),
        };
        let wrong = |node: &Node| {
            let links = [link("value for", key, value.place), link("list item", "", node.place)];
            self.error_in(&links, ShapeError::ListItemNotScalar)
        };
        list.iter()
            .map(|node| Scalar::of(node, self.file).ok_or_else(|| wrong(node)))
            .collect::<ItemResult<_>>()
            .map(Some)
    }

    /// One entry of `override`.
    fn one_override(
        &self,
        (key, how): &(Node, Node),
        append: &[&str],
        replace: &[&str],
    ) -> ItemResult<(String, Override)> {
        let wrong = |link: Link, scalar: &Node, kind: ShapeError| {
            let whole = crate::item::link("overrides", "", self.node.place);
            let mut error = self.error_in(&[whole, link], kind);
            error.show_at(self.source, scalar.span.clone());
            error
        };
        let name = key.scalar().unwrap_or_default();
        let (appends, replaces) = (append.contains(&name), replace.contains(&name));
        let at_key = link("overrides", name, key.place);
        match how.scalar().unwrap_or_default() {
            "append" if appends => Ok((name.to_owned(), Override::Append)),
            "replace" if replaces => Ok((name.to_owned(), Override::Replace)),
            "append" => Err(wrong(at_key, key, ShapeError::CannotAppend { key: name.to_owned() })),
            "replace" => {
                Err(wrong(at_key, key, ShapeError::CannotReplace { key: name.to_owned() }))
            }
            other => {
                let kind = ShapeError::Override {
                    key: name.to_owned(),
                    operation: other.to_owned(),
                    append: appends,
                    replace: replaces,
                };
                Err(wrong(link("value for", name, how.place), how, kind))
            }
        }
    }

    /// `override:` by key; `append: true` is one of every key that can be appended to.
    pub(crate) fn overrides(
        &self,
        append: &[&str],
        replace: &[&str],
        faults: &mut Faults<'_>,
    ) -> ItemResult<BTreeMap<String, Override>> {
        let mut found = BTreeMap::new();
        let node = self.node.get("override");
        if let Some(node) = node {
            let map = node.map().ok_or_else(|| {
                let links = [
                    link("overrides", "", self.node.place),
                    link("value for", "override", node.place),
                ];
                self.error_in(&links, ShapeError::NotMapping)
            });
            for entry in faults.note(map)?.unwrap_or_default() {
                found.extend(faults.note(self.one_override(entry, append, replace))?);
            }
        }
        if faults.optional(self.truth("append"))? == Some(true) {
            if !found.is_empty() {
                faults.note::<()>(Err(self.wrong(ShapeError::OverrideAndAppend)))?;
            }
            for key in append.iter().filter(|key| self.node.get(key).is_some()) {
                found.insert((*key).to_owned(), Override::Append);
            }
            return Ok(found);
        }
        let mut without_key = Vec::new();
        for (name, how) in &found {
            if self.node.get(name).is_none() {
                let operation = if *how == Override::Append { "append" } else { "replace" };
                let key = name.clone();
                let error = self.wrong(ShapeError::OverrideWithoutKey { key, operation });
                faults.note::<()>(Err(error))?;
                without_key.push(name.clone());
            }
        }
        if !found.is_empty() {
            let mut keys: Vec<&str> = append.iter().chain(replace).copied().collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                // An entry with another mistake is an entry.
                if let Some(value) = self.node.get(key)
                    && node.and_then(|node| node.get(key)).is_none()
                {
                    let links = [link("overrides", key, value.place)];
                    let kind = ShapeError::KeyWithoutOverride { key: key.to_owned() };
                    faults.note::<()>(Err(self.error_in(&links, kind)))?;
                }
            }
        }
        found.retain(|name, _| !without_key.contains(name));
        Ok(found)
    }
}
