//! `container_engines`: who is asked about containers.

use std::path::PathBuf;

use crate::setting::Status::{Ignored, Section, Used};
use crate::setting::section;
use crate::values::Whole;

const NOBODY_TO_ASK: &str =
    "such containers are known by their control groups; there is nobody to ask";
section! {
    /// `container_engines`.
    ContainerEngines {
        /// How many milliseconds events of a new container wait until its engine has answered, so that
        /// already its first alert has name, image and labels. Events of other processes do not wait.
        /// 0: none waits, and the first alerts lack them. (Not in Falco.)
        max_wait: Whole<0, 60_000> = Whole(500), Used, "2000";
        /// Labels whose values have more bytes are left out. (Not in Falco but in the plugin's `init_config`.)
        label_max_len: Whole<0, 65_536> = Whole(100), Used, "500";
        /// Docker.
        docker: DockerEngine = DockerEngine::default(), Section;
        /// Podman.
        podman: PodmanEngine = PodmanEngine::default(), Section;
        /// Containerd, by its own interface: containers without Kubernetes. (Not in Falco but in the
        /// plugin's `init_config`.)
        containerd: ContainerdEngine = ContainerdEngine::default(), Section;
        /// Engines with the interface of Kubernetes: containerd and CRI-O.
        cri: CriEngine = CriEngine::default(), Section;
        /// LXC.
        lxc: Switch = Switch::default(), Section;
        /// LXC by libvirt.
        libvirt_lxc: Switch = Switch::default(), Section;
        /// BPM.
        bpm: Switch = Switch::default(), Section;
    }
}

section! {
    /// `container_engines.docker`.
    DockerEngine {
        /// The engine is asked. Where nobody listens that costs nothing.
        enabled: bool = true, Used;
        /// Where it listens. Empty: `/var/run/docker.sock`. (Not in Falco but in the plugin's `init_config`.)
        sockets: Vec<PathBuf> = Vec::new(), Used, "[/run/user/1000/docker.sock]";
    }
}

section! {
    /// `container_engines.podman`.
    PodmanEngine {
        /// The engine is asked. Where nobody listens that costs nothing.
        enabled: bool = true, Used;
        /// Where it listens. Empty: `/run/podman/podman.sock`, and for the containers of a user
        /// `/run/user/UID/podman/podman.sock`. (Not in Falco but in the plugin's `init_config`.)
        sockets: Vec<PathBuf> = Vec::new(), Used, "[/run/podman/podman.sock]";
        /// Where it stores containers. Its files are read where no socket is: name, image and mounts, no
        /// labels. Empty: as `/etc/containers/storage.conf` says, and for the containers of a user below
        /// the home. (Not in Falco.)
        storage: Vec<PathBuf> = Vec::new(), Used, "[/srv/containers/storage]";
    }
}

section! {
    /// `container_engines.containerd`.
    ContainerdEngine {
        /// The engine is asked. Where nobody listens that costs nothing.
        enabled: bool = true, Used;
        /// Where it listens. Empty: `containerd.sock` in `/run/containerd`, `/run/k3s/containerd` and
        /// `/run/host-containerd`.
        sockets: Vec<PathBuf> = Vec::new(), Used, "[/run/containerd/containerd.sock]";
    }
}

section! {
    /// `container_engines.cri`.
    CriEngine {
        /// The engines are asked. Where nobody listens that costs nothing.
        enabled: bool = true, Used;
        /// Where they listen. Empty: `containerd.sock` in `/run/containerd`, `/run/k3s/containerd` and
        /// `/run/host-containerd`, and `/run/crio/crio.sock`.
        sockets: Vec<PathBuf> = Vec::new(), Used, "[/run/crio/crio.sock]";
        /// Waits for answers.
        disable_async: bool = false, Ignored("`container_engines.max_wait` says who waits, and how long");
    }
}

section! {
    /// An engine that can be switched off.
    Switch {
        /// The engine is asked.
        enabled: bool = true, Ignored(NOBODY_TO_ASK);
    }
}
