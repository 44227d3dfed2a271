//! The tables of `schema/` as the C header of the kernel programs.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::codegen::{Schema, number, rows, text};
use crate::kernel;

/// Above all numbers of calls.
const NO_CALL: i64 = 0x10_0000;

/// `tables.gen.h`: event codes and their parameter counts, constants, the system call tables.
pub(crate) fn events(schema: &Schema) -> Result<String> {
    let mut out = String::from(
        "/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */ /* Generated from schema/ by `cargo xtask codegen`; do not edit. */\n",
    );
    out += "#ifndef PEREGRINE_TABLES_GEN_H\n#define PEREGRINE_TABLES_GEN_H\n\n";
    let events = rows(&schema.events, "events")?;
    for row in events {
        let code = text(row, "code")?;
        writeln!(out, "#define PPME_{code} {}", number(row, "id")?)?;
        writeln!(out, "#define PPME_{code}_N {}", rows(row, "params")?.len())?;
    }
    writeln!(out, "#define PPME_MAX {}\n", events.len())?;
    for kind in rows(&schema.types, "fd_kinds")? {
        writeln!(out, "#define SCAP_FD_{} {}", text(kind, "name")?, number(kind, "id")?)?;
    }
    for protocol in rows(&schema.types, "l4_protocols")? {
        writeln!(out, "#define SCAP_L4_{} {}", text(protocol, "name")?, number(protocol, "id")?)?;
    }
    out.push('\n');
    for constant in rows(&schema.flags, "constants")? {
        let name = constant[0].as_str().context("a constant has a name")?;
        let value = constant[1].as_i64().context("a constant has a value")?;
        let suffix = if i32::try_from(value).is_ok() { "" } else { "LL" };
        writeln!(out, "#define {name} ({value}{suffix})")?;
    }
    out += &kernel::header(schema)?;
    syscall_tables(&mut out, schema)?;
    out += "\n#endif\n";
    Ok(out)
}

/// Rows by native number, as initialisers the including program puts into an array of its own.
fn syscall_tables(out: &mut String, schema: &Schema) -> Result<()> {
    out.push_str("\n#if defined(__TARGET_ARCH_arm64)\n");
    native_calls(out, schema, "aarch64")?;
    out.push_str("\n#else\n");
    native_calls(out, schema, "x86_64")?;
    out.push_str("\n#endif\n");
    *out += &kernel::compat_rows(schema)?;
    out.push_str("\n/* 32-bit number: x86-64 number, or -1 where there is none */\n");
    out.push_str("#define PG_I386_TO_X86_64 \\\n");
    for row in rows(&schema.syscalls, "i386")? {
        let native = row["x86_64"].as_i64().unwrap_or(-1);
        writeln!(out, "\t[{}] = {native}, \\", number(row, "i386")?)?;
    }
    out.push_str("\n/* 32-bit number: id of the capture format, or 0 */\n");
    out.push_str("#define PG_I386_IDS \\\n");
    for row in rows(&schema.syscalls, "i386")? {
        writeln!(out, "\t[{}] = {}, \\", number(row, "i386")?, row["id"].as_u64().unwrap_or(0))?;
    }
    out.push_str("\n/* socketcall sub-call: x86-64 number, or -1 */\n");
    out.push_str("#define PG_SOCKETCALL_TO_X86_64 \\\n");
    for row in rows(&schema.syscalls, "socketcall")? {
        writeln!(
            out,
            "\t[{}] = {}, \\",
            number(row, "call")?,
            row["x86_64"].as_i64().unwrap_or(-1)
        )?;
    }
    out.push('\n');
    Ok(())
}

/// The calls of an architecture by the name and by the number. Every call has a name in each of them: what
/// the architecture does not have gets a number no call has, that programs can name it all the same.
fn native_calls(out: &mut String, schema: &Schema, architecture: &str) -> Result<()> {
    let mut table: Vec<(i64, String)> = Vec::new();
    for row in rows(&schema.syscalls, "syscalls")? {
        if !kernel::is_native(row) {
            continue;
        }
        let id = number(row, "id")?;
        let native = row[architecture].as_i64();
        let name = text(row, "name")?.to_ascii_uppercase();
        writeln!(out, "#define PG_NR_{name} {}", native.unwrap_or(NO_CALL + id))?;
        if let Some(native) = native {
            let exit = row["exit"].as_u64().unwrap_or(0);
            let generic = u8::from(row["generic"].as_bool().context("no `generic`")?);
            table.push((native, format!("[{native}] = {{ {id}, {exit}, {generic} }}")));
        }
    }
    table.sort();
    writeln!(
        out,
        "\n/* {architecture} number: {{ id of the capture format, exit event (0 none), 1 = only the generic event }} */"
    )?;
    out.push_str("#define PG_NATIVE_SYSCALLS \\\n");
    for (_, entry) in &table {
        writeln!(out, "\t{entry}, \\")?;
    }
    Ok(())
}
