//! `outputs`: any number of outputs, each of a type, with a name, the keys every output has, and those of
//! its type.

mod common;
mod http;
mod list;
mod secret;
mod webhook;

use serde_json::Value as Json;

use crate::reader::Reader;
use crate::setting::{Meaning, Row, Section, Setting, Status};
use crate::tree::Node;

pub use common::{Common, Format};
pub use http::{Compression, HttpKeys, TlsKeys};
pub use list::ConfiguredOutput;
pub use secret::{Headers, HttpUrl, Secret};
pub use webhook::{HttpMethod, Webhook, WebhookBody};

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
}
