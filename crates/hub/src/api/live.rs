//! The live view as Server-Sent Events: what gets into the store, to each client at its own pace.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query as Parameters, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use peregrine_store::{Query, Window};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::Api;
use super::search::window;
use crate::clock;
use crate::limits::Limits;
use crate::live::{Entry, Feed, Position};
use crate::problem::Problem;

/// Where a client goes on, as browsers send it.
const LAST: &str = "last-event-id";

/// What a client wants to see: as in searches.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    filter: String,
    from: Option<String>,
    to: Option<String>,
}

/// One client.
struct Client {
    feed: Arc<Feed>,
    query: Query,
    window: Window,
    /// The record behind which it goes on.
    after: u64,
    news: watch::Receiver<Position>,
    body: mpsc::Sender<Bytes>,
    _place: OwnedSemaphorePermit,
}

/// The body of the answer: what the client's task sends.
struct Events(mpsc::Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Alerts as they get into the store.
pub(crate) async fn live(
    State(api): State<Api>,
    headers: HeaderMap,
    request: Result<Parameters<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Parameters(asked) = request.map_err(|rejection| Problem::bad(rejection.body_text()))?;
    let query = Query::parse(&asked.q)?.and(Query::parse(&asked.filter)?);
    let window = window(asked.from.as_deref(), asked.to.as_deref())?;
    let place = Arc::clone(&api.viewers).try_acquire_owned().map_err(|_| {
        let most = Limits::ALL.viewers;
        let detail = format!("{most} live views are open, which is the most: close one");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, detail)
    })?;
    let news = api.feed.subscribe();
    let after = match headers.get(LAST) {
        None => news.borrow().last,
        Some(last) => position(last.to_str().unwrap_or_default(), api.log.durable())?,
    };
    // One piece waits here, one in the connection: what more there is waits in the ring.
    let (body, events) = mpsc::channel(1);
    let feed = Arc::clone(&api.feed);
    tokio::spawn(Client { feed, query, window, after, news, body, _place: place }.run());
    let head = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        // Proxies keep nothing back.
        ("x-accel-buffering", "no"),
    ];
    Ok((head, Body::new(Events(events))).into_response())
}

fn position(text: &str, durable: u64) -> Result<u64, Problem> {
    let wrong = "Last-Event-ID is the `id` of an event of this hub's live view";
    let last: u64 = text.parse().map_err(|_| Problem::bad(wrong))?;
    if last > durable {
        return Err(Problem::bad(format!("{wrong}, whose log ends with {durable}, not {last}")));
    }
    Ok(last)
}

impl Client {
    async fn run(mut self) {
        // The position at once: a client that saw no alert yet goes on there too.
        let mut bytes = format!("retry: 1000\nid: {}\n\n", self.after).into_bytes();
        loop {
            if !bytes.is_empty() && !self.send(bytes).await {
                return;
            }
            bytes = Vec::new();
            let piece = self.feed.after(self.after, Limits::ALL.live_piece);
            if piece.last == self.after {
                let after = self.after;
                tokio::select! {
                    news = self.news.wait_for(|now| now.last > after || now.ending) => {
                        if news.is_ok_and(|now| now.ending) {
                            return;
                        }
                    }
                    () = self.body.closed() => return,
                    () = tokio::time::sleep(Limits::ALL.live_beat) => {
                        bytes = format!("id: {after}\n\n").into_bytes();
                    }
                }
                continue;
            }
            if piece.skipped > 0 {
                let (skipped, position) = (piece.skipped, piece.first);
                let event =
                    format!("event: skipped\nid: {position}\ndata: {{\"skipped\":{skipped}}}\n\n");
                bytes.extend_from_slice(event.as_bytes());
            }
            for entry in &piece.entries {
                if self.window.contains(entry.id >> 10) && entry.matches(&self.query) {
                    write_event(&mut bytes, entry);
                }
            }
            self.after = piece.last;
            // Conditions that hold for nothing leave room for others.
            tokio::task::yield_now().await;
        }
    }

    /// Whether the client took what was sent.
    async fn send(&mut self, bytes: Vec<u8>) -> bool {
        tokio::select! {
            sent = tokio::time::timeout(Limits::ALL.live_stall, self.body.send(bytes.into())) => {
                matches!(sent, Ok(Ok(())))
            }
            _ = self.news.wait_for(|now| now.ending) => false,
        }
    }
}

/// Writes an alert as a search has it. Its lines stay lines: in JSON a line's end is between values only.
fn write_event(bytes: &mut Vec<u8>, entry: &Entry) {
    let (id, time) = (entry.id, clock::text(entry.id >> 10));
    // A vector takes all.
    let _ = write!(
        bytes,
        "event: alert\nid: {}\ndata: {{\"id\":\"{id}\",\"time\":\"{time}\",\"alert\":",
        entry.record
    );
    for (number, line) in entry.body.split(|byte| matches!(byte, b'\n' | b'\r')).enumerate() {
        if number > 0 {
            bytes.extend_from_slice(b"\ndata: ");
        }
        bytes.extend_from_slice(line);
    }
    bytes.extend_from_slice(b"}\n\n");
}
