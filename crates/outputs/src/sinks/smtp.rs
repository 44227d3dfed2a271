//! `type: smtp`: a mail for each alert, or one for the alerts of a while.

mod mail;

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, Identity, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use peregrine_alert::Form;
use peregrine_config::{Delivery, MailEncryption, Secret, Server, Smtp as Keys, TlsKeys};

use self::mail::Letterhead;
use super::connected::{Connected, Speaker};
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record};
use crate::short_text::ShortText;
use crate::tls::Tls;

struct Smtp {
    server: Server,
    encryption: MailEncryption,
    username: String,
    password: Secret,
    tls: TlsParameters,
    letterhead: Letterhead,
    digest: Option<Duration>,
    alerts: usize,
}

/// An output of this type. `form`: that of `{{ output }}`.
pub(crate) fn open(
    common: &Delivery,
    keys: &Keys,
    form: Form,
) -> Result<Box<dyn Output>, SinkError> {
    let mailbox = |key: &str, text: &str| -> Result<Mailbox, SinkError> {
        text.parse().map_err(|error| {
            SinkError::Configuration(format!("`{key}`: {text} is no mail address: {error}"))
        })
    };
    if keys.to.is_empty() {
        return Err(SinkError::Configuration("`to` names nobody: add an address".to_owned()));
    }
    let to: Result<Vec<Mailbox>, SinkError> =
        keys.to.iter().map(|text| mailbox("to", text)).collect();
    let letterhead = Letterhead {
        from: mailbox("from", &keys.from)?,
        to: to?,
        subject: ShortText::new("subject", &keys.subject, form)?,
        html: keys.html,
    };
    let smtp = Smtp {
        server: keys.server.clone(),
        encryption: keys.encryption,
        username: keys.username.clone(),
        password: keys.password.clone(),
        tls: tls(&keys.server.host, &keys.tls)?,
        letterhead,
        digest: keys.digest.map(|time| time.0),
        alerts: common.batch.map_or(100, peregrine_config::Whole::size),
    };
    Ok(Box::new(Connected::new(smtp, common.timeout.0)?))
}

/// What a mail server calls us by: the name of this host, where it is one.
fn hello() -> ClientId {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if !name.is_empty() && name.chars().all(is_name) {
        ClientId::Domain(name)
    } else {
        ClientId::default()
    }
}

/// How the server proves who it is, and how this host does.
fn tls(host: &str, keys: &TlsKeys) -> Result<TlsParameters, SinkError> {
    let tls = Tls::load(keys)?;
    let wrong = |error: Error| SinkError::Configuration(format!("tls: {error}"));
    let mut built = TlsParameters::builder(host.to_owned())
        .dangerous_accept_invalid_certs(tls.insecure())
        .dangerous_accept_invalid_hostnames(tls.insecure());
    if [&keys.ca_cert, &keys.ca_bundle, &keys.ca_path].iter().any(|key| !key.as_os_str().is_empty())
    {
        built = built.certificate_store(CertificateStore::None);
        for root in tls.roots() {
            let root = Certificate::from_der(root.to_vec()).map_err(wrong)?;
            built = built.add_root_certificate(root);
        }
    }
    if !keys.client_cert.as_os_str().is_empty() {
        let (chain, key) = (std::fs::read(&keys.client_cert)?, std::fs::read(&keys.client_key)?);
        built = built.identify_with(Identity::from_pem(&chain, &key).map_err(wrong)?);
    }
    built.build().map_err(wrong)
}

impl Smtp {
    fn port(&self) -> u16 {
        match self.encryption {
            MailEncryption::StartTls => 587,
            MailEncryption::Tls => 465,
            MailEncryption::None => 25,
        }
    }

    /// The library's errors say their cause themselves.
    fn cannot(&self, what: &str, error: &Error) -> SinkError {
        SinkError::Answer(format!("cannot {what} {}: {error}", self.receiver()))
    }
}

impl Speaker for Smtp {
    type Connection = AsyncSmtpConnection;

    fn receiver(&self) -> String {
        self.server.with_port(self.port())
    }

    fn batch(&self) -> Batch {
        // A digest is one mail: it may not grow beyond what servers take.
        let (alerts, wait) = match self.digest {
            Some(wait) => (self.alerts, wait),
            None => (self.alerts.min(20), Duration::ZERO),
        };
        Batch { alerts, bytes: 1 << 20, wait }
    }

    async fn connect(&self) -> Result<Self::Connection, SinkError> {
        let hello = hello();
        let encrypted = self.encryption != MailEncryption::None;
        let tls = encrypted.then(|| self.tls.clone());
        let address = (self.server.host.as_str(), self.server.port.unwrap_or_else(|| self.port()));
        let at_once = tls.clone().filter(|_| self.encryption == MailEncryption::Tls);
        let connected =
            AsyncSmtpConnection::connect_tokio1(address, None, &hello, at_once, None).await;
        let mut connection =
            connected.map_err(|error| self.cannot("connect to the mail server", &error))?;
        if let (MailEncryption::StartTls, Some(tls)) = (self.encryption, tls) {
            if !connection.can_starttls() {
                return Err(SinkError::Answer(format!(
                    "{} does not offer STARTTLS: set `encryption: tls` (port 465), or `none` where nobody can listen",
                    self.receiver()
                )));
            }
            let encrypted = connection.starttls(tls, &hello).await;
            encrypted.map_err(|error| self.cannot("encrypt the connection to", &error))?;
        }
        if !self.username.is_empty() {
            let login = Credentials::new(self.username.clone(), self.password.load()?);
            let done = connection.auth(DEFAULT_MECHANISMS, &login).await;
            done.map_err(|error| {
                let error = self.cannot("log in to", &error);
                SinkError::Answer(format!("{error}: check `username` and `password`"))
            })?;
        }
        Ok(connection)
    }

    async fn send(
        &self,
        connection: &mut Self::Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let mut waiting: Vec<(&Record<'_>, &mut Fate)> =
            batch.iter().zip(fates).filter(|(_, fate)| matches!(fate, Fate::Again)).collect();
        let size = if self.digest.is_some() { waiting.len().max(1) } else { 1 };
        for mail in waiting.chunks_mut(size) {
            let records: Vec<&Record<'_>> = mail.iter().map(|(record, _)| *record).collect();
            let message = match self.letterhead.mail(&records) {
                Ok(message) => message,
                Err(error) => {
                    let why = error.to_string();
                    refuse(mail, &why);
                    continue;
                }
            };
            if connection.has_broken() {
                *connection = self.connect().await?;
            }
            match connection.send(message.envelope(), &message.formatted()).await {
                Ok(_) => mail.iter_mut().for_each(|(_, fate)| **fate = Fate::Delivered),
                // 530: it wants a login first.
                Err(error)
                    if error.is_permanent() && error.status().map(u16::from) != Some(530) =>
                {
                    refuse(mail, &self.cannot("send a mail by", &error).to_string());
                }
                Err(error) => return Err(self.cannot("send a mail by", &error)),
            }
        }
        Ok(())
    }

    async fn close(&self, mut connection: Self::Connection) {
        // The mails are delivered already.
        let _ = connection.quit().await;
    }
}

/// The server will never take these.
fn refuse(mail: &mut [(&Record<'_>, &mut Fate)], why: &str) {
    for (_, fate) in mail {
        **fate = Fate::Refused(SinkError::Answer(why.to_owned()));
    }
}
