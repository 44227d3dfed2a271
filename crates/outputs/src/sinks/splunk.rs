//! `type: splunk`: the HTTP Event Collector of Splunk.

use std::time::Duration;

use peregrine_config::Splunk as Keys;
use serde_json::{Map, Value as Json, json};

use super::chat::beginning;
use crate::SinkError;
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Batch, Record, Report};
use crate::sign;

/// Alerts of one request, where the configuration does not say.
const ALERTS: usize = 100;
/// Bytes of their texts.
const BYTES: usize = 512 << 10;

pub(crate) struct Splunk {
    url: String,
    authorization: String,
    index: String,
    source: String,
    sourcetype: String,
    alerts: usize,
}

impl Splunk {
    pub(crate) fn new(keys: &Keys, batch: Option<usize>) -> Result<Self, SinkError> {
        Ok(Self {
            url: sign::below(&sign::url("url", &keys.url)?, "/services/collector/event"),
            authorization: format!("Splunk {}", sign::required("token", &keys.token)?),
            index: keys.index.clone(),
            source: keys.source.clone(),
            sourcetype: keys.sourcetype.clone(),
            alerts: batch.unwrap_or(ALERTS),
        })
    }

    fn event(&self, record: &Record<'_>) -> Json {
        let alert = record.alert;
        // JSON is an object with fields; other formats are one text, which may not be empty.
        let object = serde_json::from_str::<Map<String, Json>>(record.text).map(Json::Object);
        let text = if record.text.is_empty() { alert.rule.as_str() } else { record.text };
        let (seconds, nanoseconds) = (alert.time_ns / 1_000_000_000, alert.time_ns % 1_000_000_000);
        let mut event = json!({
            "time": format!("{seconds}.{nanoseconds:09}"),
            "event": object.unwrap_or_else(|_| text.into()),
        });
        for (key, value) in [
            ("host", &alert.id.host),
            ("source", &self.source),
            ("sourcetype", &self.sourcetype),
            ("index", &self.index),
        ] {
            if !value.is_empty() {
                event[key] = value.as_str().into();
            }
        }
        event
    }
}

impl Protocol for Splunk {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: BYTES, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        // Objects one behind the other, no array.
        let events: Vec<String> =
            batch.iter().map(|record| self.event(record).to_string()).collect();
        let mut request = Request::post(&self.url, "application/json", events.join("\n"));
        request.headers.push(("Authorization".to_owned(), self.authorization.clone()));
        Ok(vec![(request, batch.len())])
    }

    /// By the status; code 0 is success.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        let code = json.get("code").and_then(Json::as_i64);
        if (200..300).contains(&response.status) && code.is_some_and(|code| code != 0) {
            return Report::failed(alerts, SinkError::Answer(beginning(&response.body)));
        }
        by_status(alerts, response)
    }
}
