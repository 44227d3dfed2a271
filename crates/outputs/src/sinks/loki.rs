//! `type: loki`: Grafana Loki, by its push API. A stream for each set of labels, its entries in the order of time.

use std::collections::BTreeMap;
use std::time::Duration;

use peregrine_alert::Alert;
use peregrine_config::Loki as Keys;
use serde_json::{Map, Value as Json, json};

use crate::SinkError;
use crate::cut::{cut, utf8};
use crate::facts::{plain_name, text_of};
use crate::http::{Protocol, Request};
use crate::output::{Batch, Record};
use crate::sign::{self, Header};

/// Alerts of one request, where the configuration does not say.
const ALERTS: usize = 100;
/// Bytes of their texts.
const BYTES: usize = 1 << 20;
/// Bytes of a label's value, as Loki has it by default.
const LABEL: usize = 2048;
/// Bytes of one value of the structured metadata: all of it has 64 KB by default.
const METADATA: usize = 4096;

pub(crate) struct Loki {
    url: String,
    headers: Vec<Header>,
    keys: Keys,
    alerts: usize,
}

impl Loki {
    pub(crate) fn new(keys: &Keys, batch: Option<usize>) -> Result<Self, SinkError> {
        let mut headers: Vec<Header> =
            sign::basic(&keys.username, &keys.password)?.into_iter().collect();
        if !keys.tenant.is_empty() {
            headers.push(("X-Scope-OrgID".to_owned(), keys.tenant.clone()));
        }
        Ok(Self {
            url: sign::below(&sign::url("url", &keys.url)?, "/loki/api/v1/push"),
            headers,
            keys: keys.clone(),
            alerts: batch.unwrap_or(ALERTS),
        })
    }

    fn labels(&self, alert: &Alert) -> BTreeMap<String, String> {
        let mut labels = chosen(alert, &self.keys.label_fields, LABEL);
        for (name, value) in [
            ("hostname", &*alert.id.host),
            ("priority", alert.priority.name()),
            ("rule", &alert.rule),
            ("source", &alert.source),
        ] {
            labels.insert(name.to_owned(), cut(value, LABEL, utf8).into_owned());
        }
        let own = self.keys.labels.0.iter();
        labels.extend(own.map(|(name, value)| (plain_name(name), value.clone())));
        labels.retain(|_, value| !value.is_empty());
        labels
    }

    fn entry(&self, record: &Record<'_>) -> Json {
        let time = record.alert.time_ns.to_string();
        let metadata = chosen(record.alert, &self.keys.metadata_fields, METADATA);
        if metadata.is_empty() {
            return json!([time, record.text]);
        }
        let metadata: Map<String, Json> =
            metadata.into_iter().map(|(name, value)| (name, value.into())).collect();
        json!([time, record.text, metadata])
    }
}

/// Values by names Loki accepts, cut to `most` bytes; those the alert does not have are left out.
fn chosen(alert: &Alert, names: &[String], most: usize) -> BTreeMap<String, String> {
    names
        .iter()
        .filter_map(|name| Some((name, alert.fields.get(name)?)))
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (plain_name(name), cut(&text_of(value), most, utf8).into_owned()))
        .collect()
}

impl Protocol for Loki {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: BYTES, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let mut streams: BTreeMap<BTreeMap<String, String>, Vec<&Record<'_>>> = BTreeMap::new();
        for record in batch {
            streams.entry(self.labels(record.alert)).or_default().push(record);
        }
        let streams: Vec<Json> = streams
            .into_iter()
            .map(|(labels, mut records)| {
                records.sort_by_key(|record| record.alert.time_ns);
                let values: Vec<Json> = records.into_iter().map(|it| self.entry(it)).collect();
                json!({"stream": labels, "values": values})
            })
            .collect();
        let body = json!({"streams": streams}).to_string();
        let mut request = Request::post(&self.url, "application/json", body);
        request.headers.extend(self.headers.iter().cloned());
        Ok(vec![(request, batch.len())])
    }
}
