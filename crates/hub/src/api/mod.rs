//! Port 2802: the API, and the page, which uses nothing else; nor does the command line.

mod live;
mod search;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use peregrine_store::Store;
use tokio::sync::Semaphore;

use crate::compat::webui;
use crate::counts::Counts;
use crate::indexer::Progress;
use crate::ingest::{self, Ingest};
use crate::live::Feed;
use crate::log::Shared;
use crate::problem::Problem;

/// What requests of the API need.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) store: Arc<Store>,
    pub(crate) log: Arc<Shared>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) searches: Arc<Semaphore>,
    pub(crate) feed: Arc<Feed>,
    /// Places of live views.
    pub(crate) viewers: Arc<Semaphore>,
}

impl Api {
    /// Asks the store, on a thread where that may take its time.
    pub(crate) async fn search<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let ending = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the hub is ending");
        let place = Arc::clone(&self.searches).acquire_owned().await.map_err(|_| ending())?;
        let store = Arc::clone(&self.store);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = ask(&store);
            drop(place);
            answer
        });
        asked.await.unwrap_or_else(|_| {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the search failed"))
        })
    }
}

/// The routes of the port.
pub(crate) fn router(api: Api, door: Ingest) -> Router {
    let doors = Router::new()
        .route("/", post(ingest::add_event).get(page))
        .route("/api/v1/", post(ingest::add_event))
        .route("/api/v1/events/add", post(ingest::add_event))
        .with_state(door);
    Router::new()
        .route("/api/v2/search/hits", get(search::hits))
        .route("/api/v2/search/histogram", get(search::histogram))
        .route("/api/v2/search/facets", get(search::facets))
        .route("/api/v2/live", get(live::live))
        .route("/api/v2/alerts/{id}", get(search::alert))
        .route("/api/v2/status", get(status::status))
        .merge(webui::router())
        .with_state(api)
        .merge(doors)
        .fallback(page)
        .layer(middleware::from_fn(local_only))
}

/// The page, and what it loads.
async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let asset = peregrine_web::asset(uri.path().trim_start_matches('/'));
    let Some(asset) = asset.filter(|_| method == Method::GET || method == Method::HEAD) else {
        return Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path")
            .into_response();
    };
    let tag = format!("\"{}\"", blake3::hash(asset.bytes).to_hex());
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let head = [
        (header::CONTENT_TYPE, asset.kind.to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, asset.bytes).into_response()
}

/// Answers only who asks for this host by one of its own names: a name of somebody else's that leads here is a web
/// page's way around the browser.
async fn local_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().host()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let is_local = name.eq_ignore_ascii_case("localhost") || address.is_ok();
    let mut answer = if is_local {
        next.run(request).await
    } else {
        let detail = format!("`{name}` is no name of this host: use localhost or an address");
        Problem::new(StatusCode::MISDIRECTED_REQUEST, detail).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let policy = HeaderValue::from_static(peregrine_web::POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}
