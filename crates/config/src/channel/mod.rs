//! `outputs`: any number of outputs, each of a type, with a name, the keys every output has, and those of
//! its type.

mod address;
mod common;
mod kafka;
mod list;
mod mqtt;
mod nats;
mod redis;
mod s3;
mod secret;
mod smtp;
mod webhook;

use serde_json::Value as Json;

use crate::reader::Reader;
use crate::setting::{Meaning, Row, Section, Setting, Status};
use crate::tree::Node;

pub use address::Server;
pub use common::{Common, Format};
pub use kafka::Kafka;
pub use list::ConfiguredOutput;
pub use mqtt::Mqtt;
pub use nats::Nats;
pub use redis::{Redis, RedisKind};
pub use s3::{ObjectCompression, S3};
pub use secret::{Headers, HttpUrl, Secret};
pub use smtp::{MailEncryption, Smtp};
pub use webhook::Webhook;

/// Makes the types of outputs: a row is `Keys = "type", ["required", "keys"], "what it is for";`.
macro_rules! channels {
    ($( $keys:ident = $name:literal, [$($required:literal),*], $about:literal; )+) => {
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
                new: || Channel::$keys($keys::default()),
            }, )+
        ];

        impl Channel {
            /// Its type, as the configuration names it.
            pub const fn type_name(&self) -> &'static str {
                match self { $( Self::$keys(_) => $name, )+ }
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
    /// Its keys with their defaults.
    pub(crate) new: fn() -> Channel,
}

channels! {
    Webhook = "webhook", ["url"], "Alerts to a web server, in a form of your own.";
    Smtp = "smtp", ["server", "from", "to"], "Mails.";
    Nats = "nats", ["servers"], "NATS, its core or `JetStream`.";
    Redis = "redis", ["server"], "A stream, list or channel of Redis.";
    Mqtt = "mqtt", ["server"], "A broker of MQTT 5.";
    S3 = "s3", ["bucket"], "Objects in Amazon S3 and stores that speak its protocol.";
    Kafka = "kafka", ["servers"], "Kafka, in a build that has it.";
}
