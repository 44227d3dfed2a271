//! What the specification a runtime starts a container by says of it (`config.json`).

use std::collections::BTreeMap;

use peregrine_state::{Container, Mount};
use serde::Deserialize;

/// What is read of a specification.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Spec {
    process: Option<Process>,
    mounts: Option<Vec<OciMount>>,
    linux: Option<Linux>,
    pub(crate) annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Process {
    apparmor_profile: String,
    selinux_label: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OciMount {
    destination: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    options: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Linux {
    namespaces: Option<Vec<Namespace>>,
    rootfs_propagation: String,
    masked_paths: Option<Vec<String>>,
    readonly_paths: Option<Vec<String>>,
    seccomp: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Namespace {
    #[serde(rename = "type")]
    kind: String,
}

impl OciMount {
    fn has(&self, option: &str) -> bool {
        self.options.iter().flatten().any(|one| one == option)
    }

    /// The propagation among its options.
    fn propagation(&self) -> Option<&str> {
        const KINDS: [&str; 6] = ["private", "rprivate", "slave", "rslave", "shared", "rshared"];
        let mut options = self.options.iter().flatten().map(String::as_str);
        options.find(|option| KINDS.contains(option))
    }
}

impl Spec {
    /// What it says, in a description.
    pub(crate) fn describe(&self) -> Container {
        let linux = self.linux.as_ref();
        let kinds = linux.and_then(|linux| linux.namespaces.as_ref());
        // A container is in the host's namespace of a kind that is not listed.
        let host = |kind: &str| kinds.is_some_and(|all| all.iter().all(|one| one.kind != kind));
        let all_propagate = linux.map_or("", |linux| &linux.rootfs_propagation);
        let mounts = self.mounts.iter().flatten().map(|mount| Mount {
            source: mount.source.clone(),
            destination: mount.destination.clone(),
            mode: mount
                .options
                .iter()
                .flatten()
                .find_map(|option| option.strip_prefix("mode="))
                .unwrap_or_default()
                .to_owned(),
            writable: !mount.has("ro"),
            propagation: mount.propagation().unwrap_or(all_propagate).to_owned(),
        });
        Container {
            host_pid: host("pid"),
            host_network: host("network"),
            host_ipc: host("ipc"),
            privileged: self.is_privileged(),
            mounts: mounts.collect(),
            ..Container::default()
        }
    }

    /// Whether nothing confines it: no path is hidden or read-only, no security module has a profile for
    /// it, and kernel file systems are writable.
    fn is_privileged(&self) -> bool {
        let Some(linux) = &self.linux else { return false };
        let none = |paths: &Option<Vec<String>>| paths.as_ref().is_none_or(Vec::is_empty);
        let profile = self.process.as_ref().is_some_and(|process| {
            !process.selinux_label.is_empty()
                || !matches!(&*process.apparmor_profile, "" | "unconfined")
        });
        let read_only =
            self.mounts.iter().flatten().any(|mount| {
                matches!(&*mount.kind, "sysfs" | "cgroup" | "cgroup2") && mount.has("ro")
            });
        none(&linux.masked_paths)
            && none(&linux.readonly_paths)
            && linux.seccomp.is_none()
            && !profile
            && !read_only
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Container {
        serde_json::from_str::<Spec>(text).unwrap().describe()
    }

    #[test]
    fn namespaces_that_are_not_listed_are_the_hosts() {
        let check = |kinds: &str, expected: [bool; 3]| {
            let found = read(&format!(r#"{{"linux": {{"namespaces": {kinds}}}}}"#));
            assert_eq!([found.host_pid, found.host_network, found.host_ipc], expected, "{kinds}");
        };
        check(r#"[{"type": "pid"}, {"type": "network"}, {"type": "ipc"}]"#, [false; 3]);
        check(r#"[{"type": "pid"}]"#, [false, true, true]);
        check("[]", [true; 3]);
        // Nothing is known.
        check("null", [false; 3]);
    }

    #[test]
    fn a_container_is_privileged_where_nothing_confines_it() {
        let check = |linux: &str, rest: &str, expected: bool| {
            let found = read(&format!(r#"{{"linux": {linux}{rest}}}"#));
            assert_eq!(found.privileged, expected, "{linux} {rest}");
        };
        check("{}", "", true);
        check("null", "", false);
        check(r#"{"maskedPaths": ["/proc/kcore"]}"#, "", false);
        check(r#"{"readonlyPaths": ["/proc/sys"]}"#, "", false);
        check(r#"{"maskedPaths": [], "seccomp": {}}"#, "", false);
        check("{}", r#", "process": {"apparmorProfile": "unconfined"}"#, true);
        check("{}", r#", "process": {"apparmorProfile": "cri-containerd.apparmor.d"}"#, false);
        check("{}", r#", "process": {"selinuxLabel": "system_u"}"#, false);
        check("{}", r#", "mounts": [{"type": "sysfs", "options": ["ro"]}]"#, false);
        check("{}", r#", "mounts": [{"type": "bind", "options": ["ro"]}]"#, true);
    }

    #[test]
    fn mounts_have_mode_access_and_propagation() {
        let found = read(
            r#"{"linux": {"rootfsPropagation": "rslave"}, "mounts": [
                {"destination": "/dev", "source": "tmpfs", "options": ["mode=755", "rprivate"]},
                {"destination": "/host", "source": "/etc", "options": ["rbind", "ro"]},
                {"destination": "/proc", "source": "proc"}]}"#,
        );
        let of = |mount: &Mount| {
            let Mount { source, destination, mode, writable, propagation } = mount;
            format!("{source}:{destination}:{mode}:{writable}:{propagation}")
        };
        let all: Vec<_> = found.mounts.iter().map(of).collect();
        assert_eq!(
            all,
            ["tmpfs:/dev:755:true:rprivate", "/etc:/host::false:rslave", "proc:/proc::true:rslave"]
        );
    }
}
