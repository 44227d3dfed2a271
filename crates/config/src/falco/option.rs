//! `-o key=value` as Falco puts it in: it makes what is missing on the way, and does not expect much of the
//! key's form.

use std::sync::Arc;

use peregrine_yaml::{Body as YamlBody, Node as YamlNode};

use super::error::{Access, Error, SyntaxProblem};
use crate::origin::Origin;
use crate::tree::{Body, Node};

/// Puts one option into the tree.
///
/// # Errors
/// Where it has no form, or its key leads nowhere.
pub(super) fn set(tree: &mut Node, option: &str) -> Result<(), Error> {
    let Some((key, text)) = option.split_once('=') else {
        return Err(Error::NotAnOption(option.to_owned()));
    };
    let name: Arc<str> = Arc::from(option);
    let origin = Origin::Option(Arc::clone(&name));
    let is_map = text.starts_with('{') && text.ends_with('}');
    let value = if is_map {
        let first = peregrine_yaml::parse_first_unmerged(text)
            .map_err(|error| Error::Yaml(SyntaxProblem::of(&error, text)))?;
        let node = first.unwrap_or_else(|| YamlNode::detached(YamlBody::Null));
        let place = Some(node.place);
        Node { place, ..Node::of_option(&name, &node) }
    } else {
        Node::new(origin.clone(), Body::Scalar(text.to_owned()))
    };
    let wrong = |why| Error::Key { key: key.to_owned(), why };
    let node = locate(tree, key, &origin).map_err(wrong)?;
    // A text takes the place of what was there.
    let place = if is_map { value.place } else { node.place };
    *node = Node { place, ..value };
    Ok(())
}

/// The node of a key, made where it is missing: `a.b`, `list[1]`, `list[]`, `a\.b` for one name with a dot.
fn locate<'n>(root: &'n mut Node, key: &str, origin: &Origin) -> Result<&'n mut Node, Access> {
    let letters = key.as_bytes();
    let mut node = root;
    // Nobody set the node: the way to it made it.
    let mut is_new = false;
    let mut name: Vec<u8> = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let escaped = letters.get(at + 1).filter(|next| letter == b'\\' && br".[]\".contains(next));
        if let Some(&escaped) = escaped {
            name.push(escaped);
            at += 2;
            if at == letters.len() {
                let text = String::from_utf8_lossy(&name).into_owned();
                (node, _) = child(node, &text, origin)?;
            }
            continue;
        }
        if !matches!(letter, b'.' | b'[') {
            let before = at.checked_sub(1).and_then(|before| letters.get(before));
            if name.is_empty() && before.is_some_and(|before| *before != b'.') {
                return Err(Access::DotMissing(at.saturating_sub(1)));
            }
            name.push(letter);
        }
        if matches!(letter, b'.' | b'[') || at + 1 == letters.len() {
            if name.is_empty() {
                return Err(Access::Unexpected(at));
            }
            let text = String::from_utf8_lossy(&name).into_owned();
            (node, is_new) = child(node, &text, origin)?;
            name.clear();
        }
        if letter == b'[' {
            let rest = letters.get(at + 1..).unwrap_or_default();
            let close = rest.iter().position(|letter| *letter == b']');
            let index = rest.get(..close.unwrap_or(rest.len())).unwrap_or_default();
            let index = String::from_utf8_lossy(index).into_owned();
            let grows = index.is_empty() && (is_new || matches!(node.body, Body::List(_)));
            (node, is_new) = if grows {
                (append(node, origin)?, false)
            } else {
                element(node, number(&index).ok_or(Access::NoIndex(index))?, origin)?
            };
            let Some(close) = close else {
                // Falco begins anew with the key, at the element.
                let first = key.split(['.', '[']).next().unwrap_or_default();
                child(node, first, origin)?;
                return Err(Access::BracketOpen);
            };
            at += 1 + close;
            if letters.get(at + 1) == Some(&b'.') {
                at += 1;
            }
        }
        at += 1;
    }
    Ok(node)
}

/// The value of a key; whether it is new.
fn child<'n>(
    node: &'n mut Node,
    key: &str,
    origin: &Origin,
) -> Result<(&'n mut Node, bool), Access> {
    if let Body::Scalar(_) = node.body {
        return Err(Access::OfScalar { place: node.place, key: key.to_owned() });
    }
    into_map(node);
    let Body::Map(pairs) = &mut node.body else { return Err(Access::BracketOpen) };
    let known = pairs.iter().position(|(name, _)| name == key);
    let at = known.unwrap_or(pairs.len());
    if known.is_none() {
        pairs.push((key.to_owned(), Node::new(origin.clone(), Body::Null)));
    }
    pairs.get_mut(at).map(|(_, node)| (node, known.is_none())).ok_or(Access::BracketOpen)
}

/// The element of a list, or a new one behind it; any other number makes a map of the list.
fn element<'n>(
    node: &'n mut Node,
    index: i32,
    origin: &Origin,
) -> Result<(&'n mut Node, bool), Access> {
    let len = if let Body::List(list) = &node.body { Some(list.len()) } else { None };
    let at = usize::try_from(index).ok().filter(|at| len.is_some_and(|len| *at <= len));
    let Some(at) = at else { return child(node, &index.to_string(), origin) };
    let Body::List(list) = &mut node.body else { return Err(Access::BracketOpen) };
    let is_new = at == list.len();
    if is_new {
        list.push(Node::new(origin.clone(), Body::Null));
    }
    list.get_mut(at).map(|node| (node, is_new)).ok_or(Access::BracketOpen)
}

fn append<'n>(node: &'n mut Node, origin: &Origin) -> Result<&'n mut Node, Access> {
    if !matches!(node.body, Body::List(_)) {
        node.body = Body::List(Vec::new());
    }
    let Body::List(list) = &mut node.body else { return Err(Access::BracketOpen) };
    list.push(Node::new(origin.clone(), Body::Null));
    list.last_mut().ok_or(Access::BracketOpen)
}

/// Nothing becomes an empty map, a list one with its numbers as keys.
pub(super) fn into_map(node: &mut Node) {
    match std::mem::replace(&mut node.body, Body::Null) {
        Body::Null => node.body = Body::Map(Vec::new()),
        Body::List(list) => {
            let pairs = list.into_iter().enumerate();
            node.body = Body::Map(pairs.map(|(at, node)| (at.to_string(), node)).collect());
        }
        other => node.body = other,
    }
}

/// The number a text begins with.
fn number(text: &str) -> Option<i32> {
    let text = text.trim_start();
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text.get(sign..)?.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..sign + digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_put_in_as_falco_does() {
        let check = |text: &str, option: &str, expected: Result<&str, &str>| {
            let documents = peregrine_yaml::parse_unmerged(text).unwrap();
            let mut tree = Node::of_file(&Arc::from("f"), &documents[0], None);
            let done = set(&mut tree, option).map(|()| super::super::dump(&tree));
            let done = done.map_err(|error| error.to_string());
            assert_eq!(done.as_deref().map_err(String::as_str), expected, "{text} {option}");
        };
        check("a: 1", "b.c=x=y", Ok(r#"{"a": "1", "b": {"c": "x=y"}}"#));
        check("a: 1", "a=", Ok(r#"{"a": ""}"#));
        check("a: {b: 1}", r"a.c\.d=x", Ok(r#"{"a": {"b": "1", "c.d": "x"}}"#));
        check("a: [1]", "a[]=x", Ok(r#"{"a": ["1", "x"]}"#));
        check("a: [1]", "a[1]=x", Ok(r#"{"a": ["1", "x"]}"#));
        check("a: [1]", "a[0]=[y]", Ok(r#"{"a": ["[y]"]}"#));
        check("a: [1]", "a[5]=x", Ok(r#"{"a": {"0": "1", "5": "x"}}"#));
        check("a: [1]", "a[-1]=x", Ok(r#"{"a": {"0": "1", "-1": "x"}}"#));
        check("a: 1", "r[].disable.rule=x", Ok(r#"{"a": "1", "r": [{"disable": {"rule": "x"}}]}"#));
        check("a: 1", "b={c: [1, d: 2]}", Ok(r#"{"a": "1", "b": {"c": ["1", {"d": "2"}]}}"#));
        check("a: 1", "a.=x", Ok(r#"{"a": "x"}"#));
        check("a: 1", "=x", Ok(r#""x""#));
        check("a: 1", r"b\[0\]\.\\=x", Ok(r#"{"a": "1", "b[0].\\": "x"}"#));
        let wrong = |key: &str, why: &str| format!("Config error at key \"{key}\": {why}");
        check(
            "a: 1",
            "a",
            Err("Error parsing config option \"a\". Must be of the form key=val or key.subkey=val"),
        );
        check(
            "a: 1",
            "a..b=x",
            Err(&wrong("a..b", "Parsing error: unexpected character at pos 2")),
        );
        check(
            "a: 1",
            "a.b=x",
            Err(&wrong(
                "a.b",
                "yaml-cpp: error at line 1, column 4: operator[] call on a scalar (key: \"b\")",
            )),
        );
        check(
            "a: [1]",
            "a[x]=y",
            Err(&wrong("a[x]", "Parsing error: expected a numeric index, found 'x'")),
        );
        check(
            "a: [1]",
            "a[0=y",
            Err(&wrong(
                "a[0",
                "yaml-cpp: error at line 1, column 5: operator[] call on a scalar (key: \"a\")",
            )),
        );
        check(
            "a: [[1]]",
            "a[0][0]=y",
            Err(&wrong("a[0][0]", "Parsing error: unexpected character at pos 4")),
        );
        check(
            "a: [1]",
            "a[0]b=y",
            Err(&wrong("a[0]b", "Parsing error: expected '.' character at pos 3")),
        );
        check(
            "a:",
            "a[]=y",
            Err(&wrong("a[]", "Parsing error: expected a numeric index, found ''")),
        );
        check("a: 1", "b={c", Ok(r#"{"a": "1", "b": "{c"}"#));
    }
}
