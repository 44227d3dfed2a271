//! `peregrine rules fmt`.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::rules::{RuleFile, SHIPPED, rule_files};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules fmt my_rules.yaml\n  peregrine rules fmt rules.d --check\n  peregrine rules fmt - < my_rules.yaml"
)]
pub(crate) struct Flags {
    /// Rule files and folders, rewritten in place; - for stdin to stdout.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing: name the files that are not in order, and fail if there are any.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if flags.files.iter().any(|file| file.as_os_str() == "-") {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).context("cannot read stdin")?;
        out.write_all(in_order("stdin", &text)?.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.files.iter().any(|file| file.as_os_str() == SHIPPED) {
        anyhow::bail!("the shipped rules are built in; a file of that name is ./{SHIPPED}");
    }
    let mut edits = Vec::new();
    for RuleFile { name, text, note } in rule_files(&flags.files)? {
        // Written again it would be another file.
        if let Some((place, note)) = note {
            anyhow::bail!("{name}:{}:{}: {note}: write it as UTF-8", place.line, place.column);
        }
        let formatted = in_order(&name, &text)?;
        if formatted != text {
            edits.push((name, formatted));
        }
    }
    // Only when all of them could be read is any of them touched.
    for (name, text) in &edits {
        if flags.check {
            writeln!(out, "{name}: not in order; `peregrine rules fmt {name}` mends it")?;
        } else {
            replace(Path::new(name), text).with_context(|| format!("cannot write {name}"))?;
            writeln!(out, "{name}: put in order")?;
        }
    }
    let failed = flags.check && !edits.is_empty();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn in_order(name: &str, text: &str) -> anyhow::Result<String> {
    peregrine_rules::format(text).map_err(|error| {
        let place = error.place;
        anyhow::anyhow!("{name}:{}:{}: {error}", place.line, place.column)
    })
}

/// Whoever reads the file meanwhile sees the old text or the new, never a part; a link stays one.
pub(crate) fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let file = file.canonicalize()?;
    let mut aside = file.clone().into_os_string();
    aside.push(format!(".{}.new", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = std::fs::write(&aside, text)
        .and_then(|()| std::fs::set_permissions(&aside, std::fs::metadata(&file)?.permissions()))
        .and_then(|()| std::fs::rename(&aside, &file));
    if written.is_err() {
        let _ = std::fs::remove_file(&aside);
    }
    written
}
