//! `type: feishu`: a custom bot of a Feishu or Lark group.

use std::time::Duration;

use peregrine_alert::Priority;
use peregrine_config::Feishu as Keys;
use serde_json::{Value as Json, json};

use super::chat::{Codes, Limits, by_code, parts};
use crate::SinkError;
use crate::cut;
use crate::http::{Protocol, Request, Response};
use crate::output::{Record, Report};
use crate::sign;

/// A request has 20 KB at most. A fact takes about 120 bytes around its text.
const LIMITS: Limits =
    Limits { all: 18_500, title: 1000, text: 12_000, fact: 3000, around: 120, size: cut::json };

const CODES: Codes = Codes {
    key: "code",
    message: "msg",
    again: &[2200],
    // A hundred requests a minute, five a second.
    slower: &[11_232, 99_991_400],
    pause: Duration::from_secs(10),
};

pub(crate) struct Feishu {
    url: String,
    secret: String,
    fields: bool,
}

impl Feishu {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        let url = sign::url("url", &keys.url)?;
        Ok(Self { url, secret: sign::load("secret", &keys.secret)?, fields: keys.fields })
    }

    /// A card whose texts are plain.
    fn message(&self, record: &Record<'_>) -> Json {
        let colour = match record.alert.priority {
            Priority::Emergency | Priority::Alert | Priority::Critical => "red",
            Priority::Error => "orange",
            Priority::Warning => "yellow",
            Priority::Notice | Priority::Informational => "blue",
            Priority::Debug => "grey",
        };
        let parts = parts(record, self.fields, &LIMITS);
        let plain = |text: &str| json!({"tag": "plain_text", "content": text});
        let mut elements = vec![json!({"tag": "div", "text": plain(&parts.text)})];
        let facts: Vec<Json> = parts
            .facts
            .iter()
            .map(|fact| {
                let text = format!("{}: {}", fact.name, fact.text);
                json!({"is_short": text.len() <= 40, "text": plain(&text)})
            })
            .collect();
        if !facts.is_empty() {
            elements.push(json!({"tag": "div", "fields": facts}));
        }
        let header = json!({"title": plain(&parts.title), "template": colour});
        json!({"msg_type": "interactive", "card": {"header": header, "elements": elements}})
    }
}

impl Protocol for Feishu {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let timestamp = now.as_secs().to_string();
        // The key is what DingTalk signs, and the message is empty.
        let key = format!("{timestamp}\n{}", self.secret);
        let signature = sign::hmac_sha256(key.as_bytes(), b"")?;
        let request = |record| {
            let mut message = self.message(record);
            if !self.secret.is_empty() {
                message["timestamp"] = timestamp.as_str().into();
                message["sign"] = signature.as_str().into();
            }
            Request::post(&self.url, "application/json", message.to_string())
        };
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }

    fn report(&self, alerts: usize, response: &Response) -> Report {
        by_code(alerts, response, &CODES)
    }
}
