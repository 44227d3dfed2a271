//! `type: discord`: a webhook of a Discord channel. Up to ten alerts are embeds of one message.

use std::time::Duration;

use peregrine_config::Discord as Keys;
use serde_json::{Value as Json, json};

use super::chat::{Limits, parts};
use crate::SinkError;
use crate::cut::{cut, length, utf16};
use crate::facts::{colour, time};
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Batch, Record, Report};
use crate::sign;

/// Characters of all embeds of a message.
const MESSAGE: usize = 6000;
/// Embeds of a message.
const EMBEDS: usize = 10;
/// Fields of an embed.
const FIELDS: usize = 25;
/// The name of a field.
const NAME: usize = 256;

/// With room for the field that says how many are missing.
const LIMITS: Limits =
    Limits { all: MESSAGE - 40, title: 256, text: 4096, fact: 1024, around: 0, size: escaped };

/// What formats a message.
const MARKDOWN: &str = "\\*_~`|<>[]()#-@:";

fn escaped(c: char) -> usize {
    utf16(c) + usize::from(MARKDOWN.contains(c))
}

fn escape(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        if MARKDOWN.contains(c) {
            made.push('\\');
        }
        made.push(c);
    }
    made
}

pub(crate) struct Discord {
    url: String,
    username: String,
    avatar: String,
    fields: bool,
}

impl Discord {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        Ok(Self {
            url: sign::url("url", &keys.url)?,
            username: cut(&keys.username, 80, utf16).into_owned(),
            avatar: keys.avatar.clone(),
            fields: keys.fields,
        })
    }

    /// The embed of an alert, and its length.
    fn embed(&self, record: &Record<'_>) -> (Json, usize) {
        let mut parts = parts(record, self.fields, &LIMITS);
        let left_out = parts.facts.len().saturating_sub(FIELDS);
        if left_out > 0 {
            // The last field says how many are missing; where it already does, of how many it is one.
            parts.facts.truncate(FIELDS - 1);
        }
        let mut fields: Vec<(String, String)> = parts
            .facts
            .iter()
            .map(|fact| (escape(&cut(&fact.name, NAME / 2, utf16)), escape(&fact.text)))
            .collect();
        if left_out > 0 {
            let all = crate::facts::facts(record.alert, self.fields).len();
            fields.push(("More".to_owned(), format!("{} values do not fit", all - (FIELDS - 1))));
        }
        let (title, text) = (escape(&parts.title), escape(&parts.text));
        let used: usize = fields
            .iter()
            .flat_map(|(name, value)| [name, value])
            .chain([&title, &text])
            .map(|text| length(text, utf16))
            .sum();
        let fields: Vec<Json> = fields
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value, "inline": value.len() <= 40}))
            .collect();
        let embed = json!({
            "title": title,
            "description": text,
            "color": colour(record.alert.priority),
            "timestamp": time(record.alert),
            "fields": fields,
        });
        (embed, used)
    }

    fn request(&self, embeds: &[Json]) -> Request {
        // Nobody is notified, whatever a value says.
        let mut message = json!({"embeds": embeds, "allowed_mentions": {"parse": []}});
        for (key, value) in [("username", &self.username), ("avatar_url", &self.avatar)] {
            if !value.is_empty() {
                message[key] = value.as_str().into();
            }
        }
        Request::post(&self.url, "application/json", message.to_string())
    }
}

impl Protocol for Discord {
    fn batch(&self) -> Batch {
        Batch { alerts: EMBEDS, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let mut requests = Vec::new();
        let (mut embeds, mut used) = (Vec::new(), 0);
        for record in batch {
            let (embed, length) = self.embed(record);
            if embeds.len() == EMBEDS || (used + length > MESSAGE && !embeds.is_empty()) {
                requests.push((self.request(&embeds), embeds.len()));
                (embeds, used) = (Vec::new(), 0);
            }
            embeds.push(embed);
            used += length;
        }
        if !embeds.is_empty() {
            requests.push((self.request(&embeds), embeds.len()));
        }
        Ok(requests)
    }

    /// By the status; of 429 the body says how long to wait, in seconds with a fraction.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        let report = by_status(alerts, response);
        if response.status != 429 {
            return report;
        }
        let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        let seconds = json.get("retry_after").and_then(Json::as_f64);
        let wait = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Report { retry_after: wait.or(report.retry_after), ..report }
    }
}
