//! Which engines are asked about a container, and in which order.

use std::path::PathBuf;

use peregrine_state::{Runtime, SeenContainer};

use crate::settings::{PodmanStorage, Settings};

/// A kind of engine, by the interface it is asked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// Docker's HTTP interface.
    Docker,
    /// Podman's HTTP interface.
    Podman,
    /// Podman's files.
    PodmanStorage,
    /// The container runtime interface of Kubernetes.
    Cri,
    /// Containerd's own interface.
    Containerd,
}

impl Engine {
    /// Its name, as the configuration has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman | Self::PodmanStorage => "podman",
            Self::Cri => "cri",
            Self::Containerd => "containerd",
        }
    }
}

/// Who is asked: an engine and its socket, or the folder of its files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Source {
    pub(crate) engine: Engine,
    /// Of the host.
    pub(crate) path: PathBuf,
}

/// Whether there is anybody who could be asked about a container.
pub fn has_engine(seen: &SeenContainer) -> bool {
    !engines(seen).is_empty()
}

/// The kinds of engines that may know a container, in the order they are asked.
fn engines(seen: &SeenContainer) -> &'static [Engine] {
    if !is_plain(&seen.full_id) {
        return &[];
    }
    match seen.runtime {
        Runtime::Docker => &[Engine::Docker],
        Runtime::Podman => &[Engine::Podman, Engine::PodmanStorage],
        Runtime::CriO => &[Engine::Cri],
        // Of a pod's container the interface of Kubernetes has more to say.
        Runtime::Containerd => &[Engine::Cri, Engine::Containerd],
        Runtime::Unknown => &[Engine::Cri, Engine::Containerd, Engine::Docker, Engine::Podman],
        Runtime::Lxc | Runtime::LibvirtLxc | Runtime::Bpm | Runtime::Nspawn => &[],
    }
}

/// Who is asked about a container, in order.
pub(crate) fn sources(settings: &Settings, seen: &SeenContainer) -> Vec<Source> {
    let mut sources = Vec::new();
    for engine in engines(seen) {
        let paths = match engine {
            Engine::Docker => settings.docker.clone(),
            Engine::Podman => podman_sockets(settings, seen),
            Engine::PodmanStorage => podman_folders(settings, seen),
            Engine::Cri => settings.cri.clone(),
            Engine::Containerd => settings.containerd.clone(),
        };
        sources.extend(paths.into_iter().map(|path| Source { engine: *engine, path }));
    }
    sources
}

/// Whether an id is one that engines make or take, and means nothing else in a path or URL.
fn is_plain(id: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    id.bytes().all(word) && !id.starts_with('.') && !id.is_empty()
}

/// The user in whose slice a control group is. The engine of another user must not be asked: it may say
/// what it likes.
fn user_of(cgroup: &str) -> Option<u32> {
    let user = cgroup.strip_prefix("/user.slice/user-")?.split_once(".slice/")?.0;
    user.parse().ok()
}

fn podman_sockets(settings: &Settings, seen: &SeenContainer) -> Vec<PathBuf> {
    match user_of(&seen.cgroup).filter(|_| settings.podman_users) {
        Some(user) => vec![PathBuf::from(format!("/run/user/{user}/podman/podman.sock"))],
        None => settings.podman.clone(),
    }
}

fn podman_folders(settings: &Settings, seen: &SeenContainer) -> Vec<PathBuf> {
    match &settings.podman_storage {
        PodmanStorage::Unread => Vec::new(),
        PodmanStorage::In(folders) => folders.clone(),
        PodmanStorage::Usual => {
            crate::podman_storage::usual_folder(settings, user_of(&seen.cgroup))
                .into_iter()
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_asked_about_containers_of_their_own() {
        let check = |runtime, cgroup: &str, id: &str, expected: &[&str]| {
            let settings = Settings {
                cri: vec!["/cri".into()],
                containerd: vec!["/containerd".into()],
                docker: vec!["/docker".into()],
                podman: vec!["/podman".into()],
                podman_storage: PodmanStorage::In(vec!["/storage".into()]),
                ..Settings::default()
            };
            let seen = SeenContainer {
                id: id.to_owned(),
                full_id: id.to_owned(),
                runtime,
                cgroup: cgroup.to_owned(),
            };
            let found: Vec<String> = sources(&settings, &seen)
                .into_iter()
                .map(|source| source.path.display().to_string())
                .collect();
            assert_eq!(found, expected, "{runtime:?} {cgroup} {id}");
        };
        let user = "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-a.scope";
        check(Runtime::Docker, "/docker/a", "a", &["/docker"]);
        check(Runtime::Podman, "/machine.slice/libpod-a.scope", "a", &["/podman", "/storage"]);
        check(Runtime::Podman, user, "a", &["/run/user/1000/podman/podman.sock", "/storage"]);
        // A name further down is the user's own choice.
        let nested = "/user.slice/user-1000.slice/user.slice/user-0.slice/libpod-a.scope";
        check(Runtime::Podman, nested, "a", &["/run/user/1000/podman/podman.sock", "/storage"]);
        check(Runtime::CriO, "/kubepods.slice/crio-a.scope", "a", &["/cri"]);
        check(Runtime::Containerd, "/default/a", "a", &["/cri", "/containerd"]);
        check(
            Runtime::Unknown,
            "/kubepods/pod1/a",
            "a",
            &["/cri", "/containerd", "/docker", "/podman"],
        );
        for runtime in [Runtime::Lxc, Runtime::LibvirtLxc, Runtime::Bpm, Runtime::Nspawn] {
            check(runtime, "/lxc/a", "a", &[]);
        }
        for id in ["", "..", "a/../b", "a?size=true", "a%2f", "a b", "ä"] {
            check(Runtime::Docker, "/docker/a", id, &[]);
        }
    }
}
