//! `peregrine reload`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use peregrine_control::{CallAdded, ReloadAnswer, ReloadPlan, Request, RuleChanges};

use crate::agent::Agent;
use crate::terminal::say;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:\n  0  it took hold, or would\n  1  something is wrong and the former rules and settings stay, or no agent answers\n\nExamples:\n  peregrine reload --dry-run\n  peregrine reload"
)]
pub(crate) struct Flags {
    #[command(flatten)]
    agent: Agent,
    /// Change nothing: show what would change of rules, calls and settings.
    #[arg(long)]
    dry_run: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let answer: ReloadAnswer = flags.agent.ask(&Request::Reload { dry_run: flags.dry_run })?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
    } else {
        for warning in &answer.warnings {
            say(warning);
        }
        write(&mut out, &answer)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What changed or would change, a line each.
fn write(out: &mut impl Write, answer: &ReloadAnswer) -> std::io::Result<()> {
    let ReloadAnswer { applied, took_seconds, plan, warnings: _ } = answer;
    let ReloadPlan { rules, syscalls_added, syscalls_removed, settings, restart } = plan;
    let RuleChanges { added, changed, removed, enabled, disabled } = rules;
    let of_rules = [
        ("rule added", added),
        ("rule changed", changed),
        ("rule removed", removed),
        ("rule enabled", enabled),
        ("rule disabled", disabled),
    ];
    for (what, names) in of_rules {
        for name in names {
            writeln!(out, "{what}: {name}")?;
        }
    }
    for CallAdded { name, filtered } in syscalls_added {
        let cost = if *filtered {
            "the kernel drops events that no rule can match"
        } else {
            "every event is reported"
        };
        writeln!(out, "call watched: {name} ({cost})")?;
    }
    for call in syscalls_removed {
        writeln!(out, "call no longer watched: {call}")?;
    }
    for key in settings {
        writeln!(out, "setting changed: {key}")?;
    }
    for key in restart {
        writeln!(out, "needs a restart: {key}")?;
    }
    if *plan == ReloadPlan::default() {
        writeln!(out, "nothing changes")?;
    }
    if *applied {
        writeln!(out, "reloaded in {:.0} ms", took_seconds * 1000.0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_line_for_each_change() {
        let check = |plan: ReloadPlan, applied: bool, expected: &str| {
            let answer = ReloadAnswer { applied, took_seconds: 0.0484, plan, warnings: Vec::new() };
            let mut out = Vec::new();
            write(&mut out, &answer).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(ReloadPlan::default(), false, "nothing changes\n");
        check(ReloadPlan::default(), true, "nothing changes\nreloaded in 48 ms\n");
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let rules = RuleChanges {
            added: names(&["a", "b"]),
            disabled: names(&["c d"]),
            ..RuleChanges::default()
        };
        let call = |name: &str, filtered| CallAdded { name: name.to_owned(), filtered };
        let plan = ReloadPlan {
            rules,
            syscalls_added: vec![call("read", false), call("chmod", true)],
            syscalls_removed: names(&["write"]),
            settings: names(&["priority"]),
            restart: names(&["journal.path"]),
        };
        check(
            plan,
            false,
            "rule added: a\nrule added: b\nrule disabled: c d\n\
             call watched: read (every event is reported)\n\
             call watched: chmod (the kernel drops events that no rule can match)\n\
             call no longer watched: write\nsetting changed: priority\nneeds a restart: journal.path\n",
        );
    }
}
