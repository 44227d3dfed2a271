//! What changed from one configuration to another, and what of it takes a restart.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::keys::rows;
use crate::model::Config;
use crate::setting::{Setting as _, Status};

/// Keys and sections whose new values hold as soon as the configuration is read anew. Those of all others
/// that have an effect hold after a restart.
const AT_ONCE: &[&str] = &[
    "config_files",
    "watch_config_files",
    "rules_files",
    "rules",
    "priority",
    "rule_matching",
    "load_plugins",
    "append_output",
    "static_fields",
    "json_output",
    "json_include_output_property",
    "json_include_message_property",
    "json_include_output_fields_property",
    "json_include_tags_property",
    "time_format_iso_8601",
    "buffer_format_base64",
    "buffered_outputs",
    "output_timeout",
    "stdout_output",
    "file_output",
    "syslog_output",
    "program_output",
    "http_output",
    "outputs",
    "guard.policies",
    "guard.mode",
    "guard.confirm_within",
    "guard.way_in",
    "respond.files",
    "respond.mode",
    "respond.max_size",
    "respond.max_age",
    "log_level",
    "log_format",
    "log_stderr",
    "log_syslog",
    "syscall_event_drops",
    "metrics",
    "webserver",
    "capture",
    "base_syscalls",
    "engine.modern_ebpf.pushdown",
    "falco_libs.proc_name_follows_prctl",
];

/// Whether a new value of this key holds only after a restart. Keys without an effect need none.
pub fn needs_restart(key: &str) -> bool {
    static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let used = rows().into_iter().filter(|row| row.status == Status::Used);
        used.map(|row| row.key).filter(|key| !is_at_once(key)).collect()
    });
    KEYS.iter().any(|own| own == key)
}

fn is_at_once(key: &str) -> bool {
    AT_ONCE.iter().any(|own| {
        let rest = key.strip_prefix(own);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The keys of a configuration with their values, to be compared with those of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(BTreeMap<String, Json>);

impl Values {
    /// Those of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut shown = Vec::new();
        config.show("", &mut shown);
        Self(shown.into_iter().collect())
    }

    /// The keys whose values differ, in order.
    pub fn changed<'v>(&'v self, next: &'v Self) -> impl Iterator<Item = &'v str> {
        next.0
            .iter()
            .filter(|(key, value)| self.0.get(*key) != Some(*value))
            .map(|(key, _)| key.as_str())
    }

    /// Gives keys that need a restart the values of `running`; returns those whose values differ, in order.
    pub fn keep_until_restart(&mut self, running: &Self) -> Vec<String> {
        let keys: Vec<String> =
            running.changed(self).filter(|key| needs_restart(key)).map(str::to_owned).collect();
        for key in &keys {
            if let Some(value) = running.0.get(key) {
                self.0.insert(key.clone(), value.clone());
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_holds_at_once_or_is_named_until_the_restart() {
        let of = |options: &[&str]| {
            let options: Vec<String> = options.iter().map(|one| (*one).to_owned()).collect();
            Values::new(&crate::load(None, &options).unwrap().config)
        };
        let running = of(&[]);
        let check = |options: &[&str], changed: &[&str], restart: &[&str]| {
            let mut next = of(options);
            assert_eq!(running.changed(&next).collect::<Vec<_>>(), changed, "{options:?}");
            assert_eq!(next.keep_until_restart(&running), restart, "{options:?}");
            // What was kept is named again by the next reload, and by no other.
            assert_eq!(of(options).keep_until_restart(&next), restart, "{options:?}");
            assert_eq!(next.keep_until_restart(&running), [""; 0], "{options:?}");
        };
        check(&[], &[], &[]);
        check(&["priority=warning"], &["priority"], &[]);
        check(&["base_syscalls.repair=true"], &["base_syscalls.repair"], &[]);
        check(&["journal.enabled=true"], &["journal.enabled"], &["journal.enabled"]);
        check(
            &["engine.modern_ebpf.buf_size_preset=5", "engine.modern_ebpf.pushdown=false"],
            &["engine.modern_ebpf.buf_size_preset", "engine.modern_ebpf.pushdown"],
            &["engine.modern_ebpf.buf_size_preset"],
        );
        // What has no effect needs no restart.
        check(
            &["syscall_event_timeouts.max_consecutives=5"],
            &["syscall_event_timeouts.max_consecutives"],
            &[],
        );
    }

    #[test]
    fn what_holds_at_once_is_a_key_or_a_section() {
        let rows = rows();
        for own in AT_ONCE {
            assert!(rows.iter().any(|row| row.key == *own), "{own}");
        }
    }
}
