//! Opens the outputs over HTTP of the list `outputs`.

use std::time::Duration;

use peregrine_config::{Channel, HttpKeys};

use crate::SinkError;
use crate::any_of::AnyOf;
use crate::halves::Halves;
use crate::http::{HttpOutput, Protocol};
use crate::output::Output;
use crate::sinks::alertmanager::Alertmanager;
use crate::sinks::dingtalk::DingTalk;
use crate::sinks::discord::Discord;
use crate::sinks::elasticsearch::Elasticsearch;
use crate::sinks::falcosidekick::Falcosidekick;
use crate::sinks::feishu::Feishu;
use crate::sinks::loki::Loki;
use crate::sinks::otlp::Otlp;
use crate::sinks::pagerduty::PagerDuty;
use crate::sinks::slack::Slack;
use crate::sinks::splunk::Splunk;
use crate::sinks::teams::Teams;
use crate::sinks::telegram::Telegram;
use crate::sinks::wecom::WeCom;

type Made = Result<Box<dyn Output>, SinkError>;

/// What is the same for every protocol.
pub(crate) struct OverHttp<'a> {
    /// The keys of HTTP.
    pub(crate) keys: &'a HttpKeys,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    /// Alerts of one request at most, where the configuration says.
    pub(crate) batch: Option<usize>,
}

impl OverHttp<'_> {
    /// Opens an output of such a type; none where the type is opened elsewhere.
    pub(crate) fn open(&self, channel: &Channel) -> Option<Made> {
        let batch = self.batch;
        Some(match channel {
            Channel::Slack(keys) => self.client(Slack::new(keys)),
            Channel::Discord(keys) => self.client(Discord::new(keys)),
            Channel::Teams(keys) => self.client(Teams::new(keys)),
            Channel::Telegram(keys) => self.client(Telegram::new(keys)),
            Channel::DingTalk(keys) => self.client(DingTalk::new(keys)),
            Channel::Feishu(keys) => self.client(Feishu::new(keys)),
            Channel::WeCom(keys) => self.client(WeCom::new(keys)),
            Channel::PagerDuty(keys) => self.client(PagerDuty::new(keys)),
            Channel::Alertmanager(keys) => Alertmanager::all(keys, batch).and_then(|all| {
                let members: Result<Vec<_>, _> =
                    all.into_iter().map(|member| self.client(Ok(member))).collect();
                Ok(Box::new(AnyOf::new(members?)) as Box<dyn Output>)
            }),
            Channel::Loki(keys) => self.client(Loki::new(keys, batch)),
            Channel::Elasticsearch(keys) => self.client(Elasticsearch::new(keys, batch)),
            Channel::Splunk(keys) => self.client(Splunk::new(keys, batch)),
            Channel::Otlp(keys) => self.client(Otlp::new(keys, batch)),
            Channel::Falcosidekick(keys) => self.client(Falcosidekick::new(keys)),
            _ => return None,
        })
    }

    fn client<P: Protocol + 'static>(&self, protocol: Result<P, SinkError>) -> Made {
        Ok(Box::new(Halves(HttpOutput::open(protocol?, self.keys, self.timeout)?)))
    }
}
