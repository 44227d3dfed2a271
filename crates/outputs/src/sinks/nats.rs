//! `type: nats`: messages of NATS, confirmed by the server, or by a stream of `JetStream`.

use std::future::poll_fn;

use async_nats::connection::State;
use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream::{self, context::PublishErrorKind as StreamError};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, PublishErrorKind, Subscriber};
use futures_util::Stream;
use peregrine_alert::{Alert, Form};
use peregrine_config::{Delivery, Nats as Keys, Secret};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::connected::{Connected, Speaker};
use super::{identity, tls_of};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record};
use crate::short_text::ShortText;
use crate::tls::Tls;

const PORT: u16 = 4222;

struct Nats {
    servers: Vec<String>,
    subject: ShortText,
    jetstream: bool,
    username: String,
    password: Secret,
    token: Secret,
    nkey: Secret,
    credentials: Secret,
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
    let logins = [
        !keys.username.is_empty(),
        !keys.token.is_none(),
        !keys.nkey.is_none(),
        !keys.credentials.is_none(),
    ];
    if logins.into_iter().filter(|login| *login).count() > 1 {
        let words = "only one of `username`, `token`, `nkey` and `credentials` may be set";
        return Err(SinkError::Configuration(words.to_owned()));
    }
    let nats = Nats {
        servers: keys.servers.iter().map(|server| server.with_port(PORT)).collect(),
        subject: ShortText::new("subject", &keys.subject, form)?,
        jetstream: keys.jetstream,
        username: keys.username.clone(),
        password: keys.password.clone(),
        token: keys.token.clone(),
        nkey: keys.nkey.clone(),
        credentials: keys.credentials.clone(),
        limit: common.timeout.0,
        tls: tls_of(keys.encryption, &keys.tls)?,
        alerts: common.batch.map_or(100, peregrine_config::Whole::size),
    };
    Ok(Box::new(Connected::new(nats, common.timeout.0)?))
}

/// A connection, and what is heard of it.
struct Connection {
    client: Client,
    /// What the server says that is the answer to nothing.
    events: UnboundedReceiver<Event>,
    /// The subject on which the server repeats what it was sent, and what it repeated.
    echo: Option<(String, Subscriber)>,
}

/// A subject of NATS: no blanks, no wildcards, no empty part.
fn subject_of(text: &str) -> String {
    let allowed = |c: char| !c.is_whitespace() && !c.is_control() && !"*>".contains(c);
    let part = |part: &str| -> String {
        let part: String = part.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
        if part.is_empty() { "_".to_owned() } else { part }
    };
    let parts: Vec<String> = text.split('.').map(part).collect();
    parts.join(".")
}

impl Nats {
    fn login(&self) -> Result<ConnectOptions, SinkError> {
        let options = ConnectOptions::new();
        let wrong = |source| SinkError::Exchange {
            what: "`credentials` is no text of a .creds file".to_owned(),
            source: Box::new(source),
        };
        Ok(if !self.username.is_empty() {
            options.user_and_password(self.username.clone(), self.password.load()?)
        } else if !self.token.is_none() {
            options.token(self.token.load()?)
        } else if !self.nkey.is_none() {
            options.nkey(self.nkey.load()?.trim().to_owned())
        } else if !self.credentials.is_none() {
            options.credentials(&self.credentials.load()?).map_err(wrong)?
        } else {
            options
        })
    }

    fn cannot(&self, source: impl std::error::Error + Send + Sync + 'static) -> SinkError {
        let what = format!("cannot publish to nats at {}", self.receiver());
        SinkError::Exchange { what, source: Box::new(source) }
    }

    /// What the server said without being asked, where that means that messages were not taken.
    fn complaint(&self, event: &Event) -> Option<SinkError> {
        let receiver = self.receiver();
        match event {
            Event::ServerError(error) => {
                Some(SinkError::Answer(format!("{receiver} says: {error}")))
            }
            Event::Disconnected | Event::Closed | Event::LameDuckMode => {
                Some(SinkError::Answer(format!("{receiver} closed the connection")))
            }
            _ => None,
        }
    }

    fn message(&self, alert: &Alert) -> Result<(String, HeaderMap), SinkError> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, identity(alert));
        Ok((subject_of(&self.subject.of(alert)?), headers))
    }

    /// Publishes, then waits until the server repeats a message that was sent last: it took the others before.
    async fn publish(
        &self,
        connection: &mut Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let Connection { client, events, echo } = connection;
        let (subject, echoes) = if let Some(echo) = echo {
            echo
        } else {
            let subject = client.new_inbox();
            let heard = client.subscribe(subject.clone()).await;
            echo.insert((subject, heard.map_err(|error| self.cannot(error))?))
        };
        let mut sent = Vec::new();
        for (record, fate) in batch.iter().zip(fates) {
            if !matches!(fate, Fate::Again) {
                continue;
            }
            let (subject, headers) = match self.message(record.alert) {
                Ok(message) => message,
                Err(error) => {
                    *fate = Fate::Refused(error);
                    continue;
                }
            };
            let text = record.text.to_owned().into();
            match client.publish_with_headers(subject, headers, text).await {
                Ok(()) => sent.push(fate),
                Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                    *fate = Fate::Refused(self.cannot(error));
                }
                Err(error) => return Err(self.cannot(error)),
            }
        }
        let last = client.publish(subject.clone(), "".into()).await;
        last.map_err(|error| self.cannot(error))?;
        tokio::select! {
            biased;
            Some(complaint) = complaints(events, |event| self.complaint(event)) => return Err(complaint),
            repeated = poll_fn(|context| Pin::new(&mut *echoes).poll_next(context)) => {
                if repeated.is_none() {
                    return Err(SinkError::Answer(format!("{} closed the connection", self.receiver())));
                }
            }
        }
        // What it said before it repeated the message is on its way through another task.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        while let Ok(event) = events.try_recv() {
            if let Some(complaint) = self.complaint(&event) {
                return Err(complaint);
            }
        }
        for fate in sent {
            *fate = Fate::Delivered;
        }
        Ok(())
    }

    /// Publishes to a stream and waits until it has each message.
    async fn publish_to_stream(
        &self,
        connection: &mut Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let mut stream = jetstream::new(connection.client.clone());
        stream.set_timeout(self.limit.saturating_mul(2));
        let (mut sent, mut failed) = (Vec::new(), None);
        for (record, fate) in batch.iter().zip(fates) {
            if !matches!(fate, Fate::Again) {
                continue;
            }
            let (subject, headers) = match self.message(record.alert) {
                Ok(message) => message,
                Err(error) => {
                    *fate = Fate::Refused(error);
                    continue;
                }
            };
            let text = record.text.to_owned().into();
            match stream.publish_with_headers(subject.clone(), headers, text).await {
                Ok(answer) => sent.push((fate, subject, answer)),
                Err(error) if error.kind() == StreamError::MaxPayloadExceeded => {
                    *fate = Fate::Refused(self.cannot(error));
                }
                Err(error) => failed = failed.or(Some(self.cannot(error))),
            }
        }
        let answers = async {
            for (fate, subject, answer) in sent {
                match answer.await {
                    Ok(_) => *fate = Fate::Delivered,
                    Err(error) if error.kind() == StreamError::StreamNotFound => {
                        let receiver = self.receiver();
                        failed.get_or_insert(SinkError::Answer(format!(
                            "{receiver} has no stream for the subject {subject}: create one (`nats stream add`), \
                             or set `jetstream: false`"
                        )));
                    }
                    Err(error) => {
                        failed.get_or_insert_with(|| self.cannot(error));
                    }
                }
            }
            failed.map_or(Ok(()), Err)
        };
        tokio::select! {
            biased;
            Some(complaint) = complaints(&mut connection.events, |event| self.complaint(event)) => Err(complaint),
            done = answers => done,
        }
    }
}

/// The next event that is a complaint.
async fn complaints(
    events: &mut UnboundedReceiver<Event>,
    complaint: impl Fn(&Event) -> Option<SinkError>,
) -> Option<SinkError> {
    loop {
        if let Some(complaint) = complaint(&events.recv().await?) {
            return Some(complaint);
        }
    }
}

impl Speaker for Nats {
    type Connection = Connection;

    fn receiver(&self) -> String {
        self.servers.join(", ")
    }

    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: 8 << 20, ..Batch::ONE }
    }

    async fn connect(&self) -> Result<Connection, SinkError> {
        let (heard, events) = unbounded_channel();
        let mut options = self.login()?;
        if let Some(tls) = &self.tls {
            options = options.require_tls(true).tls_client_config(tls.client()?);
        }
        let options = options
            .name("peregrine")
            // The whole attempt has one time limit, which comes first.
            .connection_timeout(self.limit.saturating_mul(2))
            // Messages that a lost connection took along must be sent again: it is given up instead.
            .reconnect_delay_callback(|attempts| {
                std::time::Duration::from_secs(if attempts <= 1 { 0 } else { 3600 })
            })
            .event_callback(move |event| {
                let heard = heard.clone();
                async move {
                    // Who listened gave the connection up.
                    let _ = heard.send(event);
                }
            });
        let connected = options.connect(self.servers.clone()).await;
        let client = connected.map_err(|error| match error.kind() {
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                SinkError::Answer(format!(
                    "{} refuses the login: check `username` and `password`, `token`, `nkey` or `credentials`",
                    self.receiver()
                ))
            }
            _ => SinkError::Exchange {
                what: format!("cannot connect to nats at {}", self.receiver()),
                source: Box::new(error),
            },
        })?;
        Ok(Connection { client, events, echo: None })
    }

    async fn send(
        &self,
        connection: &mut Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        if connection.client.connection_state() != State::Connected {
            return Err(SinkError::Answer(format!("{} closed the connection", self.receiver())));
        }
        if self.jetstream {
            self.publish_to_stream(connection, batch, fates).await
        } else {
            self.publish(connection, batch, fates).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_have_no_blanks_wildcards_and_empty_parts() {
        let check = |text: &str, expected: &str| assert_eq!(subject_of(text), expected, "{text}");
        check("alerts.notice", "alerts.notice");
        check("alerts.Password file read.中", "alerts.Password_file_read.中");
        check("a..b.*.>", "a._.b._._");
        check("", "_");
    }
}
