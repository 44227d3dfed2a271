//! `outputs`: any number of outputs, each of a type, with a name, the keys every output has, and those of
//! its type.

mod address;
mod alertmanager;
mod condition;
mod delivery;
mod dingtalk;
mod discord;
mod elasticsearch;
mod encryption;
mod falcosidekick;
mod feishu;
mod file;
mod http;
mod kafka;
mod list;
mod loki;
mod maybe;
mod mqtt;
mod nats;
mod otlp;
mod pagerduty;
mod program;
mod quiet;
mod redis;
mod s3;
mod secret;
mod slack;
mod smtp;
mod splunk;
mod syslog;
mod teams;
mod telegram;
mod template;
mod texts;
mod webhook;
mod wecom;

use serde_json::Value as Json;

use crate::reader::Reader;
use crate::setting::{Meaning, Row, Section, Setting, Status};
use crate::tree::Node;

pub use address::Server;
pub use alertmanager::Alertmanager;
pub use condition::{AlertFields, When};
pub use delivery::{Delivery, Format};
pub use dingtalk::DingTalk;
pub use discord::Discord;
pub use elasticsearch::{Elasticsearch, IndexName};
pub use encryption::Encryption;
pub use falcosidekick::Falcosidekick;
pub use feishu::Feishu;
pub use file::{File, Rotation};
pub use http::{Compression, HttpKeys, TlsKeys};
pub use kafka::Kafka;
pub use list::{ConfiguredOutput, channel_rows};
pub use loki::Loki;
pub use maybe::Maybe;
pub use mqtt::Mqtt;
pub use nats::Nats;
pub use otlp::Otlp;
pub use pagerduty::{IncidentPer, PagerDuty};
pub use program::{Program, ProgramLimits};
pub use quiet::{Dedup, Mute, Throttle};
pub use redis::{Redis, RedisKind};
pub use s3::{ObjectCompression, S3};
pub use secret::{Environment, Headers, HttpUrl, Secret};
pub use slack::Slack;
pub use smtp::{MailEncryption, Smtp};
pub use splunk::Splunk;
pub use syslog::{Facility, Syslog, SyslogHeader, SyslogProtocol};
pub use teams::{Teams, TeamsCard};
pub use telegram::{ParseMode, Telegram};
pub use template::{Template, VARIABLES, template_environment};
pub use texts::Texts;
pub use webhook::{HttpMethod, Webhook, WebhookBody};
pub use wecom::WeCom;

/// Makes the types of outputs: a row is `Keys = "type", ["required", "keys"], "what it is for";`, of those that
/// speak HTTP, and so have [`HttpKeys`], too, `Keys = "type", http ["required", ...`.
macro_rules! channels {
    ($( $keys:ident = $name:literal, $($http:ident)? [$($required:literal),*], $about:literal; )+) => {
        /// The keys of an output's type.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "few, and made once")]
        pub enum Channel {
            $( #[doc = $about] $keys($keys), )+
        }

        /// Every type: its name, the keys it cannot do without, what it is for.
        pub(crate) const TYPES: &[ChannelType] = &[
            $( ChannelType {
                name: $name,
                required: &[$($required),*],
                about: $about,
                over_http: !stringify!($($http)?).is_empty(),
                new: || Channel::$keys($keys::default()),
            }, )+
        ];

        impl Channel {
            /// Its type, as the configuration names it.
            pub const fn type_name(&self) -> &'static str {
                match self { $( Self::$keys(_) => $name, )+ }
            }

            /// The names of all types, in the order of the documentation.
            pub fn type_names() -> impl Iterator<Item = &'static str> {
                TYPES.iter().map(|known| known.name)
            }

            pub(crate) fn set_key(
                &mut self, name: &str, node: &Node, full: &str, reader: &mut Reader,
            ) -> bool {
                match self { $( Self::$keys(keys) => keys.set_key(name, node, full, reader), )+ }
            }

            pub(crate) fn rows(&self) -> Vec<Row> {
                let mut rows = Vec::new();
                let meaning = Meaning { about: "", status: Status::Section, example: None };
                match self { $( Self::$keys(keys) => keys.rows("", meaning, &mut rows), )+ }
                rows
            }

            pub(crate) fn show(&self, shown: &mut Vec<(String, Json)>) {
                match self { $( Self::$keys(keys) => keys.show("", shown), )+ }
            }
        }
    };
}

/// One type of output.
pub(crate) struct ChannelType {
    pub(crate) name: &'static str,
    pub(crate) required: &'static [&'static str],
    pub(crate) about: &'static str,
    /// Whether it has [`HttpKeys`].
    pub(crate) over_http: bool,
    /// Its keys with their defaults.
    pub(crate) new: fn() -> Channel,
}

channels! {
    Webhook = "webhook", http ["url"], "Alerts to a web server, in a form of your own.";
    Slack = "slack", http ["url"], "Slack, Mattermost and Rocket.Chat, by an incoming webhook.";
    Discord = "discord", http ["url"], "A channel of Discord, by its webhook.";
    Teams = "teams", http ["url"], "Microsoft Teams, by a workflow or an Office 365 connector.";
    Telegram = "telegram", http ["token", "chat_id"], "A chat of Telegram, by a bot.";
    DingTalk = "dingtalk", http ["url"], "A group of DingTalk, by a custom robot.";
    Feishu = "feishu", http ["url"], "A group of Feishu or Lark, by a custom bot.";
    WeCom = "wecom", http ["url"], "A group of WeCom (WeChat Work), by a robot.";
    PagerDuty = "pagerduty", http ["routing_key"], "Incidents of PagerDuty, by its Events API v2.";
    Alertmanager = "alertmanager", http ["urls"], "Prometheus Alertmanager, by its API v2.";
    Loki = "loki", http ["url"], "Grafana Loki, by its push API.";
    Elasticsearch = "elasticsearch", http ["url"], "Elasticsearch or OpenSearch, by `_bulk`.";
    Splunk = "splunk", http ["url", "token"], "Splunk, by its HTTP Event Collector.";
    Otlp = "otlp", http ["url"], "An OpenTelemetry collector, by OTLP over HTTP.";
    Falcosidekick = "falcosidekick", http ["url"], "Falcosidekick, and whatever else takes Falco's JSON.";
    File = "file", ["path"], "Lines at the end of a file.";
    Program = "program", [], "The standard input of a program.";
    Syslog = "syslog", [], "The system log of this host or another one.";
    Smtp = "smtp", ["server", "from", "to"], "Mails.";
    Nats = "nats", ["servers"], "NATS, its core or `JetStream`.";
    Redis = "redis", ["server"], "A stream, list or channel of Redis.";
    Mqtt = "mqtt", ["server"], "A broker of MQTT 5.";
    S3 = "s3", ["bucket"], "Objects in Amazon S3 and stores that speak its protocol.";
    Kafka = "kafka", ["servers"], "Kafka, in a build that has it.";
}
