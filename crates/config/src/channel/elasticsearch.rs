//! `type: elasticsearch`.

use serde_json::{Value as Json, json};

use super::{HttpUrl, Secret};
use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;

/// The name of an index, with the parts of the alert's date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexName(pub String);

impl IndexName {
    const WORDS: &'static str = "the name of an index: lower case, no blanks and none of \\/*?\"<>|,#:, \
                                 not beginning with - _ or +; %Y, %m, %d and %H stand for the date";

    fn is_valid(text: &str) -> bool {
        let mut rest = text.to_owned();
        for part in ["%Y", "%m", "%d", "%H"] {
            rest = rest.replace(part, "0000");
        }
        let bad = |c: char| c.is_uppercase() || c.is_whitespace() || "\\/*?\"<>|,#:%".contains(c);
        !rest.is_empty()
            && rest.len() <= 255
            && rest != "."
            && rest != ".."
            && !rest.starts_with(['-', '_', '+'])
            && !rest.chars().any(bad)
    }
}

impl Value for IndexName {
    fn kind() -> Kind {
        Kind { words: Self::WORDS.to_owned(), schema: json!({"type": "string"}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        if Self::is_valid(&text) { Some(Self(text)) } else { reader.wrong(node, key, Self::WORDS) }
    }

    fn json(&self) -> Json {
        self.0.as_str().into()
    }
}

section! {
    /// `type: elasticsearch`: Elasticsearch or OpenSearch, by `_bulk`.
    Elasticsearch {
        /// The address of the cluster.
        url: HttpUrl = HttpUrl::default(), Used, "https://elasticsearch:9200";
        /// The index or data stream. `%Y`, `%m`, `%d` and `%H` stand for the date of the alert in UTC.
        index: IndexName = IndexName("falco-%Y.%m.%d".to_owned()), Used, "logs-falco-default";
        /// A user name, for basic authentication.
        username: String = String::new(), Used, "peregrine";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/elasticsearch-password}";
        /// An API key in its encoded form, instead of a user.
        api_key: Secret = Secret::None, Used, "{file: /etc/peregrine/elasticsearch-key}";
        /// The ingest pipeline that documents pass through.
        pipeline: String = String::new(), Used, "falco";
        /// Whether `.` in names of values becomes `_`. An index takes a dot for an object, so that
        /// `container.image` and `container.image.tag` could not stand in one document.
        flatten_fields: bool = true, Used;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_named_as_elasticsearch_allows() {
        for good in ["falco", "falco-%Y.%m.%d", ".ds-falco", "falco-%Y-%m-%d-%H", "\u{65e5}"] {
            assert!(IndexName::is_valid(good), "{good}");
        }
        let long = "a".repeat(256);
        for bad in ["", ".", "..", "Falco", "a b", "-a", "_a", "+a", "a*", "a#", "a:b", "%y", &long]
        {
            assert!(!IndexName::is_valid(bad), "{bad}");
        }
    }
}
