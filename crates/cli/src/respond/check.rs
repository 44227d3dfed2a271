//! `peregrine respond check`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::respond::response_files;
use peregrine_respond::Mistake;
use serde_json::{Value as Json, json};

use crate::table::Paint;
use crate::terminal::counted;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Response files and folders, in order; `shipped` for those that come with Peregrine.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let (responses, files, mistakes) = match response_files(&flags.files) {
        Ok((responses, files)) => (responses, files, Vec::new()),
        Err(error) => (Vec::new(), flags.files.len(), error.0),
    };
    let mut out = std::io::stdout().lock();
    if flags.json {
        let mistakes: Vec<Json> = mistakes.iter().map(of_mistake).collect();
        let names: Vec<&str> = responses.iter().map(|response| response.name.as_str()).collect();
        writeln!(out, "{}", json!({"responses": names, "errors": mistakes}))?;
    } else {
        let paint = Paint::stdout();
        for mistake in &mistakes {
            let text = mistake.to_string();
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            writeln!(out, "{}\n{rest}", paint.bad(first))?;
        }
        let count = |number: usize, what: &str| counted(number as u64, what);
        let summary = format!(
            "{}, {}, {}",
            count(files, "file"),
            count(responses.len(), "response"),
            count(mistakes.len(), "error"),
        );
        let good = mistakes.is_empty();
        writeln!(out, "{}", if good { paint.good(&summary) } else { paint.bad(&summary) })?;
    }
    Ok(if mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn of_mistake(mistake: &Mistake) -> Json {
    json!({
        "file": mistake.file, "line": mistake.place.line, "column": mistake.place.column,
        "code": mistake.kind.code(), "message": mistake.kind.to_string(),
        "response": mistake.response, "text": mistake.to_string(),
    })
}
