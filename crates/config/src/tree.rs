//! The settings of all files and options as one tree, before types are looked at. Every node knows
//! where it was set.

use std::sync::Arc;

use peregrine_yaml::{Body as YamlBody, Node as YamlNode, Place};

use crate::origin::Origin;
use crate::variables::expand;

/// A value of any shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where it was set: of a key's value the place of the key.
    pub(crate) origin: Origin,
    /// Where the value itself begins; none for what no file has.
    pub(crate) place: Option<Place>,
    /// Environment variables were put in.
    pub(crate) from_environment: bool,
    pub(crate) body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Null,
    Scalar(String),
    List(Vec<Node>),
    /// Keys in the order they were written, some perhaps twice.
    Map(Vec<(String, Node)>),
}

/// How an included file changes what is set already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Lists grow; other values are replaced.
    #[default]
    Append,
    /// Values are replaced.
    Override,
    /// Values that are set stay.
    AddOnly,
}

impl Strategy {
    /// Each with its word.
    pub(crate) const NAMED: [(&'static str, Self); 3] =
        [("append", Self::Append), ("override", Self::Override), ("add-only", Self::AddOnly)];

    /// By its word.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, strategy)| *strategy)
    }
}

/// One step of the path to a node: `rules[0].disable` has three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
    /// A new element at the end of a list.
    Append,
}

impl Node {
    /// The node of a file, environment variables put in; `origin` is that of its key.
    pub(crate) fn of_file(name: &Arc<str>, node: &YamlNode, origin: Option<Origin>) -> Self {
        let at = |place| Origin::File { name: Arc::clone(name), place };
        let mut from_environment = false;
        let body = match &node.body {
            YamlBody::Null => Body::Null,
            YamlBody::Scalar(text) => {
                let expanded = expand(text);
                from_environment = expanded != *text;
                Body::Scalar(expanded)
            }
            YamlBody::List(list) => {
                Body::List(list.iter().map(|item| Self::of_file(name, item, None)).collect())
            }
            YamlBody::Map(pairs) => Body::Map(
                pairs
                    .iter()
                    .map(|(key, value)| {
                        let origin = Some(at(key.place));
                        let key = key.scalar().unwrap_or_default().to_owned();
                        (key, Self::of_file(name, value, origin))
                    })
                    .collect(),
            ),
        };
        let origin = origin.unwrap_or_else(|| at(node.place));
        Self { origin, place: Some(node.place), from_environment, body }
    }

    /// The value of an option; every node of it was set by that option.
    pub(crate) fn of_option(option: &Arc<str>, node: &YamlNode) -> Self {
        let body = match &node.body {
            YamlBody::Null => Body::Null,
            YamlBody::Scalar(text) => Body::Scalar(text.clone()),
            YamlBody::List(list) => {
                Body::List(list.iter().map(|item| Self::of_option(option, item)).collect())
            }
            YamlBody::Map(pairs) => Body::Map(
                pairs
                    .iter()
                    .map(|(key, value)| {
                        let key = key.scalar().unwrap_or_default().to_owned();
                        (key, Self::of_option(option, value))
                    })
                    .collect(),
            ),
        };
        Self::new(Origin::Option(Arc::clone(option)), body)
    }

    /// A value that stands in no file.
    pub(crate) const fn new(origin: Origin, body: Body) -> Self {
        Self { origin, place: None, from_environment: false, body }
    }

    /// An empty map that nobody wrote.
    pub(crate) fn empty() -> Self {
        Self::new(Origin::Default, Body::Map(Vec::new()))
    }

    pub(crate) fn scalar(&self) -> Option<&str> {
        if let Body::Scalar(text) = &self.body { Some(text) } else { None }
    }

    pub(crate) fn map(&self) -> Option<&[(String, Self)]> {
        if let Body::Map(pairs) = &self.body { Some(pairs) } else { None }
    }

    /// The value of a key, the first where it is written twice.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Takes the keys of an included file in.
    pub(crate) fn merge(&mut self, included: Self, strategy: Strategy) {
        let (Body::Map(pairs), Body::Map(more)) = (&mut self.body, included.body) else { return };
        for (key, value) in more {
            let Some((_, known)) = pairs.iter_mut().find(|(name, _)| *name == key) else {
                pairs.push((key, value));
                continue;
            };
            match (strategy, &mut known.body, value.body) {
                (Strategy::AddOnly, ..) => {}
                (Strategy::Append, Body::List(list), Body::List(more)) => list.extend(more),
                (_, body, value_body) => {
                    *body = value_body;
                    known.origin = value.origin;
                }
            }
        }
    }

    /// Puts a value at the end of a path; maps on the way are made. What is in the way is replaced.
    ///
    /// # Errors
    /// Why the path leads nowhere.
    pub(crate) fn set(&mut self, path: &[Step], value: Self) -> Result<(), String> {
        let Some((step, rest)) = path.split_first() else {
            *self = value;
            return Ok(());
        };
        let origin = value.origin.clone();
        let fresh = || Self::new(origin.clone(), Body::Null);
        let child = match step {
            Step::Key(key) => {
                if !matches!(self.body, Body::Map(_)) {
                    *self = Self { body: Body::Map(Vec::new()), ..fresh() };
                }
                let Body::Map(pairs) = &mut self.body else { return Ok(()) };
                let at = pairs.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                    pairs.push((key.clone(), fresh()));
                    pairs.len() - 1
                });
                pairs.get_mut(at).map(|(_, node)| node)
            }
            Step::Append | Step::Index(_) => {
                if !matches!(self.body, Body::List(_)) {
                    // A single value stands for a list of it.
                    let single = matches!(self.body, Body::Scalar(_)).then(|| self.clone());
                    let list = Body::List(single.into_iter().collect());
                    *self = Self::new(self.origin.clone(), list);
                }
                let Body::List(list) = &mut self.body else { return Ok(()) };
                let at = if let Step::Index(at) = step { *at } else { list.len() };
                if at > list.len() {
                    return Err(format!("there is no element {at}, the list has {}", list.len()));
                }
                if at == list.len() {
                    list.push(fresh());
                }
                list.get_mut(at)
            }
        };
        child.map_or(Ok(()), |child| child.set(rest, value))
    }
}

/// Reads the key of an option: `base.list[1].key`, `list[]`, `dotted\.key`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn path(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut letters = text.chars().peekable();
    // Where a key may begin: at the start and behind a dot.
    let mut wants_key = true;
    while let Some(letter) = letters.next() {
        match letter {
            '[' if !wants_key => {
                let mut index = String::new();
                loop {
                    match letters.next() {
                        Some(']') => break,
                        Some(letter) => index.push(letter),
                        None => return Err("a bracket is not closed".to_owned()),
                    }
                }
                steps.push(match index.as_str() {
                    "" => Step::Append,
                    number => Step::Index(
                        number
                            .parse()
                            .map_err(|_| format!("{number} is not the number of an element"))?,
                    ),
                });
            }
            '.' if !wants_key => wants_key = true,
            '.' | '[' | ']' => return Err(format!("a key is missing before `{letter}`")),
            first => {
                if !wants_key {
                    return Err("a dot is missing behind a bracket".to_owned());
                }
                let mut key = String::new();
                let mut next = Some(first);
                while let Some(letter) = next {
                    key.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
                    next = letters.next_if(|letter| !matches!(letter, '.' | '[' | ']'));
                }
                steps.push(Step::Key(key));
                wants_key = false;
            }
        }
    }
    if wants_key { Err("a key is missing at its end".to_owned()) } else { Ok(steps) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Node {
        let documents = peregrine_yaml::parse(text).unwrap();
        Node::of_file(&Arc::from("f.yaml"), &documents[0], None)
    }

    /// The tree in words, without places.
    fn shown(node: &Node) -> String {
        match &node.body {
            Body::Null => "~".to_owned(),
            Body::Scalar(text) => text.clone(),
            Body::List(list) => {
                format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Body::Map(map) => {
                let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k}: {}", shown(v))).collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }

    #[test]
    fn paths_are_read() {
        let key = |text: &str| Step::Key(text.to_owned());
        let check = |text: &str, expected: &[Step]| {
            assert_eq!(path(text).as_deref(), Ok(expected), "{text}");
        };
        check("a", &[key("a")]);
        check("a.b.c", &[key("a"), key("b"), key("c")]);
        check("a[2].b", &[key("a"), Step::Index(2), key("b")]);
        check("a[].b.c", &[key("a"), Step::Append, key("b"), key("c")]);
        check("a[0][1]", &[key("a"), Step::Index(0), Step::Index(1)]);
        check(r"a\.b\[0\].c\\d", &[key("a.b[0]"), key(r"c\d")]);
        for (text, why) in [
            ("", "a key is missing at its end"),
            ("a.", "a key is missing at its end"),
            ("a..b", "a key is missing before `.`"),
            ("[0]", "a key is missing before `[`"),
            ("a[x]", "x is not the number of an element"),
            ("a[-1]", "-1 is not the number of an element"),
            ("a[0", "a bracket is not closed"),
            ("a[0]b", "a dot is missing behind a bracket"),
        ] {
            assert_eq!(path(text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn options_are_put_in() {
        let check = |before: &str, key: &str, expected: Result<&str, &str>| {
            let mut tree = file(before);
            let value = Node::new(Origin::Default, Body::Scalar("v".to_owned()));
            let done = tree.set(&path(key).unwrap(), value).map(|()| shown(&tree));
            assert_eq!(done.as_deref().map_err(String::as_str), expected, "{before} {key}");
        };
        check("a: 1", "b", Ok("{a: 1, b: v}"));
        check("a: 1", "a", Ok("{a: v}"));
        check("a: {b: 1}", "a.c", Ok("{a: {b: 1, c: v}}"));
        check("a: [1, 2]", "a[0]", Ok("{a: [v, 2]}"));
        check("a: [1, 2]", "a[]", Ok("{a: [1, 2, v]}"));
        check("a: 1", "a[]", Ok("{a: [1, v]}"));
        check("a: [1]", "a[1]", Ok("{a: [1, v]}"));
        check("a: [1]", "a[3]", Err("there is no element 3, the list has 1"));
        check("a: 1", "r[].disable.rule", Ok("{a: 1, r: [{disable: {rule: v}}]}"));
        check("a: 1", "a.b", Ok("{a: {b: v}}"));
    }

    #[test]
    fn files_are_merged() {
        let check = |strategy: Strategy, expected: &str| {
            let mut tree = file("l: [1]\ns: 1\nm: {a: 1}\n");
            tree.merge(file("l: [2]\ns: 2\nm: {b: 2}\nn: 2\n"), strategy);
            assert_eq!(shown(&tree), expected, "{strategy:?}");
        };
        check(Strategy::Append, "{l: [1, 2], s: 2, m: {b: 2}, n: 2}");
        check(Strategy::Override, "{l: [2], s: 2, m: {b: 2}, n: 2}");
        check(Strategy::AddOnly, "{l: [1], s: 1, m: {a: 1}, n: 2}");
    }
}
