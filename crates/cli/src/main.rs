//! The binary: flags in, exit codes out. 0 all well, 1 it failed or what was checked is not well, 2 flags
//! that cannot be; each with one line that says what.

mod agent;
mod amount;
mod captures;
mod catalogues;
mod condition_tree;
mod config;
mod correlate;
mod doctor;
mod falco;
mod guard;
mod hub;
mod journal;
mod manual;
mod migrate;
mod moment;
mod outputs;
mod print;
mod print_tree;
mod record;
mod reload;
mod replay;
mod respond;
mod rules;
mod rules_check;
mod rules_cost;
mod rules_explain;
mod rules_fmt;
mod rules_lsp;
mod rules_show;
mod rules_test;
mod run;
mod status;
mod syslog;
mod table;
mod terminal;
mod top;
mod version;

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

/// What the flags cannot be used as they are ends with.
const USAGE: u8 = 2;

/// Runtime security for Linux: watches this host at the kernel and alerts when a rule is broken.
#[derive(Debug, Parser)]
#[command(
    name = "peregrine",
    version,
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Exit codes:\n  0  all well\n  1  it failed, or what was checked is not well\n  2  flags that cannot be\n\nExample:\n  peregrine run -r my_rules.yaml --json"
)]
struct Flags {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print the version, the build and the Falco release it is compatible with.
    #[arg(short = 'V', long)]
    version: bool,
    /// With --version: as JSON.
    #[arg(long, requires = "version")]
    json: bool,
    #[command(flatten)]
    output: terminal::Output,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch this host and report what breaks a rule, until Ctrl-C.
    Run(run::Flags),
    /// Have the running agent read its configuration and rules anew, or show what would change.
    Reload(reload::Flags),
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
    /// Show how the running agent is doing, on one screen.
    Status(status::Flags),
    /// Show what happens on this host now, and how the running agent is doing, until q.
    Top(top::Flags),
    /// The outputs: test, status.
    Outputs(outputs::Flags),
    /// Policies, which deny what breaks a rule: check, explain, rehearse, status, confirm, try, off, on, token.
    Guard(guard::Flags),
    /// Responses, which act after an alert: check, try, list, show, undo, do.
    Respond(respond::Flags),
    /// The journal of alerts: verify, tail, show, search, export.
    Journal(journal::Flags),
    /// The alerts of many hosts in one place: receive, keep and search them.
    #[command(
        after_help = "Examples:\n  peregrine hub --dir /srv/alerts\n  peregrine hub search hostname = web-1 and priority \\>= warning"
    )]
    Hub(hub::Flags),
    /// Correlations of alerts over time and hosts: check, test, explain, run.
    Correlate(correlate::Flags),
    /// Report what stays, changes or is missing of a Falco installation, key by key and rule by rule.
    Migrate(migrate::Flags),
    /// List the fields rules may use.
    Fields(catalogues::FieldFlags),
    /// List the types of events and their parameters.
    Events(catalogues::EventFlags),
    /// For people who write rules: check, test, list, explain.
    Rules(rules::Flags),
    /// Do what Falco does: its flags, its log, its exit codes. So does a link named falco.
    Falco(falco::Words),
    /// Print the script that completes commands and flags in a shell.
    Completions(manual::CompletionFlags),
    /// Print a page of the manual, or write all of them.
    Man(manual::ManFlags),
    /// Print the version, the build and the Falco release it is compatible with.
    Version(version::Flags),
}

fn main() -> ExitCode {
    if falco::is_named(std::env::args_os().next().as_ref()) {
        return falco::run(std::env::args_os());
    }
    terminal::apply_color(std::env::args_os());
    let flags = match Flags::try_parse_from(std::env::args_os()) {
        Ok(flags) => flags,
        Err(error) => return bad_flags(&error),
    };
    flags.output.apply();
    let done = match (flags.command, flags.version) {
        (_, true) => version::print(flags.json),
        (None, _) => {
            let kind = ErrorKind::MissingSubcommand;
            return bad_flags(&Flags::command().error(kind, "a command is missing"));
        }
        (Some(command), _) => run_command(command),
    };
    match done {
        Ok(code) => code,
        // Whoever reads our output may stop reading.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast_ref::<terminal::Errors>() {
                Some(terminal::Errors(errors)) => terminal::fail(errors, &[]),
                None => terminal::fail(&[format!("{error:#}")], &[]),
            }
            ExitCode::FAILURE
        }
    }
}

fn run_command(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(flags) => run::run(&flags),
        Command::Reload(flags) => reload::run(&flags),
        Command::Record(flags) => record::run(&flags),
        Command::Replay(flags) => replay::run(&flags),
        Command::Print(flags) => print::run(&flags),
        Command::Doctor(flags) => doctor::run(&flags),
        Command::Config(flags) => config::run(&flags),
        Command::Status(flags) => status::run(&flags),
        Command::Top(flags) => top::run(flags),
        Command::Outputs(flags) => outputs::run(&flags),
        Command::Guard(flags) => guard::run(&flags),
        Command::Journal(flags) => journal::run(&flags),
        Command::Hub(flags) => hub::run(&flags),
        Command::Correlate(flags) => correlate::run(&flags),
        Command::Respond(flags) => respond::run(&flags),
        Command::Migrate(flags) => migrate::run(&flags),
        Command::Fields(flags) => catalogues::fields(&flags),
        Command::Events(flags) => catalogues::events(&flags),
        Command::Rules(flags) => rules::run(&flags),
        Command::Falco(words) => Ok(falco::command(words)),
        Command::Completions(flags) => manual::completions(Flags::command(), &flags),
        Command::Man(flags) => manual::man(Flags::command(), &flags),
        Command::Version(flags) => version::run(&flags),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|error| {
        let error = error.downcast_ref::<std::io::Error>();
        error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Help goes to stdout; a mistake is one line that names the flag and where help is, and a line for each
/// suggestion.
fn bad_flags(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp => {
            // Nobody there to read it is no reason to fail.
            let _ =
                writeln!(anstream::stdout(), "{}", error.render().ansi().to_string().trim_end());
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ =
                writeln!(anstream::stderr(), "{}", error.render().ansi().to_string().trim_end());
            return ExitCode::from(USAGE);
        }
        _ => {}
    }
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("For more"));
    let (tips, what): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("tip: "));
    let what = what.join(" ");
    let what = what.strip_prefix("error: ").unwrap_or(&what);
    terminal::fail(&[format!("{what}; see `{} --help`", asked_for())], &tips);
    ExitCode::from(USAGE)
}

/// The command that was meant, as far as the arguments name one: `peregrine rules check`.
fn asked_for() -> String {
    let mut command = &Flags::command();
    let mut path = vec!["peregrine".to_owned()];
    for argument in std::env::args_os().skip(1) {
        match argument.to_str().and_then(|name| command.find_subcommand(name)) {
            Some(found) => {
                path.push(found.get_name().to_owned());
                command = found;
            }
            None if argument.to_str().is_some_and(|text| text.starts_with('-')) => {}
            None => break,
        }
    }
    path.join(" ")
}
