//! Where a server listens that speaks no HTTP.

use std::fmt;

use serde_json::{Value as Json, json};

use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

const WORDS: &str =
    "a host or host:port (an IPv6 address in brackets), without a scheme and without a user";

/// The host of a server, with its port where that is another than usual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Server {
    /// A name or an address, without brackets.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
}

impl Server {
    /// Reads `host`, `host:port`, `[::1]`, `[::1]:port`.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, rest)
            }
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(port.parse().ok().filter(|port| *port != 0)?),
            None if rest.is_empty() => None,
            None => return None,
        };
        let allowed = |c: char| c.is_alphanumeric() || "-._:".contains(c);
        let whole = !host.is_empty() && host.chars().all(allowed);
        whole.then(|| Self { host: host.to_owned(), port })
    }

    /// `host:port`, with this port where it has none of its own.
    pub fn with_port(&self, usual: u16) -> String {
        let port = self.port.unwrap_or(usual);
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.port, self.host.contains(':')) {
            (Some(port), _) => f.write_str(&self.with_port(port)),
            (None, true) => write!(f, "[{}]", self.host),
            (None, false) => f.write_str(&self.host),
        }
    }
}

impl Value for Server {
    fn kind() -> Kind {
        Kind { words: WORDS.to_owned(), schema: json!({"type": "string"}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let text = reader.text(node, key)?;
        match Self::parse(&text) {
            Some(server) => Some(server),
            None => reader.wrong(node, key, WORDS),
        }
    }

    fn json(&self) -> Json {
        self.to_string().into()
    }
}

impl Value for Vec<Server> {
    fn kind() -> Kind {
        let schema = json!({"type": "array", "items": {"type": "string"}, "minItems": 1});
        Kind { words: format!("a list, each {WORDS}"), schema }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        match &node.body {
            Body::List(list) if !list.is_empty() => {
                list.iter().map(|item| Server::read(item, key, reader)).collect()
            }
            Body::Scalar(_) => Some(vec![Server::read(node, key, reader)?]),
            _ => reader.wrong(node, key, Self::kind().words),
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
    fn servers_are_read_and_shown() {
        let check = |text: &str, with_port: &str| {
            let server = Server::parse(text).unwrap();
            assert_eq!((server.to_string().as_str(), &*server.with_port(9)), (text, with_port));
        };
        check("nats", "nats:9");
        check("nats.example.com:4222", "nats.example.com:4222");
        check("10.0.0.1:1", "10.0.0.1:1");
        check("[::1]", "[::1]:9");
        check("[fe80::1]:25", "[fe80::1]:25");
        for bad in [
            "",
            ":1",
            "nats://nats:4222",
            "u:p@h:1",
            "h:",
            "h:0",
            "h:65536",
            "h:1:2",
            "[::1",
            "[x]:1",
            "[::1]x",
            "a b",
            "h/0",
        ] {
            assert_eq!(Server::parse(bad), None, "{bad}");
        }
    }
}
