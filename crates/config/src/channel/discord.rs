//! `type: discord`.

use super::HttpUrl;
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: discord`: a webhook of a Discord channel.
    Discord {
        /// The webhook's URL.
        url: HttpUrl = HttpUrl::default(), Used, "https://discord.com/api/webhooks/000/XXXX";
        /// The name of the sender instead of the webhook's own.
        username: String = String::new(), Used, "Peregrine";
        /// The URL of the sender's picture instead of the webhook's own.
        avatar: String = String::new(), Used, "https://example.com/peregrine.png";
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
    }
}
