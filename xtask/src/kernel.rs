//! `schema/kernel.json`, what kernel programs and user space share, for both languages.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::codegen::{Schema, number, rows, text};
use crate::rust_tables::HEAD;

/// The text at a place of a row that is an array.
fn at(row: &Value, index: usize) -> Result<&str> {
    row[index].as_str().with_context(|| format!("no text at {index} in {row}"))
}

fn value(row: &Value) -> Result<i64> {
    row[1].as_i64().with_context(|| format!("no number in {row}"))
}

fn upper(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// The part of `tables.gen.h` that comes from `kernel.json`.
pub(crate) fn header(schema: &Schema) -> Result<String> {
    let mut out = String::new();
    for group in rows(&schema.kernel, "groups")? {
        writeln!(out, "\n/* {} */", text(group, "about")?)?;
        let prefix = text(group, "prefix")?;
        for row in rows(group, "constants")? {
            writeln!(out, "#define {prefix}{} {}", at(row, 0)?, value(row)?)?;
        }
    }
    out += "\n/* What could not be delivered, by class. */\n";
    let losses = rows(&schema.kernel, "losses")?;
    for (class, row) in losses.iter().enumerate() {
        writeln!(out, "#define PG_LOSS_{} {class}", at(row, 0)?)?;
    }
    writeln!(out, "#define PG_LOSS_CLASSES {}", losses.len())?;

    out += "\n/* Operations of an io_uring, and the call that does the same. */\n";
    let operations = rows(&schema.kernel, "uring_operations")?;
    for row in operations {
        writeln!(out, "#define PG_OP_{} {}", at(row, 0)?, value(row)?)?;
    }
    out += "#define PG_URING_SAME_CALL \\\n";
    for row in operations {
        writeln!(out, "\t[PG_OP_{}] = PG_NR_{}, \\", at(row, 0)?, upper(at(row, 2)?))?;
    }

    out += "\n/* File systems the kernel fills, and where they are usually mounted: magic number, the first eight bytes\n * of the last name of the path and how long that is, the path without its first slash and how long that is. */\n";
    let mounts = rows(&schema.kernel, "usual_mounts")?;
    for (place, row) in mounts.iter().enumerate() {
        writeln!(out, "#define PG_USUAL_{} {place}", upper(at(row, 0)?))?;
    }
    writeln!(out, "#define PG_USUAL_MOUNTS {}", mounts.len())?;
    out += "#define PG_USUAL_MOUNT_ROWS \\\n";
    for row in mounts {
        let path = at(row, 2)?.strip_prefix('/').context("a mount point begins with a slash")?;
        let last = path.rsplit('/').next().unwrap_or_default();
        let word = last.bytes().take(8).rev().fold(0_u64, |word, byte| word << 8 | u64::from(byte));
        writeln!(
            out,
            "\t{{ {}, {word:#x}, {}, {}, \"{path}\" }}, \\",
            at(row, 1)?,
            last.len(),
            path.len()
        )?;
    }

    out += "\n/* Calls whose arguments are kept at their entry: they may write over them before they return. */\n";
    out += "#define PG_KEPT_AT_ENTRY_CASES \\\n";
    for name in rows(&schema.kernel, "kept_at_entry")? {
        let name = name.as_str().context("a call has a name")?;
        let calls = rows(&schema.syscalls, "syscalls")?;
        let call = calls.iter().find(|row| row["name"] == name);
        let call = call.with_context(|| format!("no call {name}"))?;
        let prefix = if is_native(call) { "PG_NR" } else { "PG_ROW" };
        writeln!(out, "\tcase {prefix}_{}: \\", upper(name))?;
    }
    out.push('\n');
    Ok(out)
}

/// Whether 64-bit programs have a call, on any architecture.
pub(crate) fn is_native(call: &Value) -> bool {
    ["x86_64", "aarch64"].iter().any(|column| call[*column].as_i64().is_some())
}

/// `kernel.rs` of the crate `event`.
pub(crate) fn module(schema: &Schema) -> Result<String> {
    let mut out = String::from(
        "//! Numbers that the kernel programs and user space share; `crates/bpf/include/tables.gen.h` has them for the former.\n\n",
    ) + HEAD;
    for group in rows(&schema.kernel, "groups")? {
        writeln!(out, "/// {}", text(group, "about")?)?;
        writeln!(out, "pub mod {} {{", text(group, "module")?)?;
        for row in rows(group, "constants")? {
            writeln!(out, "    /// {}", at(row, 2)?)?;
            let kind = text(group, "type")?;
            writeln!(out, "    pub const {}: {kind} = {};", at(row, 0)?, value(row)?)?;
        }
        out += "}\n\n";
    }
    let mut list = |about: &str, name: &str, kind: &str, items: &[String]| -> Result<()> {
        writeln!(out, "/// {about}\npub const {name}: [{kind}; {}] = [", items.len())?;
        for item in items {
            writeln!(out, "    {item},")?;
        }
        out += "];\n\n";
        Ok(())
    };
    let quoted = |name: &str| format!("\"{name}\"");
    let losses = rows(&schema.kernel, "losses")?.iter().map(|row| Ok(quoted(at(row, 1)?)));
    list(
        "Classes of what could not be delivered, by number. The first eight are full rings, by what was lost; then: no scratch slot free, record too large.",
        "LOSS_CLASSES",
        "&str",
        &losses.collect::<Result<Vec<_>>>()?,
    )?;
    let mut calls = Vec::new();
    for row in rows(&schema.kernel, "uring_operations")? {
        let call = quoted(at(row, 2)?);
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    list("Calls that an `io_uring` can do.", "URING_CALLS", "&str", &calls)?;
    let kept = rows(&schema.kernel, "kept_at_entry")?.iter();
    let kept = kept.map(|name| Ok(quoted(name.as_str().context("a call has a name")?)));
    list(
        "Calls that may write over what they were given before they return: it is kept at their entry.",
        "KEPT_AT_ENTRY",
        "&str",
        &kept.collect::<Result<Vec<_>>>()?,
    )?;
    let mounts = rows(&schema.kernel, "usual_mounts")?.iter();
    let mounts =
        mounts.map(|row| Ok(format!("({}, {})", quoted(at(row, 0)?), quoted(at(row, 2)?))));
    list(
        "File systems the kernel fills, by the name of their type, and where they are usually mounted.",
        "USUAL_MOUNTS",
        "(&str, &str)",
        &mounts.collect::<Result<Vec<_>>>()?,
    )?;
    out.truncate(out.trim_end().len());
    out.push('\n');
    Ok(out)
}

/// The rows of calls that only 32-bit programs have.
pub(crate) fn compat_rows(schema: &Schema) -> Result<String> {
    let mut out = String::from("\n/* Rows of calls that only 32-bit programs have. */\n");
    for row in rows(&schema.syscalls, "syscalls")?.iter().filter(|row| !is_native(row)) {
        if row["i386"].as_i64().is_some() {
            let name = upper(text(row, "name")?);
            writeln!(out, "#define PG_ROW_{name} (PG_NUMBERS + {})", number(row, "i386")?)?;
        }
    }
    Ok(out)
}
