//! `type: wecom`.

use super::HttpUrl;
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: wecom`: a robot of a WeCom (WeChat Work) group.
    WeCom {
        /// The robot's webhook, with its key.
        url: HttpUrl = HttpUrl::default(), Used,
            "'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=XXXX'";
        /// The user IDs of those the message mentions; `@all` mentions everybody.
        mention: Vec<String> = Vec::new(), Used, "['@all']";
        /// The mobile numbers of those the message mentions.
        mention_mobiles: Vec<String> = Vec::new(), Used, "['13800000000']";
        /// Whether the alert's values follow the message.
        fields: bool = true, Used;
    }
}
