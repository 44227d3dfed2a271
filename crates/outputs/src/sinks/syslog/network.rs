//! Messages to the system log of another host: in datagrams, or over a connection, each behind its length.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use peregrine_config::{Server, SyslogProtocol};
use rustls::ProtocolVersion;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::message::Messages;
use crate::error::SinkError;
use crate::output::{Batch, Fate, Record};
use crate::sinks::connected::Speaker;
use crate::tls::{self, Tls};

/// A datagram has so many bytes at most.
pub(super) const DATAGRAM: usize = 65_507;
/// How long a receiver may take to say that it does not like who calls: it says so only behind the handshake.
const VERDICT: Duration = Duration::from_secs(1);

pub(super) struct Network {
    pub(super) server: Server,
    pub(super) protocol: SyslogProtocol,
    /// None: the connection is not encrypted.
    pub(super) tls: Option<Tls>,
    pub(super) messages: Messages,
    /// Bytes of a message at most.
    pub(super) most: usize,
    /// Alerts at once at most.
    pub(super) alerts: usize,
    /// Messages that were cut and delivered.
    pub(super) cut: AtomicU64,
}

pub(super) enum Connection {
    Datagrams(UdpSocket),
    Stream(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Network {
    fn port(&self) -> u16 {
        if self.protocol == SyslogProtocol::Tls { 6514 } else { 514 }
    }

    fn cannot(&self, error: &io::Error) -> SinkError {
        let reason = tls::meaning_within(error).unwrap_or_else(|| match error.kind() {
            ErrorKind::ConnectionRefused => {
                "it refuses the connection: does the receiver run, is the port right?".to_owned()
            }
            _ => error.to_string(),
        });
        SinkError::Receiver(format!("{}: {reason}", self.receiver()))
    }

    async fn datagrams(&self) -> io::Result<UdpSocket> {
        let server = (self.server.host.as_str(), self.server.port.unwrap_or_else(|| self.port()));
        let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
        for address in lookup_host(server).await? {
            let from: SocketAddr = match address {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let socket = UdpSocket::bind(from).await?;
            match socket.connect(address).await {
                Ok(()) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn encrypted(&self, tls: &Tls, socket: TcpStream) -> Result<Connection, SinkError> {
        let host = &self.server.host;
        let name = ServerName::try_from(host.clone()).map_err(|_| {
            SinkError::Configuration(format!("{host} is no name a certificate can be for"))
        })?;
        let connector = TlsConnector::from(Arc::new(tls.client()?));
        let stream = connector.connect(name, socket).await.map_err(|error| self.cannot(&error))?;
        let mut stream = Box::new(stream);
        if stream.get_ref().1.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            // A receiver that refuses our certificate, or wants one, says so now. One that accepts it
            // most often sends tickets.
            let verdict = poll_fn(|context| match heard(&mut *stream, context) {
                Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => {
                    Poll::Ready(Ok(()))
                }
                other => other,
            });
            if let Ok(Err(error)) = timeout(VERDICT, verdict).await {
                let place = self.receiver();
                return Err(match error.kind() {
                    ErrorKind::ConnectionAborted
                    | ErrorKind::ConnectionReset
                    | ErrorKind::UnexpectedEof => SinkError::Receiver(format!(
                        "{place}: it closed the connection after the handshake: does it want a certificate, \
                         see `client_cert`, or another one?"
                    )),
                    _ => self.cannot(&error),
                });
            }
        }
        Ok(Connection::Encrypted(stream))
    }
}

/// What the receiver does: it says nothing as long as all is well, so this is ready only with an error.
fn heard(stream: &mut (impl AsyncRead + Unpin), context: &mut Context<'_>) -> Poll<io::Result<()>> {
    loop {
        let mut bytes = [0; 256];
        let mut buffer = ReadBuf::new(&mut bytes);
        match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                let words = "the receiver closed the connection";
                return Poll::Ready(Err(io::Error::new(ErrorKind::ConnectionAborted, words)));
            }
            // Whatever it wants to say.
            Poll::Ready(Ok(())) => {}
            other => return other,
        }
    }
}

/// Writes all of it to a receiver that is still there.
async fn write(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    // The runtime looks what came since the last alerts.
    tokio::task::yield_now().await;
    let gone = poll_fn(|context| Poll::Ready(heard(stream, context))).await;
    if let Poll::Ready(gone) = gone {
        gone?;
    }
    stream.write_all(bytes).await?;
    stream.flush().await
}

impl Speaker for Network {
    type Connection = Connection;

    fn receiver(&self) -> String {
        self.server.with_port(self.port())
    }

    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: 1 << 20, ..Batch::ONE }
    }

    fn truncated(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    async fn connect(&self) -> Result<Connection, SinkError> {
        if self.protocol == SyslogProtocol::Udp {
            let socket = self.datagrams().await.map_err(|error| self.cannot(&error))?;
            return Ok(Connection::Datagrams(socket));
        }
        let server = (self.server.host.as_str(), self.server.port.unwrap_or_else(|| self.port()));
        let socket = TcpStream::connect(server).await.map_err(|error| self.cannot(&error))?;
        match &self.tls {
            None => Ok(Connection::Stream(socket)),
            Some(tls) => self.encrypted(tls, socket).await,
        }
    }

    async fn send(
        &self,
        connection: &mut Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let mut frames = Vec::new();
        let mut framed = Vec::new();
        for (Record { alert, text }, fate) in batch.iter().zip(fates) {
            if !matches!(fate, Fate::Again) {
                continue;
            }
            let message = self.messages.message(alert, text, self.most);
            if let Connection::Datagrams(socket) = connection {
                let sent = socket.send(message.text.as_bytes()).await;
                sent.map_err(|error| self.cannot(&error))?;
                *fate = Fate::Delivered;
                self.cut.fetch_add(message.cut.into(), Ordering::Relaxed);
                continue;
            }
            frames.extend_from_slice(format!("{} ", message.text.len()).as_bytes());
            frames.extend_from_slice(message.text.as_bytes());
            framed.push((fate, message.cut));
        }
        let written = match connection {
            Connection::Datagrams(_) => return Ok(()),
            Connection::Stream(stream) => write(stream, &frames).await,
            Connection::Encrypted(stream) => write(&mut **stream, &frames).await,
        };
        written.map_err(|error| self.cannot(&error))?;
        for (fate, cut) in framed {
            *fate = Fate::Delivered;
            self.cut.fetch_add(cut.into(), Ordering::Relaxed);
        }
        Ok(())
    }

    async fn close(&self, connection: Connection) {
        match connection {
            Connection::Datagrams(_) => {}
            // What is on its way arrives before the end does.
            Connection::Stream(mut stream) => _ = stream.shutdown().await,
            Connection::Encrypted(mut stream) => _ = stream.shutdown().await,
        }
    }
}
