//! `peregrine config`, and the configuration other commands run with.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use peregrine_config::{Config, ConfigError, Loaded, Problem, default_file, load, schema};
use serde_json::json;

use crate::terminal::Remarks;

/// Taken where no `-c` is given: the first that is there.
pub(crate) const USUAL: [&str; 2] = ["/etc/peregrine/peregrine.yaml", "/etc/falco/falco.yaml"];

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report everything that is wrong with a configuration file, with its place.
    #[command(after_help = "Example:\n  peregrine config check /etc/falco/falco.yaml")]
    Check(CheckFlags),
    /// Show the configuration that holds: each key with its value and where it was set.
    #[command(
        after_help = "Examples:\n  peregrine config show\n  peregrine config show --default > peregrine.yaml\n  peregrine config show -c /etc/falco/falco.yaml -o json_output=true --json"
    )]
    Show(ShowFlags),
    /// Print the JSON schema of configuration files.
    Schema,
}

#[derive(Debug, Args)]
struct CheckFlags {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// One setting over the file; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
}

#[derive(Debug, Args)]
struct ShowFlags {
    /// Configuration file [default: /etc/peregrine/peregrine.yaml, else /etc/falco/falco.yaml]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
    /// The built-in values, whatever files there are: as a configuration file that explains itself.
    #[arg(long, conflicts_with_all = ["config", "option"])]
    default: bool,
    /// As JSON, one object a key.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => check(flags),
        Command::Show(flags) => show(flags),
        Command::Schema => {
            writeln!(std::io::stdout().lock(), "{:#}", schema())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(flags: &CheckFlags) -> anyhow::Result<ExitCode> {
    let problems = match load(Some(&flags.file), &flags.option) {
        Ok(loaded) => loaded.warnings,
        Err(ConfigError(problems)) => problems,
    };
    let mut out = std::io::stdout().lock();
    for problem in &problems {
        let level = if problem.is_error { "error" } else { "warning" };
        writeln!(out, "{level}: {problem}")?;
    }
    let errors = problems.iter().filter(|problem| problem.is_error).count();
    let warnings = problems.len() - errors;
    writeln!(out, "{}: {errors} error(s), {warnings} warning(s)", flags.file.display())?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(flags: &ShowFlags) -> anyhow::Result<ExitCode> {
    if flags.default && !flags.json {
        write!(std::io::stdout().lock(), "{}", default_file())?;
        return Ok(ExitCode::SUCCESS);
    }
    let loaded = if flags.default {
        Loaded::default()
    } else {
        loaded(usual(flags.config.as_deref()), &flags.option)?
    };
    let mut out = std::io::stdout().lock();
    for (key, value, origin) in loaded.show() {
        if flags.json {
            let row = json!({"key": key, "value": value, "origin": origin.to_string()});
            writeln!(out, "{row}")?;
        } else {
            writeln!(out, "{key}: {value}  # {origin}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The file given, or the usual one; none: the built-in configuration.
pub(crate) fn usual(file: Option<&Path>) -> Option<&Path> {
    file.or_else(|| USUAL.iter().map(Path::new).find(|usual| usual.exists()))
}

/// The configuration commands run with; what should be known of it is said on stderr.
pub(crate) fn configuration(file: Option<&Path>, options: &[String]) -> anyhow::Result<Config> {
    Ok(loaded(file, options)?.config)
}

/// The outputs there are, as their keys name them: `stdout`, `file`.
pub(crate) fn known_outputs() -> impl Iterator<Item = String> {
    let keys = Loaded::default().show().into_iter();
    keys.filter_map(|(key, ..)| Some(key.strip_suffix("_output.enabled")?.to_owned()))
}

/// The same, with where each value was set.
pub(crate) fn loaded(file: Option<&Path>, options: &[String]) -> anyhow::Result<Loaded> {
    let mut remarks = Remarks::default();
    let loaded = loaded_with(file, options, &mut remarks);
    remarks.write();
    loaded
}

/// The same; what should be known of it is a remark.
pub(crate) fn loaded_with(
    file: Option<&Path>,
    options: &[String],
    remarks: &mut Remarks,
) -> anyhow::Result<Loaded> {
    let loaded = load(file, options).map_err(|error| refused(&error.0, remarks))?;
    for warning in &loaded.warnings {
        remarks.warning(format_args!("warning: {warning}"));
    }
    Ok(loaded)
}

/// The last of several mistakes; the others are remarks.
fn refused(problems: &[Problem], remarks: &mut Remarks) -> anyhow::Error {
    let mut errors = problems.iter().filter(|problem| problem.is_error);
    let last = errors.next_back().map(ToString::to_string).unwrap_or_default();
    for problem in errors {
        remarks.error(problem);
    }
    anyhow::anyhow!("{last}")
}
