//! Port 2801: what falcosidekick answers to Falco, and its page's door for alerts.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use peregrine_store::{Document, Refused};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::clock;
use crate::counts::Counts;
use crate::item::Item;
use crate::limits::Limits;
use crate::log::{LogSender, NotTaken};

/// Says why a request was refused: falcosidekick's texts do not.
const REASON: &str = "peregrine-reason";

/// What requests with alerts need.
#[derive(Debug, Clone)]
pub(crate) struct Ingest {
    pub(crate) log: LogSender,
    pub(crate) counts: Arc<Counts>,
}

/// Why an alert was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("{0}")]
    Alert(#[from] Refused),
    #[error("{0}")]
    Log(#[from] NotTaken),
    #[error("an alert has {} bytes at most", Limits::ALL.body)]
    TooLong,
    #[error("the body did not come within {} s", Limits::ALL.request.as_secs())]
    TooSlow,
    #[error("the body ended before its end")]
    Broken,
    #[error("a web page of another place sent it")]
    Foreign,
    #[error("{0}")]
    Envelope(String),
}

impl Rejected {
    fn reason(&self) -> &'static str {
        match self {
            Self::Alert(refused) => refused.reason(),
            Self::Log(not_taken) => not_taken.reason(),
            Self::TooLong => "size",
            Self::TooSlow => "slow",
            Self::Broken => "broken",
            Self::Foreign => "origin",
            Self::Envelope(_) => "json",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Alert(_) | Self::Broken | Self::Envelope(_) => StatusCode::BAD_REQUEST,
            Self::Log(NotTaken::Busy | NotTaken::DiskFull(_)) => StatusCode::TOO_MANY_REQUESTS,
            Self::Log(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Foreign => StatusCode::FORBIDDEN,
        }
    }

    /// The answer, with `body` as its text where the request was wrong.
    fn answer(&self, counts: &Counts, body: &'static str) -> Response {
        counts.refuse(self.reason());
        let status = self.status();
        let text =
            if status == StatusCode::BAD_REQUEST { body.to_owned() } else { format!("{self}\n") };
        let mut answer = (status, text).into_response();
        // A header has no other letters.
        let reason: String = self.to_string().chars().filter(|c| (' '..='~').contains(c)).collect();
        if let Ok(reason) = HeaderValue::from_str(&reason) {
            answer.headers_mut().insert(REASON, reason);
        }
        if matches!(self, Self::Log(_)) {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        answer
    }
}

/// The routes of the port.
pub(crate) fn router(ingest: Ingest) -> Router {
    Router::new()
        .route("/ping", any(|| async { "pong\n" }))
        .route("/healthz", any(healthz))
        .route("/test", any(test))
        .route("/metrics", any(metrics))
        .route("/api/v1/events/add", post(add_event))
        // As in falcosidekick any other path is the root.
        .fallback(alert)
        .with_state(ingest)
}

async fn healthz() -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, "{\"status\": \"ok\"}").into_response()
}

async fn metrics(State(ingest): State<Ingest>) -> Response {
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (text, ingest.counts.prometheus()).into_response()
}

/// A request's body, within the limits.
async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Rejected> {
    // No sender of alerts is a browser; a page somebody looks at may try to be one.
    if headers.contains_key(header::ORIGIN) {
        return Err(Rejected::Foreign);
    }
    let body = Limited::new(body, Limits::ALL.body).collect();
    match tokio::time::timeout(Limits::ALL.request, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Rejected::TooLong),
        Ok(Err(_)) => Err(Rejected::Broken),
        Err(_) => Err(Rejected::TooSlow),
    }
}

impl Ingest {
    /// Checks an alert and writes it into the log.
    async fn take(&self, body: Vec<u8>, outputs: Vec<String>) -> Result<(), Rejected> {
        let document = Document::parse(&body)?;
        self.log.append(&Item { body, outputs }).await?;
        self.counts.accept(&document.alert);
        Ok(())
    }
}

async fn alert(State(ingest): State<Ingest>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return (StatusCode::BAD_REQUEST, "Please send with post http method\n").into_response();
    }
    let taken = match read(&head.headers, body).await {
        Ok(body) => ingest.take(body, Vec::new()).await,
        Err(rejected) => Err(rejected),
    };
    match taken {
        Ok(()) => StatusCode::OK.into_response(),
        Err(rejected) => rejected.answer(&ingest.counts, "Please send a valid request body\n"),
    }
}

/// The alert by which people test that the hub gets alerts.
async fn test(State(ingest): State<Ingest>, request: Request) -> Response {
    if request.method() != Method::POST {
        return (StatusCode::BAD_REQUEST, "Please send with post http method\n").into_response();
    }
    let time = clock::text(i64::try_from(clock::wall_ns() / 1000).unwrap_or(i64::MAX));
    let body = serde_json::json!({
        "rule": "Test rule", "priority": "Debug", "hostname": "falcosidekick", "time": time,
        "output": "This is a test from falcosidekick", "source": "internal", "tags": ["test", "example"],
        "output_fields": { "proc.name": "falcosidekick", "user.name": "falcosidekick" },
    });
    let (head, _) = request.into_parts();
    let taken = match read(&head.headers, Body::empty()).await {
        Ok(_) => ingest.take(body.to_string().into_bytes(), Vec::new()).await,
        Err(rejected) => Err(rejected),
    };
    match taken {
        Ok(()) => StatusCode::OK.into_response(),
        Err(rejected) => rejected.answer(&ingest.counts, "the test alert was refused\n"),
    }
}

/// What falcosidekick sends to its page.
#[derive(Debug, Deserialize)]
struct Envelope<'b> {
    #[serde(borrow)]
    event: &'b RawValue,
    #[serde(default)]
    outputs: Option<Vec<String>>,
}

/// Outputs of one sender at most, and letters of a name.
const OUTPUTS: usize = 256;

/// Takes an alert as falcosidekick sends it to its page.
pub(crate) async fn add_event(State(ingest): State<Ingest>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let taken = match read(&head.headers, body).await {
        Ok(body) => match serde_json::from_slice::<Envelope<'_>>(&body) {
            Ok(Envelope { event, outputs }) => {
                let mut outputs = outputs.unwrap_or_default();
                outputs.retain(|name| name.len() <= OUTPUTS);
                outputs.truncate(OUTPUTS);
                ingest.take(event.get().as_bytes().to_vec(), outputs).await
            }
            Err(error) => Err(Rejected::Envelope(error.to_string())),
        },
        Err(rejected) => Err(rejected),
    };
    match taken {
        Ok(()) => ([(header::CONTENT_TYPE, "application/json")], "\"{}\"\n").into_response(),
        Err(rejected) => {
            rejected.answer(&ingest.counts, "{\"message\":\"Please send a valid request body\"}\n")
        }
    }
}
