//! `peregrine print`.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::capture::Progress;
use peregrine_agent::capture::print::{DEFAULT_FORMAT, Print, print};
use peregrine_agent::capture::subset::extract;

use crate::captures::{Captures, progress};
use crate::moment::empty;
use crate::terminal::{clear, counted, say};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine print trace.scap\n  peregrine print trace.scap evt.type=openat and fd.name startswith /etc\n  peregrine print trace.scap --around 14:03:07 --pid 4711 --children\n  peregrine print trace.scap -p '%evt.time %proc.name %fd.name' --start -10m\n  peregrine print trace.scap --json -p '%proc.name %evt.type' -n 10\n  peregrine print trace.scap --tree --start +10s --end +20s\n  peregrine print trace.scap -w part.scap.gz --start +10s --end +20s proc.name=nginx"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    captures: Captures,
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
    /// The processes instead, as a tree: those with such events and those above them.
    #[arg(long, conflicts_with_all = ["format", "limit"])]
    tree: bool,
    /// Write the events to a capture of its own instead (gzip if the name ends in .gz, zstd if in .zst).
    /// Events that update the state of the host are kept too, marked as not shown.
    #[arg(short, long, value_name = "CAPTURE", conflicts_with_all = ["format", "json", "limit", "tree"])]
    write: Option<PathBuf>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let condition = flags.captures.condition();
    let window = flags.captures.part.window();
    let line = progress(flags.write.is_none());
    let line = line.as_ref().map(|line| line as &dyn Fn(&Progress));
    let input = flags.captures.input(line);
    if let Some(target) = &flags.write {
        let written = extract(input, &condition, window, target);
        clear(line.is_some());
        let written = written?;
        if let Some(span) = written.empty_window {
            say(empty(span));
        }
        say(format_args!("{} written to {}", counted(written.events, "event"), target.display()));
        return Ok(ExitCode::SUCCESS);
    }
    if flags.tree {
        return crate::print_tree::run(input, &condition, window, flags.json);
    }
    let what = Print {
        format: &flags.format,
        filter: &condition,
        json: flags.json,
        window,
        shown_bytes: flags.shown_bytes,
        limit: flags.limit,
    };
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let done = print(input, &what, &mut out);
    clear(line.is_some());
    // What stands before the damage is shown.
    out.flush()?;
    if let Some(span) = done? {
        say(empty(span));
    }
    Ok(ExitCode::SUCCESS)
}
