//! `type: telegram`: a bot of Telegram.

use std::fmt::Write as _;
use std::time::Duration;

use peregrine_config::{ParseMode, Telegram as Keys};
use serde_json::{Value as Json, json};

use super::chat::{Limits, entities, parts, plain};
use crate::SinkError;
use crate::cut::utf16;
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Record, Report};
use crate::sign;

/// Characters of a message, once its markup is taken out.
const MESSAGE: usize = 4096;

pub(crate) struct Telegram {
    url: String,
    chat_id: String,
    thread_id: Option<i64>,
    parse_mode: ParseMode,
    fields: bool,
    silent: bool,
}

impl Telegram {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        let token = sign::required("token", &keys.token)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":_-".contains(c);
        if !token.chars().all(is_plain) {
            let why = "token: it has a character that no token of a bot has".to_owned();
            return Err(SinkError::Configuration(why));
        }
        let address = sign::url("url", &keys.url)?;
        Ok(Self {
            url: sign::below(&address, &format!("/bot{token}/sendMessage")),
            chat_id: keys.chat_id.clone(),
            thread_id: keys.thread_id.map(|id| id.0),
            parse_mode: keys.parse_mode,
            fields: keys.fields,
            silent: keys.silent,
        })
    }

    fn message(&self, record: &Record<'_>) -> Json {
        let mut message = json!({
            "chat_id": self.chat_id,
            "link_preview_options": {"is_disabled": true},
            "disable_notification": self.silent,
        });
        if let Some(id) = self.thread_id {
            message["message_thread_id"] = id.into();
        }
        match self.parse_mode {
            ParseMode::Off => {
                message["text"] = plain(record, self.fields, MESSAGE, utf16).into();
            }
            ParseMode::Html => {
                message["parse_mode"] = "HTML".into();
                message["text"] = self.html(record).into();
            }
        }
        message
    }

    fn html(&self, record: &Record<'_>) -> String {
        let limits = Limits {
            all: MESSAGE - 3,
            title: 300,
            text: MESSAGE - MESSAGE / 4,
            fact: MESSAGE / 4,
            around: 3,
            size: utf16,
        };
        let parts = parts(record, self.fields, &limits);
        let mut made = format!("<b>{}</b>\n{}\n", entities(&parts.title), entities(&parts.text));
        for fact in parts.facts {
            let (name, text) = (entities(&fact.name), entities(&fact.text));
            let _ = write!(made, "\n{name}: <code>{text}</code>");
        }
        made
    }
}

impl Protocol for Telegram {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request =
            |record| Request::post(&self.url, "application/json", self.message(record).to_string());
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }

    /// By the status; of 429 the body says how many seconds to wait.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        let report = by_status(alerts, response);
        let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        let wait = json.pointer("/parameters/retry_after").and_then(Json::as_u64);
        match wait.filter(|_| report.error.is_some()) {
            Some(seconds) => Report { retry_after: Some(Duration::from_secs(seconds)), ..report },
            None => report,
        }
    }
}
