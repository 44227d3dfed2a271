//! `type: alertmanager`: Prometheus Alertmanager, by its API v2. One of these speaks to one Alertmanager; those
//! of a cluster are an [`AnyOf`](crate::any_of::AnyOf).

use std::time::Duration;

use jiff::Timestamp;
use peregrine_alert::Priority;
use peregrine_config::Alertmanager as Keys;
use serde_json::{Map, Value as Json, json};

use crate::SinkError;
use crate::facts::{plain_name, put, text_of, time, title};
use crate::http::{Protocol, Request};
use crate::output::{Batch, Record};
use crate::sign::{self, Header};

/// Alerts of one request, where the configuration does not say.
const ALERTS: usize = 64;
/// Bytes of their texts.
const BYTES: usize = 1 << 20;

pub(crate) struct Alertmanager {
    url: String,
    authorization: Option<Header>,
    keys: Keys,
    alerts: usize,
}

impl Alertmanager {
    /// One for each address.
    pub(crate) fn all(keys: &Keys, batch: Option<usize>) -> Result<Vec<Self>, SinkError> {
        if keys.urls.is_empty() {
            return Err(SinkError::Configuration("urls: there is none".to_owned()));
        }
        keys.urls
            .iter()
            .map(|url| {
                Ok(Self {
                    url: sign::below(&sign::url("urls", url)?, "/api/v2/alerts"),
                    authorization: sign::basic(&keys.username, &keys.password)?,
                    keys: keys.clone(),
                    alerts: batch.unwrap_or(ALERTS),
                })
            })
            .collect()
    }

    fn alert(&self, record: &Record<'_>, now: Duration) -> Json {
        let alert = record.alert;
        let severity = match alert.priority {
            Priority::Emergency | Priority::Alert | Priority::Critical => "critical",
            Priority::Error | Priority::Warning => "warning",
            Priority::Notice | Priority::Informational | Priority::Debug => "info",
        };
        let priority = alert.priority.name().to_ascii_lowercase();
        let mut labels = Map::new();
        let mut annotations = Map::new();
        for (name, value) in &alert.fields {
            let is_label = self.keys.label_fields.iter().any(|label| label == name);
            let to = if is_label { &mut labels } else { &mut annotations };
            put(to, plain_name(name), text_of(value).into());
        }
        for (name, value) in [
            ("alertname", &*alert.rule),
            ("severity", severity),
            ("priority", &priority),
            ("source", &alert.source),
            ("hostname", &alert.id.host),
        ] {
            labels.insert(name.to_owned(), value.into());
        }
        for (name, value) in [
            ("summary", title(alert)),
            ("description", record.text.to_owned()),
            ("tags", alert.tags.join(", ")),
        ] {
            annotations.insert(name.to_owned(), value.into());
        }
        for (name, value) in &self.keys.labels.0 {
            labels.insert(plain_name(name), value.as_str().into());
        }
        for (name, value) in &self.keys.annotations.0 {
            annotations.insert(plain_name(name), value.as_str().into());
        }
        // What is empty is as if it were not there, and Alertmanager drops it itself.
        labels.retain(|_, value| value != "");
        annotations.retain(|_, value| value != "");
        let mut made =
            json!({"labels": labels, "annotations": annotations, "startsAt": time(alert)});
        if !self.keys.expires_after.0.is_zero() {
            // It may not end before it starts, also where the clock was set back since.
            let from = now.max(Duration::from_nanos(alert.time_ns));
            let end = from.saturating_add(self.keys.expires_after.0);
            let end = i128::try_from(end.as_nanos()).ok();
            if let Some(end) = end.and_then(|end| Timestamp::from_nanosecond(end).ok()) {
                made["endsAt"] = end.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string().into();
            }
        }
        if !self.keys.generator_url.is_empty() {
            made["generatorURL"] = self.keys.generator_url.as_str().into();
        }
        made
    }
}

impl Protocol for Alertmanager {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: BYTES, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let alerts: Vec<Json> = batch.iter().map(|record| self.alert(record, now)).collect();
        let body = Json::from(alerts).to_string();
        let mut request = Request::post(&self.url, "application/json", body);
        request.headers.extend(self.authorization.clone());
        Ok(vec![(request, batch.len())])
    }
}
