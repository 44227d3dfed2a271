//! How the hub is doing.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use peregrine_store::Retired;
use serde::Serialize;

use super::Api;
use crate::clock;

#[derive(Debug, Serialize)]
struct Status {
    version: &'static str,
    /// Alerts in the store.
    alerts: u64,
    /// How far the store is behind what was acknowledged.
    behind_s: f64,
    /// Why the store does not get on.
    failing: Option<String>,
    /// Since the hub began.
    accepted: u64,
    refused: BTreeMap<&'static str, u64>,
    repeats: u64,
    unknown_records: u64,
    disk_used_percent: u64,
    files: Vec<FileBody>,
    retired: Vec<Retired>,
}

#[derive(Debug, Serialize)]
struct FileBody {
    name: String,
    alerts: u64,
    bytes: u64,
    from: Option<String>,
    to: Option<String>,
    sealed: bool,
}

/// How the hub is doing.
pub(crate) async fn status(State(api): State<Api>) -> Response {
    let since_ns = api.progress.waiting_since_ns.load(Ordering::Relaxed);
    let behind_ns = if since_ns == 0 { 0 } else { clock::wall_ns().saturating_sub(since_ns) };
    let file = |file: peregrine_store::FileInfo| FileBody {
        name: file.name,
        alerts: file.alerts,
        bytes: file.bytes,
        from: file.times_us.map(|(from, _)| clock::text(from)),
        to: file.times_us.map(|(_, to)| clock::text(to)),
        sealed: file.sealed,
    };
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        alerts: api.store.alerts(),
        behind_s: std::time::Duration::from_nanos(behind_ns).as_secs_f64(),
        failing: api.progress.failing(),
        accepted: api.counts.accepted(),
        refused: api.counts.refused(),
        repeats: api.progress.repeats.load(Ordering::Relaxed),
        unknown_records: api.progress.unknown.load(Ordering::Relaxed),
        disk_used_percent: api.log.used_percent(),
        files: api.store.files().into_iter().map(file).collect(),
        retired: api.progress.retired(),
    })
    .into_response()
}
