//! `docs/fields.md` and `docs/events.md`, from the tables. `cargo xtask pages` writes them.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::fmt::Write as _;
use std::fs;

use peregrine_event::{EventFlags, EventInfo, EventType, EventWords};
use peregrine_fields::{ArgRule, FieldInfo};

const FIELDS: &str = "\
<!-- Made by `cargo xtask pages` from schema/fields.json. -->
# Fields

What conditions and outputs can name. `peregrine fields NAME` shows one, `peregrine fields --json` all of them to programs.

Types are those of Falco's lists: `CHARBUF` is a text, `BYTEBUF` bytes, `BOOL` `true` or `false`, `INT` and `UINT` numbers, `DOUBLE` a
number that conditions compare with whole ones, `ABSTIME` and `RELTIME` nanoseconds, `IPADDR` an address, `IPNET` a network, `PORT` a port or the name of
a service, `DYN` the type of what it reads. A field in `[..]` needs an argument, in `[...]` it may have one.
*Since* is the release that has the field; behind `<=` an older one may have it, too: the oldest list it was seen in.
";

const EVENTS: &str = "\
<!-- Made by `cargo xtask pages` from schema/events.json. -->
# Events

What `evt.type` can be, besides system calls without an event of their own, which are events by their name, too. `peregrine events NAME` shows one with
the values of its flags, `peregrine events --json` all of them to programs. Parameters are read by `evt.arg.NAME` and `evt.rawarg.NAME`. `<` is what is
reported when a call returns, and all there is of most calls; `>` is an entry, or what is no call.
*Since* is the release that has the event; behind `<=` an older one may have it, too: the oldest list it was seen in.
";

/// What the fields of a class are about.
fn class(name: &str) -> &'static str {
    match name {
        "evt" => "The event itself: its time, its type, its parameters, its result.",
        "syscall" => "The system call behind the event.",
        "proc" => "The process that acts, its ancestors, its session and its group.",
        "thread" => "The thread that acts.",
        "user" | "group" => "Whom the thread acts as.",
        "fd" => "The descriptor the event works on: a file, a socket, a pipe.",
        "fs" => "Paths of calls that change the file system.",
        "util" => "Help for outputs.",
        "fdlist" => "Descriptors that a call waits for.",
        "container" => "The container of the process.",
        "k8s" => "The pod of the container.",
        other => panic!("no words for the class {other}"),
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn field(info: &FieldInfo) -> String {
    let argument = match info.arg {
        ArgRule::None => "",
        ArgRule::Optional => "[...]",
        ArgRule::Required => "[..]",
    };
    let notes: Vec<&str> = [
        (!info.answered() && !info.deprecated, "no value yet"),
        (info.is_list, "a list"),
        (info.filter_only, "only in conditions"),
        (info.print_only, "only in outputs"),
    ]
    .into_iter()
    .filter_map(|(is, note)| is.then_some(note))
    .collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" *{}*", notes.join(", ")) };
    let of =
        if info.argument.is_empty() { String::new() } else { format!("`[{}]` ", info.argument) };
    format!(
        "| `{}{argument}` | {} | {}{notes} | {of}`{}` | {} |\n",
        info.name,
        info.ty.name(),
        cell(info.about),
        cell(info.example),
        cell(info.since),
    )
}

fn fields() -> String {
    let head = "| field | type | what | example | since |\n|---|---|---|---|---|\n";
    let all = peregrine_fields::all();
    let mut page = FIELDS.to_owned();
    let mut classes: Vec<&str> = Vec::new();
    for info in all.iter().filter(|info| info.listed) {
        let name = info.name.split('.').next().unwrap();
        if !classes.contains(&name) {
            classes.push(name);
        }
    }
    for name in classes {
        write!(page, "\n## `{name}`\n\n{}\n\n{head}", class(name)).unwrap();
        let of_class = |info: &&FieldInfo| info.listed && info.name.split('.').next() == Some(name);
        all.iter().filter(of_class).for_each(|info| page.push_str(&field(info)));
    }
    write!(page, "\n## Kept for old rules\n\nIn no list; rules that name them load.\n\n{head}")
        .unwrap();
    all.iter().filter(|info| !info.listed).for_each(|info| page.push_str(&field(info)));
    page
}

fn event(page: &mut String, words: &EventWords, codes: &[&EventInfo]) {
    write!(page, "\n### `{}`\n\n{}\n\n", words.name, words.about).unwrap();
    for info in codes {
        let arrow = if info.event_type().is_exit() { "<" } else { ">" };
        let params = info.params.iter();
        let params: Vec<String> =
            params.map(|param| format!("`{}` {}", param.name, param.ty.name())).collect();
        let params = if params.is_empty() { "no parameters".to_owned() } else { params.join(", ") };
        writeln!(page, "- `{arrow}` {params}").unwrap();
    }
    writeln!(page, "- Example: `{}`\n- Since: {}", words.example, words.since).unwrap();
}

fn events() -> String {
    let all: Vec<&EventInfo> = EventType::all().filter_map(EventType::info).collect();
    let current = |info: &&EventInfo| info.live && !info.flags.has(EventFlags::OLD_VERSION);
    let mut page = EVENTS.to_owned();
    for (title, live) in [("Today's", true), ("Of old captures", false)] {
        write!(page, "\n## {title}\n").unwrap();
        let mut names: Vec<&EventWords> = Vec::new();
        for words in all.iter().filter_map(|info| info.words()) {
            let of_name = || all.iter().copied().filter(|info| info.name == words.name);
            let today = of_name().any(|info| current(&info));
            if today == live && !names.iter().any(|other| other.name == words.name) {
                names.push(words);
                let codes: Vec<&EventInfo> = if today {
                    of_name().filter(current).collect()
                } else {
                    of_name().next_back().into_iter().collect()
                };
                event(&mut page, words, &codes);
            }
        }
    }
    page
}

#[test]
fn the_pages_of_fields_and_events_are_fresh() {
    for (name, page) in [("fields", fields()), ("events", events())] {
        let path = peregrine_testkit::workspace().join("docs").join(format!("{name}.md"));
        if std::env::var_os("PEREGRINE_WRITE_DOCS").is_some() {
            fs::write(&path, page).unwrap();
            continue;
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == page,
            "docs/{name}.md is not what schema/{name}.json says: run `cargo xtask pages`"
        );
    }
}
