//! `peregrine rules lsp`: what an editor starts to be helped with rule files.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::rules::{SHIPPED, shipped};

use crate::rules::Settings;

#[derive(Debug, Args)]
#[command(
    after_help = "Loaded together: the files of -r in order, or those the editor names in\ninitializationOptions ({\"rules\": [...]}); else the shipped rules, then the\nrule files of the folder the document is in.\n\nExample, for Neovim:\n  vim.lsp.start({ name = 'peregrine', cmd = { 'peregrine', 'rules', 'lsp' } })\n\nOther editors: docs/editors.md"
)]
pub(crate) struct Flags {
    /// Rule files and folders that are loaded together, in order; shipped for the shipped rules. Repeatable.
    #[arg(short, long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Where copies of shipped files are put when an editor is to open one; nowhere without a home.
fn copies() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|path| Path::new(path).is_absolute());
    let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")))?;
    Some(cache.join("peregrine").join(concat!("rules-", env!("CARGO_PKG_VERSION"))))
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let absolute = |path: &PathBuf| {
        if path.as_os_str() == SHIPPED {
            return Ok(path.clone());
        }
        std::path::absolute(path).context("there is no current folder")
    };
    let settings = peregrine_lsp::Settings {
        rules: flags.rules.iter().map(absolute).collect::<anyhow::Result<_>>()?,
        shipped: shipped().map(|file| (file.name, file.text)).collect(),
        copies: copies(),
        options: flags.settings.options()?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let input = BufReader::new(std::io::stdin());
    if !peregrine_lsp::run(&settings, input, std::io::stdout())? {
        anyhow::bail!("the editor ended without `shutdown`");
    }
    Ok(ExitCode::SUCCESS)
}
