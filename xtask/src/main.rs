//! The project's own chores, run as `cargo xtask <chore>`.
//!
//! `codegen` writes the tables under `schema/` out as Rust and C; `codegen --check` says whether
//! the committed files are what it would write; `tidy` holds the rules of the house (layers, file
//! sizes, where unsafe may stand); `conformance [DIR]` asks real Falco's answers: a folder of the shape
//! of `../shared/conformance`, where parts may be absent, `--failures` lists what fails, `--not-run` what
//! cannot be asked and why, `--only=KIND` runs one kind, `--update` writes a better result into `tests/conformance.json`; `bench` measures what Peregrine costs and
//! writes `docs/benchmarks.md`; `callgrind` counts the instructions of fixed work and compares them.

mod bench;
mod c_header;
mod callgrind;
mod codegen;
mod conformance;
mod conversions;
mod fields;
mod kernel;
mod rules_page;
mod rust_tables;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask codegen [--check] | tidy | bench [SCENARIO...] [--quick] [--rules FILE...] (see bench --help) | callgrind [--update] | conformance [DIR] [--only=KIND] [--json] [--failures] [--not-run] [--update]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = workspace_root();
    let result = match words.as_slice() {
        ["codegen"] => codegen::write(&root),
        ["codegen", "--check"] => codegen::check(&root),
        ["tidy"] => tidy::run(&root),
        ["bench", words @ ..] => bench::run(&root, words),
        ["callgrind"] => callgrind::run(&root, false),
        ["callgrind", "--update"] => callgrind::run(&root, true),
        ["conformance", flags @ ..] => conformance::run(&root, flags),
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

/// The folder that holds the workspace's `Cargo.toml`.
fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
