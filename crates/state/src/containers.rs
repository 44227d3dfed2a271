//! Descriptions of containers from captures and engines.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;
use peregrine_event::{Event, EventType, param};
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use crate::cgroups::{Cgroups, Runtime};
use crate::state::State;

/// More containers than any host runs; further descriptions are dropped.
const MOST: usize = 65_536;
/// A longer description is dropped.
const LONGEST: usize = 4 << 20;
/// Containers seen since they were last taken; more are seen again later.
const MOST_SEEN: usize = 4096;

/// The description of a container. Keys and shapes are those of the events that describe containers
/// (`PPME_CONTAINER_JSON_2_E`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
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
    #[serde(rename = "Healthcheck", skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Probe>,
    #[serde(rename = "LivenessProbe", skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<Probe>,
    #[serde(rename = "ReadinessProbe", skip_serializing_if = "Option::is_none")]
    pub readiness_probe: Option<Probe>,
}

/// A command an engine runs in a container to check its health.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the events")]
pub struct Probe {
    pub exe: String,
    pub args: Option<Vec<String>>,
}

/// A directory of the host mounted in a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
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

    /// The text of the event that describes it in a capture.
    pub fn event_text(&self) -> String {
        #[derive(Serialize)]
        struct Told<'c> {
            container: &'c Container,
        }
        serde_json::to_string(&Told { container: self }).unwrap_or_default()
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

/// A container that the control groups of a thread name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenContainer {
    /// `container.id`.
    pub id: String,
    /// The whole id.
    pub full_id: String,
    /// The runtime, as far as the control group shows it.
    pub runtime: Runtime,
    /// The path of the control group.
    pub cgroup: String,
}

impl SeenContainer {
    /// That of these control groups; none on the host, and where the id is no text.
    pub fn of(cgroups: &Cgroups) -> Option<Self> {
        let found = cgroups.container()?;
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        Some(Self {
            id: text(found.short_id())?,
            full_id: text(found.id)?,
            runtime: found.runtime,
            cgroup: String::from_utf8_lossy(cgroups.container_path()?).into_owned(),
        })
    }
}

/// The described containers.
#[derive(Debug, Clone, Default)]
struct Described {
    /// By the first twelve characters of their id.
    by_id: HashMap<String, Arc<Container>, FxBuildHasher>,
    /// How many have each address.
    addresses: HashMap<Ipv4Addr, usize, FxBuildHasher>,
}

impl Described {
    fn insert(&mut self, container: Container) {
        self.remove(&container.id);
        if let Ok(ip) = container.ip.parse() {
            *self.addresses.entry(ip).or_default() += 1;
        }
        self.by_id.insert(container.id.clone(), Arc::new(container));
    }

    fn remove(&mut self, id: &str) {
        let Some(former) = self.by_id.remove(id) else { return };
        if let Ok(ip) = former.ip.parse::<Ipv4Addr>()
            && let Some(count) = self.addresses.get_mut(&ip)
        {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&ip);
            }
        }
    }
}

/// The described containers, and those that are to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Containers {
    described: Arc<Described>,
    /// Whether containers without a description are collected.
    watched: bool,
    seen: BTreeMap<String, SeenContainer>,
}

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
                        self.forget(&reported.container.id);
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
        if let Some(container) = reported {
            self.describe(container);
        }
    }

    fn describe(&mut self, container: Container) {
        let known = &self.described.by_id;
        let fits = known.len() < MOST || known.contains_key(&container.id);
        if !container.id.is_empty() && fits {
            Arc::make_mut(&mut self.described).insert(container);
        }
    }

    fn forget(&mut self, id: &str) {
        if self.described.by_id.contains_key(id) {
            Arc::make_mut(&mut self.described).remove(id);
        }
    }

    /// The descriptions alone.
    pub(crate) fn described_only(&self) -> Self {
        Self { described: Arc::clone(&self.described), ..Self::default() }
    }

    /// Notes the container of a thread whose control groups were just read.
    pub(crate) fn note(&mut self, cgroups: &Cgroups) {
        if !self.watched || self.seen.len() >= MOST_SEEN {
            return;
        }
        let Some(found) = cgroups.container() else { return };
        let known = |id: &str| self.described.by_id.contains_key(id) || self.seen.contains_key(id);
        if !std::str::from_utf8(found.short_id()).is_ok_and(known)
            && let Some(seen) = SeenContainer::of(cgroups)
        {
            self.seen.insert(seen.id.clone(), seen);
        }
    }

    /// Whether a container has this address.
    pub(crate) fn has_address(&self, ip: Ipv4Addr) -> bool {
        self.described.addresses.contains_key(&ip)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Container> {
        self.described.by_id.get(id).map(Arc::as_ref)
    }
}

impl State {
    /// The description of a container, by the first twelve characters of its id.
    pub fn container(&self, id: &str) -> Option<&Container> {
        self.containers.get(id)
    }

    /// All described containers, by their ids.
    pub fn containers(&self) -> impl Iterator<Item = &Arc<Container>> {
        let sorted: BTreeMap<_, _> = self.containers.described.by_id.iter().collect();
        sorted.into_values()
    }

    /// Whether a described container has this address.
    pub fn is_of_container(&self, ip: Ipv4Addr) -> bool {
        self.containers.has_address(ip)
    }

    /// Takes the description of a container, in place of a former one. Without an id, and where there
    /// are too many, it is dropped.
    pub fn describe_container(&mut self, container: Container) {
        self.containers.describe(container);
    }

    /// Drops the description of a container.
    pub fn forget_container(&mut self, id: &str) {
        self.containers.forget(id);
    }

    /// Takes over the descriptions that another state has.
    pub fn share_containers(&mut self, of: &Self) {
        self.containers.described = Arc::clone(&of.containers.described);
    }

    /// Collects containers without a description from now on, for [`Self::take_seen_containers`].
    pub fn watch_containers(&mut self) {
        self.containers.watched = true;
    }

    /// Whether containers without a description were seen.
    #[inline]
    pub fn has_seen_containers(&self) -> bool {
        !self.containers.seen.is_empty()
    }

    /// The containers without a description in which threads were seen since this was last called.
    pub fn take_seen_containers(&mut self) -> Vec<SeenContainer> {
        std::mem::take(&mut self.containers.seen).into_values().collect()
    }
}

fn read<T: for<'de> Deserialize<'de>>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Limits;

    #[test]
    fn an_address_is_a_containers_while_one_has_it() {
        let mut state = State::new(Limits::default());
        let ip = Ipv4Addr::new(10, 0, 0, 7);
        let describe = |state: &mut State, id: &str, ip: &str| {
            let (id, ip) = (id.to_owned(), ip.to_owned());
            state.describe_container(Container { id, ip, ..Container::default() });
        };
        describe(&mut state, "a", "");
        assert!(!state.is_of_container(ip));
        describe(&mut state, "a", "10.0.0.7");
        describe(&mut state, "b", "10.0.0.7");
        // The same once more.
        describe(&mut state, "b", "10.0.0.7");
        state.forget_container("a");
        assert!(state.is_of_container(ip));
        describe(&mut state, "b", "10.0.0.8");
        assert!(!state.is_of_container(ip) && state.is_of_container(Ipv4Addr::new(10, 0, 0, 8)));
        state.forget_container("b");
        state.forget_container("c");
        assert!(!state.is_of_container(Ipv4Addr::new(10, 0, 0, 8)));
    }
}
