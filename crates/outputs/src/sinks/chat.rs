//! Messages of plain text, and answers with a code of their own: what several chats have in common.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value as Json;

use crate::SinkError;
use crate::cut::{Size, cut, length};
use crate::facts::{Fact, facts, fitted, title};
use crate::http::{Response, by_status};
use crate::output::{Record, Report};

/// A message in parts that fit together into what the receiver accepts.
pub(super) struct Parts<'a> {
    pub(super) title: String,
    pub(super) text: Cow<'a, str>,
    pub(super) facts: Vec<Fact<'a>>,
}

/// How much of an alert a receiver accepts, in its unit.
pub(super) struct Limits {
    /// All of it.
    pub(super) all: usize,
    /// The title.
    pub(super) title: usize,
    /// The message.
    pub(super) text: usize,
    /// The text of one fact.
    pub(super) fact: usize,
    /// What is sent with each fact beside its name and text.
    pub(super) around: usize,
    /// The unit.
    pub(super) size: Size,
}

/// An alert in parts within the limits: the title first, then the message, then facts as far as they fit.
pub(super) fn parts<'a>(record: &Record<'a>, values: bool, limits: &Limits) -> Parts<'a> {
    let size = limits.size;
    let title = cut(&title(record.alert), limits.title, size).into_owned();
    let left = limits.all.saturating_sub(length(&title, size));
    let text = cut(record.text, limits.text.min(left), size);
    let left = left.saturating_sub(length(&text, size));
    let facts = facts(record.alert, values);
    Parts { title, text, facts: fitted(facts, (left, limits.fact, limits.around), size) }
}

/// Title, message and a line for each fact, no longer than `all`.
pub(super) fn plain(record: &Record<'_>, values: bool, all: usize, size: Size) -> String {
    // A newline and `: ` with each fact; the newlines around the message.
    let text = all - all / 4;
    let limits = Limits { all: all - 3, title: 300, text, fact: all / 4, around: 3, size };
    let parts = parts(record, values, &limits);
    let mut made = format!("{}\n{}\n", parts.title, parts.text);
    for fact in parts.facts {
        let _ = write!(made, "\n{}: {}", fact.name, fact.text);
    }
    made
}

/// The codes of a receiver that answers 200 whatever it did.
pub(super) struct Codes {
    /// The key of the code in the answer's JSON; 0 is success.
    pub(super) key: &'static str,
    /// The key of what it says in words.
    pub(super) message: &'static str,
    /// Codes of a receiver that is busy or broken now.
    pub(super) again: &'static [i64],
    /// Codes of a receiver that was sent too much.
    pub(super) slower: &'static [i64],
    /// How long that one is left alone.
    pub(super) pause: Duration,
}

/// What an answer with a code says.
pub(super) fn by_code(alerts: usize, response: &Response, codes: &Codes) -> Report {
    let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
    let Some(code) = json.get(codes.key).and_then(Json::as_i64) else {
        if !(200..300).contains(&response.status) {
            return by_status(alerts, response);
        }
        let why = format!("the answer has no {}: {}", codes.key, beginning(&response.body));
        return Report::failed(alerts, SinkError::Answer(why));
    };
    let words = json.get(codes.message).and_then(Json::as_str).unwrap_or_default();
    let why = || SinkError::Answer(format!("{} {code}: {words}", codes.key));
    if code == 0 {
        Report::delivered(alerts)
    } else if codes.slower.contains(&code) {
        let retry_after = Some(codes.pause);
        Report { retry_after, ..Report::failed(alerts, why()) }
    } else if codes.again.contains(&code) || response.status >= 500 || response.status == 429 {
        Report::failed(alerts, why())
    } else {
        Report::refused(alerts, why)
    }
}

/// The beginning of an answer, for a message.
pub(super) fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(200).collect()
}

/// `text` with what markup means something in written as what markup calls it.
pub(super) fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
