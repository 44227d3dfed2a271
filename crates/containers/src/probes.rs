//! Commands that check a container's health.

use std::collections::BTreeMap;

use peregrine_state::Probe;
use serde::Deserialize;

/// Where `kubectl apply` leaves the specification of a pod: an annotation of the pod, or with the prefix
/// `annotation.` a label of each of its containers.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The label with the name of a pod's container.
const NAME: &str = "io.kubernetes.container.name";

/// The probes of a pod's container.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Probes {
    pub(crate) liveness: Option<Probe>,
    pub(crate) readiness: Option<Probe>,
}

#[derive(Deserialize)]
struct Pod {
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    containers: Vec<OfPod>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfPod {
    #[serde(default)]
    name: String,
    liveness_probe: Option<Kind>,
    readiness_probe: Option<Kind>,
}

/// Of the kinds of probes only commands are processes of the container.
#[derive(Deserialize)]
struct Kind {
    exec: Option<Exec>,
}

#[derive(Deserialize)]
struct Exec {
    #[serde(default)]
    command: Vec<String>,
}

impl Probes {
    /// Those of a container, by the specification of its pod among annotations.
    pub(crate) fn of_annotations(all: &BTreeMap<String, String>, container: &str) -> Self {
        let Some(text) = all.get(APPLIED) else { return Self::default() };
        let Ok(pod) = serde_json::from_str::<Pod>(text) else { return Self::default() };
        let mut containers = pod.spec.containers.into_iter();
        let Some(found) = containers.find(|one| one.name == container) else {
            return Self::default();
        };
        let probe = |kind: Option<Kind>| command(&kind?.exec?.command);
        Self { liveness: probe(found.liveness_probe), readiness: probe(found.readiness_probe) }
    }

    /// Those of a container, by its labels.
    pub(crate) fn of_labels(all: &BTreeMap<String, String>) -> Self {
        let Some(container) = all.get(NAME) else { return Self::default() };
        let Some(text) = all.get(&format!("annotation.{APPLIED}")) else { return Self::default() };
        Self::of_annotations(&BTreeMap::from([(APPLIED.to_owned(), text.clone())]), container)
    }
}

/// The check of an image or a container: how it is run, then its words.
pub(crate) fn healthcheck(test: &[String]) -> Option<Probe> {
    match test {
        [how, words @ ..] if how == "CMD" => command(words),
        [how, line, ..] if how == "CMD-SHELL" => Some(Probe {
            exe: "/bin/sh".to_owned(),
            args: Some(vec!["-c".to_owned(), line.clone()]),
        }),
        _ => None,
    }
}

fn command(words: &[String]) -> Option<Probe> {
    let (exe, args) = words.split_first()?;
    Some(Probe { exe: exe.clone(), args: Some(args.to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(exe: &str, args: &[&str]) -> Probe {
        let args = args.iter().map(|one| (*one).to_owned()).collect();
        Probe { exe: exe.to_owned(), args: Some(args) }
    }

    #[test]
    fn healthchecks_are_commands() {
        let check = |test: &[&str], expected: Option<Probe>| {
            let words: Vec<String> = test.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(healthcheck(&words), expected, "{test:?}");
        };
        check(&["CMD", "curl", "-f", "x"], Some(probe("curl", &["-f", "x"])));
        check(
            &["CMD-SHELL", "curl x || exit 1"],
            Some(probe("/bin/sh", &["-c", "curl x || exit 1"])),
        );
        for none in [&["NONE"][..], &["CMD"], &["CMD-SHELL"], &[], &["OTHER", "x"]] {
            check(none, None);
        }
    }

    #[test]
    fn probes_are_those_of_the_container_in_its_pod() {
        let spec = r#"{"spec": {"containers": [
            {"name": "a", "livenessProbe": {"httpGet": {"path": "/"}}},
            {"name": "b", "livenessProbe": {"exec": {"command": ["cat", "/alive"]}},
             "readinessProbe": {"exec": {"command": ["true"]}}}]}}"#;
        let check = |text: &str, name: &str, liveness: Option<Probe>, readiness: Option<Probe>| {
            let applied = BTreeMap::from([(APPLIED.to_owned(), text.to_owned())]);
            let expected = Probes { liveness, readiness };
            assert_eq!(Probes::of_annotations(&applied, name), expected, "{text} {name}");
            let labels = BTreeMap::from([
                (format!("annotation.{APPLIED}"), text.to_owned()),
                (NAME.to_owned(), name.to_owned()),
            ]);
            assert_eq!(Probes::of_labels(&labels), expected, "{text} {name}");
        };
        check(spec, "a", None, None);
        check(spec, "b", Some(probe("cat", &["/alive"])), Some(probe("true", &[])));
        check(spec, "c", None, None);
        for wrong in ["", "{", "[]", r#"{"spec": null}"#, r#"{"spec": {"containers": [{}]}}"#] {
            check(wrong, "b", None, None);
        }
    }
}
