//! Connections of a port: each a task, with limits of time and number.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, watch};

use crate::error::HubError;
use crate::limits::Limits;

/// How long it waits where no connection can be accepted.
const AGAIN: Duration = Duration::from_millis(100);

/// Listens on an address.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener, HubError> {
    let listen = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    listen().map_err(|source: io::Error| HubError::Listen { address, source })
}

/// Waits until the hub ends.
async fn ended(end: &mut watch::Receiver<bool>) {
    drop(end.wait_for(|ends| *ends).await);
}

/// Serves a router until `end` says so, and the requests that are being answered then.
pub(crate) async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    mut end: watch::Receiver<bool>,
) {
    let connections = Arc::new(Semaphore::new(Limits::ALL.connections));
    let mut tasks = tokio::task::JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&connections).acquire_owned().await else { break };
        let stream = tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(AGAIN).await;
                    continue;
                };
                stream
            }
            () = ended(&mut end) => break,
        };
        // A sender of one small request after another waits for nothing.
        drop(stream.set_nodelay(true));
        let (router, mut end) = (router.clone(), end.clone());
        tasks.spawn(async move {
            let service = TowerToHyperService::new(router);
            let mut server = hyper::server::conn::http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(Limits::ALL.request);
            let connection = server.serve_connection(TokioIo::new(stream), service);
            let mut connection = std::pin::pin!(connection);
            // A connection that breaks breaks for its sender.
            tokio::select! {
                _ = connection.as_mut() => {}
                () = ended(&mut end) => {
                    connection.as_mut().graceful_shutdown();
                    drop(tokio::time::timeout(Limits::ALL.request, connection).await);
                }
            }
            drop(place);
        });
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}
