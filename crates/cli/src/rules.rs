//! `peregrine rules`: for people who write rules.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use peregrine_agent::rules::{RuleFile, rule_files, shipped};
use peregrine_rules::{Loaded, Options, SourceText, load};
use serde_json::json;

use crate::config::configuration;
use crate::table::{self, Paint};
use crate::terminal::Errors;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules test my_tests.yaml --watch\n  peregrine rules test my_tests.yaml --capture trace.scap --update -r my_rules.yaml\n\nA test file:\n  - test: reading shadow raises an alert\n    rules: [my_rules.yaml]\n    process: {name: cat, args: [/etc/shadow], ancestors: [bash, sshd]}\n    events:\n      - openat: {name: /etc/shadow, flags: O_RDONLY}\n    expect:\n      - rule: Password file read\n  - test: a shipped rule by its name\n    rule: Password file read\n    process: {user: alice, ancestors: [bash], container: {image: nginx}}\n    true: [openat: {name: /etc/shadow, flags: O_RDONLY}]\n    false: [openat: {name: /etc/hosts}]\n\nWhat an event does not say comes from `process`. Without `rules` a test has the shipped ones.\nA test with `capture: trace.scap` expects the alerts of a capture: --update writes them."
)]
pub(crate) struct TestFlags {
    /// Test files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Run again whenever a file in the folders of the tests changes.
    #[arg(long, conflicts_with = "update")]
    pub(crate) watch: bool,
    /// Only the tests of this capture.
    #[arg(long, value_name = "FILE")]
    pub(crate) capture: Option<PathBuf>,
    /// Write the alerts of captures into the tests that name them, all else kept; with --capture a test
    /// is added where none names it.
    #[arg(long)]
    pub(crate) update: bool,
    /// Rules of a test that is added: a file, a folder or `shipped`; repeatable. Without one the shipped
    /// ones.
    #[arg(
        short = 'r',
        short_alias = 'f',
        long = "rules",
        value_name = "FILE",
        requires = "update",
        requires = "capture"
    )]
    pub(crate) rules: Vec<PathBuf>,
    /// As JSON, one object a failed test and one at the end.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The configuration that rules are loaded with.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// Configuration file: what it appends to outputs and its fields count.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting over the configuration; repeatable.
    #[arg(short, long = "option", value_name = "KEY=VALUE")]
    option: Vec<String>,
}

impl Settings {
    pub(crate) fn options(&self) -> anyhow::Result<Options> {
        if self.config.is_none() && self.option.is_empty() {
            return Ok(Options::default());
        }
        Ok(configuration(self.config.as_deref(), &self.option)?.rule_options())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report every mistake in rule files, with its place.
    Check(crate::rules_check::Flags),
    /// List the rules of files, or the rules we ship.
    List(ListFlags),
    /// Show what a rule evaluates: its condition put together, event types, fields; or what a code means.
    Explain(crate::rules_explain::Flags),
    /// Print rules, lists and macros we ship, as they stand in their files.
    Show(crate::rules_show::Flags),
    /// Print the JSON schema of rule files, for editors.
    #[command(
        after_help = "Example:\n  peregrine rules schema > rules.schema.json\n\nAt the top of a rule file it is found by: # yaml-language-server: $schema=rules.schema.json"
    )]
    Schema,
    /// Run tests of rules: events in, expected alerts out.
    Test(TestFlags),
    /// Put rule files in order, comments kept.
    Fmt(crate::rules_fmt::Flags),
    /// Help an editor with rule files, over stdin and stdout (Language Server Protocol).
    Lsp(crate::rules_lsp::Flags),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules list\n  peregrine rules list my_rules.yaml --json"
)]
struct ListFlags {
    /// Rule files and folders, in order; without one the rules we ship.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => crate::rules_check::run(flags),
        Command::List(flags) => list(flags),
        Command::Explain(flags) => crate::rules_explain::run(flags),
        Command::Show(flags) => crate::rules_show::run(flags),
        Command::Schema => {
            writeln!(std::io::stdout().lock(), "{:#}", peregrine_rules::editor_schema())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Test(flags) => crate::rules_test::run(flags),
        Command::Fmt(flags) => crate::rules_fmt::run(flags),
        Command::Lsp(flags) => crate::rules_lsp::run(flags),
    }
}

/// The rule files asked for; every one that cannot be read is named.
fn read(files: &[PathBuf]) -> anyhow::Result<Vec<RuleFile>> {
    if files.is_empty() {
        return Ok(shipped().collect());
    }
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for file in files {
        match rule_files(std::slice::from_ref(file)) {
            Ok(more) => found.extend(more),
            Err(error) => missing.push(format!("{:#}", anyhow::Error::from(error))),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(Errors(missing).into()) }
}

/// Rules without an error.
pub(crate) fn loaded(files: &[PathBuf], settings: &Settings) -> anyhow::Result<Loaded> {
    let files = read(files)?;
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    let loaded = load(&sources, &settings.options()?);
    if loaded.failed() {
        let errors = loaded.diagnostics.iter().filter(|reported| reported.is_error());
        return Err(Errors(errors.map(ToString::to_string).collect()).into());
    }
    Ok(loaded)
}

fn list(flags: &ListFlags) -> anyhow::Result<ExitCode> {
    let loaded = loaded(&flags.files, &flags.settings)?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        for rule in &loaded.rules.rules {
            let row = json!({
                "name": rule.name, "priority": rule.priority.name(), "source": rule.source,
                "enabled": rule.enabled, "tags": rule.tags, "description": rule.description,
            });
            writeln!(out, "{row}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::stdout();
    let rows: Vec<Vec<String>> = loaded
        .rules
        .rules
        .iter()
        .map(|rule| {
            let state = if rule.enabled { paint.good("on") } else { paint.dim("off") };
            let tags: Vec<&str> = rule.tags.iter().map(String::as_str).collect();
            vec![state, rule.priority.to_string(), rule.name.clone(), paint.dim(&tags.join(" "))]
        })
        .collect();
    table::write(&mut out, &rows)?;
    Ok(ExitCode::SUCCESS)
}
