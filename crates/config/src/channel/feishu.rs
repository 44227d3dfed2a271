//! `type: feishu`.

use super::{HttpUrl, Secret};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: feishu`: a custom bot of a Feishu or Lark group.
    Feishu {
        /// The bot's webhook, at `open.feishu.cn` or `open.larksuite.com`.
        url: HttpUrl = HttpUrl::default(), Used,
            "https://open.feishu.cn/open-apis/bot/v2/hook/XXXX";
        /// The secret messages are signed with, where the bot demands a signature.
        secret: Secret = Secret::None, Used, "{file: /etc/peregrine/feishu-secret}";
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
    }
}
