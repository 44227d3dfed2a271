//! `type: wecom`: a robot of a WeCom (WeChat Work) group.

use std::time::Duration;

use peregrine_config::WeCom as Keys;
use serde_json::json;

use super::chat::{Codes, by_code, plain};
use crate::SinkError;
use crate::cut::utf8;
use crate::http::{Protocol, Request, Response};
use crate::output::{Record, Report};
use crate::sign;

/// A text has 2,048 bytes at most.
const MESSAGE: usize = 2048;

const CODES: Codes = Codes {
    key: "errcode",
    message: "errmsg",
    again: &[-1],
    // Twenty messages a minute; too many at once.
    slower: &[45_009, 45_033],
    pause: Duration::from_mins(1),
};

pub(crate) struct WeCom {
    url: String,
    mention: Vec<String>,
    mobiles: Vec<String>,
    fields: bool,
}

impl WeCom {
    pub(crate) fn new(keys: &Keys) -> Result<Self, SinkError> {
        Ok(Self {
            url: sign::url("url", &keys.url)?,
            mention: keys.mention.clone(),
            mobiles: keys.mention_mobiles.clone(),
            fields: keys.fields,
        })
    }
}

impl Protocol for WeCom {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request = |record| {
            let message = json!({
                "msgtype": "text",
                "text": {
                    "content": plain(record, self.fields, MESSAGE, utf8),
                    "mentioned_list": self.mention,
                    "mentioned_mobile_list": self.mobiles,
                },
            });
            Request::post(&self.url, "application/json", message.to_string())
        };
        Ok(batch.iter().map(|record| (request(record), 1)).collect())
    }

    fn report(&self, alerts: usize, response: &Response) -> Report {
        by_code(alerts, response, &CODES)
    }
}
