//! What is to be done in the cluster of Kubernetes that this host is a node of, and which names its API can have.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration::shown_duration;

/// A pod as an event shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its unique id, where the event has it: a later pod of the name is another one.
    #[serde(default)]
    pub uid: Option<String>,
}

impl fmt::Display for Pod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pod {}/{}", self.namespace, self.name)
    }
}

/// One thing to be done through the API of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KubernetesTask {
    /// Sets labels of a pod.
    LabelPod {
        /// The pod.
        pod: Pod,
        /// The labels by their keys.
        labels: BTreeMap<String, String>,
    },
    /// Deletes a pod.
    DeletePod {
        /// The pod.
        pod: Pod,
        /// How long its processes may take to end; none: as the pod says.
        grace: Option<Duration>,
    },
    /// Makes a node unschedulable: no new pod gets there.
    Cordon {
        /// The node's name; none: the one the agent runs on.
        node: Option<String>,
    },
}

impl KubernetesTask {
    /// The name of the action.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LabelPod { .. } => "label_pod",
            Self::DeletePod { .. } => "delete_pod",
            Self::Cordon { .. } => "cordon",
        }
    }
}

impl fmt::Display for KubernetesTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LabelPod { pod, labels } => {
                let labels: Vec<String> =
                    labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(f, "label the {pod} with {}", labels.join(", "))
            }
            Self::DeletePod { pod, grace: None } => write!(f, "delete the {pod}"),
            Self::DeletePod { pod, grace: Some(grace) } => {
                write!(f, "delete the {pod} with a grace period of {}", shown_duration(*grace))
            }
            Self::Cordon { node: Some(node) } => write!(f, "cordon the node {node}"),
            Self::Cordon { node: None } => f.write_str("cordon this node"),
        }
    }
}

/// Whether a text is a label of DNS (RFC 1123), as names of namespaces are.
pub(crate) fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether a text is labels of DNS with dots between, as names of pods and nodes are.
pub(crate) fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// What the value of a label and the last part of its key consist of.
fn is_label_word(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = text.as_bytes();
    bytes.len() <= 63 && text.bytes().all(inner) && ends(bytes.first()) && ends(bytes.last())
}

/// Whether a text can be the value of a label.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_label_word(text)
}

/// Whether a text can be the key of a label: `team`, `example.com/team`.
pub(crate) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, word)) => is_dns_name(prefix) && is_label_word(word),
        None => is_label_word(text),
    }
}
