//! `peregrine rules check`: every mistake in rule files, or what `falco -V` says of them.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::rules::{RuleFile, rule_files};
use peregrine_rules::falco::{self, FileResult};
use peregrine_rules::{
    Decoded, Diagnostic, Loaded, Options, SourceText, decode, load, load_each, schema_warnings,
};
use serde_json::{Value, json};

use crate::rules::Settings;
use crate::table::Paint;
use crate::terminal::counted;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules check my_rules.yaml\n  peregrine rules check a.yaml rules.d --json\n  peregrine rules check my_rules.yaml --falco\n  peregrine rules check - < my_rules.yaml"
)]
pub(crate) struct Flags {
    /// Rule files and folders, in order; - for stdin.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// As JSON: Falco's `falco_load_results`.
    #[arg(long)]
    json: bool,
    /// In Falco's words and file by file, as `falco -V` does: loading ends at the first error, and what
    /// only Peregrine takes is one.
    #[arg(long)]
    falco: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What was asked for: the files there are, and those that cannot be read.
struct Asked {
    files: Vec<RuleFile>,
    /// Each with how many files stand before it.
    missing: Vec<(usize, Diagnostic)>,
}

/// The rule file on stdin.
fn stdin() -> std::io::Result<RuleFile> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let Decoded { text, note } = decode(bytes);
    Ok(RuleFile { name: "stdin".to_owned(), text, note })
}

fn read(paths: &[PathBuf]) -> Asked {
    let mut asked = Asked { files: Vec::new(), missing: Vec::new() };
    for path in paths {
        let files = if path.as_os_str() == "-" {
            stdin().map(|file| vec![file]).map_err(anyhow::Error::from)
        } else {
            rule_files(std::slice::from_ref(path)).map_err(anyhow::Error::from)
        };
        match files {
            Ok(files) => asked.files.extend(files),
            Err(error) => {
                let why = format!("{error:#}");
                let reported = Diagnostic::of_file(&path.display().to_string(), why);
                asked.missing.push((asked.files.len(), reported));
            }
        }
    }
    asked
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let asked = read(&flags.files);
    let options = Options { as_falco: flags.falco, ..flags.settings.options()? };
    let sources: Vec<SourceText<'_>> = asked.files.iter().map(RuleFile::source).collect();
    if flags.falco {
        return as_falco(flags, &asked, &sources, &options);
    }
    let mut loaded = load(&sources, &options);
    loaded.diagnostics.splice(0..0, asked.files.iter().filter_map(RuleFile::diagnostic));
    loaded.diagnostics.splice(0..0, asked.missing.iter().map(|(_, reported)| reported.clone()));
    let failed = loaded.failed() || !loaded.unmet_plugins.is_empty();
    let code = if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    let mut out = std::io::stdout().lock();
    if flags.json {
        let of = |source: &SourceText<'_>| {
            loaded.diagnostics.iter().filter(|reported| reported.file == source.name).collect()
        };
        let of_files: Vec<Vec<&Diagnostic>> = sources.iter().map(of).collect();
        let mut results = results(&asked, &sources, &of_files);
        // What the configuration appends is in no file.
        let known =
            |reported: &&Diagnostic| results.iter().any(|result| result.name == reported.file);
        let (_, elsewhere): (Vec<_>, Vec<_>) = loaded.diagnostics.iter().partition(known);
        if let Some(first) = elsewhere.first() {
            let name = first.file.as_str();
            let sources = sources.as_slice();
            results.push(FileResult { name, diagnostics: elsewhere, schema: None, sources });
        }
        let rows: Vec<_> = results.iter().map(with_places).collect();
        writeln!(out, "{}", json!({"falco_load_results": rows}))?;
        return Ok(code);
    }
    let paint = Paint::stdout();
    for reported in &loaded.diagnostics {
        writeln!(out, "{}", paint_told(paint, reported))?;
    }
    for line in &loaded.unmet_plugins {
        writeln!(out, "{}: {line}", paint.bad("error"))?;
    }
    let errors = loaded.diagnostics.iter().filter(|reported| reported.is_error()).count();
    let warnings = loaded.diagnostics.len() - errors;
    let count = |number: usize, what: &str| counted(number as u64, what);
    let summary = format!(
        "{}, {}, {}, {}",
        count(asked.files.len(), "file"),
        count(loaded.rules.rules.len(), "rule"),
        count(errors + loaded.unmet_plugins.len(), "error"),
        count(warnings, "warning"),
    );
    writeln!(out, "{}", if failed { paint.bad(&summary) } else { paint.good(&summary) })?;
    Ok(code)
}

/// A file's result as Falco writes it, and beside each mistake what editors ask for: its words for
/// people, place, bytes and what mends it.
fn with_places(result: &FileResult<'_>) -> Value {
    let mut row = falco::json_of(result);
    for (key, errors) in [("errors", true), ("warnings", false)] {
        let reported = result.diagnostics.iter().filter(|reported| reported.is_error() == errors);
        for (index, reported) in reported.enumerate() {
            let edits = reported.repair.iter().flat_map(|repair| &repair.edits).map(
                |edit| json!({ "start": edit.span.start, "end": edit.span.end, "text": edit.text }),
            );
            row[key][index]["peregrine"] = json!({
                "message": reported.message(), "line": reported.place.line, "column": reported.place.column,
                "start": reported.span.start, "end": reported.span.end, "help": reported.help,
                "repair": reported.repair.as_ref().map(|repair| repair.title.as_str()),
                "edits": edits.collect::<Vec<_>>(),
            });
        }
    }
    row
}

/// The results in the order in which the files were asked for.
fn results<'d>(
    asked: &'d Asked,
    sources: &'d [SourceText<'d>],
    reported: &[Vec<&'d Diagnostic>],
) -> Vec<FileResult<'d>> {
    let missing = |before: usize| {
        asked.missing.iter().filter(move |(place, _)| *place == before).map(|(_, reported)| {
            FileResult { name: &reported.file, diagnostics: vec![reported], schema: None, sources }
        })
    };
    let mut results = Vec::new();
    for (place, (source, reported)) in sources.iter().zip(reported).enumerate() {
        results.extend(missing(place));
        results.push(FileResult {
            name: source.name,
            diagnostics: reported.clone(),
            schema: schema_warnings(source.text),
            sources,
        });
    }
    results.extend(missing(sources.len()));
    results
}

/// What `falco -V` does: file by file, each with what is wrong once it is read too.
fn as_falco(
    flags: &Flags,
    asked: &Asked,
    sources: &[SourceText<'_>],
    options: &Options,
) -> anyhow::Result<ExitCode> {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    // Falco ends here; in JSON it is reported as well, beside the other files.
    if let (Some((_, reported)), false) = (asked.missing.first(), flags.json) {
        writeln!(err, "Error: Could not open file {} for reading", reported.file)?;
        return Ok(ExitCode::FAILURE);
    }
    let loaded = load_each(sources, options);
    let failed = loaded.iter().any(Loaded::failed) || !asked.missing.is_empty();
    let unmet = loaded.iter().map(|loaded| &loaded.unmet_plugins).rfind(|unmet| !unmet.is_empty());
    if let (Some(unmet), false) = (unmet, failed) {
        writeln!(err, "Error: {}", unmet.join("; "))?;
        return Ok(ExitCode::FAILURE);
    }
    let reported: Vec<Vec<&Diagnostic>> =
        loaded.iter().map(|loaded| loaded.diagnostics.iter().collect()).collect();
    let results = results(asked, sources, &reported);
    let texts: Vec<String> = results.iter().map(falco::text).collect();
    let summary = texts.join("\n");
    if flags.json {
        let rows: Vec<_> = results.iter().map(falco::json_of).collect();
        writeln!(out, "{}", json!({"falco_load_results": rows}))?;
    } else {
        writeln!(out, "{summary}")?;
    }
    if failed {
        writeln!(err, "Error: {summary}")?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn paint_told(paint: Paint, reported: &Diagnostic) -> String {
    let text = reported.to_string();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let first = if reported.is_error() { paint.bad(first) } else { first.to_owned() };
    format!("{first}\n{rest}")
}
