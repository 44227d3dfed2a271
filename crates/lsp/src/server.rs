//! The loop: one message after the other; diagnostics when none waits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr as _;

use crossbeam_channel::TryRecvError;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DidChangeTextDocumentParams, DidChangeWatchedFilesRegistrationOptions,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    FileSystemWatcher, GlobPattern, HoverProviderCapability, InitializeParams, InitializeResult,
    OneOf, PositionEncodingKind, PublishDiagnosticsParams, Registration, RegistrationParams,
    RenameOptions, ServerCapabilities, ServerInfo, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, Uri, WorkDoneProgressOptions,
};
use peregrine_fields::Catalogue;
use peregrine_rules::{Diagnostic, Options};
use serde::de::DeserializeOwned;

use crate::files::{Files, Together, View};
use crate::index::looks_like_rules;
use crate::lines::Encoding;
use crate::project::Project;
use crate::{Settings, diagnostics, requests, uri};

/// How many mistakes of one file editors are sent: the first of them, for who mends those sees the next.
const MOST_SHOWN: usize = 1000;

/// How far the protocol has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody has said `initialize`.
    Fresh,
    Ready,
    /// Somebody has said `shutdown`.
    Done,
}

/// Why a request has no result.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code: code as i32, message: message.into() }
    }
}

pub(crate) struct Server<'c> {
    connection: &'c Connection,
    version: String,
    pub(crate) options: Options,
    pub(crate) catalogue: Catalogue,
    pub(crate) files: Files,
    pub(crate) encoding: Encoding,
    stage: Stage,
    /// Whether the client registers what is asked of it.
    watches: bool,
    /// Whether something changed since diagnostics were sent.
    changed: bool,
    /// Where diagnostics stand.
    published: BTreeSet<String>,
    /// What was found last, by set of files.
    pub(crate) found: BTreeMap<Together, Vec<Diagnostic>>,
}

/// Serves one client until it says `exit` or is gone. Returns whether it asked to shut down before that.
pub fn serve(connection: &Connection, settings: &Settings) -> bool {
    let mut server = Server {
        connection,
        version: settings.version.clone(),
        options: settings.options.clone(),
        catalogue: Catalogue::with_static(&settings.options.static_fields),
        files: Files::new(settings),
        encoding: Encoding::default(),
        stage: Stage::Fresh,
        watches: false,
        changed: false,
        published: BTreeSet::new(),
        found: BTreeMap::new(),
    };
    loop {
        // Whoever types fast is not answered of each letter: what waits is read first.
        let message = match connection.receiver.try_recv() {
            Err(TryRecvError::Empty) => {
                server.diagnose();
                connection.receiver.recv().map_err(|_| ())
            }
            other => other.map_err(|_| ()),
        };
        match message {
            Ok(Message::Request(request)) => server.request(request),
            Ok(Message::Notification(one)) if one.method == "exit" => break,
            Ok(Message::Notification(one)) => server.notification(one),
            // Of what was asked of the client nothing depends on its answer.
            Ok(Message::Response(_)) => {}
            Err(()) => break,
        }
    }
    server.stage == Stage::Done
}

/// The parameters of a message.
pub(crate) fn params<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(value)
        .map_err(|error| Failure::new(ErrorCode::InvalidParams, error.to_string()))
}

impl Server<'_> {
    fn send(&self, message: impl Into<Message>) {
        // A client that is gone ends the loop by its silence.
        let _ = self.connection.sender.send(message.into());
    }

    fn notify(&self, method: &str, params: impl serde::Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params: value } = request;
        let result = match (self.stage, method.as_str()) {
            (Stage::Fresh, "initialize") => self.initialize(value),
            (Stage::Fresh, _) => Err(Failure::new(
                ErrorCode::ServerNotInitialized,
                "`initialize` comes before anything else",
            )),
            (Stage::Done, _) => Err(Failure::new(
                ErrorCode::InvalidRequest,
                "nothing but `exit` follows `shutdown`",
            )),
            (Stage::Ready, "initialize") => {
                Err(Failure::new(ErrorCode::InvalidRequest, "`initialize` comes once"))
            }
            (Stage::Ready, "shutdown") => {
                self.stage = Stage::Done;
                Ok(serde_json::Value::Null)
            }
            (Stage::Ready, method) => requests::answer(self, method, value),
        };
        self.send(match result {
            Ok(result) => Response::new_ok(id, result),
            Err(Failure { code, message }) => Response::new_err(id, code, message),
        });
    }

    fn initialize(&mut self, value: serde_json::Value) -> Result<serde_json::Value, Failure> {
        let params: InitializeParams = params(value)?;
        let offered = params.capabilities.general.and_then(|general| general.position_encodings);
        if offered.is_some_and(|offered| offered.contains(&PositionEncodingKind::UTF8)) {
            self.encoding = Encoding::Utf8;
        }
        self.watches = params
            .capabilities
            .workspace
            .and_then(|workspace| workspace.did_change_watched_files)
            .and_then(|watched| watched.dynamic_registration)
            .unwrap_or_default();
        let folder = params.workspace_folders.unwrap_or_default().into_iter().next();
        #[expect(deprecated, reason = "clients of before there were many folders send it")]
        let root = folder.map(|folder| folder.uri).or(params.root_uri);
        let root = root.and_then(|root| uri::path_of(root.as_str()));
        if let Some(options) = params.initialization_options
            && let Some(rules) = options.get("rules")
        {
            let rules: Vec<PathBuf> = serde_json::from_value(rules.clone()).map_err(|_| {
                Failure::new(
                    ErrorCode::InvalidParams,
                    "initializationOptions.rules is a list of files and folders",
                )
            })?;
            self.files.name(&rules, root.as_deref());
        }
        self.stage = Stage::Ready;
        let result = InitializeResult {
            capabilities: capabilities(self.encoding),
            server_info: Some(ServerInfo {
                name: "peregrine".to_owned(),
                version: Some(self.version.clone()).filter(|version| !version.is_empty()),
            }),
        };
        Ok(serde_json::to_value(result).unwrap_or_default())
    }

    /// Asks the client to say when rule files change on disk.
    fn watch(&self) {
        let watcher = |glob: &str| FileSystemWatcher {
            glob_pattern: GlobPattern::String(glob.to_owned()),
            kind: None,
        };
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: ["**/*.yaml", "**/*.yml"].map(watcher).to_vec(),
        };
        let registration = Registration {
            id: "rule files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let id = RequestId::from("rule files".to_owned());
        self.send(Request::new(id, "client/registerCapability".to_owned(), params));
    }

    /// A notification that cannot be read changes nothing.
    fn notification(&mut self, one: Notification) {
        if self.stage != Stage::Ready {
            return;
        }
        let value = one.params;
        match one.method.as_str() {
            "initialized" => {
                if self.watches {
                    self.watch();
                }
                return;
            }
            "textDocument/didOpen" => {
                let Ok(params) = params::<DidOpenTextDocumentParams>(value) else { return };
                self.files.open(&params.text_document.uri, params.text_document.text);
            }
            "textDocument/didChange" => {
                let Ok(params) = params::<DidChangeTextDocumentParams>(value) else { return };
                let uri = &params.text_document.uri;
                self.files.change(uri, params.content_changes, self.encoding);
            }
            "textDocument/didClose" => {
                let Ok(params) = params::<DidCloseTextDocumentParams>(value) else { return };
                self.files.close(&params.text_document.uri);
            }
            "textDocument/didSave" => {
                if params::<DidSaveTextDocumentParams>(value).is_err() {
                    return;
                }
            }
            "workspace/didChangeWatchedFiles" => {}
            _ => return,
        }
        self.changed = true;
    }

    /// The files a document is loaded with, and the names in them.
    pub(crate) fn project(&mut self, uri: &Uri) -> (Together, Project) {
        let together = self.files.together(uri);
        let views = self.files.views(&together);
        (together, Project::new(views))
    }

    /// Sends what is wrong with all sets of files of which a document is open.
    pub(crate) fn diagnose(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        self.found.clear();
        let before = std::mem::take(&mut self.published);
        for together in self.files.open_sets() {
            let views = self.files.views(&together);
            if together == Together::Shipped {
                continue;
            }
            let project = Project::new(views);
            let found = diagnostics::all(&project.views, &self.options);
            for view in project.views.iter().filter(|view| !view.shipped) {
                let Some(uri) = &view.uri else { continue };
                // What was named is reported with the others that were.
                let alone = match &together {
                    Together::NamedAnd(only) | Together::Alone(only) => only != uri.as_str(),
                    _ => false,
                };
                if alone || !is_rules(&together, view) {
                    continue;
                }
                let of_view = found.iter().filter(|one| one.file == view.name).take(MOST_SHOWN);
                let shown = of_view
                    .map(|one| diagnostics::shown(&self.files, &project, view, one, self.encoding))
                    .collect();
                self.publish(uri, shown);
                self.published.insert(uri.as_str().to_owned());
            }
            self.found.insert(together, found);
        }
        for uri in before.difference(&self.published) {
            if let Ok(uri) = Uri::from_str(uri) {
                self.publish(&uri, Vec::new());
            }
        }
    }

    fn publish(&self, uri: &Uri, diagnostics: Vec<lsp_types::Diagnostic>) {
        let params = PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version: None };
        self.notify("textDocument/publishDiagnostics", params);
    }
}

/// Whether a file is one of rules: those that were named are, whatever they say.
fn is_rules(together: &Together, view: &View) -> bool {
    *together == Together::Named || looks_like_rules(&view.text)
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let no_progress = WorkDoneProgressOptions::default;
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(true.into()),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "%", "(", " "].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: no_progress(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}
