//! Rules of what keeps alerts and wakes people, from the pages of those who make it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::server::{Received, Reply};
use crate::shape::{exactly, list, object, one_of, some, text, texts, time, whole};

fn posted(request: &Received, path: &str, kind: &str) -> Result<(), String> {
    if request.method != "POST" || request.path != path {
        return Err(format!("{} {}", request.method, request.path));
    }
    match request.header("content-type") {
        Some(got) if got == kind => Ok(()),
        got => Err(format!("Content-Type: {got:?}")),
    }
}

/// `user:word`, in base64.
fn basic(request: &Received) -> Result<(), String> {
    match request.header("authorization") {
        Some("Basic dXNlcjp3b3Jk") => Ok(()),
        other => Err(format!("Authorization: {other:?}")),
    }
}

fn uri(json: &Json) -> Result<(), String> {
    text(json)?;
    let is = json.as_str().is_some_and(|text| text.starts_with("http"));
    if is { Ok(()) } else { Err("no URL".to_owned()) }
}

fn object_of_anything(json: &Json) -> Result<(), String> {
    json.as_object().map(|_| ()).ok_or_else(|| "no object".to_owned())
}

pub(crate) fn pagerduty(request: &Received) -> Result<Reply, String> {
    posted(request, "/v2/enqueue", "application/json")?;
    let payload = |json: &Json| {
        object(
            json,
            &[
                ("summary", &some(1024)),
                ("source", &some(1024)),
                ("severity", &one_of(&["critical", "error", "warning", "info"])),
                ("timestamp", &time),
                ("class?", &text),
                ("component?", &text),
                ("group?", &text),
                ("custom_details?", &object_of_anything),
            ],
        )
    };
    let link = |json: &Json| object(json, &[("href", &uri), ("text?", &text)]);
    object(
        &request.json()?,
        &[
            ("routing_key", &exactly(json!("0123456789abcdef0123456789abcdef"))),
            ("event_action", &one_of(&["trigger", "acknowledge", "resolve"])),
            ("dedup_key", &some(255)),
            ("client?", &text),
            ("client_url?", &uri),
            ("links?", &|json| list(json, 50, &link)),
            ("payload", &payload),
        ],
    )?;
    if request.body.len() > 512_000 {
        return Err(format!("an event of {} bytes", request.body.len()));
    }
    Ok(Reply::new(202, r#"{"status": "success", "message": "Event processed", "dedup_key": "x"}"#))
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`
fn is_label(name: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(begins) && name.chars().all(|c| begins(c) || c.is_ascii_digit())
}

pub(crate) fn alertmanager(request: &Received) -> Result<Reply, String> {
    posted(request, "/api/v2/alerts", "application/json")?;
    basic(request)?;
    let labels = |json: &Json| {
        texts(json, is_label)?;
        let named = json.get("alertname").is_some();
        if named { Ok(()) } else { Err("no alertname".to_owned()) }
    };
    let alert = |json: &Json| {
        object(
            json,
            &[
                ("labels", &labels),
                ("annotations?", &|json| texts(json, is_label)),
                ("startsAt?", &time),
                ("endsAt?", &time),
                ("generatorURL?", &uri),
            ],
        )?;
        let at = |key: &str| json[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let now = jiff::Timestamp::now();
        let is_open = at("endsAt") > at("startsAt").max(now);
        if is_open { Ok(()) } else { Err("it ends before it starts, or has ended".to_owned()) }
    };
    list(&request.json()?, 10_000, &alert)?;
    Ok(Reply::new(200, ""))
}

pub(crate) fn loki(request: &Received) -> Result<Reply, String> {
    posted(request, "/loki/api/v1/push", "application/json")?;
    basic(request)?;
    if request.header("x-scope-orgid") != Some("t1") {
        return Err("no org id".to_owned());
    }
    let is_text_under_label = |json: &Json| texts(json, is_label);
    let stream = |json: &Json| {
        object(
            json,
            &[("stream", &is_text_under_label), ("values", &|json| list(json, 10_000, &entry))],
        )?;
        let labels = json["stream"].as_object().unwrap();
        let long = |(name, value): (&String, &Json)| {
            name.len() > 1024 || value.as_str().unwrap().len() > 2048
        };
        if labels.is_empty() || labels.len() > 15 || labels.iter().any(long) {
            return Err("labels: none, too many or too long".to_owned());
        }
        let times: Vec<&str> = json["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry[0].as_str().unwrap())
            .collect();
        if times.is_sorted() { Ok(()) } else { Err(format!("not in order: {times:?}")) }
    };
    let json = request.json()?;
    object(&json, &[("streams", &|json| list(json, 10_000, &stream))])?;
    let streams = json["streams"].as_array().unwrap();
    let different: BTreeSet<String> = streams.iter().map(|it| it["stream"].to_string()).collect();
    if different.len() != streams.len() {
        return Err("one stream stands there twice".to_owned());
    }
    Ok(Reply::new(204, ""))
}

/// Time, line, and with some the structured metadata.
fn entry(json: &Json) -> Result<(), String> {
    let parts = json.as_array().ok_or("no list")?;
    let (Some(time), Some(line), true) = (parts.first(), parts.get(1), parts.len() <= 3) else {
        return Err("no time and line".to_owned());
    };
    let time = time.as_str().filter(|time| time.len() == 19 && time.parse::<u64>().is_ok());
    if time.is_none() {
        return Err("the time is no text of nanoseconds".to_owned());
    }
    text(line)?;
    if line.as_str().unwrap().len() > 256 << 10 {
        return Err("the line is longer than 256 KB".to_owned());
    }
    let Some(metadata) = parts.get(2) else { return Ok(()) };
    texts(metadata, is_label)?;
    let size = metadata.to_string().len();
    if size <= 64 << 10 { Ok(()) } else { Err(format!("{size} bytes of metadata")) }
}

/// Documents by index and identity; every third is answered with 429 once.
#[derive(Default)]
pub(crate) struct Elasticsearch {
    documents: BTreeSet<(String, String)>,
    busy: BTreeSet<String>,
}

impl crate::server::Receiver for Elasticsearch {
    fn take(&mut self, request: &Received) -> Result<Reply, String> {
        posted(request, "/_bulk", "application/x-ndjson")?;
        if request.header("authorization") != Some("ApiKey a2V5") {
            return Err("no API key".to_owned());
        }
        let body = std::str::from_utf8(&request.body).map_err(|error| error.to_string())?;
        if !body.ends_with('\n') {
            return Err("the last line has no newline".to_owned());
        }
        let lines: Result<Vec<Json>, _> = body.lines().map(serde_json::from_str).collect();
        let lines = lines.map_err(|error| format!("a line is no JSON: {error}"))?;
        let mut items = Vec::new();
        for pair in lines.chunks(2) {
            let [action, document] = pair else {
                return Err("an action without document".to_owned());
            };
            object(
                action,
                &[("create", &|json| object(json, &[("_index", &some(255)), ("_id", &some(512))]))],
            )?;
            object(
                document,
                &[
                    ("@timestamp", &time),
                    ("hostname", &text),
                    ("output", &text),
                    ("output_fields", &|json| {
                        let mut names = json.as_object().ok_or("no object")?.keys();
                        // An object and a text of one name, which dots may make, are no mapping.
                        match names.find(|name| name.is_empty() || name.contains('.')) {
                            Some(name) => Err(format!("{name:?} is no flat name")),
                            None => Ok(()),
                        }
                    }),
                    ("priority", &text),
                    ("rule", &text),
                    ("source", &text),
                    ("tags", &|json| list(json, 1000, &text)),
                ],
            )?;
            let id = action["create"]["_id"].as_str().unwrap().to_owned();
            let index = action["create"]["_index"].as_str().unwrap().to_owned();
            if index != index.to_lowercase() || index.starts_with(['-', '_', '+']) {
                return Err(format!("no index: {index}"));
            }
            let status = if items.len() % 3 == 2 && self.busy.insert(id.clone()) {
                429
            } else if self.documents.insert((index, id)) {
                201
            } else {
                409
            };
            items.push(json!({"create": {"status": status}}));
        }
        let errors = items.iter().any(|item| item["create"]["status"] != 201);
        Ok(Reply::new(200, &json!({"errors": errors, "items": items}).to_string()))
    }
}

pub(crate) fn splunk(request: &Received) -> Result<Reply, String> {
    posted(request, "/services/collector/event", "application/json")?;
    if request.header("authorization") != Some("Splunk 0000-1111") {
        return Err(r#"{"text": "Invalid token", "code": 4}"#.to_owned());
    }
    let mut events = 0;
    for event in serde_json::Deserializer::from_slice(&request.body).into_iter::<Json>() {
        let event = event.map_err(|error| format!("invalid data format: {error}"))?;
        object(
            &event,
            &[
                ("time?", &|json| {
                    let time = json.as_str().and_then(|time| time.parse::<f64>().ok());
                    time.map(|_| ()).ok_or_else(|| "no time".to_owned())
                }),
                ("host?", &text),
                ("source?", &text),
                ("sourcetype?", &text),
                ("index?", &exactly(json!("security"))),
                ("event", &|json| match json {
                    Json::Null => Err("it is required".to_owned()),
                    Json::String(text) if text.is_empty() => Err("it may not be blank".to_owned()),
                    _ => Ok(()),
                }),
            ],
        )?;
        events += 1;
    }
    if events == 0 {
        return Err(r#"{"text": "No data", "code": 5}"#.to_owned());
    }
    Ok(Reply::new(200, r#"{"text": "Success", "code": 0}"#))
}

/// A 64-bit number, which JSON of Protocol Buffers writes as a text.
fn long(json: &Json) -> Result<(), String> {
    let is = json.as_str().is_some_and(|text| text.parse::<i64>().is_ok());
    if is { Ok(()) } else { Err(format!("no number of 64 bits as text: {json}")) }
}

fn any_value(json: &Json) -> Result<(), String> {
    let map = json.as_object().ok_or("no value")?;
    if map.len() > 1 {
        return Err("several values".to_owned());
    }
    object(
        json,
        &[
            ("stringValue?", &text),
            ("boolValue?", &crate::shape::boolean),
            ("intValue?", &long),
            ("doubleValue?", &|json| {
                if json.is_f64() { Ok(()) } else { Err("no fraction".to_owned()) }
            }),
            ("arrayValue?", &|json| {
                object(json, &[("values", &|json| list(json, 1000, &any_value))])
            }),
            ("kvlistValue?", &|json| object(json, &[("values", &attributes)])),
        ],
    )
}

fn attributes(json: &Json) -> Result<(), String> {
    list(json, 1000, &|json| object(json, &[("key", &some(1000)), ("value", &any_value)]))?;
    let keys: Vec<&Json> =
        json.as_array().unwrap().iter().map(|attribute| &attribute["key"]).collect();
    let different: BTreeSet<String> = keys.iter().map(ToString::to_string).collect();
    if different.len() == keys.len() { Ok(()) } else { Err("a key stands there twice".to_owned()) }
}

pub(crate) fn otlp(request: &Received) -> Result<Reply, String> {
    posted(request, "/v1/logs", "application/json")?;
    let record = |json: &Json| {
        object(
            json,
            &[
                ("timeUnixNano", &long),
                ("observedTimeUnixNano", &long),
                ("severityNumber", &whole(1, 24)),
                ("severityText", &text),
                ("body", &any_value),
                ("attributes", &attributes),
            ],
        )
    };
    let scope = |json: &Json| object(json, &[("name", &text), ("version", &text)]);
    let scope_logs = |json: &Json| {
        object(json, &[("scope", &scope), ("logRecords", &|json| list(json, 10_000, &record))])
    };
    let resource = |json: &Json| {
        object(json, &[("attributes", &attributes)])?;
        let keys: Vec<&str> = json["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["key"].as_str())
            .collect();
        let has = |key: &str| keys.contains(&key);
        if has("service.name") && has("host.name") { Ok(()) } else { Err(format!("{keys:?}")) }
    };
    object(
        &request.json()?,
        &[("resourceLogs", &|json| {
            list(json, 10_000, &|json| {
                object(
                    json,
                    &[("resource", &resource), ("scopeLogs", &|json| list(json, 10, &scope_logs))],
                )
            })
        })],
    )?;
    Ok(Reply::new(200, "{}"))
}

pub(crate) fn falcosidekick(request: &Received) -> Result<Reply, String> {
    posted(request, "/", "application/json")?;
    let json = request.json()?;
    object(
        &json,
        &[
            ("hostname?", &text),
            ("output", &some(1 << 20)),
            ("output_fields", &|json| {
                let own = json.get("cluster") == Some(&json!("production"));
                let timed = json.get("evt.time").is_some_and(Json::is_u64);
                if own && timed { Ok(()) } else { Err(format!("cluster {own}, evt.time {timed}")) }
            }),
            ("priority", &|json| {
                let priority =
                    json.as_str().and_then(|name| name.parse::<peregrine_alert::Priority>().ok());
                priority.map(|_| ()).ok_or_else(|| "no priority".to_owned())
            }),
            ("rule", &some(1 << 20)),
            ("source?", &text),
            ("tags?", &|json| list(json, 1000, &text)),
            ("time", &time),
        ],
    )?;
    Ok(Reply::new(200, ""))
}
