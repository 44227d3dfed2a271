//! `schema/*.json` -> the committed generated files. Nothing else writes those files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::layout::Layout;
use crate::{c_header, conversions, fields, kernel, layout, rust_tables};

/// The tables under `schema/`, read once.
pub(crate) struct Schema {
    pub(crate) events: Value,
    pub(crate) types: Value,
    pub(crate) flags: Value,
    pub(crate) syscalls: Value,
    pub(crate) fields: Value,
    pub(crate) conversions: Value,
    pub(crate) kernel: Value,
    pub(crate) kfilter: Value,
    pub(crate) guard: Value,
}

impl Schema {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let one = |name: &str| -> Result<Value> {
            let path = root.join("schema").join(name);
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
        };
        Ok(Self {
            events: one("events.json")?,
            types: one("types.json")?,
            flags: one("flags.json")?,
            syscalls: one("syscalls.json")?,
            fields: one("fields.json")?,
            conversions: one("conversions.json")?,
            kernel: one("kernel.json")?,
            kfilter: one("kfilter.json")?,
            guard: one("guard.json")?,
        })
    }
}

/// The rows of the array `key`; a table without it is a mistake in `schema/`.
pub(crate) fn rows<'a>(table: &'a Value, key: &str) -> Result<&'a [Value]> {
    table[key]
        .as_array()
        .map(Vec::as_slice)
        .with_context(|| format!("no array `{key}` in the schema"))
}

/// The string `key` of a row.
pub(crate) fn text<'a>(row: &'a Value, key: &str) -> Result<&'a str> {
    row[key].as_str().with_context(|| format!("no text `{key}` in {row}"))
}

/// The whole number `key` of a row.
pub(crate) fn number(row: &Value, key: &str) -> Result<i64> {
    row[key].as_i64().with_context(|| format!("no number `{key}` in {row}"))
}

/// Every generated file: its place in the repository and its text.
fn generate(root: &Path) -> Result<Vec<(&'static str, String)>> {
    let schema = Schema::read(root)?;
    let filter = Layout {
        table: &schema.kfilter,
        folder: "kfilter",
        prefix: "PD_",
        of: "the kernel's filter",
        value: "Table",
    };
    let guard = Layout {
        table: &schema.guard,
        folder: "guard",
        prefix: "GUARD_",
        of: "the guard's programs",
        value: "Program",
    };
    Ok(vec![
        ("crates/event/src/event_table.rs", rust_tables::events(&schema)?),
        ("crates/event/src/param.rs", rust_tables::params(&schema)?),
        ("crates/event/src/name_tables.rs", rust_tables::names(&schema)?),
        ("crates/event/src/syscall_table.rs", rust_tables::syscalls(&schema)?),
        ("crates/event/src/kernel.rs", kernel::module(&schema)?),
        ("crates/fields/src/table.rs", fields::table(&schema)?),
        ("crates/scap/src/conversion_table.rs", conversions::table(&schema)?),
        ("crates/bpf/include/tables.gen.h", c_header::events(&schema)?),
        ("crates/kfilter/include/kfilter/layout.gen.h", layout::header(&filter)?),
        ("crates/kfilter/src/layout.rs", layout::module(&filter)?),
        ("crates/guard/include/guard/layout.gen.h", layout::header(&guard)?),
        ("crates/guard/src/layout.rs", layout::module(&guard)?),
    ])
}

/// Writes every generated file that differs.
pub(crate) fn write(root: &Path) -> Result<()> {
    for (name, text) in generate(root)? {
        let path = root.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        #[expect(clippy::print_stderr, reason = "a command line tool tells its user")]
        {
            eprintln!("wrote {name}");
        }
    }
    Ok(())
}

/// Fails when a generated file is not what `schema/` says, naming each.
pub(crate) fn check(root: &Path) -> Result<()> {
    let stale: Vec<&str> = generate(root)?
        .into_iter()
        .filter(|(name, text)| !fs::read_to_string(root.join(name)).is_ok_and(|old| old == *text))
        .map(|(name, _)| name)
        .collect();
    if !stale.is_empty() {
        bail!("not what schema/ says: {}; run `cargo xtask codegen`", stale.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn generated_files_are_fresh() {
        super::check(&crate::workspace_root()).unwrap();
    }
}
