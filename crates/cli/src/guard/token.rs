//! `peregrine guard token`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use peregrine_agent::guard::token::{LONGEST, Token, new_key};

use crate::moment::duration;
use crate::terminal::say;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The key that signs it.
    #[arg(long, value_name = "FILE", required_unless_present = "new_key")]
    key: Option<PathBuf>,
    /// The name of the host it is for [default: this one]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// How long it counts: 10m, an hour at most.
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "15m")]
    how_long: Duration,
    /// Make a key, and its public half beside it, instead of a token.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "host", "how_long"])]
    new_key: Option<PathBuf>,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    if let Some(path) = &flags.new_key {
        let public = new_key(path)?;
        say(format_args!(
            "{} signs tokens; {} is for guard.break_glass.key of each host",
            path.display(),
            public.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::ensure!(flags.how_long <= LONGEST, "--for: no token counts for more than an hour");
    let Some(key) = &flags.key else { anyhow::bail!("--key is missing") };
    let host = flags.host.clone().unwrap_or_else(peregrine_agent::hostname);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let token = Token::sign(key, &host, now, flags.how_long)?;
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&token)?)?;
    Ok(ExitCode::SUCCESS)
}
