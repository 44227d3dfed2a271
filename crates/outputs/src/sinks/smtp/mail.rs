//! The mail that alerts become.

use std::fmt::Write as _;

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use peregrine_alert::Alert;
use serde_json::Value as Json;

use crate::error::SinkError;
use crate::output::Record;
use crate::short_text::ShortText;
use crate::sinks::identity;

/// Subjects are no longer, in characters.
const SUBJECT: usize = 200;

/// What all mails have in common.
pub(super) struct Letterhead {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) subject: ShortText,
    /// Whether there is a part in HTML.
    pub(super) html: bool,
}

impl Letterhead {
    /// The mail of these alerts: of one, or a digest.
    pub(super) fn mail(&self, records: &[&Record<'_>]) -> Result<Message, SinkError> {
        let [first, ..] = records else {
            return Err(SinkError::Answer("a mail of no alerts".to_owned()));
        };
        let mut subject = self.subject.of(first.alert)?;
        if let Some((at, _)) = subject.char_indices().nth(SUBJECT) {
            subject.truncate(at);
            subject.push('…');
        }
        let mut id = identity(first.alert);
        if let [_, .., last] = records {
            subject = format!("{} alerts: {subject}, ...", records.len());
            let _ = write!(id, "-{}", last.alert.id.sequence);
        }
        let text = records.iter().map(|record| record.text).collect::<Vec<_>>().join("\n\n");
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .message_id(Some(format!("<{id}@peregrine.invalid>")));
        for mailbox in &self.to {
            message = message.to(mailbox.clone());
        }
        let made = if self.html {
            let alerts: String = records.iter().map(|record| html_of(record.alert)).collect();
            message.multipart(MultiPart::alternative_plain_html(text, alerts))
        } else {
            message.singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
        };
        let mut message =
            made.map_err(|error| SinkError::Answer(format!("there is no mail of it: {error}")))?;
        // Nobody's absence notice is an answer to an alert.
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(message)
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// An alert as a table.
fn html_of(alert: &Alert) -> String {
    let mut html =
        format!("<h3>{}</h3>\n<p>{}</p>\n<table>\n", escaped(&alert.rule), escaped(&alert.message));
    let mut row = |name: &str, value: &str| {
        let (name, value) = (escaped(name), escaped(value));
        let _ = writeln!(html, "<tr><td>{name}</td><td><code>{value}</code></td></tr>");
    };
    row("priority", alert.priority.name());
    row("hostname", &alert.id.host);
    let time = i64::try_from(alert.time_ns).ok().map(i128::from);
    let time = time.and_then(|time| jiff::Timestamp::from_nanosecond(time).ok());
    row("time", &time.map(|time| time.to_string()).unwrap_or_default());
    row("source", &alert.source);
    row("tags", &alert.tags.join(", "));
    for (name, value) in &alert.fields {
        match value {
            Json::String(text) => row(name, text),
            other => row(name, &other.to_string()),
        }
    }
    html.push_str("</table>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_shows_every_value_and_no_markup_of_theirs() {
        let mut alert = (*crate::tests::alert(7)).clone();
        alert.message = "<script>".to_owned();
        alert.fields.insert("a&b".to_owned(), serde_json::json!([1, "<b>"]));
        let html = html_of(&alert);
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
        assert!(
            html.contains("&lt;script&gt;") && html.contains("[1,&quot;&lt;b&gt;&quot;]"),
            "{html}"
        );
    }
}
