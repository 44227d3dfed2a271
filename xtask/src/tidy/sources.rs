//! Every hand-written source file: its length, where unsafe stands, names nobody may use, what reaches outside,
//! `{:?}` in what users read, the licence of C.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::code::{bare, product};

/// Layers 0 and 1: no I/O, no clock; what they need to know of the host they get through `HostInfo`.
const PURE: &[&str] = &[
    "event",
    "yaml",
    "kfilter",
    "scap",
    "state",
    "filter",
    "fields",
    "rules",
    "engine",
    "pushdown",
    "guard",
    "alert",
    "control",
    "respond",
    "correlate",
];

/// Words that only reach the outside: a pure crate's source must not hold them.
const OUTSIDE_WORDS: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::process",
    "std::env",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "File::open",
];

const UNSAFE_CRATES: &[&str] =
    &["event", "kfilter", "probe", "enforce", "plugins", "guard", "testkit"];
const LINES: usize = 500;
const BAD_NAMES: &[&str] = &["manager", "handler", "utils", "common"];

/// What C is under, for the kernel loads only programs under the GPL; `LICENSES/` has the texts.
const C_LICENCE: &str = "SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)";

/// Formats for programmers that stand in code of the product for a reason: file, and why nobody reads them.
const DEBUG_FORMATS: &[(&str, &str)] = &[
    ("crates/event/src/builder.rs", "a debug assertion about our own code"),
    ("crates/fields/src/catalogue.rs", "an implementation of `Debug`"),
];

/// Crates that are no part of the product.
const DEVELOPMENT: &[&str] = &["testkit", "bench", "conformance"];

/// Checks the sources of every crate, of the chores and of the fuzz targets.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for name in super::crate_names(root)? {
        check_folder(root, &root.join("crates").join(&name), &name, &mut wrong)?;
    }
    check_folder(root, &root.join("xtask"), "xtask", &mut wrong)?;
    check_folder(root, &root.join("fuzz/fuzz_targets"), "fuzz", &mut wrong)?;
    Ok(wrong)
}

/// Whether a file is made from `schema/` or says in its first line that it is a table.
pub(super) fn is_table(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.contains("Generated from schema/") || first.contains("(a table)")
}

fn check_folder(root: &Path, folder: &Path, name: &str, wrong: &mut Vec<String>) -> Result<()> {
    let reaches_out = !PURE.contains(&name);
    for path in super::files(folder, &["rs", "c", "h"])? {
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let text = fs::read_to_string(&path).with_context(|| shown.clone())?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if BAD_NAMES.contains(&stem) {
            wrong.push(format!("{shown}: a file is named for the thing, not `{stem}`"));
        }
        let lines = text.lines().count();
        if !is_table(&text) && stem != "vmlinux" && lines > LINES {
            wrong.push(format!("{shown}: {lines} lines, {LINES} at most"));
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            let first = text.lines().next().unwrap_or_default();
            if !first.contains(C_LICENCE) {
                wrong.push(format!(
                    "{shown}: the first line does not name the licence: {C_LICENCE}"
                ));
            }
            continue;
        }
        let code = bare(&text);
        let is_unsafe = ["unsafe {", "unsafe fn", "unsafe extern", "unsafe impl"]
            .iter()
            .any(|word| code.contains(word));
        if is_unsafe && !UNSAFE_CRATES.contains(&name) {
            wrong.push(format!("{shown}: unsafe code outside {}", UNSAFE_CRATES.join(", ")));
        }
        if !shown.contains("/src/") || stem == "tests" || shown.contains("/tests/") {
            continue;
        }
        let product = product(&text);
        let code = bare(product);
        for word in OUTSIDE_WORDS.iter().filter(|word| !reaches_out && code.contains(**word)) {
            wrong.push(format!("{shown}: `{word}` in a layer that does no I/O and reads no clock"));
        }
        let excused = DEBUG_FORMATS.iter().any(|(file, _)| *file == shown);
        let development = DEVELOPMENT.contains(&name) || name == "xtask";
        for (number, line) in product.lines().enumerate() {
            let debug = [":?}", ":#?}"].iter().any(|format| line.contains(format));
            if debug && !excused && !development && !line.trim_start().starts_with("//") {
                wrong.push(format!(
                    "{shown}:{}: `{{:?}}` shows a user what only programmers read",
                    number + 1
                ));
            }
        }
    }
    Ok(())
}
