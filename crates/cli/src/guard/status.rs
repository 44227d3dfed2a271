//! `peregrine guard status`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use peregrine_alert::one_line;
use peregrine_control::{ActStatus, GuardStatus, LastDenial, PolicyStatus, Request};

use crate::agent::Agent;
use crate::amount::{moment, number};
use crate::table::{self, Paint};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    agent: Agent,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let status: GuardStatus = flags.agent.ask(&Request::GuardStatus {})?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        let paint = Paint::stdout();
        if let Some(why) = &status.off {
            writeln!(out, "{}", paint.bad(&format!("Nothing is denied: {why}.")))?;
        }
        table::write(&mut out, &policies(&status, paint))?;
        table::write(&mut out, &canaries(&status, paint))?;
        for (count, what) in [
            (status.late, "openers went on without a verdict: it took too long"),
            (status.lost, "decisions are in no alert: there was no room for them"),
        ] {
            if count > 0 {
                writeln!(out, "{}", paint.bad(&format!("{} {what}", number(count))))?;
            }
        }
    }
    Ok(if is_well(&status) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether policies do what they say.
fn is_well(status: &GuardStatus) -> bool {
    status.off.is_none()
        && status.canaries.iter().all(|canary| canary.proven)
        && status.policies.iter().all(|policy| policy.mode == policy.wanted)
}

fn policies(status: &GuardStatus, paint: Paint) -> Vec<Vec<String>> {
    let head = ["POLICY", "MODE", "LEVEL", "DENIED", "WOULD", "LAST"].map(|text| paint.dim(text));
    let row = |policy: &PolicyStatus| {
        vec![
            one_line(policy.name.clone()),
            mode(policy, paint),
            policy.acts.iter().map(|act| level(act, paint)).collect::<Vec<_>>().join(" "),
            number(policy.denied),
            number(policy.would_deny),
            policy.last.as_ref().map_or_else(String::new, last),
        ]
    };
    let rows = status.policies.iter().map(row);
    std::iter::once(head.to_vec()).chain(rows).collect()
}

/// What it does, and how that differs from what it is to do.
fn mode(policy: &PolicyStatus, paint: Paint) -> String {
    let action = if policy.mode == "enforce" { policy.action.as_str() } else { &policy.mode };
    match &policy.confirm_until {
        Some(until) => paint.bad(&format!("{action}, to be confirmed until {}", moment(until))),
        None if policy.mode != policy.wanted => {
            paint.bad(&format!("{action}, not {}", policy.wanted))
        }
        None => action.to_owned(),
    }
}

fn level(act: &ActStatus, paint: Paint) -> String {
    let text = format!("{}:{}", act.act, act.level);
    if act.proven { paint.good(&text) } else { paint.bad(&format!("{text} (not proven)")) }
}

fn last(last: &LastDenial) -> String {
    let LastDenial { time, act, process, pid, what } = last;
    let text = format!("{} {process}[{pid}] {act} {what}", moment(time));
    one_line(text)
}

fn canaries(status: &GuardStatus, paint: Paint) -> Vec<Vec<String>> {
    let row = |canary: &peregrine_control::CanaryStatus| {
        let works = match &canary.why {
            None => paint.good("works"),
            Some(why) => paint.bad(&format!("does not work: {why}")),
        };
        vec![paint.dim("tried"), format!("{} ({})", canary.hook, canary.level), works]
    };
    status.canaries.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_one_line() {
        let policy = PolicyStatus {
            name: "a\nb".to_owned(),
            mode: "shadow".to_owned(),
            wanted: "enforce".to_owned(),
            action: "deny".to_owned(),
            confirm_until: None,
            acts: vec![ActStatus { act: "open".to_owned(), level: "P4".to_owned(), proven: true }],
            denied: 1,
            would_deny: 20_000,
            last: Some(LastDenial {
                time: "x".to_owned(),
                act: "open".to_owned(),
                process: "cat".to_owned(),
                pid: 7,
                what: "/etc/shadow".to_owned(),
            }),
        };
        let status = GuardStatus { policies: vec![policy], ..GuardStatus::default() };
        assert!(!is_well(&status));
        let mut out = Vec::new();
        table::write(&mut out, &policies(&status, Paint::none())).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for part in ["shadow, not enforce", "open:P4", "20 000", "x cat[7] open /etc/shadow"] {
            assert!(lines[1].contains(part), "{text}");
        }
    }
}
