//! `schema/kfilter.json` and `schema/guard.json`, what kernel programs and user space share of the filter and of
//! the guard, for both languages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::codegen::{rows, text};

/// A table of a layout, and what its generated files say of themselves.
pub(crate) struct Layout<'s> {
    /// The table.
    pub(crate) table: &'s Value,
    /// The folder of the crate, and of its headers.
    pub(crate) folder: &'static str,
    /// What names of C begin with.
    pub(crate) prefix: &'static str,
    /// What it is the layout of.
    pub(crate) of: &'static str,
    /// The structure that is written as one value of a map; Rust is told its size.
    pub(crate) value: &'static str,
}

/// The text at a place of a row that is an array.
fn at(row: &Value, index: usize) -> Result<&str> {
    row[index].as_str().with_context(|| format!("no text at {index} in {row}"))
}

/// A constant's value as it is written in the table.
fn value(row: &Value) -> Result<String> {
    match &row[1] {
        Value::Number(number) => Ok(number.to_string()),
        Value::String(hexadecimal) => Ok(hexadecimal.clone()),
        other => anyhow::bail!("no value: {other}"),
    }
}

/// The rows of an array that a table need not have.
fn optional<'a>(table: &'a Value, key: &str) -> &'a [Value] {
    table[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Size and alignment of everything a structure can hold.
struct Sizes {
    counts: BTreeMap<String, usize>,
    types: BTreeMap<String, (usize, usize)>,
}

impl Sizes {
    fn new(table: &Value) -> Result<Self> {
        let mut counts = BTreeMap::new();
        for one in optional(table, "enums") {
            counts.insert(format!("{}S", text(one, "c")?), rows(one, "rows")?.len());
        }
        for row in rows(table, "constants")? {
            if at(row, 2)? == "usize" {
                counts.insert(at(row, 0)?.to_owned(), value(row)?.parse()?);
            }
        }
        let plain = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)];
        let types = plain.map(|(name, size)| (name.to_owned(), (size, size))).into();
        Ok(Self { counts, types })
    }

    /// How many elements an array has: `ROWS`, `2][2`, `BUCKETS * WAYS`; 1 where it is none.
    fn count(&self, count: &str) -> Result<usize> {
        let factors = count.split([' ', '*', '[', ']']).filter(|factor| !factor.is_empty());
        factors
            .map(|factor| match self.counts.get(factor) {
                Some(count) => Ok(*count),
                None => factor.parse().with_context(|| format!("no constant {factor}")),
            })
            .product()
    }

    /// Takes in a structure; its size, as C lays it out.
    fn add(&mut self, row: &Value) -> Result<usize> {
        let (mut size, mut align) = (0_usize, 1);
        for field in rows(row, "fields")? {
            let of = at(field, 1)?;
            let (one, its) = *self.types.get(of).with_context(|| format!("no type {of}"))?;
            size = size.next_multiple_of(its) + one * self.count(at(field, 2)?)?;
            align = align.max(its);
        }
        let size = size.next_multiple_of(align);
        self.types.insert(text(row, "c")?.to_owned(), (size, align));
        Ok(size)
    }
}

/// A count with every constant behind the prefix.
fn c_count(count: &str, prefix: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in count.chars() {
        if letter.is_ascii_alphabetic() && !inside {
            out += prefix;
        }
        inside = letter.is_ascii_alphanumeric() || letter == '_';
        out.push(letter);
    }
    out
}

/// `include/<folder>/layout.gen.h` of the crate.
pub(crate) fn header(layout: &Layout<'_>) -> Result<String> {
    let Layout { table, folder, prefix, .. } = layout;
    let mut out = String::from(
        "/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */\n/* Generated from schema/ by `cargo xtask codegen`; do not edit. */\n",
    );
    let guard = format!("PEREGRINE_{}_LAYOUT_GEN_H", folder.to_uppercase());
    write!(out, "#ifndef {guard}\n#define {guard}\n\n#include \"types.h\"\n")?;
    for row in rows(table, "constants")? {
        let suffix = if at(row, 2)? == "u64" { "ull" } else { "" };
        let (name, value, about) = (at(row, 0)?, value(row)?, at(row, 3)?);
        writeln!(out, "\n/* {about} */\n#define {prefix}{name} {value}{suffix}")?;
    }
    if table["tests"].is_array() {
        out += "\n/* What a step asks. */\nenum {\n";
        for row in rows(table, "tests")? {
            writeln!(out, "\t/* {} */\n\t{prefix}{},", at(row, 1)?, at(row, 0)?)?;
        }
        out += "};\n";
    }
    for one in optional(table, "enums") {
        let name = text(one, "c")?;
        writeln!(out, "\n/* {} */\nenum {{", text(one, "about")?)?;
        for row in rows(one, "rows")? {
            writeln!(out, "\t/* {} */\n\t{prefix}{name}_{},", at(row, 3)?, at(row, 0)?)?;
        }
        writeln!(out, "\t/* How many there are. */\n\t{prefix}{name}S,\n}};")?;
    }
    for one in optional(table, "bits") {
        writeln!(out, "\n/* {} */", text(one, "about")?)?;
        for (bit, row) in rows(one, "rows")?.iter().enumerate() {
            let (name, about) = (at(row, 0)?, at(row, 1)?);
            writeln!(
                out,
                "/* {about} */\n#define {prefix}{}_{name} (1ull << {bit})",
                text(one, "c")?
            )?;
        }
    }
    let mut sizes = Sizes::new(table)?;
    for row in rows(table, "structs")? {
        let name = text(row, "c")?;
        writeln!(out, "\n/* {} */\nstruct {name} {{", text(row, "about")?)?;
        for field in rows(row, "fields")? {
            let of = at(field, 1)?;
            let of = if of.starts_with('u') { of.to_owned() } else { format!("struct {of}") };
            let count = at(field, 2)?;
            let count = if count.is_empty() {
                String::new()
            } else {
                format!("[{}]", c_count(count, prefix))
            };
            writeln!(out, "\t/* {} */\n\t{of} {}{count};", at(field, 3)?, at(field, 0)?)?;
        }
        let size = sizes.add(row)?;
        writeln!(
            out,
            "}};\n_Static_assert(sizeof(struct {name}) == {size}, \"as in user space\");"
        )?;
    }
    out += "\n#endif\n";
    Ok(out)
}

/// `src/layout.rs` of the crate.
pub(crate) fn module(layout: &Layout<'_>) -> Result<String> {
    let table = layout.table;
    let mut out = format!(
        "// Generated from schema/ by `cargo xtask codegen`; do not edit.\n\n//! The layout of {}; `include/{}/layout.gen.h` says the same in C.\n\n",
        layout.of, layout.folder
    );
    out += "use std::mem::size_of;\n\nuse zerocopy::{FromZeros, Immutable, IntoBytes};\n";
    for row in rows(table, "constants")? {
        let (name, of, about) = (at(row, 0)?, at(row, 2)?, at(row, 3)?);
        writeln!(out, "\n/// {about}\npub const {name}: {of} = {};", value(row)?)?;
    }
    if table["tests"].is_array() {
        out += "\n/// What a step asks.\npub mod test {\n";
        for (number, row) in rows(table, "tests")?.iter().enumerate() {
            writeln!(
                out,
                "    /// {}\n    pub const {}: u8 = {number};",
                at(row, 1)?,
                at(row, 0)?
            )?;
        }
        out += "}\n";
    }
    for one in optional(table, "enums") {
        enumeration(one, &mut out)?;
    }
    for one in optional(table, "bits") {
        bits(one, &mut out)?;
    }
    let structs = rows(table, "structs")?;
    let mut sizes = Sizes::new(table)?;
    for row in structs {
        let name = text(row, "rust")?;
        let host = row["host"] == true;
        let (only, derived) = if host {
            ("#[cfg(feature = \"host\")]\n", "Debug, Clone, Copy, Default")
        } else if row["copy"] == true {
            ("", "Debug, Clone, Copy, Default, PartialEq, Eq, FromZeros, Immutable, IntoBytes")
        } else {
            ("", "Debug, Clone, Copy, FromZeros, Immutable, IntoBytes")
        };
        writeln!(
            out,
            "\n/// `struct {}`. {}\n{only}#[derive({derived})]\n#[repr(C)]\npub struct {name} {{",
            text(row, "c")?,
            text(row, "about")?
        )?;
        for field in rows(row, "fields")? {
            let of = at(field, 1)?;
            let known = structs.iter().find(|one| one["c"] == of);
            let of = known.map_or(Ok(of), |one| text(one, "rust"))?;
            let counts = at(field, 2)?.split("][").filter(|count| !count.is_empty());
            let of = counts.fold(of.to_owned(), |of, count| format!("[{of}; {count}]"));
            writeln!(out, "    /// {}\n    pub {}: {of},", at(field, 3)?, at(field, 0)?)?;
        }
        let size = sizes.add(row)?;
        writeln!(out, "}}\n{only}const _: () = assert!(size_of::<{name}>() == {size});")?;
        if name == layout.value {
            writeln!(out, "\n/// Bytes of [`{name}`].\npub const SIZE: u32 = {size};")?;
        }
    }
    Ok(out)
}

/// An enumeration, with the names of its values.
fn enumeration(one: &Value, out: &mut String) -> Result<()> {
    let (name, rows) = (text(one, "rust")?, rows(one, "rows")?);
    writeln!(
        out,
        "\n/// How many values [`{name}`] has.\npub const {}S: usize = {};\n\n/// {}\n#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[repr(u8)]\npub enum {name} {{",
        text(one, "c")?,
        rows.len(),
        text(one, "about")?
    )?;
    for row in rows {
        writeln!(out, "    /// {}\n    {},", at(row, 3)?, at(row, 1)?)?;
    }
    writeln!(
        out,
        "}}\n\nimpl {name} {{\n    /// All of them, by number.\n    pub const ALL: [Self; {}] = [",
        rows.len()
    )?;
    for row in rows {
        writeln!(out, "        Self::{},", at(row, 1)?)?;
    }
    out.push_str("    ];\n\n    /// Its name, as people read it.\n    pub const fn name(self) -> &'static str {\n        match self {\n");
    for row in rows {
        writeln!(out, "            Self::{} => {:?},", at(row, 1)?, at(row, 2)?)?;
    }
    out.push_str("        }\n    }\n}\n");
    Ok(())
}

/// A module of bits, with their names.
fn bits(one: &Value, out: &mut String) -> Result<()> {
    let rows = rows(one, "rows")?;
    let of = text(one, "type")?;
    writeln!(out, "\n/// {}\npub mod {} {{", text(one, "about")?, text(one, "rust")?)?;
    for (bit, row) in rows.iter().enumerate() {
        let (name, about) = (at(row, 0)?, at(row, 1)?);
        writeln!(out, "    /// {about}\n    pub const {name}: {of} = 1 << {bit};")?;
    }
    writeln!(
        out,
        "    /// Their names, the lowest bit first.\n    pub const NAMES: [&str; {}] = [",
        rows.len()
    )?;
    for row in rows {
        writeln!(out, "        {:?},", at(row, 0)?.to_lowercase())?;
    }
    out.push_str("    ];\n}\n");
    Ok(())
}
