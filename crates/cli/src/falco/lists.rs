//! What Falco lists: fields (`--list`), event types (`--list-events`), calls that are left out (`-i`).

use std::fmt::Write as _;

use peregrine_event::{
    Category, EventFlags, EventInfo, EventType, Named, ParamInfo, ParamType, syscalls,
};
use peregrine_fields::{ArgRule, FieldInfo};
use peregrine_rules::falco::in_hash_order;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::describe::wrapped_between;
use super::version;

/// Calls whose events are so many that Falco leaves them out, by the codes of their events.
pub(super) const IGNORED: [&str; 11] = [
    "read", "write", "send", "recv", "pread", "pwrite", "readv", "writev", "preadv", "pwritev",
    "sendfile",
];
/// Where what is said of a field begins, and where lines end.
const FROM: usize = 30;
const TO: usize = 120;

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Markdown,
    Json,
}

impl Format {
    /// Each with its name, in the order in which Falco says them.
    pub(super) const NAMED: [(&str, Self); 3] =
        [("text", Self::Text), ("markdown", Self::Markdown), ("json", Self::Json)];

    /// By its name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is_named = |(known, _): &&(&str, Self)| name.eq_ignore_ascii_case(known);
        Self::NAMED.iter().find(is_named).map(|(_, format)| *format)
    }
}

#[derive(Debug, Deserialize)]
struct Fields {
    classes: Vec<Class>,
}

/// A class of fields as Falco describes it.
#[derive(Debug, Deserialize)]
struct Class {
    name: String,
    /// Which events have them, where the name is not enough.
    short: Option<String>,
    /// The plugin that has them.
    plugin: Option<String>,
    desc: String,
    fields: Vec<Described>,
}

#[derive(Debug, Deserialize)]
struct Described {
    name: String,
    desc: String,
    /// Falco says that it needs an argument, though rules may do without.
    #[serde(default)]
    argument: bool,
}

impl Described {
    fn info(&self) -> Option<&'static FieldInfo> {
        peregrine_fields::all().iter().find(|info| info.name == self.name)
    }

    fn argument(&self) -> ArgRule {
        if self.argument {
            return ArgRule::Required;
        }
        self.info().map_or(ArgRule::None, |info| info.arg)
    }

    /// What stands in brackets before what is said of it.
    fn remarks(&self) -> String {
        let Some(info) = self.info() else { return String::new() };
        let remarks: Vec<&str> = [
            (self.argument() == ArgRule::Required, "ARG_REQUIRED"),
            (self.argument() == ArgRule::Optional, "ARG_ALLOWED"),
            (info.is_list, "EPF_IS_LIST"),
            (!info.rhs, "EPF_NO_RHS"),
            (!info.transformers, "EPF_NO_TRANSFORMER"),
            (info.filter_only, "FILTER_ONLY"),
        ]
        .into_iter()
        .filter_map(|(is, remark)| is.then_some(remark))
        .collect();
        if remarks.is_empty() { String::new() } else { format!("({}) ", remarks.join(",")) }
    }

    fn type_name(&self) -> &'static str {
        self.info().map_or("", |info| type_name(info.ty))
    }
}

/// A type as Falco prints it.
fn type_name(ty: ParamType) -> &'static str {
    if ty == ParamType::Dyn { "DYNAMIC" } else { ty.name() }
}

/// The classes, those of the plugins at hand too.
fn classes(plugins: &[&str]) -> Vec<Class> {
    let text = include_str!("../../../../schema/falco/fields.json");
    let Ok(Fields { mut classes }) = serde_json::from_str(text) else { return Vec::new() };
    classes.retain(|class| class.plugin.as_ref().is_none_or(|name| plugins.contains(&&**name)));
    classes
}

/// The fields; `names_only`: nothing but their names.
pub(super) fn fields(format: Format, names_only: bool, plugins: &[&str]) -> String {
    let classes = classes(plugins);
    let all = || classes.iter().flat_map(|class| &class.fields);
    match (format, names_only) {
        (Format::Json, true) => {
            let names: Vec<&str> = all().map(|field| field.name.as_str()).collect();
            pretty(&json!({ "fieldnames": names }))
        }
        (Format::Json, false) => {
            let classes: Vec<Json> = classes.iter().map(Class::json).collect();
            pretty(&json!({ "fieldclasses": classes }))
        }
        (_, true) => all().flat_map(|field| [field.name.as_str(), "\n"]).collect(),
        (Format::Markdown, false) => classes.iter().map(Class::markdown).collect(),
        (Format::Text, false) => classes.iter().map(Class::text).collect(),
    }
}

fn pretty(value: &Json) -> String {
    format!("{value:#}\n")
}

impl Class {
    fn text(&self) -> String {
        let rest = |text: &str| wrapped_between(text, FROM, TO);
        let short = self.short.as_ref().map(|short| format!(" ({short})")).unwrap_or_default();
        let mut out = format!(
            "-------------------------------\n{:<FROM$}{}{short}\n{:<FROM$}{}\n{:<FROM$}syscall \n\n",
            "Field Class:",
            self.name,
            "Description:",
            rest(&self.desc),
            "Event Sources:",
        );
        for field in &self.fields {
            let remarks = field.remarks();
            // A long name has a line of its own.
            let name = &field.name;
            let gap =
                if name.len() >= FROM { format!("\n{}", " ".repeat(FROM)) } else { String::new() };
            let _ = writeln!(out, "{name:<FROM$}{gap}{}", rest(&(remarks + &field.desc)));
        }
        out + "\n"
    }

    fn markdown(&self) -> String {
        let mut out = format!(
            "## Field Class: {}\n\n{}\n\nEvent Sources: syscall \n\nName | Type | Description\n:----|:-----|:-----------\n",
            self.name, self.desc
        );
        for field in &self.fields {
            let ty = if field.info().is_some_and(|info| info.is_list) {
                format!("LIST({})", field.type_name())
            } else {
                field.type_name().to_owned()
            };
            let _ = writeln!(out, "`{}` | {ty} | {}", field.name, field.desc);
        }
        out + "\n"
    }

    fn json(&self) -> Json {
        let field = |field: &Described| {
            let argument = match field.argument() {
                ArgRule::None => Json::Null,
                rule => json!({"required": rule == ArgRule::Required, "type": []}),
            };
            json!({
                "name": field.name, "desc": field.desc, "argument": argument,
                "is_list": field.info().is_some_and(|info| info.is_list),
                "type": field.type_name(),
            })
        };
        let fields: Vec<Json> = self.fields.iter().map(field).collect();
        json!({
            "name": self.name, "desc": self.desc, "event_sources": ["syscall"], "fields": fields,
        })
    }
}

/// The calls whose events Falco leaves out.
pub(super) fn ignored() -> String {
    let mut out = "Ignored syscall(s):\n".to_owned();
    for name in in_hash_order(IGNORED) {
        let _ = writeln!(out, "- {name}");
    }
    out + "\n"
}

/// The names of a parameter's flags, where its type says that it has some.
fn flags(param: &ParamInfo) -> &'static [Named] {
    let name = param.ty.name();
    let has_flags = name.starts_with("FLAGS") || name.starts_with("ENUMFLAGS");
    param.names.filter(|_| has_flags).unwrap_or_default()
}

/// One event as it is listed.
struct Listed {
    name: &'static str,
    exit: bool,
    params: &'static [ParamInfo],
}

impl Listed {
    fn of(info: &'static EventInfo) -> Self {
        Self { name: info.name, exit: info.event_type().is_exit(), params: info.params }
    }

    fn is_default(&self) -> bool {
        !IGNORED.contains(&self.name)
    }

    fn direction(&self) -> char {
        if self.exit { '<' } else { '>' }
    }

    /// The parameters; `star` stands around the names of flags.
    fn params(&self, star: &str) -> String {
        let param = |param: &ParamInfo| {
            let mut out = format!("{} **{}**", type_name(param.ty), param.name);
            for (at, named) in flags(param).iter().enumerate() {
                let comma = if at == 0 { ":" } else { "," };
                let _ = write!(out, "{comma} {star}{}{star}", named.name);
            }
            out
        };
        self.params.iter().map(param).collect::<Vec<_>>().join(", ")
    }

    fn json(&self) -> Json {
        let param = |param: &ParamInfo| {
            let mut object = Map::new();
            object.insert("name".to_owned(), param.name.into());
            object.insert("type".to_owned(), type_name(param.ty).into());
            let names: Vec<&str> = flags(param).iter().map(|named| named.name).collect();
            if !names.is_empty() {
                object.insert("flags".to_owned(), names.into());
            }
            Json::Object(object)
        };
        json!({
            "available": self.is_default(), "dir": self.direction().to_string(),
            "name": self.name, "params": self.params.iter().map(param).collect::<Vec<_>>(),
        })
    }
}

/// The events of a category as Falco lists them: those of today, and a pair for each call without any.
fn listed(category: Category) -> Vec<Listed> {
    let is_old = |info: &EventInfo| {
        info.flags.has(EventFlags::OLD_VERSION) || info.flags.has(EventFlags::UNUSED)
    };
    // The first two codes are those of calls without any.
    let mut events: Vec<Listed> = EventType::all()
        .skip(2)
        .filter_map(EventType::info)
        .filter(|info| info.is(category) && !is_old(info))
        .map(Listed::of)
        .collect();
    if category == Category::Syscall {
        let params = EventType(0).info().map_or(&[][..], |info| info.params);
        let generic = syscalls::all().iter().filter(|call| call.generic).map(|call| call.name);
        for name in in_hash_order(generic) {
            events.extend([false, true].map(|exit| Listed { name, exit, params }));
        }
    }
    events
}

/// The event types.
pub(super) fn events(format: Format) -> String {
    let parts = [
        ("Syscall events", Category::Syscall),
        ("Tracepoint events", Category::Tracepoint),
        ("Plugin events", Category::Plugin),
        ("Metaevents", Category::Metaevent),
    ]
    .map(|(title, category)| (title, listed(category)));
    if format == Format::Json {
        let mut all = Map::new();
        all.insert("schema_version".to_owned(), version::SCHEMA.into());
        for (title, events) in &parts {
            all.insert((*title).to_owned(), events.iter().map(Listed::json).collect());
        }
        return pretty(&Json::Object(all));
    }
    let mut out =
        format!("The events below are valid for Falco *Schema Version*: {}\n", version::SCHEMA);
    for (title, events) in &parts {
        let _ = write!(out, "## {title}\n\n");
        if format == Format::Markdown {
            out.push_str("Default | Dir | Name | Params \n:-------|:----|:-----|:-----\n");
        }
        for event in events {
            let (direction, name) = (event.direction(), event.name);
            let _ = if format == Format::Markdown {
                let default = if event.is_default() { "Yes" } else { "No" };
                writeln!(out, "{default} | `{direction}` | `{name}` | {}", event.params("*"))
            } else {
                writeln!(out, "{direction} {name}({})", event.params(""))
            };
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_in_the_catalogue() {
        let listed = classes(&["container"]);
        let listed: Vec<&Described> = listed.iter().flat_map(|class| &class.fields).collect();
        assert!(listed.len() > 250);
        for field in &listed {
            assert!(field.info().is_some_and(|info| info.listed), "{}", field.name);
        }
        assert!(classes(&[]).iter().all(|class| class.plugin.is_none()));
    }

    #[test]
    fn formats_are_named_in_any_case() {
        assert_eq!(Format::named("JSON"), Some(Format::Json));
        assert_eq!(Format::named("xml"), None);
        assert_eq!(Format::named(""), None);
    }
}
