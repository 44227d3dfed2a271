//! `peregrine guard check` and `explain`: what is wrong with policies, what this host can do about them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use peregrine_agent::guard::HostAccounts;
use peregrine_agent::rules::{RuleFile, SHIPPED, policy_files, rule_files};
use peregrine_guard::{
    Act, Capabilities, Compiled, CompiledPolicy, Diagnostic, Level, Loaded, compile, load,
};
use peregrine_rules::{Options, SourceText};
use serde_json::{Value as Json, json};

use crate::table::{self, Paint};
use crate::terminal::counted;

/// Policies, and for which host.
#[derive(Debug, Args)]
pub(crate) struct PolicyFiles {
    /// Policy files and folders, in order; `shipped` for those we ship.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleNames,
    /// Compile for a host with these levels instead of this one: P1, P2, P3, P4, K1; repeatable.
    #[arg(long = "level", value_name = "LEVEL", value_parser = level)]
    levels: Vec<Level>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// The rules policies name.
#[derive(Debug, Args)]
pub(crate) struct RuleNames {
    /// Rule files and folders whose rules, lists and macros the policies use; repeatable. Without one the
    /// rules we ship.
    #[arg(short, long, value_name = "FILE")]
    rules: Vec<PathBuf>,
}

fn level(word: &str) -> Result<Level, String> {
    let kernel =
        Level::ALL.into_iter().filter(|level| !matches!(level, Level::KillAfter | Level::Detect));
    let mut known = kernel.clone();
    known.find(|level| level.name().eq_ignore_ascii_case(word)).ok_or_else(|| {
        format!("the levels are {}", kernel.map(Level::name).collect::<Vec<_>>().join(", "))
    })
}

/// Policies and the rules they name, read.
pub(crate) fn loaded(files: &[PathBuf], rules: &RuleNames) -> anyhow::Result<Loaded> {
    let shipped = [PathBuf::from(SHIPPED)];
    let named = if rules.rules.is_empty() { &shipped } else { rules.rules.as_slice() };
    let rules = rule_files(named)?;
    let policies = policy_files(files)?;
    let policies: Vec<SourceText<'_>> = policies.iter().map(RuleFile::source).collect();
    let rules: Vec<SourceText<'_>> = rules.iter().map(RuleFile::source).collect();
    Ok(load(&policies, &rules, &Options::default()))
}

impl PolicyFiles {
    fn host(&self) -> Capabilities {
        if self.levels.is_empty() {
            peregrine_enforce::capabilities()
        } else {
            Capabilities::of(&self.levels)
        }
    }

    /// The policies compiled, or every mistake; and how many policies there are.
    fn compiled(&self) -> anyhow::Result<(Result<Compiled, Vec<Diagnostic>>, usize)> {
        let loaded = loaded(&self.files, &self.rules)?;
        let count = loaded.policies.policies.len();
        if loaded.diagnostics.iter().any(Diagnostic::is_error) {
            return Ok((Err(loaded.diagnostics), count));
        }
        Ok((compile(&loaded.policies, &self.host(), &HostAccounts::read()), count))
    }
}

/// `check`.
pub(crate) fn check(flags: &PolicyFiles) -> anyhow::Result<ExitCode> {
    let (compiled, count) = flags.compiled()?;
    let mut out = std::io::stdout().lock();
    let errors = compiled.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    if flags.json {
        writeln!(out, "{}", mistakes_json(count, errors))?;
    } else {
        write_mistakes(&mut out, errors)?;
        let summary = format!("{}, {}", policies(count), counted(errors.len() as u64, "error"));
        let paint = Paint::stdout();
        let summary = if errors.is_empty() { paint.good(&summary) } else { paint.bad(&summary) };
        writeln!(out, "{summary}")?;
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn policies(count: usize) -> String {
    if count == 1 { "1 policy".to_owned() } else { format!("{count} policies") }
}

/// Mistakes, as people read them.
pub(crate) fn write_mistakes(
    out: &mut impl std::io::Write,
    errors: &[Diagnostic],
) -> std::io::Result<()> {
    errors.iter().try_for_each(|one| writeln!(out, "{one}"))
}

fn mistakes_json(policies: usize, errors: &[Diagnostic]) -> Json {
    json!({ "policies": policies, "errors": errors.iter().map(row).collect::<Vec<_>>() })
}

fn row(one: &Diagnostic) -> Json {
    let (file, place, message, help) = match one {
        Diagnostic::Rules(one) => (&one.file, one.place, one.message(), &one.help),
        Diagnostic::Policy(one) => (&one.file, one.place, one.kind.to_string(), &one.help),
    };
    json!({
        "code": one.code(), "message": message, "file": file, "line": place.line, "column": place.column,
        "help": help,
    })
}

/// `explain`.
pub(crate) fn explain(flags: &PolicyFiles) -> anyhow::Result<ExitCode> {
    let (compiled, count) = flags.compiled()?;
    let mut out = std::io::stdout().lock();
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(errors) => {
            if flags.json {
                writeln!(out, "{}", mistakes_json(count, &errors))?;
            } else {
                write_mistakes(&mut out, &errors)?;
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    if flags.json {
        writeln!(out, "{}", json_of(&compiled))?;
        return Ok(ExitCode::SUCCESS);
    }
    let paint = Paint::stdout();
    for policy in &compiled.policies {
        writeln!(out, "{}", paint.good(&policy.name))?;
        let at = format!("{}:{}", policy.file, policy.place.line);
        writeln!(out, "  {} {}", paint.dim("written"), at)?;
        writeln!(out, "  {} {}", paint.dim("does   "), does(policy))?;
        if !policy.rules.is_empty() {
            writeln!(out, "  {} {}", paint.dim("rules  "), policy.rules.join(", "))?;
        }
        let rows: Vec<Vec<String>> = policy
            .acts
            .iter()
            .map(|at| {
                let exact =
                    if at.exact { "" } else { " (and no more: the rest cannot be decided)" };
                let words = format!("{}{exact}", at.words);
                vec![String::new(), at.act.name().to_owned(), at.level.name().to_owned(), words]
            })
            .collect();
        table::write(&mut out, &rows)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", sizes(&compiled))?;
    Ok(ExitCode::SUCCESS)
}

fn does(policy: &CompiledPolicy) -> String {
    let stays =
        if policy.fail_closed { "stays when the agent is gone" } else { "ends with the agent" };
    let way_in = if policy.even_the_way_in { ", holds for the way in too" } else { "" };
    format!("{} ({} mode), {stays}{way_in}", policy.action.name(), policy.mode.name())
}

/// How large the programs and tables are.
fn sizes(compiled: &Compiled) -> String {
    let names = compiled.last_components.len() + compiled.comms.len();
    format!(
        "{} of programs, {}, {}, {}",
        counted(compiled.steps.len() as u64, "step"),
        counted(compiled.paths.len() as u64, "path"),
        counted(names as u64, "name"),
        counted(compiled.networks.len() as u64, "network"),
    )
}

fn json_of(compiled: &Compiled) -> Json {
    let policies = compiled.policies.iter().map(|policy| {
        let acts = policy.acts.iter().map(|at| {
            json!({ "act": at.act.name(), "level": at.level.name(), "exact": at.exact, "asks": at.words })
        });
        json!({
            "policy": policy.name, "id": policy.id, "file": policy.file, "line": policy.place.line,
            "action": policy.action.name(), "mode": policy.mode.name(),
            "fail": if policy.fail_closed { "closed" } else { "open" },
            "even_the_way_in": policy.even_the_way_in, "rules": policy.rules,
            "acts": acts.collect::<Vec<_>>(),
        })
    });
    let entries = Act::ALL.into_iter().zip(&compiled.acts);
    let programs = entries.map(|(act, entry)| {
        json!({ "act": act.name(), "all": entry.all, "no_object": entry.no_object, "needs": entry.needs })
    });
    let steps = compiled.steps.iter().map(|step| {
        json!({ "word": step.word, "mask": format!("{:#x}", step.mask), "yes": step.yes, "no": step.no })
    });
    json!({
        "policies": policies.collect::<Vec<_>>(),
        "programs": programs.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
    })
}
