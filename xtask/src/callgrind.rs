//! Instructions of four fixed pieces of work, counted by valgrind: `cargo xtask callgrind [--update]`.
//!
//! Times differ from run to run and machine to machine, instructions hardly. The work is done by
//! `crates/engine/examples/costs`; `tests/callgrind.json` holds what it may cost.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

const WORK: [&str; 4] = ["mixed", "opens", "execs", "hits"];
/// Percent by which a count may differ.
const MARGIN: u64 = 2;

/// Counts, compares, and with `--update` writes the counts down.
pub(crate) fn run(root: &Path, update: bool) -> Result<()> {
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--quiet", "--locked", "--profile", "counted"])
        .args(["--package", "peregrine-engine", "--example", "costs"])
        .status()?;
    ensure!(built.success(), "the work to be counted cannot be built");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let program = target.join("counted/examples/costs");
    let file = root.join("tests/callgrind.json");
    let known: BTreeMap<String, u64> = match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text).context("tests/callgrind.json")?,
        Err(_) => BTreeMap::new(),
    };
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    for work in WORK {
        let now = count(&program, work)?;
        let before = known.get(work).copied().unwrap_or(0);
        let differs = now.abs_diff(before) * 100 > before * MARGIN;
        if differs {
            wrong.push(work);
        }
        #[expect(clippy::print_stdout, reason = "a chore tells its figures")]
        {
            let mark = if differs { "  differs" } else { "" };
            println!("{work:8} {now:>12} instructions, {before:>12} before{mark}");
        }
        counts.insert(work, now);
    }
    if update {
        std::fs::write(&file, serde_json::to_string_pretty(&counts)? + "\n")?;
    } else if !wrong.is_empty() {
        bail!(
            "{} differ by more than {MARGIN} %: make it cheaper, or write the new counts down with \
             `cargo xtask callgrind --update` and say why",
            wrong.join(", ")
        );
    }
    Ok(())
}

/// The instructions one piece of work takes, without what prepares it.
fn count(program: &Path, work: &str) -> Result<u64> {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--toggle-collect=*measured*"])
        .arg(program)
        .arg(work)
        .output()
        .context("valgrind cannot be started (Debian: apt-get install valgrind)")?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{work} failed: {said}");
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let number = line.and_then(|(_, number)| number.trim().parse().ok());
    number.filter(|count| *count > 0).with_context(|| format!("valgrind tells no count: {said}"))
}
