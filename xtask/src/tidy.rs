//! The rules of the house that can be seen mechanically: layers, file sizes, where unsafe stands,
//! names nobody may use.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What each crate may depend on: DESIGN's table of layers, one row a crate.
const MAY_USE: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("scap", &["event"]),
    ("state", &["event"]),
    ("filter", &[]),
    ("fields", &["event", "state", "filter"]),
    ("rules", &["event", "fields", "filter"]),
    ("engine", &["event", "state", "fields", "filter", "rules"]),
    ("alert", &["event", "state", "fields", "filter"]),
    ("bpf", &[]),
    ("probe", &["event"]),
    ("hostinfo", &["event", "state", "probe"]),
    ("outputs", &["alert"]),
    (
        "agent",
        &[
            "event", "scap", "state", "filter", "fields", "rules", "engine", "alert", "probe",
            "hostinfo", "outputs",
        ],
    ),
    ("cli", &["agent", "event", "fields", "rules", "alert", "probe"]),
    ("testkit", &["event"]),
];

/// Layers 0 and 1: no I/O, no clock; what they cannot know they ask through `Outside`.
const PURE: &[&str] = &["event", "scap", "state", "filter", "fields", "rules", "engine", "alert"];

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

const UNSAFE_CRATES: &[&str] = &["event", "probe", "plugins", "guard", "testkit"];
const LINES: usize = 500;
const BAD_NAMES: &[&str] = &["manager", "handler", "utils", "common"];

/// Runs every check and reports all that is wrong.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut wrong = layers(root)?;
    wrong.extend(sources(root)?);
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} rules of the house are broken:\n  {}", wrong.len(), wrong.join("\n  "));
}

/// Dependencies between our crates against the table.
fn layers(root: &Path) -> Result<Vec<String>> {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for name in crate_names(root)? {
        let manifest = fs::read_to_string(root.join("crates").join(&name).join("Cargo.toml"))?;
        let Some(allowed) = table.get(name.as_str()) else {
            wrong.push(format!(
                "crates/{name} has no row in the table of layers (xtask/src/tidy.rs)"
            ));
            continue;
        };
        // Tests may use more than the crate itself: only [dependencies] counts.
        let body = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let body = body.split("\n[").next().unwrap_or_default();
        for line in body.lines() {
            let Some(used) = line.trim().strip_prefix("peregrine-") else { continue };
            let used = used.split(['.', ' ', '=']).next().unwrap_or_default();
            if !allowed.contains(&used) {
                wrong.push(format!(
                    "crates/{name} depends on `{used}`; its layer allows: {allowed:?}"
                ));
            }
        }
    }
    Ok(wrong)
}

/// Every hand-written source file: length, unsafe, names, reaching outside.
fn sources(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for name in crate_names(root)? {
        for path in files(&root.join("crates").join(&name))? {
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let text = fs::read_to_string(&path).with_context(|| shown.clone())?;
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if BAD_NAMES.contains(&stem) {
                wrong.push(format!("{shown}: a file is named for the thing, not `{stem}`"));
            }
            let generated = text.contains("Generated from schema/") || stem == "vmlinux";
            let table = text.lines().next().is_some_and(|line| line.contains("(a table)"));
            if !generated && !table && text.lines().count() > LINES {
                wrong.push(format!("{shown}: {} lines, {LINES} at most", text.lines().count()));
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let code: Vec<&str> =
                text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            if !UNSAFE_CRATES.contains(&name.as_str())
                && code.iter().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"))
            {
                wrong.push(format!("{shown}: unsafe code outside {UNSAFE_CRATES:?}"));
            }
            let in_source = shown.contains("/src/");
            let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let product: Vec<&str> =
                product.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let test_file = stem == "tests" || shown.contains("/tests/");
            if PURE.contains(&name.as_str()) && in_source && !test_file {
                for word in OUTSIDE_WORDS {
                    if product.iter().any(|line| line.contains(word)) {
                        wrong.push(format!(
                            "{shown}: `{word}` in a layer that does no I/O and reads no clock"
                        ));
                    }
                }
            }
        }
    }
    Ok(wrong)
}

fn crate_names(root: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(root.join("crates"))?
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The `.rs`, `.c` and `.h` files below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "c" || e == "h") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        super::run(&crate::workspace_root()).unwrap();
    }
}
