//! Actions through the API of Kubernetes: `label_pod`, `delete_pod`, `cordon`.

use std::collections::BTreeMap;
use std::time::Duration;

use peregrine_yaml::Node;

use super::parameters::Parameters;
use super::refusal::Refusal;
use crate::kubernetes::{
    KubernetesTask, Pod, is_dns_label, is_dns_name, is_label_key, is_label_value,
};
use crate::occurrence::Occurrence;
use crate::task::Task;
use crate::text::Text;

pub(super) const NAMES: &[&str] = &["label_pod", "delete_pod", "cordon"];

/// What the pod is known by, beside its name.
pub(super) const FIELDS: &[&str] = &["k8s.pod.uid"];

/// The namespace of the cluster's own pods.
const SYSTEM: &str = "kube-system";

/// The longest grace period of a pod.
const LONGEST: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KubernetesAction {
    Label { pod: PodTexts, labels: Vec<(String, Text)> },
    Delete { pod: PodTexts, grace: Option<Duration> },
    Cordon { node: Option<Text> },
}

/// How a pod is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PodTexts {
    name: Text,
    namespace: Text,
    /// Whether it is the pod of the event, so that its unique id is known.
    is_of_event: bool,
}

impl KubernetesAction {
    pub(super) fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        match of.word {
            "label_pod" => {
                if !of.keys(&["labels", "pod", "namespace"], &["labels"]) {
                    return None;
                }
                let labels = labels(of);
                Some(Self::Label { pod: PodTexts::read(of)?, labels: labels? })
            }
            "delete_pod" => {
                if !of.keys(&["grace_period", "pod", "namespace"], &[]) {
                    return None;
                }
                let grace = match of.get("grace_period") {
                    Some(node) => Some(grace(of, node)?),
                    None => None,
                };
                Some(Self::Delete { pod: PodTexts::read(of)?, grace })
            }
            _ => {
                if !of.keys(&["node"], &[]) {
                    return None;
                }
                let node = match of.get("node") {
                    Some(node) => Some(of.reader.text(node, "node")?),
                    None => None,
                };
                Some(Self::Cordon { node })
            }
        }
    }

    pub(super) fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        match self {
            Self::Label { pod, labels } => {
                pod.texts(visit);
                for (_, value) in labels {
                    visit(value);
                }
            }
            Self::Delete { pod, .. } => pod.texts(visit),
            Self::Cordon { node } => node.iter().for_each(visit),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Label { .. } => "label_pod",
            Self::Delete { .. } => "delete_pod",
            Self::Cordon { .. } => "cordon",
        }
    }

    pub(super) fn plan(&self, of: &Occurrence) -> Result<Task, Refusal> {
        let what = match self {
            Self::Label { pod, labels } => {
                let pod = pod.plan(of)?;
                let value = |(key, text): &(String, Text)| {
                    let value = checked(text, of, is_label_value, Refusal::NotALabel)?;
                    Ok((key.clone(), value))
                };
                let labels: Result<BTreeMap<_, _>, Refusal> = labels.iter().map(value).collect();
                KubernetesTask::LabelPod { pod, labels: labels? }
            }
            Self::Delete { pod, grace } => {
                KubernetesTask::DeletePod { pod: pod.plan(of)?, grace: *grace }
            }
            Self::Cordon { node } => {
                let name = |text| checked(text, of, is_dns_name, Refusal::NotAName);
                KubernetesTask::Cordon { node: node.as_ref().map(name).transpose()? }
            }
        };
        Ok(Task::Kubernetes { what })
    }
}

impl PodTexts {
    fn read(of: &mut Parameters<'_, '_, '_>) -> Option<Self> {
        let is_of_event = of.get("pod").is_none();
        let name = of.text_or("pod", "k8s.pod.name");
        let namespace = of.text_or("namespace", "k8s.ns.name");
        Some(Self { name: name?, namespace: namespace?, is_of_event })
    }

    fn texts(&self, visit: &mut dyn FnMut(&Text)) {
        visit(&self.name);
        visit(&self.namespace);
    }

    fn plan(&self, of: &Occurrence) -> Result<Pod, Refusal> {
        let name = checked(&self.name, of, is_dns_name, Refusal::NotAName)?;
        let namespace = checked(&self.namespace, of, is_dns_label, Refusal::NotAName)?;
        // The cluster is not brought down by an alert: who wants that writes the namespace into the response.
        if namespace == SYSTEM && self.namespace.literal().is_none() {
            return Err(Refusal::OfTheCluster);
        }
        let uid = Text::of_field("k8s.pod.uid").bytes(of).ok();
        let uid = uid.and_then(|uid| String::from_utf8(uid.0).ok());
        let uid = uid.filter(|uid| self.is_of_event && !uid.is_empty());
        Ok(Pod { namespace, name, uid })
    }
}

/// The value of a text, where it has the form that the API asks for.
fn checked(
    text: &Text,
    of: &Occurrence,
    has_form: fn(&str) -> bool,
    refusal: fn(String) -> Refusal,
) -> Result<String, Refusal> {
    let bytes = text.bytes(of).map_err(Refusal::Missing)?;
    match std::str::from_utf8(&bytes.0) {
        Ok(value) if has_form(value) => Ok(value.to_owned()),
        _ => Err(refusal(format!("\"{bytes}\""))),
    }
}

fn labels(of: &mut Parameters<'_, '_, '_>) -> Option<Vec<(String, Text)>> {
    let node = of.get("labels")?;
    let pairs = node.map().filter(|pairs| !pairs.is_empty());
    let Some(pairs) = pairs else {
        of.reader.expected(node, "labels", "keys and values, as in {quarantine: \"yes\"}");
        return None;
    };
    for key in node.repeated() {
        of.reader.expected(key, "labels", "each key once");
    }
    let mut labels = Vec::new();
    for (key, value) in pairs {
        let word = of.reader.scalar(key, "the key of a label")?;
        if !is_label_key(word) {
            let form =
                "letters, digits, `-`, `_`, `.` (63 at most), as in team or example.com/team";
            of.reader.expected(key, "the key of a label", form);
            return None;
        }
        let text = of.reader.text(value, "the value of a label")?;
        if text.literal().is_some_and(|text| !is_label_value(text)) {
            let form = "letters, digits, `-`, `_`, `.`: 63 at most, a letter or digit at both ends";
            of.reader.expected(value, "the value of a label", form);
            return None;
        }
        labels.push((word.to_owned(), text));
    }
    Some(labels)
}

/// A grace period: whole seconds, `0s` for none at all.
fn grace(of: &mut Parameters<'_, '_, '_>, node: &Node) -> Option<Duration> {
    let grace = of.reader.duration(node, "grace_period")?;
    if grace.subsec_nanos() == 0 && grace <= LONGEST {
        return Some(grace);
    }
    of.reader.expected(node, "grace_period", "whole seconds, from 0s to 1h");
    None
}
