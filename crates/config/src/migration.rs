//! What becomes of each of Falco's keys here, made from the table of keys.

use std::fmt;
use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::falco;
use crate::keys::{is_own, removed_keys, rows};
use crate::model::Config;
use crate::setting::{Row, Setting as _, Status};
use crate::variables::escape;

/// What becomes of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It has the effect it has in Falco.
    Stays,
    /// It has another effect, or none and needs none.
    Changes,
    /// What it is there for is done better without it.
    Better,
    /// It has no effect yet.
    Missing,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stays => "stays",
            Self::Changes => "changes",
            Self::Better => "better",
            Self::Missing => "missing",
        })
    }
}

/// Keys that have no effect because what they are there for is done better without them.
const BETTER: [&str; 7] = [
    "falco_libs.thread_table_auto_purging_interval_s",
    "falco_libs.thread_table_auto_purging_thread_timeout_s",
    "syscall_event_drops.actions",
    "syscall_event_drops.max_burst",
    "syscall_event_drops.rate",
    "syscall_event_drops.threshold",
    "syscall_event_timeouts.max_consecutives",
];

/// What becomes of a key, and why.
pub fn fate(row: &Row) -> (Fate, String) {
    match row.status {
        Status::Used | Status::Section => (Fate::Stays, String::new()),
        Status::Ignored(why) if BETTER.contains(&row.key.as_str()) => {
            (Fate::Better, why.to_owned())
        }
        Status::Ignored(why) => (Fate::Changes, why.to_owned()),
        Status::Unsupported(_) => (Fate::Missing, "not supported yet".to_owned()),
        Status::With(key) => (Fate::Missing, format!("not supported yet, with `{key}`")),
    }
}

/// A setting of a Falco, and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The dotted key.
    pub key: String,
    /// Its value.
    pub value: Json,
    /// Where it was set; empty for a default of Falco's that is not ours.
    pub origin: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Why.
    pub why: String,
}

/// Every setting of a Falco that is set, or is not what Peregrine does by itself.
pub fn moves(loaded: &falco::Loaded) -> Vec<Move> {
    let mut values = Vec::new();
    loaded.config.show("", &mut values);
    let mut ours = Vec::new();
    Config::default().show("", &mut ours);
    let rows = rows();
    let mut moves = Vec::new();
    for ((key, value), (_, own)) in values.into_iter().zip(ours) {
        let origin = loaded.origins.get(&key).map(ToString::to_string);
        let Some(row) = rows.iter().find(|row| row.key == key) else { continue };
        let has_effect = row.status == Status::Used;
        let differs = value != own && has_effect;
        // What is off does not miss what goes with it.
        let is_off = value == own && !has_effect;
        let (fate, why) = if is_off { (Fate::Stays, "as by itself".to_owned()) } else { fate(row) };
        if origin.is_some() || differs {
            let origin = origin.unwrap_or_default();
            moves.push(Move { key, value, origin, fate, why });
        }
    }
    moves
}

/// A configuration file of ours that does what a Falco's did: what is not our default; what has no effect yet
/// stands in comments.
pub fn migrated_file(loaded: &falco::Loaded, from: &str) -> String {
    let mut file = format!("# Made by `peregrine migrate` from {from}.\n");
    let mut ours = Vec::new();
    Config::default().show("", &mut ours);
    let mut sections: Vec<String> = Vec::new();
    for one in moves(loaded) {
        // Variables stand for their values here: what looks like one is text.
        let value = escape(&one.value.to_string());
        let is_default = ours.iter().any(|(key, value)| *key == one.key && *value == one.value);
        if is_default || one.key == "config_files" {
            continue;
        }
        let (section, name) = one.key.rsplit_once('.').unwrap_or(("", &one.key));
        let path: Vec<String> =
            section.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let same = sections.iter().zip(&path).take_while(|(a, b)| a == b).count();
        if one.fate != Fate::Stays {
            let _ = writeln!(file, "# {}: {}  # {}", one.key, value, one.why);
            continue;
        }
        for (depth, part) in path.iter().enumerate().skip(same) {
            let _ = writeln!(file, "{}{part}:", "  ".repeat(depth));
        }
        sections.clone_from(&path);
        let _ = writeln!(file, "{}{name}: {value}", "  ".repeat(path.len()));
    }
    file
}

/// The table of the page: every key of Falco, and what becomes of it.
pub(crate) fn table() -> String {
    let mut table = "| key of Falco | here | why |\n|---|---|---|\n".to_owned();
    for row in rows().iter().filter(|row| row.status != Status::Section && !is_own(&row.key)) {
        let (fate, why) = fate(row);
        let _ = writeln!(table, "| `{}` | {fate} | {why} |", row.key);
    }
    for (key, why) in removed_keys() {
        let _ = writeln!(table, "| `{key}` | changes | a key of an older Falco: {why} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falco_becomes_a_file_that_does_the_same() {
        let path =
            |name: &str| std::env::temp_dir().join(format!("{name}-{}.yaml", std::process::id()));
        let (theirs, ours) = (path("theirs"), path("ours"));
        let text = "engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 5}}\nrules_files: [/]\njson_output: on\noutput_timeout: 3000\nfalco_libs: {snaplen: 100}\nfile_output: {enabled: true, filename: /var/log/a}\nsyscall_event_drops: {actions: [log]}\nwatch_config_files: true\nstatic_fields: {a: '$${X} ${HOME} $x'}\n";
        std::fs::write(&theirs, text).unwrap();
        let loaded = falco::load(&theirs, &[]).unwrap();
        let file = migrated_file(&loaded, "falco.yaml");
        std::fs::write(&ours, &file).unwrap();
        let again = crate::load(Some(&ours), &[]).unwrap();
        std::fs::remove_file(&theirs).unwrap();
        std::fs::remove_file(&ours).unwrap();
        assert_eq!(again.warnings, [], "{file}");
        let (a, b) = (&again.config, &loaded.config);
        assert_eq!(
            (
                a.json_output,
                &a.file_output,
                &a.stdout_output,
                &a.engine.modern_ebpf,
                &a.rules_files
            ),
            (
                b.json_output,
                &b.file_output,
                &b.stdout_output,
                &b.engine.modern_ebpf,
                &b.rules_files
            ),
            "{file}"
        );
        let home = std::env::var("HOME").unwrap_or_default();
        assert_eq!(format!("{:?}", a.static_fields), format!("{:?}", b.static_fields));
        assert!(file.contains(&format!("$${{X}} {home} $x")), "{file}");
        assert!(!a.stdout_output.enabled && !a.log_stderr);
        let of = |key: &str| moves(&loaded).into_iter().find(|one| one.key == key).unwrap();
        assert_eq!(of("json_output").fate, Fate::Stays);
        assert_eq!(of("output_timeout").fate, Fate::Stays);
        assert_eq!(of("falco_libs.snaplen").fate, Fate::Missing);
        assert_eq!(of("watch_config_files").fate, Fate::Stays);
        assert_eq!(of("stdout_output.enabled").origin, "");
        assert!(of("json_output").origin.ends_with(":3:1"));
        assert!(file.contains("# falco_libs.snaplen: 100  # not supported yet\n"), "{file}");
    }

    #[test]
    fn better_keys_are_those_without_an_effect() {
        for key in BETTER {
            let row = rows().into_iter().find(|row| row.key == key).unwrap();
            assert!(matches!(row.status, Status::Ignored(_)), "{key}");
        }
    }
}
