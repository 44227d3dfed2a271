//! `peregrine correlate explain`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_correlate::explain;

use super::loaded;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine correlate explain my_correlations.yaml\n  peregrine correlate explain shipped"
)]
pub(super) struct Flags {
    /// Files and folders of correlations; `shipped` are those we ship, as without one.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let correlations = loaded(&flags.files)?;
    let mut out = std::io::stdout().lock();
    for (number, item) in correlations.items.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        out.write_all(explain(&correlations, item).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
