//! A client in this process, and marks in texts.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use peregrine_lsp::{Settings, serve};
use serde_json::{Value, json};

/// How long an answer may take on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder of its own, gone at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("peregrine-lsp-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        format!("file://{}", path.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server in a thread, and what was received of it.
pub(crate) struct Client {
    connection: Option<Connection>,
    server: Option<JoinHandle<bool>>,
    next: i32,
    received: Vec<Notification>,
}

impl Client {
    /// A server nobody has spoken to.
    pub(crate) fn fresh(settings: &Settings) -> Self {
        let (server, client) = Connection::memory();
        let settings = settings.clone();
        let server = std::thread::spawn(move || serve(&server, &settings));
        Self { connection: Some(client), server: Some(server), next: 0, received: Vec::new() }
    }

    /// A server that is ready for documents.
    pub(crate) fn ready(settings: &Settings, initialize: &Value) -> Self {
        let mut client = Self::fresh(settings);
        let mut params = json!({"capabilities": {}, "processId": null, "rootUri": null});
        for (key, value) in initialize.as_object().unwrap() {
            params[key] = value.clone();
        }
        client.ask("initialize", params).unwrap();
        client.tell("initialized", json!({}));
        client
    }

    pub(crate) fn tell(&self, method: &str, params: Value) {
        let message = Notification::new(method.to_owned(), params);
        self.connection.as_ref().unwrap().sender.send(message.into()).unwrap();
    }

    fn receive(&self) -> Message {
        self.connection.as_ref().unwrap().receiver.recv_timeout(PATIENCE).unwrap()
    }

    /// The result of a request, or its error's code and words.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, (i32, String)> {
        self.next += 1;
        let id = RequestId::from(self.next);
        let request = Request::new(id.clone(), method.to_owned(), params);
        self.connection.as_ref().unwrap().sender.send(request.into()).unwrap();
        loop {
            match self.receive() {
                Message::Response(response) => {
                    assert_eq!(response.id, id);
                    return response.response_result.map_err(|error| (error.code, error.message));
                }
                Message::Notification(one) => self.received.push(one),
                Message::Request(_) => {}
            }
        }
    }

    pub(crate) fn open(&self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(crate) fn change(&self, uri: &str, change: &Value) {
        let document = json!({"uri": uri, "version": 2});
        let params = json!({"textDocument": document, "contentChanges": [change]});
        self.tell("textDocument/didChange", params);
    }

    /// The next diagnostics of a document.
    pub(crate) fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        loop {
            let of_uri = |one: &Notification| {
                one.method == "textDocument/publishDiagnostics" && one.params["uri"] == uri
            };
            if let Some(place) = self.received.iter().position(of_uri) {
                let one = self.received.remove(place);
                return one.params["diagnostics"].as_array().unwrap().clone();
            }
            if let Message::Notification(one) = self.receive() {
                self.received.push(one);
            }
        }
    }

    /// Ends the server; whether it ended in order.
    pub(crate) fn end(mut self) -> bool {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap()
    }

    /// Leaves without a word; whether that was in order.
    pub(crate) fn leave(mut self) -> bool {
        self.connection = None;
        self.server.take().unwrap().join().unwrap()
    }
}

/// A text without its mark, and where the mark is: line and column.
pub(crate) fn marked(text: &str) -> (String, Value) {
    let at = text.find('|').expect("a mark");
    let before = &text[..at];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    (text.replacen('|', "", 1), json!({"line": line, "character": column}))
}

/// A text with edits of the protocol applied; columns in units of 16 bits.
pub(crate) fn edited(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| {
        let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = 0;
        let rest = &text[start..];
        let letters = rest.char_indices().find(|(_, letter)| {
            let here = units >= column;
            units += letter.len_utf16();
            here
        });
        start + letters.map_or(rest.len(), |(at, _)| at)
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(&range["start"]), offset(&range["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_unstable();
    let mut out = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}

/// A server over two shipped files, in a folder of its own.
pub(crate) fn settings(folder: &Folder) -> Settings {
    let shipped = [
        (
            "built in: rules/words.yaml",
            "- list: shells\n  items: [bash, sh]\n\n- macro: shipped_open\n  condition: evt.type in (open, openat)\n",
        ),
        (
            "built in: rules/some.yaml",
            "- rule: Shipped rule\n  desc: d\n  condition: shipped_open and proc.name in (shells)\n  output: o\n  priority: INFO\n  tags: [shipped_tag]\n",
        ),
    ];
    Settings {
        shipped: shipped.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
        copies: Some(folder.path().join("copies")),
        ..Settings::default()
    }
}
