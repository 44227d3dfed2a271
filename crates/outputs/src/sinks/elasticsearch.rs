//! `type: elasticsearch`: Elasticsearch or OpenSearch, by `_bulk`. A document is created under the identity of
//! its alert, so that what is sent twice stands there once; each has an answer of its own.

use std::fmt::Write as _;
use std::time::Duration;

use peregrine_config::Elasticsearch as Keys;
use serde_json::{Map, Value as Json, json};

use super::chat::beginning;
use super::identity;
use crate::SinkError;
use crate::facts::{date, put, time};
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Batch, Fate, Record, Report};
use crate::sign::{self, Header};

/// Alerts of one request, where the configuration does not say.
const ALERTS: usize = 500;
/// More of them would have an answer that is longer than what is read of it.
const MOST: usize = 2000;
/// Bytes of their texts.
const BYTES: usize = 5 << 20;

pub(crate) struct Elasticsearch {
    url: String,
    authorization: Option<Header>,
    index: String,
    flatten: bool,
    alerts: usize,
}

impl Elasticsearch {
    pub(crate) fn new(keys: &Keys, batch: Option<usize>) -> Result<Self, SinkError> {
        let mut url = sign::below(&sign::url("url", &keys.url)?, "/_bulk");
        // What the answer says of documents that were taken is not read.
        let read = "errors,items.*.status,items.*.error.type,items.*.error.reason,error";
        url = sign::with_parameter(&url, "filter_path", read);
        if !keys.pipeline.is_empty() {
            url = sign::with_parameter(&url, "pipeline", &keys.pipeline);
        }
        let api_key = sign::load("api_key", &keys.api_key)?;
        let authorization = if api_key.is_empty() {
            sign::basic(&keys.username, &keys.password)?
        } else {
            Some(("Authorization".to_owned(), format!("ApiKey {api_key}")))
        };
        Ok(Self {
            url,
            authorization,
            index: keys.index.0.clone(),
            flatten: keys.flatten_fields,
            alerts: batch.unwrap_or(ALERTS).clamp(1, MOST),
        })
    }

    fn document(&self, record: &Record<'_>) -> Json {
        let alert = record.alert;
        // No name of a document may be empty.
        let name = |name: &str| match (name, self.flatten) {
            ("", _) => "_".to_owned(),
            (name, true) => name.replace('.', "_"),
            (name, false) => name.to_owned(),
        };
        let mut fields = Map::new();
        for (key, value) in &alert.fields {
            put(&mut fields, name(key), value.clone());
        }
        json!({
            "@timestamp": time(alert),
            "hostname": alert.id.host,
            "output": record.text,
            "output_fields": fields,
            "priority": alert.priority.name(),
            "rule": alert.rule,
            "source": alert.source,
            "tags": alert.tags,
        })
    }
}

impl Elasticsearch {
    fn request(&self, batch: &[Record<'_>]) -> Request {
        let mut body = String::new();
        for record in batch {
            let index = date(record.alert, &self.index);
            let action = json!({"create": {"_index": index, "_id": identity(record.alert)}});
            let _ = writeln!(body, "{action}\n{}", self.document(record));
        }
        let mut request = Request::post(&self.url, "application/x-ndjson", body);
        request.headers.extend(self.authorization.clone());
        request
    }
}

impl Protocol for Elasticsearch {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: BYTES, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        Ok(batch.chunks(self.alerts).map(|some| (self.request(some), some.len())).collect())
    }

    /// 200 says what became of each document: 409 is one that was delivered before.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        if response.status != 200 {
            return by_status(alerts, response);
        }
        let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        if json.get("errors") == Some(&Json::Bool(false)) {
            return Report::delivered(alerts);
        }
        let items = json.get("items").and_then(Json::as_array);
        let Some(items) = items.filter(|items| items.len() == alerts) else {
            let why =
                format!("the answer says nothing of each document: {}", beginning(&response.body));
            return Report::failed(alerts, SinkError::Answer(why));
        };
        let mut report = Report::delivered(0);
        for item in items {
            let item = item.as_object().and_then(|item| item.values().next());
            let item = item.unwrap_or(&Json::Null);
            let status = item.get("status").and_then(Json::as_u64).unwrap_or_default();
            let why = || {
                let answer = item.get("error").unwrap_or(item).to_string();
                let status = u16::try_from(status).unwrap_or_default();
                SinkError::Status { status, answer: answer.chars().take(200).collect() }
            };
            let fate = match status {
                200..=299 | 409 => Fate::Delivered,
                429 | 500.. | 0..=199 => Fate::Again,
                _ => Fate::Refused(why()),
            };
            if matches!(fate, Fate::Again) {
                report.error.get_or_insert_with(why);
            }
            report.fates.push(fate);
        }
        report
    }
}
