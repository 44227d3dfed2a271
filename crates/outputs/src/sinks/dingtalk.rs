//! `type: dingtalk`: a custom robot of a DingTalk group.

use std::time::Duration;

use peregrine_config::DingTalk as Keys;
use serde_json::json;

use super::chat::{Codes, by_code, plain};
use crate::SinkError;
use crate::cut;
use crate::http::{Protocol, Request, Response};
use crate::output::{Record, Report};
use crate::sign;

/// A message has 20,000 bytes at most, with its JSON.
const MESSAGE: usize = 18_000;

const CODES: Codes = Codes {
    key: "errcode",
    message: "errmsg",
    again: &[-1],
    // Twenty messages a minute, then none for a while.
    slower: &[130_101, 410_100],
    pause: Duration::from_mins(1),
};

pub(crate) struct DingTalk {
    url: String,
    secret: String,
    mobiles: Vec<String>,
    all: bool,
    fields: bool,
}

impl DingTalk {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        Ok(Self {
            url: sign::url("url", &keys.url)?,
            secret: sign::load("secret", &keys.secret)?,
            mobiles: keys.mention_mobiles.clone(),
            all: keys.mention_all,
            fields: keys.fields,
        })
    }

    /// The URL, with the signature where there is a secret.
    fn url(&self, now: Duration) -> Result<String, SinkError> {
        if self.secret.is_empty() {
            return Ok(self.url.clone());
        }
        let timestamp = now.as_millis().to_string();
        let message = format!("{timestamp}\n{}", self.secret);
        let signature = sign::hmac_sha256(self.secret.as_bytes(), message.as_bytes())?;
        let url = sign::with_parameter(&self.url, "timestamp", &timestamp);
        Ok(sign::with_parameter(&url, "sign", &signature))
    }
}

impl Protocol for DingTalk {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let url = self.url(now)?;
        let request = |record| {
            let message = json!({
                "msgtype": "text",
                "text": {"content": plain(record, self.fields, MESSAGE, cut::json)},
                "at": {"atMobiles": self.mobiles, "isAtAll": self.all},
            });
            Request::post(&url, "application/json", message.to_string())
        };
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }

    fn report(&self, alerts: usize, response: &Response) -> Report {
        by_code(alerts, response, &CODES)
    }
}
