//! `suite`, kind cli, and those of kind replay that need a configuration: the binary is run through a link
//! named `falco`; exit code, alerts by rule and the last line of stderr are compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use serde_json::Value as Json;

use super::{Outcome, face};

pub(crate) const KIND: &str = "suite face";

/// The configuration of cases without one.
const DEFAULT: &str = "stdout_output:\n  enabled: true\nsyslog_output:\n  enabled: false\nlog_stderr: true\nlog_syslog: false\nengine:\n  kind: nodriver\n";

/// Whether a case is asked here: it can be run, needs no plugin, and no other kind asks it.
pub(crate) fn is_here(case: &Json) -> bool {
    let needs: Vec<&str> =
        case["needs"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let foreign = |need: &&str| !["config", "drops"].contains(need);
    let by_lines = case["observed_0_44_1"]["strict_lines"].is_string();
    case["runnable"] == true
        && !needs.iter().any(foreign)
        && (case["kind"] == "cli"
            || case["kind"] == "replay" && needs.contains(&"config") && !by_lines)
}

/// Runs the cases.
pub(crate) fn run(root: &Path, suite: &Path, note: &mut dyn FnMut(&str, Outcome)) -> Result<()> {
    let Ok(text) = fs::read_to_string(suite.join("cases.json")) else { return Ok(()) };
    let data: Json = serde_json::from_str(&text)?;
    let scratch = face::Scratch::new(root, "suite")?;
    let cases = data["cases"].as_array().or_else(|| data.as_array());
    for case in cases.into_iter().flatten().filter(|case| is_here(case)) {
        let name = format!(
            "face:{}",
            case["name"].as_str().or_else(|| case["id"].as_str()).unwrap_or("?")
        );
        note(&name, one(&scratch, suite, case)?);
    }
    Ok(())
}

fn one(scratch: &face::Scratch, suite: &Path, case: &Json) -> Result<Outcome> {
    let config = scratch.folder.join("falco.yaml");
    match case["config"]["file"].as_str() {
        Some(file) => fs::copy(suite.join(file), &config).map(drop)?,
        None => fs::write(&config, DEFAULT)?,
    }
    let mut falco = Command::new(scratch.link());
    falco.arg("-c").arg(&config).current_dir(&scratch.folder).stdin(Stdio::null());
    falco.env_clear().env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
    for (key, value) in case["env"].as_object().into_iter().flatten() {
        falco.env(key, value.as_str().unwrap_or_default());
    }
    for file in case["rules"].as_array().into_iter().flatten() {
        falco.arg("-r").arg(suite.join(file["file"].as_str().unwrap_or_default()));
    }
    if let Some(capture) = case["capture"]["file"].as_str() {
        let capture = suite.join("../captures").join(capture);
        falco.args(["-o", "engine.kind=replay", "-o"]);
        falco.arg(format!("engine.replay.capture_file={}", capture.display()));
    }
    let args = if case["args_modern"].is_array() { &case["args_modern"] } else { &case["args"] };
    falco.args(args.as_array().into_iter().flatten().filter_map(Json::as_str));
    let done = falco.output()?;
    let observed = &case["observed_0_44_1"];
    if done.status.code().map(i64::from) != observed["exit_code"].as_i64() {
        return Ok(Outcome::Failed(format!("it ended with {}", done.status)));
    }
    let stdout = String::from_utf8_lossy(&done.stdout);
    let expected = observed["rule_counts"].as_object();
    let expected: Option<BTreeMap<String, u64>> = expected.map(|counts| {
        counts.iter().map(|(rule, count)| (rule.clone(), count.as_u64().unwrap_or(0))).collect()
    });
    if let Some(expected) = expected {
        let got = counts(&stdout);
        if got != expected {
            return Ok(Outcome::Failed(format!("alerts {got:?}, expected {expected:?}")));
        }
    }
    if let Some(error) = observed["error"].as_str() {
        let stderr = String::from_utf8_lossy(&done.stderr);
        let stderr = stderr.replace(&config.display().to_string(), "<config>");
        let last = stderr.lines().next_back().unwrap_or_default();
        if !last.ends_with(error) {
            return Ok(Outcome::Failed(format!("the last line is {last}, expected {error}")));
        }
    }
    Ok(Outcome::Passed)
}

/// How often each rule hit, by the summary.
fn counts(stdout: &str) -> BTreeMap<String, u64> {
    let lines = stdout.lines().skip_while(|line| *line != "Triggered rules by rule name:").skip(1);
    lines
        .filter_map(|line| line.trim().rsplit_once(": "))
        .filter_map(|(rule, count)| Some((rule.to_owned(), count.parse().ok()?)))
        .collect()
}
