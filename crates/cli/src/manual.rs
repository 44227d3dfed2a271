//! `peregrine man` and `peregrine completions`: made from the same flags as `--help`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine man | man -l -\n  peregrine man rules check | man -l -\n  peregrine man --dir /usr/local/share/man/man1"
)]
pub(crate) struct ManFlags {
    /// The command whose page is meant; none: that of peregrine itself.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write the pages of all commands into this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine completions bash > /usr/share/bash-completion/completions/peregrine\n  source <(peregrine completions zsh)"
)]
pub(crate) struct CompletionFlags {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn man(mut flags: Command, wanted: &ManFlags) -> anyhow::Result<ExitCode> {
    flags = flags.disable_help_subcommand(true);
    if let Some(folder) = &wanted.dir {
        pages(flags, folder)
            .with_context(|| format!("cannot write pages into {}", folder.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    flags.build();
    let mut command = &flags;
    for name in &wanted.command {
        command = command
            .find_subcommand(name)
            .with_context(|| format!("there is no command '{}'", wanted.command.join(" ")))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    std::io::stdout().lock().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn pages(flags: Command, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(flags, folder)
}

pub(crate) fn completions(
    mut flags: Command,
    wanted: &CompletionFlags,
) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, &mut flags, "peregrine", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}
