//! `peregrine record`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use peregrine_agent::record::{Counts, Ended, Options, Packing, Record, record};
use peregrine_agent::signals::{SignalRequests, stop_on_signals};
use peregrine_event::Priority;

use crate::moment::duration;
use crate::run::notify;
use crate::terminal::{clear, report, shows_progress};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Compress {
    None,
    Gzip,
    Zstd,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Falco and sysdig read plain and gzip captures, `peregrine print` and `peregrine replay` all of them.\n\nExamples:\n  peregrine record -w trace.scap.zst\n  peregrine record -w trace.scap --duration 30s evt.type=execve\n  peregrine record -w trace.scap.gz --filter 'user.name=www-data and not fd.name startswith /usr'\n  peregrine record -w /var/log/trace.scap.gz --max-size 100MB --files 10   # trace.0001.scap.gz, trace.0002.scap.gz ..."
)]
pub(crate) struct Flags {
    /// The capture. One that is there is replaced. Names that end in .gz or .zst say how it is compressed.
    #[arg(short, long, value_name = "FILE")]
    write: PathBuf,
    /// A condition, as of `peregrine print`: only events for which it is true. Events that
    /// update the state of the host are kept too, marked as not shown.
    #[arg(long = "filter", value_name = "FILTER", conflicts_with = "words")]
    filter: Option<String>,
    /// Stop by itself after this time: 90, 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Bytes of a file at most (500kB, 100MB, 2GB; KiB, MiB, GiB): when it is full the recording ends, or
    /// goes on in the next of --files.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_size: Option<u64>,
    /// Keep the last so many files: FILE.scap becomes FILE.0001.scap, FILE.0002.scap ...; numbers
    /// grow, the oldest file is removed. Each begins with the host as it was then, so it can be read alone.
    #[arg(long, value_name = "NUMBER", requires = "max_size", value_parser = clap::value_parser!(u32).range(1..))]
    files: Option<u32>,
    /// How the capture is compressed, whatever its name says.
    #[arg(long, value_name = "HOW")]
    compress: Option<Compress>,
    /// Also calls that have no event of their own (event `syscall`). Without it every call that has
    /// one is recorded, those that read and write too.
    #[arg(long)]
    all_syscalls: bool,
    /// Ask no container engine: containers have their type and id, no name and no image.
    #[arg(long)]
    no_container_engines: bool,
    /// Room in memory for events on their way, for every two CPUs: more of it when events are lost.
    #[arg(long, value_name = "SIZE", value_parser = ring_size, default_value = "8MiB")]
    ring_size: u32,
    /// The final report as JSON on stdout.
    #[arg(long)]
    json: bool,
    /// A condition, as several words.
    #[arg(id = "words", value_name = "FILTER", allow_negative_numbers = true)]
    words: Vec<String>,
}

/// A number of bytes: 100000, 500kB, 100MB, 2GiB.
fn size(text: &str) -> Result<u64, String> {
    let form = || "a number of bytes with k, M or G behind it, as in 100MB or 64MiB".to_owned();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(unit_at).ok_or_else(form)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(form()),
    };
    let number: u64 = digits.parse().map_err(|_| form())?;
    number.checked_mul(factor).filter(|bytes| *bytes > 0).ok_or_else(form)
}

fn ring_size(text: &str) -> Result<u32, String> {
    let bytes = size(text)?;
    u32::try_from(bytes)
        .ok()
        .filter(|bytes| (65_536..=1 << 30).contains(bytes))
        .ok_or_else(|| "from 64KiB to 1GiB".to_owned())
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let words = flags.words.join(" ");
    let mut options = Options::new(flags.write.clone());
    options.packing = match flags.compress {
        None => options.packing,
        Some(Compress::None) => Packing::Plain,
        Some(Compress::Gzip) => Packing::Gzip,
        Some(Compress::Zstd) => Packing::Zstd,
    };
    flags.filter.as_deref().unwrap_or(&words).trim().clone_into(&mut options.filter);
    options.all_syscalls = flags.all_syscalls;
    options.max_size = flags.max_size;
    options.files = flags.files.and_then(|files| usize::try_from(files).ok());
    options.without = Some(std::process::id());
    if flags.no_container_engines {
        options.engines = None;
    }
    let stop = stop_on_signals().context("cannot listen to signals")?;
    let requests = SignalRequests::by_signals().context("cannot listen to signals")?;
    let on_terminal = shows_progress();
    let progress = |counts: &Counts, lost: u64| {
        if on_terminal {
            let Counts { events, bytes, .. } = counts;
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "\r{events} events, {bytes} bytes, {lost} lost ");
        }
    };
    let recorded = record(Record {
        options,
        ring_bytes: flags.ring_size,
        stop,
        requests,
        duration: flags.duration,
        notify: notify(Some(Priority::Informational)),
        progress: &progress,
    })?;
    clear(on_terminal);
    report(&recorded);
    if flags.json {
        writeln!(std::io::stdout().lock(), "{}", recorded.json())?;
    }
    if let Some(Ended::Failed(error)) = recorded.ended {
        let error = anyhow::Error::new(error);
        anyhow::bail!(
            "{error:#}: the recording ended there; what was written before that can be read"
        );
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("1", 1),
            ("500kB", 500_000),
            ("100MB", 100_000_000),
            ("2g", 2_000_000_000),
            ("64MiB", 64 << 20),
            ("3GiB", 3 << 30),
            ("4KiB", 4096),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "MB", "0", "-1", "1.5MB", "1 MB", "1TB", "99999999999GB", "1é"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        assert_eq!(ring_size("8MiB"), Ok(8 << 20));
        assert!(ring_size("1kB").is_err() && ring_size("2GiB").is_err());
    }
}
