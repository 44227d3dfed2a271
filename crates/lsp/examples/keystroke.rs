//! What a keystroke costs: opens the first of some rule files, which are loaded together in their order,
//! types a letter many times and prints how long the diagnostics and a completion take to come.
//!
//! `cargo run --profile counted -p peregrine-lsp --example keystroke -- FILES`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for whoever works on this")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use lsp_server::{Connection, Message, Notification, Request};
use peregrine_lsp::{Settings, serve};
use serde_json::{Value, json};

const KEYS: u32 = 50;

fn main() {
    let rules: Vec<PathBuf> =
        std::env::args_os().skip(1).map(|path| std::fs::canonicalize(path).unwrap()).collect();
    let first = rules.first().expect("rule files as arguments").clone();
    let (server, client) = Connection::memory();
    let settings = Settings { rules, ..Settings::default() };
    let server = std::thread::spawn(move || serve(&server, &settings));
    let tell = |method: &str, params: Value| {
        client.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    };
    let ask = |id: i32, method: &str, params: Value| {
        client.sender.send(Request::new(id.into(), method.to_owned(), params).into()).unwrap();
    };
    let uri = format!("file://{}", first.display());
    // Until the diagnostics of the document, or the answer.
    let wait = |answer: bool| {
        let start = Instant::now();
        loop {
            match client.receiver.recv().unwrap() {
                Message::Response(_) if answer => break,
                Message::Notification(one) if !answer && one.params["uri"] == uri => break,
                _ => {}
            }
        }
        start.elapsed()
    };
    ask(0, "initialize", json!({"capabilities": {}}));
    wait(true);
    let text = std::fs::read_to_string(&first).unwrap();
    let end = json!({"line": text.lines().count(), "character": 0});
    let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
    tell("textDocument/didOpen", json!({ "textDocument": document }));
    println!("opened: {:?}", wait(false));
    let (mut reports, mut completions) = (Vec::new(), Vec::new());
    for key in 1..=KEYS {
        let change = json!({"range": {"start": end, "end": end}, "text": "#"});
        let document = json!({"uri": uri, "version": key + 1});
        tell(
            "textDocument/didChange",
            json!({"textDocument": document, "contentChanges": [change]}),
        );
        reports.push(wait(false));
        ask(
            i32::try_from(key).unwrap(),
            "textDocument/completion",
            json!({"textDocument": {"uri": uri}, "position": end}),
        );
        completions.push(wait(true));
    }
    let shown = |what: &str, mut times: Vec<Duration>| {
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        println!("{what}: median {:?}, 95 of 100 within {:?}", at(50), at(95));
    };
    shown("diagnostics", reports);
    shown("completion", completions);
    tell("exit", Value::Null);
    server.join().unwrap();
}
