//! `peregrine rules explain`: what a rule looks at, why a rule is not there, what a code means.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::syscall_interest::pushed_down;
use peregrine_event::names::nearest;
use peregrine_rules::{Code, Diagnostic, Loaded, Severity, wrapped_condition};
use serde_json::json;

use crate::rules::{Settings, loaded};
use crate::table::Paint;

/// Columns before a value.
const INDENT: usize = 14;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine rules explain 'Password file read'\n  peregrine rules explain my_rule -r my_rules.yaml\n  peregrine rules explain LOAD_NEVER_TRUE\n  peregrine rules explain my_rule -r my_rules.yaml --capture trace.scap\n  peregrine rules explain -r my_rules.yaml --capture trace.scap\n\nWhat is measured: each rule is asked alone about the events of its types, events sampled, the clock's own cost taken off. Rules asked together share much, so `all together` is less than the sum."
)]
pub(crate) struct Flags {
    /// The rule's name, or the code of a mistake (`LOAD_NEVER_TRUE`). With a capture it may be left out:
    /// the cost of every enabled rule is reported.
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

/// A condition in lines that stand below each other.
fn lines_of(condition: &str) -> String {
    wrapped_condition(condition, INDENT).trim_start().to_owned()
}

/// Whether a name is meant for a code.
fn is_code(name: &str) -> bool {
    name.starts_with("LOAD_") || Code::by_name(name).is_some()
}

/// What a code means: its page of the manual.
fn explain_code(name: &str, json: bool) -> anyhow::Result<ExitCode> {
    let Some(code) = Code::by_name(name) else {
        let near = nearest(name, Code::ALL.iter().map(|code| code.name()));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        anyhow::bail!("there is no code {name}{near}");
    };
    let mut out = std::io::stdout().lock();
    if json {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let falcos = code.is_falcos();
        let (name, page) = (code.name(), code.page());
        writeln!(
            out,
            "{}",
            json!({ "code": name, "severity": severity, "falco": falcos, "page": page })
        )?;
    } else {
        out.write_all(code.page().as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Why a rule is not among those that are loaded.
fn explain_skipped(name: &str, loaded: &Loaded, json: bool) -> anyhow::Result<ExitCode> {
    let skipped = |one: &&Diagnostic| {
        let skips = matches!(one.code, Code::WarnUnknownSource | Code::WarnUnknownFilter);
        skips && one.items.first().is_some_and(|(kind, of)| *kind == "rule" && of == name)
    };
    let mut why = loaded.diagnostics.iter().filter(skipped).peekable();
    if why.peek().is_none() {
        let near = nearest(name, loaded.rules.rules.iter().map(|rule| rule.name.as_str()));
        let near = near.map(|near| format!("did you mean '{near}'? ")).unwrap_or_default();
        let why = format!("no rule is called '{name}'; {near}`peregrine rules list` names them");
        anyhow::bail!(why);
    }
    let mut out = std::io::stdout().lock();
    if json {
        let why: Vec<String> = why.map(Diagnostic::message).collect();
        writeln!(out, "{}", json!({ "name": name, "skipped": why }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::stdout();
    writeln!(out, "{}  {name}", paint.dim(&format!("{:>12}", "rule")))?;
    writeln!(out, "{}  it is left out:", paint.dim(&format!("{:>12}", "skipped")))?;
    for diagnostic in why {
        writeln!(out, "{diagnostic}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the kernel reports of each event type.
fn in_kernel(
    kernel: &std::collections::BTreeMap<String, std::collections::BTreeSet<&str>>,
) -> String {
    let lines = kernel.iter().map(|(reported, events)| {
        let events: Vec<&str> = events.iter().copied().collect();
        match events.as_slice() {
            _ if events.len() > 10 => format!("{} event types: {reported}", events.len()),
            _ => format!("{}: {reported}", events.join(", ")),
        }
    });
    lines.collect::<Vec<_>>().join(&format!("\n{:INDENT$}", ""))
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    if let Some(name) = flags.rule.as_deref().filter(|name| is_code(name)) {
        return explain_code(name, flags.json);
    }
    let loaded = loaded(&flags.files, &flags.settings)?;
    let name = match (&flags.rule, &flags.capture) {
        (None, Some(capture)) => {
            return crate::rules_cost::of_all(capture, &loaded.rules, flags.json);
        }
        (name, _) => name.as_deref().unwrap_or_default(),
    };
    let mut rules = loaded.rules.rules.iter().enumerate();
    let Some((place, rule)) = rules.find(|(_, rule)| rule.name == name) else {
        return explain_skipped(name, &loaded, flags.json);
    };
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
        let kernel: Vec<_> = kernel
            .iter()
            .map(|(reported, events)| json!({ "events": events, "reported": reported }))
            .collect();
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
        ("condition", lines_of(&rule.condition_text)),
        ("put together", lines_of(&rule.condition_compiled)),
        ("event types", events),
        ("kernel", in_kernel(&kernel)),
        ("looks at", join(&fields)),
        ("fields shown", join(&shown)),
        ("output", rule.output_compiled.clone()),
    ] {
        writeln!(out, "{}  {value}", paint.dim(&format!("{key:>12}")))?;
    }
    if let Some(cost) = &cost {
        writeln!(out, "{}  {}", paint.dim(&format!("{:>12}", "cost")), cost.text())?;
    }
    cost.map_or(Ok(ExitCode::SUCCESS), crate::rules_cost::Told::end)
}
