//! `type: slack`: an incoming webhook of Slack, Mattermost or Rocket.Chat.

use std::time::Duration;

use peregrine_config::Slack as Keys;
use serde_json::{Value as Json, json};

use super::chat::{Limits, beginning, entities, parts};
use crate::SinkError;
use crate::cut::utf16;
use crate::facts::colour;
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Record, Report};
use crate::sign;

/// Slack truncates what is longer than 40,000 characters; `&` takes five.
const LIMITS: Limits =
    Limits { all: 39_000, title: 1000, text: 30_000, fact: 4000, around: 0, size: escaped };

fn escaped(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        _ => utf16(c),
    }
}

pub(crate) struct Slack {
    url: String,
    /// What every message says of its sender.
    sender: Vec<(&'static str, String)>,
    fields: bool,
    mrkdwn: bool,
}

impl Slack {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        let is_url = ["http://", "https://"].iter().any(|scheme| keys.icon.starts_with(scheme));
        let icon = if is_url { "icon_url" } else { "icon_emoji" };
        let sender = [("channel", &keys.channel), ("username", &keys.username), (icon, &keys.icon)];
        let set = sender.into_iter().filter(|(_, value)| !value.is_empty());
        Ok(Self {
            url: sign::url("url", &keys.url)?,
            sender: set.map(|(key, value)| (key, value.clone())).collect(),
            fields: keys.fields,
            mrkdwn: keys.mrkdwn,
        })
    }

    fn message(&self, record: &Record<'_>) -> Json {
        let parts = parts(record, self.fields, &LIMITS);
        let title = entities(&parts.title);
        let fields: Vec<Json> = parts
            .facts
            .iter()
            .map(|fact| {
                let (title, value) = (entities(&fact.name), entities(&fact.text));
                json!({"title": title, "value": value, "short": fact.text.len() <= 40})
            })
            .collect();
        let attachment = json!({
            "color": format!("#{:06x}", colour(record.alert.priority)),
            "fallback": title,
            "title": title,
            "text": entities(&parts.text),
            "fields": fields,
            "mrkdwn_in": if self.mrkdwn { json!(["text"]) } else { json!([]) },
            "ts": record.alert.time_ns / 1_000_000_000,
        });
        let mut message = json!({"attachments": [attachment]});
        for (key, value) in &self.sender {
            message[*key] = value.as_str().into();
        }
        message
    }
}

impl Protocol for Slack {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request =
            |record| Request::post(&self.url, "application/json", self.message(record).to_string());
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }

    /// By the status; Rocket.Chat also answers 200 with `success: false`.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        let denied = |key: &str| json.get(key).and_then(Json::as_bool) == Some(false);
        if response.status < 300 && (denied("ok") || denied("success")) {
            return Report::refused(alerts, || SinkError::Answer(beginning(&response.body)));
        }
        by_status(alerts, response)
    }
}
