//! The binary: flags in, exit codes out. 0 all well, 1 anything else, with one line that says what.

mod catalogues;
mod config;
mod doctor;
mod falco;
mod moment;
mod print;
mod record;
mod replay;
mod rules;
mod rules_check;
mod rules_cost;
mod rules_fmt;
mod rules_test;
mod run;
mod table;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

/// Runtime security for Linux: watches this host at the kernel and tells you when a rule is broken.
#[derive(Debug, Parser)]
#[command(
    name = "peregrine",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  peregrine run -r my_rules.yaml --json"
)]
struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch this host and report what breaks a rule, until Ctrl-C.
    Run(run::Flags),
    /// Record what happens on this host into a capture, until Ctrl-C.
    Record(record::Flags),
    /// Read a capture and report what broke a rule in it.
    Replay(replay::Flags),
    /// Print the events of a capture.
    Print(print::Flags),
    /// Examine this kernel: what Peregrine can do here, and the reason where it cannot.
    Doctor(doctor::Flags),
    /// The configuration: check, show, schema.
    Config(config::Flags),
    /// List the fields rules may use.
    Fields(catalogues::FieldFlags),
    /// List the types of events and their parameters.
    Events(catalogues::EventFlags),
    /// For people who write rules: check, test, list, explain.
    Rules(rules::Flags),
    /// Say which version this is and what it is compatible with.
    Version,
}

fn main() -> ExitCode {
    let mut words = std::env::args_os().peekable();
    if falco::is_named(words.peek()) {
        return falco::run(words);
    }
    if words.nth(1).is_some_and(|word| word == "falco") {
        return falco::run(std::iter::once("falco".into()).chain(words));
    }
    let flags = match Flags::try_parse_from(std::env::args_os()) {
        Ok(flags) => flags,
        Err(error) => return bad_flags(&error),
    };
    let done = match flags.command {
        Command::Run(flags) => run::run(&flags),
        Command::Record(flags) => record::run(&flags),
        Command::Replay(flags) => replay::run(&flags),
        Command::Print(flags) => print::run(&flags),
        Command::Doctor(flags) => doctor::run(&flags),
        Command::Config(flags) => config::run(&flags),
        Command::Fields(flags) => catalogues::fields(&flags),
        Command::Events(flags) => catalogues::events(&flags),
        Command::Rules(flags) => rules::run(&flags),
        Command::Version => version(),
    };
    match done {
        Ok(code) => code,
        // Whoever reads our output may stop reading.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|error| {
        let error = error.downcast_ref::<std::io::Error>();
        error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// One line on stderr. Nobody there to read it is no reason to fail.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "peregrine: {text}");
}

/// Help and version go to stdout; a mistake is one line that names the flag and where help is.
fn bad_flags(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::FAILURE
        }
        _ => {
            let text = error.render().to_string();
            let what: Vec<&str> = text
                .lines()
                .map(str::trim)
                .take_while(|line| !line.starts_with("Usage:"))
                .filter(|line| !line.is_empty() && !line.starts_with("For more"))
                .collect();
            let what = what.join(" ");
            let what = what.strip_prefix("error: ").unwrap_or(&what);
            let known: Vec<OsString> = std::env::args_os().skip(1).take(1).collect();
            let command = Flags::command()
                .get_subcommands()
                .map(|command| command.get_name().to_owned())
                .find(|name| known.first().is_some_and(|given| given == name.as_str()));
            let help = command.map_or_else(
                || "peregrine --help".to_owned(),
                |name| format!("peregrine {name} --help"),
            );
            complain(&format!("{what}; see {help}"));
            ExitCode::FAILURE
        }
    }
}

fn version() -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "peregrine {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "compatible with Falco 0.44.1: engine 0.62.0, event schema 4.5.1")?;
    Ok(ExitCode::SUCCESS)
}
