//! Servers on unix sockets.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::grpc::unframed;

/// Serves each connection on a thread; returns how many there were.
pub(crate) fn serve(
    socket: &Path,
    handle: impl Fn(&mut UnixStream) + Send + Sync + 'static,
) -> Arc<AtomicUsize> {
    let listener = UnixListener::bind(socket).unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let (count, handle) = (Arc::clone(&connections), Arc::new(handle));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
            let (mut stream, handle) = (stream.unwrap(), Arc::clone(&handle));
            std::thread::spawn(move || handle(&mut stream));
        }
    });
    connections
}

/// The path of the next request; none where the connection ends.
pub(crate) fn request(stream: &mut UnixStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    Some(head.split(' ').nth(1).expect("a request of HTTP/1").to_owned())
}

/// An engine that speaks HTTP: status and body by path.
pub(crate) fn http(
    socket: &Path,
    answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
) -> Arc<AtomicUsize> {
    serve(socket, move |stream| {
        while let Some(path) = request(stream) {
            let (status, body) = answer(&path);
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// What an engine answers to a call.
pub(crate) enum Reply {
    Message(Vec<u8>),
    Status(u16),
    /// These bytes as the body, and this status.
    Raw(Vec<u8>, &'static str),
}

/// An engine that speaks gRPC: an answer by method, namespace and message.
pub(crate) fn grpc(
    socket: &Path,
    answer: impl Fn(&str, Option<&str>, &[u8]) -> Reply + Send + Sync + 'static,
) {
    let listener = UnixListener::bind(socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::UnixListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = Arc::clone(&answer);
                let service = service_fn(move |call: Request<Incoming>| {
                    let answer = Arc::clone(&answer);
                    async move { Ok::<_, hyper::Error>(reply(&*answer, call).await) }
                });
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    });
}

type Answers = dyn Fn(&str, Option<&str>, &[u8]) -> Reply + Send + Sync;

async fn reply(
    answer: &Answers,
    call: Request<Incoming>,
) -> Response<impl hyper::body::Body<Data = Bytes, Error = std::convert::Infallible> + use<>> {
    let method = call.uri().path().trim_start_matches('/').to_owned();
    let namespace = call.headers().get("containerd-namespace").cloned();
    let namespace = namespace.as_ref().map(|name| name.to_str().unwrap());
    assert_eq!(call.headers()["content-type"], "application/grpc");
    let namespace = namespace.map(str::to_owned);
    let body = call.into_body().collect().await.unwrap().to_bytes();
    let message = unframed(&body).unwrap();
    let (bytes, status) = match answer(&method, namespace.as_deref(), message) {
        Reply::Message(message) => {
            let mut bytes = vec![0];
            bytes.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(&message);
            (bytes, "0".to_owned())
        }
        Reply::Status(status) => (Vec::new(), status.to_string()),
        Reply::Raw(bytes, status) => (bytes, status.to_owned()),
    };
    let mut trailers = HeaderMap::new();
    if !status.is_empty() {
        trailers.insert("grpc-status", status.parse().unwrap());
    }
    let body = Full::new(Bytes::from(bytes)).with_trailers(async move { Some(Ok(trailers)) });
    Response::builder().header("content-type", "application/grpc").body(body).unwrap()
}
