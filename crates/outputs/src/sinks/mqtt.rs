//! `type: mqtt`: messages of MQTT 5 with a `QoS` of 1, each delivered when the broker acknowledged it.

use std::collections::HashMap;
use std::sync::Arc;

use peregrine_alert::Form;
use peregrine_config::{Delivery, Mqtt as Keys, Secret, Server};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, PubAckReason, PublishProperties};
use rumqttc::v5::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, MqttOptions, StateError,
};
use rumqttc::{Outgoing, TlsConfiguration, Transport};

use super::connected::{Connected, Speaker};
use super::{identity, tls_of};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record};
use crate::short_text::ShortText;
use crate::tls::Tls;

const PORT: u16 = 1883;
const PORT_OF_TLS: u16 = 8883;
/// Messages that wait for their acknowledgement at once.
const WINDOW: usize = 100;

struct Mqtt {
    server: Server,
    topic: ShortText,
    client_id: String,
    username: String,
    password: Secret,
    limit: std::time::Duration,
    /// None: the connection is not encrypted.
    tls: Option<Tls>,
    alerts: usize,
}

/// An output of this type. `form`: that of `{{ output }}`.
pub(crate) fn open(
    common: &Delivery,
    keys: &Keys,
    form: Form,
) -> Result<Box<dyn Output>, SinkError> {
    let mqtt = Mqtt {
        server: keys.server.clone(),
        topic: ShortText::new("topic", &keys.topic, form)?,
        client_id: keys.client_id.clone(),
        username: keys.username.clone(),
        password: keys.password.clone(),
        limit: common.timeout.0,
        tls: tls_of(keys.encryption, &keys.tls)?,
        alerts: common.batch.map_or(WINDOW, peregrine_config::Whole::size),
    };
    Ok(Box::new(Connected::new(mqtt, common.timeout.0)?))
}

/// A topic: no wildcards; not empty, and no longer than MQTT allows.
fn topic_of(text: &str) -> String {
    let mut topic: String = text.chars().map(|c| if "+#".contains(c) { '_' } else { c }).collect();
    topic.truncate(topic.floor_char_boundary(1024));
    if topic.is_empty() { "_".to_owned() } else { topic }
}

impl Mqtt {
    fn port(&self) -> u16 {
        if self.tls.is_some() { PORT_OF_TLS } else { PORT }
    }

    fn error(&self, error: ConnectionError) -> SinkError {
        let receiver = self.receiver();
        match &error {
            ConnectionError::ConnectionRefused(why) => {
                SinkError::Answer(format!("{receiver} {}", refusal(*why)))
            }
            _ => SinkError::Exchange {
                what: format!("cannot publish to mqtt at {receiver}"),
                source: Box::new(error),
            },
        }
    }

    fn publish(&self, client: &AsyncClient, record: &Record<'_>) -> Result<(), SinkError> {
        let topic = topic_of(&self.topic.of(record.alert)?);
        let properties = PublishProperties {
            payload_format_indicator: Some(1),
            user_properties: vec![("peregrine-id".to_owned(), identity(record.alert))],
            ..PublishProperties::default()
        };
        let text = record.text.to_owned();
        let queued = client.try_publish_with_properties(
            topic.clone(),
            QoS::AtLeastOnce,
            false,
            text,
            properties,
        );
        queued.map_err(|_| SinkError::Answer(format!("{topic} is no topic of MQTT")))
    }
}

/// Why a broker takes no connection.
fn refusal(why: ConnectReturnCode) -> &'static str {
    use ConnectReturnCode as Code;
    match why {
        Code::BadUserNamePassword | Code::NotAuthorized | Code::BadAuthenticationMethod => {
            "refuses the login: check `username` and `password`"
        }
        Code::UnsupportedProtocolVersion | Code::RefusedProtocolVersion => "does not speak MQTT 5",
        Code::BadClientId | Code::ClientIdentifierNotValid => {
            "does not take the client's identifier: change `client_id`"
        }
        Code::Banned => "has banned this client",
        Code::UseAnotherServer | Code::ServerMoved => {
            "wants another server to be used: change `server`"
        }
        Code::QuotaExceeded | Code::ConnectionRateExceeded => "takes no more connections for now",
        _ => "is not available",
    }
}

/// Says what became of one alert by the broker's acknowledgement; what stays to be sent again has the reason.
fn settle(fate: &mut Fate, reason: PubAckReason, receiver: &str) -> Option<SinkError> {
    let said = |what: &str| SinkError::Answer(format!("{receiver} {what}"));
    match reason {
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => *fate = Fate::Delivered,
        PubAckReason::TopicNameInvalid => {
            *fate = Fate::Refused(said("does not take the topic: change `topic`"));
        }
        PubAckReason::PayloadFormatInvalid => *fate = Fate::Refused(said("does not take the text")),
        PubAckReason::NotAuthorized => {
            return Some(said(
                "does not let this user publish to the topic: allow it, or change `topic`",
            ));
        }
        PubAckReason::QuotaExceeded => {
            return Some(said("takes no more for now: a quota is used up"));
        }
        PubAckReason::UnspecifiedError
        | PubAckReason::ImplementationSpecificError
        | PubAckReason::PacketIdentifierInUse => return Some(said("failed to take the alert")),
    }
    None
}

impl Speaker for Mqtt {
    type Connection = (AsyncClient, EventLoop);

    fn receiver(&self) -> String {
        self.server.with_port(self.port())
    }

    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: 8 << 20, ..Batch::ONE }
    }

    async fn connect(&self) -> Result<Self::Connection, SinkError> {
        let port = self.server.port.unwrap_or_else(|| self.port());
        let mut options = MqttOptions::new(&self.client_id, &self.server.host, port);
        options.set_connection_timeout(self.limit.as_secs().saturating_add(1));
        if !self.username.is_empty() || !self.password.is_none() {
            options.set_credentials(&self.username, self.password.load()?);
        }
        if let Some(tls) = &self.tls {
            let tls = TlsConfiguration::Rustls(Arc::new(tls.client()?));
            options.set_transport(Transport::tls_with_config(tls));
        }
        let (client, mut events) = AsyncClient::new(options, WINDOW);
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Incoming::ConnAck(_))) => return Ok((client, events)),
                Ok(_) => {}
                Err(error) => return Err(self.error(error)),
            }
        }
    }

    async fn send(
        &self,
        (client, events): &mut Self::Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let receiver = self.receiver();
        let mut waiting = batch.iter().zip(fates).filter(|(_, fate)| matches!(fate, Fate::Again));
        let mut failed = None;
        loop {
            // Those that were handed over, in order; then those that were sent, by their packet's number.
            let mut queued = std::collections::VecDeque::new();
            for (record, fate) in waiting.by_ref().take(WINDOW) {
                match self.publish(client, record) {
                    Ok(()) => queued.push_back(fate),
                    Err(error) => *fate = Fate::Refused(error),
                }
            }
            if queued.is_empty() {
                break;
            }
            let mut sent = HashMap::new();
            while !(queued.is_empty() && sent.is_empty()) {
                match events.poll().await {
                    Ok(Event::Outgoing(Outgoing::Publish(number))) => {
                        if let Some(fate) = queued.pop_front() {
                            sent.insert(number, fate);
                        }
                    }
                    Ok(Event::Incoming(Incoming::PubAck(answer))) => {
                        if let Some(fate) = sent.remove(&answer.pkid) {
                            let why = settle(fate, answer.reason, &receiver);
                            failed = failed.or(why);
                        }
                    }
                    Ok(_) => {}
                    Err(ConnectionError::MqttState(
                        error @ StateError::OutgoingPacketTooLarge { .. },
                    )) => {
                        // Told while it is written, so it is the last that was handed over.
                        let error = self.error(ConnectionError::MqttState(error));
                        let what = SinkError::Answer(error.to_string());
                        let Some(fate) = queued.pop_front() else { return Err(error) };
                        *fate = Fate::Refused(error);
                        return Err(what);
                    }
                    Err(error) => return Err(self.error(error)),
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn close(&self, (client, mut events): Self::Connection) {
        if client.try_disconnect().is_ok() {
            while events.poll().await.is_ok() {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_no_wildcards() {
        assert_eq!(topic_of("alerts/+/#/中"), "alerts/_/_/中");
        assert_eq!(topic_of(""), "_");
        assert_eq!(topic_of(&"中".repeat(1000)).len(), 1023);
    }
}
