//! Instructions of four fixed pieces of work, counted by valgrind: `cargo xtask callgrind [--update]`.
//!
//! Times differ from run to run and machine to machine, instructions hardly: by 0.2 % for the seeds of
//! hash tables. Libraries that choose their instructions by the processor (`memchr`) make up to 4 % less of
//! them on a newer one, which is why only a count that grows is an error. The work is done by
//! `crates/engine/examples/costs`; `tests/callgrind.json` holds what it may cost, and the compiler that
//! made it so: another one makes other code, whose counts say nothing of ours.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

const WORK: [&str; 4] = ["mixed", "opens", "execs", "hits"];
/// Percent by which a count may grow.
const MARGIN: u64 = 2;
/// What the C library may not use, so that it copies and compares with the same instructions everywhere.
const SAME_C_LIBRARY: &str =
    "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-EVEX,-ERMS,-FSRM,-BMI2";

/// Counts, compares, and with `--update` writes the counts down.
pub(crate) fn run(root: &Path, update: bool) -> Result<()> {
    let file = root.join("tests/callgrind.json");
    let text = std::fs::read_to_string(&file).context("tests/callgrind.json");
    let known = text.and_then(|text| serde_json::from_str(&text).context("tests/callgrind.json"));
    // What is written down: the compiler's version, and the instructions of each piece of work.
    let known: Value = if update { known.unwrap_or_default() } else { known? };
    let rustc = compiler()?;
    let counted_by = known["rustc"].as_str().unwrap_or("?");
    if !update && counted_by != rustc {
        print(&format!(
            "SKIPPED: callgrind: the counts are those of rustc {counted_by}, this is rustc {rustc} \
             (`cargo xtask callgrind --update` writes down what it takes now)",
        ));
        return Ok(());
    }
    let built = crate::cargo(root, "build")
        .args(["--profile", "counted", "--package", "peregrine-engine", "--example", "costs"])
        .status()?;
    ensure!(built.success(), "the work to be counted cannot be built");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let program = target.join("counted/examples/costs");
    let mut now = BTreeMap::new();
    let mut wrong = Vec::new();
    for work in WORK {
        let count = count(&program, work)?;
        let before = known["instructions"][work].as_u64().unwrap_or(0);
        let margin = before * MARGIN / 100;
        let mark = if count > before + margin {
            wrong.push(work);
            "  MORE"
        } else if count + margin < before {
            "  less"
        } else {
            ""
        };
        print(&format!("{work:8} {count:>12} instructions, {before:>12} before{mark}"));
        now.insert(work, count);
    }
    if update {
        let counts = json!({ "rustc": rustc, "instructions": now });
        std::fs::write(&file, serde_json::to_string_pretty(&counts)? + "\n")?;
    } else if !wrong.is_empty() {
        bail!(
            "{} took more than {MARGIN} % more instructions: make it cheaper, or write the new counts down \
             with `cargo xtask callgrind --update` and say why",
            wrong.join(", ")
        );
    }
    Ok(())
}

/// The compiler's version: `1.95.0`.
fn compiler() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let out = Command::new(rustc).arg("--version").output().context("rustc cannot be started")?;
    let version = String::from_utf8_lossy(&out.stdout);
    version.split_whitespace().nth(1).map(str::to_owned).context("rustc prints no version")
}

fn print(line: &str) {
    #[expect(clippy::print_stdout, reason = "a chore prints its figures")]
    {
        println!("{line}");
    }
}

/// The instructions one piece of work takes, without what prepares it.
fn count(program: &Path, work: &str) -> Result<u64> {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--toggle-collect=*measured*"])
        .arg(program)
        .arg(work)
        .env("GLIBC_TUNABLES", SAME_C_LIBRARY)
        .output()
        .context("valgrind cannot be started (Debian: apt-get install valgrind)")?;
    let log = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{work} failed: {log}");
    let line = log.lines().find_map(|line| line.split_once("Collected :"));
    let number = line.and_then(|(_, number)| number.trim().parse().ok());
    number.filter(|count| *count > 0).with_context(|| format!("valgrind prints no count: {log}"))
}
