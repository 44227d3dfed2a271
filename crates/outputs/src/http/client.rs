//! The client of every output over HTTP: sends what a [`Protocol`] makes of alerts and says what became of
//! them.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use peregrine_config::{Compression, HttpKeys, HttpUrl};
use ureq::Agent;

use super::failure;
use super::redact::Secrets;
use super::{Protocol, Request, Response};
use crate::error::{SinkError, with_sources};
use crate::output::{Batch, Fate, Output, Record, Report};
use crate::tls::Tls;

/// More of an answer is not read: it would be no answer a protocol needs.
const MOST: u64 = 1 << 20;
/// A connection that idled longer is not used again: many servers close theirs after five seconds.
const IDLE: Duration = Duration::from_secs(4);
/// A receiver that asks for more patience gets no more.
const PATIENCE: Duration = Duration::from_hours(1);
/// Headers that say how a request is sent: no configuration may set them.
const OWN: [&str; 4] = ["Content-Length", "Transfer-Encoding", "Connection", "Content-Encoding"];

/// What is the same for each request of an output.
pub(crate) struct Options {
    /// Headers with secret values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) user_agent: String,
    pub(crate) compress: Compression,
    pub(crate) keep_alive: bool,
    /// Of one attempt, from the name's resolution to the answer's last byte.
    pub(crate) timeout: Duration,
    /// Whether requests name the alerts they carry (`Peregrine-Sequence`, `Idempotency-Key`).
    pub(crate) numbered: bool,
}

impl Options {
    /// Those of a configuration, secrets loaded.
    ///
    /// # Errors
    /// When a secret cannot be loaded.
    pub(crate) fn new(keys: &HttpKeys, timeout: Duration) -> Result<Self, SinkError> {
        let mut headers = Vec::new();
        for (name, value) in &keys.headers.0 {
            let value = value.load().map_err(|error| {
                SinkError::Configuration(format!("the value of the header {name}: {error}"))
            })?;
            headers.push((name.clone(), value));
        }
        Ok(Self {
            headers,
            user_agent: keys.user_agent.clone(),
            compress: keys.compress,
            keep_alive: keys.keep_alive,
            timeout,
            numbered: true,
        })
    }
}

/// An output over HTTP.
pub(crate) struct HttpOutput<P> {
    protocol: P,
    agent: Agent,
    options: Options,
}

impl<P: Protocol> HttpOutput<P> {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When a certificate or a secret cannot be loaded.
    pub(crate) fn open(protocol: P, keys: &HttpKeys, timeout: Duration) -> Result<Self, SinkError> {
        Self::with(protocol, Options::new(keys, timeout)?, &Tls::load(&keys.tls)?)
    }

    /// As [`HttpOutput::open`], of what was loaded.
    pub(crate) fn with(protocol: P, options: Options, tls: &Tls) -> Result<Self, SinkError> {
        for (name, value) in &options.headers {
            let own = OWN.iter().any(|own| own.eq_ignore_ascii_case(name));
            if own || value.chars().any(char::is_control) {
                let why =
                    if own { "is Peregrine's own" } else { "has a value HTTP does not allow" };
                return Err(SinkError::Configuration(format!("the header {name} {why}")));
            }
        }
        let config = Agent::config_builder()
            .tls_config(tls.for_http())
            .timeout_global(Some(options.timeout))
            .http_status_as_error(false)
            // A receiver could send alerts and secrets to anybody.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .accept_encoding("")
            .max_idle_connections(usize::from(options.keep_alive))
            .max_idle_age(IDLE)
            .build();
        Ok(Self { protocol, agent: config.new_agent(), options })
    }

    /// Sends a request and reads the answer.
    fn send(&self, request: Request, batch: &[Record<'_>]) -> Result<Response, SinkError> {
        let at = Destination::of(&request.url)?;
        let failed = |error: &ureq::Error| failure::explain(&at.host, self.options.timeout, error);
        let mut headers = Headers::default();
        headers.set("Host", &at.host);
        let mut private: Vec<&str> =
            self.options.headers.iter().map(|(_, value)| &**value).collect();
        if let Some(login) = &at.login {
            headers.set("Authorization", login);
            private.push(login);
        }
        let own = request.headers.iter().filter(|(name, _)| !is_known(name));
        private.extend(own.map(|(_, value)| &**value));
        let secrets = Secrets::new(&at.url, private.into_iter());
        headers.set("User-Agent", &self.options.user_agent);
        headers.set("Accept", "*/*");
        for (name, value) in request.headers.iter().chain(&self.options.headers) {
            headers.set(name, value);
        }
        if self.options.numbered {
            headers.set("Peregrine-Sequence", &sequence(batch));
            headers.set("Idempotency-Key", &key(batch));
        }
        let body = match compressed(&request.body, self.options.compress)? {
            Some((body, encoding)) => {
                headers.set("Content-Encoding", encoding);
                body
            }
            None => request.body,
        };
        if !self.options.keep_alive {
            headers.set("Connection", "close");
        }
        headers.set("Content-Length", &body.len().to_string());
        let mut builder = match request.method {
            "PUT" => self.agent.put(&at.url),
            "PATCH" => self.agent.patch(&at.url),
            _ => self.agent.post(&at.url),
        };
        for (name, value) in &headers.0 {
            builder = builder.header_raw(name, value.as_bytes());
        }
        let (head, answer) = builder.send(&body).map_err(|error| failed(&error))?.into_parts();
        let mut body = Vec::new();
        let read =
            answer.into_with_config().limit(u64::MAX).reader().take(MOST).read_to_end(&mut body);
        read.map_err(|error| failed(&ureq::Error::from(error)))?;
        let text = |name: &str| head.headers.get(name)?.to_str().ok().map(str::to_owned);
        if head.status.is_redirection() {
            let to = text("location");
            let to = to.as_deref().and_then(HttpUrl::origin).unwrap_or("another address");
            let status = head.status.as_u16();
            return Err(SinkError::Receiver(format!(
                "{}: it redirects ({status}) to {to}, which is not followed: configure the address \
                 that answers itself",
                at.host
            )));
        }
        let retry_after = text("retry-after");
        if !head.status.is_success() {
            body = secrets.blank(body);
        }
        Ok(Response { status: head.status.as_u16(), retry_after, body })
    }
}

impl<P: Protocol> Output for HttpOutput<P> {
    fn batch(&self) -> Batch {
        self.protocol.batch()
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let requests = match self.protocol.requests(batch, now) {
            Ok(requests) => requests,
            Err(error) => {
                let why = with_sources(&error);
                return Report::refused(batch.len(), || SinkError::Answer(why.clone()));
            }
        };
        let mut report = Report { fates: Vec::new(), error: None, retry_after: None };
        let mut rest = batch;
        for (request, alerts) in requests {
            let (these, others) = rest.split_at_checked(alerts).unwrap_or((rest, &[]));
            let answer = self.send(request, these);
            let part = match answer {
                Ok(response) => {
                    let mut part = self.protocol.report(alerts, &response);
                    let asked = response.retry_after.as_deref();
                    if part.error.is_some() && part.retry_after.is_none() {
                        part.retry_after = asked.and_then(|asked| patience(asked, now));
                    }
                    part
                }
                Err(error) => Report::failed(alerts, error),
            };
            report.fates.extend(part.fates);
            rest = others;
            if part.error.is_some() {
                (report.error, report.retry_after) = (part.error, part.retry_after);
                break;
            }
        }
        // What comes behind a failure waits, so that the order stays.
        report.fates.resize_with(batch.len(), || Fate::Again);
        report
    }
}

/// Whether a header that a protocol sets says nothing anybody may not read.
fn is_known(name: &str) -> bool {
    ["Content-Type", "Accept", "Content-Encoding"].iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Headers in order, each name once.
#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl Headers {
    fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            Some(header) => value.clone_into(&mut header.1),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }
}

/// Where a request goes.
struct Destination {
    /// Without name and password.
    url: String,
    /// Host and port, as they stand in the URL.
    host: String,
    /// The header `Authorization` of the name and password that stand before the host.
    login: Option<String>,
}

impl Destination {
    fn of(url: &str) -> Result<Self, SinkError> {
        let bad = || SinkError::Configuration("the URL is none of HTTP".to_owned());
        let origin = HttpUrl::origin(url).ok_or_else(bad)?;
        let (scheme, place) = origin.split_once("://").ok_or_else(bad)?;
        let rest = url.get(origin.len()..).unwrap_or_default();
        let rest = rest.split('#').next().unwrap_or_default();
        let (login, host) = match place.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, place),
        };
        let login = login.map(|login| format!("Basic {}", STANDARD.encode(decoded(login))));
        let slash = if rest.starts_with('/') { "" } else { "/" };
        Ok(Self { url: format!("{scheme}://{host}{slash}{rest}"), host: host.to_owned(), login })
    }
}

/// A part of a URL, `%20` and the like decoded.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        let coded = byte.filter(|_| *first == b'%');
        bytes.push(coded.unwrap_or(*first));
        rest = if coded.is_some() { more.get(2..).unwrap_or_default() } else { more };
    }
    bytes
}

fn compressed(body: &[u8], how: Compression) -> Result<Option<(Vec<u8>, &'static str)>, SinkError> {
    let level = flate2::Compression::fast();
    Ok(match how {
        Compression::None => None,
        Compression::Gzip => {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), level);
            to.write_all(body)?;
            Some((to.finish()?, "gzip"))
        }
        Compression::Deflate => {
            let mut to = flate2::write::ZlibEncoder::new(Vec::new(), level);
            to.write_all(body)?;
            Some((to.finish()?, "deflate"))
        }
    })
}

/// The lowest and the highest number of the alerts: `7`, `7-12`.
fn sequence(batch: &[Record<'_>]) -> String {
    let numbers = || batch.iter().map(|record| record.alert.id.sequence);
    match (numbers().min(), numbers().max()) {
        (Some(first), Some(last)) if first != last => format!("{first}-{last}"),
        (first, _) => first.map(|first| first.to_string()).unwrap_or_default(),
    }
}

/// The same whenever these alerts are sent, and of no others: host and numbers, and what separates the alerts of one
/// replay from those of another.
fn key(batch: &[Record<'_>]) -> String {
    let mut hash = blake3::Hasher::new();
    for record in batch {
        hash.update(&record.alert.id.sequence.to_le_bytes());
        hash.update(&record.alert.time_ns.to_le_bytes());
    }
    let host = batch.first().map_or("", |record| record.alert.id.host.as_str());
    let visible = |c: &char| c.is_ascii_graphic();
    let mut key: String = host.chars().filter(visible).take(100).collect();
    let hash = hash.finalize().to_hex();
    let _ = write!(key, "-{}-{}", sequence(batch), hash.get(..16).unwrap_or_default());
    key
}

/// How long a receiver asks not to be asked again: seconds, or a date.
fn patience(asked: &str, now: Duration) -> Option<Duration> {
    let asked = asked.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds).min(PATIENCE));
    }
    let at = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(asked).ok()?;
    let now = Timestamp::try_from(UNIX_EPOCH + now).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default().min(PATIENCE))
}
