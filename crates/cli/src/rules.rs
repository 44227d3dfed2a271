//! `peregrine rules`: for people who write rules.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use peregrine_agent::rules::{RuleFile, rule_files, shipped};
use peregrine_agent::syscall_interest::pushed_down;
use peregrine_rules::{Loaded, Options, SourceText, load};
use serde_json::json;

use crate::config::configuration;
use crate::table::{self, Paint};
use crate::terminal::complain;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peregrine rules test my_tests.yaml --watch\n\nA test file:\n  - test: reading shadow is told\n    rules: [my_rules.yaml]\n    process: {name: cat, args: [/etc/shadow], ancestors: [bash, sshd]}\n    events:\n      - openat: {name: /etc/shadow, flags: O_RDONLY}\n    expect:\n      - rule: Password file read"
)]
pub(crate) struct TestFlags {
    /// Test files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Run again whenever a file in the folders of the tests changes.
    #[arg(long)]
    pub(crate) watch: bool,
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
    /// Tell every mistake in rule files, with its place.
    Check(crate::rules_check::Flags),
    /// List the rules of files, or the rules we ship.
    List(ListFlags),
    /// Say what a rule looks at: its condition put together, event types, fields.
    Explain(ExplainFlags),
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

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules explain 'Password file read'\n  peregrine rules explain my_rule -r my_rules.yaml\n  peregrine rules explain my_rule -r my_rules.yaml --capture trace.scap\n  peregrine rules explain -r my_rules.yaml --capture trace.scap\n\nWhat is measured: each rule is asked alone about the events of its types, events sampled, the clock's own cost taken off. Rules asked together share much, so `all together` is less than the sum."
)]
struct ExplainFlags {
    /// The rule's name. With a capture it may be left out: the cost of every enabled rule is told.
    #[arg(required_unless_present = "capture")]
    rule: Option<String>,
    /// A rules file or folder; repeatable. Without one the rules we ship.
    #[arg(short = 'r', short_alias = 'f', long = "rules", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A capture: how many of its events come to the rule, how many hit, and how long it takes.
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match &flags.command {
        Command::Check(flags) => crate::rules_check::run(flags),
        Command::List(flags) => list(flags),
        Command::Explain(flags) => explain(flags),
        Command::Show(flags) => crate::rules_show::run(flags),
        Command::Schema => {
            writeln!(std::io::stdout().lock(), "{:#}", peregrine_rules::editor_schema())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Test(flags) => crate::rules_test::run(flags),
        Command::Fmt(flags) => crate::rules_fmt::run(flags),
    }
}

fn read(files: &[PathBuf]) -> anyhow::Result<Vec<RuleFile>> {
    if files.is_empty() {
        return Ok(shipped().collect());
    }
    rule_files(files).context("cannot take the rules")
}

/// Rules without an error; mistakes go to stderr.
fn loaded(files: &[PathBuf], settings: &Settings) -> anyhow::Result<Loaded> {
    let files = read(files)?;
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    let loaded = load(&sources, &settings.options()?);
    if loaded.failed() {
        for told in loaded.diagnostics.iter().filter(|told| told.is_error()) {
            complain(told);
        }
        anyhow::bail!("the rules have errors, see above");
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

/// What the kernel tells of each event type.
fn in_kernel(
    kernel: &std::collections::BTreeMap<String, std::collections::BTreeSet<&str>>,
) -> String {
    let lines = kernel.iter().map(|(told, events)| {
        let events: Vec<&str> = events.iter().copied().collect();
        match events.as_slice() {
            _ if events.len() > 10 => format!("{} event types: {told}", events.len()),
            _ => format!("{}: {told}", events.join(", ")),
        }
    });
    lines.collect::<Vec<_>>().join("\n              ")
}

fn explain(flags: &ExplainFlags) -> anyhow::Result<ExitCode> {
    let loaded = loaded(&flags.files, &flags.settings)?;
    let name = match (&flags.rule, &flags.capture) {
        (None, Some(capture)) => {
            return crate::rules_cost::of_all(capture, &loaded.rules, flags.json);
        }
        (name, _) => name.as_deref().unwrap_or_default(),
    };
    let mut rules = loaded.rules.rules.iter().enumerate();
    let (place, rule) = rules.find(|(_, rule)| rule.name == name).with_context(|| {
        format!("no rule is called '{name}'; `peregrine rules list` names them")
    })?;
    let cost = flags.capture.as_ref();
    let cost = cost
        .map(|capture| crate::rules_cost::of_rule(capture, &loaded.rules, place))
        .transpose()?;
    let mut events: Vec<&str> =
        rule.condition.kinds.iter().map(|code| peregrine_event::EventType(code).name()).collect();
    events.sort_unstable();
    events.dedup();
    let mut fields = std::collections::BTreeSet::new();
    rule.condition.root.predicates(&mut |predicate| {
        predicate.fields(&mut |field| {
            fields.insert(field.to_string());
        });
    });
    let mut shown = std::collections::BTreeSet::new();
    for token in rule.output.tokens() {
        token.getter.fields(&mut |field| {
            shown.insert(field.to_string());
        });
    }
    let kernel = pushed_down(&loaded.rules, rule);
    let mut out = std::io::stdout().lock();
    if flags.json {
        let kernel: Vec<_> =
            kernel.iter().map(|(told, events)| json!({ "events": events, "told": told })).collect();
        let mut row = json!({
            "name": rule.name, "description": rule.description, "priority": rule.priority.name(),
            "source": rule.source, "enabled": rule.enabled, "tags": rule.tags,
            "condition": rule.condition_text, "condition_compiled": rule.condition_compiled,
            "output": rule.output_text, "output_compiled": rule.output_compiled,
            "events": events, "condition_fields": fields, "output_fields": shown,
            "kernel": kernel,
        });
        if let (Some(cost), Some(row)) = (&cost, row.as_object_mut()) {
            row.insert("cost".to_owned(), cost.json());
        }
        writeln!(out, "{row}")?;
        return cost.map_or(Ok(ExitCode::SUCCESS), crate::rules_cost::Told::end);
    }
    let join = |set: &std::collections::BTreeSet<String>| {
        set.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let events = if events.len() > 100 {
        format!("{} (nearly every one: slow)", events.len())
    } else {
        events.join(", ")
    };
    let paint = Paint::stdout();
    for (key, value) in [
        ("rule", rule.name.clone()),
        ("about", rule.description.clone()),
        ("priority", rule.priority.to_string()),
        ("enabled", rule.enabled.to_string()),
        ("condition", rule.condition_text.split_whitespace().collect::<Vec<_>>().join(" ")),
        ("put together", rule.condition_compiled.clone()),
        ("event types", events),
        ("kernel", in_kernel(&kernel)),
        ("looks at", join(&fields)),
        ("tells", join(&shown)),
        ("output", rule.output_compiled.clone()),
    ] {
        writeln!(out, "{}  {value}", paint.dim(&format!("{key:>12}")))?;
    }
    if let Some(cost) = &cost {
        writeln!(out, "{}  {}", paint.dim(&format!("{:>12}", "cost")), cost.text())?;
    }
    cost.map_or(Ok(ExitCode::SUCCESS), crate::rules_cost::Told::end)
}
