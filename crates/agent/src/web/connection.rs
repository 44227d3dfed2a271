//! Connections and their requests.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::limits::{Answer, Limits};

/// How long it waits after the system refused a connection: descriptors or memory are short.
const REFUSED_WAIT: Duration = Duration::from_millis(100);

/// What all connections share.
struct Server {
    answer: Answer,
    /// A permit for each page that may be made at once.
    pages: Arc<Semaphore>,
    limits: Limits,
}

/// Takes connections until the other end of `stopped` is dropped.
pub(super) async fn accept(
    listener: &TcpListener,
    tls: Option<TlsAcceptor>,
    (threads, limits): (usize, Limits),
    answer: Answer,
    mut stopped: oneshot::Receiver<()>,
) {
    let server = Arc::new(Server { answer, pages: Arc::new(Semaphore::new(threads)), limits });
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            sleep(REFUSED_WAIT).await;
            continue;
        };
        open.retain(|connection| !connection.is_finished());
        // Whoever asks something has the answer long before it is the oldest of so many.
        if open.len() >= limits.connections
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        let (server, tls) = (Arc::clone(&server), tls.clone());
        open.push_back(tokio::spawn(connect(server, tls, stream)).abort_handle());
    }
    open.iter().for_each(AbortHandle::abort);
}

async fn connect(server: Arc<Server>, tls: Option<TlsAcceptor>, stream: TcpStream) {
    // An answer is one piece: it does not wait for another.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return serve(server, stream).await };
    if let Ok(Ok(stream)) = timeout(server.limits.request, tls.accept(stream)).await {
        serve(server, stream).await;
    }
}

/// Answers the requests of a connection until it is closed or exceeds a limit.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(server: Arc<Server>, stream: S) {
    let limits = server.limits;
    let service = service_fn(move |request: Request<Incoming>| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(respond(&server, &request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request)
        .max_buf_size(limits.head)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    if timeout(limits.connection, connection.as_mut()).await.is_err() {
        // What is being answered is answered to the end.
        connection.as_mut().graceful_shutdown();
        let _ = timeout(limits.request, connection).await;
    }
}

async fn respond(server: &Server, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let found = match *request.method() {
        Method::GET | Method::HEAD => page(server, request.uri().path().to_owned()).await,
        // Methods of no page, as Falco answers them.
        Method::POST | Method::PUT | Method::DELETE | Method::OPTIONS | Method::PATCH => None,
        _ => return empty(StatusCode::BAD_REQUEST),
    };
    found.unwrap_or_else(|| empty(StatusCode::NOT_FOUND))
}

/// The page of a path, made on a thread where it may wait.
async fn page(server: &Server, path: String) -> Option<Response<Full<Bytes>>> {
    let permit = Arc::clone(&server.pages).acquire_owned().await.ok()?;
    let answer = Arc::clone(&server.answer);
    // It counts as long as the page is being made, also where nobody waits for it any more.
    let made = spawn_blocking(move || {
        let page = answer(&path);
        drop(permit);
        page
    });
    let made = made.await;
    let Ok(page) = made else { return Some(empty(StatusCode::INTERNAL_SERVER_ERROR)) };
    let page = page?;
    let mut response = Response::new(Full::new(Bytes::from(page.text)));
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(page.media_type));
    Some(response)
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
