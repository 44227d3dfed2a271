//! Keys whose values are lists and maps, as Falco takes them apart: a part that is not what it must be is an
//! error with the place Falco names.

use std::path::PathBuf;

use super::error::Error;
use super::plugins::{is_empty, library};
use crate::include::ConfigFile;
use crate::plugins::{Plugin, init_config};
use crate::tree::{Body, Node, Strategy};

/// A text that must be one. Nothing is the text `null`.
fn text(node: &Node) -> Result<&str, Error> {
    match &node.body {
        Body::Scalar(text) => Ok(text),
        Body::Null => Ok("null"),
        Body::List(_) | Body::Map(_) => Err(Error::BadConversion(node.place)),
    }
}

/// The elements of a list; a single value stands for a list of it, anything else for none.
fn elements(node: Option<&Node>) -> &[Node] {
    match node {
        Some(Node { body: Body::List(list), .. }) => list,
        Some(node @ Node { body: Body::Scalar(_), .. }) => std::slice::from_ref(node),
        _ => &[],
    }
}

/// A list of texts at the top.
pub(super) fn texts(tree: &Node, key: &str) -> Result<Vec<String>, Error> {
    texts_of(tree.get(key))
}

/// A list of texts.
pub(super) fn texts_of(node: Option<&Node>) -> Result<Vec<String>, Error> {
    elements(node).iter().map(|node| Ok(text(node)?.to_owned())).collect()
}

/// The pairs of an entry that must be a map.
fn map(node: &Node) -> Result<&[(String, Node)], Error> {
    node.map().ok_or(Error::BadConversion(node.place))
}

/// A key of an entry. Below nothing and below a list there is none.
fn part<'n>(node: &'n Node, key: &str) -> Result<Option<&'n Node>, Error> {
    match &node.body {
        Body::Scalar(_) => Err(Error::Scalar(super::error::Access::OfScalar {
            place: node.place,
            key: key.to_owned(),
        })),
        _ => Ok(node.get(key)),
    }
}

/// A text of an entry, where it has the key.
fn text_part<'n>(node: &'n Node, key: &str) -> Result<Option<&'n str>, Error> {
    part(node, key)?.map(text).transpose()
}

/// `config_files`. A strategy nobody knows is `append`.
pub(super) fn config_files(tree: &Node) -> Result<Vec<ConfigFile>, Error> {
    if let Body::Scalar(_) = tree.body {
        let why =
            super::error::Access::OfScalar { place: tree.place, key: "config_files".to_owned() };
        return Err(Error::Key { key: "config_files".to_owned(), why });
    }
    let file = |node: &Node| {
        if node.map().is_none() {
            let path = PathBuf::from(text(node)?);
            return Ok(ConfigFile { path, strategy: Strategy::Append });
        }
        let path = text_part(node, "path")?.ok_or(Error::BadConversion(node.place))?;
        let named = text_part(node, "strategy")?.and_then(Strategy::named);
        let strategy = named.unwrap_or_default();
        Ok(ConfigFile { path: PathBuf::from(path), strategy })
    };
    elements(tree.get("config_files")).iter().map(file).collect()
}

/// `rules`: each entry is left with one action, which has a rule, a tag, or both.
pub(super) fn rules(tree: &mut Node) -> Result<(), Error> {
    let mut entries = Vec::new();
    for entry in elements(tree.get("rules")) {
        map(entry)?;
        let wrong = || Error::BadConversion(entry.place);
        let action = ["enable", "disable"].into_iter().find(|action| entry.get(action).is_some());
        let action = action.ok_or_else(wrong)?;
        let selection = entry.get(action).filter(|node| node.map().is_some()).ok_or_else(wrong)?;
        let mut pairs = Vec::new();
        for of in ["rule", "tag"] {
            let name = text_part(selection, of)?.filter(|name| !name.is_empty());
            pairs.extend(name.map(|name| (of.to_owned(), scalar(entry, name))));
        }
        if pairs.is_empty() {
            return Err(wrong());
        }
        let selection = Node::new(entry.origin.clone(), Body::Map(pairs));
        let pairs = vec![(action.to_owned(), selection)];
        entries.push(Node::new(entry.origin.clone(), Body::Map(pairs)));
    }
    replace(tree, "rules", entries);
    Ok(())
}

/// `append_output`: each entry is left with what Falco takes of it. For those that are for a rule and for
/// tags: the rule, the tags.
pub(super) fn append_output(tree: &mut Node) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut entries = Vec::new();
    let mut narrow = Vec::new();
    for entry in elements(tree.get("append_output")) {
        map(entry)?;
        let mut pairs = Vec::new();
        if let Some(only) = entry.get("match") {
            let (of, rule, tags) = matching(entry, only)?;
            if !rule.is_empty() && !tags.is_empty() {
                narrow.push((rule, tags));
            }
            pairs.push(("match".to_owned(), of));
        }
        if let Some(format) = text_part(entry, "extra_output")? {
            pairs.push(("extra_output".to_owned(), scalar(entry, format)));
        }
        if let Some(fields) = entry.get("extra_fields") {
            pairs.push(("extra_fields".to_owned(), extra_fields(entry, fields)?));
        }
        if let Some(suggested) = entry.get("suggested_output") {
            let flag = suggested.scalar().and_then(crate::scalar::flag);
            let flag = flag.ok_or(Error::BadConversion(suggested.place))?;
            pairs.push(("suggested_output".to_owned(), scalar(entry, &flag.to_string())));
        }
        entries.push(Node::new(entry.origin.clone(), Body::Map(pairs)));
    }
    replace(tree, "append_output", entries);
    Ok(narrow)
}

/// What an entry is for: as it is left, the rule, the tags in the order of their names.
fn matching(entry: &Node, only: &Node) -> Result<(Node, String, Vec<String>), Error> {
    let mut pairs = Vec::new();
    for of in ["source", "rule"] {
        let name = text_part(only, of)?.filter(|name| !name.is_empty());
        pairs.extend(name.map(|name| (of.to_owned(), scalar(entry, name))));
    }
    let mut tags = Vec::new();
    if let Some(Node { body: Body::List(list), .. }) = part(only, "tags")? {
        for tag in list {
            let tag = tag.scalar().ok_or(Error::BadConversion(entry.place))?;
            tags.push(tag.to_owned());
        }
        tags.sort();
        tags.dedup();
        let nodes = tags.iter().map(|tag| scalar(entry, tag)).collect();
        pairs.push(("tags".to_owned(), Node::new(entry.origin.clone(), Body::List(nodes))));
    }
    let rule = text_part(only, "rule")?.unwrap_or_default().to_owned();
    Ok((Node::new(entry.origin.clone(), Body::Map(pairs)), rule, tags))
}

/// `extra_fields`: names of fields, and single pairs of a key and a format, no key twice.
fn extra_fields(entry: &Node, fields: &Node) -> Result<Node, Error> {
    let wrong = || Error::BadConversion(entry.place);
    let Body::List(list) = &fields.body else { return Err(wrong()) };
    let (mut raw, mut formatted) = (Vec::new(), Vec::new());
    let mut nodes = Vec::new();
    for field in list {
        match &field.body {
            Body::Scalar(name) if !formatted.contains(name) => {
                if !raw.contains(name) {
                    raw.push(name.clone());
                    nodes.push(scalar(entry, name));
                }
            }
            Body::Map(pairs) => {
                let [(key, format)] = pairs.as_slice() else { return Err(wrong()) };
                if raw.contains(key) || formatted.contains(key) {
                    return Err(wrong());
                }
                let format = scalar(entry, text(format)?);
                formatted.push(key.clone());
                nodes.push(Node::new(entry.origin.clone(), Body::Map(vec![(key.clone(), format)])));
            }
            _ => return Err(wrong()),
        }
    }
    Ok(Node::new(entry.origin.clone(), Body::List(nodes)))
}

/// `static_fields`: anything but a map is as good as none. A key that no field can have is left out.
pub(super) fn static_fields(tree: &mut Node) -> Result<(), Error> {
    let mut fields = Vec::new();
    for (key, value) in tree.get("static_fields").and_then(Node::map).unwrap_or_default() {
        let value = scalar(value, text(value)?);
        if crate::static_fields::is_name(key) {
            fields.push((key.clone(), value));
        }
    }
    if let Body::Map(pairs) = &mut tree.body
        && let Some((_, node)) = pairs.iter_mut().find(|(name, _)| name == "static_fields")
    {
        node.body = Body::Map(fields);
    }
    Ok(())
}

/// `plugins`.
pub(super) fn plugins(tree: &Node) -> Result<Vec<Plugin>, Error> {
    let plugin = |node: &Node| {
        map(node)?;
        let wrong = || Error::BadConversion(node.place);
        let name = text_part(node, "name")?.ok_or_else(wrong)?.to_owned();
        let path = text_part(node, "library_path")?.ok_or_else(wrong)?;
        let mut plugin = Plugin { name, library_path: library(path), ..Plugin::default() };
        if let Some(config) = node.get("init_config").filter(|config| !is_empty(config)) {
            plugin.init_config =
                if config.map().is_some() { init_config(config) } else { text(config)?.into() };
        }
        if let Some(params) = node.get("open_params").filter(|params| !is_empty(params)) {
            text(params)?.trim().clone_into(&mut plugin.open_params);
        }
        Ok(plugin)
    };
    elements(tree.get("plugins")).iter().map(plugin).collect()
}

fn scalar(from: &Node, text: &str) -> Node {
    Node::new(from.origin.clone(), Body::Scalar(text.to_owned()))
}

/// The list of a key at the top is this one now, where there is the key.
fn replace(tree: &mut Node, key: &str, list: Vec<Node>) {
    if let Body::Map(pairs) = &mut tree.body
        && let Some((_, node)) = pairs.iter_mut().find(|(name, _)| name == key)
    {
        node.body = Body::List(list);
    }
}
