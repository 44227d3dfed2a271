//! `peregrine fields` and `peregrine events`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use peregrine_event::{EventFlags as Marks, EventInfo, EventType};
use peregrine_fields::{ArgRule, FieldInfo};
use serde_json::json;

use crate::table::{self, Paint};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine fields\n  peregrine fields proc\n  peregrine fields fd.name --json"
)]
pub(crate) struct FieldFlags {
    /// Only names that begin so: a class (`proc`) or a field (`fd.name`).
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
    ]
    .into_iter()
    .filter_map(|(is, note)| is.then_some(note))
    .collect()
}

pub(crate) fn fields(flags: &FieldFlags) -> anyhow::Result<ExitCode> {
    let begins = |info: &&FieldInfo| {
        flags.name.as_ref().is_none_or(|name| info.name.starts_with(name.as_str()))
    };
    let chosen: Vec<&FieldInfo> =
        peregrine_fields::all().iter().filter(|info| info.listed).filter(begins).collect();
    if chosen.is_empty() {
        anyhow::bail!(
            "no field begins with {}; `peregrine fields` lists them all",
            flags.name.as_deref().unwrap_or_default()
        );
    }
    let mut out = std::io::stdout().lock();
    if flags.json {
        for info in &chosen {
            let row = json!({
                "name": info.name, "class": info.class, "type": info.ty.name(), "list": info.is_list,
                "argument": info.arg != ArgRule::None, "argument_needed": info.arg == ArgRule::Required,
                "only_conditions": info.filter_only, "only_outputs": info.print_only,
                "deprecated": info.deprecated, "has_value": info.answered(),
            });
            writeln!(out, "{row}")?;
        }
    } else {
        let paint = Paint::stdout();
        let rows: Vec<Vec<String>> = chosen
            .iter()
            .map(|info| {
                vec![
                    format!("{}{}", info.name, argument(info)),
                    info.ty.name().to_owned(),
                    paint.dim(&notes(info).join(", ")),
                ]
            })
            .collect();
        table::write(&mut out, &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine events\n  peregrine events open --json\n  peregrine events --all"
)]
pub(crate) struct EventFlags {
    /// Only events of this name.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Also those only old captures hold.
    #[arg(long)]
    all: bool,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
}

pub(crate) fn events(flags: &EventFlags) -> anyhow::Result<ExitCode> {
    let chosen: Vec<&EventInfo> = EventType::all()
        .filter_map(EventType::info)
        .filter(|info| flags.all || (info.live && !info.flags.has(Marks::OLD_VERSION)))
        .filter(|info| flags.name.as_ref().is_none_or(|name| info.name == name))
        .collect();
    if chosen.is_empty() {
        anyhow::bail!(
            "no event is called {}; `peregrine events` lists them, --all also those of old captures",
            flags.name.as_deref().unwrap_or_default()
        );
    }
    let mut out = std::io::stdout().lock();
    if flags.json {
        for info in &chosen {
            let params: Vec<_> = info
                .params
                .iter()
                .map(|param| json!({"name": param.name, "type": param.ty.name()}))
                .collect();
            let code = info.event_type();
            let row = json!({
                "code": code.0, "name": info.name,
                "direction": if code.is_exit() { "exit" } else { "enter" },
                "params": params,
            });
            writeln!(out, "{row}")?;
        }
    } else {
        let paint = Paint::stdout();
        let rows: Vec<Vec<String>> = chosen
            .iter()
            .map(|info| {
                let code = info.event_type();
                let params: Vec<String> = info
                    .params
                    .iter()
                    .map(|param| format!("{} {}", param.name, paint.dim(param.ty.name())))
                    .collect();
                let direction = if code.is_exit() { "<" } else { ">" };
                vec![
                    code.0.to_string(),
                    direction.to_owned(),
                    format!("{}({})", info.name, params.join(", ")),
                ]
            })
            .collect();
        table::write(&mut out, &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}
