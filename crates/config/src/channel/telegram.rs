//! `type: telegram`.

use super::{HttpUrl, Secret};
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::Used;
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::Whole;
use serde_json::Value as Json;

choice! {
    /// How Telegram formats a message.
    ParseMode {
        /// As it is.
        Off = "off",
        /// The rule in bold, the values in a fixed width.
        Html = "html",
    }
}

section! {
    /// `type: telegram`: a bot of Telegram.
    Telegram {
        /// The bot's token.
        token: Secret = Secret::None, Used, "{file: /etc/peregrine/telegram-token}";
        /// The chat: its number, or a channel's name with its `@`.
        chat_id: String = String::new(), Used, "'-1001234567890'";
        /// The topic of a group with topics.
        thread_id: Option<Whole<1, { i64::MAX }>> = None, Used, "17";
        /// `html`: the rule in bold, the values in a fixed width. `off`: plain text. Values never format anything.
        parse_mode: ParseMode = ParseMode::Html, Used, "off";
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
        /// Whether messages arrive without a sound.
        silent: bool = false, Used;
        /// The Bot API server.
        url: HttpUrl = HttpUrl::of("https://api.telegram.org"), Used;
    }
}
