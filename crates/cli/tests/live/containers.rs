//! Processes in containers: what control groups show, live. Needs root; says so loudly where it has
//! none.

use std::process::{Command, Stdio};
use std::time::Duration;

use peregrine_testkit::cgroups::{Group, hierarchies};

use crate::support::agent::{Watched, scratch};

const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// Writes of a shell that put it at the root of every hierarchy: on the host, wherever the test runs.
pub(crate) fn to_the_host() -> String {
    let folders = hierarchies();
    let writes =
        folders.iter().map(|folder| format!("echo $$ > {}/cgroup.procs;", folder.display()));
    writes.collect::<Vec<_>>().join(" ")
}

/// A shell command.
pub(crate) fn shell(command: &str) {
    let done = Command::new("sh").args(["-c", command]).stdout(Stdio::null()).status().unwrap();
    assert!(done.success(), "{command}");
}

fn reported(watched: &mut Watched, act: &str, count: usize) -> Vec<(String, serde_json::Value)> {
    shell(act);
    let mut next = || {
        let line = watched.line(Duration::from_secs(5)).expect("an alert");
        let alert: serde_json::Value = serde_json::from_str(&line).unwrap();
        let fields = &alert["output_fields"];
        (fields["proc.name"].as_str().unwrap().to_owned(), fields.clone())
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn live_a_process_is_on_the_host_or_in_the_container_of_its_control_group() {
    let name = "live_a_process_is_on_the_host_or_in_the_container_of_its_control_group";
    if !peregrine_testkit::root(name) {
        return;
    }
    let all = hierarchies();
    if all.is_empty() {
        peregrine_testkit::skipped(name, "no hierarchy of control groups is mounted");
        return;
    }
    let folder = scratch("containers");
    let (rules, marked) = (folder.join("rules.yaml"), folder.join("marked"));
    std::fs::write(&marked, "x\n").unwrap();
    let text = format!(
        "- rule: read\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {}\n  \
         output: read %proc.name %container.full_id %container.type %k8s.pod.uid\n  priority: INFO\n",
        marked.display()
    );
    std::fs::write(&rules, text).unwrap();
    let (rules, marked) = (rules.display().to_string(), marked.display().to_string());
    let mut watched = Watched::start(&["--json", "-r", &rules]);
    let host = to_the_host();

    let seen = reported(&mut watched, &format!("{host} cat {marked}"), 1);
    let [(name, fields)] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((name.as_str(), &fields["container.id"]), ("cat", &"host".into()), "{fields:#}");
    assert_eq!(fields["container.name"], "host");

    let test = std::process::id();
    let cases = [
        (format!("docker/{ID}"), &ID[..12], ID, None),
        (format!("system.slice-{test}/docker-{ID}.scope"), &ID[..12], ID, None),
        (format!("machine-{test}.slice/libpod-{ID}.scope/container"), &ID[..12], ID, None),
        (format!("machine-{test}.slice/libpod-conmon-{ID}.scope"), "host", "host", Some("host")),
        (
            format!(
                "kubepods-{test}.slice/kubepods-burstable-pod1.slice/cri-containerd-{ID}.scope"
            ),
            &ID[..12],
            ID,
            None,
        ),
        (format!("lxc.payload.peregrine-{test}"), "peregrine-", "peregrine-", Some("lxc")),
        (
            format!("docker-{test}.slice/docker-{}.scope/docker/{ID}", ID.replace('0', "f")),
            &ID[..12],
            ID,
            None,
        ),
    ];
    for hierarchy in &all {
        for (path, id, full, kind) in &cases {
            let group = Group::new(hierarchy, path);
            let tasks = group.tasks().display().to_string();
            // The shell that moves itself is seen where it was until it starts something.
            let moves = format!(
                "{host} exec sh -c 'echo $$ > {tasks}; read x < {marked}; cat {marked}; read x < {marked}'"
            );
            let seen = reported(&mut watched, &moves, 3);
            let at = format!("{} {path}: {seen:#?}", hierarchy.display());
            let reported: Vec<_> = seen
                .iter()
                .map(|(name, fields)| (name.as_str(), fields["container.id"].as_str().unwrap()))
                .collect();
            let [("sh", "host"), ("cat", inside), ("sh", later)] = reported.as_slice() else {
                panic!("{at}")
            };
            assert!(inside.starts_with(id) && inside == later, "{at}");
            assert_eq!(id.len() == 12, inside.len() == 12, "{at}");
            let fields = &seen[1].1;
            assert!(fields["container.full_id"].as_str().unwrap().starts_with(full), "{at}");
            assert_eq!(fields["container.type"].as_str(), *kind, "{at}");
            // Nothing described a pod, and no engine an image.
            assert!(fields["k8s.pod.uid"].is_null(), "{at}");
            assert_eq!(fields["container.image.tag"].is_null(), kind.is_none(), "{at}");
        }
    }
    watched.stop();
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_the_suggested_output_is_appended_unless_the_container_plugin_is_off() {
    let name = "live_the_suggested_output_is_appended_unless_the_container_plugin_is_off";
    if !peregrine_testkit::root(name) {
        return;
    }
    let host = to_the_host();
    // A file that is not there: it makes the command this test's.
    let mark = format!("mark-{}", std::process::id());
    let mut watched = Watched::start::<&str>(&[]);
    shell(&format!("{host} cat /etc/shadow {mark}; :"));
    let line = watched.line_with(&mark, Duration::from_secs(5)).expect("an alert");
    // On the host these are what Falco prints: an image there is none.
    let end = " container_id=host container_name=host container_image_repository= container_image_tag= \
               k8s_pod_name=<NA> k8s_ns_name=<NA>";
    assert!(line.ends_with(end), "{line}");
    watched.stop();
    let mut watched = Watched::start(&["-o", "load_plugins=[]"]);
    shell(&format!("{host} cat /etc/shadow {mark}; :"));
    let line = watched.line_with(&mark, Duration::from_secs(5)).expect("an alert");
    assert!(line.contains("Password file read") && !line.contains("container_"), "{line}");
    watched.stop();
}
