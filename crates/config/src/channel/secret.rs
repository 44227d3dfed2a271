//! Values that nobody may read: they are never printed.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::reader::{Reader, joined};
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

const WORDS: &str = "a text, {file: PATH} or {env: NAME}";
/// What stands in the place of a secret where it is shown.
const HIDDEN: &str = "***";

/// A password, a token, a key: itself, or where it is read from.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Secret {
    /// None.
    #[default]
    None,
    /// The text itself.
    Text(String),
    /// The file that holds it; one newline at its end is no part of it.
    File(PathBuf),
    /// The environment variable that holds it.
    Env(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json().to_string())
    }
}

impl Secret {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The secret; an empty text where there is none.
    ///
    /// # Errors
    /// When its file cannot be read, or its variable is not set.
    pub fn load(&self) -> io::Result<String> {
        match self {
            Self::None => Ok(String::new()),
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
                })?;
                let text = text.strip_suffix('\n').unwrap_or(&text);
                Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
            }
            Self::Env(name) => std::env::var(name).map_err(|_| {
                io::Error::new(
                    io::ErrorKind::NotFound,
                    format!("the environment variable {name} is not set"),
                )
            }),
        }
    }
}

impl Value for Secret {
    fn kind() -> Kind {
        let map = |name: &str| {
            json!({
                "type": "object", "additionalProperties": false, "required": [name],
                "properties": {name: {"type": "string"}},
            })
        };
        let schema = json!({"anyOf": [{"type": "string"}, map("file"), map("env")]});
        Kind { words: WORDS.to_owned(), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match &node.body {
            Body::Null => Some(Self::None),
            Body::Scalar(text) if text.is_empty() => Some(Self::None),
            Body::Scalar(text) => Some(Self::Text(text.clone())),
            Body::Map(pairs) => match pairs.as_slice() {
                [(name, value)] if name == "file" => {
                    reader.text(value, key).map(|path| Self::File(path.into()))
                }
                [(name, value)] if name == "env" => reader.text(value, key).map(Self::Env),
                _ => reader.wrong(node, key, WORDS),
            },
            Body::List(_) => reader.wrong(node, key, WORDS),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::None => "".into(),
            Self::Text(_) => HIDDEN.into(),
            Self::File(path) => json!({"file": path.to_string_lossy()}),
            Self::Env(name) => json!({ "env": name }),
        }
    }
}

/// Header names with values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(pub BTreeMap<String, Secret>);

impl Value for Headers {
    fn kind() -> Kind {
        Kind {
            words: format!("a map of header names, each with {WORDS}"),
            schema: json!({"type": "object", "additionalProperties": Secret::kind().schema}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let mut headers = BTreeMap::new();
        for (name, value) in reader.pairs(node, key) {
            let full = joined(key, name);
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(is_token) {
                return reader.wrong(value, &full, "the value of a header whose name HTTP allows");
            }
            headers.insert(name.to_owned(), Secret::read(value, &full, reader)?);
        }
        Some(Self(headers))
    }

    fn json(&self) -> Json {
        let pairs = self.0.iter().map(|(name, value)| (name.clone(), value.json()));
        Json::Object(pairs.collect())
    }
}

/// Variables of a program's environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment(pub BTreeMap<String, Secret>);

impl Value for Environment {
    fn kind() -> Kind {
        Kind {
            words: format!("a map of names of variables, each with {WORDS}"),
            schema: json!({"type": "object", "additionalProperties": Secret::kind().schema}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let mut variables = BTreeMap::new();
        for (name, value) in reader.pairs(node, key) {
            let full = joined(key, name);
            if name.is_empty() || name.contains(['=', '\0']) {
                return reader.wrong(value, &full, "the value of a variable whose name has no `=`");
            }
            variables.insert(name.to_owned(), Secret::read(value, &full, reader)?);
        }
        Some(Self(variables))
    }

    fn json(&self) -> Json {
        let pairs = self.0.iter().map(|(name, value)| (name.clone(), value.json()));
        Json::Object(pairs.collect())
    }
}

/// Where requests go. What stands behind the host may be a secret, so only the host is shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HttpUrl(pub Secret);

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json().to_string())
    }
}

impl HttpUrl {
    const WORDS: &'static str =
        "a URL that begins with http:// or https://, {file: PATH} or {env: NAME}";

    /// A URL that is known.
    pub(crate) fn of(text: &str) -> Self {
        Self(Secret::Text(text.to_owned()))
    }

    /// Scheme, host and port of a URL of HTTP; none where it is no such URL.
    pub fn origin(text: &str) -> Option<&str> {
        let rest = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let host = rest.get(..end)?;
        let bad = |c: char| c.is_whitespace() || c.is_control();
        (!host.is_empty() && !text.chars().any(bad)).then(|| &text[..text.len() - rest.len() + end])
    }
}

impl Value for HttpUrl {
    fn kind() -> Kind {
        Kind { words: Self::WORDS.to_owned(), schema: Secret::kind().schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match Secret::read(node, key, reader)? {
            Secret::Text(text) if Self::origin(&text).is_none() => {
                reader.wrong(node, key, Self::WORDS)
            }
            secret => Some(Self(secret)),
        }
    }

    fn json(&self) -> Json {
        match &self.0 {
            Secret::Text(text) => {
                let origin = Self::origin(text).unwrap_or_default();
                // A name and a password may stand before the host.
                let origin = match (origin.split_once("://"), origin.rsplit_once('@')) {
                    (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
                    _ => origin.to_owned(),
                };
                let more = if text.len() > origin.len() { "/..." } else { "" };
                format!("{origin}{more}").into()
            }
            other => other.json(),
        }
    }
}

impl Value for Vec<HttpUrl> {
    fn kind() -> Kind {
        let schema = json!({"type": "array", "items": HttpUrl::kind().schema});
        Kind { words: format!("a list, each {}", HttpUrl::WORDS), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match &node.body {
            Body::Null => Some(Self::new()),
            Body::List(list) => list.iter().map(|item| HttpUrl::read(item, key, reader)).collect(),
            _ => Some(vec![HttpUrl::read(node, key, reader)?]),
        }
    }

    fn json(&self) -> Json {
        self.iter().map(Value::json).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_a_url_is_shown() {
        let check = |text: &str, expected: &str| {
            assert_eq!(HttpUrl(Secret::Text(text.to_owned())).json(), expected, "{text}");
        };
        check("https://hooks.example.com/services/T0/B0/xyz", "https://hooks.example.com/...");
        check("http://user:word@h:8080", "http://h:8080/...");
        check("http://h:8080", "http://h:8080");
        for bad in ["ftp://x", "http://", "http:///x", "x", "https://a b"] {
            assert_eq!(HttpUrl::origin(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::Text("hunter2".to_owned());
        assert_eq!(format!("{secret:?} {}", secret.json()), "\"***\" \"***\"");
    }
}
