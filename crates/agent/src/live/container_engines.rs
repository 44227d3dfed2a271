//! From the configuration to the engines that are asked about containers.

use std::path::PathBuf;
use std::time::Duration;

use peregrine_config::Config;
use peregrine_config::model::ContainerEngines;
use peregrine_containers::{Lookups, PodmanStorage, Settings};
use peregrine_hostinfo::host_root;

use super::MonitorError;
use crate::parking::Parking;

/// Where events wait for what engines say of their containers.
pub(super) fn parking(config: &Config) -> Result<Parking, MonitorError> {
    let engines = config.engines_of_containers();
    let settings = engine_settings(&engines, host_root());
    let lookups = Lookups::start(settings).map_err(MonitorError::Containers)?;
    let max_wait = u64::try_from(engines.max_wait.0).unwrap_or(0);
    Ok(Parking::new(lookups, Duration::from_millis(max_wait)))
}

/// Who is asked about containers.
pub(crate) fn engine_settings(engines: &ContainerEngines, host_root: PathBuf) -> Settings {
    let usual = Settings::default();
    let sockets =
        |enabled: bool, configured: &[PathBuf], usual: Vec<PathBuf>| match (enabled, configured) {
            (false, _) => Vec::new(),
            (true, []) => usual,
            (true, configured) => configured.to_vec(),
        };
    let ContainerEngines { docker, podman, containerd, cri, .. } = engines;
    Settings {
        host_root,
        docker: sockets(docker.enabled, &docker.sockets, usual.docker),
        podman: sockets(podman.enabled, &podman.sockets, usual.podman),
        podman_users: podman.enabled && podman.sockets.is_empty(),
        podman_storage: match (podman.enabled, podman.storage.as_slice()) {
            (false, _) => PodmanStorage::Unread,
            (true, []) => PodmanStorage::Usual,
            (true, configured) => PodmanStorage::In(configured.to_vec()),
        },
        containerd: sockets(containerd.enabled, &containerd.sockets, usual.containerd),
        cri: sockets(cri.enabled, &cri.sockets, usual.cri),
        label_max_len: engines.label_max_len.size(),
        limits: usual.limits,
    }
}

/// Where engines with docker's interface listen.
pub(crate) fn docker_sockets(config: &Config) -> Vec<PathBuf> {
    let Settings { docker, podman, .. } =
        engine_settings(&config.engines_of_containers(), PathBuf::from("/"));
    docker.into_iter().chain(podman).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_asked_at_their_usual_sockets_or_those_that_are_configured() {
        let mut engines = ContainerEngines::default();
        let root = PathBuf::from("/host");
        let usual = Settings { host_root: root.clone(), ..Settings::default() };
        assert_eq!(engine_settings(&engines, root.clone()), usual);
        engines.docker.enabled = false;
        engines.podman.sockets = vec!["/p".into()];
        engines.podman.storage = vec!["/s".into()];
        engines.cri.sockets = vec!["/c".into()];
        let expected = Settings {
            docker: Vec::new(),
            podman: vec!["/p".into()],
            podman_users: false,
            podman_storage: PodmanStorage::In(vec!["/s".into()]),
            cri: vec!["/c".into()],
            ..usual.clone()
        };
        assert_eq!(engine_settings(&engines, root.clone()), expected);
        (engines.podman.enabled, engines.cri.enabled) = (false, false);
        engines.containerd.enabled = false;
        let nobody = Settings {
            docker: Vec::new(),
            podman: Vec::new(),
            podman_users: false,
            podman_storage: PodmanStorage::Unread,
            containerd: Vec::new(),
            cri: Vec::new(),
            ..usual
        };
        assert_eq!(engine_settings(&engines, root), nobody);
    }
}
