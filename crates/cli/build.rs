//! What `peregrine --version` says of the build: the commit, its day, the compiler.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PEREGRINE_COMMIT");
    // A packager without the repository says which commit it is.
    let commit = std::env::var("PEREGRINE_COMMIT").ok();
    let commit = commit.or_else(|| git(&["log", "-1", "--format=%h %cs"]));
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && std::path::Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let compiler = output(Command::new(rustc).arg("--version"));
    for (name, value) in [
        ("COMMIT", commit),
        ("COMPILER", compiler),
        ("PROFILE", std::env::var("PROFILE").ok()),
        ("TARGET", std::env::var("TARGET").ok()),
    ] {
        let value = value.unwrap_or_else(|| "unknown".to_owned());
        println!("cargo::rustc-env=PEREGRINE_BUILD_{name}={value}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    output(Command::new("git").args(args))
}

/// The first line a program prints, where it runs and is content.
fn output(command: &mut Command) -> Option<String> {
    let done = command.output().ok().filter(|done| done.status.success())?;
    let text = String::from_utf8(done.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}
