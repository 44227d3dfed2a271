//! Unary calls of gRPC over a unix socket, bounded.

use std::path::Path;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HeaderMap, TE};
use hyper::{Request, Version};
use hyper_util::rt::TokioExecutor;
use prost::Message;

use crate::error::EngineError;
use crate::http::{Connection, body_error, connect};

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;
/// Status: the method or the service is not there.
const UNIMPLEMENTED: u16 = 12;
/// Status: no such thing.
const NOT_FOUND: u16 = 5;
/// Header of containerd: the namespace a call is about.
const NAMESPACE: &str = "containerd-namespace";

/// A connection to an engine that speaks gRPC.
pub(crate) struct Grpc {
    requests: SendRequest<Full<Bytes>>,
    _connection: Connection,
    /// Bytes of one answer.
    limit: usize,
}

impl Grpc {
    pub(crate) async fn connect(socket: &Path, limit: usize) -> Result<Self, EngineError> {
        let stream = connect(socket).await?;
        let (requests, connection) = http2::Builder::new(TokioExecutor::new())
            .max_header_list_size(64 << 10)
            .handshake(stream)
            .await
            .map_err(|error| EngineError::connection(&error))?;
        // Its error is that of the call.
        let connection = Connection(tokio::spawn(async { drop(connection.await) }));
        Ok(Self { requests, _connection: connection, limit })
    }

    /// Calls a method; none where there is no such thing, no such method or no such service.
    pub(crate) async fn call<A: Message + Default>(
        &mut self,
        method: &str,
        namespace: Option<&str>,
        message: &impl Message,
    ) -> Result<Option<A>, EngineError> {
        let failed = |error: hyper::Error| EngineError::connection(&error);
        self.requests.ready().await.map_err(failed)?;
        let mut request = Request::post(format!("http://localhost/{method}"))
            .version(Version::HTTP_2)
            .header(CONTENT_TYPE, "application/grpc")
            .header(TE, "trailers");
        if let Some(namespace) = namespace {
            request = request.header(NAMESPACE, namespace);
        }
        let request = request
            .body(Full::new(framed(message)))
            .map_err(|error| EngineError::Malformed(error.to_string()))?;
        let answer = self.requests.send_request(request).await.map_err(failed)?;
        if answer.status() != 200 {
            return Err(EngineError::Status(answer.status().as_u16()));
        }
        let at_once = status(answer.headers())?;
        let body = Limited::new(answer.into_body(), self.limit).collect().await;
        let body = body.map_err(|error| body_error(&*error, self.limit))?;
        let status = match (at_once, body.trailers()) {
            (Some(status), _) => Some(status),
            (None, Some(trailers)) => status(trailers)?,
            (None, None) => None,
        };
        match status {
            Some(0) => {
                let body = body.to_bytes();
                let message =
                    unframed(&body).ok_or_else(|| malformed("the length of a message"))?;
                A::decode(message).map(Some).map_err(|error| malformed(&error.to_string()))
            }
            Some(NOT_FOUND | UNIMPLEMENTED) => Ok(None),
            Some(other) => Err(EngineError::Rpc(other)),
            None => Err(malformed("no status")),
        }
    }
}

fn malformed(what: &str) -> EngineError {
    EngineError::Malformed(what.to_owned())
}

/// The status among headers or trailers.
fn status(headers: &HeaderMap) -> Result<Option<u16>, EngineError> {
    let Some(value) = headers.get("grpc-status") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| malformed("the status is no number"))
}

/// A message behind its prefix.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let length = u32::try_from(message.encoded_len()).unwrap_or(u32::MAX);
    let mut bytes = vec![0];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&message.encode_to_vec());
    bytes.into()
}

/// The one message of a body; none where its prefix says something else.
pub(crate) fn unframed(body: &[u8]) -> Option<&[u8]> {
    let (prefix, message) = body.split_at_checked(PREFIX)?;
    let [0, length @ ..] = prefix else { return None };
    let length = u32::from_be_bytes(length.try_into().ok()?);
    (usize::try_from(length) == Ok(message.len())).then_some(message)
}
