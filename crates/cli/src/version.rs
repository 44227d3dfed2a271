//! `peregrine --version` and `peregrine version`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};

use crate::falco::version::{self as falco, ENGINE, FALCO};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  peregrine version\n  peregrine version --json")]
pub(crate) struct Flags {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    print(flags.json)
}

/// What the web server says of versions: what Falco says, and ours.
pub(crate) fn versions() -> Json {
    let mut versions = falco::json();
    versions["peregrine_version"] = env!("CARGO_PKG_VERSION").into();
    versions
}

/// Which build this is and what it is compatible with.
pub(crate) fn print(json: bool) -> anyhow::Result<ExitCode> {
    let version = env!("CARGO_PKG_VERSION");
    let commit = env!("PEREGRINE_BUILD_COMMIT");
    let (profile, target) = (env!("PEREGRINE_BUILD_PROFILE"), env!("PEREGRINE_BUILD_TARGET"));
    let compiler = env!("PEREGRINE_BUILD_COMPILER");
    let libbpf = peregrine_probe::libbpf_version();
    let (falco, engine, schema) = (FALCO, ENGINE, "4.5.1");
    let mut out = std::io::stdout().lock();
    if json {
        let (commit, day) = commit.split_once(' ').unwrap_or((commit, ""));
        let row = json!({
            "version": version, "commit": commit, "commit_date": day,
            "build": {"profile": profile, "target": target, "compiler": compiler},
            "event_schema": schema, "engine": engine, "falco": falco, "libbpf": libbpf,
        });
        writeln!(out, "{row}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "peregrine {version}")?;
    writeln!(out, "commit      {commit}")?;
    writeln!(out, "build       {profile}, {target}, {compiler}")?;
    writeln!(out, "compatible  Falco {falco}, engine {engine}")?;
    writeln!(out, "events      schema {schema}")?;
    writeln!(out, "libbpf      {libbpf}")?;
    Ok(ExitCode::SUCCESS)
}
