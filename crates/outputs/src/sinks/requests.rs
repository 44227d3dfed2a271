//! What every protocol sends of every sample, and what it makes of answers. The requests are in
//! `tests/requests`, a file a type; with `PEREGRINE_WRITE_REQUESTS` set they are written anew.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use peregrine_alert::Form;
use peregrine_config as config;
use peregrine_config::{HttpUrl, ParseMode, Secret, TeamsCard, Texts};
use serde_json::{Value as Json, json};

use super::samples::{bare, nasty, plain};
use crate::http::{Protocol, Request, Response};
use crate::output::{Fate, Record};

/// 2023-11-14T22:13:30Z, ten seconds after the ordinary alert.
const NOW: Duration = Duration::from_secs(1_700_000_010);

fn url(text: &str) -> HttpUrl {
    HttpUrl(secret(text))
}

fn secret(text: &str) -> Secret {
    Secret::Text(text.to_owned())
}

fn texts(pairs: &[(&str, &str)]) -> Texts {
    Texts(pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A row for each way to set a protocol up: its name, and whether its format is JSON.
fn protocols() -> Vec<(&'static str, Box<dyn Protocol>, bool)> {
    fn row<P: Protocol + 'static>(
        name: &'static str,
        made: Result<P, crate::SinkError>,
        json: bool,
    ) -> (&'static str, Box<dyn Protocol>, bool) {
        (name, Box::new(made.unwrap()), json)
    }
    let hook = url("https://receiver/hook");
    let address = url("https://receiver:1234/");
    let slack = config::Slack {
        url: hook.clone(),
        channel: "#security".to_owned(),
        username: "Peregrine".to_owned(),
        icon: ":eagle:".to_owned(),
        ..Default::default()
    };
    let discord = config::Discord {
        url: hook.clone(),
        username: "Peregrine".to_owned(),
        avatar: "https://receiver/p.png".to_owned(),
        ..Default::default()
    };
    let adaptive = config::Teams { url: hook.clone(), ..Default::default() };
    let message = config::Teams { card: TeamsCard::Message, ..adaptive.clone() };
    let telegram = config::Telegram {
        token: secret("123:abc"),
        chat_id: "-1001".to_owned(),
        thread_id: Some(config::Whole(17)),
        ..Default::default()
    };
    let off = config::Telegram { parse_mode: ParseMode::Off, thread_id: None, ..telegram.clone() };
    let dingtalk = config::DingTalk {
        url: url("https://receiver/robot/send?access_token=t"),
        secret: secret("SECabc"),
        mention_mobiles: names(&["138"]),
        ..Default::default()
    };
    let feishu = config::Feishu { url: hook.clone(), secret: secret("abc"), ..Default::default() };
    let wecom = config::WeCom { url: hook, mention: names(&["@all"]), ..Default::default() };
    let pagerduty = config::PagerDuty {
        routing_key: secret("0123456789abcdef0123456789abcdef"),
        links: texts(&[("Runbook", "https://wiki")]),
        component: "web".to_owned(),
        ..Default::default()
    };
    let by_rule =
        config::PagerDuty { incident_per: config::IncidentPer::Rule, ..pagerduty.clone() };
    let alertmanager = config::Alertmanager {
        urls: vec![address.clone()],
        username: "u".to_owned(),
        password: secret("p"),
        labels: texts(&[("team.name", "security")]),
        label_fields: names(&["proc.name", "evt.float"]),
        generator_url: "https://peregrine".to_owned(),
        ..Default::default()
    };
    let loki = config::Loki {
        url: address.clone(),
        tenant: "t1".to_owned(),
        labels: texts(&[("job", "falco")]),
        label_fields: names(&["user.name", "evt.arg[0]"]),
        metadata_fields: names(&["proc.pid", "evt.object"]),
        ..Default::default()
    };
    let elasticsearch = config::Elasticsearch {
        url: address.clone(),
        api_key: secret("a2V5"),
        pipeline: "falco".to_owned(),
        ..Default::default()
    };
    let splunk = config::Splunk {
        url: address.clone(),
        token: secret("0000-1111"),
        index: "security".to_owned(),
        ..Default::default()
    };
    let otlp = config::Otlp {
        url: address.clone(),
        resource: texts(&[("deployment.environment.name", "production")]),
        ..Default::default()
    };
    let falcosidekick =
        config::Falcosidekick { url: address, custom_fields: texts(&[("cluster", "production")]) };
    let of_alertmanager = super::alertmanager::Alertmanager::all(&alertmanager, None);
    let first = of_alertmanager.map(|mut all| all.remove(0));
    vec![
        row("slack", super::slack::Slack::new(&slack), false),
        row("discord", super::discord::Discord::new(&discord), false),
        row("teams", super::teams::Teams::new(&adaptive), false),
        row("teams-message", super::teams::Teams::new(&message), false),
        row("telegram", super::telegram::Telegram::new(&telegram), false),
        row("telegram-off", super::telegram::Telegram::new(&off), false),
        row("dingtalk", super::dingtalk::DingTalk::new(&dingtalk), false),
        row("feishu", super::feishu::Feishu::new(&feishu), false),
        row("wecom", super::wecom::WeCom::new(&wecom), false),
        row("pagerduty", super::pagerduty::PagerDuty::new(&pagerduty), false),
        row("pagerduty-rule", super::pagerduty::PagerDuty::new(&by_rule), false),
        row("alertmanager", first, false),
        row("loki", super::loki::Loki::new(&loki, None), true),
        row("elasticsearch", super::elasticsearch::Elasticsearch::new(&elasticsearch, None), false),
        row("splunk", super::splunk::Splunk::new(&splunk, None), true),
        row("splunk-text", super::splunk::Splunk::new(&splunk, None), false),
        row("otlp", super::otlp::Otlp::new(&otlp, None), false),
        row("falcosidekick", super::falcosidekick::Falcosidekick::new(&falcosidekick), false),
    ]
}

/// The names of the rows.
pub(super) fn row_names() -> Vec<&'static str> {
    protocols().into_iter().map(|(name, ..)| name).collect()
}

/// Runs of a character, which make the file long, as `{x*1000}`.
fn shortened(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let behind = rest.trim_start_matches(c);
        let run = (rest.len() - behind.len()) / c.len_utf8();
        if run > 32 {
            let _ = write!(made, "{{{c}*{run}}}");
        } else {
            made.extend(std::iter::repeat_n(c, run));
        }
        rest = behind;
    }
    made
}

fn shown(request: &Request) -> Json {
    let body = shortened(std::str::from_utf8(&request.body).unwrap());
    // One document, or one a line.
    let body: Json = serde_json::from_str(&body).unwrap_or_else(|_| {
        body.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()).collect()
    });
    let headers: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    json!({"request": format!("{} {}", request.method, request.url), "headers": headers, "body": body})
}

#[test]
fn requests_are_those_written_down() {
    let write = std::env::var_os("PEREGRINE_WRITE_REQUESTS").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requests");
    for (name, mut protocol, json) in protocols() {
        let mut all = serde_json::Map::new();
        let alerts = [("plain", plain()), ("nasty", nasty()), ("bare", bare())];
        let lines: Vec<String> = alerts
            .iter()
            .map(
                |(_, alert)| {
                    if json { alert.json(&Form::default()) } else { alert.message.clone() }
                },
            )
            .collect();
        let records: Vec<Record<'_>> =
            alerts.iter().zip(&lines).map(|((_, alert), text)| Record { alert, text }).collect();
        for ((sample, _), record) in alerts.iter().zip(&records) {
            let requests = protocol.requests(&[*record], NOW).unwrap();
            assert_eq!(requests.iter().map(|(_, alerts)| alerts).sum::<usize>(), 1, "{name}");
            let shown: Vec<Json> = requests.iter().map(|(request, _)| shown(request)).collect();
            all.insert((*sample).to_owned(), shown.into());
        }
        if protocol.batch().alerts > 1 {
            let requests = protocol.requests(&records, NOW).unwrap();
            let counts: Vec<usize> = requests.iter().map(|(_, alerts)| *alerts).collect();
            assert_eq!(counts.iter().sum::<usize>(), records.len(), "{name}");
            all.insert("requests of the three".to_owned(), counts.into());
        }
        let got = Json::Object(all);
        let file = folder.join(format!("{name}.json"));
        if write {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, format!("{got:#}\n")).unwrap();
        }
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let expected: Json = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(got, expected, "{name}");
    }
}

/// `d`elivered, `r`efused or `a`gain of each alert, and how long to wait.
fn fates(protocol: &dyn Protocol, alerts: usize, status: u16, body: &str) -> String {
    let body = body.as_bytes().to_vec();
    let report = protocol.report(alerts, &Response { status, retry_after: None, body });
    let mut made: String = report
        .fates
        .iter()
        .map(|fate| match fate {
            Fate::Delivered => 'd',
            Fate::Refused(_) => 'r',
            Fate::Again => 'a',
        })
        .collect();
    assert_eq!(
        report.error.is_some(),
        made.contains('a'),
        "{status}: an error where one is sent again"
    );
    if let Some(wait) = report.retry_after {
        let _ = write!(made, " {}ms", wait.as_millis());
    }
    made
}

#[test]
fn answers_decide_the_fate_of_each_alert() {
    let cases: &[(&str, usize, u16, &str, &str)] = &[
        ("slack", 1, 200, "ok", "d"),
        ("slack", 1, 400, "invalid_payload", "r"),
        ("slack", 1, 404, "no_service", "r"),
        ("slack", 1, 429, "", "a"),
        ("slack", 1, 500, "", "a"),
        ("slack", 1, 200, r#"{"success": true}"#, "d"),
        ("slack", 1, 200, r#"{"success": false, "error": "x"}"#, "r"),
        ("discord", 3, 204, "", "ddd"),
        ("discord", 2, 400, r#"{"embeds": ["0"]}"#, "rr"),
        ("discord", 2, 429, r#"{"retry_after": 1.337, "global": false}"#, "aa 1337ms"),
        ("discord", 1, 429, r#"{"retry_after": -1}"#, "a"),
        ("discord", 1, 429, "<html>", "a"),
        ("discord", 1, 404, r#"{"retry_after": 1}"#, "r"),
        ("teams", 1, 202, "", "d"),
        ("teams", 1, 200, "", "d"),
        ("teams", 1, 400, "", "r"),
        ("teams", 1, 413, "", "r"),
        ("teams", 1, 502, "", "a"),
        ("teams-message", 1, 200, "1", "d"),
        (
            "teams-message",
            1,
            200,
            "failed with error: Teams endpoint returned HTTP error 429 with",
            "a",
        ),
        (
            "teams-message",
            1,
            200,
            "failed with error: Teams endpoint returned HTTP error 413 with",
            "r",
        ),
        ("teams-message", 1, 200, "Summary or Text is required.", "a"),
        ("teams-message", 1, 400, "Bad payload", "r"),
        ("telegram", 1, 200, r#"{"ok": true, "result": {}}"#, "d"),
        ("telegram", 1, 429, r#"{"ok": false, "parameters": {"retry_after": 7}}"#, "a 7000ms"),
        ("telegram", 1, 400, r#"{"ok": false, "parameters": {"migrate_to_chat_id": -1}}"#, "r"),
        ("telegram", 1, 401, r#"{"ok": false, "description": "Unauthorized"}"#, "r"),
        ("telegram", 1, 502, "<html>", "a"),
        ("dingtalk", 1, 200, r#"{"errcode": 0, "errmsg": "ok"}"#, "d"),
        ("dingtalk", 1, 200, r#"{"errcode": 310000, "errmsg": "sign not match"}"#, "r"),
        ("dingtalk", 1, 200, r#"{"errcode": 130101, "errmsg": "send too fast"}"#, "a 60000ms"),
        ("dingtalk", 1, 200, r#"{"errcode": -1}"#, "a"),
        ("dingtalk", 1, 200, "<html>", "a"),
        ("dingtalk", 1, 404, "", "r"),
        ("dingtalk", 1, 502, "", "a"),
        ("feishu", 1, 200, r#"{"code": 0, "msg": "success", "StatusCode": 0}"#, "d"),
        ("feishu", 1, 200, r#"{"code": 19021, "msg": "sign match fail"}"#, "r"),
        ("feishu", 1, 400, r#"{"code": 11232, "msg": "frequency limited"}"#, "a 10000ms"),
        ("feishu", 1, 200, r#"{"code": 2200}"#, "a"),
        ("feishu", 1, 429, r#"{"code": 1}"#, "a"),
        ("wecom", 1, 200, r#"{"errcode": 0, "errmsg": "ok"}"#, "d"),
        ("wecom", 1, 200, r#"{"errcode": 45009, "errmsg": "api freq out of limit"}"#, "a 60000ms"),
        ("wecom", 1, 200, r#"{"errcode": 93000, "errmsg": "invalid webhook url"}"#, "r"),
        ("wecom", 1, 200, "", "a"),
        ("pagerduty", 1, 202, r#"{"status": "success", "dedup_key": "x"}"#, "d"),
        ("pagerduty", 1, 400, r#"{"status": "invalid event"}"#, "r"),
        ("pagerduty", 1, 429, "", "a"),
        ("pagerduty", 1, 500, "", "a"),
        ("alertmanager", 2, 200, "", "dd"),
        ("alertmanager", 2, 400, "\"at least one label pair required\"", "rr"),
        ("alertmanager", 2, 503, "", "aa"),
        ("loki", 2, 204, "", "dd"),
        ("loki", 2, 400, "entry too far behind", "rr"),
        ("loki", 2, 429, "Ingestion rate limit exceeded", "aa"),
        ("loki", 2, 500, "", "aa"),
        ("elasticsearch", 2, 200, r#"{"errors": false}"#, "dd"),
        (
            "elasticsearch",
            5,
            200,
            r#"{"errors": true, "items": [{"create": {"status": 201}},
            {"create": {"status": 409, "error": {"type": "version_conflict_engine_exception"}}},
            {"create": {"status": 429, "error": {"type": "es_rejected_execution_exception"}}},
            {"create": {"status": 400, "error": {"type": "document_parsing_exception"}}},
            {"create": {"status": 503}}]}"#,
            "ddara",
        ),
        (
            "elasticsearch",
            1,
            200,
            r#"{"errors": true, "items": [{"create": {"status": 409}}]}"#,
            "d",
        ),
        (
            "elasticsearch",
            2,
            200,
            r#"{"errors": true, "items": [{"create": {"status": 400}}]}"#,
            "aa",
        ),
        ("elasticsearch", 1, 200, r#"{"errors": true, "items": [{}]}"#, "a"),
        ("elasticsearch", 1, 200, r#"{"errors": true, "ite"#, "a"),
        ("elasticsearch", 2, 413, "", "rr"),
        ("elasticsearch", 2, 401, "", "rr"),
        ("elasticsearch", 2, 429, "", "aa"),
        ("splunk", 2, 200, r#"{"text": "Success", "code": 0}"#, "dd"),
        ("splunk", 2, 200, r#"{"text": "Server is busy", "code": 9}"#, "aa"),
        (
            "splunk",
            2,
            400,
            r#"{"text": "Invalid data format", "code": 6, "invalid-event-number": 1}"#,
            "rr",
        ),
        ("splunk", 1, 403, r#"{"text": "Invalid token", "code": 4}"#, "r"),
        ("splunk", 1, 503, r#"{"text": "Server is busy", "code": 9}"#, "a"),
        ("otlp", 2, 200, "{}", "dd"),
        ("otlp", 2, 200, "", "dd"),
        ("otlp", 2, 200, r#"{"partialSuccess": {"errorMessage": "slow down"}}"#, "dd"),
        ("otlp", 2, 200, r#"{"partialSuccess": {"rejectedLogRecords": "0"}}"#, "dd"),
        ("otlp", 2, 200, r#"{"partialSuccess": {"rejectedLogRecords": "1"}}"#, "rr"),
        ("otlp", 2, 200, r#"{"partialSuccess": {"rejectedLogRecords": 2}}"#, "rr"),
        ("otlp", 2, 503, "", "aa"),
        ("otlp", 2, 429, "", "aa"),
        ("otlp", 2, 400, "", "rr"),
        ("otlp", 2, 500, "", "rr"),
        ("falcosidekick", 1, 200, "OK", "d"),
        ("falcosidekick", 1, 400, "Please send a valid request body", "r"),
        ("falcosidekick", 1, 503, "", "a"),
    ];
    let protocols = protocols();
    for (name, alerts, status, body, expected) in cases {
        let (_, protocol, _) = protocols.iter().find(|(known, _, _)| known == name).unwrap();
        assert_eq!(fates(&**protocol, *alerts, *status, body), *expected, "{name} {status} {body}");
    }
    for (name, _, _) in &protocols {
        let kind = name.split('-').next().unwrap();
        assert!(cases.iter().any(|case| case.0 == kind), "{name} has no answers here");
    }
}

#[test]
fn an_output_that_cannot_be_set_up_says_which_key() {
    let bad = HttpUrl(secret("ftp://x"));
    let error = super::slack::Slack::new(&config::Slack { url: bad, ..Default::default() });
    assert!(error.err().unwrap().to_string().starts_with("url: "));
    let token = Secret::File("/nonexistent/token".into());
    let keys = config::Telegram { token, ..Default::default() };
    let error = super::telegram::Telegram::new(&keys).err().unwrap().to_string();
    assert!(error.starts_with("token: /nonexistent/token: "), "{error}");
    let keys = config::Telegram { token: secret("a/b?c"), ..Default::default() };
    assert!(super::telegram::Telegram::new(&keys).is_err());
    let keys = config::Alertmanager::default();
    assert!(super::alertmanager::Alertmanager::all(&keys, None).is_err());
}
