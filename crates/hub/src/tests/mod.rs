//! Whole hubs: what goes in comes out, whatever ends in between.

mod client;
mod compat;
mod doors;
mod everything;
mod killed;
mod live;
mod page;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use peregrine_store::Keep;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use self::client::Client;
use crate::{Hub, Options};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(100);

fn options(folder: &Path) -> Options {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Options {
        dir: folder.to_path_buf(),
        ingest: any,
        open_ingest: false,
        page: any,
        keep: Keep::default(),
    }
}

fn start(folder: &Path) -> Hub {
    Hub::start(&options(folder)).unwrap()
}

/// An alert that is like no other.
fn body(number: u64) -> String {
    format!(
        r#"{{"rule":"Rule {}","priority":"Warning","time":"2026-01-31T10:00:{:02}.{number:09}Z","hostname":"web-{}",
        "output":"10:00:00.000000000: Warning file {number} opened 财务","source":"syscall","tags":["b","a"],
        "output_fields":{{"n":{number},"proc.name":"p{}","fd.name":"/etc/{number}"}},"more": [1]}}"#,
        number % 5,
        number % 60,
        number % 3,
        number % 7
    )
}

/// Waits until the store has so many alerts.
fn wait_for(client: &mut Client, alerts: u64) {
    let begin = Instant::now();
    loop {
        let status = client.get_json("/api/v2/status");
        if status["alerts"].as_u64().unwrap() >= alerts && status["behind_s"] == 0.0 {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{status:#}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[derive(serde::Deserialize)]
struct Hits {
    hits: Vec<HitBody>,
    next: Option<String>,
}

#[derive(serde::Deserialize)]
struct HitBody {
    id: String,
    alert: Box<RawValue>,
}

/// All alerts that a condition holds for, page by page, as they were received; each under an id of its own.
fn search_all(client: &mut Client, q: &str) -> Vec<String> {
    let q = client::encoded(q);
    let mut all = Vec::new();
    let mut ids = BTreeSet::new();
    let mut before = String::new();
    loop {
        let answer = client.get(&format!("/api/v2/search/hits?q={q}&limit=1000{before}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page: Hits = serde_json::from_slice(&answer.body).unwrap();
        for hit in page.hits {
            assert!(ids.insert(hit.id));
            all.push(hit.alert.get().to_owned());
        }
        match page.next {
            Some(next) => before = format!("&before={next}"),
            None => return all,
        }
    }
}

fn parse(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}
