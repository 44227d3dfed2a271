//! The table of keys: all rows, keys of older versions, what an unknown key may mean.

use std::sync::LazyLock;

use crate::model::Config;
use crate::setting::{Meaning, Row, Setting as _, Status, plain};
use crate::tree::{Body, Node};

/// Keys of older versions of Falco, with those below them, and what to do.
const REMOVED: [(&str, &str); 7] = [
    ("grpc", "Falco has no gRPC server any more"),
    ("grpc_output", "Falco has no gRPC server any more"),
    ("syscall_buf_size_preset", "it is engine.modern_ebpf.buf_size_preset now"),
    ("syscall_drop_failed_exit", "it is engine.modern_ebpf.drop_failed_exit now"),
    ("modern_bpf", "it is engine.modern_ebpf now"),
    ("ebpf", "it is engine.modern_ebpf now"),
    ("engine.ebpf", "it is engine.modern_ebpf now"),
];

/// What the text of a key says that Falco does not have.
const NOT_IN_FALCO: &str = "(Not in Falco";

/// Keys of older versions of Falco, each with what to do.
pub(crate) fn removed_keys() -> &'static [(&'static str, &'static str)] {
    &REMOVED
}

/// Whether Falco does not have the key: its text says so, or that of its section.
pub fn is_own(key: &str) -> bool {
    static OWN: LazyLock<Vec<String>> = LazyLock::new(|| {
        let rows = rows().into_iter().filter(|row| row.about.contains(NOT_IN_FALCO));
        rows.map(|row| row.key).collect()
    });
    OWN.iter().any(|own| {
        let rest = key.strip_prefix(own.as_str());
        rest.is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'.')))
    })
}

/// Every key with what it means, sections before their keys.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let meaning = Meaning { about: "", status: Status::Section, example: None };
    Config::default().rows("", meaning, &mut rows);
    rows
}

/// The keys that have no effect yet and whose values ask for one, each with its value as text.
pub fn without_effect(config: &Config) -> Vec<(String, String)> {
    let mut values = Vec::new();
    config.show("", &mut values);
    let rows = rows();
    let asks = |key: &str, value: &str| {
        let row = rows.iter().find(|row| row.key == key);
        row.is_some_and(|row| matches!(row.status, Status::Unsupported(off) if off != value))
    };
    let values = values.into_iter().map(|(key, value)| (key, plain(&value)));
    values.filter(|(key, value)| asks(key, value)).collect()
}

/// What became of a key of an older Falco.
pub(crate) fn removed(key: &str) -> Option<&'static str> {
    let is_below = |section: &str| {
        key.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    REMOVED.iter().find(|(section, _)| is_below(section)).map(|(_, instead)| *instead)
}

/// The known key that looks most like an unknown one.
pub(crate) fn nearest(key: &str) -> Option<String> {
    let rows = rows();
    let names = rows.iter().map(|row| row.key.as_str());
    peregrine_event::names::nearest(key, names).map(str::to_owned)
}

/// Where an unknown key switches an output on: `x_output.enabled`, or that below `x_output`.
pub(crate) fn switches_output_on<'n>(key: &str, node: &'n Node) -> Option<(String, &'n Node)> {
    if !(key == "grpc" || key.ends_with("_output")) {
        return None;
    }
    let enabled = node.get("enabled").filter(|node| !is_off(node))?;
    Some((format!("{key}.enabled"), enabled))
}

fn is_off(node: &Node) -> bool {
    match &node.body {
        Body::Null => true,
        Body::Scalar(text) => {
            ["false", "no", "off", "n", ""].contains(&&*text.to_ascii_lowercase())
        }
        Body::List(list) => list.is_empty(),
        Body::Map(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_guessed() {
        let row = |key: &str| rows().into_iter().find(|row| row.key == key).map(|row| row.status);
        assert_eq!(row("json_output"), Some(Status::Used));
        assert_eq!(row("plugins"), Some(Status::With("load_plugins")));
        assert_eq!(row("engine.modern_ebpf"), Some(Status::Section));
        assert_eq!(row("no.such"), None);
        assert_eq!(nearest("jsn_output").as_deref(), Some("json_output"));
        assert_eq!(nearest("file_output.filname").as_deref(), Some("file_output.filename"));
        assert_eq!(nearest("zzz"), None);
        assert!(removed("grpc.threadiness").is_some() && removed("grpcx").is_none());
    }

    #[test]
    fn keys_without_an_effect_are_found_by_their_status() {
        let mut config = Config::default();
        assert_eq!(without_effect(&config), []);
        let mut switched = Vec::new();
        for row in rows() {
            if row.status == Status::Unsupported("false") {
                switched.push((row.key.clone(), "true".to_owned()));
            }
        }
        let (key, _) = &switched[0];
        assert_eq!(key, "engine.modern_ebpf.drop_failed_exit");
        let options: Vec<String> =
            switched.iter().map(|(key, value)| format!("{key}={value}")).collect();
        config.clone_from(&crate::load(None, &options).unwrap().config);
        assert_eq!(without_effect(&config), switched);
    }

    #[test]
    fn every_row_says_what_it_is_for() {
        for row in rows() {
            assert!(
                row.about.trim_end_matches(')').ends_with('.') && row.about.len() > 3,
                "{}: {}",
                row.key,
                row.about
            );
        }
    }
}
