//! Descriptions of containers from captures and engines.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;
use peregrine_event::{Event, EventType, param};
use rustc_hash::FxBuildHasher;
use serde::Deserialize;

use crate::cgroups::Runtime;

/// More containers than any host runs; further descriptions are dropped.
const MOST: usize = 65_536;
/// A longer description is dropped.
const LONGEST: usize = 4 << 20;

/// The description of a container. Keys and shapes are those of the events that describe containers
/// (`PPME_CONTAINER_JSON_2_E`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the fields")]
#[expect(clippy::struct_excessive_bools, reason = "the shape of the events")]
pub struct Container {
    pub id: String,
    pub full_id: String,
    #[serde(rename = "type")]
    pub kind: i64,
    pub name: String,
    pub image: String,
    #[serde(rename = "imageid")]
    pub image_id: String,
    #[serde(rename = "imagerepo")]
    pub image_repository: String,
    #[serde(rename = "imagetag")]
    pub image_tag: String,
    #[serde(rename = "imagedigest")]
    pub image_digest: String,
    pub privileged: bool,
    pub ip: String,
    pub cni_json: String,
    pub host_pid: bool,
    pub host_network: bool,
    pub host_ipc: bool,
    #[serde(rename = "Mounts")]
    pub mounts: Vec<Mount>,
    pub labels: Option<BTreeMap<String, String>>,
    pub pod_sandbox_id: String,
    pub pod_sandbox_labels: Option<BTreeMap<String, String>>,
    #[serde(rename = "Healthcheck")]
    pub healthcheck: Option<Probe>,
    #[serde(rename = "LivenessProbe")]
    pub liveness_probe: Option<Probe>,
    #[serde(rename = "ReadinessProbe")]
    pub readiness_probe: Option<Probe>,
}

/// A command an engine runs in a container to check its health.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the events")]
pub struct Probe {
    pub exe: String,
    pub args: Option<Vec<String>>,
}

/// A directory of the host mounted in a container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names are those of the fields")]
pub struct Mount {
    pub source: String,
    pub destination: String,
    pub mode: String,
    #[serde(rename = "RW")]
    pub writable: bool,
    pub propagation: String,
}

impl Container {
    /// The whole description of a container of these kinds, which have no engine to query; `None` for
    /// others.
    pub fn of(runtime: Runtime) -> Option<&'static Self> {
        static KINDS: [Runtime; 3] = [Runtime::Lxc, Runtime::LibvirtLxc, Runtime::Bpm];
        static ALL: LazyLock<[Container; 3]> = LazyLock::new(|| {
            KINDS.map(|runtime| Container { kind: runtime as i64, ..Container::default() })
        });
        let insert_reported = KINDS.iter().position(|kind| *kind == runtime)?;
        ALL.get(insert_reported)
    }

    /// `container.type`.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            0 => "docker",
            1 => "lxc",
            2 => "libvirt-lxc",
            3 => "mesos",
            4 => "rkt",
            6 => "cri",
            7 => "containerd",
            8 => "cri-o",
            9 => "bpm",
            10 => "static",
            11 => "podman",
            _ => "unknown",
        }
    }
}

/// The described containers, by the first twelve characters of their id.
#[derive(Debug, Default)]
pub(crate) struct Containers(HashMap<String, Arc<Container>, FxBuildHasher>);

impl Containers {
    /// Applies an event that describes a container; ignores others.
    pub(crate) fn learn(&mut self, event: &Event<'_>) {
        #[derive(Deserialize)]
        struct Told {
            container: Container,
        }
        let view = &event.view;
        let text = match view.event_type() {
            EventType::CONTAINER_JSON_2_E => view.str(param::container_json_2_e::JSON),
            EventType::ASYNCEVENT_E => match view.str(param::asyncevent_e::NAME) {
                Some(b"container") => view.str(param::asyncevent_e::DATA),
                Some(b"container_removed") => {
                    if let Some(reported) =
                        view.str(param::asyncevent_e::DATA).and_then(read::<Told>)
                    {
                        self.0.remove(&reported.container.id);
                    }
                    return;
                }
                _ => return,
            },
            _ => return,
        };
        let Some(text) = text.filter(|text| text.len() <= LONGEST) else { return };
        // Descriptions made from the oldest events lack the wrapper.
        let reported = read::<Told>(text).map(|reported| reported.container).or_else(|| read(text));
        let Some(container) = reported.filter(|container: &Container| !container.id.is_empty())
        else {
            return;
        };
        if self.0.len() < MOST || self.0.contains_key(&container.id) {
            self.0.insert(container.id.clone(), Arc::new(container));
        }
    }

    /// Whether a container has this address.
    pub(crate) fn has_address(&self, ip: Ipv4Addr) -> bool {
        self.0.values().any(|container| container.ip.parse() == Ok(ip))
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Container> {
        self.0.get(id).map(Arc::as_ref)
    }
}

fn read<T: for<'de> Deserialize<'de>>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok()
}
