//! Containerd by its own interface: containers without Kubernetes, and the sandboxes of pods.

use std::collections::BTreeMap;
use std::path::Path;

use peregrine_state::{Container, SeenContainer};
use prost::Message;

use crate::error::EngineError;
use crate::grpc::Grpc;
use crate::image::ImageName;
use crate::oci::Spec;

/// `container.type`.
const CONTAINERD: i64 = 7;
/// More namespaces are not asked.
const MOST_NAMESPACES: usize = 64;
/// The label that says what a pod's container is.
const KIND: &str = "io.cri-containerd.kind";
/// The annotation with the sandbox of a pod's container.
const SANDBOX: &str = "io.kubernetes.cri.sandbox-id";

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Nothing {}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Namespaces {
    #[prost(message, repeated, tag = "1")]
    pub(crate) namespaces: Vec<Namespace>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Namespace {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ById {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ContainerAnswer {
    #[prost(message, optional, tag = "1")]
    pub(crate) container: Option<Stored>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Stored {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(crate) labels: BTreeMap<String, String>,
    #[prost(string, tag = "3")]
    pub(crate) image: String,
    #[prost(message, optional, tag = "5")]
    pub(crate) spec: Option<Any>,
    #[prost(string, tag = "11")]
    pub(crate) sandbox: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Any {
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ImageAnswer {
    #[prost(message, optional, tag = "1")]
    pub(crate) image: Option<Image>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Image {
    #[prost(message, optional, tag = "3")]
    pub(crate) target: Option<Target>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Target {
    #[prost(string, tag = "2")]
    pub(crate) digest: String,
}

pub(crate) const LIST_NAMESPACES: &str = "containerd.services.namespaces.v1.Namespaces/List";
pub(crate) const GET_CONTAINER: &str = "containerd.services.containers.v1.Containers/Get";
pub(crate) const GET_IMAGE: &str = "containerd.services.images.v1.Images/Get";

/// Asks containerd.
pub(crate) async fn containerd(
    socket: &Path,
    limit: usize,
    seen: &SeenContainer,
) -> Result<Option<Container>, EngineError> {
    let mut grpc = Grpc::connect(socket, limit).await?;
    for namespace in namespaces(&mut grpc, seen).await? {
        let Some(found) = stored(&mut grpc, &namespace, &seen.full_id).await? else { continue };
        let by_name = ById { id: found.image.clone() };
        // A container may outlive its image.
        let image: Option<ImageAnswer> = if found.image.is_empty() {
            None
        } else {
            grpc.call(GET_IMAGE, Some(&namespace), &by_name).await.ok().flatten()
        };
        let target = image.and_then(|answer| answer.image).and_then(|image| image.target);
        let digest = target.map(|target| target.digest);
        let spec = found.spec.as_ref().map(|spec| serde_json::from_slice::<Spec>(&spec.value));
        let spec = spec.and_then(Result::ok).unwrap_or_default();
        let sandbox = sandbox_of(&found, &spec);
        let pod = match &sandbox {
            Some(id) if *id == found.id => Some(found.labels.clone()),
            Some(id) => stored(&mut grpc, &namespace, id).await?.map(|pod| pod.labels),
            None => None,
        };
        return Ok(Some(describe(found, digest, &spec, sandbox, pod)));
    }
    Ok(None)
}

/// The namespaces a container may be in: that of its control group first.
async fn namespaces(grpc: &mut Grpc, seen: &SeenContainer) -> Result<Vec<String>, EngineError> {
    let all: Option<Namespaces> = grpc.call(LIST_NAMESPACES, None, &Nothing {}).await?;
    let mut names: Vec<String> =
        all.unwrap_or_default().namespaces.into_iter().map(|one| one.name).collect();
    let named = |name: &String| {
        seen.cgroup.strip_prefix('/').is_some_and(|path| {
            path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    names.sort_by_key(|name| !named(name));
    names.truncate(MOST_NAMESPACES);
    Ok(names)
}

async fn stored(grpc: &mut Grpc, namespace: &str, id: &str) -> Result<Option<Stored>, EngineError> {
    let by_id = ById { id: id.to_owned() };
    let answer: Option<ContainerAnswer> = grpc.call(GET_CONTAINER, Some(namespace), &by_id).await?;
    let found = answer.and_then(|answer| answer.container);
    if found.as_ref().is_some_and(|found| found.id != id) {
        return Err(EngineError::OtherContainer);
    }
    Ok(found)
}

fn sandbox_of(found: &Stored, spec: &Spec) -> Option<String> {
    if found.labels.get(KIND).is_some_and(|kind| kind == "sandbox") {
        return Some(found.id.clone());
    }
    let annotated = || spec.annotations.as_ref()?.get(SANDBOX).cloned();
    Some(found.sandbox.clone()).filter(|id| !id.is_empty()).or_else(annotated)
}

fn describe(
    found: Stored,
    digest: Option<String>,
    spec: &Spec,
    sandbox: Option<String>,
    pod: Option<BTreeMap<String, String>>,
) -> Container {
    let image = ImageName::parse(&found.image);
    // It has no other name.
    let short: String = found.id.chars().take(12).collect();
    Container {
        kind: CONTAINERD,
        name: short,
        image_repository: image.repository.to_owned(),
        image_tag: image.tag.to_owned(),
        image_digest: digest.unwrap_or_else(|| image.digest.to_owned()),
        image: found.image.clone(),
        labels: Some(found.labels),
        pod_sandbox_id: sandbox.unwrap_or_default(),
        pod_sandbox_labels: pod,
        ..spec.describe()
    }
}
