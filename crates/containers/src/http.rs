//! One GET over a unix socket, bounded.

use std::path::Path;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use crate::error::EngineError;

/// A connection to an engine that speaks HTTP.
pub(crate) struct Http {
    requests: SendRequest<Empty<Bytes>>,
    connection: Connection,
    /// Bytes of one answer.
    limit: usize,
}

/// What moves the bytes of a connection; ends with it.
pub(crate) struct Connection(pub(crate) JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects to a socket.
pub(crate) async fn connect(socket: &Path) -> Result<TokioIo<UnixStream>, EngineError> {
    use std::io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    match UnixStream::connect(socket).await {
        Ok(stream) => Ok(TokioIo::new(stream)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory | ConnectionRefused) => {
            Err(EngineError::Absent)
        }
        Err(error) => Err(EngineError::Connection(error.to_string())),
    }
}

impl Http {
    pub(crate) async fn connect(socket: &Path, limit: usize) -> Result<Self, EngineError> {
        let stream = connect(socket).await?;
        let (requests, connection) =
            http1::handshake(stream).await.map_err(|error| EngineError::connection(&error))?;
        // Its error is that of the request.
        let connection = Connection(tokio::spawn(async { drop(connection.await) }));
        Ok(Self { requests, connection, limit })
    }

    /// What JSON is at a path; none where the engine knows of nothing there.
    pub(crate) async fn get<T: DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<Option<T>, EngineError> {
        debug_assert!(!self.connection.0.is_finished() || self.requests.is_closed());
        let failed = |error: hyper::Error| EngineError::connection(&error);
        self.requests.ready().await.map_err(failed)?;
        let request = Request::get(path).header(HOST, "localhost").body(Empty::new());
        let request = request.map_err(|error| EngineError::Malformed(error.to_string()))?;
        let answer = self.requests.send_request(request).await.map_err(failed)?;
        let status = answer.status();
        let body = read(answer, self.limit).await?;
        match status.as_u16() {
            200 => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| EngineError::Malformed(error.to_string())),
            404 => Ok(None),
            other => Err(EngineError::Status(other)),
        }
    }
}

/// A whole answer, where it is not too large.
async fn read(answer: Response<Incoming>, limit: usize) -> Result<Bytes, EngineError> {
    let whole = Limited::new(answer.into_body(), limit).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|error| body_error(&*error, limit))
}

/// Why an answer could not be read.
pub(crate) fn body_error(error: &(dyn std::error::Error + 'static), limit: usize) -> EngineError {
    if error.is::<LengthLimitError>() {
        EngineError::TooLarge(limit)
    } else {
        EngineError::connection(error)
    }
}
