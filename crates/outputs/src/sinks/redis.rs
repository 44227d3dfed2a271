//! `type: redis`: entries of a stream or a list, or messages of a channel.

use std::sync::Arc;

use peregrine_alert::{Alert, Form};
use peregrine_config::{Delivery, Redis as Keys, RedisKind, Secret, Server};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, ErrorKind, Pipeline, RedisConnectionInfo, RedisError, ServerErrorKind,
    Value,
};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::connected::{Connected, Speaker};
use super::{identity, tls_of};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record};
use crate::short_text::ShortText;
use crate::tls::Tls;

const PORT: u16 = 6379;

struct Redis {
    server: Server,
    db: i64,
    username: String,
    password: Secret,
    kind: RedisKind,
    key: ShortText,
    max_len: usize,
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
    let redis = Redis {
        server: keys.server.clone(),
        db: keys.db.0,
        username: keys.username.clone(),
        password: keys.password.clone(),
        kind: keys.kind,
        key: ShortText::new("key", &keys.key, form)?,
        max_len: keys.max_len.size(),
        tls: tls_of(keys.encryption, &keys.tls)?,
        alerts: common.batch.map_or(100, peregrine_config::Whole::size),
    };
    Ok(Box::new(Connected::new(redis, common.timeout.0)?))
}

impl Redis {
    fn error(&self, error: RedisError) -> SinkError {
        let receiver = self.receiver();
        let said = error.detail().unwrap_or_default();
        match error.kind() {
            ErrorKind::AuthenticationFailed => SinkError::Answer(format!(
                "{receiver} refuses the login ({said}): check `username` and `password`"
            )),
            ErrorKind::Server(ServerErrorKind::NoPerm) => SinkError::Answer(format!(
                "{receiver} does not let this user write here ({said}): give it the command and the key in the ACL"
            )),
            ErrorKind::Server(_) | ErrorKind::Extension => {
                let code = error.code().unwrap_or_default();
                let what = if code == "NOAUTH" { ": set `password`" } else { "" };
                SinkError::Answer(format!("{receiver} answers {code} {said}{what}"))
            }
            _ => SinkError::Exchange {
                what: format!("cannot write to redis at {receiver}"),
                source: Box::new(error),
            },
        }
    }

    fn add(&self, pipeline: &mut Pipeline, key: &str, record: &Record<'_>) {
        let Record { alert, text } = record;
        match self.kind {
            RedisKind::Stream => {
                let command = pipeline.cmd("XADD").arg(key);
                if self.max_len > 0 {
                    command.arg("MAXLEN").arg("~").arg(self.max_len);
                }
                let priority = alert.priority.name();
                command.arg("*").arg("id").arg(identity(alert)).arg("hostname").arg(&alert.id.host);
                command.arg("time").arg(alert.time_ns).arg("priority").arg(priority);
                command.arg("rule").arg(&alert.rule).arg("alert").arg(*text);
            }
            RedisKind::List => {
                pipeline.cmd("RPUSH").arg(key).arg(*text);
            }
            RedisKind::PubSub => {
                pipeline.cmd("PUBLISH").arg(key).arg(*text);
            }
        }
    }

    /// Logs in over a connection, which the runtime drives from then on.
    async fn speak(
        &self,
        login: &RedisConnectionInfo,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<MultiplexedConnection, SinkError> {
        // The whole attempt has one time limit.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let spoken = MultiplexedConnection::new_with_config(login, stream, config).await;
        let (connection, driver) = spoken.map_err(|error| self.error(error))?;
        tokio::spawn(driver);
        Ok(connection)
    }

    /// The key of an alert.
    fn key(&self, alert: &Alert) -> Result<String, SinkError> {
        self.key.of(alert)
    }
}

impl Speaker for Redis {
    type Connection = MultiplexedConnection;

    fn receiver(&self) -> String {
        self.server.with_port(PORT)
    }

    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: 8 << 20, ..Batch::ONE }
    }

    async fn connect(&self) -> Result<Self::Connection, SinkError> {
        let mut login = RedisConnectionInfo::default().set_db(self.db);
        if !self.username.is_empty() {
            login = login.set_username(&self.username);
        }
        if !self.password.is_none() {
            login = login.set_password(self.password.load()?);
        }
        let (host, port) = (self.server.host.as_str(), self.server.port.unwrap_or(PORT));
        let cannot = |source| SinkError::Exchange {
            what: format!("cannot connect to redis at {}", self.receiver()),
            source: Box::new(source),
        };
        let socket = TcpStream::connect((host, port)).await.map_err(cannot)?;
        let mut connection = match &self.tls {
            None => self.speak(&login, socket).await?,
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned()).map_err(|_| {
                    SinkError::Configuration(format!("{host} is no name a certificate can be for"))
                })?;
                let connector = TlsConnector::from(Arc::new(tls.client()?));
                let encrypted = connector.connect(name, socket).await.map_err(cannot)?;
                self.speak(&login, encrypted).await?
            }
        };
        // A server that wants a password answers nothing of a longer command: it hangs up.
        match redis::cmd("PING").exec_async(&mut connection).await {
            Err(error) if error.kind() != ErrorKind::Server(ServerErrorKind::NoPerm) => {
                Err(self.error(error))
            }
            _ => Ok(connection),
        }
    }

    async fn send(
        &self,
        connection: &mut Self::Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let mut pipeline = redis::pipe();
        pipeline.ignore_errors();
        let (mut sent, mut lists) = (Vec::new(), Vec::new());
        for (record, fate) in batch.iter().zip(fates) {
            if !matches!(fate, Fate::Again) {
                continue;
            }
            match self.key(record.alert) {
                Ok(key) => {
                    self.add(&mut pipeline, &key, record);
                    sent.push(fate);
                    if !lists.contains(&key) {
                        lists.push(key);
                    }
                }
                Err(error) => *fate = Fate::Refused(error),
            }
        }
        if self.kind == RedisKind::List && self.max_len > 0 {
            for key in lists {
                let keep = i64::try_from(self.max_len).unwrap_or(i64::MAX);
                pipeline.cmd("LTRIM").arg(key).arg(-keep).arg(-1);
            }
        }
        let answers: Vec<Result<Value, RedisError>> =
            pipeline.query_async(connection).await.map_err(|error| self.error(error))?;
        let mut failed = None;
        let mut answers = answers.into_iter();
        for fate in sent {
            match answers.next() {
                Some(Ok(_)) => *fate = Fate::Delivered,
                Some(Err(error)) => failed = failed.or(Some(self.error(error))),
                None => break,
            }
        }
        // What cuts a list short was asked for last.
        for answer in answers {
            failed = failed.or_else(|| answer.err().map(|error| self.error(error)));
        }
        failed.map_or(Ok(()), Err)
    }
}
