//! `peregrine respond verify`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_act::signature_of;
use peregrine_journal::PublicKey;

use super::Place;
use crate::journal::{anchor, public_key};
use crate::terminal::Errors;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The archive; its signature lies beside it.
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// The public key of the journal, as a file or as 64 hexadecimal digits, where the evidence is another host's.
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let key = match &flags.public_key {
        Some(key) => public_key(key)?,
        None => PublicKey::load(&anchor(&flags.place.config()?))?,
    };
    let (hash, signature) = signature_of(&flags.archive)?;
    let (shown, name) = (flags.archive.display(), key.name());
    if !key.has_signed(&hash, &signature) {
        let why = format!(
            "{shown} is not what the key {name} signed: it was changed, or another key signed it"
        );
        return Err(Errors(vec![why]).into());
    }
    writeln!(std::io::stdout().lock(), "{shown} is what the key {name} signed")?;
    Ok(ExitCode::SUCCESS)
}
