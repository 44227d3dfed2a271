//! `peregrine hub`: the alerts of many hosts in one place.

mod search;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use peregrine_hub::{Hub, Keep, Options};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::terminal::say;

/// Where the page and the API are unless a flag says otherwise.
const PAGE: &str = "127.0.0.1:2802";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    start: StartFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find alerts in a running hub, by a condition as rules have it or by words, the newest first.
    #[command(
        after_help = "Fields: rule, priority (the worse the greater), source, tags, hostname, time, output, every\nfield an alert carries (proc.name, fd.name, ...), and field[NAME] for any value by its name.\n\nExit codes:\n  0  alerts were found\n  1  none was found\n  2  the hub cannot be asked, or the condition cannot be\n\nExamples:\n  peregrine hub search 'rule = \"Read sensitive file\"' --start 24h\n  peregrine hub search hostname = web-1 and priority \\>= warning -n 20\n  peregrine hub search shadow --json"
    )]
    Search(search::Flags),
}

#[derive(Debug, Args)]
struct StartFlags {
    /// The folder of all the hub keeps.
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/peregrine/hub")]
    dir: PathBuf,
    /// Where alerts are received: what Falco, falcosidekick and others send to.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:2801")]
    ingest: SocketAddr,
    /// Let --ingest be an address that other hosts reach: anybody there may send alerts, unencrypted.
    #[arg(long)]
    open_ingest: bool,
    /// Where the page and the API are, for this host only.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = PAGE)]
    page: SocketAddr,
    /// Alerts that were received longer ago go.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=36_500))]
    keep_days: u64,
    /// Gigabytes of alerts at most; the oldest go beyond that.
    #[arg(long, value_name = "GB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    keep_gb: u64,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Some(Command::Search(flags)) => search::run(flags),
        None => start(&flags.start),
    }
}

fn start(flags: &StartFlags) -> anyhow::Result<ExitCode> {
    // Before anything is open: whoever ends it meanwhile ends it well.
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let hub = Hub::start(&Options {
        dir: flags.dir.clone(),
        ingest: flags.ingest,
        open_ingest: flags.open_ingest,
        page: flags.page,
        keep: Keep {
            age: Duration::from_hours(24 * flags.keep_days),
            bytes: flags.keep_gb.saturating_mul(1 << 30),
        },
    })?;
    if flags.open_ingest {
        say("hub: anybody who reaches the port may send alerts (--open-ingest)");
    }
    say(format_args!("hub: receives alerts on http://{}", hub.ingest()));
    say(format_args!("hub: the page is http://{}", hub.page()));
    signals.forever().next();
    hub.stop();
    Ok(ExitCode::SUCCESS)
}
