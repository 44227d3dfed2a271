//! `type: webhook`: requests in a form of your own.

use std::time::Duration;

use peregrine_config::{HttpKeys, HttpMethod, Webhook as Keys, WebhookBody};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::error::SinkError;
use crate::http::{HttpOutput, Protocol, Request};
use crate::output::{Batch, Output, Record};

struct Webhook {
    url: String,
    method: &'static str,
    body: WebhookBody,
    content_type: String,
}

/// Opens it. It connects to nothing yet.
pub(crate) fn open(
    keys: &Keys,
    http: &HttpKeys,
    timeout: Duration,
) -> Result<Box<dyn Output>, SinkError> {
    let url = keys.url.0.load();
    let url = url.map_err(|error| SinkError::Configuration(format!("url: {error}")))?;
    let method = match keys.method {
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
    };
    let webhook = Webhook { url, method, body: keys.body, content_type: keys.content_type.clone() };
    Ok(Box::new(HttpOutput::open(webhook, http, timeout)?))
}

/// Whether it is a JSON object or array: those are part of a body as they are.
fn is_json(text: &str) -> bool {
    text.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(text).is_ok()
}

impl Webhook {
    fn body(&self, batch: &[Record<'_>]) -> (String, &'static str) {
        let texts = || batch.iter().map(|record| record.text);
        let all_json = texts().all(is_json);
        match self.body {
            WebhookBody::Single => {
                let kind = if all_json { "application/json" } else { "text/plain; charset=utf-8" };
                (texts().collect(), kind)
            }
            WebhookBody::Lines => {
                let kind =
                    if all_json { "application/x-ndjson" } else { "text/plain; charset=utf-8" };
                // Only a template's text has newlines of its own: it is one line to who reads lines.
                (texts().map(|text| text.replace('\n', "\\n") + "\n").collect(), kind)
            }
            WebhookBody::Array => {
                let quoted = |text: &str| {
                    if is_json(text) { text.to_owned() } else { Json::from(text).to_string() }
                };
                let items: Vec<String> = texts().map(quoted).collect();
                (format!("[{}]", items.join(",")), "application/json")
            }
        }
    }
}

impl Protocol for Webhook {
    fn batch(&self) -> Batch {
        match self.body {
            WebhookBody::Single => Batch::ONE,
            _ => Batch { alerts: 100, bytes: 1 << 20, wait: Duration::from_millis(200) },
        }
    }

    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let each = if self.body == WebhookBody::Single { 1 } else { batch.len().max(1) };
        let request = |batch: &[Record<'_>]| {
            let (body, kind) = self.body(batch);
            let kind = if self.content_type.is_empty() { kind } else { &self.content_type };
            let request = Request::post(&self.url, kind, body);
            (Request { method: self.method, ..request }, batch.len())
        };
        Ok(batch.chunks(each).map(request).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::alert;

    #[test]
    fn bodies_hold_alerts_whole() {
        let check = |body: WebhookBody, texts: &[&str], expected: &[(&str, &str)]| {
            let mut webhook = Webhook {
                url: "http://h/".to_owned(),
                method: "PUT",
                body,
                content_type: String::new(),
            };
            let alert = alert(1);
            let batch: Vec<_> = texts.iter().map(|text| Record { alert: &alert, text }).collect();
            let made = webhook.requests(&batch, Duration::ZERO).unwrap();
            let made: Vec<_> = made
                .iter()
                .map(|(request, _)| {
                    assert_eq!(request.method, "PUT");
                    let kind = request.headers[0].1.as_str();
                    (std::str::from_utf8(&request.body).unwrap(), kind)
                })
                .collect();
            assert_eq!(made, expected);
        };
        let (json, text) = (r#"{"a":"\n 文"}"#, "two\n\"lines\" 文");
        check(
            WebhookBody::Single,
            &[json, text],
            &[(json, "application/json"), (text, "text/plain; charset=utf-8")],
        );
        let array = format!(r#"[{json},"two\n\"lines\" 文"]"#);
        check(WebhookBody::Array, &[json, text], &[(&array, "application/json")]);
        let lines = format!("{json}\n{json}\n");
        check(WebhookBody::Lines, &[json, json], &[(&lines, "application/x-ndjson")]);
        let lines = format!("{json}\ntwo\\n\"lines\" 文\n");
        check(WebhookBody::Lines, &[json, text], &[(&lines, "text/plain; charset=utf-8")]);
        // What only begins like JSON is a text.
        check(WebhookBody::Array, &["[alert] {"], &[(r#"["[alert] {"]"#, "application/json")]);
    }
}
