//! `docs/channels.md`: its configurations are ones that Peregrine takes, its lists of keys are those of the table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use peregrine_config::channel_rows;
use serde_json::Value as Json;

/// Behind it is the type whose keys follow.
const KEYS: &str = "<!-- keys: ";
const END_OF_KEYS: &str = "<!-- end of keys -->";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/channels.md")
}

/// The page with the keys of each type that it names.
fn with_keys(page: &str) -> String {
    let mut made = String::new();
    let mut skips = false;
    for line in page.lines() {
        skips &= line != END_OF_KEYS;
        if !skips {
            let _ = writeln!(made, "{line}");
        }
        let Some(name) = line.strip_prefix(KEYS) else { continue };
        skips = true;
        let name = name.trim_end_matches(" -->");
        let rows = channel_rows(name);
        assert!(!rows.is_empty(), "there is no type {name}");
        for row in rows {
            let default = match row.default {
                Json::Null => String::new(),
                Json::String(text) if text.is_empty() => String::new(),
                Json::String(text) => format!(" Default: `{text}`."),
                other => format!(" Default: `{other}`."),
            };
            let example =
                row.example.map(|text| format!(" Example: `{text}`.")).unwrap_or_default();
            let _ = writeln!(made, "- `{}`: {}{default}{example}", row.key, row.about);
        }
    }
    made
}

#[test]
fn keys_of_the_page_are_those_of_the_table() {
    let page = std::fs::read_to_string(file()).unwrap();
    let fresh = with_keys(&page);
    if std::env::var_os("PEREGRINE_WRITE_DOCS").is_some() {
        std::fs::write(file(), &fresh).unwrap();
    }
    let page = std::fs::read_to_string(file()).unwrap();
    assert!(page == fresh, "docs/channels.md is stale: cargo xtask pages writes it");
}

/// The blocks of YAML of a page, with the line each begins at.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line == "```yaml" {
            let block = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            blocks.push((at + 1, block.collect::<Vec<_>>().join("\n")));
        }
    }
    blocks
}

#[test]
fn every_configuration_of_the_page_is_taken() {
    let page = std::fs::read_to_string(file()).unwrap();
    let scratch = peregrine_testkit::Folder::new("channels");
    let folder = scratch.path().to_path_buf();
    let mut shown = std::collections::BTreeSet::new();
    for (line, block) in blocks(&page) {
        let file = folder.join(format!("{line}.yaml"));
        std::fs::write(&file, block).unwrap();
        let loaded = peregrine_config::load(Some(&file), &[]);
        let loaded = loaded.unwrap_or_else(|error| panic!("docs/channels.md:{line}: {error}"));
        assert!(loaded.warnings.is_empty(), "docs/channels.md:{line}: {:?}", loaded.warnings);
        assert!(!loaded.config.outputs.is_empty(), "docs/channels.md:{line}: no outputs");
        shown.extend(loaded.config.outputs.iter().map(|output| output.channel.type_name()));
    }
    // Each type has a heading and a configuration.
    for line in page.lines().filter_map(|line| line.strip_prefix("### `")) {
        let name = line.split('`').next().unwrap();
        assert!(shown.contains(name), "`{name}` has no configuration");
    }
    assert!(shown.len() > 13, "{shown:?}");
}
