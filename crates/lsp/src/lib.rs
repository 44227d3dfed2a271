//! A language server for rule files: what editors ask while people write them.
//!
//! In: messages of the Language Server Protocol, texts of open documents, rule files on disk.
//! Out: diagnostics (those of `peregrine rules check`), what may be written at a place, what is said of a
//! word, where names stand, changes of files as the editor is to make them.
//! Never: a change of a rule file; an end because of a message or a text, whatever it says.
//!
//! Start reading at `server.rs`: what each message does. `files` says which files are loaded together,
//! `index` what stands in one file, `project` what names mean in all of them. `condition` and `cursor` read what
//! is not finished yet.

mod about;
mod completion;
mod condition;
mod cursor;
mod diagnostics;
mod files;
mod hover;
mod index;
mod lines;
mod navigation;
mod project;
mod requests;
mod server;
mod transport;
mod uri;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use peregrine_rules::Options;

pub use server::serve;

/// What a server is started with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Files and folders that are loaded together, in order; `shipped` stands for the shipped rules. Without
    /// one: the shipped rules, then the folder a document is in. A client may say otherwise.
    pub rules: Vec<PathBuf>,
    /// The shipped rules: name and text of each file.
    pub shipped: Vec<(String, String)>,
    /// The folder where copies of shipped files are put when an editor is to open one.
    pub copies: Option<PathBuf>,
    /// How rules are loaded.
    pub options: Options,
    /// The version that the server reports to clients.
    pub version: String,
}

/// Serves one client over two streams, until it says `exit` or the input ends. Returns whether it asked to
/// shut down before that, as the protocol wants.
///
/// # Errors
/// When the output cannot be written.
pub fn run(
    settings: &Settings,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> std::io::Result<bool> {
    let (connection, writer) = transport::connect(input, output);
    let orderly = serve(&connection, settings);
    let _ = connection.sender.send(transport::done());
    writer.join()?;
    Ok(orderly)
}
