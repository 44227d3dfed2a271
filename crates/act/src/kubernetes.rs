//! Kubernetes: pods labelled and deleted, nodes cordoned, by the API of the cluster with the service account of the
//! agent's own pod.

use std::env::var;
use std::path::PathBuf;
use std::time::Duration;

use peregrine_respond::{KubernetesTask, Pod, Task};
use serde_json::{Value as Json, json};
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, parse_pem};

use crate::error::{ActError, tried};
use crate::ledger::Undo;
use crate::webhook::trusting;

/// Where a pod has its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Bytes of an answer.
const ANSWER: u64 = 4 << 20;

/// The API of the cluster.
#[derive(Debug, Clone)]
pub(crate) struct Kubernetes {
    /// Where it is: `https://10.0.0.1:443`; none: the agent runs in no pod.
    pub(crate) url: Option<String>,
    /// The folder of the service account: `token`, `ca.crt`.
    pub(crate) account: PathBuf,
    /// The node the agent runs on.
    pub(crate) node: String,
    /// The name of the agent's own pod, and its namespace where it is known.
    pub(crate) own: (String, Option<String>),
    /// How long an answer may take.
    pub(crate) patience: Duration,
}

impl Kubernetes {
    /// As the environment of a pod says.
    pub(crate) fn of_environment() -> Self {
        let set = |name| var(name).ok().filter(|value| !value.is_empty());
        let hostname = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let host = set("KUBERNETES_SERVICE_HOST");
        let port = set("KUBERNETES_SERVICE_PORT").unwrap_or_else(|| "443".to_owned());
        let node = set("NODE_NAME").or_else(|| set("FALCO_HOSTNAME"));
        let own = set("POD_NAME").unwrap_or_else(|| hostname.clone());
        Self {
            // An address of IPv6 has colons of its own.
            url: host.map(|host| {
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                format!("https://{host}:{port}")
            }),
            account: PathBuf::from(ACCOUNT),
            node: node.unwrap_or(hostname),
            own: (own, set("POD_NAMESPACE")),
            patience: Duration::from_secs(10),
        }
    }

    /// Does something; what came of it, and what its undo needs.
    pub(crate) fn act(&self, task: &KubernetesTask) -> Result<(String, Option<Undo>), ActError> {
        match task {
            KubernetesTask::LabelPod { pod, labels } => {
                let (now, uid) = self.pod(pod)?;
                let set = &now["metadata"]["labels"];
                let before =
                    labels.keys().map(|key| (key.clone(), set[key].as_str().map(str::to_owned)));
                let undo = Undo::Labels { uid: uid.clone(), before: before.collect() };
                // The API refuses a patch with the unique id of another pod.
                let patch = json!({"metadata": {"uid": uid, "labels": labels}});
                self.ask("PATCH", &path(pod), Some(&patch), &pod.to_string())?;
                Ok(("labelled".to_owned(), Some(undo)))
            }
            KubernetesTask::DeletePod { pod, grace } => {
                let (_, uid) = self.pod(pod)?;
                let mut options = json!({
                    "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid},
                });
                if let Some(grace) = grace {
                    options["gracePeriodSeconds"] = json!(grace.as_secs());
                }
                self.ask("DELETE", &path(pod), Some(&options), &pod.to_string())?;
                Ok(("deleted".to_owned(), None))
            }
            KubernetesTask::Cordon { node } => {
                let node = node.as_ref().unwrap_or(&self.node);
                let now = self.ask("GET", &path_of_node(node), None, &format!("node {node}"))?;
                if now["spec"]["unschedulable"] == json!(true) {
                    return Ok((format!("{node} was cordoned already"), None));
                }
                self.schedule(node, false)?;
                let undo = Undo::Uncordon { node: node.clone() };
                Ok((format!("{node} takes no new pods"), Some(undo)))
            }
        }
    }

    /// Takes it back.
    pub(crate) fn take_back(&self, undo: &Undo, task: &Task) -> Result<String, ActError> {
        match (undo, task) {
            (
                Undo::Labels { uid, before },
                Task::Kubernetes { what: KubernetesTask::LabelPod { pod, .. } },
            ) => {
                let patch = json!({"metadata": {"uid": uid, "labels": before}});
                self.ask("PATCH", &path(pod), Some(&patch), &pod.to_string())?;
                Ok(format!("the labels of {pod} are as they were"))
            }
            (Undo::Uncordon { node }, _) => {
                self.schedule(node, true)?;
                Ok(format!("{node} takes pods again"))
            }
            _ => Err(ActError::NothingToUndo("it is of no cluster")),
        }
    }

    /// A pod that may be touched, and its unique id.
    fn pod(&self, pod: &Pod) -> Result<(Json, String), ActError> {
        let (name, namespace) = &self.own;
        if pod.name == *name && namespace.as_ref().is_none_or(|own| pod.namespace == *own) {
            return Err(ActError::Protected { what: pod.to_string(), why: "it is the agent" });
        }
        let now = self.ask("GET", &path(pod), None, &pod.to_string())?;
        let uid = now["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        if uid.is_empty() {
            return Err(ActError::Unable(format!("the API of Kubernetes says no uid of {pod}")));
        }
        if pod.uid.as_ref().is_some_and(|of_event| *of_event != uid) {
            return Err(ActError::Unable(format!("the name of {pod} is another pod's now")));
        }
        Ok((now, uid))
    }

    fn schedule(&self, node: &str, on: bool) -> Result<(), ActError> {
        // Nothing is what a node has that was never cordoned.
        let unschedulable = if on { Json::Null } else { json!(true) };
        let patch = json!({"spec": {"unschedulable": unschedulable}});
        self.ask("PATCH", &path_of_node(node), Some(&patch), &format!("node {node}")).map(drop)
    }

    /// A request about something; the body of its answer.
    fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Json>,
        about: &str,
    ) -> Result<Json, ActError> {
        let url = self.url.as_ref().ok_or_else(|| {
            let why = "the agent runs in no pod of Kubernetes: KUBERNETES_SERVICE_HOST is not set";
            ActError::Unable(why.to_owned())
        })?;
        let token = self.read("token")?;
        let bearer = format!("Bearer {}", String::from_utf8_lossy(&token).trim());
        // The token is for the API alone: no proxy of the environment, no other host.
        let config = Agent::config_builder()
            .timeout_global(Some(self.patience))
            .max_redirects(0)
            .proxy(None)
            .http_status_as_error(false);
        let config = if url.starts_with("https:") {
            let roots: Vec<Certificate<'static>> = parse_pem(&self.read("ca.crt")?)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(one)) => Some(one),
                    _ => None,
                })
                .collect();
            config.tls_config(trusting(roots))
        } else {
            config
        };
        let agent: Agent = config.build().into();
        let url = format!("{url}{path}");
        let sent = match body {
            None => agent.get(&url).header("Authorization", &bearer).call(),
            Some(body) => {
                let (request, kind) = match method {
                    "DELETE" => (agent.delete(&url).force_send_body(), "application/json"),
                    _ => (agent.patch(&url), "application/merge-patch+json"),
                };
                let request = request.header("Authorization", &bearer).header("Content-Type", kind);
                request.send(body.to_string())
            }
        };
        let failed = |error| ActError::Unable(format!("{method} {url}: {error}"));
        let mut answer = sent.map_err(failed)?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(ANSWER).read_to_string();
        let said: Json = serde_json::from_str(&text.map_err(failed)?).unwrap_or_default();
        let message = said["message"].as_str().unwrap_or_default().to_owned();
        match status {
            200..300 => Ok(said),
            404 => Err(ActError::Missing(about.to_owned())),
            403 => Err(ActError::Unable(format!(
                "the service account of the agent lacks the right: {message}"
            ))),
            _ => Err(ActError::Tool {
                program: format!("{method} {url} answered {status}"),
                said: message,
            }),
        }
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, ActError> {
        let path = self.account.join(name);
        std::fs::read(&path).map_err(tried(path.display().to_string()))
    }
}

fn path(pod: &Pod) -> String {
    format!("/api/v1/namespaces/{}/pods/{}", encoded(&pod.namespace), encoded(&pod.name))
}

fn path_of_node(node: &str) -> String {
    format!("/api/v1/nodes/{}", encoded(node))
}

/// A part of a path: every byte that could end it is encoded, and so are dots alone, which lead out of it.
fn encoded(part: &str) -> String {
    let alone = part.bytes().all(|byte| byte == b'.');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || (byte == b'.' && !alone);
    part.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
