//! The keys of `falco.yaml` (a table): known names, and of those Peregrine does nothing with yet
//! the value that asks for nothing.

use peregrine_yaml::{Body, Node};

/// What is wrong with an output that Peregrine does not have.
pub(crate) const NO_OUTPUT: &str = "Peregrine has no such output, alerts sent there would be lost: take it out (there are stdout_output and file_output)";

/// What happens with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is set in [`crate::Config`].
    Taken,
    /// It has no effect here, and asking for it changes nothing that matters.
    Quiet,
    /// It would change what users get: told, unless the value is this one (or empty).
    Missing(&'static str),
    /// Alerts would go where Peregrine cannot send them: an error, unless it is off.
    Unbuilt,
}

/// Keys and sections; a section stands for all keys below it.
pub(crate) const KEYS: &[(&str, Use)] = &[
    ("append_output", Use::Taken),
    ("base_syscalls.all", Use::Taken),
    ("base_syscalls.custom_set", Use::Taken),
    ("base_syscalls.repair", Use::Taken),
    ("buffer_format_base64", Use::Missing("false")),
    ("buffered_outputs", Use::Taken),
    ("capture.enabled", Use::Missing("false")),
    ("capture", Use::Quiet),
    ("config_files", Use::Missing("")),
    ("container_engines", Use::Quiet),
    ("engine.kind", Use::Taken),
    ("engine.modern_ebpf.buf_size_preset", Use::Taken),
    ("engine.modern_ebpf.drop_failed_exit", Use::Missing("false")),
    // Ours: how many bytes of arguments and environment are told.
    ("engine.modern_ebpf.arguments_max", Use::Taken),
    // Ours: whether events no rule can match are left out in the kernel.
    ("engine.modern_ebpf.pushdown", Use::Taken),
    ("engine", Use::Quiet),
    // Ours: whether `proc.name` is the name a thread gave itself last.
    ("falco_libs.proc_name_follows_prctl", Use::Taken),
    ("falco_libs.thread_table_size", Use::Taken),
    ("falco_libs", Use::Quiet),
    ("file_output.enabled", Use::Taken),
    ("file_output.filename", Use::Taken),
    ("file_output.keep_alive", Use::Taken),
    // Of older versions of Falco.
    ("grpc.enabled", Use::Unbuilt),
    ("grpc", Use::Quiet),
    ("grpc_output.enabled", Use::Unbuilt),
    ("http_output.enabled", Use::Unbuilt),
    ("http_output", Use::Quiet),
    ("json_include_message_property", Use::Taken),
    ("json_include_output_fields_property", Use::Taken),
    ("json_include_output_property", Use::Taken),
    ("json_include_tags_property", Use::Taken),
    ("json_output", Use::Taken),
    ("libs_logger", Use::Quiet),
    ("load_plugins", Use::Taken),
    ("log_level", Use::Quiet),
    ("log_stderr", Use::Quiet),
    ("log_syslog", Use::Quiet),
    ("metrics.enabled", Use::Missing("false")),
    ("metrics", Use::Quiet),
    ("output_timeout", Use::Quiet),
    ("outputs_queue.capacity", Use::Taken),
    ("plugins", Use::Quiet),
    ("plugins_hostinfo", Use::Quiet),
    ("priority", Use::Taken),
    ("program_output.enabled", Use::Unbuilt),
    ("program_output", Use::Quiet),
    ("rule_matching", Use::Taken),
    ("rules", Use::Taken),
    ("rules_file", Use::Taken),
    ("rules_files", Use::Taken),
    ("static_fields", Use::Taken),
    ("stdout_output.enabled", Use::Taken),
    ("syscall_event_drops.actions", Use::Taken),
    ("syscall_event_drops.max_burst", Use::Taken),
    ("syscall_event_drops.rate", Use::Taken),
    ("syscall_event_drops.threshold", Use::Taken),
    ("syscall_event_drops", Use::Quiet),
    ("syscall_event_timeouts", Use::Quiet),
    ("syslog_output.enabled", Use::Unbuilt),
    ("time_format_iso_8601", Use::Taken),
    ("watch_config_files", Use::Quiet),
    ("webserver.enabled", Use::Missing("false")),
    ("webserver", Use::Quiet),
];

/// What happens with a dotted key; none for keys nobody knows.
pub(crate) fn use_of(key: &str) -> Option<Use> {
    let mut name = key;
    loop {
        if let Some((_, what)) = KEYS.iter().find(|(known, _)| *known == name) {
            return Some(*what);
        }
        name = name.rsplit_once('.')?.0;
    }
}

/// Whether a map under this key is a section whose keys are looked at one by one.
pub(crate) fn is_section(key: &str) -> bool {
    KEYS.iter().any(|(known, _)| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

/// The known key that looks most like an unknown one.
pub(crate) fn nearest(key: &str) -> Option<&'static str> {
    peregrine_event::names::nearest(key, KEYS.iter().map(|(known, _)| *known))
}

/// Whether a value asks for nothing: it is empty or this one.
pub(crate) fn asks_for_nothing(node: &Node, quiet: &str) -> bool {
    match &node.body {
        Body::Null => true,
        Body::Scalar(text) => {
            let off = ["no", "off", "n"].contains(&&*text.to_ascii_lowercase());
            off && quiet == "false" || text.eq_ignore_ascii_case(quiet)
        }
        Body::List(list) => list.is_empty(),
        Body::Map(map) => map.is_empty(),
    }
}

/// Whether a key switches an output on: `x_output.enabled`, or `x_output` with that below it.
pub(crate) fn asks_for_output(key: &str, node: &Node) -> bool {
    if use_of(key) == Some(Use::Unbuilt) || key.ends_with("_output.enabled") {
        return !asks_for_nothing(node, "false");
    }
    let pairs = node.map().filter(|_| key.ends_with("_output")).unwrap_or_default();
    pairs
        .iter()
        .any(|(name, value)| name.scalar() == Some("enabled") && !asks_for_nothing(value, "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_guessed() {
        assert_eq!(use_of("json_output"), Some(Use::Taken));
        assert_eq!(use_of("webserver.listen_port"), Some(Use::Quiet));
        assert_eq!(use_of("webserver.enabled"), Some(Use::Missing("false")));
        assert_eq!(use_of("no.such"), None);
        assert!(is_section("file_output") && is_section("engine.modern_ebpf"));
        assert!(!is_section("plugins") && !is_section("json"));
        assert_eq!(nearest("jsn_output"), Some("json_output"));
        assert_eq!(nearest("file_output.filname"), Some("file_output.filename"));
        assert_eq!(nearest("zzz"), None);
    }
}
