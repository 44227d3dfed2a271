//! `peregrine fields`: a line a field, or all that is known of one.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use peregrine_fields::{ArgRule, FieldInfo};
use serde_json::json;

use super::{Lines, meant, paragraph};
use crate::table::{self, Paint};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine fields\n  peregrine fields proc\n  peregrine fields fd.name --json"
)]
pub(crate) struct FieldFlags {
    /// A field (`fd.name`), for all that is known of it; or how names begin (`proc`).
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
}

fn argument(info: &FieldInfo) -> &'static str {
    match info.arg {
        ArgRule::None => "",
        ArgRule::Optional => "[...]",
        ArgRule::Required => "[..]",
    }
}

fn notes(info: &FieldInfo) -> Vec<&'static str> {
    [
        (!info.answered() && !info.deprecated, "no value yet"),
        (!info.answered() && info.deprecated, "never a value"),
        (info.is_list, "list"),
        (info.arg == ArgRule::Required, "argument needed"),
        (info.arg == ArgRule::Optional, "argument possible"),
        (info.filter_only, "only in conditions"),
        (info.print_only, "only in outputs"),
        (info.deprecated, "deprecated"),
        (!info.listed, "kept for old rules"),
    ]
    .into_iter()
    .filter_map(|(is, note)| is.then_some(note))
    .collect()
}

/// The field as people write it, with an argument where it takes one.
fn written(info: &FieldInfo) -> String {
    match info.argument {
        "" => info.name.to_owned(),
        argument if info.dotted => format!("{}.{argument}", info.name),
        argument => format!("{}[{argument}]", info.name),
    }
}

/// An example as a rule has it: a comparison, or a place in an output.
fn example(info: &FieldInfo) -> String {
    let field = written(info);
    if info.print_only {
        return format!("%{field}");
    }
    let bare = info.example.chars().all(|c| c.is_ascii_alphanumeric() || "._/:-".contains(c));
    let value = if bare {
        info.example.to_owned()
    } else {
        format!("\"{}\"", info.example.replace('\\', "\\\\").replace('"', "\\\""))
    };
    if info.is_list { format!("{field} in ({value})") } else { format!("{field} = {value}") }
}

fn row(info: &FieldInfo) -> serde_json::Value {
    json!({
        "name": info.name, "class": info.class, "type": info.ty.name(), "list": info.is_list,
        "about": info.about, "example": info.example, "example_argument": info.argument,
        "since": info.since,
        "argument": info.arg != ArgRule::None, "argument_needed": info.arg == ArgRule::Required,
        "only_conditions": info.filter_only, "only_outputs": info.print_only,
        "deprecated": info.deprecated, "has_value": info.answered(),
    })
}

/// All that is known of one field, and which others begin with its name.
fn whole(out: &mut impl Write, info: &FieldInfo) -> io::Result<()> {
    let paint = Paint::stdout();
    writeln!(out, "{}{}  {}\n", info.name, argument(info), info.ty.name())?;
    paragraph(out, info.about)?;
    writeln!(out, "\n  {}  {}", paint.dim("Example:"), example(info))?;
    writeln!(out, "  {}    {}", paint.dim("Since:"), info.since)?;
    let notes = notes(info);
    if !notes.is_empty() {
        writeln!(out, "  {}    {}", paint.dim("Notes:"), notes.join(", "))?;
    }
    let others: Vec<&str> = peregrine_fields::all()
        .iter()
        .filter(|other| other.listed && other.name != info.name)
        .map(|other| other.name)
        .filter(|name| name.starts_with(info.name))
        .collect();
    if !others.is_empty() {
        writeln!(out, "  {} {}", paint.dim("See also:"), others.join(", "))?;
    }
    Ok(())
}

fn listed(out: &mut impl Write, fields: &[&FieldInfo]) -> io::Result<()> {
    let (paint, lines) = (Paint::stdout(), Lines::of_stdout());
    let name = |info: &FieldInfo| format!("{}{}", info.name, argument(info));
    let names = fields.iter().map(|info| name(info).len()).max().unwrap_or(0);
    let types = fields.iter().map(|info| info.ty.name().len()).max().unwrap_or(0);
    let rows: Vec<Vec<String>> = fields
        .iter()
        .map(|info| {
            let about = match notes(info).join(", ") {
                notes if notes.is_empty() => info.about.to_owned(),
                notes => format!("({notes}) {}", info.about),
            };
            let about = lines.fit(names + types + 4, &about);
            vec![name(info), paint.dim(info.ty.name()), about]
        })
        .collect();
    table::write(out, &rows)
}

pub(crate) fn fields(flags: &FieldFlags) -> anyhow::Result<ExitCode> {
    let all = peregrine_fields::all();
    let name = flags.name.as_deref().unwrap_or_default();
    let one = all.iter().find(|info| info.name == name);
    let chosen: Vec<&FieldInfo> = match one {
        Some(one) => vec![one],
        None => all.iter().filter(|info| info.listed && info.name.starts_with(name)).collect(),
    };
    if chosen.is_empty() {
        anyhow::bail!(
            "no field begins with {name}; `peregrine fields` lists them all{}",
            meant(name, all.iter().map(|info| info.name))
        );
    }
    let mut out = io::stdout().lock();
    match one {
        _ if flags.json => chosen.iter().try_for_each(|info| writeln!(out, "{}", row(info)))?,
        Some(one) => whole(&mut out, one)?,
        None => listed(&mut out, &chosen)?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_written_as_rules_have_them() {
        let check = |name: &str, expected: &str| {
            let info = peregrine_fields::all().iter().find(|info| info.name == name);
            assert_eq!(info.map(example).as_deref(), Some(expected));
        };
        check("proc.pid", "proc.pid = 4242");
        check("proc.cmdline", "proc.cmdline = \"bash -c whoami\"");
        check("proc.aname", "proc.aname[2] = systemd");
        check("evt.arg", "evt.arg.flags = \"O_RDONLY|O_CLOEXEC\"");
        check("fd.types", "fd.types[1] in (file)");
        check("evt.outputtime", "%evt.outputtime");
    }
}
