//! `type: dingtalk`.

use super::{HttpUrl, Secret};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: dingtalk`: a custom robot of a DingTalk group.
    DingTalk {
        /// The robot's webhook, with its access token.
        url: HttpUrl = HttpUrl::default(), Used,
            "'https://oapi.dingtalk.com/robot/send?access_token=XXXX'";
        /// The secret messages are signed with, where the robot demands a signature.
        secret: Secret = Secret::None, Used, "{file: /etc/peregrine/dingtalk-secret}";
        /// The mobile numbers of those the message mentions.
        mention_mobiles: Vec<String> = Vec::new(), Used, "['13800000000']";
        /// Whether the message mentions everybody.
        mention_all: bool = false, Used;
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
    }
}
