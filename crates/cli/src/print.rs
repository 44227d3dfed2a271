//! `peregrine print`.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::capture::print::{DEFAULT_FORMAT, Print, print};
use peregrine_agent::capture::subset::extract;

use crate::moment::Part;
use crate::terminal::say;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine print trace.scap\n  peregrine print trace.scap evt.type=openat and fd.name startswith /etc\n  peregrine print trace.scap -p '%evt.time %proc.name %fd.name' --start +10s --end +20s\n  peregrine print trace.scap --json -p '%proc.name %evt.type' -n 10\n  peregrine print trace.scap -w part.scap.gz --start +10s --end +20s proc.name=nginx"
)]
pub(crate) struct Flags {
    /// The capture: plain, gzip or zstd.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The line; events that lack one of its fields are passed over unless it begins with *.
    #[arg(short = 'p', long = "print", value_name = "FORMAT", default_value = DEFAULT_FORMAT)]
    format: String,
    /// One JSON object a line, of the fields of the format.
    #[arg(short, long)]
    json: bool,
    /// Lines at most.
    #[arg(short = 'n', long = "count", value_name = "LINES")]
    limit: Option<u64>,
    /// Of buffers among the arguments (data, environment) this many bytes are shown; 0 for all.
    #[arg(short = 's', long = "snaplen", value_name = "BYTES", default_value_t = 80)]
    shown_bytes: usize,
    /// Write the events to a capture of its own instead (gzip if the name ends in .gz). Others that tell
    /// who is who are kept in it, marked so that nobody shows them.
    #[arg(short, long, value_name = "CAPTURE", conflicts_with_all = ["format", "json", "limit"])]
    write: Option<PathBuf>,
    #[command(flatten)]
    part: Part,
    /// A condition: only events for which it is true. May be several words.
    #[arg(value_name = "FILTER", trailing_var_arg = true)]
    filter: Vec<String>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let filter = flags.filter.join(" ");
    if let Some(target) = &flags.write {
        let written = extract(&flags.file, filter.trim(), flags.part.window(), target)?;
        say(format!("{written} events written to {}", target.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let what = Print {
        format: &flags.format,
        filter: filter.trim(),
        json: flags.json,
        window: flags.part.window(),
        shown_bytes: flags.shown_bytes,
        limit: flags.limit,
    };
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let done = print(&flags.file, &what, &mut out);
    // What stands before the damage is shown.
    out.flush()?;
    Ok(done.map(|()| ExitCode::SUCCESS)?)
}
