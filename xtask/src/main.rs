//! The project's own chores, run as `cargo xtask <chore>`. They build without the product, so that they run
//! where it does not compile.
//!
//! `codegen` writes the tables under `schema/` out as Rust and C; `codegen --check` says whether
//! the committed files are what it would write; `pages` writes the pages of docs/ that are made from
//! the rules we ship, the keys of the configuration, the fields and the events; `tidy` checks the rules of the
//! house (layers, file sizes, where unsafe may stand); `callgrind` counts the instructions of fixed work and compares
//! them; `vm guard` tries prevention on other kernels in QEMU and writes its tables into docs/guard.md; `changelog` gathers the fragments of `changelog.d/`. `conformance`, `bench` and
//! `package` are programs of their own, in `crates/`.

mod c_header;
mod callgrind;
mod changelog;
mod codegen;
mod conversions;
mod fields;
mod kernel;
mod layout;
mod rust_tables;
mod tidy;
mod vm;

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};

const USAGE: &str = "usage: cargo xtask codegen [--check] | pages | tidy | changelog [VERSION DATE] | callgrind [--update] | \
vm guard [KERNEL... | --page] | bench [SCENARIO...] [--quick] [--rules FILE...] (see bench --help) | \
conformance [DIR] [--only=KIND] [--json] [--failures] [--not-run] [--update] | package (see package --help)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = workspace_root();
    let result = match words.as_slice() {
        ["codegen"] => codegen::write(&root),
        ["codegen", "--check"] => codegen::check(&root),
        ["pages"] => pages(&root),
        ["tidy"] => tidy::run(&root),
        ["changelog"] => changelog::print(&root),
        ["changelog", version, date] => changelog::release(&root, version, date),
        ["callgrind"] => callgrind::run(&root, false),
        ["callgrind", "--update"] => callgrind::run(&root, true),
        ["vm", "guard", words @ ..] => vm::guard(&root, words),
        [program @ ("bench" | "conformance" | "package"), arguments @ ..] => {
            run_program(&root, program, arguments)
        }
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a command line tool tells its user")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Cargo, for the workspace whatever the current folder is.
fn cargo(root: &Path, command: &str) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([command, "--quiet", "--locked", "--manifest-path"]).arg(root.join("Cargo.toml"));
    // What cargo says of this package: build scripts that ask for it would run anew.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|begin| text.starts_with(begin)) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Builds the package `peregrine-<program>` and goes on as it, in the current folder.
fn run_program(root: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let mut cargo = cargo(root, "run");
    cargo.args(["--package", &format!("peregrine-{program}"), "--"]).args(arguments);
    // It comes back only if it cannot be started.
    Err(cargo.exec()).context("cargo cannot be started")
}

/// Writes the pages of `docs/` that are made from what the product knows: the tests that compare them write them
/// when asked to.
fn pages(root: &Path) -> Result<()> {
    for target in [
        ["peregrine-rules", "--test", "page"],
        ["peregrine-config", "--lib", "page"],
        ["peregrine-config", "--test", "channels_page"],
        ["peregrine-fields", "--test", "page"],
        ["peregrine-agent", "--lib", "the_page_is_fresh"],
    ] {
        let mut test = cargo(root, "test");
        test.arg("--package").args(target).env("PEREGRINE_WRITE_DOCS", "1");
        ensure!(test.status()?.success(), "the pages of {} cannot be made", target[0]);
    }
    Ok(())
}

/// The folder that holds the workspace's `Cargo.toml`.
fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
