//! `type: pagerduty`: the Events API v2 of PagerDuty.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use peregrine_alert::{Alert, Priority};
use peregrine_config::{IncidentPer, PagerDuty as Keys};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::identity;
use crate::SinkError;
use crate::cut::{cut, utf8, utf16};
use crate::facts::{text_of, time};
use crate::http::{Protocol, Request};
use crate::output::Record;
use crate::sign;

/// An event has 512 KB at most; some of them for all but the values.
const VALUES: usize = 480_000;
/// Characters of a summary.
const SUMMARY: usize = 1024;
/// Characters of a key by which events are put together.
const DEDUP_KEY: usize = 255;

pub(crate) struct PagerDuty {
    url: String,
    routing_key: String,
    incident_per: IncidentPer,
    component: String,
    group: String,
    links: Vec<Json>,
}

impl PagerDuty {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        let link = |(text, url): (&String, &String)| json!({"text": text, "href": url});
        Ok(Self {
            url: sign::url("url", &keys.url)?,
            routing_key: sign::required("routing_key", &keys.routing_key)?,
            incident_per: keys.incident_per,
            component: keys.component.clone(),
            group: keys.group.clone(),
            links: keys.links.0.iter().map(link).collect(),
        })
    }

    fn event(&self, record: &Record<'_>) -> Json {
        let alert = record.alert;
        let severity = match alert.priority {
            Priority::Emergency | Priority::Alert | Priority::Critical => "critical",
            Priority::Error => "error",
            Priority::Warning => "warning",
            Priority::Notice | Priority::Informational | Priority::Debug => "info",
        };
        let or = |text: &str, other: &str| {
            if text.is_empty() { other.to_owned() } else { text.to_owned() }
        };
        let mut payload = json!({
            "summary": cut(&or(record.text, &alert.rule), SUMMARY, utf16),
            "source": or(&alert.id.host, "unknown"),
            "severity": severity,
            "timestamp": time(alert),
            "class": alert.rule,
            "custom_details": details(record),
        });
        for (key, value) in [("component", &self.component), ("group", &self.group)] {
            if !value.is_empty() {
                payload[key] = value.as_str().into();
            }
        }
        json!({
            "routing_key": self.routing_key,
            "event_action": "trigger",
            "dedup_key": self.dedup_key(alert),
            "client": "Peregrine",
            "links": self.links,
            "payload": payload,
        })
    }

    fn dedup_key(&self, alert: &Alert) -> String {
        let key = match self.incident_per {
            IncidentPer::Alert => identity(alert),
            IncidentPer::Rule => format!("{}: {}", alert.id.host, alert.rule),
        };
        if key.chars().count() <= DEDUP_KEY {
            return key;
        }
        STANDARD.encode(Sha256::digest(key.as_bytes()))
    }
}

/// The whole alert; its longest texts are cut where it is larger than PagerDuty accepts.
fn details(record: &Record<'_>) -> Json {
    let alert = record.alert;
    let mut each = usize::MAX;
    loop {
        let shorter = |text: &str| Json::from(cut(text, each, utf8));
        let fields: Map<String, Json> = alert
            .fields
            .iter()
            .map(|(name, value)| {
                let is_short = value.as_str().is_none_or(|text| text.len() <= each);
                let value = if is_short && each == usize::MAX {
                    value.clone()
                } else {
                    shorter(&text_of(value))
                };
                (name.clone(), value)
            })
            .collect();
        let details = json!({
            "output": shorter(record.text),
            "rule": alert.rule,
            "priority": alert.priority.name(),
            "source": alert.source,
            "hostname": alert.id.host,
            "tags": alert.tags,
            "output_fields": fields,
        });
        if each <= 64 || details.to_string().len() <= VALUES {
            return details;
        }
        each = if each == usize::MAX { 1 << 16 } else { each / 2 };
    }
}

impl Protocol for PagerDuty {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request =
            |record| Request::post(&self.url, "application/json", self.event(record).to_string());
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }
}
