//! The container runtime interface of Kubernetes, version 1: containerd, CRI-O.

use std::collections::BTreeMap;
use std::path::Path;

use peregrine_state::{Container, Mount, SeenContainer};
use prost::Message;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::error::EngineError;
use crate::grpc::Grpc;
use crate::image::ImageName;
use crate::probes::Probes;

/// `container.type` of containerd, CRI-O, and other runtimes with the interface.
const CONTAINERD: i64 = 7;
const CRI_O: i64 = 8;
const CRI: i64 = 6;
/// A namespace is that of the host.
const NODE: i32 = 2;
/// Bytes of `container.cni.json`.
const CNI_MAX: usize = 4096;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct VersionRequest {}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Version {
    #[prost(string, tag = "2")]
    pub(crate) runtime_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ListRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) filter: Option<Filter>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Filter {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Listed {
    #[prost(message, repeated, tag = "1")]
    pub(crate) containers: Vec<ListedContainer>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ListedContainer {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) pod_sandbox_id: String,
}

/// Of a container or a pod's sandbox; `verbose` asks for the map `info`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StatusRequest {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(bool, tag = "2")]
    pub(crate) verbose: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ContainerStatusAnswer {
    #[prost(message, optional, tag = "1")]
    pub(crate) status: Option<ContainerStatus>,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(crate) info: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ContainerStatus {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) metadata: Option<ContainerMetadata>,
    #[prost(message, optional, tag = "8")]
    pub(crate) image: Option<ImageSpec>,
    #[prost(string, tag = "9")]
    pub(crate) image_ref: String,
    #[prost(btree_map = "string, string", tag = "12")]
    pub(crate) labels: BTreeMap<String, String>,
    #[prost(message, repeated, tag = "14")]
    pub(crate) mounts: Vec<CriMount>,
    #[prost(string, tag = "17")]
    pub(crate) image_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ContainerMetadata {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ImageSpec {
    #[prost(string, tag = "1")]
    pub(crate) image: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CriMount {
    #[prost(string, tag = "1")]
    pub(crate) container_path: String,
    #[prost(string, tag = "2")]
    pub(crate) host_path: String,
    #[prost(bool, tag = "3")]
    pub(crate) readonly: bool,
    #[prost(int32, tag = "5")]
    pub(crate) propagation: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SandboxStatusAnswer {
    #[prost(message, optional, tag = "1")]
    pub(crate) status: Option<SandboxStatus>,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(crate) info: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SandboxStatus {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) metadata: Option<SandboxMetadata>,
    #[prost(message, optional, tag = "5")]
    pub(crate) network: Option<SandboxNetwork>,
    #[prost(message, optional, tag = "6")]
    pub(crate) linux: Option<LinuxSandbox>,
    #[prost(btree_map = "string, string", tag = "7")]
    pub(crate) labels: BTreeMap<String, String>,
    #[prost(btree_map = "string, string", tag = "8")]
    pub(crate) annotations: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SandboxMetadata {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) uid: String,
    #[prost(string, tag = "3")]
    pub(crate) namespace: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SandboxNetwork {
    #[prost(string, tag = "1")]
    pub(crate) ip: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct LinuxSandbox {
    #[prost(message, optional, tag = "1")]
    pub(crate) namespaces: Option<SandboxNamespaces>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SandboxNamespaces {
    #[prost(message, optional, tag = "2")]
    pub(crate) options: Option<NamespaceOptions>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamespaceOptions {
    #[prost(int32, tag = "1")]
    pub(crate) network: i32,
    #[prost(int32, tag = "2")]
    pub(crate) pid: i32,
    #[prost(int32, tag = "3")]
    pub(crate) ipc: i32,
}

pub(crate) const VERSION: &str = "runtime.v1.RuntimeService/Version";
pub(crate) const LIST: &str = "runtime.v1.RuntimeService/ListContainers";
pub(crate) const CONTAINER_STATUS: &str = "runtime.v1.RuntimeService/ContainerStatus";
pub(crate) const SANDBOX_STATUS: &str = "runtime.v1.RuntimeService/PodSandboxStatus";

/// Asks a runtime of Kubernetes.
pub(crate) async fn cri(
    socket: &Path,
    limit: usize,
    seen: &SeenContainer,
) -> Result<Option<Container>, EngineError> {
    let mut grpc = Grpc::connect(socket, limit).await?;
    let Some(version): Option<Version> = grpc.call(VERSION, None, &VersionRequest {}).await? else {
        return Ok(None);
    };
    let kind = match &*version.runtime_name {
        "containerd" => CONTAINERD,
        "cri-o" => CRI_O,
        _ => CRI,
    };
    let filter = Some(Filter { id: seen.full_id.clone() });
    let listed: Option<Listed> = grpc.call(LIST, None, &ListRequest { filter }).await?;
    let mut containers = listed.unwrap_or_default().containers.into_iter();
    let Some(listed) = containers.find(|one| one.id == seen.full_id) else {
        return Ok(sandbox(&mut grpc, &seen.full_id).await?.map(|pod| of_sandbox(kind, &pod)));
    };
    let request = StatusRequest { id: seen.full_id.clone(), verbose: true };
    let status: Option<ContainerStatusAnswer> = grpc.call(CONTAINER_STATUS, None, &request).await?;
    let Some(ContainerStatusAnswer { status: Some(status), info }) = status else {
        return Ok(None);
    };
    if status.id != seen.full_id {
        return Err(EngineError::OtherContainer);
    }
    let pod = sandbox(&mut grpc, &listed.pod_sandbox_id).await?;
    Ok(Some(of_container(kind, status, &info, listed.pod_sandbox_id, pod.as_ref())))
}

async fn sandbox(grpc: &mut Grpc, id: &str) -> Result<Option<SandboxStatusAnswer>, EngineError> {
    if id.is_empty() {
        return Ok(None);
    }
    let request = StatusRequest { id: id.to_owned(), verbose: true };
    let answer: Option<SandboxStatusAnswer> = grpc.call(SANDBOX_STATUS, None, &request).await?;
    let Some(status) = answer.as_ref().and_then(|answer| answer.status.as_ref()) else {
        return Ok(None);
    };
    if status.id == id { Ok(answer) } else { Err(EngineError::OtherContainer) }
}

/// What a pod says of all of its containers.
fn of_pod(pod: &SandboxStatusAnswer) -> Container {
    let Some(status) = &pod.status else { return Container::default() };
    let namespaces = status.linux.as_ref().and_then(|linux| linux.namespaces.as_ref());
    let options = namespaces.and_then(|all| all.options.as_ref());
    let host = |kind: fn(&NamespaceOptions) -> i32| options.is_some_and(|all| kind(all) == NODE);
    let mut labels = BTreeMap::from([("io.kubernetes.sandbox.id".to_owned(), status.id.clone())]);
    if let Some(metadata) = &status.metadata {
        let SandboxMetadata { name, uid, namespace } = metadata;
        for (key, value) in [("uid", uid), ("name", name), ("namespace", namespace)] {
            labels.insert(format!("io.kubernetes.pod.{key}"), value.clone());
        }
    }
    Container {
        host_pid: host(|all| all.pid),
        host_network: host(|all| all.network),
        host_ipc: host(|all| all.ipc),
        ip: status.network.as_ref().map(|network| network.ip.clone()).unwrap_or_default(),
        cni_json: pod.info.get("info").and_then(|info| cni_json(info)).unwrap_or_default(),
        labels: Some(labels),
        pod_sandbox_id: status.id.clone(),
        pod_sandbox_labels: Some(status.labels.clone()),
        ..Container::default()
    }
}

/// The container that holds a pod's namespaces: it has no image that anybody asked for.
fn of_sandbox(kind: i64, pod: &SandboxStatusAnswer) -> Container {
    let name = pod.status.as_ref().and_then(|status| status.metadata.as_ref());
    let name = name.map(|metadata| metadata.name.clone()).unwrap_or_default();
    Container { kind, name, ..of_pod(pod) }
}

fn of_container(
    kind: i64,
    status: ContainerStatus,
    info: &BTreeMap<String, String>,
    sandbox: String,
    pod: Option<&SandboxStatusAnswer>,
) -> Container {
    let info: Info =
        info.get("info").and_then(|info| serde_json::from_str(info).ok()).unwrap_or_default();
    let name = status.metadata.as_ref().map(|metadata| metadata.name.clone()).unwrap_or_default();
    let image = ImageOf::new(&status, &info);
    let mounts = status.mounts.iter().map(|mount| Mount {
        source: mount.host_path.clone(),
        destination: mount.container_path.clone(),
        mode: String::new(),
        writable: !mount.readonly,
        propagation: match mount.propagation {
            0 => "private",
            1 => "rslave",
            2 => "rshared",
            _ => "unknown",
        }
        .to_owned(),
    });
    let mounts = mounts.collect();
    let of_pod = pod.map(of_pod).unwrap_or_default();
    let mut labels = status.labels;
    labels.extend(of_pod.labels.clone().unwrap_or_default());
    let annotations = pod.and_then(|pod| pod.status.as_ref()).map(|status| &status.annotations);
    let Probes { liveness, readiness } =
        annotations.map(|all| Probes::of_annotations(all, &name)).unwrap_or_default();
    Container {
        kind,
        name,
        image: image.name,
        image_id: image.id,
        image_repository: image.repository,
        image_tag: image.tag,
        image_digest: image.digest,
        privileged: info.is_privileged(),
        mounts,
        labels: Some(labels),
        liveness_probe: liveness,
        readiness_probe: readiness,
        pod_sandbox_id: sandbox,
        ..of_pod
    }
}

/// What is read of the map `info` of a container. Runtimes put there what they like.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Info {
    privileged: Option<bool>,
    config: Json,
    runtime_spec: Json,
}

impl Info {
    fn is_privileged(&self) -> bool {
        let of = |json: &Json| json.pointer("/linux/security_context/privileged")?.as_bool();
        of(&self.runtime_spec).or_else(|| of(&self.config)).or(self.privileged).unwrap_or(false)
    }

    fn image(&self) -> Option<&str> {
        self.config.pointer("/image/image")?.as_str()
    }

    fn annotation(&self, key: &str) -> Option<&str> {
        self.runtime_spec.get("annotations")?.get(key)?.as_str()
    }
}

/// The image of a container.
#[derive(Debug, Default, PartialEq, Eq)]
struct ImageOf {
    name: String,
    id: String,
    repository: String,
    tag: String,
    digest: String,
}

impl ImageOf {
    fn new(status: &ContainerStatus, info: &Info) -> Self {
        let asked = status.image.as_ref().map(|image| image.image.as_str()).unwrap_or_default();
        // Either `HOST/PATH@DIGEST` or the digest alone.
        let reference = ImageName::parse(&status.image_ref);
        let annotated = || {
            ["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"]
                .iter()
                .find_map(|key| info.annotation(key))
        };
        let is_name = |name: &&str| !name.is_empty() && !name.starts_with("sha256:");
        let asked = Some(asked).filter(is_name).or_else(|| annotated().filter(is_name));
        let parsed = ImageName::parse(asked.unwrap_or_default());
        let repository =
            if reference.repository.is_empty() { parsed.repository } else { reference.repository };
        let digest = if reference.digest.is_empty() { parsed.digest } else { reference.digest };
        let name = match (repository, parsed.tag) {
            ("", _) => String::new(),
            (repository, "") => repository.to_owned(),
            (repository, tag) => format!("{repository}:{tag}"),
        };
        let id = info.image().filter(|id| !id.is_empty()).unwrap_or(&status.image_id);
        Self {
            name,
            id: id.strip_prefix("sha256:").unwrap_or(id).to_owned(),
            repository: repository.to_owned(),
            tag: parsed.tag.to_owned(),
            digest: digest.to_owned(),
        }
    }
}

/// The interfaces of a pod, as its network plugin answered: from the map `info` of its sandbox.
fn cni_json(info: &str) -> Option<String> {
    let info: Json = serde_json::from_str(info).ok()?;
    let interfaces = info.pointer("/cniResult/Interfaces").and_then(Json::as_object);
    let text = if let Some(interfaces) = interfaces {
        let own = |name: &str| name != "lo" && !name.starts_with("veth");
        let kept: serde_json::Map<String, Json> = interfaces
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Json::Object(kept).to_string()
    } else {
        let annotations = info.pointer("/runtimeSpec/annotations")?;
        annotations.get("io.kubernetes.cri-o.CNIResult")?.as_str()?.to_owned()
    };
    (text.len() <= CNI_MAX).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_name_tag_and_digest() {
        let check = |asked: &str, reference: &str, info: &str, expected: [&str; 5]| {
            let status = ContainerStatus {
                image: Some(ImageSpec { image: asked.to_owned() }),
                image_ref: reference.to_owned(),
                image_id: "sha256:of-status".to_owned(),
                ..ContainerStatus::default()
            };
            let info: Info = serde_json::from_str(info).unwrap();
            let ImageOf { name, id, repository, tag, digest } = ImageOf::new(&status, &info);
            assert_eq!([&*name, &id, &repository, &tag, &digest], expected, "{asked} {reference}");
        };
        let own = r#"{"config": {"image": {"image": "sha256:aa"}}}"#;
        check("a.io/b:1", "a.io/b@sha256:dd", own, ["a.io/b:1", "aa", "a.io/b", "1", "sha256:dd"]);
        check("a:5/b:1", "sha256:dd", "{}", ["a:5/b:1", "of-status", "a:5/b", "1", "sha256:dd"]);
        check("sha256:aa", "a/b@sha256:d", "{}", ["a/b", "of-status", "a/b", "", "sha256:d"]);
        let cri_o =
            r#"{"runtimeSpec": {"annotations": {"io.kubernetes.cri-o.ImageName": "q.io/r:2"}}}"#;
        check("", "", cri_o, ["q.io/r:2", "of-status", "q.io/r", "2", ""]);
        check("", "", "{}", ["", "of-status", "", "", ""]);
    }

    #[test]
    fn privileges_stand_in_three_places() {
        let check = |info: &str, expected: bool| {
            assert_eq!(
                serde_json::from_str::<Info>(info).unwrap().is_privileged(),
                expected,
                "{info}"
            );
        };
        check("{}", false);
        check(r#"{"privileged": true}"#, true);
        check(r#"{"config": {"linux": {"security_context": {"privileged": true}}}}"#, true);
        check(r#"{"config": {"linux": {"security_context": {"privileged": 1}}}}"#, false);
        check(r#"{"runtimeSpec": {"linux": {"security_context": {"privileged": true}}}}"#, true);
    }

    #[test]
    fn interfaces_are_those_of_the_pod() {
        let check = |info: &str, expected: Option<&str>| {
            assert_eq!(cni_json(info).as_deref(), expected, "{info}");
        };
        check(
            r#"{"cniResult": {"Interfaces": {"lo": {}, "veth1": {}, "eth0": {"IPConfigs": []}}}}"#,
            Some(r#"{"eth0":{"IPConfigs":[]}}"#),
        );
        check(
            r#"{"runtimeSpec": {"annotations": {"io.kubernetes.cri-o.CNIResult": "[1]"}}}"#,
            Some("[1]"),
        );
        check("{}", None);
        check("", None);
        let long = "x".repeat(CNI_MAX);
        check(&format!(r#"{{"cniResult": {{"Interfaces": {{"eth0": "{long}"}}}}}}"#), None);
    }
}
