//! `schema/kfilter.json`, the layout of the kernel's filter, for both languages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::codegen::{Schema, rows, text};

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

/// Size and alignment of everything a structure can hold.
struct Sizes {
    counts: BTreeMap<String, usize>,
    types: BTreeMap<String, (usize, usize)>,
}

impl Sizes {
    fn new(schema: &Schema) -> Result<Self> {
        let mut counts = BTreeMap::new();
        for row in rows(&schema.kfilter, "constants")? {
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
fn c_count(count: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in count.chars() {
        if letter.is_ascii_alphabetic() && !inside {
            out += "PD_";
        }
        inside = letter.is_ascii_alphanumeric() || letter == '_';
        out.push(letter);
    }
    out
}

/// `crates/kfilter/include/kfilter/layout.gen.h`.
pub(crate) fn header(schema: &Schema) -> Result<String> {
    let mut out = String::from(
        "/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */\n/* Generated from schema/ by `cargo xtask codegen`; do not edit. */\n",
    );
    out += "#ifndef PEREGRINE_KFILTER_LAYOUT_GEN_H\n#define PEREGRINE_KFILTER_LAYOUT_GEN_H\n\n#include \"types.h\"\n";
    for row in rows(&schema.kfilter, "constants")? {
        let suffix = if at(row, 2)? == "u64" { "ull" } else { "" };
        let (name, value, about) = (at(row, 0)?, value(row)?, at(row, 3)?);
        writeln!(out, "\n/* {about} */\n#define PD_{name} {value}{suffix}")?;
    }
    out += "\n/* What a step asks. */\nenum {\n";
    for row in rows(&schema.kfilter, "tests")? {
        writeln!(out, "\t/* {} */\n\tPD_{},", at(row, 1)?, at(row, 0)?)?;
    }
    out += "};\n";
    let mut sizes = Sizes::new(schema)?;
    for row in rows(&schema.kfilter, "structs")? {
        let name = text(row, "c")?;
        writeln!(out, "\n/* {} */\nstruct {name} {{", text(row, "about")?)?;
        for field in rows(row, "fields")? {
            let of = at(field, 1)?;
            let of = if of.starts_with('u') { of.to_owned() } else { format!("struct {of}") };
            let count = at(field, 2)?;
            let count =
                if count.is_empty() { String::new() } else { format!("[{}]", c_count(count)) };
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

/// `crates/kfilter/src/layout.rs`.
pub(crate) fn module(schema: &Schema) -> Result<String> {
    let mut out = String::from(
        "//! The layout of the kernel's filter; `include/kfilter/layout.gen.h` says the same in C.\n\n// Generated from schema/ by `cargo xtask codegen`; do not edit.\n\n",
    );
    out += "use std::mem::size_of;\n\nuse zerocopy::{FromZeros, Immutable, IntoBytes};\n";
    for row in rows(&schema.kfilter, "constants")? {
        let (name, of, about) = (at(row, 0)?, at(row, 2)?, at(row, 3)?);
        writeln!(out, "\n/// {about}\npub const {name}: {of} = {};", value(row)?)?;
    }
    out += "\n/// What a step asks.\npub mod test {\n";
    for (number, row) in rows(&schema.kfilter, "tests")?.iter().enumerate() {
        writeln!(out, "    /// {}\n    pub const {}: u8 = {number};", at(row, 1)?, at(row, 0)?)?;
    }
    out += "}\n";
    let structs = rows(&schema.kfilter, "structs")?;
    let mut sizes = Sizes::new(schema)?;
    for row in structs {
        let name = text(row, "rust")?;
        let host = row["host"] == true;
        let (only, derived) = if host {
            ("#[cfg(feature = \"host\")]\n", "Debug, Clone, Copy, Default")
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
        if name == "Table" {
            writeln!(out, "\n/// Bytes of [`Table`].\npub const SIZE: u32 = {size};")?;
        }
    }
    Ok(out)
}
