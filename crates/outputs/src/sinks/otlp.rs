//! `type: otlp`: log records for an OpenTelemetry collector, by OTLP over HTTP in JSON.

use std::time::Duration;

use peregrine_alert::Priority;
use peregrine_config::Otlp as Keys;
use serde_json::{Value as Json, json};

use super::chat::beginning;
use super::identity;
use crate::SinkError;
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Batch, Record, Report};
use crate::sign;

/// Alerts of one request, where the configuration does not say.
const ALERTS: usize = 100;
/// Bytes of their texts.
const BYTES: usize = 1 << 20;

pub(crate) struct Otlp {
    url: String,
    service: String,
    resource: Vec<Json>,
    alerts: usize,
}

impl Otlp {
    pub(crate) fn new(keys: &Keys, batch: Option<usize>) -> Result<Self, SinkError> {
        let own = keys.resource.0.iter();
        Ok(Self {
            url: sign::below(&sign::url("url", &keys.url)?, "/v1/logs"),
            service: keys.service_name.clone(),
            resource: own.map(|(name, value)| attribute(name, &value.as_str().into())).collect(),
            alerts: batch.unwrap_or(ALERTS),
        })
    }

    fn resource(&self, host: &str) -> Json {
        let mut attributes = vec![
            attribute("service.name", &self.service.as_str().into()),
            attribute("host.name", &host.into()),
        ];
        attributes.extend(self.resource.iter().cloned());
        json!({"attributes": attributes})
    }
}

/// An attribute; its key may not be empty.
fn attribute(name: &str, value: &Json) -> Json {
    let name = if name.is_empty() { "_" } else { name };
    json!({"key": name, "value": any_value(value)})
}

/// A value with its type. Whole numbers are texts: they have 64 bits.
fn any_value(value: &Json) -> Json {
    match value {
        Json::Null => json!({}),
        Json::Bool(truth) => json!({"boolValue": truth}),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => json!({"intValue": number.to_string()}),
            // No type of OTLP has it as a number.
            (None, Some(number)) => json!({"stringValue": number.to_string()}),
            (None, None) => json!({"doubleValue": number}),
        },
        Json::String(text) => json!({"stringValue": text}),
        Json::Array(list) => {
            let values: Vec<Json> = list.iter().map(any_value).collect();
            json!({"arrayValue": {"values": values}})
        }
        Json::Object(map) => {
            let values: Vec<Json> =
                map.iter().map(|(name, value)| attribute(name, value)).collect();
            json!({"kvlistValue": {"values": values}})
        }
    }
}

/// The numbers of the data model for the severities of syslog.
fn severity(priority: Priority) -> u8 {
    match priority {
        Priority::Emergency => 21,
        Priority::Alert => 19,
        Priority::Critical => 18,
        Priority::Error => 17,
        Priority::Warning => 13,
        Priority::Notice => 10,
        Priority::Informational => 9,
        Priority::Debug => 5,
    }
}

fn log_record(record: &Record<'_>, now: Duration) -> Json {
    let alert = record.alert;
    let tags: Vec<Json> = alert.tags.iter().map(|tag| tag.as_str().into()).collect();
    let mut attributes = vec![
        attribute("rule", &alert.rule.as_str().into()),
        attribute("source", &alert.source.as_str().into()),
        attribute("tags", &Json::Array(tags)),
        attribute("log.record.uid", &identity(alert).into()),
    ];
    let taken: Vec<String> = ["rule", "source", "tags", "log.record.uid"].map(str::to_owned).into();
    let fields = alert.fields.iter().filter(|(name, _)| !taken.contains(name));
    attributes.extend(fields.map(|(name, value)| attribute(name, value)));
    json!({
        "timeUnixNano": alert.time_ns.to_string(),
        "observedTimeUnixNano": now.as_nanos().to_string(),
        "severityNumber": severity(alert.priority),
        "severityText": alert.priority.name(),
        "body": {"stringValue": record.text},
        "attributes": attributes,
    })
}

impl Protocol for Otlp {
    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: BYTES, ..Batch::ONE }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        // Alerts of one host are neighbours, but for those that were relayed.
        let by_host = batch.chunk_by(|one, next| one.alert.id.host == next.alert.id.host);
        let resource_logs: Vec<Json> = by_host
            .map(|records| {
                let host = records.first().map_or("", |record| &record.alert.id.host);
                let logs: Vec<Json> = records.iter().map(|it| log_record(it, now)).collect();
                json!({
                    "resource": self.resource(host),
                    "scopeLogs": [{
                        "scope": {"name": "peregrine", "version": env!("CARGO_PKG_VERSION")},
                        "logRecords": logs,
                    }],
                })
            })
            .collect();
        let body = json!({"resourceLogs": resource_logs}).to_string();
        Ok(vec![(Request::post(&self.url, "application/json", body), batch.len())])
    }

    /// Only 429, 502, 503 and 504 may be sent again. Of a partial success nobody says which records were taken,
    /// and it may not be sent again either: all of them are kept aside.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        match response.status {
            200..=299 => {
                let json: Json = serde_json::from_slice(&response.body).unwrap_or_default();
                let rejected = json.pointer("/partialSuccess/rejectedLogRecords");
                let none = matches!(
                    rejected.map(Json::to_string).as_deref(),
                    None | Some("0" | "\"0\"" | "null")
                );
                if none {
                    return Report::delivered(alerts);
                }
                let answer = beginning(&response.body);
                let why = || {
                    SinkError::Answer(format!("not all of {alerts} records were taken: {answer}"))
                };
                Report::refused(alerts, why)
            }
            408 | 425 | 429 | 502..=504 => by_status(alerts, response),
            status => {
                let answer = beginning(&response.body);
                Report::refused(alerts, || SinkError::Status { status, answer: answer.clone() })
            }
        }
    }
}
