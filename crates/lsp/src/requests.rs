//! What is asked of a document, and the answers.

use std::rc::Rc;

use lsp_server::ErrorCode;
use lsp_types::{
    CodeActionOrCommand, CodeActionParams, CompletionParams, CompletionResponse,
    DocumentFormattingParams, DocumentSymbolParams, DocumentSymbolResponse, GotoDefinitionParams,
    GotoDefinitionResponse, Hover, HoverContents, HoverParams, MarkupContent, MarkupKind,
    PrepareRenameResponse, ReferenceParams, RenameParams, TextDocumentPositionParams, Uri,
};
use serde_json::Value;

use crate::completion::Asked;
use crate::files::View;
use crate::project::Project;
use crate::server::{Failure, Server, params};
use crate::{diagnostics, hover, navigation};

/// The request failed though it was a right one.
const REQUEST_FAILED: ErrorCode = ErrorCode::RequestFailed;

fn json(result: impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(result)
        .map_err(|error| Failure::new(ErrorCode::InternalError, error.to_string()))
}

/// A document that is open, what it is loaded with, and the byte that is asked about.
fn place(
    server: &mut Server<'_>,
    at: &TextDocumentPositionParams,
) -> Option<(Rc<View>, Project, usize)> {
    let uri = &at.text_document.uri;
    let view = server.files.document(uri)?;
    let (_, project) = server.project(uri);
    let offset = view.lines.offset(&view.text, at.position, server.encoding);
    Some((view, project, offset))
}

fn document(server: &Server<'_>, uri: &Uri) -> Result<Rc<View>, Failure> {
    let missing = || Failure::new(REQUEST_FAILED, format!("{} is not open", uri.as_str()));
    server.files.document(uri).ok_or_else(missing)
}

/// Answers a request.
pub(crate) fn answer(
    server: &mut Server<'_>,
    method: &str,
    value: Value,
) -> Result<Value, Failure> {
    match method {
        "textDocument/completion" => completion(server, &params(value)?),
        "textDocument/hover" => hover(server, &params(value)?),
        "textDocument/definition" => definition(server, &params(value)?),
        "textDocument/references" => references(server, &params(value)?),
        "textDocument/prepareRename" => prepare_rename(server, &params(value)?),
        "textDocument/rename" => rename(server, &params(value)?),
        "textDocument/documentSymbol" => {
            let params: DocumentSymbolParams = params(value)?;
            let view = document(server, &params.text_document.uri)?;
            json(DocumentSymbolResponse::Nested(navigation::symbols(&view, server.encoding)))
        }
        "textDocument/formatting" => {
            let params: DocumentFormattingParams = params(value)?;
            let view = document(server, &params.text_document.uri)?;
            let edits = navigation::formatting(&view, server.encoding);
            json(edits.map_err(|why| Failure::new(REQUEST_FAILED, why))?)
        }
        "textDocument/codeAction" => actions(server, &params(value)?),
        other => {
            Err(Failure::new(ErrorCode::MethodNotFound, format!("there is no method {other}")))
        }
    }
}

fn completion(server: &mut Server<'_>, params: &CompletionParams) -> Result<Value, Failure> {
    let Some((view, project, offset)) = place(server, &params.text_document_position) else {
        return Ok(Value::Null);
    };
    let asked = Asked {
        view: &view,
        project: &project,
        catalogue: &server.catalogue,
        encoding: server.encoding,
    };
    json(CompletionResponse::Array(asked.completion(offset)))
}

fn hover(server: &mut Server<'_>, params: &HoverParams) -> Result<Value, Failure> {
    let at = place(server, &params.text_document_position_params);
    let found = at.and_then(|(view, project, offset)| {
        let (value, bytes) = hover::at(&view, &project, &server.catalogue, offset)?;
        let contents = MarkupContent { kind: MarkupKind::Markdown, value };
        Some(Hover {
            contents: HoverContents::Markup(contents),
            range: Some(view.range(&bytes, server.encoding)),
        })
    });
    json(found)
}

fn definition(server: &mut Server<'_>, params: &GotoDefinitionParams) -> Result<Value, Failure> {
    let at = place(server, &params.text_document_position_params);
    let found = at.and_then(|(view, project, offset)| {
        let (kind, name, _) = navigation::name_at(&view, &project, offset)?;
        let places = project.definitions(kind, &name);
        let locations = navigation::locations(&server.files, &project, &places, server.encoding);
        Some(GotoDefinitionResponse::Array(locations))
    });
    json(found)
}

fn references(server: &mut Server<'_>, params: &ReferenceParams) -> Result<Value, Failure> {
    let at = place(server, &params.text_document_position);
    let found = at.and_then(|(view, project, offset)| {
        let (kind, name, _) = navigation::name_at(&view, &project, offset)?;
        let mut places = project.references(kind, &name);
        if !params.context.include_declaration {
            let defines = |place: &crate::project::Place| {
                project.items(kind, &name).iter().any(|(file, item)| {
                    *file == place.0 && !item.changes && item.name_bytes == place.1
                })
            };
            places.retain(|place| !defines(place));
        }
        Some(navigation::locations(&server.files, &project, &places, server.encoding))
    });
    json(found)
}

fn prepare_rename(
    server: &mut Server<'_>,
    params: &TextDocumentPositionParams,
) -> Result<Value, Failure> {
    let found = place(server, params).and_then(|(view, project, offset)| {
        let (_, name, word) = navigation::name_at(&view, &project, offset)?;
        let range = view.range(&word.bytes, server.encoding);
        Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: name })
    });
    json(found)
}

fn rename(server: &mut Server<'_>, params: &RenameParams) -> Result<Value, Failure> {
    let nothing = || Failure::new(REQUEST_FAILED, "there is no name of a list, macro or rule here");
    let (view, project, offset) =
        place(server, &params.text_document_position).ok_or_else(nothing)?;
    let (kind, name, _) = navigation::name_at(&view, &project, offset).ok_or_else(nothing)?;
    let new = params.new_name.as_str();
    let edit = navigation::rename(&server.files, &project, (kind, &name), new, server.encoding);
    json(edit.map_err(|why| Failure::new(REQUEST_FAILED, why))?)
}

fn actions(server: &mut Server<'_>, params: &CodeActionParams) -> Result<Value, Failure> {
    let uri = &params.text_document.uri;
    let Some(view) = server.files.document(uri) else { return Ok(Value::Null) };
    // Of the text as it is now.
    server.diagnose();
    let (together, project) = server.project(uri);
    let found = server.found.get(&together).map(Vec::as_slice).unwrap_or_default();
    let (files, encoding) = (&server.files, server.encoding);
    let actions = diagnostics::actions(files, &project, &view, found, params.range, encoding);
    let actions: Vec<_> = actions.into_iter().map(CodeActionOrCommand::CodeAction).collect();
    json(actions)
}
