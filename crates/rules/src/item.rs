//! One item of a rule file: its keys, and mistakes in them.

use std::collections::BTreeMap;

use peregrine_fields::Catalogue;
use peregrine_yaml::{Body, Node, Place};

use crate::SourceText;
use crate::collect::At;
use crate::diagnostic::{Diagnostic, Link};
use crate::kind::{DiagnosticKind, ShapeError};

/// One item of a file, with what is needed to tell of a mistake in it.
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

pub(crate) type Told<T> = Result<T, Box<Diagnostic>>;

/// A piece of an item as a link of Falco's chain.
pub(crate) fn link(kind: &'static str, name: impl Into<String>, place: Place) -> Link {
    Link { kind, name: name.into(), place }
}

impl<'n> Item<'n, '_> {
    pub(crate) fn error(&self, place: Place, kind: impl Into<DiagnosticKind>) -> Box<Diagnostic> {
        let items = vec![(self.kind, self.name.clone())];
        let told = Diagnostic::new(kind, self.source, place, items);
        Box::new(told.within(self.source, vec![self.link()]))
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
        let told = Diagnostic::new(kind, self.source, place, items);
        Box::new(told.within(self.source, chain))
    }

    /// The item as a link of Falco's chain; items without a name of their own have none there.
    pub(crate) fn link(&self) -> Link {
        let named = matches!(self.kind, "rule" | "macro" | "list");
        let name = if named { self.name.clone() } else { String::new() };
        // What is wrong with the list of plugins is told at the list.
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
        self.error_in(&[link("value for", key, value.place)], kind)
    }

    /// The text of a key; `None` when the key is not there.
    pub(crate) fn text(&self, key: &str) -> Told<Option<(&'n str, Place)>> {
        let Some(value) = self.node.get(key) else { return Ok(None) };
        match &value.body {
            Body::Null => {
                let mut told = self.wrong(ShapeError::EmptyKey { key: key.to_owned() });
                told.move_to(self.source, value.place);
                Err(told)
            }
            Body::Scalar(text) if text.is_empty() => {
                Err(self.wrong_value(key, value, ShapeError::EmptyValue))
            }
            Body::Scalar(text) => Ok(Some((text, value.place))),
            _ => Err(self.wrong_value(key, value, ShapeError::NotScalar)),
        }
    }

    pub(crate) fn needed(&self, key: &str) -> Told<(&'n str, Place)> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A key the item must have.
    pub(crate) fn missing(&self, key: &str) -> Box<Diagnostic> {
        self.wrong(ShapeError::MissingKey { key: key.to_owned() })
    }

    fn undecodable(&self, key: &str, place: Place) -> Box<Diagnostic> {
        self.error_in(&[link("value for", key, place)], ShapeError::Undecodable)
    }

    pub(crate) fn truth(&self, key: &str) -> Told<Option<bool>> {
        let Some((text, place)) = self.text(key)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(Some(true)),
            "false" | "no" | "off" | "n" => Ok(Some(false)),
            _ => Err(self.undecodable(key, place)),
        }
    }

    /// The source a rule names; an empty one is none.
    pub(crate) fn source(&self) -> Told<Option<&'n str>> {
        let empty = self.node.get("source").and_then(Node::scalar).is_some_and(str::is_empty);
        if empty {
            return Ok(None);
        }
        Ok(self.text("source")?.map(|(source, _)| source))
    }

    pub(crate) fn number(&self, key: &str) -> Told<Option<u64>> {
        let Some((text, place)) = self.text(key)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.undecodable(key, place))
    }

    pub(crate) fn texts(&self, key: &str) -> Told<Option<Vec<String>>> {
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
            .map(|node| node.scalar().map(str::to_owned).ok_or_else(|| wrong(node)))
            .collect::<Told<_>>()
            .map(Some)
    }

    /// `override:` as key -> whether it appends.
    pub(crate) fn overrides(
        &self,
        append: &[&str],
        replace: &[&str],
    ) -> Told<BTreeMap<String, bool>> {
        let mut found = BTreeMap::new();
        let whole = link("overrides", "", self.node.place);
        let wrong = |link: Link, kind: ShapeError| self.error_in(&[whole.clone(), link], kind);
        if let Some(node) = self.node.get("override") {
            let map = node.map().ok_or_else(|| {
                wrong(link("value for", "override", node.place), ShapeError::NotMapping)
            })?;
            for (key, how) in map {
                let name = key.scalar().unwrap_or_default();
                let (appends, replaces) = (append.contains(&name), replace.contains(&name));
                let at_key = || link("overrides", name, key.place);
                match how.scalar().unwrap_or_default() {
                    "append" if appends => found.insert(name.to_owned(), true),
                    "replace" if replaces => found.insert(name.to_owned(), false),
                    "append" => {
                        return Err(wrong(
                            at_key(),
                            ShapeError::CannotAppend { key: name.to_owned() },
                        ));
                    }
                    "replace" => {
                        return Err(wrong(
                            at_key(),
                            ShapeError::CannotReplace { key: name.to_owned() },
                        ));
                    }
                    other => {
                        let kind = ShapeError::Override {
                            key: name.to_owned(),
                            operation: other.to_owned(),
                            append: appends,
                            replace: replaces,
                        };
                        return Err(wrong(link("value for", name, how.place), kind));
                    }
                };
            }
        }
        if self.truth("append")? == Some(true) {
            if !found.is_empty() {
                return Err(self.wrong(ShapeError::OverrideAndAppend));
            }
            for key in append.iter().filter(|key| self.node.get(key).is_some()) {
                found.insert((*key).to_owned(), true);
            }
            return Ok(found);
        }
        for (name, appends) in &found {
            if self.node.get(name).is_none() {
                let operation = if *appends { "append" } else { "replace" };
                let key = name.clone();
                return Err(self.wrong(ShapeError::OverrideWithoutKey { key, operation }));
            }
        }
        if !found.is_empty() {
            let mut keys: Vec<&str> = append.iter().chain(replace).copied().collect();
            keys.sort_unstable();
            for key in keys {
                if let Some(value) = self.node.get(key)
                    && !found.contains_key(key)
                {
                    let links = [link("overrides", key, value.place)];
                    let kind = ShapeError::KeyWithoutOverride { key: key.to_owned() };
                    return Err(self.error_in(&links, kind));
                }
            }
        }
        Ok(found)
    }
}
