//! Rules of chats, from the pages of those who run them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value as Json, json};
use sha2::Sha256;

use crate::server::{Received, Reply};
use crate::shape::{boolean, exactly, list, object, one_of, some, text, time, whole};

/// What signatures are made with.
pub(crate) const SECRET: &str = "SEC0123456789";

fn posted_json(request: &Received, path: &str) -> Result<Json, String> {
    if request.method != "POST" || request.path != path {
        return Err(format!("{} {}", request.method, request.path));
    }
    let kind = request.header("content-type").unwrap_or_default();
    if kind != "application/json" {
        return Err(format!("Content-Type: {kind}"));
    }
    request.json()
}

/// What is left where every `<`, `>` and `&` is to be written as its entity.
fn escaped(json: &Json) -> Result<(), String> {
    text(json)?;
    let text = json.as_str().unwrap_or_default();
    let entities =
        ["&amp;", "&lt;", "&gt;"].iter().fold(text.to_owned(), |text, it| text.replace(it, ""));
    if entities.contains(['&', '<', '>']) {
        Err(format!("not escaped: {text:.60}"))
    } else {
        Ok(())
    }
}

pub(crate) fn slack(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/services/T/B/X")?;
    let field = |json: &Json| {
        object(json, &[("title", &some_escaped), ("value", &some_escaped), ("short", &boolean)])
    };
    let attachment = |json: &Json| {
        object(
            json,
            &[
                ("color", &|json| {
                    let text = json.as_str().unwrap_or_default();
                    let digits = text.strip_prefix('#').unwrap_or_default();
                    let hex = digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit());
                    if hex { Ok(()) } else { Err(format!("no colour: {text}")) }
                }),
                ("fallback", &some_escaped),
                ("title", &some_escaped),
                ("text", &escaped),
                ("fields", &|json| list(json, 100, &field)),
                ("mrkdwn_in", &exactly(json!([]))),
                ("ts", &whole(1_000_000_000, 9_999_999_999)),
            ],
        )
    };
    object(
        &json,
        &[
            ("attachments", &|json| list(json, 100, &attachment)),
            ("channel", &some(80)),
            ("username", &some(80)),
            ("icon_emoji", &some(80)),
        ],
    )?;
    let length = all_texts(&json);
    if length > 40_000 {
        return Err(format!("a message of {length} characters is truncated"));
    }
    Ok(Reply::new(200, "ok"))
}

fn some_escaped(json: &Json) -> Result<(), String> {
    some(40_000)(json)?;
    escaped(json)
}

/// The characters of all texts of a document.
fn all_texts(json: &Json) -> usize {
    match json {
        Json::String(text) => text.encode_utf16().count(),
        Json::Array(list) => list.iter().map(all_texts).sum(),
        Json::Object(map) => map.values().map(all_texts).sum(),
        _ => 0,
    }
}

pub(crate) fn discord(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/api/webhooks/1/x")?;
    let field = |json: &Json| {
        object(json, &[("name", &some(256)), ("value", &some(1024)), ("inline", &boolean)])
    };
    let embed = |json: &Json| {
        object(
            json,
            &[
                ("title", &some(256)),
                ("description", &some(4096)),
                ("color", &whole(0, 0xff_ffff)),
                ("timestamp", &time),
                ("fields", &|json| list(json, 25, &field)),
            ],
        )
    };
    object(
        &json,
        &[
            ("embeds", &|json| list(json, 10, &embed)),
            ("allowed_mentions", &exactly(json!({"parse": []}))),
            ("username?", &some(80)),
        ],
    )?;
    let embeds = json["embeds"].as_array().unwrap();
    if embeds.is_empty() {
        return Err("an empty message".to_owned());
    }
    let of = |embed: &Json| all_texts(embed) - all_texts(&embed["timestamp"]);
    let length: usize = embeds.iter().map(of).sum();
    if length > 6000 {
        return Err(format!("embeds of {length} characters"));
    }
    Ok(Reply::new(204, ""))
}

pub(crate) fn teams(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/workflows/x")?;
    let run = |json: &Json| {
        object(
            json,
            &[
                ("type", &exactly(json!("TextRun"))),
                ("text", &some(40_000)),
                ("weight?", &one_of(&["Bolder"])),
                ("size?", &one_of(&["Medium"])),
                ("color?", &one_of(&["Default", "Accent", "Warning", "Attention"])),
            ],
        )
    };
    let block = |json: &Json| {
        object(
            json,
            &[
                ("type", &exactly(json!("RichTextBlock"))),
                ("inlines", &|json| list(json, 2, &run)),
                ("spacing?", &one_of(&["Small"])),
            ],
        )
    };
    let card = |json: &Json| {
        object(
            json,
            &[
                ("$schema", &exactly(json!("http://adaptivecards.io/schemas/adaptive-card.json"))),
                ("type", &exactly(json!("AdaptiveCard"))),
                ("version", &exactly(json!("1.4"))),
                ("msteams", &exactly(json!({"width": "Full"}))),
                ("body", &|json| list(json, 100, &block)),
            ],
        )
    };
    let attachment = |json: &Json| {
        object(
            json,
            &[
                ("contentType", &exactly(json!("application/vnd.microsoft.card.adaptive"))),
                ("contentUrl", &exactly(Json::Null)),
                ("content", &card),
            ],
        )
    };
    object(
        &json,
        &[
            ("type", &exactly(json!("message"))),
            ("attachments", &|json| list(json, 1, &attachment)),
        ],
    )?;
    teams_size(request)?;
    Ok(Reply::new(202, ""))
}

fn teams_size(request: &Received) -> Result<(), String> {
    let size = request.body.len();
    if size > 28 * 1024 { Err(format!("a message of {size} bytes")) } else { Ok(()) }
}

pub(crate) fn teams_connector(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/webhook/x")?;
    let fact = |json: &Json| object(json, &[("name", &some_escaped), ("value", &some_escaped)]);
    let section = |json: &Json| {
        object(
            json,
            &[
                ("text", &escaped),
                ("facts", &|json| list(json, 100, &fact)),
                ("markdown", &exactly(json!(false))),
            ],
        )
    };
    object(
        &json,
        &[
            ("@type", &exactly(json!("MessageCard"))),
            (
                "@context",
                &one_of(&["https://schema.org/extensions", "http://schema.org/extensions"]),
            ),
            ("themeColor", &some(6)),
            ("summary", &some_escaped),
            ("title", &some_escaped),
            ("sections", &|json| list(json, 10, &section)),
        ],
    )?;
    teams_size(request)?;
    Ok(Reply::new(200, "1"))
}

/// The text of a message in HTML, its markup taken out: only the two tags in use, and no other `<` or `&`.
fn without_markup(html: &str) -> Result<String, String> {
    let mut plain = html.to_owned();
    for tag in ["b", "code"] {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        if plain.matches(&open).count() != plain.matches(&close).count() {
            return Err(format!("{open} is not closed"));
        }
        plain = plain.replace(&open, "").replace(&close, "");
    }
    escaped(&plain.as_str().into())?;
    Ok(plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

pub(crate) fn telegram(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/bot123:abc/sendMessage")?;
    object(
        &json,
        &[
            ("chat_id", &some(32)),
            ("text", &text),
            ("parse_mode?", &exactly(json!("HTML"))),
            ("link_preview_options", &exactly(json!({"is_disabled": true}))),
            ("disable_notification", &boolean),
            ("message_thread_id?", &whole(1, i64::MAX as u64)),
        ],
    )?;
    let text = json["text"].as_str().unwrap();
    let plain =
        if json.get("parse_mode").is_some() { without_markup(text)? } else { text.to_owned() };
    let length = plain.encode_utf16().count();
    if !(1..=4096).contains(&length) {
        return Err(format!("a message of {length} characters"));
    }
    Ok(Reply::new(200, r#"{"ok": true, "result": {"message_id": 1}}"#))
}

fn signed(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A time within an hour of now, in so many parts of a second.
fn is_now(text: &str, parts: u64) -> Result<(), String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let then = text.parse::<u64>().map_err(|_| format!("no time: {text}"))? / parts;
    if now.abs_diff(then) < 3600 { Ok(()) } else { Err(format!("{text} is not now")) }
}

pub(crate) fn dingtalk(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/robot/send")?;
    let refused = |why: &str| Err(format!(r#"{{"errcode": 310000, "errmsg": "{why}"}}"#));
    if request.query("access_token") != Some("t") {
        return refused("token is not exist");
    }
    let time = request.query("timestamp").unwrap_or_default();
    is_now(time, 1000)?;
    if request.query("sign") != Some(&signed(SECRET, &format!("{time}\n{SECRET}"))) {
        return refused("sign not match");
    }
    object(
        &json,
        &[
            ("msgtype", &exactly(json!("text"))),
            ("text", &|json| object(json, &[("content", &some(20_000))])),
            ("at", &|json| {
                object(
                    json,
                    &[("atMobiles", &|json| list(json, 100, &text)), ("isAtAll", &boolean)],
                )
            }),
        ],
    )?;
    if request.body.len() > 20_000 {
        return Err(format!("a message of {} bytes", request.body.len()));
    }
    Ok(Reply::new(200, r#"{"errcode": 0, "errmsg": "ok"}"#))
}

pub(crate) fn feishu(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/open-apis/bot/v2/hook/x")?;
    let plain =
        |json: &Json| object(json, &[("tag", &exactly(json!("plain_text"))), ("content", &text)]);
    let field = |json: &Json| object(json, &[("is_short", &boolean), ("text", &plain)]);
    let element = |json: &Json| {
        object(
            json,
            &[
                ("tag", &exactly(json!("div"))),
                ("text?", &plain),
                ("fields?", &|json| list(json, 100, &field)),
            ],
        )
    };
    let colours = ["red", "orange", "yellow", "blue", "grey"];
    let header = |json: &Json| object(json, &[("title", &plain), ("template", &one_of(&colours))]);
    let card = |json: &Json| {
        object(json, &[("header", &header), ("elements", &|json| list(json, 50, &element))])
    };
    object(
        &json,
        &[
            ("timestamp", &text),
            ("sign", &text),
            ("msg_type", &exactly(json!("interactive"))),
            ("card", &card),
        ],
    )?;
    let time = json["timestamp"].as_str().unwrap();
    is_now(time, 1)?;
    if json["sign"] != signed(&format!("{time}\n{SECRET}"), "") {
        return Err(r#"{"code": 19021, "msg": "sign match fail"}"#.to_owned());
    }
    if request.body.len() > 20 * 1024 {
        return Err(format!("a request of {} bytes", request.body.len()));
    }
    Ok(Reply::new(200, r#"{"code": 0, "msg": "success", "data": {}}"#))
}

pub(crate) fn wecom(request: &Received) -> Result<Reply, String> {
    let json = posted_json(request, "/cgi-bin/webhook/send")?;
    if request.query("key") != Some("k") {
        return Err(r#"{"errcode": 93000, "errmsg": "invalid webhook url"}"#.to_owned());
    }
    let content = |json: &Json| {
        text(json)?;
        let bytes = json.as_str().unwrap_or_default().len();
        if (1..=2048).contains(&bytes) { Ok(()) } else { Err(format!("{bytes} bytes")) }
    };
    object(
        &json,
        &[
            ("msgtype", &exactly(json!("text"))),
            ("text", &|json| {
                object(
                    json,
                    &[
                        ("content", &content),
                        ("mentioned_list", &|json| list(json, 100, &text)),
                        ("mentioned_mobile_list", &|json| list(json, 100, &text)),
                    ],
                )
            }),
        ],
    )?;
    Ok(Reply::new(200, r#"{"errcode": 0, "errmsg": "ok"}"#))
}
