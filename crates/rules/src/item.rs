//! One item of a rule file: its keys, and mistakes in them.

use std::collections::BTreeMap;

use peregrine_fields::Catalogue;

use crate::SourceText;
use crate::collect::At;
use crate::diagnostic::{Code, Diagnostic, Link, Place};
use crate::yaml::{Body, Node};

/// One item of a file, with what is needed to tell of a mistake in it.
pub(crate) struct Item<'n, 's> {
    pub(crate) node: &'n Node,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) source: &'s SourceText<'s>,
    pub(crate) file: usize,
    /// The fields there are.
    pub(crate) catalogue: Catalogue,
}

pub(crate) type Told<T> = Result<T, Box<Diagnostic>>;

impl<'n> Item<'n, '_> {
    pub(crate) fn error(
        &self,
        place: Place,
        code: Code,
        message: impl Into<String>,
    ) -> Box<Diagnostic> {
        let items = vec![(self.kind, self.name.clone())];
        let told = Diagnostic::new(code, self.source, place, items, message);
        Box::new(told.within(self.source, vec![self.link()]))
    }

    /// The item as a link of Falco's chain; items without a name of their own have none there.
    pub(crate) fn link(&self) -> Link {
        let named = matches!(self.kind, "rule" | "macro" | "list");
        let name = if named { self.name.clone() } else { String::new() };
        Link { kind: self.kind, name, place: self.node.place }
    }

    pub(crate) fn at(&self, place: Place) -> At {
        At { file: self.file, place }
    }

    pub(crate) fn wrong(&self, place: Place, message: impl Into<String>) -> Box<Diagnostic> {
        self.error(place, Code::ErrYamlValidate, message)
    }

    /// The text of a key; `None` when the key is not there.
    pub(crate) fn text(&self, key: &str) -> Told<Option<(&'n str, Place)>> {
        let Some(value) = self.node.get(key) else { return Ok(None) };
        match &value.body {
            Body::Null => Err(self.wrong(value.place, format!("Mapping for key '{key}' is empty"))),
            Body::Scalar(text) if text.is_empty() => {
                Err(self.wrong(value.place, "Value must be non-empty"))
            }
            Body::Scalar(text) => Ok(Some((text, value.place))),
            _ => Err(self.wrong(value.place, "Value is not a scalar value")),
        }
    }

    pub(crate) fn needed(&self, key: &str) -> Told<(&'n str, Place)> {
        self.text(key)?.ok_or_else(|| {
            self.wrong(self.node.place, format!("Item has no mapping for key '{key}'"))
        })
    }

    pub(crate) fn truth(&self, key: &str) -> Told<Option<bool>> {
        let Some((text, place)) = self.text(key)? else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(Some(true)),
            "false" | "no" | "off" | "n" => Ok(Some(false)),
            _ => Err(self.wrong(place, "Can't decode YAML scalar value")),
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
        text.parse().map(Some).map_err(|_| self.wrong(place, "Can't decode YAML scalar value"))
    }

    pub(crate) fn texts(&self, key: &str) -> Told<Option<Vec<String>>> {
        let Some(value) = self.node.get(key) else { return Ok(None) };
        let list = match &value.body {
            Body::Null => return Ok(Some(Vec::new())),
            Body::List(list) => list,
            _ => return Err(self.wrong(value.place, "Value is not a sequence")),
        };
        list.iter()
            .map(|node| match node.scalar() {
                Some(text) => Ok(text.to_owned()),
                None => Err(self.wrong(node.place, "sequence value is not scalar")),
            })
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
        if let Some(node) = self.node.get("override") {
            let map = node.map().ok_or_else(|| self.wrong(node.place, "Value is not a mapping"))?;
            for (key, how) in map {
                let name = key.scalar().unwrap_or_default();
                match how.scalar() {
                    Some("append") if append.contains(&name) => found.insert(name.to_owned(), true),
                    Some("append") if replace.contains(&name) => {
                        return Err(self.wrong(
                            key.place,
                            format!("Key '{name}' cannot be appended to, use 'replace' instead"),
                        ));
                    }
                    Some("append") => {
                        return Err(
                            self.wrong(key.place, format!("Key '{name}' cannot be appended to"))
                        );
                    }
                    Some("replace") if replace.contains(&name) => {
                        found.insert(name.to_owned(), false)
                    }
                    Some("replace") => {
                        return Err(
                            self.wrong(key.place, format!("Key '{name}' cannot be replaced"))
                        );
                    }
                    _ => {
                        let message = format!(
                            "Invalid override operation for key '{name}': '{}'. Allowed values are: append replace ",
                            how.scalar().unwrap_or_default()
                        );
                        return Err(self.wrong(how.place, message));
                    }
                };
                if self.node.get(name).is_none() {
                    let word =
                        if found.get(name) == Some(&true) { "An append" } else { "A replace" };
                    return Err(self.wrong(
                        key.place,
                        format!(
                            "{word} override for '{name}' was specified but '{name}' is not defined"
                        ),
                    ));
                }
            }
        }
        if self.truth("append")? == Some(true) {
            if !found.is_empty() {
                return Err(self.wrong(
                    self.node.place,
                    "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.",
                ));
            }
            for key in append.iter().filter(|key| self.node.get(key).is_some()) {
                found.insert((*key).to_owned(), true);
            }
        } else if !found.is_empty() {
            for key in append.iter().chain(replace) {
                if let Some(value) = self.node.get(key)
                    && !found.contains_key(*key)
                {
                    return Err(self.wrong(value.place, format!("Unexpected key '{key}': no corresponding entry under 'override' is defined.")));
                }
            }
        }
        Ok(found)
    }
}
