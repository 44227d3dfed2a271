//! `type: slack`.

use super::HttpUrl;
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: slack`: an incoming webhook of Slack, Mattermost or Rocket.Chat.
    Slack {
        /// The webhook's URL.
        url: HttpUrl = HttpUrl::default(), Used, "https://hooks.slack.com/services/T000/B000/XXXX";
        /// The channel instead of the webhook's own, where the receiver lets a webhook choose.
        channel: String = String::new(), Used, "'#security'";
        /// The name of the sender instead of the webhook's own.
        username: String = String::new(), Used, "Peregrine";
        /// The sender's picture: the URL of an image or an emoji.
        icon: String = String::new(), Used, "':eagle:'";
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
        /// Whether the receiver formats the message (`*bold*`, `` `code` ``). Values can then format it too.
        mrkdwn: bool = false, Used;
    }
}
