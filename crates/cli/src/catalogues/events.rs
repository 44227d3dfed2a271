//! `peregrine events`: a line a code, or all that is known of one name.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use peregrine_event::{EventFlags as Marks, EventInfo, EventType, EventWords, ParamInfo, syscalls};
use serde_json::json;

use super::{Lines, meant, paragraph};
use crate::table::{self, Paint};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine events\n  peregrine events open --json\n  peregrine events --all"
)]
pub(crate) struct EventFlags {
    /// An event, for all that is known of it; a system call without an event of its own, too.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Also those only old captures hold.
    #[arg(long)]
    all: bool,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
}

fn arrow(info: &EventInfo) -> &'static str {
    if info.event_type().is_exit() { "<" } else { ">" }
}

/// The names of a parameter's values, where it has such.
fn values(param: &ParamInfo) -> Vec<&'static str> {
    param.names.unwrap_or_default().iter().map(|named| named.name).collect()
}

fn row(name: &str, info: &EventInfo) -> serde_json::Value {
    let params: Vec<_> = info
        .params
        .iter()
        .map(|param| json!({"name": param.name, "type": param.ty.name(), "values": values(param)}))
        .collect();
    let words = info.words();
    json!({
        "code": info.id, "name": name,
        "direction": if info.event_type().is_exit() { "exit" } else { "enter" },
        "params": params,
        "about": words.map(|words| words.about),
        "example": words.map(|words| example(name, words)),
        "since": words.map(|words| words.since),
    })
}

/// The condition that asks for a name; calls without an event of their own share the words of `syscall`.
fn example(name: &str, words: &EventWords) -> String {
    if words.name == name { words.example.to_owned() } else { format!("evt.type = {name}") }
}

/// All that is known of the events of one name.
fn whole(out: &mut impl Write, name: &str, codes: &[&EventInfo]) -> io::Result<()> {
    let paint = Paint::stdout();
    writeln!(out, "{name}")?;
    if let Some(words) = codes.first().and_then(|info| info.words()) {
        writeln!(out)?;
        paragraph(out, words.about)?;
        writeln!(out, "\n  {}  {}", paint.dim("Example:"), example(name, words))?;
        writeln!(out, "  {}    {}", paint.dim("Since:"), words.since)?;
    }
    for info in codes {
        let empty = if info.params.is_empty() { "no parameters" } else { "" };
        writeln!(out, "\n  {}", format!("{} {}  {empty}", arrow(info), info.id).trim_end())?;
        let rows: Vec<Vec<String>> = info
            .params
            .iter()
            .map(|param| {
                let values = values(param).join(", ");
                vec![format!("    {}", param.name), paint.dim(param.ty.name()), values]
            })
            .collect();
        table::write(out, &rows)?;
    }
    Ok(())
}

fn listed(out: &mut impl Write, codes: &[&EventInfo]) -> io::Result<()> {
    let (paint, lines) = (Paint::stdout(), Lines::of_stdout());
    let names = codes.iter().map(|info| info.name.len()).max().unwrap_or(0);
    let rows: Vec<Vec<String>> = codes
        .iter()
        .map(|info| {
            let params = info.params.iter();
            let params: Vec<String> =
                params.map(|param| format!("{} {}", param.name, param.ty.name())).collect();
            let about = info.words().map(|words| words.about).unwrap_or_default();
            let about = lines.fit(names + 10, &format!("{about} ({})", params.join(", ")));
            let code = paint.dim(&info.id.to_string());
            vec![code, arrow(info).to_owned(), info.name.to_owned(), about.trim_start().to_owned()]
        })
        .collect();
    table::write(out, &rows)
}

pub(crate) fn events(flags: &EventFlags) -> anyhow::Result<ExitCode> {
    let all = || EventType::all().filter_map(EventType::info);
    let current = |info: &&EventInfo| info.live && !info.flags.has(Marks::OLD_VERSION);
    let mut name = flags.name.as_deref();
    let chosen: Vec<&EventInfo> = match name {
        None => all().filter(|info| flags.all || current(info)).collect(),
        Some(wanted) => {
            let mut named: Vec<&EventInfo> = all().filter(|info| info.name == wanted).collect();
            if let (true, Some(call)) = (named.is_empty(), syscalls::by_name(wanted)) {
                named.extend(call.event().and_then(EventType::info));
                name = named.first().filter(|_| !call.generic).map(|info| info.name).or(name);
            }
            // Names only old captures hold need no `--all`.
            let today: Vec<&EventInfo> = named.iter().copied().filter(current).collect();
            if flags.all || today.is_empty() { named } else { today }
        }
    };
    if chosen.is_empty() {
        let name = name.unwrap_or_default();
        let calls = syscalls::all().iter().map(|call| call.name);
        anyhow::bail!(
            "no event is called {name}; `peregrine events` lists them, --all also those of old captures{}",
            meant(name, all().map(|info| info.name).chain(calls))
        );
    }
    let mut out = io::stdout().lock();
    match name {
        _ if flags.json => chosen
            .iter()
            .try_for_each(|info| writeln!(out, "{}", row(name.unwrap_or(info.name), info)))?,
        Some(name) => whole(&mut out, name, &chosen)?,
        None => listed(&mut out, &chosen)?,
    }
    Ok(ExitCode::SUCCESS)
}
