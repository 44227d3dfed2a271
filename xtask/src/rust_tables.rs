//! The tables of `schema/` as Rust constants for the crate `event`.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::codegen::{Schema, number, rows, text};

pub(crate) const HEAD: &str =
    "// Generated from schema/ by `cargo xtask codegen`; do not edit.\n\n";

/// `socket_families` -> `SOCKET_FAMILIES`.
fn constant(name: &str) -> String {
    name.to_uppercase()
}

/// `CHARBUF_PAIR_ARRAY` -> `CharbufPairArray`.
pub(crate) fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_string() + &letters.as_str().to_lowercase()
            })
        })
        .collect()
}

/// `event_table.rs`: the type of parameters, categories, flags, codes and the 454 rows.
pub(crate) fn events(schema: &Schema) -> Result<String> {
    let mut out = String::from(HEAD);
    out += "use crate::info::{CallRoles, Categories, Category, EventFlags, EventInfo, EventWords, ParamInfo, ParamType, PrintFormat};\n";
    out += "use crate::name_tables as names;\nuse crate::EventType;\n\n";
    out += "impl ParamType {\n    /// Every type in the order of its number on the wire.\n";
    let types = rows(&schema.types, "param_types")?;
    writeln!(out, "    pub const ALL: [(ParamType, &'static str); {}] = [", types.len())?;
    for row in types {
        let name = text(row, "name")?;
        writeln!(out, "        (ParamType::{}, \"{name}\"),", camel(name))?;
    }
    out += "    ];\n}\n\n";
    out += "impl EventType {\n";
    for row in rows(&schema.events, "events")? {
        let (id, code) = (number(row, "id")?, text(row, "code")?);
        writeln!(out, "    /// `PPME_{code}`, `{}`.", text(row, "name")?)?;
        writeln!(out, "    pub const {code}: Self = Self({id});")?;
    }
    out += "}\n\n";
    let events = rows(&schema.events, "events")?;
    writeln!(out, "pub(crate) static EVENTS: [EventInfo; {}] = [", events.len())?;
    for row in events {
        event(&mut out, row).with_context(|| format!("event {row}"))?;
    }
    out += "];\n\n";
    let names = rows(&schema.events, "names")?;
    writeln!(out, "pub(crate) static EVENT_WORDS: [EventWords; {}] = [", names.len())?;
    for row in names {
        writeln!(
            out,
            "    EventWords {{ name: {:?}, about: {:?}, example: {:?}, since: {:?} }},",
            text(row, "name")?,
            text(row, "about")?,
            text(row, "example")?,
            text(row, "since")?,
        )?;
    }
    out += "];\n";
    Ok(out)
}

fn event(out: &mut String, row: &Value) -> Result<()> {
    let categories: Vec<String> = rows(row, "categories")?
        .iter()
        .filter_map(Value::as_str)
        .map(|name| format!("Category::{}", camel(name)))
        .collect();
    let bits = |of: &str, names: &[Value]| {
        let names = names.iter().filter_map(Value::as_str);
        let bits: Vec<String> = names.map(|name| format!("{of}::{name}.0")).collect();
        if bits.is_empty() { "0".to_owned() } else { bits.join(" | ") }
    };
    let flags = bits("EventFlags", rows(row, "flags")?);
    let roles = bits("CallRoles", row["roles"].as_array().map_or(&[], Vec::as_slice));
    write!(
        out,
        "    EventInfo {{ id: {}, code: \"{}\", name: \"{}\", categories: Categories::new(&[{}]), flags: EventFlags({flags}), roles: CallRoles({roles}), live: {}, params: &[",
        number(row, "id")?,
        text(row, "code")?,
        text(row, "name")?,
        categories.join(", "),
        row["live"].as_bool().context("no `live`")?,
    )?;
    for param in rows(row, "params")? {
        let option = |key: &str, wrap: fn(&str) -> String| {
            param[key].as_str().map_or_else(|| "None".to_owned(), wrap)
        };
        let names = option("names", |name| format!("Some(names::{})", constant(name)));
        let dynamic = option("dynamic", |name| format!("Some(names::{})", constant(name)));
        let dirfd =
            param["dirfd"].as_u64().map_or_else(|| "None".to_owned(), |n| format!("Some({n})"));
        write!(
            out,
            "\n        ParamInfo {{ name: \"{}\", ty: ParamType::{}, fmt: PrintFormat::{}, names: {names}, dynamic: {dynamic}, dirfd: {dirfd} }},",
            text(param, "name")?,
            camel(text(param, "type")?),
            print_format(text(param, "fmt")?),
        )?;
    }
    out.push_str(if rows(row, "params")?.is_empty() { "] },\n" } else { "\n    ] },\n" });
    Ok(())
}

/// `param.rs`: the index of each parameter by its event and name.
pub(crate) fn params(schema: &Schema) -> Result<String> {
    let mut out = String::from(HEAD);
    out += "//! Indexes of parameters: a module an event, a constant a parameter. Whoever reads a parameter by\n";
    out += "//! its constant does not compile once the schema has another.\n\n";
    for row in rows(&schema.events, "events")? {
        let params = rows(row, "params")?;
        if params.is_empty() {
            continue;
        }
        let code = text(row, "code")?;
        let mut family = ["SYSCALL_", "SOCKET_"].into_iter();
        let short = family.find_map(|family| code.strip_prefix(family)).unwrap_or(code);
        writeln!(out, "/// `PPME_{code}`.\npub mod {} {{", short.to_lowercase())?;
        for (index, param) in params.iter().enumerate() {
            let name = text(param, "name")?;
            writeln!(out, "    /// `{name}`.")?;
            writeln!(out, "    pub const {}: usize = {index};", constant(name))?;
        }
        out += "}\n\n";
    }
    out.truncate(out.trim_end().len() + 1);
    Ok(out)
}

/// `10_PADDED_DEC` is no Rust name.
pub(crate) fn print_format(name: &str) -> String {
    if name == "10_PADDED_DEC" { "PaddedDec10".to_owned() } else { camel(name) }
}

/// `name_tables.rs`: flag tables, dynamic parameters, errno, signals, capabilities, constants.
pub(crate) fn names(schema: &Schema) -> Result<String> {
    let mut out = String::from(HEAD);
    out += "use crate::info::{DynParam, FdKind, Named, ParamType, PrintFormat};\n\n";
    let flags = schema.flags["flags"].as_object().context("no `flags`")?;
    for (name, entries) in flags {
        let entries = entries.as_array().context("a flag table is an array")?;
        named(
            &mut out,
            &constant(name),
            &format!("Flag table `{name}`, in print order."),
            entries,
        )?;
    }
    let dynamic = schema.flags["dynamic"].as_object().context("no `dynamic`")?;
    for (name, entries) in dynamic {
        writeln!(out, "/// Dynamic parameter `{name}`: what the value is, by its leading index.")?;
        writeln!(out, "pub static {}: &[DynParam] = &[", constant(name))?;
        for entry in entries.as_array().context("a dynamic table is an array")? {
            writeln!(
                out,
                "    DynParam {{ index: {}, ty: ParamType::{}, fmt: PrintFormat::{} }},",
                number(entry, "idx")?,
                camel(text(entry, "type")?),
                print_format(text(entry, "fmt")?),
            )?;
        }
        out += "];\n\n";
    }
    for (key, constant, doc) in [
        ("errno", "ERRNO", "Error numbers."),
        ("signals", "SIGNALS", "Signals."),
        ("capabilities", "CAPABILITIES", "Capabilities: `value` is the bit."),
        ("constants", "CONSTANTS", "Every numeric constant of the capture format."),
    ] {
        named(&mut out, constant, doc, rows(&schema.flags, key)?)?;
    }
    let kinds = rows(&schema.types, "fd_kinds")?;
    out += "/// Kinds of descriptors.\n";
    writeln!(out, "pub static FD_KINDS: &[FdKind] = &[")?;
    for kind in kinds {
        let letter =
            kind["char"].as_str().map_or_else(|| "None".into(), |c| format!("Some('{c}')"));
        let word =
            kind["typestring"].as_str().map_or_else(|| "None".into(), |s| format!("Some(\"{s}\")"));
        writeln!(
            out,
            "    FdKind {{ id: {}, name: \"{}\", letter: {letter}, word: {word} }},",
            number(kind, "id")?,
            text(kind, "name")?,
        )?;
    }
    out += "];\n";
    Ok(out)
}

fn named(out: &mut String, constant: &str, doc: &str, entries: &[Value]) -> Result<()> {
    writeln!(out, "/// {doc}")?;
    writeln!(out, "pub static {constant}: &[Named] = &[")?;
    for entry in entries {
        let name = entry[0].as_str().with_context(|| format!("no name in {entry}"))?;
        let value = entry[1].as_i64().with_context(|| format!("no value in {entry}"))?;
        writeln!(out, "    Named {{ name: \"{name}\", value: {value} }},")?;
    }
    out.push_str("];\n\n");
    Ok(())
}

/// `syscall_table.rs`: ids, native numbers, the 32-bit map, socketcall, the state set.
pub(crate) fn syscalls(schema: &Schema) -> Result<String> {
    let mut out = String::from(HEAD);
    out += "use crate::syscalls::{I386, Socketcall, Syscall};\nuse crate::EventType;\n\n";
    let table = rows(&schema.syscalls, "syscalls")?;
    writeln!(out, "pub(crate) static SYSCALLS: [Syscall; {}] = [", table.len())?;
    for row in table {
        let native =
            |key: &str| row[key].as_u64().map_or_else(|| "None".into(), |n| format!("Some({n})"));
        let event = |key: &str| {
            row[key].as_u64().map_or_else(|| "None".to_owned(), |n| format!("Some(EventType({n}))"))
        };
        writeln!(
            out,
            "    Syscall {{ id: {}, name: \"{}\", x86_64: {}, aarch64: {}, i386: {}, generic: {}, tracepoint: {}, enter: {}, exit: {} }},",
            number(row, "id")?,
            text(row, "name")?,
            native("x86_64"),
            native("aarch64"),
            native("i386"),
            row["generic"].as_bool().context("no `generic`")?,
            text(row, "kind")? == "tracepoint",
            event("enter"),
            event("exit"),
        )?;
    }
    out += "];\n\n";
    let map = rows(&schema.syscalls, "i386")?;
    writeln!(out, "pub(crate) static I386_MAP: [I386; {}] = [", map.len())?;
    for row in map {
        // -1 in the source of the facts: known, and dropped.
        let x86_64 = row["x86_64"].as_u64().map_or_else(|| "None".into(), |n| format!("Some({n})"));
        let id = row["id"].as_u64().map_or_else(|| "None".into(), |n| format!("Some({n})"));
        writeln!(
            out,
            "    I386 {{ number: {}, x86_64: {x86_64}, id: {id} }},",
            number(row, "i386")?,
        )?;
    }
    out += "];\n\n";
    let calls = rows(&schema.syscalls, "socketcall")?;
    writeln!(out, "pub(crate) static SOCKETCALLS: [Socketcall; {}] = [", calls.len())?;
    for row in calls {
        writeln!(
            out,
            "    Socketcall {{ call: {}, name: \"{}\", id: {} }},",
            number(row, "call")?,
            text(row, "name")?,
            number(row, "id")?,
        )?;
    }
    out += "];\n\n";
    for key in ["state", "io"] {
        let ids: Vec<String> =
            rows(&schema.syscalls, key)?.iter().map(ToString::to_string).collect();
        writeln!(
            out,
            "pub(crate) static {}: [u16; {}] = [{}];",
            constant(key),
            ids.len(),
            ids.join(", ")
        )?;
    }
    Ok(out)
}
