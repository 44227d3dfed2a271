//! The container that a test's process runs in.

use peregrine_event::{EventBuilder, EventType};
use peregrine_yaml::{Body, Node};
use serde_json::{Map, Value as Json, json};

use super::node::{Wrong, pairs, text, texts, truth, wrong};

const KEYS: [&str; 15] = [
    "id",
    "type",
    "name",
    "image",
    "image_id",
    "image_digest",
    "privileged",
    "host_pid",
    "host_network",
    "host_ipc",
    "ip",
    "labels",
    "mounts",
    "pod",
    "pod_labels",
];

/// Engines: the word of `container.type`, its number in events, and what stands before the id in the name
/// of a control group.
const ENGINES: [(&str, i64, &str); 5] = [
    ("docker", 0, "docker-"),
    ("cri", 6, "cri-containerd-"),
    ("containerd", 7, "cri-containerd-"),
    ("cri-o", 8, "crio-"),
    ("podman", 11, "libpod-"),
];

/// A whole id where a test has none.
const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const SHORT: usize = 12;

/// A container, as an engine describes it.
#[derive(Debug, Clone)]
pub(crate) struct ContainerTold {
    id: String,
    prefix: &'static str,
    description: Json,
}

impl ContainerTold {
    /// The control group of its processes.
    pub(crate) fn cgroup(&self) -> String {
        format!("cpuset=/system.slice/{}{}.scope", self.prefix, self.id)
    }

    /// The event that describes it.
    pub(crate) fn record(&self) -> Vec<u8> {
        let text = json!({ "container": self.description }).to_string();
        EventBuilder::new(EventType::CONTAINER_JSON_2_E, 0, 0).str(text.as_bytes()).finish()
    }
}

/// Reads a container; `host` is none.
pub(crate) fn read(node: &Node) -> Result<Option<ContainerTold>, Wrong> {
    if node.scalar() == Some("host") {
        return Ok(None);
    }
    if node.scalar().is_some() {
        return wrong(node, "container is a map, or host: `container: {image: nginx}`");
    }
    pairs(node, "a container", &KEYS)?;
    let mut about = Map::new();
    let (word, number, prefix) = match node.get("type") {
        None => ENGINES[0],
        Some(value) => {
            let word = text(value, "type")?;
            let Some(engine) = ENGINES.iter().find(|(name, ..)| *name == word) else {
                let known: Vec<&str> = ENGINES.iter().map(|(name, ..)| *name).collect();
                let known = known.join(", ");
                return wrong(value, format!("the type of a container is one of {known}"));
            };
            *engine
        }
    };
    let id = match node.get("id") {
        None => ID.to_owned(),
        Some(value) => {
            let id = text(value, "id")?;
            let hex = id.bytes().all(|byte| byte.is_ascii_hexdigit());
            match id.len() {
                64 if hex => id.to_owned(),
                SHORT if hex => format!("{id}{}", ID.get(SHORT..).unwrap_or_default()),
                _ => return wrong(value, "the id of a container has 12 or 64 hexadecimal digits"),
            }
        }
    };
    about.insert("id".to_owned(), id.get(..SHORT).unwrap_or_default().into());
    about.insert("full_id".to_owned(), id.as_str().into());
    about.insert("type".to_owned(), number.into());
    about.insert("name".to_owned(), word.into());
    for (key, name) in
        [("name", "name"), ("image_id", "imageid"), ("image_digest", "imagedigest"), ("ip", "ip")]
    {
        if let Some(value) = node.get(key) {
            about.insert(name.to_owned(), text(value, key)?.into());
        }
    }
    if let Some(value) = node.get("image") {
        let image = text(value, "image")?;
        // A port of a registry stands before a slash.
        let tagged = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let (repository, tag) = tagged.unwrap_or((image, "latest"));
        about.insert("image".to_owned(), image.into());
        about.insert("imagerepo".to_owned(), repository.into());
        about.insert("imagetag".to_owned(), tag.into());
    }
    for key in ["privileged", "host_pid", "host_network", "host_ipc"] {
        if let Some(value) = node.get(key) {
            about.insert(key.to_owned(), truth(value, key)?.into());
        }
    }
    if let Some(value) = node.get("mounts") {
        let mut mounts = Vec::new();
        for mount in texts(value, "mounts")? {
            let mut parts = mount.splitn(3, ':');
            let (Some(source), Some(destination)) = (parts.next(), parts.next()) else {
                return wrong(
                    value,
                    format!(
                        "{mount} is no mount: write SOURCE:DESTINATION or SOURCE:DESTINATION:ro"
                    ),
                );
            };
            let mode = parts.next().unwrap_or("rw");
            mounts.push(json!({
                "Source": source, "Destination": destination, "Mode": mode, "RW": mode != "ro",
                "Propagation": "private",
            }));
        }
        about.insert("Mounts".to_owned(), mounts.into());
    }
    let mut labels = labels(node, "labels")?;
    if let Some(value) = node.get("pod") {
        let written = text(value, "pod")?;
        let Some((namespace, pod)) = written.split_once('/') else {
            return wrong(value, "a pod is written NAMESPACE/NAME");
        };
        labels.insert("io.kubernetes.pod.namespace".to_owned(), namespace.into());
        labels.insert("io.kubernetes.pod.name".to_owned(), pod.into());
        about.insert("pod_sandbox_id".to_owned(), id.chars().rev().collect::<String>().into());
    }
    about.insert("labels".to_owned(), labels.into());
    about.insert("pod_sandbox_labels".to_owned(), self::labels(node, "pod_labels")?.into());
    Ok(Some(ContainerTold { id, prefix, description: about.into() }))
}

fn labels(node: &Node, key: &str) -> Result<Map<String, Json>, Wrong> {
    let mut labels = Map::new();
    match node.get(key).map(|node| (node, &node.body)) {
        None | Some((_, Body::Null)) => {}
        Some((_, Body::Map(pairs))) => {
            for (name, value) in pairs {
                labels.insert(text(name, "a label")?.to_owned(), text(value, "a label")?.into());
            }
        }
        Some((node, _)) => return wrong(node, format!("{key} is a map: `app: web`")),
    }
    Ok(labels)
}
