//! Which crate may use which: the table of layers of `docs/ARCHITECTURE.md`.

use std::collections::BTreeMap;
use std::fs;

use super::metadata::{Kind, Package};

/// What each crate may depend on, one row a crate.
const MAY_USE: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("yaml", &[]),
    ("kfilter", &["event"]),
    ("scap", &["event"]),
    ("state", &["event"]),
    ("filter", &[]),
    ("fields", &["event", "state", "filter"]),
    ("rules", &["event", "yaml", "fields", "filter"]),
    ("engine", &["event", "state", "fields", "filter", "rules"]),
    ("pushdown", &["event", "kfilter", "fields", "filter", "rules"]),
    ("guard", &["event", "yaml", "fields", "filter", "rules"]),
    ("alert", &["event", "state", "fields", "filter"]),
    ("control", &[]),
    ("correlate", &["event", "yaml", "filter", "alert"]),
    ("respond", &["event", "yaml", "filter", "alert"]),
    ("bpf", &[]),
    ("probe", &["event", "kfilter", "bpf"]),
    ("enforce", &["guard", "event", "bpf", "probe"]),
    ("hostinfo", &["event", "state", "probe"]),
    ("containers", &["state"]),
    ("act", &["respond"]),
    ("journal", &["alert", "filter"]),
    ("config", &["event", "yaml", "state", "rules", "engine", "alert"]),
    ("outputs", &["alert", "filter", "journal", "config"]),
    ("store", &["alert", "filter"]),
    (
        "agent",
        &[
            "event",
            "yaml",
            "kfilter",
            "scap",
            "state",
            "filter",
            "fields",
            "rules",
            "engine",
            "pushdown",
            "alert",
            "control",
            "guard",
            "enforce",
            "probe",
            "hostinfo",
            "containers",
            "journal",
            "outputs",
            "config",
            "respond",
            "act",
        ],
    ),
    ("web", &[]),
    ("hub", &["alert", "journal", "store", "web"]),
    ("lsp", &["event", "yaml", "filter", "fields", "rules"]),
    (
        "cli",
        &[
            "agent",
            "lsp",
            "guard",
            "enforce",
            "config",
            "control",
            "correlate",
            "event",
            "fields",
            "rules",
            "alert",
            "journal",
            "hub",
            "outputs",
            "probe",
            "respond",
            "act",
        ],
    ),
    ("testkit", &["event"]),
    (
        "bench",
        &[
            "agent", "alert", "config", "control", "engine", "event", "fields", "journal", "probe",
            "rules", "scap", "state", "testkit",
        ],
    ),
    (
        "conformance",
        &[
            "agent", "alert", "config", "event", "fields", "filter", "rules", "scap", "state",
            "testkit",
        ],
    ),
    ("package", &[]),
    ("xtask", &[]),
];

/// What tests may use beside what their crate may, and their crate itself with more features: a crate that uses none of these itself.
const TESTS_MAY_USE: &[&str] = &["testkit"];

/// What tests of one crate may use beside that.
const TESTS_ALSO: &[(&str, &[&str])] = &[
    ("engine", &["alert"]),
    ("pushdown", &["state"]),
    ("cli", &["scap"]),
    ("enforce", &["fields", "filter", "rules"]),
];

/// Compares every manifest, and what build scripts read of other crates, with the table.
pub(super) fn check(packages: &[Package]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let also: BTreeMap<&str, &[&str]> = TESTS_ALSO.iter().copied().collect();
    let is_ours = |name: &str| packages.iter().any(|package| package.name == name);
    let mut wrong = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let Some(allowed) = table.get(name) else {
            wrong.push(format!(
                "{name} has no row in the table of layers (xtask/src/tidy/layers.rs)"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let used = dependency.name.strip_prefix("peregrine-").unwrap_or(&dependency.name);
            let in_tests = dependency.kind == Kind::Dev
                && (used == name
                    || TESTS_MAY_USE.contains(&used)
                    || also.get(name).is_some_and(|also| also.contains(&used)));
            if is_ours(used) && !allowed.contains(&used) && !in_tests {
                wrong.push(format!(
                    "{name} depends on {used} ({}); its layer allows: {}",
                    dependency.kind.table(),
                    allowed.join(", ")
                ));
            }
        }
        // What a build script reads of another crate is an edge Cargo does not know of.
        let script = fs::read_to_string(package.folder.join("build.rs")).unwrap_or_default();
        for read in script.split("\"../").skip(1).chain(script.split("/../").skip(1)) {
            let used = read.split(['/', '"']).next().unwrap_or_default();
            if is_ours(used) && !allowed.contains(&used) {
                wrong.push(format!(
                    "{name}/build.rs reads files of {used}; its layer allows: {}",
                    allowed.join(", ")
                ));
            }
        }
    }
    for name in table.keys().filter(|name| !is_ours(name)) {
        wrong.push(format!("the table of layers has a row for {name}, which is no package"));
    }
    wrong
}
