//! Whole stores: what is found, whatever is asked; writers that are killed; retention.

mod all_found;
mod kept;
mod killed;
mod questions;

use std::path::Path;
use std::sync::Arc;

use crate::{Budget, Document, Hit, Options, PageRequest, Query, Received, Store, Window, Writer};

/// When the first alert of a test is received, nanoseconds since the epoch.
const NOW_NS: u64 = 1_790_000_000_000_000_000;

fn open(folder: &Path, options: Options) -> Writer {
    Writer::new(Arc::new(Store::open(folder, options).unwrap())).unwrap()
}

/// Writes bodies, of which all are alerts.
fn write(writer: &mut Writer, bodies: &[String], received_ns: u64, cursor: u64) {
    let received: Vec<Received<'_>> = bodies
        .iter()
        .map(|body| Received { record: 0, body: body.as_bytes(), received_ns })
        .collect();
    let prepared = writer.prepare(&received);
    let prepared = prepared.into_iter().map(|one| one.unwrap()).collect();
    writer.write(prepared, cursor).unwrap();
}

/// All pages of a query, each of `limit` alerts, found in steps as small as can be.
fn pages(store: &Store, query: &Query, window: Window, limit: usize) -> Vec<Hit> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let budget = Budget::of(std::time::Duration::ZERO);
        let page = store.search(query, &PageRequest { window, before, limit, budget }).unwrap();
        assert!(page.hits.len() <= limit);
        all.extend(page.hits);
        assert!(page.next.is_none() || before.is_none() || page.next < before);
        before = page.next;
        if before.is_none() {
            return all;
        }
    }
}

/// All alerts, the newest first.
fn everything(store: &Store) -> Vec<Hit> {
    pages(store, &Query::all(), Window::default(), 1000)
}

/// What a search without an index finds.
fn naive(all: &[Hit], query: &Query) -> Vec<Hit> {
    let holds = |hit: &&Hit| {
        let mut alert = Document::parse(&hit.body).unwrap().alert;
        let stored_us = u64::try_from(hit.id >> 10).unwrap();
        if alert.time_ns / 1000 != stored_us {
            alert.time_ns = stored_us * 1000;
        }
        query.holds(&alert)
    };
    all.iter().filter(holds).cloned().collect()
}
