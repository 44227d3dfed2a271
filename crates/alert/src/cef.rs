//! Alerts in the Common Event Format, which collectors of security events read: a header of seven parts
//! between `|`, then pairs `key=value`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use peregrine_event::Priority;
use serde_json::Value as Json;

use crate::alert::Alert;
use crate::one_line::{acts, one_line, put};

/// What the format has a key for, by the field of events whose value it is.
const KEYS: &[(&str, &str)] = &[
    ("evt.type", "act"),
    ("fd.cip", "src"),
    ("fd.cport", "spt"),
    ("fd.l4proto", "proto"),
    ("fd.name", "filePath"),
    ("fd.sip", "dst"),
    ("fd.sport", "dpt"),
    ("proc.name", "sproc"),
    ("proc.pid", "spid"),
    ("user.name", "suser"),
    ("user.uid", "suid"),
];
/// What keys of our own begin with, as the format asks for.
const OWN: &str = "Peregrine";

/// How bad a priority is, from 0 to 10.
const fn severity(priority: Priority) -> u8 {
    match priority {
        Priority::Emergency => 10,
        Priority::Alert => 9,
        Priority::Critical => 8,
        Priority::Error => 7,
        Priority::Warning => 5,
        Priority::Notice => 3,
        Priority::Informational => 1,
        Priority::Debug => 0,
    }
}

impl Alert {
    /// The alert in the Common Event Format, on one line. Its class and its name are the rule; values without a
    /// key of the format have one of ours, `PeregrineProcCmdline`.
    pub fn cef(&self) -> String {
        let mut line = format!("CEF:0|Peregrine|Peregrine|{}", env!("CARGO_PKG_VERSION"));
        for part in [&self.rule, &self.rule] {
            line.push('|');
            line.push_str(&one_line(part.clone()).replace('\\', r"\\").replace('|', r"\|"));
        }
        let _ = write!(line, "|{}|", severity(self.priority));
        let mut pairs = Pairs { line, known: BTreeSet::new() };
        pairs.put("rt", &(self.time_ns / 1_000_000).to_string());
        pairs.put("dvchost", &self.id.host);
        pairs.put("externalId", &format!("{}-{}", self.id.host, self.id.sequence));
        pairs.put("cat", &self.source);
        pairs.put("msg", &self.message);
        if !self.tags.is_empty() {
            pairs.put("cs1Label", "tags");
            pairs.put("cs1", &self.tags.join(","));
        }
        for (name, value) in &self.fields {
            let value = match value {
                Json::Null => continue,
                Json::String(text) => Cow::Borrowed(text),
                other => Cow::Owned(other.to_string()),
            };
            match KEYS.iter().find(|(field, _)| field == name) {
                Some((_, key)) => pairs.put(key, &value),
                None => pairs.put(&own_key(name), &value),
            }
        }
        pairs.line.truncate(pairs.line.trim_end_matches(' ').len());
        pairs.line
    }
}

/// The key of a field's value: letters and digits, of `proc.aname[2]` it is `PeregrineProcAname2`.
fn own_key(field: &str) -> String {
    let words = field.split(|c: char| !c.is_ascii_alphanumeric());
    let mut key = OWN.to_owned();
    for word in words {
        let mut letters = word.chars();
        key.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        key.extend(letters);
    }
    key
}

/// The pairs of a line, each key once.
struct Pairs {
    line: String,
    known: BTreeSet<String>,
}

impl Pairs {
    fn put(&mut self, key: &str, value: &str) {
        let mut own = key.to_owned();
        let mut number = 1;
        while !self.known.insert(own.clone()) {
            number += 1;
            own = format!("{key}x{number}");
        }
        let line = &mut self.line;
        line.push_str(&own);
        line.push('=');
        for c in value.chars() {
            match c {
                '\\' | '=' => line.extend(['\\', c]),
                '\n' | '\r' => put(line, c),
                c if acts(c) => {
                    // Two backslashes stand for one.
                    line.push('\\');
                    put(line, c);
                }
                c => line.push(c),
            }
        }
        line.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AlertId;

    fn alert(fields: &Json) -> Alert {
        Alert {
            id: AlertId { host: "web-1".to_owned(), sequence: 7 },
            time_ns: 1_700_000_000_123_456_789,
            utc_offset: 0,
            rule: "R|x \\ =\n".to_owned(),
            priority: Priority::Warning,
            source: "syscall".to_owned(),
            tags: Vec::new(),
            message: "a=b \\ |\nc\rd\u{1b}".to_owned(),
            fields: fields.as_object().cloned().unwrap(),
        }
    }

    #[test]
    fn alerts_have_a_header_and_pairs() {
        let version = env!("CARGO_PKG_VERSION");
        let rule = r"R\|x \\ =\\n";
        let head = format!(
            "CEF:0|Peregrine|Peregrine|{version}|{rule}|{rule}|5|rt=1700000000123 dvchost=web-1 \
             externalId=web-1-7 cat=syscall msg=a\\=b \\\\ |\\nc\\rd\\\\u001b"
        );
        let check = |fields: Json, expected: &str| {
            assert_eq!(alert(&fields).cef(), format!("{head}{expected}"), "{fields}");
        };
        check(serde_json::json!({}), "");
        check(
            serde_json::json!({"fd.name": "/etc/\u{4e2d}\u{6587} x=1", "proc.name": "cat", "evt.arg[0]": null}),
            " filePath=/etc/\u{4e2d}\u{6587} x\\=1 sproc=cat",
        );
        check(
            serde_json::json!({"proc.aname[2]": "sh", "proc.aname2": 1, "": [true], "\u{4e2d}": "\u{6587} "}),
            " Peregrine=[true] PeregrineProcAname2=1 PeregrineProcAname2x2=sh Peregrinex2=\u{6587}",
        );
        let tagged = Alert {
            tags: vec!["a".to_owned(), "b=".to_owned()],
            ..alert(&Json::from(serde_json::Map::new()))
        };
        assert_eq!(tagged.cef(), format!("{head} cs1Label=tags cs1=a,b\\="));
    }

    #[test]
    fn severities_fall_with_the_priority() {
        let all: Vec<u8> = Priority::ALL.iter().map(|priority| severity(*priority)).collect();
        assert_eq!(all, [10, 9, 8, 7, 5, 3, 1, 0]);
    }
}
