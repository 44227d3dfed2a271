//! `type: teams`: Microsoft Teams, by a workflow (Adaptive Card) or an Office 365 connector (MessageCard).

use std::time::Duration;

use peregrine_alert::Priority;
use peregrine_config::{Teams as Keys, TeamsCard};
use serde_json::{Value as Json, json};

use super::chat::{Limits, Parts, beginning, entities, parts};
use crate::SinkError;
use crate::cut;
use crate::facts::colour;
use crate::http::{Protocol, Request, Response, by_status};
use crate::output::{Record, Report};
use crate::sign;

/// A message has 28 KB at most, all of its JSON. A fact takes about 200 bytes around its text.
const ADAPTIVE: Limits =
    Limits { all: 26_000, title: 1000, text: 16_000, fact: 4000, around: 200, size: cut::json };
/// The title stands there twice, and what HTML means something by takes up to five bytes.
const MESSAGE: Limits =
    Limits { all: 25_000, title: 1000, text: 16_000, fact: 4000, around: 30, size: escaped };

fn escaped(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        _ => cut::json(c),
    }
}

pub(crate) struct Teams {
    url: String,
    card: TeamsCard,
    fields: bool,
}

impl Teams {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        Ok(Self { url: sign::url("url", &keys.url)?, card: keys.card, fields: keys.fields })
    }

    fn message(&self, record: &Record<'_>) -> Json {
        let priority = record.alert.priority;
        match self.card {
            TeamsCard::Adaptive => adaptive(&parts(record, self.fields, &ADAPTIVE), priority),
            TeamsCard::Message => message_card(&parts(record, self.fields, &MESSAGE), priority),
        }
    }
}

/// Text runs: they are the one text of a card in which Markdown means nothing.
fn adaptive(parts: &Parts<'_>, priority: Priority) -> Json {
    let colour = match priority {
        Priority::Emergency | Priority::Alert | Priority::Critical | Priority::Error => "Attention",
        Priority::Warning => "Warning",
        Priority::Notice | Priority::Informational => "Accent",
        Priority::Debug => "Default",
    };
    let title = json!({
        "type": "TextRun", "text": parts.title, "weight": "Bolder", "size": "Medium", "color": colour,
    });
    let mut body = vec![
        json!({"type": "RichTextBlock", "inlines": [title]}),
        json!({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": parts.text}]}),
    ];
    for fact in &parts.facts {
        let name = format!("{}: ", fact.name);
        body.push(json!({
            "type": "RichTextBlock",
            "spacing": "Small",
            "inlines": [
                {"type": "TextRun", "text": name, "weight": "Bolder"},
                {"type": "TextRun", "text": fact.text},
            ],
        }));
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
            },
        }],
    })
}

fn message_card(parts: &Parts<'_>, priority: Priority) -> Json {
    let fact =
        |(name, text): (&str, &str)| json!({"name": entities(name), "value": entities(text)});
    let facts: Vec<Json> = parts.facts.iter().map(|it| fact((&it.name, &it.text))).collect();
    json!({
        "@type": "MessageCard",
        "@context": "https://schema.org/extensions",
        "themeColor": format!("{:06X}", colour(priority)),
        "summary": entities(&parts.title),
        "title": entities(&parts.title),
        "sections": [{"text": entities(&parts.text), "facts": facts, "markdown": false}],
    })
}

impl Protocol for Teams {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request =
            |record| Request::post(&self.url, "application/json", self.message(record).to_string());
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }

    /// A workflow answers 202. A connector answers 200 with `1`, or with the status Teams gave it in words.
    fn report(&self, alerts: usize, response: &Response) -> Report {
        let body = beginning(&response.body);
        if self.card == TeamsCard::Adaptive || response.status != 200 || body.trim() == "1" {
            return by_status(alerts, response);
        }
        let inner =
            body.split_once("HTTP error ").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
        match inner {
            Some(status @ 400..=599) => {
                let body = body.into_bytes();
                by_status(alerts, &Response { status, retry_after: None, body })
            }
            _ => Report::failed(alerts, SinkError::Answer(body)),
        }
    }
}
