//! Containerd, and the runtime interface of Kubernetes.

use std::collections::BTreeMap;

use peregrine_state::{Mount, Probe, Runtime};
use prost::Message;
use serde_json::json;

use super::server::Reply;
use super::{Folder, ID, described, nobody, seen, server};
use crate::settings::Settings;
use crate::{containerd, cri};

const POD: &str = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn message(message: &impl Message) -> Reply {
    Reply::Message(message.encode_to_vec())
}

/// Containerd with namespaces `k8s.io` and `team`: a container in each, and a sandbox.
fn containerd_answers(method: &str, namespace: Option<&str>, asked: &[u8]) -> Reply {
    match (method, namespace) {
        (containerd::LIST_NAMESPACES, None) => {
            let names =
                ["k8s.io", "team"].map(|name| containerd::Namespace { name: name.to_owned() });
            message(&containerd::Namespaces { namespaces: names.to_vec() })
        }
        (containerd::GET_CONTAINER, Some(namespace)) => {
            let id = containerd::ById::decode(asked).unwrap().id;
            let (labels, image, annotations) = match (namespace, &*id) {
                ("team", "job") => {
                    (map(&[("team", "blue")]), "docker.io/library/busybox:1.35", None)
                }
                ("k8s.io", POD) => {
                    let labels = [("io.cri-containerd.kind", "sandbox"), ("app", "web")];
                    (map(&labels), "registry.k8s.io/pause:3.9", None)
                }
                ("k8s.io", ID) => (map(&[]), "a/b:c", Some(POD)),
                _ => return Reply::Status(5),
            };
            let spec = json!({
                "annotations": annotations.map(|pod| json!({"io.kubernetes.cri.sandbox-id": pod})),
                "linux": {"namespaces": [{"type": "pid"}, {"type": "ipc"}], "maskedPaths": ["/x"]},
                "mounts": [{"destination": "/d", "source": "/s", "options": ["rbind", "ro"]}],
            });
            let spec = Some(containerd::Any { value: spec.to_string().into_bytes() });
            let image = image.to_owned();
            let container = containerd::Stored { id, labels, image, spec, sandbox: String::new() };
            message(&containerd::ContainerAnswer { container: Some(container) })
        }
        (containerd::GET_IMAGE, Some("team")) => {
            let target = Some(containerd::Target { digest: "sha256:dd".to_owned() });
            message(&containerd::ImageAnswer { image: Some(containerd::Image { target }) })
        }
        (containerd::GET_IMAGE, _) => Reply::Status(5),
        // The service is switched off.
        _ => Reply::Status(12),
    }
}

#[test]
fn containerd_describes_a_container_of_any_namespace() {
    let folder = Folder::new("containerd");
    let socket = folder.socket("containerd.sock");
    server::grpc(&socket, containerd_answers);
    let settings = Settings { containerd: vec![socket.clone()], cri: vec![socket], ..nobody() };
    let found = described(settings.clone(), seen(Runtime::Containerd, "job")).unwrap();
    assert_eq!((&*found.name, &*found.full_id, found.kind_name()), ("job", "job", "containerd"));
    let image = [&found.image, &found.image_repository, &found.image_tag, &found.image_digest];
    let name = "docker.io/library/busybox";
    assert_eq!(image, ["docker.io/library/busybox:1.35", name, "1.35", "sha256:dd"]);
    assert_eq!(found.labels, Some(map(&[("team", "blue")])));
    assert_eq!((found.pod_sandbox_labels, &*found.pod_sandbox_id), (None, ""));
    let flags = [found.privileged, found.host_pid, found.host_network, found.host_ipc];
    assert_eq!(flags, [false, false, true, false]);
    assert_eq!((&*found.mounts[0].source, found.mounts[0].writable), ("/s", false));
    // The sandbox of a pod, and a container of the pod.
    let found = described(settings.clone(), seen(Runtime::Containerd, POD)).unwrap();
    assert_eq!((&*found.pod_sandbox_id, &*found.image_repository), (POD, "registry.k8s.io/pause"));
    let found = described(settings.clone(), seen(Runtime::Unknown, ID)).unwrap();
    assert_eq!((&*found.pod_sandbox_id, &*found.image_tag), (POD, "c"));
    assert_eq!(found.pod_sandbox_labels.unwrap()["app"], "web");
    assert_eq!(described(settings, seen(Runtime::Containerd, "other")), None);
}

/// CRI-O, with one container in one pod.
fn cri_answers(method: &str, _: Option<&str>, asked: &[u8]) -> Reply {
    let info = |json: serde_json::Value| map(&[("info", &json.to_string())]);
    match method {
        cri::VERSION => message(&cri::Version { runtime_name: "cri-o".to_owned() }),
        cri::LIST => {
            let id = cri::ListRequest::decode(asked).unwrap().filter.unwrap().id;
            let listed =
                (id == ID).then(|| cri::ListedContainer { id, pod_sandbox_id: POD.to_owned() });
            message(&cri::Listed { containers: listed.into_iter().collect() })
        }
        cri::CONTAINER_STATUS => {
            let mount = |host: &str, propagation| cri::CriMount {
                container_path: "/c".to_owned(),
                host_path: host.to_owned(),
                readonly: host == "/b",
                propagation,
            };
            let status = cri::ContainerStatus {
                id: ID.to_owned(),
                metadata: Some(cri::ContainerMetadata { name: "web".to_owned() }),
                image: Some(cri::ImageSpec { image: "quay.io/team/web:7".to_owned() }),
                image_ref: "quay.io/team/web@sha256:dd".to_owned(),
                labels: map(&[("io.kubernetes.container.name", "web"), ("own", "label")]),
                mounts: vec![mount("/a", 0), mount("/b", 1)],
                image_id: "ff00".to_owned(),
            };
            let info = info(json!({"privileged": true, "pid": 7}));
            message(&cri::ContainerStatusAnswer { status: Some(status), info })
        }
        cri::SANDBOX_STATUS if cri::StatusRequest::decode(asked).unwrap().id == POD => {
            let options = cri::NamespaceOptions { network: 2, pid: 1, ipc: 0 };
            let namespaces = Some(cri::SandboxNamespaces { options: Some(options) });
            let metadata = cri::SandboxMetadata {
                name: "web-7d".to_owned(),
                uid: "3e41dc6b".to_owned(),
                namespace: "shop".to_owned(),
            };
            let applied = json!({"spec": {"containers": [
                {"name": "web", "livenessProbe": {"exec": {"command": ["cat", "/alive"]}}}]}});
            let status = cri::SandboxStatus {
                id: POD.to_owned(),
                metadata: Some(metadata),
                network: Some(cri::SandboxNetwork { ip: "10.1.2.3".to_owned() }),
                linux: Some(cri::LinuxSandbox { namespaces }),
                labels: map(&[("app", "web"), ("long", &"x".repeat(101))]),
                annotations: map(&[(
                    "kubectl.kubernetes.io/last-applied-configuration",
                    &applied.to_string(),
                )]),
            };
            let info = info(json!({"runtimeSpec": {"annotations":
                {"io.kubernetes.cri-o.CNIResult": "{\"ips\":[]}"}}}));
            message(&cri::SandboxStatusAnswer { status: Some(status), info })
        }
        _ => Reply::Status(5),
    }
}

#[test]
fn a_runtime_of_kubernetes_describes_container_and_pod() {
    let folder = Folder::new("cri");
    let socket = folder.socket("crio.sock");
    server::grpc(&socket, cri_answers);
    let settings = Settings { cri: vec![socket], ..nobody() };
    let found = described(settings.clone(), seen(Runtime::CriO, ID)).unwrap();
    assert_eq!((&*found.name, found.kind_name(), found.privileged), ("web", "cri-o", true));
    let image = [&found.image, &found.image_repository, &found.image_tag, &found.image_digest];
    assert_eq!(image, ["quay.io/team/web:7", "quay.io/team/web", "7", "sha256:dd"]);
    assert_eq!(found.image_id, "ff00");
    let flags = [found.host_pid, found.host_network, found.host_ipc];
    assert_eq!(flags, [false, true, false]);
    let of = |mount: &Mount| format!("{} {} {}", mount.source, mount.writable, mount.propagation);
    let mounts: Vec<_> = found.mounts.iter().map(of).collect();
    assert_eq!(mounts, ["/a true private", "/b false rslave"]);
    let labels = found.labels.unwrap();
    let pod = ["name", "uid", "namespace"].map(|key| &*labels[&format!("io.kubernetes.pod.{key}")]);
    assert_eq!((pod, &*labels["own"]), (["web-7d", "3e41dc6b", "shop"], "label"));
    assert_eq!(found.pod_sandbox_labels, Some(map(&[("app", "web")])));
    assert_eq!((&*found.pod_sandbox_id, &*found.ip), (POD, "10.1.2.3"));
    assert_eq!(found.cni_json, "{\"ips\":[]}");
    let args = Some(vec!["/alive".to_owned()]);
    assert_eq!(found.liveness_probe, Some(Probe { exe: "cat".to_owned(), args }));
    // The sandbox itself is no container of the interface.
    let found = described(settings.clone(), seen(Runtime::CriO, POD)).unwrap();
    assert_eq!((&*found.name, &*found.image, &*found.pod_sandbox_id), ("web-7d", "", POD));
    assert_eq!(described(settings, seen(Runtime::CriO, &"e".repeat(64))), None);
}
